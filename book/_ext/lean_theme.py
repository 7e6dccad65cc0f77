"""Leave out what the theme ships and no page uses: files, rules of styles.

The theme brings Bootstrap whole: 66 kB compressed, a page's largest part, of
which this book uses a quarter. A rule stays if every class and id of one of
its selectors is a word of some page or some script, which may set it.
"""

import itertools
import re

# Icons are in icons.css instead; maps serve the theme's developers.
UNUSED = (
    "scripts/fontawesome.js*",
    "*/*.map",
    "vendor/fontawesome/webfonts/*",
    "*webpack-macros.html",
)
COMMENT = re.compile(r"/\*.*?\*/", re.S)
RULE = re.compile(r"([^{};]+)\{[^{}]*\}")
# Strings, and choices, of whose names one is enough, or none: not looked at.
APART = re.compile(r"\[[^\]]*\]|\((?:[^()]|\([^()]*\))*\)")
NAME = re.compile(r"[.#](-?[A-Za-z_][\w-]*)")


def lean(css, used):
    """Return a style sheet without the rules whose names are not used."""

    def rule(match):
        selectors = APART.sub("", match[1]).split(",")
        fits = any(used.issuperset(NAME.findall(s)) for s in selectors)
        return match[0] if fits else ""

    return RULE.sub(rule, COMMENT.sub("", css))


def lean_theme(site):
    """Delete and rewrite the theme's files in a folder of finished pages."""
    static, used = site / "_static", set()
    for path in itertools.chain(*map(static.glob, UNUSED)):
        path.unlink()
    for path in [*site.rglob("*.html"), *site.rglob("*.js")]:
        used.update(re.findall(r"[\w-]+", path.read_text(encoding="utf-8")))
    for path in static.glob("styles/*.css"):
        css = path.read_text(encoding="utf-8")
        path.write_text(lean(css, used), encoding="utf-8")
