"""A lesson can be begun in the middle: what a section needs is known.

A section runs in a clean process after the set-up and the imports, if the
sections that define its names ran, too: what they need is looked up in the
code, and then tried, but for what comes after a training run.
"""

import ast
import builtins
import re
import symtable
from dataclasses import dataclass

import nbformat
import numpy as np
import pytest
from examples import random_arrays
from notebook_code import NOTEBOOKS, python_source
from victims import finish, run_cells, start

from course_utils.sources import DATA_SETS


@dataclass
class Section:
    """The code below a second-level heading of a lesson.

    Attributes
    ----------
    title : str
        Empty for the set-up, which stands above all headings.
    cells : list of str
    """

    title: str
    cells: list

    def names(self):
        """Return the names that the code defines, and those it needs."""
        defined, needed = set(), set()
        for statement in ast.parse("\n".join(self.cells)).body:
            table = symtable.symtable(ast.unparse(statement), "", "exec")
            bound = {s.get_name() for s in table.get_symbols() if is_bound(s)}
            needed |= globals_used(table) - bound - defined
            defined |= bound
        return defined, needed - set(dir(builtins))


def is_bound(symbol):
    return (
        symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
    )


def globals_used(table):
    """Return the global names that a scope and those in it refer to."""
    at_top = table.get_type() == "module"
    used = {
        s.get_name()
        for s in table.get_symbols()
        if s.is_referenced() and (at_top or s.is_global())
    }
    return used.union(*map(globals_used, table.get_children()))


def sections(path):
    """Return the sections of a lesson that hold code."""
    found = [Section("", [])]
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            titles = [
                line[3:]
                for line in cell.source.splitlines()
                if line.startswith("## ")
            ]
            found += [Section(title, []) for title in titles]
        elif cell.cell_type == "code" and cell.source.strip():
            found[-1].cells.append(python_source(cell))
    return [section for section in found if section.cells]


def all_needs(found):
    """Return, for each section, the numbers of those it needs."""
    needs, last = [], {}
    for number, section in enumerate(found):
        defined, needed = section.names()
        direct = {last[name] for name in needed if name in last}
        needs.append(direct.union(*(needs[i] for i in direct)) | {0})
        last.update(dict.fromkeys(defined, number))
    return needs


def trains(cells):
    """Tell whether cells train a net of the lesson, which takes long."""
    return any(re.search(r"\btrain_\w+\(", cell) for cell in cells)


def quick_cases():
    for path in NOTEBOOKS:
        found = sections(path)
        for number, needed in enumerate(all_needs(found)):
            used = (found[i] for i in sorted(needed | {number}))
            cells = [cell for section in used for cell in section.cells]
            if not trains(cells):
                name = f"{path.stem[:2]}-{found[number].title or 'set-up'}"
                yield pytest.param(cells, id=name)


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    """Return a folder with a few images of noise."""
    folder = tmp_path_factory.mktemp("data")
    for name in DATA_SETS:
        np.savez(folder / f"{name}.npz", **random_arrays(name, 256, 256))
    return folder


@pytest.mark.nightly
@pytest.mark.parametrize("cells", list(quick_cases()))
def test_section_runs_after_what_it_needs(cells, noise):
    finish(start(run_cells, cells, str(noise)))
