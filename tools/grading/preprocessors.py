"""The steps that nbgrader_config.py puts beside those of nbgrader."""

import os
import re
from pathlib import Path

import nbformat
from nbgrader import utils
from nbgrader.preprocessors import (
    ClearSolutions,
    NbGraderPreprocessor,
    OverwriteCells,
)

from . import revise
from .needed import digest

HELPERS = re.compile(
    r"^### BEGIN SOLUTION$.*?^### END SOLUTION\s*", re.M | re.S
)
CHECK = re.compile(r"check\.\w+\(|### BEGIN HIDDEN TESTS")


class ClearAnswers(ClearSolutions):
    """Put a stub in the place of each solution, and no helper beside it.

    Outputs of solutions and of tests go too, for they would tell; those of
    the lesson's cells, which take minutes to compute, stay.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "code":
            if "solution" in tags or CHECK.match(cell.source):
                cell.outputs, cell.execution_count = [], None
            # All of a cell may be the solution, too.
            cell.source = HELPERS.sub("", cell.source) or cell.source
        return super().preprocess_cell(cell, resources, cell_index)


class MarkCells(NbGraderPreprocessor):
    """Note how each cell is released: so it shows what a student changed."""

    def preprocess_cell(self, cell, resources, cell_index):
        cell.metadata["given"] = digest(cell.source)
        return cell, resources


class RestoreCells(OverwriteCells):
    """Bring a notebook to the lesson as released now, and its tests back.

    Where a cell says by its metadata what it is, nbgrader believes it, so a
    student could turn an answer into a test that passes. And it gives up on
    a submission in which a test and the cell before it are deleted. Merged,
    each cell is again what it was when released.
    """

    def preprocess(self, nb, resources):
        root = Path(os.environ["GRADING"])
        path = revise.released(resources["nbgrader"]["assignment"], root)
        had_cells = bool(nb.cells)
        said = revise.merge(nb, nbformat.read(path, as_version=4))
        if said and had_cells:
            nb.cells.insert(0, revise.note(said))
        nb, resources = super().preprocess(nb, resources)
        for cell in nb.cells:
            # In the kernel of the tests, no cell of the student runs.
            if cell.cell_type == "code":
                is_test = utils.is_grade(cell) and not utils.is_solution(cell)
                cell.metadata["tags"] = [] if is_test else ["skip-execution"]
        return nb, resources
