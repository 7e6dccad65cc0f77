"""Formulas as MathML, made when the book is built.

A page then needs no script and no request to show them. The converter is
that of docutils. A formula that it cannot convert is a warning that names
the formula, so that a build with ``-W`` fails.
"""

import re

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

# In a line of text, browsers do not break a formula: one with more LaTeX
# than this may be wider than a phone, and course.css lets it scroll there.
LONG = 40

# Changes to what the converter writes, whose spaces are not those of LaTeX.
FUNCTION = r"<mo>([a-z]{2,})</mo>"  # max, min
APPLIED = r"<mo>&ApplyFunction;</mo>"
THIN = '<mspace width="0.1667em"></mspace>'
BAR = r'<mo(?: class="math(?:open|close)")?>‖</mo>'
SPACES = (
    # Bars are brackets: no space around them, and not higher than the text.
    (
        r'<mo( stretchy="false")?>([|‖])</mo>',
        r'<mo lspace="0" rspace="0"\1>\2</mo>',
    ),
    # A function before its argument, in brackets or not.
    (rf"{FUNCTION}(?=\s*<mo[^>]*>\()", r'<mo lspace="0" rspace="0">\1</mo>'),
    (FUNCTION, r'<mo lspace="0" rspace="0.1667em">\1</mo>'),
    (rf"{APPLIED}(?=\s*<m[in]>)", f"<mo>&ApplyFunction;</mo>{THIN}"),
    # And behind a factor.
    (rf"(</m[in]>)(?=\s*<mi>\w+</mi>\s*{APPLIED})", rf"\1{THIN}"),
)

PUNCTUATION = (",", ".", ";", ":", "?", "!", ")")


def following_text(node):
    """Return the text right behind a formula, or an empty string."""
    siblings = node.parent.children
    behind = siblings[siblings.index(node) + 1 :]
    return behind[0].astext() if behind else ""


def check_balance(tex):
    """Raise ValueError where braces or \\left and \\right do not pair up.

    The converter would guess where they end.
    """
    plain = re.sub(r"\\[\\{}]", "", tex)
    depth = 0
    for character in plain:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth < 0:
            break
    if depth != 0:
        raise ValueError("its braces do not pair up")
    left, right = (
        len(re.findall(rf"\\{word}(?![a-zA-Z])", plain))
        for word in ("left", "right")
    )
    if left != right:
        raise ValueError("\\left and \\right do not pair up")


def to_mathml(tex, *, display):
    """Convert LaTeX to a ``<math>`` element.

    Parameters
    ----------
    tex : str
        Without dollar signs.
    display : bool
        Whether the formula stands on a line of its own.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If the converter does not understand the formula.
    """
    if not tex.strip():
        raise ValueError("the formula is empty")
    check_balance(tex)
    try:
        html = latex2mathml.tex2mathml(tex.strip(), as_block=display)
    except Exception as error:
        # MathError for what it does not know; on broken input also
        # whatever its parser trips over.
        raise ValueError(str(error) or type(error).__name__) from error
    if r"\left" not in tex:
        html = re.sub(BAR, '<mo stretchy="false">‖</mo>', html)
    for pattern, replacement in SPACES:
        html = re.sub(pattern, replacement, html)
    return html


def _convert(translator, node, display):
    """Append the formula, or warn and append its source as code."""
    tex = node.astext()
    try:
        html = to_mathml(tex, display=display)
    except ValueError as error:
        logger.warning(
            "cannot convert the formula %r to MathML: %s",
            tex,
            error,
            location=node,
            type="mathml",
        )
        html = f"<code>{translator.encode(tex)}</code>"
    translator.body.append(html)


def visit_inline(translator, node):
    """Write a formula within a line."""
    css = "math long" if len(node.astext()) > LONG else "math"
    translator.body.append(translator.starttag(node, "span", "", CLASS=css))
    _convert(translator, node, display=False)
    translator.body.append("</span>")
    if following_text(node).startswith(PUNCTUATION):
        # A word joiner: no line begins with the comma after a formula.
        translator.body.append("\u2060")
    raise nodes.SkipNode


def visit_block(translator, node):
    """Write a formula on a line of its own, with its number if it has one."""
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    _convert(translator, node, display=True)
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app):
    """Register the renderer; ``html_math_renderer: mathml`` chooses it."""
    app.add_html_math_renderer(
        "mathml", (visit_inline, None), (visit_block, None)
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
