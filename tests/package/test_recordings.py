"""Recordings of long runs: when they are shown, and what they keep."""

import ast
import json

import pytest
import torch
from notebook_code import NOTEBOOKS, definitions

import course_utils as cu
from course_utils import recordings

RECORDED = sorted(recordings.RECORDINGS.glob("*.json"))


def train(loss=0.5):
    history = cu.History(device="cpu", source="real photographs")
    history.append(
        loss=loss, train_acc=0.75, test_acc=0.7, seconds=2.0, examples=100
    )
    return history


def refuse():
    raise AssertionError("trained, although there is a recording")


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(recordings, "RECORDINGS", tmp_path / "recordings")
    monkeypatch.setattr(recordings, "try_gpu", lambda: torch.device("cpu"))
    return tmp_path / "recordings"


@pytest.fixture
def recording(folder):
    path = folder / "99_try.json"
    code = "def train(loss=0.5):\n    ...\n"
    recordings.save(path, code, train(0.25))
    return path


def test_a_recording_is_shown_and_says_where_it_is_from(recording, capsys):
    history = cu.recorded("99_try", refuse)
    assert history.loss == [0.25] and history.source == "real photographs"
    line = capsys.readouterr().out
    assert line == f"99_try: {history.recorded}\n"
    assert f"torch {torch.__version__}" in line and "CPU" in line
    assert "2 s of training" in line


def test_without_a_recording_the_run_is_pending(folder, capsys):
    history = cu.recorded("99_try", refuse)
    assert not history and not folder.exists()
    assert "99_try: pending" in capsys.readouterr().out


def test_with_a_gpu_it_trains(recording, monkeypatch):
    monkeypatch.setattr(recordings, "try_gpu", lambda: torch.device("cuda:0"))
    assert cu.recorded("99_try", train).loss == [0.5]


def test_in_fast_mode_it_trains_once_with_each_function(
    recording, monkeypatch
):
    before = recording.read_text()
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setattr(recordings, "_tried", set())
    losses = [cu.recorded("99_try", train).loss for _ in range(2)]
    assert losses == [[0.5], [0.25]]
    with pytest.raises(AssertionError, match="trained"):
        cu.recorded("99_try", refuse)
    assert recording.read_text() == before


@pytest.mark.parametrize(
    "content", ["{", "{}", '{"date": 1}'], ids=["cut", "empty", "other"]
)
def test_a_damaged_recording_says_what_to_do(recording, content):
    recording.write_text(content)
    with pytest.raises(ValueError, match="99_try.json.*make runs"):
        cu.recorded("99_try", refuse)


def test_a_table_says_which_rows_are_recorded(recording):
    table = cu.Table("99_try", "A try", "noise", "cpu")
    net = torch.nn.Linear(2, 2)
    table.add("now", net, (1, 2), train())
    table.add("then", net, (1, 2), cu.recorded("99_try", refuse))
    assert [row["source"] for row in table.rows] == ["this run", "recorded"]


def tree(code):
    """Return a definition's tree without its docstring."""
    node = ast.parse(code).body[0]
    if ast.get_docstring(node) is not None:
        node.body = node.body[1:]
    return ast.dump(node)


@pytest.mark.parametrize("path", RECORDED, ids=lambda p: p.stem)
def test_the_lesson_shows_the_code_that_was_recorded(path):
    (notebook,) = (p for p in NOTEBOOKS if p.name[:2] == path.name[:2])
    code = json.loads(path.read_text())["code"]
    name = ast.parse(code).body[0].name
    shown = ast.unparse(definitions(notebook)[name])
    assert tree(shown) == tree(ast.unparse(ast.parse(code)))


@pytest.mark.parametrize("path", RECORDED, ids=lambda p: p.stem)
def test_recordings_are_of_real_data_and_whole(path):
    history = recordings.load(path)
    assert "stand-in" not in history.source and len(history) > 0
    assert len(history.test_acc) == len(history.loss)
