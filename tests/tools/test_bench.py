"""make bench: what it measures, and that its files say what was measured."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from bench import (
    against_d2l,
    against_limit,
    distributed,
    fast_net,
    growth,
    measure,
    memory,
    nets,
    options,
)
from examples import random_arrays

import course_utils as cu

FILES = sorted(measure.RESULTS.glob("bench-*.json"))


# What all comparisons share.


def test_sides_take_turns():
    calls = []

    def side(name):
        def run(i):
            calls.append((name, i))
            return float(i), name

        return run

    times, results = measure.in_turns({"a": side("a"), "b": side("b")}, 3)
    assert calls == [
        *[("a", 0), ("b", 0)],
        *[("b", 1), ("a", 1)],
        *[("a", 2), ("b", 2)],
    ]
    assert times == {"a": [0.0, 1.0, 2.0], "b": [0.0, 1.0, 2.0]}
    assert results == {"a": ["a"] * 3, "b": ["b"] * 3}


def test_ratios_are_those_of_pairs():
    """Not the ratio of the medians, which would be 2."""
    assert measure.ratios([1, 2, 12], [1, 1, 2]) == (2, 1, 6)
    assert measure.ratios([4, 2, 9], [1, 2, 3]) == (3, 1, 4)


def test_save_writes_what_the_page_needs(monkeypatch, tmp_path):
    monkeypatch.setattr(measure, "RESULTS", tmp_path)
    rows = [{"name": "a", "ratio": 2.0, "times": [1, 2]}]
    columns = {"name": "net", "ratio": "times as fast"}
    measure.save("try", "A try", "Text.", columns, rows, "noise")
    content = json.loads((tmp_path / "bench-try.json").read_text())
    assert content["rows"] == rows and content["columns"] == columns
    assert content["threads"] == torch.get_num_threads()
    assert content["versions"]["torch"] == torch.__version__


# The stored files.


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_stored_rows_fill_the_table(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["rows"] and content["text"] and content["data"]
    for row in content["rows"]:
        assert content["columns"].keys() <= row.keys()
    figure = content.get("figure")
    assert not figure or (path.parent / figure["file"]).exists()


def stored(name):
    path = measure.RESULTS / f"bench-{name}.json"
    if not path.exists():
        pytest.skip(f"{path.name} is not there: make bench writes it")
    return json.loads(path.read_text(encoding="utf-8"))["rows"]


@pytest.mark.parametrize(
    "name, slow, fast",
    [("d2l", "d2l", "ours"), ("limit", "ours", "limit")],
)
def test_stored_ratios_are_of_five_pairs_or_more(name, slow, fast):
    for row in stored(name):
        times = row["times"]
        assert len(times[slow]) == len(times[fast]) == row["pairs"] >= 5
        ratio, low, high = measure.ratios(times[slow], times[fast])
        assert row["ratio"] == pytest.approx(ratio, abs=0.006)
        for value in (low, high):
            assert f"{value:.2f}"[:-1] in row["spread"]


def test_stored_exponents_are_those_of_the_times():
    for row in stored("growth"):
        medians = np.median(row["times"], axis=1)
        assert medians.tolist() == pytest.approx(row["medians"])
        x, y = np.log(row["sizes"]), np.log(medians)
        slope = ((x - x.mean()) * (y - y.mean())).sum()
        slope /= ((x - x.mean()) ** 2).sum()
        assert row["exponent"] == pytest.approx(slope, abs=0.006)


def test_stored_memory_is_below_two_gigabytes():
    """The course's own goal for lessons 06 to 08."""
    rows = stored("memory")
    assert [row["name"][:2] for row in rows] == ["06", "07", "08"]
    for row in rows:
        assert 100 < float(row["peak"].replace(",", "")) < 2_000


# Against d2l.


@pytest.fixture
def written(tmp_path):
    """A folder with a small data set for both sides."""
    parts = random_arrays("fashion_mnist", 64, 20)
    arrays = type("Arrays", (), parts)
    against_d2l.write_data(tmp_path, arrays, (60, 20))
    return tmp_path


def test_both_sides_see_the_same_batches(written):
    """In d2l's own loaders, with their worker processes."""
    pytest.importorskip("d2l.torch", reason="d2l 1.0.3 is not installed")
    from d2l import torch as d2l

    theirs = against_d2l.seeded_loaders(d2l, written, 16, None, seed=3)
    assert theirs[0].num_workers == d2l.get_dataloader_workers() == 4
    ours = cu.load_data_fashion_mnist(
        16, root=written / "data", device="cpu", seed=3
    )
    state = torch.get_rng_state()
    for a, b in zip(theirs, ours, strict=True):
        for (X, y), (our_X, our_y) in zip(a, b, strict=True):
            assert torch.equal(y, our_y)
            torch.testing.assert_close(X, our_X, rtol=0, atol=1e-7)
    assert torch.equal(state, torch.get_rng_state())  # dropout's numbers


@pytest.mark.parametrize("loss, accuracy", [(2.31, 0.5), (2.3, 0.52)])
def test_other_losses_do_not_count(loss, accuracy):
    against_d2l.require_same("net", (2.3, 0.5), (2.3, 0.5), 1e-4)
    with pytest.raises(RuntimeError, match="with d2l and"):
        against_d2l.require_same("net", (2.3, 0.5), (loss, accuracy), 1e-3)


@pytest.mark.ci
def test_d2l_learns_the_same(monkeypatch, data_folder):
    """The whole comparison of LeNet, on few images."""
    pytest.importorskip("d2l.torch", reason="d2l 1.0.3 is not installed")
    parts = random_arrays("fashion_mnist", 1_300, 20)
    np.savez(data_folder / "fashion_mnist.npz", **parts, source="noise")
    row = against_d2l.measure("LeNet", 2, (1_300, 20))
    assert row["d2l_loss"] == row["our_loss"]
    assert float(row["weights"]) < 1e-5


# Against the limit.


def test_limit_and_train_ch6_learn_the_same(data_folder, monkeypatch):
    row, source = against_limit.measure("lesson 06", 2, 48)
    assert row["images"] == "48" and source == "cifar10"
    assert len(row["times"]["limit"]) == len(row["times"]["ours"]) == 2
    run = against_limit.run_limit
    monkeypatch.setattr(
        against_limit,
        "run_limit",
        lambda make_net, batches, lr, seed: run(
            make_net, batches[::-1], lr, seed
        ),
    )
    with pytest.raises(RuntimeError, match="the losses differ"):
        against_limit.measure("lesson 06", 2, 48)


def test_the_bar_is_drawn(data_folder, monkeypatch):
    """What it costs is part of what is measured."""
    screens = []

    class Kept(against_limit.Screen):
        def __init__(self):
            super().__init__()
            screens.append(self)

    monkeypatch.setattr(against_limit, "Screen", Kept)
    against_limit.measure("lesson 06", 1, 48)
    assert "batch" in screens[0].getvalue()


# Options.


def test_options_are_measured_beside_none(data_folder):
    chosen = [name for name in options.OPTIONS if name != "compile"]
    rows, source = options.measure("lesson 06", 2, chosen)
    assert [row["option"] for row in rows] == chosen
    assert rows[0]["ratio"] == 1 and rows[0]["difference"] == "+0.000"
    same = {row["option"]: row["accuracies"] for row in rows}
    assert same["fused SGD"] == same["none"]


@pytest.mark.skipif(not shutil.which("g++"), reason="g++ is not installed")
@pytest.mark.ci
def test_compile_learns_the_same(data_folder):
    # No dropout: compiled code draws other numbers for it.
    case = options.CASES["LeNet with batch norm"]
    loaders = case.load(64, device="cpu", seed=0)
    losses = [
        options.train(case, loaders, options.OPTIONS[name], 0)[1].loss
        for name in ("none", "compile")
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


# Growth.


@pytest.mark.parametrize("power", [0.5, 1, 2])
def test_slope_of_a_power_law(power):
    sizes = (16, 32, 64, 100)
    times = [3.1 * n**power for n in sizes]
    assert growth.slope(sizes, times) == pytest.approx(power)


def test_growth_and_its_figure(tmp_path, monkeypatch):
    monkeypatch.setitem(growth.SIZES, "depth", ((8, 14), 1))
    row = growth.measure("depth", 2)
    assert len(row["times"]) == len(row["medians"]) == 2
    growth.draw([row, row], tmp_path / "figure.svg")
    assert "<svg" in (tmp_path / "figure.svg").read_text()[:500]
    assert f"depth {row['exponent']:.2f} (expected 1)" in growth.describe(
        [row]
    )


# Memory and processes.


def test_peak_counts_what_was_taken():
    before = memory.peak()
    block = torch.ones(300_000_000, dtype=torch.uint8)
    assert memory.peak() > before + 100 or before > 600
    del block


def test_lessons_are_shortened_in_time_alone(data_folder, monkeypatch):
    from course_utils import results as recordings
    from course_utils import training
    from course_utils.loaders import TensorLoader

    for thing, name in (
        (TensorLoader, "__iter__"),
        (training, "_announce"),
        (recordings, "try_gpu"),
    ):
        monkeypatch.setattr(thing, name, getattr(thing, name))
    memory.shorten(2)
    loaders = cu.load_data_cifar10(8, device="cpu", seed=0)
    assert len(loaders[0].images) == 60 and len(list(loaders[0])) == 2
    history = cu.recorded(
        "08_resnet20",
        lambda: cu.train_ch6(
            nets.lesson_06_net(), *loaders, 9, 0.1, "cpu", init=None
        ),
    )
    assert history.recorded == "" and history.examples == [16]


def test_fast_net_learns_and_counts(data_folder):
    net, history = fast_net.train(0, num_epochs=2, images=60)
    assert history.examples == [60, 60] and history.loss[1] < history.loss[0]
    found = fast_net.row(net, [history, history])
    assert found["parameters"] == "1,972,792" and found["spread"] == "0.0000"


def test_difference_of_curves():
    assert distributed.largest_difference([1.0, 2.2], [1.0, 2.0]) == (
        pytest.approx(0.1)
    )


# The Makefile.


def test_make_bench_runs_every_comparison():
    from bench import __main__ as command

    package = Path(command.__file__).parent
    modules = {
        path.stem
        for path in package.glob("*.py")
        if "def main(" in path.read_text()
    }
    assert modules - {"__main__"} == set(command.NAMES)
    makefile = (measure.ROOT / "Makefile").read_text()
    assert re.search(r"^bench: setup ## .*\n\t.*-m bench", makefile, re.M)
    with pytest.raises(SystemExit, match="no comparison growht"):
        command.main(["growht"])
