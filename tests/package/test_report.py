"""The table of measured rows: what it shows, and what it writes."""

import json

import pytest
from torch import nn

import course_utils as cu


def make_table():
    history = cu.History(device="cpu", source="noise")
    history.append(
        loss=0.5, train_acc=0.75, test_acc=0.7, seconds=2.0, examples=100
    )
    table = cu.Table("99_try", "A try", "noise", "cpu")
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    table.add("small", net, (1, 1, 5, 5), history)
    table.add_published("theirs", "an article", test_acc=0.8)
    return table


def test_table_shows_what_was_measured_and_where():
    shown = make_table()._repr_markdown_()
    # 2 kernels of 9 weights and 2 biases, 4 of batch norm; 9 places.
    assert "| small | 24 | 162 | 1 | 0.750 | 0.700 | 2.00 | 50 |" in shown
    assert "| theirs |" in shown and "an article" in shown
    assert "This run: noise; CPU" in shown


def test_table_is_written_where_the_variable_says(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_RESULTS", str(tmp_path))
    make_table().save()
    (path,) = tmp_path.iterdir()
    content = json.loads(path.read_text())
    assert path.name == "99_try.json"
    assert content["rows"][0]["test_acc"] == 0.7
    assert content["published"] == [
        {"name": "theirs", "source": "an article", "test_acc": 0.8}
    ]
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


def test_a_history_without_an_epoch_is_refused():
    table = cu.Table("99_try", "A try", "noise", "cpu")
    with pytest.raises(ValueError, match="history: expected one epoch"):
        table.add("none", nn.Linear(2, 2), (1, 2), cu.History())


def test_seeds_are_one_row_of_means_and_the_spread():
    histories = []
    for test_acc, seconds in ((0.7, 2.0), (0.8, 4.0), (0.9, 6.0)):
        history = cu.History(device="cpu", source="noise")
        history.append(
            loss=0.5,
            train_acc=0.75,
            test_acc=test_acc,
            seconds=seconds,
            examples=100,
        )
        histories.append(history)
    table = cu.Table("99_try", "A try", "noise", "cpu")
    table.add_seeds("small", nn.Linear(2, 3), (1, 2), histories)
    (row,) = table.rows
    assert row["seeds"] == 3 and row["parameters"] == 9
    assert row["test_acc"] == pytest.approx(0.8)
    assert row["test_acc_std"] == pytest.approx(0.1)
    assert row["seconds"] == pytest.approx(4)
    rates = [history.examples_per_sec for history in histories]
    assert row["examples_per_sec"] == pytest.approx(sum(rates) / 3)
    with pytest.raises(ValueError, match="histories: expected .* got 1"):
        table.add_seeds("one", nn.Linear(2, 3), (1, 2), histories[:1])
