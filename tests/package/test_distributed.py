"""Two processes learn what one learns, with the same global batch."""

import bench
import numpy as np
import pytest
import torch
from distributed_training import Part
from examples import make_loader, random_arrays


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_parts_make_up_the_batch(processes):
    """Each image goes to one process, augmented as without the others."""
    options = {"count": 50, "batch_size": 8, "flip": True, "crop": 1}
    whole = make_loader(seed=4, **options)
    parts = [
        Part(make_loader(seed=4, **options), rank, processes)
        for rank in range(processes)
    ]
    assert parts[0].generator is parts[0].loader.generator
    assert len(parts[0]) == len(whole) and parts[0].source == whole.source
    for (X, y), *pieces in zip(whole, *parts, strict=True):
        rows = len(y) // processes * processes
        assert {len(labels) for _, labels in pieces} == {rows // processes}
        joined = torch.stack([images for images, _ in pieces], dim=1)
        assert torch.equal(joined.flatten(0, 1), X[:rows])
        labels = torch.stack([labels for _, labels in pieces], dim=1)
        assert torch.equal(labels.flatten(), y[:rows])


@pytest.mark.nightly
def test_two_processes_learn_what_one_learns(data_folder):
    """Classes of different brightness, so that there is something to learn.

    Without batch norm, for each process normalizes its own part.
    """
    parts = random_arrays("cifar10", 320, 40)
    for split in ("train", "test"):
        shade = parts[f"y_{split}"].reshape(-1, 1, 1, 1) * 20
        parts[f"x_{split}"] = (parts[f"x_{split}"] // 8 + shade).astype("u1")
    np.savez(data_folder / "cifar10.npz", **parts, source="noise")
    one, two = (
        bench.train_distributed(processes, 1, ["--no-norm"])
        for processes in (1, 2)
    )
    assert one["examples"] == [320] * 3 and two["examples"] == [160] * 3
    assert two["loss"] == pytest.approx(one["loss"], rel=1e-4)
    assert two["train_acc"] == pytest.approx(one["train_acc"], abs=0.02)
    assert two["test_acc"] == pytest.approx(one["test_acc"], abs=0.06)
    assert one["loss"][2] < one["loss"][0]
    assert all(np.isfinite(bench.train_distributed(2, 1, [])["loss"]))
