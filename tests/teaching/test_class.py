"""What an instructor sees of a class in which mistakes are planted."""

import csv
import os
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from notebook_code import NOTEBOOKS

pytest.importorskip("nbgrader", reason="make assignments installs it")

import assignments  # noqa: E402
from docutils.nodes import make_id  # noqa: E402
from grading import report, revise  # noqa: E402
from grading.credit import as_setting, credited  # noqa: E402
from grading.needed import digest  # noqa: E402
from nbgrader_course import (  # noqa: E402
    ROOT,
    Course,
    is_test,
    points,
    write,
)
from test_grading import require_success  # noqa: E402

from course_utils import check  # noqa: E402

SEED = 7  # of the students' own numbers
LESSON = next(path.stem for path in NOTEBOOKS if path.stem[:2] == "05")
NAMES = "flat_size my_flat_size repaired_epoch scaled_loss my_scaled_loss"
# What students of a small class hand in for each function: it is right, left
# or raises an error, or makes the mistake of that number. "copied" is ada's
# own number; my_scaled_loss calls scaled_loss. The last three are not in the
# grade book, and hand in a solution of an earlier version, a file of another
# name, and an empty one.
CLASS = {
    "ada": ["right", "right", 0, 0, 0],
    "ben": [3, "copied", "right", 0, 0],
    "cem": [3, "right", "raises", 0, 0],
    "dot": [0, "left", "left", "left", "left"],
    "eva": ["solved"] * 5,
    "file": ["solved"] * 5,
    "gone": ["left"] * 5,
}
PLAN = {
    student: dict(zip(NAMES.split(), row)) for student, row in CLASS.items()
}
OUTCOMES = {"right": "passed", "solved": "passed", "left": "left"}
MISTAKES = {"copied": "another mistake", "raises": "raises KeyError"}
# It only defines a function, so grading does not run the other cells, too.
MISTAKE = """
def {name}(*args):
    from course_utils import check

    return list(check.{name}.mistakes.values())[{row}](*args)
"""


def make_course(folder, students, seed=0):
    """Make a course in which students are enrolled."""
    course, path = Course(folder), folder / "students.csv"
    lines = [f"{name},{name},Xenia,{name}@example.org" for name in students]
    path.write_text("\n".join(["id,last_name,first_name,email", *lines]))
    require_success(course.nbgrader("db", "student", "import", str(path)))
    assignments.build(folder, seed)
    return course


def hand_in(course, student, answers):
    """Hand in what a plan says."""
    notebook = course.solved(LESSON)
    for name, what in answers.items():
        source = MISTAKE.format(name=name, row=what)
        if what == "left":
            source = "raise NotImplementedError()"
        elif what == "raises":
            source = f"def {name}(*args):\n    raise KeyError('Oz')"
        elif name == "my_flat_size":
            whose = "ada" if what == "copied" else student
            numbers = check.flat_size.numbers(whose, SEED)
            number = check.flat_size.right(*numbers)
            source = f"def {name}():\n    return {number}"
        elif what == "right" or name == "my_scaled_loss":
            continue
        write(notebook, name, source)
    course.submit(student, LESSON, notebook)


def check_report(course, plan):
    """Compare the report's table and pages with the plan; return them."""
    folder = course.root.parent
    report.main(folder)
    with open(folder / "report" / "answers.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [row for row in rows if row["part"] != "by hand"]
    count = Counter((r["part"], r["outcome"], r["mistake"]) for r in found)
    planned = Counter()
    for name, what in [pair for one in plan.values() for pair in one.items()]:
        known = getattr(check, name.removeprefix("my_")).mistakes
        mistake = {**MISTAKES, **dict(enumerate(known))}.get(what, "")
        planned[name, OUTCOMES.get(what, "failed"), mistake] += 1
    assert count == planned
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
    """Grade the small class, with variants and a correction."""
    folder = tmp_path_factory.mktemp("class")
    course = make_course(folder, [*PLAN][:4], SEED)
    # The lesson as it was: the header is another, and one cell is missing.
    path = course.root / "source" / LESSON / f"{LESSON}.ipynb"
    old = nbformat.read(path, as_version=4)
    old.cells[0].source = "# Exercises"
    old.cells = [c for c in old.cells if "Exercise 5.2" not in c.source]
    nbformat.write(old, path)
    course.generate(LESSON)
    earlier = course.solved(LESSON)
    home = folder / "home" / f"{LESSON}.ipynb"
    for path in (home, home.parent / ".cache" / home.name):
        path.parent.mkdir()
        nbformat.write(course.release(LESSON), path)
    revise.main(folder, home.parent)
    for student in [*PLAN][:4]:
        hand_in(course, student, PLAN[student])
    course.submit("eva", LESSON, earlier)
    course.submit("file", LESSON, course.solved(LESSON), stem="Copy")
    course.submit("gone", LESSON, "")
    config = course.root / "nbgrader_config.py"
    text = config.read_text().replace("CREDIT = None", 'CREDIT = "cases"')
    config.write_text(text)
    require_success(course.nbgrader("autograde", LESSON))
    return course


def test_a_release_has_no_solution(course):
    release = course.release(LESSON)
    text = "\n".join(cell.source for cell in release.cells)
    assert not re.search("SOLUTION|HIDDEN|grading.submitted|credited", text)
    for cell in release.cells:
        if "solution" in cell.metadata.get("tags", []) or is_test(cell):
            assert not cell.outputs


def test_every_count_of_the_report_is_right(course):
    rows, named, anonymous = check_report(course, PLAN)
    left = {row["outcome"] for row in rows if row["student"] == "gone"}
    assert left == {"left"}
    order = re.findall(r"\((\w+)\)</h3>", anonymous)  # 3 of 7 pass, and 2
    assert order.index("flat_size") < order.index("scaled_loss")
    assert "3 passed, 3 failed, 1 left it" in " ".join(anonymous.split())
    assert "0.99 bits" in anonymous and "0.86 bits" in anonymous
    assert "case 1 of 12. For side: " in anonymous
    assert "Xenia dot" in named and "Oz" in named
    for word in ("Xenia", "dot", "Oz"):  # an error may tell a name
        assert word not in anonymous


def test_a_correction_reaches_a_notebook(course):
    home = course.root.parent / "home" / f"{LESSON}.ipynb"
    note, *cells = nbformat.read(home, as_version=4).cells
    release = course.release(LESSON).cells
    assert [c.source for c in cells] == [c.source for c in release]
    assert "corrected: `# Exercises of lesson 05" in note.source
    assert "put in: `### Exercise 5.2" in note.source
    hidden = home.parent / ".cache" / home.name  # nbgrader keeps hand-ins so
    assert nbformat.read(hidden, as_version=4).cells[0].id != revise.NOTE


def test_points_are_those_of_the_answers(course):
    worth = points(course.source(LESSON))
    # In 3 of the 12 cases the batch is a full one, and the mean is right.
    tests, _ = course.scores("ada", LESSON)
    assert tests["scaled_loss"] == worth["scaled_loss"] / 4
    tests, _ = course.scores("ben", LESSON)
    assert tests["my_flat_size"] == 0 < tests["repaired_epoch"]
    release = course.release(LESSON).cells
    asked = [c.metadata.nbgrader for c in release if "nbgrader" in c.metadata]
    by_hand = {one.grade_id for one in asked if one.grade and one.solution}
    assert course.scores("gone", LESSON)[0] == dict.fromkeys(worth, 0)
    for student in ("eva", "file"):
        assert course.scores(student, LESSON) == (worth, by_hand)


def test_feedback_says_what_was_wrong(course):
    require_success(course.nbgrader("generate_feedback", LESSON))
    said = {
        "ben": list(check.flat_size.mistakes)[3],
        "eva": "<strong>Cells were corrected or put back.",
        "file": "Copy.ipynb</code> has this lesson",
        "gone": f"{LESSON}.ipynb</code> cannot be read: it is empty",
    }
    for student, words in said.items():
        page = course.root / "feedback" / student / LESSON / f"{LESSON}.html"
        assert words in page.read_text(encoding="utf-8")


def lesson(**cells):
    """Return a notebook: code by id, in which t is a test."""
    made = [new_code_cell(source, id=name) for name, source in cells.items()]
    for cell in made:
        cell.metadata["given"] = digest(cell.source)
        grading = {"grade_id": f"g-{cell.id}", "locked": cell.id == "t"}
        cell.metadata["nbgrader"] = grading
    return new_notebook(cells=made)


def test_what_a_student_wrote_stays():
    second = lesson(a="a2", n="n", b="b", c="c2", t="t2", e="e")
    mine = lesson(a="a", c="c", x="x", t="t", b="b", d="d")
    a, c, x, t, b, _ = mine.cells
    b.execution_count = 3
    a.id = "lost"  # by an editor
    c.source, t.source = "mine", "cheat"
    del x.metadata["given"]
    said = revise.merge(mine, second)
    have = [cell.source for cell in mine.cells]
    assert have == ["a2", "n", "mine", "x", "t2", "e", "b"]
    assert b in mine.cells and "nbgrader" not in x.metadata
    how = Counter(line.split(":")[0] for line in said)
    assert how == {
        "corrected": 2, "put in": 2, "kept as written": 1, "taken out": 1
    }  # fmt: skip
    assert revise.merge(mine, second) == []


OWN = {k: e for k, e in vars(check).items() if getattr(e, "own", None)}


@pytest.mark.parametrize("name", OWN)
def test_a_neighbor_has_other_numbers(name):
    students = [f"student-{number}" for number in range(12)]
    own = [OWN[name].of_student(student, SEED) for student in students]
    answers = [one.answer(one.right, {}) for one in own]
    for number, one in enumerate(own):
        assert one(lambda n=number: answers[n])
        assert not one(lambda n=number: answers[n - 1])
    assert not own[0](lambda: None)


def test_numbers_follow_from_the_id():
    """In another version of torch, too: notebooks and grading both draw."""
    assert check.flat_size.numbers("ada", 30) == [1141]
    assert check.weight_std.numbers("ada", 30) == [169, pytest.approx(0.45)]
    assert check.weight_std.numbers("ada", 31) != [169, pytest.approx(0.45)]
    with pytest.raises(ValueError, match="expected your id"):
        check.flat_size.numbers("", 30)


def test_a_mistake_gets_the_share_that_is_set(monkeypatch):
    hint = "there is a second pooling."
    mistakes, found = list(check.flat_size.mistakes.values()), []
    for credit in (None, {hint: 0.75}, {hint: 0.75, "any": 0.5}):
        monkeypatch.setenv("GRADING_CREDIT", as_setting(credit))
        for wrong in (mistakes[3], mistakes[0], lambda side: -1):
            result = check.flat_size(wrong)
            one = credited(result, check.flat_size, wrong, 4)
            assert one.passed == (one.points > 0)
            found.append(one.points)
    assert found == [0, 0, 0, 3, 0, 0, 3, 2, 0]
    for credit in ("case", {"no hint": 1}, {"any": 2}, 1):
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
    require_success(course.nbgrader("autograde", LESSON))
    *_, page = check_report(course, plan)
    assert "40 of 40 students handed in" in page


@pytest.mark.ci
def test_the_page_leads_to_a_graded_class(tmp_path):
    """Word for word, in an empty folder, with this environment."""
    page = (ROOT / "book" / "grading.md").read_text(encoding="utf-8")
    home, venv = tmp_path / "home", tmp_path / "venv"
    home.mkdir()
    venv.mkdir()
    for part in Path(sys.prefix).glob("[!.]*"):
        (venv / part.name).symlink_to(part)
    # Newer than the clone, or make would install into what is linked here.
    stamp = venv / ".installed-all"
    stamp.touch()
    os.utime(stamp, (2**32, 2**32))
    safe = {"MAKEFLAGS": "", "PIP_DRY_RUN": "1"}
    given = {"HOME": home, "REPOSITORY": ROOT, "VENV": venv}
    blocks = re.findall(r"(?ms)^```bash\n(.*?)^```", page)
    done = subprocess.run(
        ["bash", "-ec", "".join(blocks)],
        cwd=home,
        env={**os.environ, **safe, **{k: str(v) for k, v in given.items()}},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    require_success(done)
    dist, hint = (
        home / "course" / "dist",
        list(check.receptive_field.mistakes)[0],
    )
    lesson = "01_cross_correlation"
    path = dist / "nbgrader" / "source" / lesson / f"{lesson}.ipynb"
    worth = points(nbformat.read(path, as_version=4))
    lost = worth["receptive_field"] + worth["my_receptive_field"]
    with open(dist / "nbgrader" / "lms.csv", newline="") as file:
        scores = {
            r["student_id"]: float(r[lesson]) for r in csv.DictReader(file)
        }
    total = sum(worth.values())
    assert scores == {"ada": total, "ben": total - lost}
    with open(dist / "report" / "answers.csv", newline="") as file:
        rows = {(r["student"], r["part"]): r for r in csv.DictReader(file)}
    found = rows["ben", "receptive_field"]
    assert (found["mistake"], found["tries"]) == (hint, "2")
    assert rows["ada", "receptive_field"]["tries"] == "1"
    for student, said in {"ada": "passed, 12 cases", "ben": hint}.items():
        (feedback,) = (dist / student / lesson / "feedback").rglob("*.html")
        assert said in feedback.read_text(encoding="utf-8")
