"""Divide a code cell and what it shows over slides."""

from .listing import divide_code
from .parts import Part, is_table, markdown

SHORT = 4  # lines of text that fit above a figure
WIDTH, WIDE = 75, 85  # characters of a lead and of what is printed, on a line
APART = 3  # what it costs to part code from what it prints


def count_lines(text):
    return text.count("\n") + 1


def text_lines(text):
    """Return how many lines a text has, with those that are broken."""
    return sum(max(1, -(-len(line) // WIDE)) for line in text.splitlines())


def lead_lines(lead):
    """Return how many lines of code have the height of a lead."""
    return 0.7 + 1.3 * -(-len(lead) // WIDTH) if lead else 0.0


def code_slides(source, texts, above=0.0):
    """Show what is printed below the last lines of the code.

    Parameters
    ----------
    source : str
    texts : list of Part
        What the code prints.
    above : float
        Lines that are taken on the first slide.

    Returns
    -------
    list of list of Part
        The parts of each slide.
    """
    below = sum(text_lines(text.content) + 1.5 for text in texts)
    apart, pieces = divide_code(source, above)
    together, closer = divide_code(source, above, below)
    alone = texts and apart + APART < together
    slides = [
        [*continued(owner), Part("code", code)]
        for code, owner in (pieces if alone else closer)
    ]
    if alone:
        slides.append([markdown("The last slide's code prints:"), *texts])
    else:
        slides[-1] += texts
    return slides


def continued(owner):
    """Return a mark for code that goes on from the slide before."""
    return [markdown(f"`{owner}`, continued:")] if owner else []


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
