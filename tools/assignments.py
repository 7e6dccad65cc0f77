"""Turn the lessons into what an instructor hands out and marks with.

python tools/assignments.py [FOLDER] [--variants COUNT]

Writes, under dist/ or the folder given,

- student/: each lesson with stubs in place of the solutions;
- instructor/: each lesson with open solutions and with marking notes;
- nbgrader/: a course for nbgrader, an assignment a lesson; with variants,
  each student has other numbers in some exercises (see grading/variants.py).

What nbgrader itself adds there, such as submissions and grades, is kept.
"""

import argparse
import copy
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from notebook_code import NOTEBOOKS, ROOT, tags

from course_utils import check

try:
    from grading.preprocessors import ClearAnswers
except ImportError as error:
    sys.exit(
        f"make assignments needs nbgrader ({error}). Install it with\n"
        f'  {sys.executable} -m pip install -c requirements.txt -e ".[teach]"'
    )
from grading import variants
from grading.needed import digest, names, needed_cells

# Points of an exercise, and how many of them are for what is marked by hand
# where a check marks the rest.
POINTS = {
    "warm-up": (2, 1),
    "core": (4, 1),
    "stretch": (6, 2),
    "open-ended": (10, 4),
}

# An open-ended answer has no solution to compare with.
RUBRIC = {
    "an experiment that can answer the question: one thing changed at a "
    "time, and choices made on other data than the result": 4,
    "numbers, with what is needed to get them again: settings, seeds, "
    "and how far apart repeated runs are": 3,
    "a conclusion that follows from the numbers, and says what they do "
    "not show": 3,
}

INTRODUCTION = """\
## Exercises

Below each exercise is a cell for your function, and below that its \
`check`, which tries it on many cases and shows you the smallest one that \
fails. Write your code in place of the statement that raises \
`NotImplementedError`."""

HEADER = """\
# Exercises of lesson {number}: {title}

{points:g} points. Read the lesson first: here are its exercises, and only \
those of its cells that they use.

Write your code in place of the statements that raise `NotImplementedError`, \
and your answers in place of YOUR ANSWER HERE. Then run the test below: it \
tries your function on many cases and shows you the smallest one that fails. \
Leave the tests as they are. Run code that answers a question before you \
hand in, for its output is marked as you leave it."""

TEST = """\
### BEGIN HIDDEN TESTS
from course_utils import check
from grading.submitted import submitted
from grading.verdict import credited

{name} = submitted("{name}", "{notebook}", check.{name})
### END HIDDEN TESTS
result = check.{name}({name})
print(result)
### BEGIN HIDDEN TESTS
result = credited(result, check.{name}, {name}, {points:g})
### END HIDDEN TESTS
assert result.passed
### BEGIN HIDDEN TESTS
result.points
### END HIDDEN TESTS"""

HEADING = re.compile(r"### Exercise (\d+\.\d+) \(([\w-]+)\): ")
# "Solution in words" explains code; any other is an answer to a question.
ANSWER = re.compile(
    r"<details><summary>(Solution[^<]*)</summary>\n(.*?)\n</details>", re.S
)
CHECK = re.compile(r"check\.(\w+)\((\w+)\)\s*$")


# --- The exercises of a lesson ------------------------------------------


@dataclass
class Part:
    """What a student hands in for an exercise: a function, code, or text."""

    kind: str  # "check" for a function with a check, "code" or "text"
    cell: NotebookNode  # the solution's; it is of the exercise's cells
    name: str = ""  # of the function
    points: float = 0


@dataclass
class Exercise:
    """An exercise of a lesson; its first cell begins with its heading."""

    number: str
    level: str
    cells: list = field(default_factory=list)

    @property
    def text(self):
        """All its Markdown, without solutions."""
        texts = [c.source for c in self.cells if c.cell_type == "markdown"]
        return ANSWER.sub("", "\n\n".join(texts))

    def parts(self):
        """Return its parts in their order, with their points."""
        found = []
        for cell, after in zip(self.cells, [*self.cells[1:], None]):
            if cell.cell_type == "markdown":
                answer = ANSWER.match(cell.source)
                if answer and answer[1] != "Solution in words":
                    found.append(Part("text", cell))
            elif "### BEGIN SOLUTION" in cell.source:
                test = CHECK.match(after.source) if after else None
                kind = "check" if test else "code"
                found.append(Part(kind, cell, test[1] if test else ""))
        self._share_points(found)
        return found

    def _share_points(self, parts):
        """Give each part its points, equal among those of one kind."""
        total, beside = POINTS[self.level]
        checked = [part for part in parts if part.kind == "check"]
        by_hand = [part for part in parts if part.kind != "check"]
        hand = (beside if checked else total) if by_hand else 0
        for group, points in ((checked, total - hand), (by_hand, hand)):
            for part in group:
                part.points = points / len(group)


def in_place_of_stubs(cells):
    """Put each solution that has a check in the place of its stub.

    In a lesson it stands below the check and ends in a check of its own,
    and its function's name in ``_solution``.
    """
    placed = []
    for cell in cells:
        if cell.cell_type == "code":
            cell.source = re.sub(r"_solution\b", "", cell.source)
        test = CHECK.search(cell.source)
        if test and "solution" in tags(cell):
            cell.source = cell.source[: test.start()].rstrip()
            stub = max(n for n, c in enumerate(placed) if "stub" in tags(c))
            placed[stub] = cell
            placed[stub + 1].outputs, cell.outputs = cell.outputs, []
        else:
            placed.append(cell)
    return placed


def split(notebook):
    """Divide copies of a lesson's cells at its exercises.

    Returns the cells before the first exercise, the exercises, and the cells
    after them.
    """
    before, exercises, after = [], [], []
    for cell in copy.deepcopy(notebook.cells):
        heading = HEADING.match(cell.source)
        if heading:
            exercises.append(Exercise(*heading.groups()))
        if not exercises:
            before.append(cell)
        elif after or cell.source.startswith("## "):
            after.append(cell)
        else:
            exercises[-1].cells.append(cell)
    for exercise in exercises:
        exercise.cells = in_place_of_stubs(exercise.cells)
    return before, exercises, after


# --- Notes for whoever marks --------------------------------------------


def points_text(points):
    """Write points, such as "1 point" and "0.5 points"."""
    return f"{points:g} point{'' if points == 1 else 's'}"


def summary(exercise):
    """Say in a line what an exercise is worth, and who marks it."""
    parts = exercise.parts()
    tested = sum(part.points for part in parts if part.kind == "check")
    by_hand = sum(part.points for part in parts) - tested
    if tested and by_hand:
        shares = f": {tested:g} by the test, {by_hand:g} by hand"
    else:
        shares = ", by the test" if tested else ", by hand"
    return f"{points_text(tested + by_hand)}{shares}."


def _table(left, right, rows):
    lines = [f"| {left} | {right} |", "|:--|--:|"]
    return "\n".join(lines + [f"| {text} | {n:g} |" for text, n in rows])


def notes(exercise):
    """Return the marking notes of an exercise, as Markdown."""
    found = [f"**Marking exercise {exercise.number}.** {summary(exercise)}"]
    for part in exercise.parts():
        worth = points_text(part.points)
        if part.kind == "check":
            known = getattr(check, part.name).mistakes
            rows = [(hint, part.points) for hint in known]
            found.append(
                f"`{part.name}`, by the test: {worth}, or what CREDIT in "
                "nbgrader_config.py gives where a case fails, at first 0. "
                "The test names these mistakes:\n\n"
                + _table(
                    "mistake, in the words of its hint", "points lost", rows
                )
            )
            continue
        what = "code" if part.kind == "code" else "answer"
        found.append(
            f"The {what}, by hand: {worth}. Compare with the solution; "
            "another way that answers the question is as good."
        )
    if exercise.level == "open-ended":
        rows = RUBRIC.items()
        found.append(_table("what to look for", "of 10 points", rows))
    return "\n\n".join(found)


# --- The versions of a lesson -------------------------------------------


def unfold(cell):
    """Show a solution's cell open."""
    kept = [tag for tag in tags(cell) if tag != "hide-cell"]
    cell.metadata["tags"] = sorted(kept)
    cell.metadata.pop("jupyter", None)


def text_cell(name, source):
    """Return a Markdown cell whose id is the same in each build."""
    return new_markdown_cell(source, id=re.sub(r"\W", "-", name))


def with_cells(notebook, cells):
    """Return a notebook with the same metadata and other cells."""
    return NotebookNode({**copy.deepcopy(notebook), "cells": cells})


def student(notebook):
    """Return a lesson with stubs in place of its solutions."""
    clear = ClearAnswers(enforce_metadata=False)
    before, exercises, after = split(notebook)
    before[-1].source = INTRODUCTION
    cells = []
    for cell in [cell for exercise in exercises for cell in exercise.cells]:
        answer = ANSWER.match(cell.source)
        if answer and answer[1] == "Solution in words":
            continue
        if answer:
            cell.source = "*Your answer:*"
        elif cell.cell_type == "code":
            unfold(cell)
            clear.preprocess_cell(cell, {"language": "python"}, 0)
        cells.append(cell)
    return with_cells(notebook, [*before, *cells, *after])


def instructor(notebook):
    """Return a lesson with its solutions open, and with marking notes."""
    before, exercises, after = split(notebook)
    middle = []
    for exercise in exercises:
        note = text_cell(f"marking-{exercise.number}", notes(exercise))
        for cell in exercise.cells:
            if cell.cell_type == "markdown":
                cell.source = ANSWER.sub(r"**\1.**\n\2", cell.source)
            elif "solution" in tags(cell):
                unfold(cell)
        middle += [*exercise.cells, note]
    return with_cells(notebook, [*before, *middle, *after])


def graded(cell, grade_id, **settings):
    """Give a cell the metadata by which nbgrader knows it."""
    cell.metadata["nbgrader"] = {
        "cell_type": cell.cell_type,
        "grade": False,
        "grade_id": grade_id,
        "locked": False,
        "schema_version": 3,
        "solution": True,
        "task": False,
        **settings,
    }
    return cell


def test_cell(source, grade_id, points):
    """Return the cell that tests a function, hidden from students in part."""
    cell = new_code_cell(source, id=grade_id)
    settings = {"grade": True, "solution": False, "locked": True}
    return graded(cell, grade_id, points=points, **settings)


def given(cell):
    """Mark a cell of the lesson, so that it is known while unchanged."""
    cell.metadata["given"] = digest(cell.source)
    return cell


def tests(part, number, notebook, drawn):
    """Yield a function's test, and the cells for a student's own numbers."""
    name, points = part.name, part.points
    own = min(1, points / 2) if name in drawn["rows"] else 0
    text = TEST.format(name=name, notebook=notebook, points=points - own)
    yield test_cell(text, f"test-{number}-{name}", points - own)
    if own:
        ask, numbers, answer, test = variants.sources(
            name, drawn, notebook=notebook, points=own
        )
        yield text_cell(f"ask-{name}", ask)
        yield given(new_code_cell(numbers, id=f"numbers-{name}"))
        my = f"exercise-{number}-my_{name}"
        yield graded(new_code_cell(answer, id=my), my)
        yield test_cell(test, f"test-{number}-my_{name}", own)


def graded_exercise(exercise, notebook, drawn):
    """Yield the cells of an exercise, with solutions, for nbgrader."""
    number = exercise.number.replace(".", "-")
    parts = {part.cell.id: part for part in exercise.parts()}
    heading, *rest = exercise.cells
    title, _, text = heading.source.partition("\n")
    heading.source = f"{title}\n\n*{summary(exercise)}*\n{text}"
    yield heading
    for cell in rest:
        part = parts.get(cell.id)
        # An id of its own, however many cells a correction adds before it.
        grade_id = f"exercise-{number}-{cell.id}"
        if part and cell.cell_type == "code":
            unfold(cell)
        if part and part.kind == "check":
            yield graded(cell, grade_id)
            yield from tests(part, number, notebook, drawn)
        elif part:
            yield graded(cell, grade_id, grade=True, points=part.points)
        elif not (ANSWER.match(cell.source) or CHECK.match(cell.source)):
            yield cell


def lesson_cells(before, exercises):
    """Return the cells of a lesson that its exercises use or speak of."""
    lesson = [cell for cell in before if cell.cell_type == "code"]
    wanted = set()
    for exercise in exercises:
        wanted |= set(re.findall(r"`([A-Za-z_]\w*)", exercise.text))
        for cell in exercise.cells:
            if cell.cell_type == "code":
                wanted |= names(cell.source)[0]
    found = needed_cells([cell.source for cell in lesson], wanted)
    return [
        given(cell)
        for place, cell in enumerate(lesson)
        if place in found or "setup-cell" in tags(cell)
    ]


def assignment(notebook, name, drawn):
    """Return the exercises of a lesson as nbgrader's source."""
    before, exercises, _ = split(notebook)
    header = HEADER.format(
        number=name[:2],
        title=re.match("# (.+)", notebook.cells[0].source)[1],
        points=sum(POINTS[exercise.level][0] for exercise in exercises),
    )
    cells = [text_cell("header", header), *lesson_cells(before, exercises)]
    for exercise in exercises:
        cells += graded_exercise(exercise, f"{name}.ipynb", drawn)
    if any(cell.id.startswith("numbers-") for cell in cells):
        text = variants.STUDENT.format(**drawn)
        cells.insert(1, given(new_code_cell(text, id="student")))
    return with_cells(notebook, cells)


def replace(folder):
    """Make a folder empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def build(out, count=None):
    """Write all versions of all lessons; a count of variants stays."""
    course = out / "nbgrader"
    course.mkdir(parents=True, exist_ok=True)
    drawn = variants.plan(course, count)
    students = replace(out / "student")
    instructors = replace(out / "instructor")
    source = course / "source"  # may have assignments of others
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        nbformat.write(student(notebook), students / path.name)
        nbformat.write(instructor(notebook), instructors / path.name)
        graded = assignment(notebook, path.stem, drawn)
        nbformat.write(graded, replace(source / path.stem) / path.name)
    shutil.copytree(
        ROOT / "tools" / "grading",
        replace(course / "grading"),
        ignore=shutil.ignore_patterns(
            "__pycache__", "report*", "sections.toml"
        ),
        dirs_exist_ok=True,
    )
    config = "nbgrader_config.py"
    (course / "grading" / config).replace(course / config)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist")
    parser.add_argument("--variants", type=int, metavar="COUNT")
    asked = parser.parse_args()
    build(asked.folder, asked.variants)
    print(f"{len(NOTEBOOKS)} lessons are in {os.path.relpath(asked.folder)}/")
