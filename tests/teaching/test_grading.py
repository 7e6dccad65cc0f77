"""nbgrader grades what students hand in, whatever it is.

A class with one lesson, from hand-out to feedback, is in test_class.py. All
lessons, with every planted mistake, and what hostile code can do, are run by
.ci/run alone.
"""

import os
import sys
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_raw_cell,
)
from notebook_code import NOTEBOOKS

pytest.importorskip("nbgrader", reason="make assignments installs it")

from grading.handed_in import choose  # noqa: E402
from grading.submitted import (  # noqa: E402
    Submitted,
    judge_there,
    submitted,
    ways,
)
from grading.worker import define  # noqa: E402
from nbgrader.api import Gradebook  # noqa: E402
from nbgrader.preprocessors import ClearHiddenTests  # noqa: E402
from nbgrader_course import (  # noqa: E402
    Course,
    is_test,
    places_of_tests,
    points,
    write,
)

from course_utils import check  # noqa: E402

LESSON = next(path.stem for path in NOTEBOOKS if path.stem[:2] == "05")
LESSONS = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
EXERCISES = [k for k, v in vars(check).items() if hasattr(v, "mistakes")]
MISTAKE = """
from course_utils import check

{name} = list(check.{name}.mistakes.values())[{row}]
"""


def planted_mistakes(name):
    """Return code that binds a function to each known mistake."""
    count = len(getattr(check, name).mistakes)
    return [MISTAKE.format(name=name, row=row) for row in range(count)]


def require_success(done):
    """Require that nbgrader did it, or show what it said of the trouble."""
    lines = done.stdout.splitlines()
    said = "\n".join(line for line in lines if "| INFO]" not in line)
    assert done.returncode == 0, said[-6000:]


def grade(course, lesson):
    done = course.nbgrader("autograde", lesson)
    require_success(done)


def check_grades(course, lesson, students):
    """Compare each test's points with what each student should get."""
    worth = points(course.source(lesson))
    for student, wrong in students.items():
        expected = {n: 0 if n in wrong else p for n, p in worth.items()}
        tests, _ = course.scores(student, lesson)
        assert tests == expected, student


@pytest.mark.nightly
@LESSONS
def test_a_solved_assignment_runs_alone(path, tmp_path, monkeypatch):
    """As at home: in an empty folder, with the tests that a student sees."""
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setenv("TQDM_DISABLE", "1")
    notebook = Course(tmp_path).source(path.stem)
    for cell in notebook.cells:
        ClearHiddenTests().preprocess_cell(cell, {}, 0)
    empty = tmp_path / "empty"
    empty.mkdir()
    resources = {"metadata": {"path": str(empty)}}
    NotebookClient(notebook, timeout=600, resources=resources).execute()
    tests = [cell.outputs[0].text for cell in notebook.cells if is_test(cell)]
    assert tests and all("passed" in text for text in tests)


@pytest.mark.nightly
@LESSONS
def test_each_planted_mistake_loses_its_points(path, tmp_path):
    """Student k makes the k-th mistake in all functions but one."""
    lesson = path.stem
    course = Course(tmp_path)
    course.generate(lesson)
    functions = list(points(course.source(lesson)))
    course.submit("solution", lesson, course.solved(lesson))
    course.submit("stub", lesson, course.release(lesson))
    students = {"solution": [], "stub": functions}
    pending = {name: planted_mistakes(name) for name in functions}
    while any(pending.values()):
        number = len(students)
        right = functions[number % len(functions)]
        wrong = [n for n in functions if n != right and pending[n]]
        notebook = course.solved(lesson)
        for name in wrong:
            write(notebook, name, pending[name].pop())
        course.submit(f"mistakes-{number}", lesson, notebook)
        students[f"mistakes-{number}"] = wrong
    grade(course, lesson)
    check_grades(course, lesson, students)


# Notebooks that run in Jupyter: what they are about, and their cells. In
# each, f(3) is 7. None is where the test of f stands, if not at the end.
F = "def f(x):\n    return x + k"
LAST = "def f(x):\n    return x + a[0]"
ENDLESS = "while True:\n    pass"
ENVIRON = "import os\ndef f(x):\n    return x + int(os.environ['ADDED'])"
VALID = {
    "operator %": ["k = (\n    1004\n    % 1000\n)", F],
    "operator !=": ["k = 3 + (\n    1003\n    != 1000\n)", F],
    "magics": ["%config a.b = 1\n%load_ext none\nk = 4", f"%%time\n{F}"],
    "captured": ["%%capture out\nprint(1)\nk = 4", "%time j = k", F],
    "help": ["k = 4\nk?", f"{F}\n?len\nf??"],
    "shell": ["files = !echo a; echo b", "k = 2 + len(files)", F],
    "shell in f": ["def f(x):\n    n = !echo 4\n    return x + int(n[0])"],
    "star": ["from math import *", "def f(x):\n    return isqrt(49)"],
    "list": ["a = []", "a.append(4)", LAST],
    "list, later": ["a = []", LAST, "a += [4]"],
    "list, by a function": [
        "a = []",
        "def g():\n    a.append(4)",
        "g()",
        LAST,
    ],
    "attribute": ["def f(x):\n    return x + f.k", "f.k = 4"],
    "module": ["import math\nmath.k = 4", "import math"]
    + ["def f(x):\n    return x + math.k"],
    "global": ["k = 1", "def g():\n    global k\n    k = 4", "g()", F],
    "perhaps": ["k = 4", "if False:\n    k = 2", F],
    "sum": ["k = -2", "for i in range(4):\n    k = k + i", F],
    "failed": ["k = 4", "k = 1 / 0", F],
    "exit": ["k = 4\nraise SystemExit", F],
    "written": ["%%writefile w.py\ndef g(x):\n    return x + 4"]
    + ["from w import g", "def f(x):\n    return g(x)"],
    "exec": ["exec('k = 4')", F],
    "helper below": ["def f(x):\n    return g(x) + 4", "g = float"],
    "first a stub": ["def f(x):\n    raise TypeError", F, "k = 4"],
    "endless elsewhere": [ENDLESS, "k = 4", F],
    "endless before": ["a = []", "a.append(4)", ENDLESS, LAST],
    "all": ["%env ADDED=4", ENVIRON],
    "to the end": [ENVIRON, None, "%env ADDED=4"],
}


def save(cells):
    """Write a notebook in the present folder."""
    notebook = new_notebook()
    for source in cells:
        cell = new_code_cell(source or "result = check.f(f)")
        cell.metadata["nbgrader"] = {"locked": source is None}
        notebook.cells.append(cell)
    nbformat.write(notebook, "lesson.ipynb")


def is_right(function):
    """Check f; return what a check does."""
    try:
        return SimpleNamespace(passed=function(3) == 7)
    except Exception:
        return SimpleNamespace(passed=False)


is_right.cases = []  # as a check has them


@pytest.mark.parametrize("cells", VALID.values(), ids=VALID)
def test_what_runs_in_jupyter_counts(cells, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("GRADING_SECONDS", "12")
    monkeypatch.setenv("GRADING_MEMORY", "2048")
    monkeypatch.chdir(tmp_path)
    save(cells)
    function = submitted("f", "lesson.ipynb", is_right)
    assert is_right(function).passed
    function.close()


@pytest.mark.parametrize("name", EXERCISES)
def test_cases_and_answers_reach_another_process(name, monkeypatch):
    """Also nets, what makes them, and answers that name their parameters."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    exercise = getattr(check, name)
    right = f"from course_utils import check\n{name} = check.{name}.right"
    function = Submitted(name, [right], judge=judge_there(exercise))
    assert exercise(function).passed
    function.close()


def test_cells_that_only_define_are_not_run(tmp_path, monkeypatch):
    """A wrong answer then costs one run, and not two."""
    monkeypatch.chdir(tmp_path)
    stub = "raise NotImplementedError()"
    save(["import os", "k = 1", F, None, "def g():\n    g()", stub])
    assert ways("lesson.ipynb", "f") == [["k = 1", F]]
    save(["print(1)", "k = 1", F, None, "print(k)"])
    assert len(ways("lesson.ipynb", "f")) == 2
    assert define("f", ["k = 1", F])(3) == 4


def notebook_text(*ids):
    cells = [
        new_markdown_cell(
            "", id=name, metadata={"nbgrader": {"grade_id": name}}
        )
        for name in ids
    ]
    return nbformat.writes(new_notebook(cells=cells))


MINE = notebook_text("a", "b")


@pytest.mark.parametrize(
    "files, count, words",
    [
        ({"05.ipynb": MINE.encode()}, 2, ""),
        ({"05.ipynb": MINE.encode("utf-8-sig")}, 2, "was in utf-8-sig"),
        ({"05.ipynb": MINE.encode("utf-16")}, 2, "was in utf-16"),
        ({"05 (1).ipynb": MINE.encode()}, 2, "no `05.ipynb`. `05 (1).ipynb`"),
        (
            {"05.ipynb": b"", "b.ipynb": MINE.encode()},
            2,
            "`05.ipynb` cannot be read: it is empty. `b.ipynb` has",
        ),
        (
            {
                "04.ipynb": notebook_text("c").encode(),
                "x.ipynb": MINE.encode(),
            },
            2,
            "`x.ipynb` has this lesson's exercises",
        ),
        ({"05.ipynb": b"{"}, 0, "cannot be read: it is no notebook"),
        ({"05.ipynb": b"{}"}, 0, "cannot be read: it is no notebook"),
        (
            {"05.ipynb": b"\xff\xfe\x00"},
            0,
            "cannot be read: it is no notebook",
        ),
        ({"04.ipynb": notebook_text("c").encode()}, 0, "no exercise of this"),
    ],
)
def test_a_file_handed_in_wrong_is_graded_or_says_why(
    files, count, words, tmp_path
):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    paths = [str(tmp_path / name) for name in files]
    notebook, said = choose(paths, "05.ipynb", {"a", "b"})
    assert len(notebook.cells) == count
    assert words in " ".join(said) and bool(words) == bool(said)


WRONG = """
def {name}(*args, **kwargs):
    return -1
"""
FUNCTION = """
def {name}(*args, **kwargs):
    {body}
"""

# Code in the cell of one function, which gets no points for it; the other
# functions of the same student do.
ATTACKS = {
    "never ends": FUNCTION.replace("{body}", "while True: pass"),
    "never ends outside": WRONG + "while True:\n    pass\n",
    "ignores interrupts": """
def {name}(*args, **kwargs):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
""",
    "takes memory": """
def {name}(*args, **kwargs):
    taken = []
    while True:
        taken.append(bytearray(10**7))
""",
    "prints": """
def {name}(*args, **kwargs):
    for _ in range(10**6):
        print("x" * 100)
    return -1
""",
    "returns too much": FUNCTION.replace(
        "{body}", "import torch; return torch.ones(10**8)"
    ),
    "exits": FUNCTION.replace("{body}", "import os; os._exit(0)"),
    "forks": """
def {name}(*args, **kwargs):
    import os

    os.fork()
    while True:
        pass
""",
    "patches the check": WRONG
    + """
from types import SimpleNamespace

from course_utils import check
from course_utils.check import engine

check.{name} = lambda function: SimpleNamespace(passed=True, line="passed")
engine.run_check = lambda *args: SimpleNamespace(passed=True, line="passed")
engine.agree = lambda a, b: True
""",
    "patches builtins": WRONG
    + """
import builtins

builtins.all = lambda values: True
builtins.isinstance = lambda *args: True
""",
    "is equal to all": """
class Equal(float):
    shape = ()

    def __eq__(self, other):
        return True

    __hash__ = None

def {name}(*args, **kwargs):
    return Equal()
""",
    "sends a pickle": WRONG
    + """
import sys

class Evil:
    def __reduce__(self):
        return print, ("unpickled",)

sys.modules["grading.worker"].plain = lambda value: Evil()
""",
    "hushes the kernel": WRONG
    + "get_ipython().run_cell = lambda *args, **kwargs: None\n",
}


def without(notebook, *places):
    cells = enumerate(notebook.cells)
    notebook.cells = [cell for n, cell in cells if n not in places]
    return notebook


def changed_notebooks(course):
    """Yield what students may do to a notebook, and what it costs them."""

    def source(code=None):
        notebook = course.solved(LESSON)
        if code:
            write(notebook, first, code.format(name=first))
        return notebook

    names = list(points(source()))
    first = names[0]
    test = places_of_tests(source())[first]
    place = test - 1
    yield "deletes-test", without(source(), test), []
    yield "deletes-both", without(source(), place, test), [first]
    yield "deletes-all", without(source(), *range(200)), names

    notebook = source(WRONG)
    notebook.cells[test].source = "pass"
    yield "edits-test", notebook, [first]
    notebook = source(WRONG)
    notebook.cells[test].metadata["tags"] = ["skip-execution"]
    yield "skips-test", notebook, [first]
    notebook = source(WRONG)
    found = notebook.cells[test].metadata.nbgrader
    found.update(solution=True, locked=False, points=50)
    yield "calls-test-an-answer", notebook, [first]
    notebook = source(WRONG)
    found = notebook.cells[test].metadata
    notebook.cells[test] = new_raw_cell("", metadata=found)
    yield "test-as-text", notebook, [first]
    notebook = source(WRONG)
    notebook.cells.insert(place, course.solved(LESSON).cells[place])
    yield "copies-cell", notebook, [first]
    notebook = source()
    notebook.cells[place].metadata.nbgrader["schema_version"] = 99
    yield "metadata-of-the-future", notebook, []
    notebook = source()
    notebook.cells[place].metadata["nbgrader"] = "mine"
    yield "metadata-broken", notebook, []
    notebook = source()
    notebook.cells[place].source += "\n%matplotlib inline\n!true"
    yield "uses-magic", notebook, []


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId")
def test_one_students_code_costs_nobody_else(tmp_path):
    course = Course(tmp_path, seconds=20)
    course.generate(LESSON)
    *harmed, _ = points(course.source(LESSON))
    students, attacks = {}, list(ATTACKS.values())
    while attacks:
        student, notebook = f"a-{len(attacks):02}", course.solved(LESSON)
        students[student] = harmed[: len(attacks)]
        for name in students[student]:
            write(notebook, name, attacks.pop().replace("{name}", name))
        course.submit(student, LESSON, notebook)
    for name, notebook, lost in changed_notebooks(course):
        students[f"b-{name}"] = lost
        course.submit(f"b-{name}", LESSON, notebook)
    # Modules beside the notebook that would take the place of the real ones.
    fake = "raise SystemExit('shadowed')"
    shadows = {"torch": fake, "course_utils": fake, "grading": fake}
    course.submit("c-shadows", LESSON, course.solved(LESSON), **shadows)
    course.submit("z-solution", LESSON, course.solved(LESSON))
    students.update({"c-shadows": [], "z-solution": []})
    grade(course, LESSON)
    check_grades(course, LESSON, students)


@pytest.mark.nightly
def test_an_answer_does_not_become_a_test_that_passes(tmp_path):
    course = Course(tmp_path)
    course.generate(LESSON)
    notebook = course.release(LESSON)
    for cell in notebook.cells:
        found = cell.metadata.get("nbgrader", {})
        if found.get("grade") and found["solution"]:
            found["solution"] = False
    course.submit("student", LESSON, notebook)
    course.submit("z-broken", LESSON, "{")
    course.submit("z-solution", LESSON, course.solved(LESSON))
    grade(course, LESSON)
    check_grades(course, LESSON, {"z-solution": []})
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        found = gradebook.find_submission(LESSON, "student")
        assert found.score == 0
