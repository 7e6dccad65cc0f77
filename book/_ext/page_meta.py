"""Descriptions of pages, for search engines and for links in messages.

The description is the lesson's question, or a page's first paragraph. A
picture needs an absolute address, so there is one only where the address
of the site is known: `html: baseurl:` in ``_config.yml``, or else what
GitHub Pages gives the repository.
"""

import html
import re
from pathlib import Path

from docutils import nodes
from lessons import is_lesson, lesson_number
from social_card import HEIGHT, WIDTH, draw_card

LONGEST = 200
CARDS = "_static/cards"
OTHER = {
    "404": "This page is not there.",
    "genindex": "All terms and functions of the course, with their places.",
    "search": "Search the course. The search needs no server.",
}


def pages_address(repository):
    """Return where GitHub Pages shows a repository's site.

    Parameters
    ----------
    repository : str
        Such as ``https://github.com/owner/name``.

    Returns
    -------
    str
        With a slash at its end.
    """
    owner, name = repository.rstrip("/").split("/")[-2:]
    host = f"{owner.lower()}.github.io"
    path = "" if name.lower() == host else f"{name}/"
    return f"https://{host}/{path}"


def find_address(app, config):
    """Fill in the site's address from the repository's."""
    repository = config.html_theme_options.get("repository_url")
    if repository and not config.html_baseurl:
        config.html_baseurl = pages_address(repository)


def shorten(text):
    """Return the first sentences of a text, or else its first words."""
    text = " ".join(text.split())
    if len(text) <= LONGEST:
        return text
    whole = re.match(rf".{{40,{LONGEST - 1}}}[.?!](?= )", text)
    if whole:
        return whole.group()
    return text[: LONGEST - 2].rsplit(" ", 1)[0] + " …"


def describe_page(doctree):
    """Return a page's first paragraph that is not about its making."""
    for paragraph in doctree.findall(nodes.paragraph):
        apart = {"provenance", "launch"} & set(paragraph["classes"])
        if not apart and isinstance(paragraph.parent, nodes.section):
            return shorten(paragraph.astext())
    return ""


def meta_tags(properties):
    """Return the tags; those of Open Graph are properties."""
    return "".join(
        f'\n    <meta {"property" if name[:3] == "og:" else "name"}="{name}" '
        f'content="{html.escape(str(value))}" />'
        for name, value in properties.items()
        if value
    )


def add_tags(app, pagename, templatename, context, doctree):
    """Put the tags into a page's head."""
    title = html.unescape(re.sub("<.*?>", "", context.get("title", "")))
    text = describe_page(doctree) if doctree else OTHER.get(pagename, "")
    lesson = is_lesson(pagename)
    properties = {
        "description": text,
        "og:title": title,
        "og:description": text,
        "og:site_name": app.config.html_title or app.config.project,
        "og:type": "article" if lesson else "website",
        "twitter:card": "summary",
    }
    if app.config.html_baseurl and doctree:
        name = f"{CARDS}/{Path(pagename).name}.png"
        heading = f"Lesson {lesson_number(pagename)}" if lesson else ""
        draw_card(Path(app.outdir, name), heading, title, text)
        address = app.config.html_baseurl
        properties |= {
            "og:url": context["pageurl"],
            "og:image": f"{address}{name}",
            "og:image:width": WIDTH,
            "og:image:height": HEIGHT,
            "og:image:alt": f"{heading}: {title}" if heading else title,
            "twitter:card": "summary_large_image",
        }
    context["metatags"] = context.get("metatags", "") + meta_tags(properties)


def setup(app):
    """Connect."""
    app.connect("config-inited", find_address)
    app.connect("html-page-context", add_tags)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
