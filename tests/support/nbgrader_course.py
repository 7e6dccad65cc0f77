"""A folder of nbgrader's in which tests hand in notebooks and grade them."""

import os
import subprocess
import sys
from pathlib import Path

import assignments
import nbformat
from nbgrader.api import Gradebook

SUPPORT = Path(__file__).resolve().parent
ROOT = SUPPORT.parents[1]


class Course:
    """The course folder that `make assignments` makes, in use."""

    def __init__(self, folder, seconds=60):
        assignments.build(folder)
        self.root = folder / "nbgrader"
        config = self.root / "nbgrader_config.py"
        text = config.read_text(encoding="utf-8")
        assert "SECONDS = 60\n" in text
        config.write_text(
            text.replace("SECONDS = 60", f"SECONDS = {seconds}")
        )

    def nbgrader(self, *arguments):
        """Run a command of nbgrader; return what it says and its status."""
        path = os.pathsep.join([str(ROOT), str(SUPPORT)])
        return subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def generate(self, lesson):
        done = self.nbgrader("generate_assignment", lesson)
        assert done.returncode == 0, done.stdout[-3000:]

    def source(self, lesson):
        """Read the assignment with its solutions."""
        return self._read("source", lesson)

    def solved(self, lesson):
        """Read the assignment as a student has solved it."""
        solutions = {c.id: c.source for c in self.source(lesson).cells}
        notebook = self.release(lesson)
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = solutions[cell.id]
        return notebook

    def release(self, lesson):
        """Read the assignment as students get it."""
        return self._read("release", lesson)

    def _read(self, step, lesson):
        path = self.root / step / lesson / f"{lesson}.ipynb"
        return nbformat.read(path, as_version=4)

    def submit(self, student, lesson, notebook, *, stem=None, **files):
        """Hand in a notebook, and other files beside it."""
        folder = self.root / "submitted" / student / lesson
        folder.mkdir(parents=True)
        path = folder / f"{stem or lesson}.ipynb"
        if isinstance(notebook, str):
            path.write_text(notebook)
        else:
            nbformat.write(notebook, path)
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text)

    def scores(self, student, lesson):
        """Return the points of each test, and what is to mark by hand."""
        url = f"sqlite:///{self.root / 'gradebook.db'}"
        with Gradebook(url) as gradebook:
            notebook = gradebook.find_submission_notebook(
                lesson, lesson, student
            )
            tests = {
                g.name.split("-", 3)[3]: g.auto_score
                for g in notebook.grades
                if g.name.startswith("test-")
            }
            by_hand = {
                g.name for g in notebook.grades if g.needs_manual_grade
            }
        return tests, by_hand


def is_test(cell):
    """Tell whether a cell is one of the tests."""
    return cell.metadata.get("nbgrader", {}).get("locked", False)


def places_of_tests(notebook):
    """Return where the test of each function is."""
    return {
        cell.metadata.nbgrader.grade_id.split("-", 3)[3]: place
        for place, cell in enumerate(notebook.cells)
        if is_test(cell)
    }


def points(notebook):
    """Return the points of each function's test."""
    return {
        name: notebook.cells[place].metadata.nbgrader.points
        for name, place in places_of_tests(notebook).items()
    }


def write(notebook, name, source):
    """Write a student's code into the cell for a function, above its test."""
    notebook.cells[places_of_tests(notebook)[name] - 1].source = source
    return notebook
