"""The last touches to each page: what it may load, and small corrections.

GitHub Pages sends no headers of ours, so the content security policy is a
meta tag. A script runs only if it is a file of the site, or if its hash
stands in the page's policy; so does what the theme's print button runs.
Styles may be inline: formulas and figures set them. ``file:`` is for a
reader who opens the pages from the disk.
"""

import base64
import hashlib
import html
import re
from pathlib import Path
from urllib.parse import urlsplit

CORRECTIONS = (
    # Deferred scripts and modules run in their order, after the first paint.
    (r"<script (?=src=)", "<script defer "),
    (r"<script>(?=DOCUMENTATION_)", '<script type="module">'),
    # A browser would show a notebook as text.
    (r'(_sources/[^"]*\.ipynb") target="_blank"', r"\1 download"),
    # An empty cell is not the heading of anything.
    (r"<th [^>]*>(<p></p>)?</th>", "<td></td>"),
    # Roles of the bibliography that ARIA has withdrawn.
    (r' role="(doc-biblioentry|list)"', ""),
)
RELATIVE = r'\b(href|src|action|data-content_root)="(?![#/]|[a-z]+:)(?:\./)?'

HEAD = re.compile(r"<meta charset=[^>]*>")
SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.S)
HANDLER = re.compile(r"""<\w[^>]*\son[a-z]+=(["'])(.*?)\1""", re.S)
POLICY = (
    "default-src 'none'; script-src 'self' file:{}; "
    "style-src 'self' file: 'unsafe-inline'; img-src 'self' file: data:; "
    "font-src 'self' file: data:; media-src 'self' file: data:; "
    "connect-src 'self' file:; form-action 'self' file:; base-uri 'none'; "
    "worker-src blob:"
)
TAG = '\n<meta http-equiv="Content-Security-Policy" content="{}" />'


def policy(text):
    """Return the policy of a page, with the hashes of its own scripts."""
    codes = SCRIPT.findall(text)
    handlers = [html.unescape(code) for _, code in HANDLER.findall(text)]
    digests = (hashlib.sha256(c.encode()).digest() for c in codes + handlers)
    hashes = [f" 'sha256-{base64.b64encode(d).decode()}'" for d in digests]
    if handlers:
        hashes.insert(0, " 'unsafe-hashes'")  # for attributes
    return POLICY.format("".join(dict.fromkeys(hashes)))


def finish(app, error):
    """Rewrite all pages, once everything else has edited them."""
    if error:
        return
    site = Path(app.outdir)
    for template in site.glob("_static/*.html"):
        template.unlink()  # the theme's
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for pattern, replacement in CORRECTIONS:
            text = re.sub(pattern, replacement, text)
        if page.name == "404.html" and app.config.html_baseurl:
            # A server shows it for an address at any depth.
            path = urlsplit(app.config.html_baseurl).path
            text = re.sub(RELATIVE, rf'\1="{path}', text)
        if 'http-equiv="Content-Security-Policy"' not in text:
            text = HEAD.sub(rf"\g<0>{TAG.format(policy(text))}", text)
        page.write_text(text, encoding="utf-8")


def setup(app):
    # Jupyter Book sets it, for an extension that is not used.
    app.add_config_value("comments_config", {}, "html")
    app.connect("build-finished", finish, priority=900)
