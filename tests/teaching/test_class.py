"""What an instructor sees of a class in which mistakes are planted."""

import csv
import random
import re
from collections import Counter
from types import SimpleNamespace

import nbformat
import pytest
from notebook_code import NOTEBOOKS

pytest.importorskip("nbgrader", reason="make assignments installs it")

from docutils.nodes import make_id  # noqa: E402
from grading import report  # noqa: E402
from grading.verdict import as_setting, credited  # noqa: E402
from nbgrader.api import Gradebook  # noqa: E402
from nbgrader_course import (  # noqa: E402
    Course,
    places_of_tests,
    points,
    write,
)
from test_grading import grade, planted_mistakes  # noqa: E402

from course_utils import check  # noqa: E402

LESSON = next(path.stem for path in NOTEBOOKS if path.stem[:2] == "05")
RAISES = "def {name}(*args, **kwargs):\n    raise KeyError('Oz')"
# What students of a small class hand in for each function: it is right, left
# or raises an error, or makes the mistake of that number.
PLAN = {
    "ada": {"flat_size": "right", "repaired_epoch": 0, "scaled_loss": 0},
    "ben": {"flat_size": 3, "repaired_epoch": "right", "scaled_loss": 0},
    "cem": {"flat_size": 3, "repaired_epoch": "raises", "scaled_loss": 0},
    "dot": {"flat_size": 0, "repaired_epoch": "left", "scaled_loss": "left"},
}


def setting(course, old, new):
    """Change a setting of a course."""
    path = course.root / "nbgrader_config.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def hand_in(course, student, answers):
    """Hand in what a plan says, by a student with a name."""
    notebook, release = course.source(LESSON), course.release(LESSON)
    for name, what in answers.items():
        stub = release.cells[places_of_tests(release)[name] - 1].source
        source = {"left": stub, "raises": RAISES.format(name=name)}
        if what != "right":
            mistakes = dict(enumerate(planted_mistakes(name)))
            write(notebook, name, {**source, **mistakes}[what])
    course.submit(student, LESSON, notebook)
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        gradebook.add_student(student, first_name="Xenia", last_name=student)


def planned(plan):
    """Count what a report should, by function, outcome and mistake."""
    count = Counter()
    for answers in plan.values():
        for name, what in answers.items():
            hints = dict(enumerate(getattr(check, name).mistakes))
            failed = {"raises": "raises KeyError", **hints}.get(what, "")
            outcome = {"right": "passed", "left": "left"}.get(what, "failed")
            count[name, outcome, failed] += 1
    return count


def check_report(course, plan):
    """Compare the report's table and pages with the plan; return them."""
    report.main(course.root.parent)
    folder = course.root.parent / "report"
    with open(folder / "answers.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [row for row in rows if row["part"] != "by hand"]
    count = Counter((r["part"], r["outcome"], r["mistake"]) for r in found)
    assert count == planned(plan)
    pages = {
        name: folder / f"{name}.html" for name in ("instructor", "class")
    }
    pages = {name: path.read_text() for name, path in pages.items()}
    for text in pages.values():
        assert not re.search(r"<script|<link|src=|@import|url\(", text)
        words = " ".join(
            re.sub(
                r"<small>.*?</small>|<[^>]+>", " ", text, flags=re.S
            ).split()
        )
        for (*_, mistake), number in count.items():
            if mistake:
                hint = mistake.replace("'", "&#39;")
                assert f"{number} of {len(plan)} {hint}" in words
    return rows, pages


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Grade the small class, which has handed in by an exchange."""
    folder = tmp_path_factory.mktemp("class")
    course = Course(folder)
    setting(course, "CREDIT = None", 'CREDIT = "cases"')
    inbound = folder / "exchange" / "convolutional-networks" / "inbound"
    exchange = f'c = get_config()\nc.Exchange.root = "{folder}/exchange"'
    setting(course, "c = get_config()", exchange)
    course.generate(LESSON)
    for student, answers in PLAN.items():
        hand_in(course, student, answers)
        for hour in range(1 + (student == "ben")):
            name = f"{student}+{LESSON}+2026-11-01 0{hour}:00:00 UTC"
            (inbound / name).mkdir(parents=True)
    grade(course, LESSON)
    return course


def test_every_count_of_the_report_is_right(course):
    rows, pages = check_report(course, PLAN)
    assert {row["student"]: row["tries"] for row in rows} == {
        "ada": "1", "ben": "2", "cem": "1", "dot": "1"
    }  # fmt: skip
    # One in four passes flat_size, and no one scaled_loss.
    order = re.findall(r"\((flat_size|scaled_loss)\)</h3>", pages["class"])
    assert order == ["flat_size", "scaled_loss"]
    assert "1 passed, 3 failed,\n0 left it.\n0.81 bits" in pages["class"]
    assert "Case 1." in pages["class"] and "For side: 28" in pages["class"]
    assert "Xenia dot" in pages["instructor"] and "Oz" in pages["instructor"]
    for word in ("Xenia", "dot", "Oz"):  # what an error says may be a name
        assert word not in pages["class"]


def test_a_share_of_the_cases_gets_a_share_of_the_points(course):
    worth = points(course.source(LESSON))
    tests, _ = course.scores("ada", LESSON)
    # In 3 of the 12 cases the batch is a full one, and the mean is right.
    assert tests["scaled_loss"] == worth["scaled_loss"] / 4
    assert tests["flat_size"] == worth["flat_size"]
    assert course.scores("dot", LESSON)[0]["repaired_epoch"] == 0


@pytest.mark.parametrize(
    "credit, row, points",
    [
        (None, 3, 0),
        ("cases", 3, 0),
        ({"there is a second pooling.": 0.75}, 3, 3),
        ({"there is a second pooling.": 0.75, "any": 0.5}, 0, 2),
        ({"there is a second pooling.": 0.75}, 0, 0),
    ],
)
def test_a_mistake_gets_the_share_that_is_set(
    credit, row, points, monkeypatch
):
    monkeypatch.setenv("GRADING_CREDIT", as_setting(credit))
    exercise = check.flat_size
    wrong = list(exercise.mistakes.values())[row]
    found = credited(exercise(wrong), exercise, wrong, 4)
    assert (found.points, found.passed) == (points, points > 0)
    assert credited(exercise(exercise.right), exercise, wrong, 4).points == 4


@pytest.mark.parametrize("credit", ["case", {"no hint": 1}, {"any": 2}, 1])
def test_a_setting_that_is_no_rule_is_refused(credit):
    with pytest.raises(ValueError, match="CREDIT"):
        as_setting(credit)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_exercise_has_a_section_to_teach_again(path):
    answer = SimpleNamespace(
        lesson=path.stem, exercise="", part="", outcome="left", points=0,
        max_points=1, mistake="", student="",
    )  # fmt: skip
    (lesson,) = report.lessons_of([answer], path.parent)
    cells = nbformat.read(path, as_version=4).cells
    headings = {
        c.source.splitlines()[0].lstrip("# ")
        for c in cells
        if c.source.startswith("##")
    }
    names = [name for name, _ in lesson["sections"].values()]
    assert set(names) <= headings and len(names) == len(lesson["titles"])
    for name, address in lesson["sections"].values():
        assert address.endswith(f"{path.stem}.html#{make_id(name)}")


def test_without_grades_the_report_says_what_to_run(tmp_path):
    with pytest.raises(SystemExit, match="nbgrader autograde"):
        report.main(tmp_path)


@pytest.mark.nightly
def test_a_class_of_forty(tmp_path):
    course, draw = Course(tmp_path), random.Random(0)
    course.generate(LESSON)
    plan = {}
    for number in range(40):
        plan[f"student-{number}"] = answers = {}
        for name in points(course.source(LESSON)):
            known = range(len(getattr(check, name).mistakes))
            answers[name] = draw.choice(["right", "left", *known])
        hand_in(course, f"student-{number}", answers)
    grade(course, LESSON)
    _, pages = check_report(course, plan)
    assert "40 of 40 students handed in" in pages["class"]
