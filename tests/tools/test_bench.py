"""make bench: what it measures, and that its files say what was measured."""

import json
import tomllib

import bench
import numpy as np
import pytest
import torch
from examples import random_arrays

import course_utils as cu

FILES = sorted(bench.RESULTS.glob("bench-*.json"))


def test_sides_take_turns():
    calls = []

    def side(name):
        def run(i):
            calls.append((name, i))
            return float(i), name

        return run

    times, results = bench.in_turns({"a": side("a"), "b": side("b")}, 3)
    first, second, third = calls[:2], calls[2:4], calls[4:]
    assert first == [("a", 0), ("b", 0)] and second == [("b", 1), ("a", 1)]
    assert third == [("a", 2), ("b", 2)]
    assert times == {"a": [0.0, 1.0, 2.0], "b": [0.0, 1.0, 2.0]}
    assert results == {"a": ["a"] * 3, "b": ["b"] * 3}


def test_ratios_are_those_of_pairs():
    """Not the ratio of the medians, which would be 2."""
    printed = "loss 2.300"
    sides = {
        "slow": lambda i: ((4, 2, 12)[i], printed),
        "fast": lambda i: ((4, 2, 2)[i], printed),
    }
    base, row = bench.compare("net", sides, 3, 1e-3)
    assert (base["ratio"], base["spread"]) == (1, "1.00 to 1.00")
    assert (row["ratio"], row["spread"]) == (1, "1.00 to 6.00")


@pytest.mark.parametrize("loss", ["2.320", "nan"])
def test_other_losses_do_not_count(loss):
    texts = {"a": "loss 2.300", "b": f"loss {loss}"}
    sides = {
        k: (lambda i, text=text: (1.0, text)) for k, text in texts.items()
    }
    with pytest.raises(RuntimeError, match="the losses differ"):
        bench.compare("net", sides, 2, 1e-3)


def test_a_gpu_keeps_the_file_of_a_cpu(monkeypatch, tmp_path):
    monkeypatch.setattr(bench, "RESULTS", tmp_path)
    monkeypatch.setattr(cu, "environment", lambda device: {"device": device})
    rows = [{"name": "a", "times": [1, 2]}]
    for device in ("cpu", "cuda:0"):
        bench.save("page", rows, ["noise", "noise", "more"], device)
    for name, device in (("page", "cpu"), ("page-gpu", "cuda:0")):
        content = json.loads((tmp_path / f"bench-{name}.json").read_text())
        assert content["rows"] == rows and content["device"] == device
        assert content["data"] == "noise; more"
        assert content["columns"]["rounds"] == "rounds"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_stored_rows_fill_the_table(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["rows"] and content["text"] and content["data"]
    for row in content["rows"]:
        assert content["columns"].keys() <= row.keys()


@pytest.mark.parametrize("name", bench.BESIDE_D2L)
def test_both_sides_see_the_same_batches(name, data_folder):
    """In d2l's own loaders, with their worker processes."""
    pytest.importorskip("d2l.torch", reason="d2l 1.0.3 is not installed")
    pixels = bench.BESIDE_D2L[name][2]
    arguments = (16, pixels, (50, 20), 3)
    theirs = bench.d2l_loaders(*arguments)
    ours = bench.our_loaders(*arguments)
    assert theirs[0].num_workers == 4
    state = torch.get_rng_state()
    for a, b in zip(theirs, ours, strict=True):
        for (X, y), (our_X, our_y) in zip(a, b, strict=True):
            assert torch.equal(y, our_y)
            tolerance = 1.01 / 255 if pixels else 1e-7
            torch.testing.assert_close(X, our_X, rtol=0, atol=tolerance)
    assert torch.equal(state, torch.get_rng_state())  # dropout's numbers


@pytest.mark.nightly
def test_d2l_learns_the_same(data_folder):
    """The whole comparison of LeNet, on few images."""
    pytest.importorskip("d2l.torch", reason="d2l 1.0.3 is not installed")
    parts = random_arrays("fashion_mnist", 1_300, 20)
    np.savez(data_folder / "fashion_mnist.npz", **parts, source="noise")
    rows = bench.beside_d2l("LeNet", (1_300, 20), 2)
    sides = [row["side"] for row in rows]
    assert sides == ["d2l", "course_utils"]
    assert len({row["loss"] for row in rows}) == 1


def test_every_comparison_has_its_words():
    words = tomllib.loads((bench.ROOT / "tools/bench.toml").read_text())
    assert words.keys() == bench.COMPARISONS.keys()
