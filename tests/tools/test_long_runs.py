"""make runs: nothing is lost, and nothing is done twice."""

import json

import nbformat
import notebook_code
import pytest
import runs

from course_utils import results as recordings

LESSON = """
import torch
from torch import nn

from course_utils import train_ch6, try_gpu

device = try_gpu()
num_epochs = 3

def batches(seed):
    draw = torch.Generator().manual_seed(seed)
    X = torch.rand(16, 4, generator=draw)
    return [(X, torch.arange(16) % 2)]

def train_tiny(seed, stop_at=None, *, checkpoint=None):
    data = batches(seed)

    def stopping(step=[0]):
        for X, y in data:
            step[0] += 1
            if stop_at == step[0]:
                raise RuntimeError("stopped")
            yield X, y

    class Stream:
        __iter__ = staticmethod(stopping)
        __len__ = staticmethod(lambda: 1)

    return train_ch6(
        nn.Linear(4, 2), Stream(), data, num_epochs, 0.1, device, seed=seed,
        checkpoint=checkpoint,
    )

raise AssertionError("a cell that is no definition was run")
"""
ROW = {"name": "99_tiny", "lesson": "99", "call": "train_tiny(1)"}


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one lesson, without recordings."""
    cell = nbformat.v4.new_code_cell(LESSON)
    path = tmp_path / "99_try.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    monkeypatch.setattr(notebook_code, "NOTEBOOKS", [path])
    monkeypatch.setattr(runs, "WORK", tmp_path)
    monkeypatch.setattr(recordings, "RECORDINGS", tmp_path / "recordings")
    monkeypatch.setenv("TQDM_DISABLE", "1")
    return tmp_path


def work(monkeypatch, *rows):
    monkeypatch.setattr(runs, "read_list", lambda: rows)
    return runs.work()


def test_a_run_is_recorded_with_its_code(course, monkeypatch):
    assert work(monkeypatch, ROW) == []
    path = course / "recordings" / "99_tiny.json"
    content = json.loads(path.read_text())
    assert content["code"].startswith("def train_tiny(seed")
    assert len(recordings.load(path)) == 3
    assert not (course / "99_tiny.pt").exists()
    before = path.stat().st_mtime_ns
    assert runs.work() == [] and path.stat().st_mtime_ns == before


def test_a_stopped_run_goes_on(course, monkeypatch, capsys):
    whole = {**ROW, "name": "99_whole"}
    stopped = {**ROW, "call": "train_tiny(1, 3)"}
    # The other is trained all the same.
    assert work(monkeypatch, stopped, whole) == ["99_tiny"]
    runs.show(is_running=False)
    assert "2 epochs done" in capsys.readouterr().out
    assert work(monkeypatch, ROW) == []
    a, b = (
        recordings.load(course / "recordings" / f"{name}.json")
        for name in ("99_tiny", "99_whole")
    )
    assert a.loss == b.loss and a.test_acc == b.test_acc
    runs.show(is_running=False)
    assert capsys.readouterr().out.split()[-2:] == ["99_tiny", "recorded"]


def test_the_list_names_functions_of_the_lessons():
    rows = runs.read_list()
    functions = {}
    for number in {row["lesson"] for row in rows}:
        path = notebook_code.find_lesson(number)
        functions[number] = notebook_code.definitions(path)
    for row in rows:
        assert row["name"].startswith(row["lesson"])
        function = row["call"].split("(")[0]
        arguments = functions[row["lesson"]][function].args
        names = [a.arg for a in arguments.args + arguments.kwonlyargs]
        assert "checkpoint" in names, row
    assert len({row["name"] for row in rows}) == len(rows)
