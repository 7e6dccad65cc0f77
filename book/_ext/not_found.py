"""The page 404.html, which a server shows for any address that is missing.

Such an address may be at any depth, so the page's own links must not be
relative. Where the site's address is known they get its path in front.
Elsewhere they stay relative: no server shows the page.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

PAGE = "404"
RELATIVE = re.compile(
    r'\b(href|src|action|data-content_root)="(?![#/]|[a-z]+:)(?:\./)?([^"]*)"'
)


def add_page(app, config):
    """Let Sphinx make the page from its template."""
    config.html_additional_pages[PAGE] = f"{PAGE}.html"


def root_links(text, path):
    """Return HTML whose relative links begin with a path instead."""
    return RELATIVE.sub(rf'\1="{path}\2"', text)


def anchor_links(app, error):
    """Make the links of the finished page independent of its depth."""
    page = Path(app.outdir, f"{PAGE}.html")
    if error or not app.config.html_baseurl or not page.exists():
        return
    path = urlsplit(app.config.html_baseurl).path
    text = page.read_text(encoding="utf-8")
    page.write_text(root_links(text, path), encoding="utf-8")


def setup(app):
    """Connect."""
    app.connect("config-inited", add_page)
    app.connect("build-finished", anchor_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
