"""Turn the lessons into what an instructor hands out and marks with.

python tools/assignments.py [FOLDER] [--variants SEED]

Writes, under dist/ or the folder given,

- student/: each lesson with stubs in place of the solutions;
- nbgrader/: a course for nbgrader, an assignment a lesson. With variants, it
  also asks in some exercises for the answer to numbers of a student's own,
  which follow from the student's id and this number.

What nbgrader itself adds there, such as submissions and grades, is kept.
"""

import argparse
import copy
import os
import re
import shutil
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from grading.needed import names, needed_cells
from grading.preprocessors import ClearAnswers
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from notebook_code import NOTEBOOKS, ROOT, tags

from course_utils import check

# Points of an exercise, and how many of them are for what is marked by hand
# where a check marks the rest.
POINTS = {
    "warm-up": (2, 1),
    "core": (4, 1),
    "stretch": (6, 2),
    "open-ended": (10, 4),
}

CELLS = tomllib.loads((ROOT / "tools/grading/cells.toml").read_text("utf-8"))
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


# --- The versions of a lesson -------------------------------------------


def summary(exercise):
    """Say in a line what an exercise is worth, and who marks it."""
    parts = exercise.parts()
    tested = sum(part.points for part in parts if part.kind == "check")
    by_hand = sum(part.points for part in parts) - tested
    if tested and by_hand:
        shares = f": {tested:g} by the test, {by_hand:g} by hand"
    else:
        shares = ", by the test" if tested else ", by hand"
    total = tested + by_hand
    return f"{total:g} point{'' if total == 1 else 's'}{shares}."


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
    before[-1].source = CELLS["introduction"]
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


def tests(part, number, notebook, seed):
    """Yield a function's test, and the cells for a student's own numbers."""
    name, exercise = part.name, getattr(check, part.name)
    own = min(1, part.points / 2) if seed and exercise.own else 0
    parameters = ", ".join(exercise.cases[0])

    def written(cell, points=0):
        return CELLS[cell].format(
            name=name,
            parameters=parameters,
            notebook=notebook,
            seed=seed,
            points=points,
        )

    points = part.points - own
    yield test_cell(written("test", points), f"test-{number}-{name}", points)
    if own:
        yield text_cell(f"ask-{name}", written("ask"))
        yield new_code_cell(written("numbers"), id=f"numbers-{name}")
        my = f"exercise-{number}-my_{name}"
        yield graded(new_code_cell(written("my_answer"), id=my), my)
        text = written("my_test", own)
        yield test_cell(text, f"test-{number}-my_{name}", own)


def graded_exercise(exercise, notebook, seed):
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
            yield from tests(part, number, notebook, seed)
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
        cell
        for place, cell in enumerate(lesson)
        if place in found or "setup-cell" in tags(cell)
    ]


def assignment(notebook, name, seed):
    """Return the exercises of a lesson as nbgrader's source."""
    before, exercises, _ = split(notebook)
    header = CELLS["header"].format(
        number=name[:2],
        title=re.match("# (.+)", notebook.cells[0].source)[1],
        points=sum(POINTS[exercise.level][0] for exercise in exercises),
    )
    cells = [text_cell("header", header), *lesson_cells(before, exercises)]
    for exercise in exercises:
        cells += graded_exercise(exercise, f"{name}.ipynb", seed)
    if seed:
        cells.insert(1, new_code_cell(CELLS["my_id"], id="student"))
    return with_cells(notebook, cells)


def replace(folder):
    """Make a folder empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def build(out, seed=None):
    """Write all versions of all lessons; without a seed, the last one stays.

    A seed of 0 ends the variants.
    """
    course = out / "nbgrader"
    course.mkdir(parents=True, exist_ok=True)
    kept = course / "variants.txt"
    if seed is not None:
        kept.write_text(f"{seed}\n")
    seed = int(kept.read_text()) if kept.exists() else 0
    students = replace(out / "student")
    source = course / "source"  # may have assignments of others
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        nbformat.write(student(notebook), students / path.name)
        graded = assignment(notebook, path.stem, seed)
        nbformat.write(graded, replace(source / path.stem) / path.name)
    shutil.copytree(
        ROOT / "tools" / "grading",
        replace(course / "grading"),
        ignore=shutil.ignore_patterns("__pycache__", "report*", "*.toml"),
        dirs_exist_ok=True,
    )
    config = "nbgrader_config.py"
    (course / "grading" / config).replace(course / config)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist")
    parser.add_argument("--variants", type=int, metavar="SEED")
    asked = parser.parse_args()
    build(asked.folder, asked.variants)
    print(f"{len(NOTEBOOKS)} lessons are in {os.path.relpath(asked.folder)}/")
