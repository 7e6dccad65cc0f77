"""The steps that nbgrader_config.py puts beside those of nbgrader."""

import re

from nbformat.v4 import new_code_cell
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import (
    ClearSolutions,
    NbGraderPreprocessor,
    OverwriteCells,
)

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


class RestoreCells(OverwriteCells):
    """Make tests, points and kinds of cells what they were when released.

    Where a cell says by its metadata what it is, nbgrader believes it, so a
    student could turn an answer into a test that passes. And it gives up on
    a submission in which a test and the cell before it are deleted.
    """

    def preprocess(self, nb, resources):
        place = resources["nbgrader"]
        with Gradebook(place["db_url"]) as gradebook:
            source = gradebook.find_notebook(
                place["notebook"], place["assignment"]
            )
            released = {cell.name: cell for cell in source.source_cells}
            points = {
                cell.name: cell.max_score for cell in source.grade_cells
            }
            answers = {cell.name for cell in source.solution_cells}
            cells = []
            for cell in reversed(nb.cells):
                said = cell.metadata.pop("nbgrader", None)
                name = (
                    said.get("grade_id") if isinstance(said, dict) else None
                )
                if name in released:
                    wanted = released.pop(name)  # a copy before it is no more
                    cell = self._restored(cell, wanted, points, answers)
                cells.append(cell)
            deleted = [
                self._restored(None, wanted, points, answers)
                for name, wanted in released.items()
                if name not in answers
            ]
        nb.cells = cells[::-1] + deleted
        return nb, resources

    def _restored(self, cell, wanted, points, answers):
        name = wanted.name
        if name not in answers:
            cell = new_code_cell(wanted.source)
        self.update_cell_type(cell, wanted.cell_type)
        cell.metadata["nbgrader"] = {
            "cell_type": wanted.cell_type,
            "checksum": wanted.checksum,
            "grade": name in points,
            "grade_id": name,
            "locked": wanted.locked,
            "schema_version": 3,
            "solution": name in answers,
            "task": False,
        }
        if name in points:
            cell.metadata["nbgrader"]["points"] = points[name]
        return cell


class RunTestsAlone(NbGraderPreprocessor):
    """Run no cell of the student in the kernel of the tests.

    The other cells keep the outputs with which they were handed in.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        if cell.cell_type == "code":
            is_test = utils.is_grade(cell) and not utils.is_solution(cell)
            cell.metadata["tags"] = [] if is_test else ["skip-execution"]
        return cell, resources
