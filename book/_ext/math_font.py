"""The font of formulas, within a style sheet of its own.

A page with a formula has the font when it is first shown, since layout.html
waits for it, and a page without one does not load it. `fonts/` holds a subset
of STIX Two Math 2.12 under the SIL Open Font License: Latin, Greek, common
operators, and the brackets that grow.
"""

import base64
from pathlib import Path

FONT = Path(__file__).parent.parent / "fonts" / "stix-two-math-subset.woff2"
STYLE = "math.css"
RULE = """\
/* STIX Two Math, SIL Open Font License: https://scripts.sil.org/OFL */
@font-face {
  font-family: "Course Math";
  src: url(data:font/woff2;base64,%s) format("woff2");
}
"""


def write_style(app):
    """Write the style sheet before the pages that refer to it."""
    if app.builder.format == "html":
        path = Path(app.outdir, "_static", STYLE)
        path.parent.mkdir(parents=True, exist_ok=True)
        font = base64.b64encode(FONT.read_bytes()).decode()
        path.write_text(RULE % font, encoding="utf-8")


def add_files(app, pagename, templatename, context, doctree):
    """Add to a page that has a formula what formulas need."""
    if "<math" in context.get("body", ""):
        app.add_css_file(STYLE)
        app.add_js_file("formulas.js")


def setup(app):
    """Connect."""
    app.connect("builder-inited", write_style)
    app.connect("html-page-context", add_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
