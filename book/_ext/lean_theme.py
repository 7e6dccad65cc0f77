"""Leave out what the theme ships and no page uses: files, rules of styles.

The theme brings Bootstrap whole: 66 kB compressed, a page's largest part, of
which this book uses a quarter. A rule stays if every class and id of its
selector is a word of some page or some script, which may set it.
"""

import itertools
import re

# Icons are in icons.css instead; maps serve the theme's developers.
UNUSED = (
    "scripts/fontawesome.js*",
    "scripts/*.map",
    "styles/*.map",
    "vendor/fontawesome/webfonts/*",
    "*webpack-macros.html",
)
STYLES = ("styles/*.css", "mystnb*.css", "basic.css", "pygments.css")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
RULE = re.compile(r"([^{};]+)\{([^{}]*)\}")
EMPTY = re.compile(r"@media[^{}]*\{\s*\}")
COMMA = re.compile(r",(?![^(]*\))")
NAME = re.compile(r"[.#](-?[A-Za-z_](?:[\w-]|\\.)*)")
# Strings; and choices, where one of the names is enough, or none.
APART = re.compile(
    r"\"[^\"]*\"|'[^']*'|\[[^\]]*\]"
    r"|:(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)"
)
WORD = re.compile(r"[\w-]+")


def can_match(selector, used):
    """Return whether some page may have what a selector names."""
    names = NAME.findall(APART.sub("", selector))
    return all(name.replace("\\", "") in used for name in names)


def lean(css, used):
    """Return a style sheet without the rules whose names are not used."""

    def rule(match):
        selectors = COMMA.split(match[1])
        left = [s.strip() for s in selectors if can_match(s, used)]
        return f"{','.join(left)}{{{match[2]}}}" if left else ""

    return EMPTY.sub("", RULE.sub(rule, COMMENT.sub("", css)))


def lean_theme(site):
    """Delete and rewrite the theme's files in a folder of finished pages."""
    static, used = site / "_static", set()
    for path in itertools.chain(*map(static.glob, UNUSED)):
        path.unlink()
    for path in [*site.rglob("*.html"), *site.rglob("*.js")]:
        used.update(WORD.findall(path.read_text(encoding="utf-8")))
    for path in itertools.chain(*map(static.glob, STYLES)):
        css = path.read_text(encoding="utf-8")
        path.write_text(lean(css, used), encoding="utf-8")
