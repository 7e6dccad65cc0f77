"""Each lesson alone in an empty folder, run twice in one kernel.

`make test` runs the lessons once, beside each other, with nbval. This is
what a learner does besides: copy one notebook elsewhere, and run it again
without a restart. Takes minutes, so it is run by .ci/run alone.
"""

import shutil

import nbformat
import pytest
from nbclient import NotebookClient
from notebook_code import NOTEBOOKS


@pytest.mark.nightly
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_runs_twice_alone_in_fast_mode(path, tmp_path, monkeypatch):
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
        for _ in range(2):
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
    left = {p.name for p in tmp_path.iterdir()} - {path.name, "data"}
    assert not left, "the lesson leaves files beside it"
