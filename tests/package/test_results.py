"""Histories, tables of what was measured, and recordings of long runs."""

import ast
import json

import pytest
import torch
from notebook_code import NOTEBOOKS, definitions
from torch import nn

import course_utils as cu
from course_utils import results

RECORDED = sorted(results.RECORDINGS.glob("*.json"))


def train(loss=0.5, test_acc=0.7, seconds=2.0):
    history = cu.History(device="cpu", source="real photographs")
    history.append(
        loss=loss,
        train_acc=0.75,
        test_acc=test_acc,
        seconds=seconds,
        examples=100,
    )
    return history


def refuse():
    raise AssertionError("trained, although there is a recording")


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(results, "RECORDINGS", tmp_path / "recordings")
    monkeypatch.setattr(results, "try_gpu", lambda: torch.device("cpu"))
    return tmp_path / "recordings"


@pytest.fixture
def recording(folder):
    path = folder / "99_try.json"
    code = "def train(loss=0.5):\n    ...\n"
    results.save(path, code, train(0.25))
    return path


def test_a_recording_is_shown_and_says_where_it_is_from(recording, capsys):
    history = cu.recorded("99_try", refuse)
    assert history.loss == [0.25] and history.source == "real photographs"
    table = cu.Table("99_try", "A try", "noise", "cpu")
    table.add("then", nn.Linear(2, 2), (1, 2), history)
    assert table.rows[0]["source"] == "recorded"
    line = capsys.readouterr().out
    assert line == f"99_try: {history.recorded}\n"
    assert f"torch {torch.__version__}" in line and "CPU" in line
    assert "2 s of training" in line


def test_without_a_recording_the_run_is_pending(folder, capsys):
    history = cu.recorded("99_try", refuse)
    assert not history and not folder.exists()
    assert "99_try: pending" in capsys.readouterr().out


def test_with_a_gpu_it_trains(recording, monkeypatch):
    monkeypatch.setattr(results, "try_gpu", lambda: torch.device("cuda:0"))
    assert cu.recorded("99_try", train).loss == [0.5]


def test_in_fast_mode_it_trains_once_with_each_function(
    recording, monkeypatch
):
    before = recording.read_text()
    monkeypatch.setenv("COURSE_FAST", "1")
    monkeypatch.setattr(results, "_tried", set())
    losses = [cu.recorded("99_try", train).loss for _ in range(2)]
    assert losses == [[0.5], [0.25]]
    with pytest.raises(AssertionError, match="trained"):
        cu.recorded("99_try", refuse)
    assert recording.read_text() == before


def make_table():
    table = cu.Table("99_try", "A try", "noise", "cpu")
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    table.add("small", net, (1, 1, 5, 5), train())
    table.add_published("theirs", "an article", test_acc=0.8)
    return table


def test_table_shows_what_was_measured_and_saves_it(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_RESULTS", str(tmp_path))
    table = make_table()
    table.save()
    shown = table._repr_markdown_()
    # 2 kernels of 9 weights and 2 biases, 4 of batch norm; 9 places.
    assert "| small | 24 | 162 | 1 | 0.750 | 0.700 | 2.00 | 50 |" in shown
    assert "| theirs |" in shown and "an article" in shown
    assert "This run: noise; CPU" in shown
    content = json.loads((tmp_path / "99_try.json").read_text())
    assert shown.startswith(f"{content['table']}\n\n")
    assert content["rows"] == table.rows
    assert content["published"] == table.published
    assert {"date", "device", "versions", "data"} <= content.keys()


@pytest.mark.parametrize("fast, folder", [("1", True), ("", False)])
def test_nothing_is_written_in_fast_mode_or_without_a_folder(
    fast, folder, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_FAST", fast)
    if folder:
        monkeypatch.setenv("COURSE_RESULTS", str(tmp_path))
    make_table().save()
    assert not list(tmp_path.iterdir())


def test_seeds_are_one_row_of_means_and_the_spread():
    histories = [train(0.5, *row) for row in ((0.7, 2), (0.8, 4), (0.9, 6))]
    table = cu.Table("99_try", "A try", "noise", "cpu")
    table.add_seeds("small", nn.Linear(2, 3), (1, 2), histories)
    (row,) = table.rows
    assert row["seeds"] == 3 and row["parameters"] == 9
    assert row["test_acc"] == pytest.approx(0.8)
    assert row["test_acc_std"] == pytest.approx(0.1)
    assert row["seconds"] == pytest.approx(4)
    rates = [history.examples_per_sec for history in histories]
    assert row["examples_per_sec"] == pytest.approx(sum(rates) / 3)


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
    history = results.load(path)
    assert "stand-in" not in history.source and len(history) > 0
    assert len(history.test_acc) == len(history.loss)
    shown = ast.unparse(definitions(notebook)[name])
    assert tree(shown) == tree(ast.unparse(ast.parse(code)))
