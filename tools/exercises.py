"""Read the exercises of a lesson: their cells, their parts, their points."""

import copy
import re
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

# Points of an exercise, and how many of them are for what is marked by hand
# where a check marks the rest.
POINTS = {
    "warm-up": (2, 1),
    "core": (4, 1),
    "stretch": (6, 2),
    "open-ended": (10, 4),
}

HEADING = re.compile(r"### Exercise (\d+\.\d+) \(([\w-]+)\): (.+)")
# "Solution in words" explains code; any other is an answer to a question.
ANSWER = re.compile(
    r"<details><summary>(Solution[^<]*)</summary>\n(.*?)\n</details>", re.S
)
SOLUTION = r"^(?=<details><summary>Solution)|(?<=\n</details>)$"
CHECK = re.compile(r"check\.(\w+)\((\w+)\)\s*$")


@dataclass
class Part:
    """What a student hands in for an exercise: a function, code, or text.

    Attributes
    ----------
    kind : str
        "check" for a function with a check, "code" or "text".
    cell : NotebookNode
        The solution's cell; it is of the exercise's cells.
    name : str
        Of the function; else empty.
    points : float
    """

    kind: str
    cell: NotebookNode
    name: str = ""
    points: float = 0


@dataclass
class Exercise:
    """An exercise of a lesson; its first cell begins with its heading."""

    number: str
    level: str
    title: str
    cells: list = field(default_factory=list)

    @property
    def text(self):
        """All its Markdown, without solutions."""
        texts = [c.source for c in self.cells if c.cell_type == "markdown"]
        return ANSWER.sub("", "\n\n".join(texts))

    def task(self, part):
        """Say in a line or two what to write for a part in code."""
        body = self.text.split("\n", 1)[1]
        asked = re.search(r"(?:^|\s)(Write .+?[.?])(?:\s|$)", body)
        if part.kind == "check" and asked:
            what = asked[1].replace("$", "")
        else:
            what = "Write the code for its questions here."
        end = "" if self.title.endswith("?") else "."
        return f"Exercise {self.number}: {self.title}{end} {what}"

    def parts(self):
        """Return its parts in their order, with their points."""
        found = []
        for cell, after in zip(self.cells, [*self.cells[1:], None]):
            if cell.cell_type == "markdown":
                answer = ANSWER.search(cell.source)
                if answer and answer[1] != "Solution in words":
                    found.append(Part("text", cell))
            elif "### BEGIN SOLUTION" in cell.source:
                check = CHECK.match(after.source) if after else None
                kind = "check" if check else "code"
                found.append(Part(kind, cell, check[1] if check else ""))
        share_points(self.level, found)
        return found


def share_points(level, parts):
    """Give each part its points, equal among those of one kind."""
    total, beside = POINTS[level]
    checked = [part for part in parts if part.kind == "check"]
    by_hand = [part for part in parts if part.kind != "check"]
    hand = (beside if checked else total) if by_hand else 0
    for group, points in ((checked, total - hand), (by_hand, hand)):
        for part in group:
            part.points = points / len(group)


def _cut(cell, pattern, mark):
    """Split a Markdown cell at each match; a code cell stays whole."""
    if cell.cell_type != "markdown":
        return [cell]
    pieces = [p.strip() for p in re.split(pattern, cell.source, flags=re.M)]
    pieces = [piece for piece in pieces if piece]
    if len(pieces) < 2:
        return [cell]
    cut = []
    for number, piece in enumerate(pieces):
        one = new_markdown_cell(piece, metadata=copy.deepcopy(cell.metadata))
        one.id = f"{cell.id}-{mark}{number}" if number else cell.id
        cut.append(one)
    return cut


def split(notebook):
    """Divide a lesson's cells at its exercises.

    Parameters
    ----------
    notebook : NotebookNode
        It is not changed; what is returned are copies.

    Returns
    -------
    tuple of (list of cells, list of Exercise, list of cells)
        What is before the first exercise, the exercises, what is after.
    """
    cells = [
        piece
        for cell in copy.deepcopy(notebook.cells)
        for piece in _cut(cell, r"^(?=## |### Exercise )", "section")
    ]
    before, exercises, after = [], [], []
    for cell in cells:
        is_text = cell.cell_type == "markdown"
        heading = HEADING.match(cell.source) if is_text else None
        if heading:
            exercises.append(Exercise(*heading.groups()))
        if exercises and is_text and cell.source.startswith("## "):
            after.append(cell)
        elif after:
            after.append(cell)
        elif exercises:
            exercises[-1].cells.append(cell)
        else:
            before.append(cell)
    for exercise in exercises:
        exercise.cells = [
            piece
            for cell in exercise.cells
            for piece in _cut(cell, SOLUTION, "solution")
        ]
    return before, exercises, after
