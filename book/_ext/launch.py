"""Ways to run a lesson, below its title; and how to get the course.

The notebook can always be downloaded. Colab opens notebooks from GitHub, so
there is a link to it only where `repository: url:` is known.
"""

from html import escape

from docutils import nodes
from lessons import is_lesson, page_link
from sphinx.util.docutils import SphinxDirective

SETUP = "book/setup"
COLAB = "https://colab.research.google.com/github"


def repository(app):
    """Return the repository's address and branch; the address may be ""."""
    options = app.config.html_theme_options
    url = (options.get("repository_url") or "").rstrip("/")
    return url, options.get("repository_branch") or "main"


def colab_address(url, branch, docname):
    """Return where Colab opens a lesson of the repository."""
    owner, name = url.split("/")[-2:]
    return f"{COLAB}/{owner}/{name}/blob/{branch}/{docname}.ipynb"


def anchor(address, text, attribute=""):
    """Return a link as HTML; Sphinx would not let it say "download"."""
    link = f'<a href="{escape(address)}"{attribute}>{text}</a>'
    return nodes.raw("", link, format="html")


def add_row(app, doctree):
    """Insert the links below a lesson's title and its provenance."""
    docname = app.env.docname
    title = next(iter(doctree.findall(nodes.title)), None)
    if not is_lesson(docname) or title is None:
        return
    row = nodes.paragraph(classes=["launch"])
    file = f"../_sources/{docname}.ipynb"
    row += anchor(file, "Download notebook", " download")
    if SETUP in app.env.found_docs:
        row += [nodes.Text(" "), page_link(app.env, SETUP, "JupyterLab")]
    url, branch = repository(app)
    if url:
        colab = anchor(colab_address(url, branch, docname), "Colab")
        row += [nodes.Text(" "), colab]
    section = title.parent
    place = section.index(title) + 1
    if "provenance" in section[place].get("classes", ()):
        place += 1
    section.insert(place, row)


class CloneCourse(SphinxDirective):
    """The commands that fetch the course, where its address is known."""

    def run(self):
        """Return a block of code, or nothing."""
        url, _ = repository(self.env.app)
        if not url:
            return []
        lines = f"git clone {url}\ncd {url.split('/')[-1]}"
        return [nodes.literal_block(lines, lines, language="bash")]


def setup(app):
    """Register; the row comes after the line that provenance adds."""
    app.add_directive("clone-course", CloneCourse)
    app.connect("doctree-read", add_row, priority=600)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
