"""Each lesson alone in an empty folder, its cells run again in any order.

`make test` runs the lessons once, beside each other, with nbval. This is
what a learner does besides: copy one notebook elsewhere, go back in a
section, and run its cells again. Takes minutes, so `make nightly` does it.
"""

import shutil

import nbformat
import pytest
from nbclient import NotebookClient
from notebook_code import NOTEBOOKS


def sections(notebook):
    """Return the cells of each section with their places in the notebook."""
    found = [[]]
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            found.append([])
        found[-1].append((cell, place))
    return found


@pytest.mark.nightly
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_cells_of_a_section_run_again_in_reverse(path, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setenv("TQDM_DISABLE", "1")
    shutil.copy(path, tmp_path)
    notebook = nbformat.read(tmp_path / path.name, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=600,
        record_timing=False,
        resources={"metadata": {"path": str(tmp_path)}},
    )
    with client.setup_kernel():
        for cells in sections(notebook):
            for cell, place in [*cells, *reversed(cells)]:
                client.execute_cell(cell, place)
    left = {p.name for p in tmp_path.iterdir()} - {path.name, "data"}
    assert not left, "the lesson leaves files beside it"
