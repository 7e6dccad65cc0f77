"""Read a lesson as blocks: headings, paragraphs, answers, cells."""

import re
from dataclasses import dataclass

from nbformat import NotebookNode

ANSWER = re.compile(
    r"<details><summary>(.*?)</summary>\n(.*?)\n</details>", re.S
)
FENCE = re.compile(r"^```.*?^```$", re.S | re.M)
STARTS = (
    ("heading1", r"# "),
    ("heading2", r"## "),
    ("heading3", r"### "),
    ("predict", r"\*\*Predict\.\*\*"),
    ("result", r"\*\*Result\.\*\*"),
    ("question", r"\*\*\d\.\*\*"),
    ("formula", r"\$\$"),
    ("list", r"(?:- |\d+\. )"),
    ("table", r"\|"),
    ("fence", r"```"),
)


@dataclass
class Block:
    """A piece of a lesson.

    Attributes
    ----------
    kind : str
        "code", "answer", "prose", or one of ``STARTS``.
    text : str
        Markdown, or an answer's body; empty for code.
    title : str
        An answer's summary; else empty.
    cell : NotebookNode
    """

    kind: str
    text: str
    cell: NotebookNode
    title: str = ""


def _kind(text):
    found = (kind for kind, start in STARTS if re.match(start, text))
    return next(found, "prose")


def _paragraphs(text):
    """Split Markdown at blank lines, but not within fenced code."""
    start = 0
    for fence in FENCE.finditer(text):
        yield from re.split(r"\n\s*\n", text[start : fence.start()])
        yield fence[0]
        start = fence.end()
    yield from re.split(r"\n\s*\n", text[start:])


def _markdown_blocks(cell):
    start = 0
    text = cell.source
    for answer in ANSWER.finditer(text):
        for paragraph in _paragraphs(text[start : answer.start()]):
            yield Block("", paragraph.strip(), cell)
        yield Block("answer", answer[2].strip(), cell, answer[1])
        start = answer.end()
    for paragraph in _paragraphs(text[start:]):
        yield Block("", paragraph.strip(), cell)


def read_blocks(notebook):
    """Return the blocks of a lesson, in order.

    Parameters
    ----------
    notebook : NotebookNode

    Returns
    -------
    list of Block
    """
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found.append(Block("code", "", cell))
            continue
        for block in _markdown_blocks(cell):
            block.kind = block.kind or _kind(block.text)
            if block.text:
                found.append(block)
    return found
