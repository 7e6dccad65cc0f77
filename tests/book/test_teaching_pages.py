"""The pages for instructors say what the lessons and the grading say."""

import importlib
import re

import nbformat
import pytest
from books import ROOT
from notebook_code import NOTEBOOKS

PAGE = "\n".join(
    (ROOT / "book" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("instructors", "grading")
)


def table_below(heading):
    """Return the rows of the table below a heading, as lists of cells."""
    text = PAGE.split(f"{heading}\n", 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", text, re.M)[0].splitlines()[2:]
    return [[c.strip() for c in line.strip("|").split("|")] for line in lines]


PLAN = table_below("## Eight weeks")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_plan_says_what_a_lesson_says(path):
    """Its title, the time to read it, and each exercise once."""
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    (row,) = (row for row in PLAN if row[0] == str(int(path.name[:2])))
    _, lesson, minutes, *times, assign, more = row
    title = text.splitlines()[0].removeprefix("# ")
    assert lesson == f"[{title}](../notebooks/{path.name})"
    assert re.search(rf"Reading takes (about )?{minutes} minutes", text)
    assert all(f"{{run-time}}`{path.stem}, CPU" in time for time in times)
    numbers = re.findall(r"\[([\d.]+)\]\(#exercise-\1\)", assign + more)
    assert sorted(numbers) == re.findall(r"(?m)^### Exercise (\S+)", text)


def test_points_and_rubric_are_those_of_grading():
    pytest.importorskip("nbgrader")
    assignments = importlib.import_module("assignments")
    rows = table_below("## Points")
    points = {level: (int(total), int(hand)) for level, total, hand in rows}
    assert points == assignments.POINTS
    rows = table_below("## A rubric for open-ended exercises")
    full = [int(re.match(r"\d+", row[-1])[0]) for row in rows]
    assert sum(full) == points["open-ended"][0]
