"""Leave out what the theme ships and this book does not use."""

import re
from pathlib import Path

from lean_css import lean, used_names

# Icons are in icons.css instead; maps serve the theme's developers.
UNUSED = (
    "scripts/fontawesome.js",
    "scripts/fontawesome.js.LICENSE.txt",
    "scripts/*.map",
    "styles/*.map",
    "vendor/fontawesome/webfonts/*",
    "*webpack-macros.html",
)

# The theme's styles, of which a book uses a fifth.
STYLES = ("styles/*.css", "mystnb*.css", "basic.css", "pygments.css")

# What is changed in each page.
REPLACE = (
    # Deferred scripts and modules run in their order, after the first paint.
    (re.compile(r"<script (?=src=)"), "<script defer "),
    (re.compile(r"<script>(?=DOCUMENTATION_)"), '<script type="module">'),
    # An empty cell is not the heading of anything.
    (re.compile(r"<th [^>]*>(<p></p>)?</th>"), "<td></td>"),
    # Roles of the bibliography that ARIA has withdrawn.
    (re.compile(r' role="doc-biblioentry"'), ""),
    (re.compile(r' role="list"(?= class="citation-list")'), ""),
)


def offer_repository(app, config):
    """Show the repository's button only where its address is known.

    The address is ``repository: url`` in ``_config.yml``. The link to Colab
    stands below a lesson's title (launch.py); the theme's is left out.
    """
    options = config.html_theme_options
    options["use_repository_button"] = bool(options.get("repository_url"))
    options["launch_buttons"] = {}


def remove_unused(static):
    """Delete files that no page asks for."""
    for pattern in UNUSED:
        for path in static.glob(pattern):
            path.unlink()


def edit_page(page):
    """Make the replacements in a page."""
    text = page.read_text(encoding="utf-8")
    new = text
    for pattern, replacement in REPLACE:
        new = pattern.sub(replacement, new)
    if new != text:
        page.write_text(new, encoding="utf-8")


def lean_styles(static, pages):
    """Rewrite the theme's styles with the rules that the pages use."""
    scripts = [*static.glob("*.js"), *static.glob("scripts/*.js")]
    used = used_names(
        (page.read_text(encoding="utf-8") for page in pages),
        (script.read_text(encoding="utf-8") for script in scripts),
    )
    for pattern in STYLES:
        for path in static.glob(pattern):
            css = path.read_text(encoding="utf-8")
            path.write_text(lean(css, used), encoding="utf-8")


def finish(app, error):
    """Make the built pages light and correct."""
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    remove_unused(static)
    pages = list(Path(app.outdir).rglob("*.html"))
    for page in pages:
        edit_page(page)
    lean_styles(static, pages)


def setup(app):
    """Connect; and take a setting that Jupyter Book has for comments."""
    app.add_config_value("comments_config", {}, "html")
    app.setup_extension("figures")
    app.setup_extension("math_font")
    app.connect("config-inited", offer_repository)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
