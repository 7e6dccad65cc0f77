"""Leave out the rules of the theme's styles that no page uses.

The theme brings Bootstrap whole. A rule stays if every class and id of its
selector is on some page, or is a word in some script, which may set it.
"""

import re

import tinycss2

NAME = re.compile(r"[.#](-?[A-Za-z_](?:[\w-]|\\.)*)")
# One of the names in these is enough, or none: not looked at.
CHOICE = re.compile(r":(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)")
STRING = re.compile(r"\"[^\"]*\"|'[^']*'|\[[^\]]*\]")
WORD = re.compile(r"[\w-]+")
ATTRIBUTE = re.compile(r'\b(?:class|id)="([^"]*)"')
SCRIPT = re.compile(r"<script\b[^>]*>(.*?)</script>", re.DOTALL)


def used_names(pages, scripts):
    """Return each class and id on the pages, and each word of the scripts.

    Parameters
    ----------
    pages : iterable of str
        HTML.
    scripts : iterable of str
        JavaScript.

    Returns
    -------
    set of str
    """
    names = set()
    for text in scripts:
        names.update(WORD.findall(text))
    for text in pages:
        for value in ATTRIBUTE.findall(text):
            names.update(value.split())
        for script in SCRIPT.findall(text):
            names.update(WORD.findall(script))
    return names


def can_match(selector, used):
    """Whether some page may have what a selector, without commas, names."""
    plain = STRING.sub("", CHOICE.sub("", selector))
    names = (name.replace("\\", "") for name in NAME.findall(plain))
    return all(name in used for name in names)


def split_selectors(tokens):
    """Return the selectors of a list, which commas divide."""
    selectors = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    return [tinycss2.serialize(part).strip() for part in selectors]


def lean_rule(rule, used):
    """Return a rule as text, with what is left of it; empty if nothing is."""
    if rule.type == "qualified-rule":
        selectors = split_selectors(rule.prelude)
        left = [s for s in selectors if can_match(s, used)]
        if not left:
            return ""
        body = tinycss2.serialize(rule.content).strip()
        return f"{','.join(left)}{{{body}}}"
    if rule.type != "at-rule":
        return ""
    if rule.lower_at_keyword == "font-face":
        return ""  # the theme's icon fonts, which are not here
    if rule.lower_at_keyword in ("media", "supports"):
        body = lean(tinycss2.serialize(rule.content), used)
        condition = tinycss2.serialize(rule.prelude).strip()
        return f"@{rule.at_keyword} {condition}{{{body}}}" if body else ""
    return rule.serialize()


def lean(css, used):
    """Return a style sheet without the rules that no page uses.

    Parameters
    ----------
    css : str
    used : set of str
        From ``used_names``.

    Returns
    -------
    str
    """
    rules = tinycss2.parse_stylesheet(
        css, skip_comments=True, skip_whitespace=True
    )
    parts = (lean_rule(rule, used) for rule in rules)
    return "\n".join(filter(None, parts))
