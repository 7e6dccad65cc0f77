"""Make a deck of slides of each lesson, for reveal.js.

python tools/slides.py [FOLDER]

Writes, into dist/slides/ or the folder given, one HTML file for each lesson.
It holds all that it needs: open it in a browser, with or without internet.

What is on a slide is said by each cell's slide type, which JupyterLab's
property inspector sets. Of a cell with the tag `slide-output`, the output is
shown and not the code, as of one whose code the page folds.
"""

import base64
import os
import re
import sys
from importlib.resources import files
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter
from nbconvert.filters.markdown_mistune import (
    IPythonRenderer,
    MarkdownWithMath,
)
from nbconvert.preprocessors import Preprocessor
from notebook_code import NOTEBOOKS, ROOT
from traitlets.config import Config

BOOK = ROOT / "book"
sys.path.append(str(BOOK / "_ext"))
from mathml import to_mathml  # noqa: E402

# Code, which is left alone, or a formula.
MATH = re.compile(r"(`+).+?\1|\$\$(.+?)\$\$|(?<![\\$])\$([^$\n]+)\$", re.S)
# A formula's place in the text, and what may not begin the next line.
FORMULA = re.compile(r"FORMULA(\d+)END([.,;:?!)\"”]*)")
LESSON = re.compile(r"\((\d\d_\w+)\.ipynb")
# A link to a page that is no deck.
ELSEWHERE = re.compile(
    r"(?<!!)\[([^\]]+)\]\((?!https?:|\d\d_\w+\.html)[^)]*\)"
)
CITATION = re.compile(r" ?{cite}`\w+`")
HEADING = re.compile(r"^##? (.+)$", re.M)
# An answer is open, and comes with the next key.
FOLDED = {
    "<details>": "<details open>",
    "</summary>": '</summary><div class="fragment">',
    "</details>": "</div></details>",
}

CONFIG = Config(
    SlidesExporter={
        "template_file": str(ROOT / "tools" / "slides.html.j2"),
        "exclude_input_prompt": True,
        "exclude_output_prompt": True,
    },
    CSSHTMLHeaderPreprocessor={"style": "a11y-high-contrast-light"},
    CoalesceStreamsPreprocessor={"enabled": True},
    TagRemovePreprocessor={
        "enabled": True,
        "remove_cell_tags": ["setup-cell", "hide-cell", "remove-cell"],
        "remove_input_tags": ["hide-input", "remove-input", "slide-output"],
        "remove_all_outputs_tags": ["hide-output", "remove-output"],
    },
)


class NameSections(Preprocessor):
    """Say on each slide, by ``data-section``, in which section it is."""

    def preprocess(self, nb, resources):
        """Name the section on each cell but the one that opens it."""
        section = ""
        for cell in nb.cells:
            headings = HEADING.findall(cell.source)
            if cell.cell_type == "markdown" and headings:
                section = re.sub(r"[`*$]", "", headings[-1])
            elif section:
                marks = cell.metadata.setdefault("slideshow", {})
                marks["data"] = {"section": section}
        return nb, resources


def markdown(text):
    """Return Markdown as HTML, its formulas as MathML."""
    formulas = []

    def hide(found):
        code, block, inline = found.groups()
        if code:
            return found[0]
        tex = block or inline
        formula = to_mathml(tex, display=bool(block)).replace("\n", " ")
        formulas.append(formula)
        return f"FORMULA{len(formulas) - 1}END"

    def show(found):
        formula = formulas[int(found[1])]
        return f'<span class="formula">{formula}{found[2]}</span>'

    text = LESSON.sub(r"(\1.html", MATH.sub(hide, text))
    text = CITATION.sub("", ELSEWHERE.sub(r"\1", text))
    for tag, replacement in FOLDED.items():
        text = text.replace(tag, replacement)
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    return FORMULA.sub(show, MarkdownWithMath(renderer=renderer).render(text))


def reveal(name):
    """Return the text of a file of reveal.js."""
    folder = files("sphinx_revealjs") / "_static" / "revealjs"
    text = (folder / name).read_text(encoding="utf-8")
    return text.replace("</script", "<\\/script")


def math_font():
    """Return the book's font for formulas, in base64."""
    path = next(BOOK.rglob("stix-two-math-subset.woff2"))
    return base64.b64encode(path.read_bytes()).decode()


def deck_html(notebook):
    """Return the deck of a lesson, which begins with its title."""
    exporter = SlidesExporter(
        config=CONFIG,
        filters={"markdown2html": markdown, "reveal": reveal},
        preprocessors=[NameSections],
    )
    resources = {
        "title": HEADING.match(notebook.cells[0].source)[1],
        "math_font": math_font(),
    }
    return exporter.from_notebook_node(notebook, resources)[0]


def build(folder):
    """Write a deck for each lesson; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for path in NOTEBOOKS:
        deck = folder / f"{path.stem}.html"
        page = deck_html(nbformat.read(path, as_version=4))
        deck.write_text(page, encoding="utf-8")
        paths.append(deck)
    return paths


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist/slides"
    made = build(folder)
    print(f"{len(made)} decks are in {os.path.relpath(folder)}/")
