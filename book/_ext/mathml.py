"""Formulas as MathML, made when the book is built.

A page then needs no script and no request to show them. The converter is
that of docutils. A formula that it cannot convert is a warning that names
the formula, so that a build with ``-W`` fails.
"""

import re

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.util import logging

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


def to_mathml(tex, *, display):
    """Convert LaTeX to a ``<math>`` element; ValueError if that fails."""
    plain = re.sub(r"\\[\\{}]", "", tex)
    # The converter would guess where they end.
    for start, end in ((r"\{", r"\}"), (r"\\left\b", r"\\right\b")):
        if len(re.findall(start, plain)) != len(re.findall(end, plain)):
            raise ValueError("its brackets do not pair up")
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


def formula(translator, node, display):
    """Return a formula as MathML, or warn and return its source as code."""
    tex = node.astext()
    try:
        return to_mathml(tex, display=display)
    except ValueError as error:
        text = f"cannot convert the formula {tex!r} to MathML: {error}"
        logger.warning(text, location=node)
        return f"<code>{translator.encode(tex)}</code>"


def visit_inline(translator, node):
    """Write a formula within a line."""
    css = "math long" if len(node.astext()) > LONG else "math"
    tag = translator.starttag(node, "span", "", CLASS=css)
    translator.body += [tag, formula(translator, node, False), "</span>"]
    behind = node.next_node(descend=False, siblings=True)
    if behind and behind.astext().startswith((",", ".", ";", ":", "?", ")")):
        # A word joiner: no line begins with the comma after a formula.
        translator.body.append("\u2060")
    raise nodes.SkipNode


def visit_block(translator, node):
    """Write a formula on a line of its own."""
    tag = translator.starttag(node, "div", CLASS="math")
    translator.body += [tag, formula(translator, node, True), "</div>\n"]
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer(
        "mathml", (visit_inline, None), (visit_block, None)
    )
