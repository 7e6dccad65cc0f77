"""Write slides as one HTML file that needs nothing else."""

import base64
import copy
import html
import re
import sys
from importlib.resources import files
from pathlib import Path
from string import Template

from nbconvert.filters.markdown_mistune import (
    IPythonRenderer,
    MarkdownWithMath,
)
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from .prose import sentences

HERE = Path(__file__).resolve().parent
BOOK = HERE.parents[1] / "book"
sys.path.append(str(BOOK / "_ext"))
from mathml import to_mathml  # noqa: E402

# Code, which is left alone, or a formula.
MATH = re.compile(r"(`+).+?\1|\$\$(.+?)\$\$|(?<![\\$])\$([^$\n]+)\$", re.S)
# Its place in the text, and what may not begin the next line.
FORMULA = re.compile(r"FORMULA(\d+)END([.,;:?!)\"”]*)")
HEAVY = 55  # words on a slide from which on the text is smaller
CAPTION = 250  # characters, two lines
PANEL = re.compile(r"(?:Left|Top|Above|Upper|On the left)\b")
# A link to a page that is no deck.
ELSEWHERE = re.compile(
    r"(?<!!)\[([^\]]+)\]\((?!https?:|\d\d_\w+\.html)[^)]*\)"
)
FORMATTER = HtmlFormatter(style="a11y-high-contrast-light")


def reveal(name):
    """Return the text of a file of reveal.js."""
    folder = files("sphinx_revealjs") / "_static" / "revealjs"
    return (folder / name).read_text(encoding="utf-8")


def markdown(text):
    """Return Markdown as HTML, its formulas as MathML."""
    formulas = []

    def hide(found):
        code, block, inline = found.groups()
        if code:
            return found[0]
        tex, display = (block, True) if block else (inline, False)
        formulas.append(to_mathml(tex, display=display).replace("\n", " "))
        return f"FORMULA{len(formulas) - 1}END"

    text = re.sub(r"\((\d\d_\w+)\.ipynb", r"(\1.html", MATH.sub(hide, text))
    text = ELSEWHERE.sub(r"\1", text)
    text = re.sub(r" ?{cite}`\w+`", "", text)
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    page = MarkdownWithMath(renderer=renderer).render(text)
    return FORMULA.sub(
        lambda m: f'<span class="formula">{formulas[int(m[1])]}{m[2]}</span>',
        page,
    )


def part_html(part, explained):
    """Return a part of a slide; a figure that is not explained is so here."""
    if part.kind == "markdown":
        body = markdown(part.content)
    elif part.kind == "code":
        body = highlight(part.content, PythonLexer(), FORMATTER)
    elif part.kind == "text":
        body = f'<pre class="output">{html.escape(part.content)}</pre>'
    elif part.kind == "image":
        data = part.content.replace("\n", "")
        alt = html.escape(part.alt, quote=True)
        body = f'<img src="data:image/png;base64,{data}" alt="{alt}">'
        caption = html.escape(caption_of(part.alt))
        if caption and not explained:
            body += f'<p class="caption" aria-hidden="true">{caption}</p>'
    else:
        body = part.content
    fragment = " fragment" if part.fragment else ""
    return f'<div class="part {part.kind}{fragment}">{body}</div>'


def caption_of(alt):
    """Return the first sentence of a description, and what more fits.

    Where that would be about one panel of several, return nothing.
    """
    caption, *others = sentences(alt)
    for sentence in others:
        if len(caption) + len(sentence) >= CAPTION:
            return "" if PANEL.match(alt) else caption
        caption += f" {sentence}"
    return caption


def is_point(part):
    """Tell whether a part is an entry of a list, or several."""
    return part.kind == "markdown" and part.content.startswith("- ")


def is_text(part):
    """Tell whether a part is text, and not only a heading."""
    return part.kind == "markdown" and not part.content.startswith("#")


def join_points(parts):
    """Join points that follow each other; one alone is no list."""
    joined = []
    for part in map(copy.copy, parts):
        if joined and is_point(joined[-1]) and is_point(part):
            joined[-1].content += f"\n{part.content}"
        else:
            joined.append(part)
    for part in joined:
        if is_point(part) and "\n" not in part.content:
            part.content = part.content.removeprefix("- ")
    return joined


def inline(text):
    """Return a line of Markdown as HTML, without a paragraph around it."""
    return markdown(text).strip().removeprefix("<p>").removesuffix("</p>")


def slide_html(slide, lesson, first):
    """Return a slide; the lesson's first has its title."""
    level = "h1" if first else "h2"
    above = slide.section if slide.title else lesson
    if slide.opens:
        where, head = "", f"<{level}>{inline(slide.section)}</{level}>"
    else:
        title = slide.title or slide.section
        where = f'<h2 class="title">{inline(title)}</h2>'
        if title != above:
            where = f'<p class="where">{inline(above)}</p>{where}'
        head = ""
    classes = ["opens"] if slide.opens else []
    classes += ["heavy"] if slide.words() > HEAVY else []
    explained = any(is_text(part) for part in slide.parts)
    body = "\n".join(
        part_html(part, explained) for part in join_points(slide.parts)
    )
    notes = markdown("\n\n".join(slide.notes))
    return (
        f'<section class="{" ".join(classes)}">{where}'
        f'<div class="content">{head}{body}</div>'
        f'<aside class="notes">{notes}</aside></section>'
    )


def font():
    """Return the book's font for formulas, as a style."""
    path = next(BOOK.rglob("stix-two-math-subset.woff2"))
    data = base64.b64encode(path.read_bytes()).decode()
    return (
        '@font-face { font-family: "STIX Two Math"; '
        f'src: url("data:font/woff2;base64,{data}") format("woff2"); }}'
    )


def deck_html(slides, title):
    """Return a lesson's deck.

    Parameters
    ----------
    slides : list of Slide
    title : str

    Returns
    -------
    str
    """
    stacks = []
    for slide in slides:
        if slide.opens:
            stacks.append([])
        made = slide_html(slide, title, first=slide is slides[0])
        stacks[-1].append(made)
    body = "\n".join(
        f"<section>{chr(10).join(stack)}</section>" for stack in stacks
    )
    style = [reveal("dist/reset.css"), reveal("dist/reveal.css"), font()]
    style.append(FORMATTER.get_style_defs(".highlight"))
    style.append((HERE / "deck.css").read_text(encoding="utf-8"))
    script = [reveal("dist/reveal.js"), reveal("plugin/notes/notes.js")]
    script = [text.replace("</script", "<\\/script") for text in script]
    page = Template((HERE / "page.html").read_text(encoding="utf-8"))
    return page.substitute(
        title=html.escape(title),
        style="\n".join(style),
        slides=body,
        reveal="\n".join(script),
        deck=(HERE / "deck.js").read_text(encoding="utf-8"),
    )
