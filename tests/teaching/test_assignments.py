"""What `make assignments` makes: no solution leaks, stubs fail, tests test.

The grading itself, by nbgrader, is in test_grading.py.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from notebook_code import NOTEBOOKS, tags

pytest.importorskip("nbgrader", reason="make assignments installs it")

import assignments  # noqa: E402
from assignments import POINTS, split  # noqa: E402
from grading.submitted import ways  # noqa: E402
from grading.worker import define  # noqa: E402
from nbgrader.nbgraderformat import MetadataValidator  # noqa: E402

from course_utils import check  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
LESSONS = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    assignments.build(folder)
    return folder


def read(path):
    return nbformat.read(path, as_version=4)


def source_path(dist, path):
    return dist / "nbgrader" / "source" / path.stem / path.name


def exercises(path):
    return split(read(path))[1]


def functions(path):
    """Return the parts of a lesson that have a check."""
    parts = [part for e in exercises(path) for part in e.parts()]
    return [part for part in parts if part.kind == "check"]


def solution_lines(text):
    """Return the lines of a text's solutions, in code and in words."""
    regions = re.findall(
        r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", text, re.S
    ) + re.findall(
        r"<details><summary>Solution[^<]*</summary>\n(.*?)</details>",
        text,
        re.S,
    )
    lines = {
        line.strip() for region in regions for line in region.split("\n")
    }
    return {line for line in lines if len(line) > 8}


def text_of(notebook):
    return "\n".join(cell.source for cell in notebook.cells)


def outputs_of(cell):
    return str(cell.get("outputs", ""))


@LESSONS
def test_no_solution_is_in_the_student_version(dist, path):
    lesson = text_of(read(path))
    lines = solution_lines(lesson)
    assert len(lines) > 10
    elsewhere = lesson
    for pattern in (
        r"### BEGIN SOLUTION\n.*?### END SOLUTION",
        r"<details><summary>Solution.*?</details>",
    ):
        elsewhere = re.sub(pattern, "", elsewhere, flags=re.S)
    given = text_of(read(dist / "student" / path.name))
    leaked = [n for n in lines if n in given and n not in elsewhere]
    assert not leaked
    assert "SOLUTION" not in given and "<summary>Solution" not in given
    assert given.count("<summary>Answer") == lesson.count("<summary>Answer")
    for exercise in exercises(path):
        for part in exercise.parts():
            if part.name:
                assert given.count(f"\ndef {part.name}(") == 1


@LESSONS
def test_no_output_tells_and_the_others_stay(dist, path):
    version = read(dist / "student" / path.name)
    code = [cell for cell in version.cells if cell.cell_type == "code"]
    for cell in code:
        if "solution" in tags(cell) or cell.source.startswith("check."):
            assert not cell.outputs and cell.execution_count is None
    kept = sum(bool(cell.outputs) for cell in code)
    before, found, after = split(read(path))
    given = [c for e in found for c in e.cells if "solution" not in tags(c)]
    given = [c for c in given if not c.source.startswith("check.")]
    lesson = [*before, *given, *after]
    assert kept == sum(outputs_of(c) > "[]" for c in lesson) >= 5


@LESSONS
def test_stubs_keep_their_line_and_fail_their_check(dist, path):
    cells = read(dist / "student" / path.name).cells
    source = "\n\n".join(c.source for c in cells if "solution" in tags(c))
    assert source.count("raise NotImplementedError()") >= 3
    for part in functions(path):
        line = re.search(rf"^def {part.name}\(.*$", part.cell.source, re.M)[0]
        (stub,) = [c.source for c in cells if line in c.source]
        namespace = {}
        exec(stub, namespace)
        result = getattr(check, part.name)(namespace[part.name])
        assert not result.passed and "not done yet" in result.line


@LESSONS
def test_solutions_pass_with_no_more_than_the_assignment_has(dist, path):
    for part in functions(path):
        cells = ways(source_path(dist, path), part.name)[0]
        result = getattr(check, part.name)(define(part.name, cells))
        assert result.passed, result.line


@LESSONS
def test_points_are_those_of_the_table(dist, path):
    source = read(source_path(dist, path))
    MetadataValidator().validate_nb(source)
    given = {}
    for cell in source.cells:
        found = cell.metadata.get("nbgrader", {})
        if found.get("grade"):
            number = ".".join(found["grade_id"].split("-")[1:3])
            given[number] = given.get(number, 0) + found["points"]
    assert given == {e.number: POINTS[e.level][0] for e in exercises(path)}


@LESSONS
def test_each_exercise_and_each_solution_has_cells_of_its_own(path):
    for cell in read(path).cells:
        for beginning in ("### Exercise ", "<details><summary>Solution"):
            assert beginning not in cell.source[1:]


@LESSONS
def test_every_function_with_a_check_is_shown_and_tested(dist, path):
    notebook = read(source_path(dist, path))
    hidden = {"hide-cell", "hide-input"}
    answers = [c for c in notebook.cells if "solution" in tags(c)]
    assert answers and not any(hidden & tags(cell) for cell in answers)
    source = text_of(notebook)
    checked = {part.name for part in functions(path)}
    shown = re.findall(r"^check\.(\w+)\(\1\)", text_of(read(path)), re.M)
    assert sorted(shown) == sorted(checked)
    for name in checked:
        assert f"result = check.{name}({name})\nprint(result)\n" in source
    assert source.count("assert result.passed") == len(checked)


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def run_script(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
    )


def test_a_second_build_is_equal_and_leaves_nothing_old(dist, tmp_path):
    (tmp_path / "student").mkdir()
    (tmp_path / "student" / "99_old.ipynb").touch()
    script = ROOT / "tools" / "assignments.py"
    done = run_script(script, tmp_path, PYTHONHASHSEED="1")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert contents(tmp_path) == contents(dist)
