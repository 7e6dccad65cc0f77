"""A content security policy in each page: what it may load, and run.

GitHub Pages sends no headers of ours, so the policy is a meta tag. A script
runs only if it is a file of the site, or if its hash stands in the page's
policy; so does what the theme's print button runs. Styles may be inline:
formulas and figures set them. ``file:`` is for a reader who opens the pages
from the disk.
"""

import base64
import hashlib
import html
import re
from pathlib import Path

INLINE = re.compile(r"<script(?![^>]*\ssrc=)([^>]*)>(.*?)</script>", re.S)
RUNS = re.compile(r'type="(module|text/javascript)"')
HANDLER = re.compile(r"""<\w[^>]*\son[a-z]+=(["'])(.*?)\1""", re.S)
HEAD = re.compile(r"<meta charset=[^>]*>")
TAG = '\n    <meta http-equiv="Content-Security-Policy" content="{}" />'


def script_hashes(text):
    """Return what lets the scripts within a page run, in their order."""
    codes = [
        code
        for attributes, code in INLINE.findall(text)
        if "type=" not in attributes or RUNS.search(attributes)
    ]
    handlers = [html.unescape(code) for _, code in HANDLER.findall(text)]
    digests = (hashlib.sha256(c.encode()).digest() for c in codes + handlers)
    hashes = [f"'sha256-{base64.b64encode(d).decode()}'" for d in digests]
    more = ["'unsafe-hashes'"] if handlers else []  # for attributes
    return more + list(dict.fromkeys(hashes))


def policy(hashes):
    """Return the policy of a page with these scripts."""
    own = "'self' file:"
    rules = {
        "default-src": "'none'",
        "script-src": " ".join([own, *hashes]),
        "style-src": f"{own} 'unsafe-inline'",
        "img-src": f"{own} data:",
        "font-src": f"{own} data:",
        "media-src": f"{own} data:",
        "connect-src": own,
        "form-action": own,
        "base-uri": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def secure(page):
    """Write the policy into a built page, before anything loads."""
    text = page.read_text(encoding="utf-8")
    tag = TAG.format(policy(script_hashes(text)))
    new = HEAD.sub(lambda match: match[0] + tag, text, count=1)
    page.write_text(new, encoding="utf-8")


def finish(app, error):
    """Secure all pages, once everything else has edited them."""
    if error is None and app.builder.format == "html":
        for page in Path(app.outdir).rglob("*.html"):
            secure(page)


def setup(app):
    """Connect, to be the last."""
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
