"""Whole epochs of d2l's training against ours: same batches, same losses.

d2l 1.0.3 runs as it is shipped: its train_ch6, and its loader with four
worker processes. Its data set is read from files in its own format, which
are written here, so that nothing is downloaded.
"""

import contextlib
import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

import numpy as np
import torch

import course_utils as cu  # before d2l, which imports torchvision

from . import nets
from .measure import DEVICE, in_turns, quiet, ratios, save, seconds, span

FILES = {"x": "images-idx3-ubyte", "y": "labels-idx1-ubyte"}
# name: net, side of the images or None, batch size, lr, images, tolerance.
# With resize, pixels may differ by one gray level of 255: PIL rounds twice.
# In an untrained ResNet-18, that changes the class of one image in forty.
CASES = {
    "LeNet": (nets.lenet, None, 256, 0.9, (60_000, 10_000), 1e-4),
    "NiN": (nets.nin, 67, 128, 0.1, (2_048, 512), 1e-2),
    # At d2l's rate of 0.05, its first steps amplify that difference.
    "ResNet-18": (nets.resnet18, 96, 128, 0.002, (768, 256), 3e-2),
}
COLUMNS = {
    "name": "net",
    "side": "pixels",
    "images": "images, training + test",
    "d2l_seconds": "d2l, s",
    "our_seconds": "course_utils, s",
    "ratio": "times as fast",
    "spread": "lowest to highest",
    "pairs": "pairs",
    "d2l_loss": "loss, d2l",
    "our_loss": "loss, course_utils",
    "weights": "largest difference of a weight",
}
TEXT = (
    "One epoch of training and the evaluation on the test images: "
    "`train_ch6` of d2l 1.0.3 with the loaders of its "
    "`load_data_fashion_mnist` (as shipped: four worker processes), against "
    "those of `course_utils`. Both see the same images in the same order "
    "and start from the same weights; with another loss at the end the "
    "measurement stops. They run in turns, each in a process of its own "
    "that waits while the other works. The seconds are medians, the ratio "
    "is the median over the pairs. LeNet and NiN are those of lessons 05 "
    "and 07, ResNet-18 is d2l's, made of the blocks of lesson 08. No option "
    "for speed is on. Neither side draws its curves, as there is no "
    "notebook. With resize, pixels can differ by one gray level, and so do "
    "losses and weights. ResNet-18 learns at 0.002, since at d2l's 0.05 the "
    "few steps here amplify that difference."
)


def write_data(folder, arrays, images):
    """Write the first images for d2l, and for course_utils.

    Parameters
    ----------
    folder : pathlib.Path
        Gets ``data/FashionMNIST/raw`` and ``data/fashion_mnist.npz``.
    arrays : course_utils.sources.Arrays of Fashion-MNIST
    images : (int, int)
        How many of training and test.
    """
    raw = folder / "data" / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    parts = {}
    for split, prefix, count in zip(
        ("train", "test"), ("train", "t10k"), images, strict=True
    ):
        for axis, ending in FILES.items():
            part = getattr(arrays, f"{axis}_{split}")[:count]
            parts[f"{axis}_{split}"] = part
            header = bytes([0, 0, 8, part.ndim])  # 8: unsigned bytes
            header += np.array(part.shape, ">i4").tobytes()
            path = raw / f"{prefix}-{ending}"
            path.write_bytes(header + part.tobytes())
    np.savez(folder / "data" / "fashion_mnist.npz", **parts)


def seeded_loaders(d2l, folder, batch_size, side, seed):
    """Return d2l's loaders with the order that course_utils has for a seed.

    The workers' seeds come from a generator of their own, or they would
    take numbers that dropout needs.
    """
    (folder / "work").mkdir(exist_ok=True)
    with contextlib.chdir(folder / "work"):  # it reads ../data
        loaders = d2l.load_data_fashion_mnist(batch_size, side)
    loaders[0].sampler.generator = torch.Generator().manual_seed(seed)
    for loader in loaders:
        loader.generator = torch.Generator()
    return loaders


def import_d2l():
    """Import d2l; return it and a list to which its animators come."""
    from d2l import torch as d2l

    shown = []

    class Animator(d2l.Animator):
        """Does what d2l's does, and can be found afterwards."""

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            shown.append(self)

    d2l.Animator = Animator
    return d2l, shown


def train_theirs(folder, name, seed):
    """Train for an epoch with d2l.

    Returns
    -------
    seconds : float
    result : tuple
        Loss, training accuracy, test accuracy, and all weights.
    """
    make_net, side, batch_size, lr, *_ = CASES[name]
    d2l, shown = import_d2l()
    loaders = seeded_loaders(d2l, folder, batch_size, side, seed)
    torch.manual_seed(seed)
    net = make_net()
    with quiet():
        spent, _ = seconds(
            lambda: d2l.train_ch6(net, *loaders, 1, lr, DEVICE)
        )
    (animator,) = shown
    d2l.plt.close(animator.fig)
    d2l.Animator = type(animator).__base__
    return spent, (*(line[-1] for line in animator.Y), weights_of(net))


def train_ours(folder, name, seed):
    """Train for an epoch with course_utils; return the same as for d2l."""
    make_net, side, batch_size, lr, *_ = CASES[name]
    loaders = cu.load_data_fashion_mnist(
        batch_size, side, root=folder / "data", device=DEVICE, seed=seed
    )
    torch.manual_seed(seed)
    net = make_net()
    with quiet():
        spent, history = seconds(
            lambda: cu.train_ch6(net, *loaders, 1, lr, DEVICE)
        )
    last = history.loss[-1], history.train_acc[-1], history.test_acc[-1]
    return spent, (*last, weights_of(net))


def weights_of(net):
    """Return all weights as one vector."""
    return torch.cat([p.detach().cpu().flatten() for p in net.parameters()])


def require_same(name, theirs, ours, tolerance):
    """Stop if two runs did not learn the same: then times mean nothing.

    The tolerance is a share of the loss, and points of the accuracy.
    """
    allowed = {"loss": tolerance * theirs[0], "training accuracy": tolerance}
    for what, a, b in zip(allowed, theirs, ours):
        if abs(a - b) > allowed[what]:
            raise RuntimeError(
                f"{name}: {what} is {a} with d2l and {b} with course_utils"
            )


def start_processes(method):
    """Set how this process starts others, such as d2l's loaders."""
    multiprocessing.set_start_method(method, force=True)


def worker():
    """Return a process that waits for work.

    Each side has its own: course_utils changes how a process allocates
    memory, and d2l must not profit from it. The workers of d2l's loaders
    start as everywhere else, not as this process does.
    """
    return ProcessPoolExecutor(
        1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=start_processes,
        initargs=(multiprocessing.get_start_method(),),
    )


def measure(name, pairs, images=None):
    """Return the row of one net.

    Parameters
    ----------
    name : str
        A key of ``CASES``.
    pairs : int
    images : (int, int), optional
        Fewer than the case has, for a try.
    """
    _, side, _, _, most, tolerance = CASES[name]
    arrays = cu.sources.load_arrays("fashion_mnist")
    with (
        tempfile.TemporaryDirectory() as folder,
        worker() as a,
        worker() as b,
    ):
        folder = Path(folder)
        write_data(folder, arrays, images or most)
        times, results = in_turns(
            {
                "d2l": lambda i: a.submit(
                    train_theirs, folder, name, i
                ).result(),
                "ours": lambda i: b.submit(
                    train_ours, folder, name, i
                ).result(),
            },
            pairs,
        )
    apart = 0.0
    for theirs, ours in zip(results["d2l"], results["ours"]):
        require_same(name, theirs, ours, tolerance)
        apart = max(apart, float((theirs[-1] - ours[-1]).abs().max()))
    middle, low, high = ratios(times["d2l"], times["ours"])
    print(f"{name}: {middle:.2f} ({span(low, high)})", flush=True)
    return {
        "name": name,
        "side": side or 28,
        "images": " + ".join(f"{n:,}" for n in images or most),
        "d2l_seconds": round(median(times["d2l"]), 2),
        "our_seconds": round(median(times["ours"]), 2),
        "ratio": round(middle, 2),
        "spread": span(low, high),
        "pairs": pairs,
        "d2l_loss": f"{results['d2l'][0][0]:.5f}",
        "our_loss": f"{results['ours'][0][0]:.5f}",
        "weights": f"{apart:.1e}" if apart else "0",
        "times": times,
    }


def main(pairs=9):
    """Measure all nets and write the file; large nets for fewer pairs."""
    rows = [measure(name, pairs if name == "LeNet" else 5) for name in CASES]
    source = cu.sources.load_arrays("fashion_mnist").source
    title = "An epoch with d2l 1.0.3 and with this course"
    save("d2l", title, TEXT, COLUMNS, rows, source, DEVICE)
