"""make runs and make gpu: nothing is lost, and nothing is done twice."""

import json
import subprocess

import gpu
import nbformat
import pytest
import runs
from notebook_code import NOTEBOOKS, definitions

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
    cells = ["# Set-up", *LESSON.split("\n\n\n")]
    cells = [nbformat.v4.new_code_cell(source) for source in cells]
    path = tmp_path / "99_try.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    monkeypatch.setattr(runs, "NOTEBOOKS", [path])
    monkeypatch.setattr(runs, "WORK", tmp_path)
    monkeypatch.setattr(recordings, "RECORDINGS", tmp_path / "recordings")
    monkeypatch.setenv("TQDM_DISABLE", "1")
    return tmp_path


def use(rows, monkeypatch):
    monkeypatch.setattr(runs, "read_list", lambda: rows)


def test_a_run_is_recorded_with_its_code(course, monkeypatch):
    use([ROW], monkeypatch)
    assert runs.work() == []
    path = course / "recordings" / "99_tiny.json"
    content = json.loads(path.read_text())
    assert content["code"].startswith("def train_tiny(seed")
    assert len(recordings.load(path)) == 3
    assert not (course / "99_tiny.pt").exists()
    before = path.stat().st_mtime_ns
    assert runs.work() == [] and path.stat().st_mtime_ns == before


def test_a_stopped_run_goes_on(course, monkeypatch, capsys):
    whole = {**ROW, "name": "99_whole"}
    use([whole, {**ROW, "call": "train_tiny(1, 3)"}], monkeypatch)
    assert runs.work() == ["99_tiny"]  # the other was trained all the same
    runs.show(is_running=False)
    assert "stopped after 2 epochs" in capsys.readouterr().out
    use([ROW], monkeypatch)
    assert runs.work() == []
    a, b = (
        recordings.load(course / "recordings" / f"{name}.json")
        for name in ("99_tiny", "99_whole")
    )
    assert a.loss == b.loss and a.test_acc == b.test_acc
    runs.show(is_running=False)
    assert "99_tiny" in (said := capsys.readouterr().out)
    assert "recorded" in said


def test_a_run_for_a_gpu_waits_for_one(course, monkeypatch, capsys):
    use([{**ROW, "gpu": True}], monkeypatch)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert runs.work() == []
    runs.show(is_running=False)
    assert "waiting for a GPU" in capsys.readouterr().out


@pytest.mark.parametrize("row", runs.read_list(), ids=lambda row: row["name"])
def test_the_list_names_functions_of_the_lessons(row):
    (path,) = (p for p in NOTEBOOKS if p.name.startswith(row["lesson"]))
    assert row["name"].startswith(row["lesson"])
    function = definitions(path)[row["call"].split("(")[0]]
    arguments = function.args.args + function.args.kwonlyargs
    assert "checkpoint" in [argument.arg for argument in arguments]


def test_no_name_is_listed_twice():
    names = [row["name"] for row in runs.read_list()]
    assert len(names) == len(set(names))


def test_gpu_steps_go_on_where_they_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(gpu, "DONE", tmp_path / "gpu.json")
    taken, errors = [], {}

    def run(command, env, **options):
        taken.append((command, env.get("STEP")))
        if command in errors:
            raise errors[command]

    monkeypatch.setattr(gpu.subprocess, "run", run)
    errors["b"] = subprocess.CalledProcessError(1, "b")
    errors["c"] = subprocess.TimeoutExpired("c", 1)
    steps = {name: (name, {"STEP": name}) for name in "abcd"}
    assert gpu.take(steps, 1) == (["b"], ["c", "d"])
    assert taken == [(name, name) for name in "abc"]
    assert list(gpu.read_done()) == ["a"]
    errors.clear()
    taken.clear()
    assert gpu.take(steps, 1) == ([], [])
    assert [name for name, _ in taken] == ["b", "c", "d"]
    assert sorted(gpu.read_done()) == ["a", "b", "c", "d"]


def test_gpu_steps_begin_with_the_lessons_in_fast_mode():
    steps = list(gpu.list_steps())
    count = len(NOTEBOOKS)
    assert all("fast mode" in name for name in steps[:count])
    assert steps[count : count + 4] == [
        "against_d2l",
        "against_limit",
        "fast_net",
        "long runs",
    ]
