"""Two processes learn what one learns, with the same global batch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from distributed_training import Part
from examples import make_loader, random_arrays

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "distributed_training.py"


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_parts_make_up_the_batch(processes):
    """Each image goes to one process, augmented as without the others."""
    options = {"count": 50, "batch_size": 8, "flip": True, "crop": 1}
    whole = list(make_loader(seed=4, **options))
    parts = [
        list(Part(make_loader(seed=4, **options), rank, processes))
        for rank in range(processes)
    ]
    for i, (X, y) in enumerate(whole):
        rows = len(y) // processes * processes
        pieces = [part[i] for part in parts]
        assert {len(labels) for _, labels in pieces} == {rows // processes}
        joined = torch.stack([images for images, _ in pieces], dim=1)
        assert torch.equal(joined.flatten(0, 1), X[:rows])
        labels = torch.stack([labels for _, labels in pieces], dim=1)
        assert torch.equal(labels.flatten(), y[:rows])


def test_a_part_is_seeded_as_its_loader():
    loader = make_loader(seed=4)
    part = Part(loader, 0, 2)
    assert part.generator is loader.generator
    assert len(part) == len(loader) and part.source == loader.source


def train(folder, processes, *options):
    """Run the script with torchrun; return the history as a dict."""
    path = folder / "history.json"
    found = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        + [f"--nproc_per_node={processes}", SCRIPT, "--depth", "8"]
        + ["--epochs", "2", *options, "--save", path],
        env={
            **os.environ,
            "COURSE_DATA": str(folder / "data"),
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[0].startswith(f"{processes} processes")
    assert len(found.stdout.splitlines()) == 3
    return json.loads(path.read_text())


@pytest.mark.ci
def test_two_processes_learn_what_one_learns(tmp_path):
    """Classes of different brightness, so that there is something to learn.

    Without batch norm, for each process normalizes its own part.
    """
    (tmp_path / "data").mkdir()
    parts = random_arrays("cifar10", 320, 40)
    for split in ("train", "test"):
        shade = parts[f"y_{split}"].reshape(-1, 1, 1, 1) * 20
        parts[f"x_{split}"] = (parts[f"x_{split}"] // 8 + shade).astype("u1")
    np.savez(tmp_path / "data" / "cifar10.npz", **parts, source="noise")
    one, two = (train(tmp_path, n, "--no-norm", "--float32") for n in (1, 2))
    assert one["examples"] == [320, 320] and two["examples"] == [160, 160]
    assert two["loss"] == pytest.approx(one["loss"], rel=1e-4)
    assert two["train_acc"] == pytest.approx(one["train_acc"], abs=0.02)
    assert two["test_acc"] == pytest.approx(one["test_acc"], abs=0.06)
    assert one["loss"][1] < one["loss"][0]
    with_norm = train(tmp_path, 2)
    assert all(np.isfinite(with_norm["loss"]))
