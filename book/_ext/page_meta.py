"""What search engines and messages show of a page; layout.html has the tags.

The description is the lesson's question, or a page's first paragraph. A
picture needs the site's address: `html: baseurl:` in ``_config.yml``, or
else what GitHub Pages gives the repository.
"""

from docutils import nodes

COLAB = "https://colab.research.google.com"


def pages_address(repository):
    """Return where GitHub Pages shows ``https://github.com/owner/name``."""
    owner, name = repository.rstrip("/").split("/")[-2:]
    host = f"{owner.lower()}.github.io"
    path = "" if name.lower() == host else f"{name}/"
    return f"https://{host}/{path}"


def use_repository(app, config):
    """Let the theme link to the repository, where its address is known."""
    options = config.html_theme_options
    repository = options.get("repository_url")
    options["use_repository_button"] = bool(repository)
    options["launch_buttons"] = {"colab_url": COLAB} if repository else {}
    if repository and not config.html_baseurl:
        config.html_baseurl = pages_address(repository)


def describe(doctree):
    """Return a page's first paragraph that is not about its making."""
    for paragraph in doctree.findall(nodes.paragraph):
        apart = "provenance" in paragraph["classes"]
        if not apart and isinstance(paragraph.parent, nodes.section):
            return " ".join(paragraph.astext().split())
    return ""


def describe_page(app, pagename, templatename, context, doctree):
    """Give layout.html what it says of a page that has text."""
    if doctree:
        context["description"] = describe(doctree)
        context["site"] = app.config.html_baseurl


def setup(app):
    app.connect("config-inited", use_repository)
    app.connect("html-page-context", describe_page)
