"""Turn the lessons into what an instructor hands out and marks with.

python tools/assignments.py [FOLDER]

Writes, under dist/ or the folder given,

- student/: each lesson with stubs in place of the solutions;
- instructor/: each lesson with open solutions and with marking notes;
- nbgrader/: a course for nbgrader, an assignment a lesson.

What nbgrader itself adds there, such as submissions and grades, is kept.
"""

import copy
import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
from exercises import ANSWER, split
from marking import notes, summary
from nbformat.v4 import new_code_cell, new_markdown_cell
from notebook_code import NOTEBOOKS, tags

try:
    from grading.preprocessors import ClearWithTask
except ImportError as error:
    sys.exit(
        f"make assignments needs nbgrader ({error}). Install it with\n"
        f"  {sys.executable} -m pip install -r requirements-instructor.txt"
    )
from grading.needed import names, needed_cells

ROOT = Path(__file__).resolve().parent.parent

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

{name} = submitted("{name}", "{notebook}", check.{name})
### END HIDDEN TESTS
result = check.{name}({name})
print(result)
assert result.passed"""


def unfold(cell):
    """Show a solution's cell open."""
    kept = [
        tag for tag in cell.metadata.get("tags", []) if tag != "hide-cell"
    ]
    cell.metadata["tags"] = kept
    cell.metadata.pop("jupyter", None)


def without_output(cell):
    cell.outputs, cell.execution_count = [], None


def text_cell(name, source):
    """Return a Markdown cell whose id is the same in each build."""
    cell = new_markdown_cell(source)
    cell.id = re.sub(r"\W", "-", name)
    return cell


def student_exercise(exercise):
    """Yield the cells of an exercise without its solutions."""
    clear = ClearWithTask(enforce_metadata=False)
    parts = {part.cell.id: part for part in exercise.parts()}
    for cell in copy.deepcopy(exercise.cells):
        part = parts.get(cell.id)
        if "stub" in tags(cell):
            continue  # the solution's cell becomes one
        if cell.cell_type == "code":
            without_output(cell)
            if part:
                unfold(cell)
                cell.metadata["task"] = exercise.task(part)
                clear.preprocess_cell(cell, {"language": "python"}, 0)
                del cell.metadata["task"]
        else:
            answer = "*Your answer:*" if part else ""
            cell.source = ANSWER.sub(answer, cell.source).strip()
        if cell.source:
            yield cell


def student(notebook):
    """Return a lesson with stubs in place of its solutions."""
    before, exercises, after = split(notebook)
    for cell in before:
        if cell.source.startswith("## Exercises"):
            cell.source = INTRODUCTION
    middle = [cell for e in exercises for cell in student_exercise(e)]
    return with_cells(notebook, [*before, *middle, *after])


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


def with_cells(notebook, cells):
    """Return a notebook with the same metadata and other cells."""
    new = copy.deepcopy(notebook)
    new.cells = cells
    return new


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


def test_cell(part, number, notebook):
    """Return the cell that tests a function, hidden from students in part."""
    cell = new_code_cell(TEST.format(name=part.name, notebook=notebook))
    cell.id = f"test-{number}-{part.name}"
    settings = {"grade": True, "solution": False, "locked": True}
    return graded(cell, cell.id, points=part.points, **settings)


def graded_exercise(exercise, notebook):
    """Yield the cells of an exercise, with solutions, for nbgrader."""
    number = exercise.number.replace(".", "-")
    parts = {part.cell.id: part for part in exercise.parts()}
    heading, *rest = exercise.cells
    title, _, text = heading.source.partition("\n")
    heading.source = f"{title}\n\n*{summary(exercise)}*\n{text}"
    yield heading
    for count, cell in enumerate(rest):
        part = parts.get(cell.id)
        if part is None:
            is_given = cell.cell_type == "code" and "stub" not in tags(cell)
            is_text = cell.cell_type == "markdown"
            if is_given or (is_text and not ANSWER.match(cell.source)):
                yield cell
            continue
        if cell.cell_type == "code":
            unfold(cell)
            cell.metadata["task"] = exercise.task(part)
        grade_id = f"exercise-{number}-{count}"
        if part.kind == "check":
            yield graded(cell, grade_id)
            yield test_cell(part, number, notebook)
        else:
            yield graded(cell, grade_id, grade=True, points=part.points)


def lesson_cells(before, exercises):
    """Return the cells of a lesson that its exercises use or speak of."""
    lesson = [cell for cell in before if cell.cell_type == "code"]
    wanted = set()
    for exercise in exercises:
        wanted |= set(re.findall(r"`([A-Za-z_]\w*)", exercise.text))
        for cell in exercise.cells:
            if cell.cell_type == "code":
                wanted |= names(cell.source)[0]
    sources = [cell.source for cell in lesson]
    found = needed_cells(sources, wanted, filled=False)
    return [
        cell
        for place, cell in enumerate(lesson)
        if place in found or "setup-cell" in tags(cell)
    ]


def assignment(notebook, name):
    """Return the exercises of a lesson as nbgrader's source."""
    before, exercises, _ = split(notebook)
    header = HEADER.format(
        number=name[:2],
        title=re.match("# (.+)", notebook.cells[0].source)[1],
        points=sum(p.points for e in exercises for p in e.parts()),
    )
    cells = [text_cell("header", header), *lesson_cells(before, exercises)]
    for exercise in exercises:
        cells += graded_exercise(exercise, f"{name}.ipynb")
    return with_cells(notebook, cells)


def replace(folder):
    """Make a folder empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def build(out):
    """Write all versions of all lessons."""
    students, instructors = (
        replace(out / "student"),
        replace(out / "instructor"),
    )
    source = replace(out / "nbgrader" / "source")
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        nbformat.write(student(notebook), students / path.name)
        nbformat.write(instructor(notebook), instructors / path.name)
        (source / path.stem).mkdir()
        nbformat.write(
            assignment(notebook, path.stem), source / path.stem / path.name
        )
    here = Path(__file__).parent / "grading"
    course = replace(out / "nbgrader" / "grading")
    for path in here.glob("*.py"):
        if path.stem == "nbgrader_config":
            shutil.copyfile(path, out / "nbgrader" / path.name)
        else:
            shutil.copyfile(path, course / path.name)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist"
    build(folder)
    print(f"{len(NOTEBOOKS)} lessons are in {os.path.relpath(folder)}/")
