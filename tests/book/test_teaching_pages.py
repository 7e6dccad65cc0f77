"""The page for instructors says what the lessons and the grading say."""

import importlib
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from notebook_code import NOTEBOOKS

pytest.importorskip("sphinx")

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book" / "_ext"))  # they import each other
PAGE = (ROOT / "book" / "instructors.md").read_text(encoding="utf-8")
PLAN = re.search(r"```{lesson-plan}\n(.*?)```", PAGE, re.S)[1].splitlines()
FIRST_EIGHT = NOTEBOOKS[:8]


teaching = importlib.import_module("teaching")


def markdown(path):
    notebook = nbformat.read(path, as_version=4)
    return "\n".join(
        c.source for c in notebook.cells if c.cell_type == "markdown"
    )


def exercises_of(path):
    """Return the numbers of a lesson's exercises, found another way."""
    lines = markdown(path).splitlines()
    heads = [line for line in lines if line.startswith("### Exercise ")]
    return [head.split()[2] for head in heads]


def test_plan_has_a_week_for_each_lesson():
    assert [int(line.split("|")[0]) for line in PLAN] == list(range(1, 9))


@pytest.mark.parametrize("line, path", list(zip(PLAN, FIRST_EIGHT)))
def test_plan_names_each_exercise_once(line, path):
    numbers = " ".join(line.split("|")[1:]).split()
    assert sorted(numbers) == exercises_of(path)


def test_named_exercises_are_there():
    named = re.findall(r"{exercise}`([^`]+)`", PAGE)
    there = {n for path in NOTEBOOKS for n in exercises_of(path)}
    assert len(named) > 15 and set(named) <= there


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_lesson_has_what_the_plan_shows(path):
    lesson = teaching.Lesson(path)
    assert list(lesson.exercises) == exercises_of(path)
    assert f"{lesson.reading} minutes" in markdown(path)


def test_the_time_of_a_run():
    cost = {"CPU with bfloat16": {"seconds": 37}, "GPU": {"seconds": 120}}
    said = [teaching.run_time(cost, kind) for kind in (*cost, "CPU without")]
    assert said == ["37 s", "2 min", "not measured"]


@pytest.mark.parametrize("number", ["1.99", "42.1"])
def test_an_exercise_that_is_not_there_is_a_warning(number, monkeypatch):
    said = []
    warn = SimpleNamespace(warning=lambda *args, **kwargs: said.append(args))
    monkeypatch.setattr(teaching, "logger", warn)
    env = SimpleNamespace(
        found_docs=[f"notebooks/{path.stem}" for path in NOTEBOOKS],
        doc2path=lambda name: ROOT / f"{name}.ipynb",
        docname="book/page",
        note_dependency=lambda path: None,
    )
    teaching.exercise_link(env, number, None)
    assert said == [("there is no exercise %s", number)]


def table_below(heading):
    """Return the rows of the table below a heading, as lists of cells."""
    text = PAGE.split(f"{heading}\n", 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", text, re.M)[0].splitlines()[2:]
    return [[c.strip() for c in line.strip("|").split("|")] for line in lines]


def test_points_and_rubric_are_those_of_grading():
    pytest.importorskip("nbgrader")
    assignments = importlib.import_module("assignments")
    rows = table_below("### Points")
    points = {level: (int(total), int(hand)) for level, total, hand in rows}
    assert points == assignments.POINTS
    rows = table_below("### A rubric for open-ended exercises")
    full = [int(re.match(r"\d+", row[-1])[0]) for row in rows]
    assert full == list(assignments.RUBRIC.values())
    assert sum(full) == 10
