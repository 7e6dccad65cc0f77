"""Small data, nets and loaders that the tests are run on."""

import itertools
import subprocess
import sys

import numpy as np
import torch

from course_utils.loaders import TensorLoader
from course_utils.sources import DATA_SETS


def random_arrays(name, train=60, test=20, seed=0):
    """Return a small data set of noise, as keyword arguments of savez."""
    rng = np.random.default_rng(seed)
    parts = {}
    for split, count in (("train", train), ("test", test)):
        shape = (count, *DATA_SETS[name].image_shape)
        parts[f"x_{split}"] = rng.integers(0, 256, shape, dtype=np.uint8)
        parts[f"y_{split}"] = (np.arange(count) % 10).astype(np.uint8)
    return parts


def make_batches(num_batches=6, batch_size=8, classes=3, side=6, seed=0):
    """Return a list of random batches that a net can learn."""
    generator = torch.Generator().manual_seed(seed)
    batches = []
    for _ in range(num_batches):
        y = torch.randint(classes, (batch_size,), generator=generator)
        X = torch.rand(batch_size, 1, side, side, generator=generator)
        X[torch.arange(batch_size), 0, y] += 2.0
        batches.append((X, y))
    return batches


def make_loader(count=50, batch_size=8, seed=None, **options):
    """Return a shuffling TensorLoader over noise with three classes."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 6, 6), dtype=np.uint8)
    labels = torch.arange(count) % 3
    return TensorLoader(
        torch.from_numpy(images),
        labels,
        batch_size,
        shuffle=True,
        device="cpu",
        seed=seed,
        **options,
    )


def small_net(seed=0):
    """Return a net with a convolution, batch norm and dropout."""
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Dropout(0.3),
        torch.nn.Linear(64, 3),
    )


def loss_with(action, at):
    """Return the default loss, with an action on its value at one call.

    A checkpoint takes it for the default loss.
    """
    loss, calls = torch.nn.CrossEntropyLoss(), itertools.count(1)
    loss.register_forward_hook(
        lambda module, arguments, value: (
            action(value) if next(calls) == at else None
        )
    )
    return loss


def interrupt(value):
    raise KeyboardInterrupt


def same_weights(a, b):
    """Tell whether two nets are equal, bit for bit."""
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def run_python(code, **options):
    """Run code in a process of its own; return what it printed."""
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        **options,
    ).stdout
