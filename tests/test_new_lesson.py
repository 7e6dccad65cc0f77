"""`make lesson`: a new lesson builds, passes and exports like the others."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import lesson
import nbformat
import pytest
import yaml
from notebook_code import lessons

ROOT = Path(__file__).resolve().parent.parent
NAME, TITLE = "09_transposed_convolution", "Transposed convolution: how?"
IGNORED = shutil.ignore_patterns(
    ".git", ".venv", ".data", "_build", "dist", "__pycache__", ".*cache"
)


def contents(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder): path.read_bytes() for path in files}


def make_writable(folder):
    """A copy of a checkout that cannot be written cannot be either."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A copy of the course in which the script works; it runs nothing."""
    folder = tmp_path / "course"
    ignored = shutil.ignore_patterns("recordings", "__pycache__", "_static")
    for part in ("notebooks", "course_utils", "book", "tools"):
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    for path in [*ROOT.glob("*.md"), ROOT / "_toc.yml"]:
        shutil.copy(path, folder)
    make_writable(folder)
    (folder / "tests").mkdir()
    notebooks = lessons(folder)
    monkeypatch.setattr(lesson, "ROOT", folder)
    monkeypatch.setattr(lesson, "NOTEBOOKS", notebooks)
    monkeypatch.setattr(lesson, "run_and_time", lambda path: None)
    return folder


@pytest.mark.parametrize(
    "name, title, message",
    [
        ("transposed", TITLE, "expected two digits and words"),
        ("9_transposed", TITLE, "expected two digits and words"),
        ("09", TITLE, "expected two digits and words"),
        ("09 transposed", TITLE, "expected two digits and words"),
        ("09_Transposed", TITLE, "expected two digits and words"),
        ("../09_transposed", TITLE, "expected two digits and words"),
        ("00_transposed", TITLE, "expected two digits and words"),
        ("", TITLE, "expected two digits and words"),
        ("05_transposed", TITLE, "number 05 is taken by 05_lenet.ipynb"),
        (NAME, "", "expected the lesson's title"),
        (NAME, "  ", "expected the lesson's title"),
        (NAME, "a | b", "expected letters"),
        (NAME, 'a "b"', "expected letters"),
        (NAME, "a\nb", "expected letters"),
        (NAME, "a" * 49, "at most 48 characters, got 49"),
    ],
)
def test_refuses_a_bad_name(tree, name, title, message):
    before = contents(tree)
    with pytest.raises(SystemExit, match=message) as error:
        lesson.main(name, title)
    assert str(error.value).startswith("make lesson: ")
    assert contents(tree) == before


@pytest.mark.parametrize(
    "there",
    ["course_utils/check/lesson09.py", "tests/test_check_lesson09.py"],
)
def test_overwrites_nothing(tree, there):
    (tree / there).write_text("mine")
    before = contents(tree)
    with pytest.raises(SystemExit, match=f"{there} is there already"):
        lesson.main(NAME, TITLE)
    assert contents(tree) == before


def test_writes_nothing_where_an_entry_has_no_place(tree):
    readme = tree / "README.md"
    readme.write_text(readme.read_text().replace("| 08 |", "| 8 |"))
    before = contents(tree)
    with pytest.raises(SystemExit, match="README.md: no entry of the lesson"):
        lesson.main(NAME, TITLE)
    assert contents(tree) == before


def test_names_the_lesson_where_the_others_are(tree):
    before = contents(tree)
    lesson.main(NAME, TITLE)
    after = contents(tree)
    toc = yaml.safe_load((tree / "_toc.yml").read_text())
    start = Path(f"{toc['root']}.md")
    entries = {Path("_toc.yml"), Path("README.md"), start}
    entries.add(Path("course_utils/check/__init__.py"))
    assert {p for p in before if before[p] != after[p]} == entries
    chapters = toc["parts"][1]["chapters"]
    assert [c["file"] for c in chapters][-2:] == [
        "notebooks/08_resnet",
        f"notebooks/{NAME}",
    ]
    assert chapters[-1]["title"] == f"9. {TITLE}"
    for path in set(after) - set(before):
        assert b"{{" not in after[path].replace(b"{{COST}}", b""), path
        assert b"_NN" not in after[path], path


def test_a_second_new_lesson_follows_the_first(tree, monkeypatch):
    lesson.main(NAME, TITLE)
    monkeypatch.setattr(lesson, "NOTEBOOKS", lessons(tree))
    lesson.main("10_attention", "Attention")
    text = (tree / "notebooks" / "10_attention.ipynb").read_text()
    assert f"({NAME}.ipynb)" in text and "### Exercise 10.1" in text
    checks = (tree / "course_utils/check/__init__.py").read_text()
    assert checks.index("lesson09") < checks.index("lesson10")


def test_keeps_a_stamped_address(tree):
    for path in lessons(tree):
        text = path.read_text()
        path.write_text(text.replace('REPO = \\"\\"', 'REPO = \\"me/it\\"'))
    lesson.main(NAME, TITLE)
    text = (tree / "notebooks" / f"{NAME}.ipynb").read_text()
    assert 'REPO = \\"me/it\\"' in text


# --- The whole way, as an author goes it ----------------------------------


def run(folder, *command, **environment):
    """Run a command in the copy, with the copy's package."""
    process = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.returncode == 0, process.stdout[-3000:]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course with a ninth lesson."""
    folder = tmp_path_factory.mktemp("new") / "course"
    shutil.copytree(ROOT, folder, ignore=IGNORED)
    make_writable(folder)
    run(folder, "tools/lesson.py", NAME, TITLE)
    return folder


@pytest.mark.ci
def test_new_lesson_passes_all_tests(course):
    tests = ["test_notebooks", "test_check_lesson09", "test_lesson_code"]
    tests += ["test_package"]
    files = [f"tests/{name}.py" for name in tests]
    run(course, "-m", "pytest", "-q", *files)
    notebook = f"notebooks/{NAME}.ipynb"
    run(course, "-m", "ruff", "check", ".", notebook)
    run(course, "-m", "ruff", "format", "--check", ".", notebook)


@pytest.mark.ci
def test_new_lesson_runs_in_fast_mode(course):
    notebook = f"notebooks/{NAME}.ipynb"
    fast = {"COURSE_FAST": "1", "TQDM_DISABLE": "1"}
    options = ("-q", "--nbval", "--nbval-current-env")
    run(course, "-m", "pytest", *options, notebook, **fast)


@pytest.mark.ci
@pytest.mark.parametrize(
    "tool, needed, made",
    [
        ("slides", "sphinx_revealjs", f"slides/{NAME}.html"),
        ("assignments", "nbgrader", f"student/{NAME}.ipynb"),
    ],
)
def test_new_lesson_is_exported(course, tool, needed, made):
    pytest.importorskip(needed)
    run(course, f"tools/{tool}.py")
    assert (course / "dist" / made).is_file()


@pytest.mark.ci
def test_book_with_the_new_lesson_builds(course):
    program = "from jupyter_book.cli.main import main; main()"
    run(course, "-c", program, "build", ".", "-W", "-n", "--keep-going")
    page = course / "_build" / "html" / "notebooks" / f"{NAME}.html"
    assert TITLE in page.read_text(encoding="utf-8")
    stored = nbformat.read(course / "notebooks" / f"{NAME}.ipynb", 4)
    seconds = stored.metadata.course.seconds
    assert f"about {max(1, seconds)} seconds on" in stored.cells[0].source
