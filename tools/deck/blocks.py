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
SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z*`$\"“(])")
ENDS = re.compile(r"[.?!][)\"”*]*$")
BOLD = re.compile(r"\*\*[^*]+\*\*")
TITLE = re.compile(r"\*\*[^*]+[.?]\*\*")
LEAD = 40  # words
# Begins a sentence that cannot be understood without the one before it.
LEANS = re.compile(
    r"(?:It|Its|They|Their|This|That|These|Those|Then|There|Here|So|But|And|"
    r"Both|Neither|Such|Such a|Now|Only|Still|Even|Also|Otherwise|Meanwhile|"
    r"In the same way|In the other|The same|The others?|The former|"
    r"The latter|The first|The second|The last)\b"
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


def sentences(text):
    """Split a paragraph into its sentences."""
    return SENTENCE.split(" ".join(text.split()))


def count_words(text):
    """Count words; a formula is one."""
    return len(re.sub(r"\$[^$]+\$", "x", text).split())


def first_sentences(text, most):
    """Return as many first sentences as have at most ``most`` words."""
    kept = []
    for sentence in sentences(text):
        if kept and count_words(" ".join([*kept, sentence])) > most:
            break
        kept.append(sentence)
    return " ".join(kept)


def standing(found, index):
    """Return a sentence, with those that it leans on; empty if too many."""
    start = index
    while start > 0 and LEANS.match(found[start]):
        start -= 1
    text = " ".join(found[start : index + 1])
    return "" if LEANS.match(text) or count_words(text) > LEAD else text


def key_sentences(text, goes_on=False):
    """Return the sentences with a term in bold, each with what it leans on.

    Where the text goes on from what is shown, its first one may lean on that.
    """
    found = sentences(text)
    keys = []
    for index, sentence in enumerate(found):
        key = standing(found, index)
        if not key and goes_on and index == 0:
            key = sentence
        if BOLD.search(sentence) and key:
            if keys and key.startswith(keys[-1]):
                keys.pop()
            keys.append(key)
    return keys


def introduction(text):
    """Return what of a paragraph introduces the thing below it."""
    found = sentences(text)
    if count_words(text) <= LEAD:
        return " ".join(found)
    last = len(found) - 1
    if not ENDS.search(found[last]):
        return standing(found, last) or found[last]
    keys = key_sentences(text)
    whole = [i for i, s in enumerate(found) if not LEANS.match(s)]
    if keys or not whole:
        return keys[0] if keys else ""
    return first_sentences(" ".join(found[whole[0] :]), LEAD)


def situation(text):
    """Return what of a paragraph the question after it is about."""
    found = sentences(text)
    if count_words(text) <= LEAD:
        return " ".join(found)
    return standing(found, len(found) - 1)
