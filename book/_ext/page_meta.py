"""What search engines and messages show of a page.

The description is the lesson's question, or a page's first paragraph. A
picture needs the site's address: `html: baseurl:` in ``_config.yml``, or
else what GitHub Pages gives the repository.
"""

import html
import re

from docutils import nodes

PICTURE = "_static/card.png"
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


def add_tags(app, pagename, templatename, context, doctree):
    """Put the tags into the head of a page that has text."""
    if not doctree:
        return
    text = describe(doctree)
    tags = {
        'name="description"': text,
        'property="og:title"': re.sub("<.*?>", "", context["title"]),
        'property="og:description"': text,
    }
    if app.config.html_baseurl:
        tags['property="og:url"'] = context["pageurl"]
        tags['property="og:image"'] = app.config.html_baseurl + PICTURE
        tags['name="twitter:card"'] = "summary_large_image"
    for name, value in tags.items():
        value = html.escape(html.unescape(value))
        context["metatags"] += f'\n<meta {name} content="{value}" />'


def setup(app):
    app.connect("config-inited", use_repository)
    app.connect("html-page-context", add_tags)
