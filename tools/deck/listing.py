"""Divide code over slides, at the lines where it divides best."""

import ast
from dataclasses import dataclass
from functools import lru_cache

AIM = 22  # lines of code on a slide, set in 18 px
MOST = 25  # lines, set in 16 px
MARK = 2  # lines that the mark of a slide takes that goes on
SLIDE, TIGHT = 2.0, 1.5  # what a slide costs, and one beyond the aim
ANYWHERE = 20.0  # what a break costs that is not between statements


@dataclass
class Break:
    """A line that a slide may begin with.

    Attributes
    ----------
    cost : float
        The lower, the better does the code divide here.
    owner : str
        What goes on here: a function, a class, "for"; empty between them.
    """

    cost: float
    owner: str = ""


def find_breaks(source):
    """Return the breaks of a piece of code, by line, counted from 0."""
    lines = source.splitlines()
    found = {}

    def visit(body, depth, owner):
        for index, node in enumerate(body):
            line = first_line(node, lines)
            if index > has_docstring(body):
                blank = not lines[line - 1].strip()
                cost = (depth > 0) + depth + (not blank)
                found[line] = Break(cost, owner)
            name = getattr(node, "name", lines[node.lineno - 1].split()[0])
            for field in ("body", "orelse", "handlers", "finalbody"):
                inner = getattr(node, field, None)
                if isinstance(inner, list):
                    visit(inner, depth + 1, owner or name)

    visit(ast.parse(source).body, 0, "")
    return found


def first_line(node, lines):
    """Return where a statement begins, with the comments above it."""
    above = getattr(node, "decorator_list", [])
    line = min(n.lineno for n in [node, *above]) - 1
    while line and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line


def has_docstring(body):
    """Return 1 where the first statement is a docstring, else 0."""
    first = body[0]
    return int(
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )


def divide_code(source, above=0.0, below=0.0):
    """Divide code into slides.

    Parameters
    ----------
    source : str
    above, below : float
        Lines that are taken on the first slide, and on the last.

    Returns
    -------
    cost : float
    slides : list of (str, str)
        The code of each slide, and the owner of its first line.
    """
    lines = source.splitlines()
    breaks = find_breaks(source)

    @lru_cache(None)
    def best(end):
        """Return the cost of the lines before ``end``, and their starts."""
        if end == 0:
            return 0.0, ()
        choices = []
        for start in range(max(end - MOST, 0), end):
            size = end - start
            size += above if start == 0 else 0
            size += below if end == len(lines) else 0
            size += MARK if start in breaks and breaks[start].owner else 0
            if size > MOST and size > end - start:
                continue
            before, starts = best(start)
            place = breaks.get(start, Break(ANYWHERE if start else 0))
            cost = before + place.cost + SLIDE + (size / AIM) ** 2
            choices.append((cost + TIGHT * (size > AIM), (*starts, start)))
        return min(choices, default=(float("inf"), ()))

    cost, starts = best(len(lines))
    ends = [*starts[1:], len(lines)]
    slides = []
    for start, end in zip(starts, ends):
        owner = breaks[start].owner if start in breaks else ""
        slides.append(("\n".join(lines[start:end]).strip("\n"), owner))
    return cost, slides
