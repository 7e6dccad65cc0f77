"""Divide a code cell and what it shows over slides."""

import re

from .parts import Part, is_table, markdown

LINES = 21  # of code and output; more cannot be read
SHORT = 4  # lines of text that fit above a figure
WORTH = 6  # lines of code, of several pieces, that a slide is made for
PIECE = re.compile(r"(\n\n+)(?=\S)")  # blank lines, but not in a function


def count_lines(text):
    return text.count("\n") + 1


def code_slides(source, texts):
    """Show what is printed below the last lines of the code.

    Parameters
    ----------
    source : str
    texts : list of Part
        What the code prints.

    Returns
    -------
    list of list of Part
        The parts of each slide. Pieces of code that are too long to be read
        are left out.
    """
    pieces = PIECE.split(source)  # with the blank lines between
    room = LINES - sum(count_lines(text.content) for text in texts)
    start = len(pieces) + 1  # of what stands above the texts
    while texts and start > 1:
        if count_lines("".join(pieces[start - 2 :])) > room:
            break
        start -= 2
    before = pieces[: max(start - 1, 0)]
    slides = [[Part("code", code)] for code in groups(before)]
    if start < len(pieces):
        slides.append([Part("code", "".join(pieces[start:])), *texts])
    elif texts:
        label = [markdown("The last slide's code prints:")] if slides else []
        slides.append([*label, *texts])
    return slides


def groups(pieces):
    """Join pieces of code while they fit on a slide."""
    joined = []
    for index in range(0, len(pieces), 2):
        between = pieces[index - 1] if index else ""
        if joined and count_lines(joined[-1] + between + pieces[index]) <= (
            LINES
        ):
            joined[-1] += between + pieces[index]
        else:
            joined.append(pieces[index])
    least = WORTH if len(joined) > 1 else 1
    return [code for code in joined if least <= count_lines(code) <= LINES]


def output_slides(parts):
    """Give each figure and table a slide, with what is said before it.

    What is printed comes first: a cell that trains prints around its figure.
    """
    texts = [part.content for part in parts if part.kind == "text"]
    printed = [Part("text", "\n".join(texts))] if texts else []
    slides, before = [], []
    for part in [*printed, *(p for p in parts if p.kind != "text")]:
        before.append(part)
        small = part.kind == "text" and count_lines(part.content) <= SHORT
        label = part.kind == "markdown" and not is_table(part)
        if part.content.startswith("**Result.**"):
            slides += [[p] for p in before]
            before = []
        elif not (small or label or "<audio" in part.content):
            slides.append(before)
            before = []
    return [*slides, before] if before else slides
