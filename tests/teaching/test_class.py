"""What an instructor sees of a class in which mistakes are planted."""

import csv
import random
import re
from collections import Counter

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from notebook_code import NOTEBOOKS

pytest.importorskip("nbgrader", reason="make assignments installs it")

import assignments  # noqa: E402
from docutils.nodes import make_id  # noqa: E402
from grading import report, revise, variants  # noqa: E402
from grading.verdict import as_setting, credited  # noqa: E402
from nbgrader_course import Course, points, write  # noqa: E402
from test_grading import (  # noqa: E402
    grade,
    planted_mistakes,
    require_success,
)

from course_utils import check  # noqa: E402

LESSON = next(path.stem for path in NOTEBOOKS if path.stem[:2] == "05")
# What students of a small class hand in for each function: it is right, left
# or raises an error, or makes the mistake of that number. "copied" is the
# number of ada's, and "old" the solution in an earlier version, from somebody
# whom the grade book does not know.
NAMES = ["flat_size", "my_flat_size", "repaired_epoch", "scaled_loss"]
CLASS = {
    "ada": ["right", "right", 0, 0],
    "ben": [3, "copied", "right", 0],
    "cem": [3, "right", "raises", 0],
    "dot": [0, "left", "left", "left"],
    "eva": ["old", "old", "old", "old"],
}
PLAN = {student: dict(zip(NAMES, row)) for student, row in CLASS.items()}
OUTCOMES = {"right": "passed", "old": "passed", "left": "left"}
MISTAKES = {"copied": "another mistake", "raises": "raises KeyError"}


def make_course(folder, students, variants=0):
    """Make a course in which students are enrolled."""
    course, path = Course(folder), folder / "students.csv"
    lines = [f"{name},{name},Xenia,{name}@example.org" for name in students]
    path.write_text("\n".join(["id,last_name,first_name,email", *lines]))
    require_success(course.nbgrader("db", "student", "import", str(path)))
    assignments.build(folder, variants)
    return course


def hand_in(course, student, answers):
    """Hand in what a plan says."""
    notebook, plan = course.source(LESSON), variants.read(course.root)
    for name, what in answers.items():
        code = dict(enumerate(planted_mistakes(name.removeprefix("my_"))))
        code["left"] = "raise NotImplementedError()"
        code["raises"] = f"def {name}(*args):\n    raise KeyError('Oz')"
        if name == "my_flat_size":
            whose = variants.digest("ada" if what == "copied" else student)
            numbers = plan["rows"]["flat_size"][plan["students"][whose]]
            number = check.flat_size.right(*numbers)
            code["right"] = f"def {name}():\n    return {number}"
            code["copied"] = code["right"]
        if what in code:
            write(notebook, name, code[what])
    course.submit(student, LESSON, notebook)


def planned(plan):
    """Count what a report should, by function, outcome and mistake."""
    count = Counter()
    for answers in plan.values():
        for name, what in answers.items():
            known = getattr(check, name.removeprefix("my_")).mistakes
            mistake = {**MISTAKES, **dict(enumerate(known))}.get(what, "")
            count[name, OUTCOMES.get(what, "failed"), mistake] += 1
    return count


def check_report(course, plan):
    """Compare the report's table and pages with the plan; return them."""
    folder = course.root.parent
    report.main(folder)
    with open(folder / "report" / "answers.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [row for row in rows if row["part"] != "by hand"]
    count = Counter((r["part"], r["outcome"], r["mistake"]) for r in found)
    assert count == planned(plan)
    names = "instructor.html", "class.html"
    pages = [(folder / "report" / name).read_text() for name in names]
    for page in pages:
        assert not re.search(r"<script|<link|src=|@import|url\(", page)
        text = re.sub(r"(?s)<small>.*?</small>|<[^>]+>", " ", page)
        text = " ".join(text.split()).replace("&#39;", "'")
        for (*_, mistake), number in count.items():
            line = f"{number} of {len(plan)} {mistake}"
            assert line in text or not mistake
    return rows, *pages


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Grade the small class, with variants, an exchange and a correction."""
    folder = tmp_path_factory.mktemp("class")
    course = make_course(folder, [*PLAN][:-1], variants=5)
    # The lesson as it was: the header is another, and one cell is missing.
    path = course.root / "source" / LESSON / f"{LESSON}.ipynb"
    old = nbformat.read(path, as_version=4)
    old.cells[0].source = "# Exercises"
    old.cells = [c for c in old.cells if "Exercise 5.2" not in c.source]
    nbformat.write(old, path)
    course.generate(LESSON)
    course.submit("eva", LESSON, old)
    home = folder / "home" / f"{LESSON}.ipynb"
    home.parent.mkdir()
    nbformat.write(course.release(LESSON), home)
    revise.main(folder, home.parent)
    config = course.root / "nbgrader_config.py"
    text = config.read_text().replace("CREDIT = None", 'CREDIT = "cases"')
    config.write_text(f'{text}\nc.Exchange.root = "{folder}/exchange"\n')
    inbound = folder / "exchange" / "convolutional-networks" / "inbound"
    for student, answers in PLAN.items():
        if student != "eva":
            hand_in(course, student, answers)
        for hour in range(1 + (student == "ben")):
            name = f"{student}+{LESSON}+2026-11-01 0{hour}:00:00 UTC"
            (inbound / name).mkdir(parents=True)
    grade(course, LESSON)
    return course


def test_every_count_of_the_report_is_right(course):
    rows, named, anonymous = check_report(course, PLAN)
    tries = {row["student"]: row["tries"] for row in rows}
    assert tries == {**dict.fromkeys(PLAN, "1"), "ben": "2"}
    order = re.findall(r"\((\w+)\)</h3>", anonymous)  # 3 of 5 pass, and 1
    assert order.index("my_flat_size") < order.index("scaled_loss")
    assert "2 passed, 3 failed, 0 left it" in anonymous
    assert "0.97 bits" in anonymous and "0.72 bits" in anonymous
    assert "Case 1. " in anonymous and "For side: 28 expected" in anonymous
    assert "Xenia dot" in named and "Oz" in named
    for word in ("Xenia", "dot", "Oz"):  # an error may tell a name
        assert word not in anonymous


def test_points_are_shares_and_both_versions_have_them(course):
    worth = points(course.source(LESSON))
    assert course.scores("eva", LESSON)[0] == worth
    # In 3 of the 12 cases the batch is a full one, and the mean is right.
    tests, _ = course.scores("ada", LESSON)
    assert tests["scaled_loss"] == worth["scaled_loss"] / 4
    tests, _ = course.scores("ben", LESSON)
    assert tests["my_flat_size"] == 0 < tests["repaired_epoch"]


def test_a_correction_reaches_a_notebook_and_a_submission(course):
    home = course.root.parent / "home" / f"{LESSON}.ipynb"
    note, *cells = nbformat.read(home, as_version=4).cells
    release = course.release(LESSON).cells
    assert [c.source for c in cells] == [c.source for c in release]
    assert "corrected: Exercises" in note.source
    assert "new: Exercise 5.2" in note.source
    path = course.root / "autograded" / "eva" / LESSON / f"{LESSON}.ipynb"
    assert "earlier version" in nbformat.read(path, 4).cells[0].source


def lesson(**cells):
    """Return a notebook: code by id, in which t is a test."""
    made = [new_code_cell(source, id=name) for name, source in cells.items()]
    for cell in made:
        grading = {"grade_id": f"g-{cell.id}", "locked": cell.id == "t"}
        cell.metadata["nbgrader"] = grading
    return new_notebook(cells=made)


def test_what_a_student_wrote_stays():
    first = lesson(a="a", b="b", c="c", d="d", t="t")
    second = lesson(a="a2", n="n", b="b", c="c2", t="t2", e="e")
    mine = lesson(a="a", c="mine", x="x", t="cheat", b="b", d="d")
    mine.cells[0].id = "lost"  # by an editor
    said = revise.merge(mine, [first, second])
    have = [cell.source for cell in mine.cells]
    assert have == ["a2", "n", "mine", "x", "t2", "e", "b"]
    how = Counter(line.split(":")[0] for line in said)
    assert how == {"corrected": 2, "new": 2, "kept as written": 1, "gone": 1}
    assert revise.merge(mine, [first, second]) == []


@pytest.mark.parametrize("name", variants.NUMBERS)
def test_a_neighbor_has_other_numbers(name):
    rows = [
        variants.OwnNumbers(name, r) for r in variants.draw_rows(name, 30)
    ]
    for own in rows:
        passed = [bool(own(lambda n=n: n.expected)) for n in rows]
        assert passed == [other is own for other in rows]


@pytest.mark.parametrize(
    "credit, row, points",
    [
        (None, 3, 0),
        ({"there is a second pooling.": 0.75}, 3, 3),
        ({"there is a second pooling.": 0.75, "any": 0.5}, 0, 2),
        ({"there is a second pooling.": 0.75}, 0, 0),
    ],
)
def test_a_mistake_gets_the_share_that_is_set(
    credit, row, points, monkeypatch
):
    monkeypatch.setenv("GRADING_CREDIT", as_setting(credit))
    wrong = list(check.flat_size.mistakes.values())[row]
    found = credited(check.flat_size(wrong), check.flat_size, wrong, 4)
    assert (found.points, found.passed) == (points, points > 0)


@pytest.mark.parametrize("credit", ["case", {"no hint": 1}, {"any": 2}, 1])
def test_a_setting_that_is_no_rule_is_refused(credit):
    with pytest.raises(ValueError, match="CREDIT"):
        as_setting(credit)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_exercise_has_a_section_to_teach_again(path):
    answer = dict.fromkeys(["exercise", "part", "mistake", "student"], "")
    answer |= {"lesson": path.stem, "outcome": "left", "points": 0}
    (shown,) = report.lessons_of([answer], path.parent)
    cells = nbformat.read(path, as_version=4).cells
    lines = [c.source.splitlines()[0] for c in cells if c.source[:2] == "##"]
    links = [
        address.split("#")[1] for _, address in shown["sections"].values()
    ]
    assert set(links) <= {make_id(line.lstrip("# ")) for line in lines}
    assert len(links) == len(shown["titles"])


def test_without_grades_or_a_release_the_tools_say_what_to_do(tmp_path):
    with pytest.raises(SystemExit, match="nbgrader autograde"):
        report.main(tmp_path)
    with pytest.raises(SystemExit, match="nothing was handed out"):
        revise.main(tmp_path)


@pytest.mark.nightly
def test_a_class_of_forty(tmp_path):
    draw, plan = random.Random(0), {}
    for number in range(40):
        plan[f"student-{number}"] = {
            name: draw.choice(
                ["right", "left", *range(len(getattr(check, name).mistakes))]
            )
            for name in ("flat_size", "repaired_epoch", "scaled_loss")
        }
    course = make_course(tmp_path, plan)
    course.generate(LESSON)
    for student, answers in plan.items():
        hand_in(course, student, answers)
    grade(course, LESSON)
    *_, page = check_report(course, plan)
    assert "40 of 40 students handed in" in page
