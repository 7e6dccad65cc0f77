"""How the cost grows: with the batch, the image, the depth and the data.

Each size is timed several times, all of them in turns; the exponent is the
slope of a line through the logarithms. Writes a figure beside the JSON.
"""

from statistics import median

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

import course_utils as cu
from course_utils.style import CYCLE, use_course_style

from . import nets
from .measure import RESULTS, in_turns, quiet, save, seconds

# name: sizes, exponent to expect, what is timed.
SIZES = {
    "batch size": ((16, 32, 64, 128, 256), 1),
    "image side": ((16, 24, 32, 48, 64), 2),
    "depth": ((8, 14, 20, 32, 44, 56), 1),
    "images": ((128, 256, 512, 1_024), 1),
}
COLUMNS = {
    "name": "what grows",
    "range": "from, to",
    "timed": "what is timed",
    "expected": "expected exponent",
    "exponent": "measured exponent",
    "largest": "exponent of the two largest",
    "rounds": "rounds",
}
TEXT = (
    "Lesson 08's ResNet for CIFAR-10, with 20 layers, 64 images of 32 x 32 "
    "pixels a step, unless the table says otherwise. An exponent of 1 means "
    "that twice the size takes twice the time. All sizes are timed in "
    "turns; the exponent is the slope of a straight line through the "
    "logarithms of the medians. What every step costs whatever its size, "
    "such as starting each operation, makes measured exponents smaller. A "
    "larger one would point to a cost that should not be there."
)
FIGURE = "bench-growth.svg"


def step(batch_size=64, side=32, depth=20):
    """Return seconds of a training step of a net of this size."""
    torch.manual_seed(0)
    net = nets.cifar_net(depth)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    X = torch.rand(batch_size, 3, side, side)
    y = torch.randint(0, 10, (batch_size,))

    def run():
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(X), y).backward()
        optimizer.step()

    run()  # the first makes what later ones only use
    return seconds(run)


def epoch(count):
    """Return seconds of train_ch6 for an epoch on so many images."""
    train_iter, test_iter = cu.load_data_cifar10(64, device="cpu", seed=0)
    loader = train_iter.subset(slice(count), seed=0)
    few = test_iter.subset(slice(64))
    with quiet():
        return seconds(
            lambda: cu.train_ch6(
                nets.cifar_net(20), loader, few, 1, 0.01, "cpu"
            )
        )


TIMED = {
    "batch size": ("a step", lambda n: step(batch_size=n)),
    "image side": ("a step", lambda n: step(side=n)),
    "depth": ("a step", lambda n: step(depth=n)),
    "images": ("an epoch of train_ch6", epoch),
}


def slope(sizes, times):
    """Return the slope of a line through the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def measure(name, rounds):
    """Return the row of one kind of growth."""
    sizes, expected = SIZES[name]
    timed, run = TIMED[name]
    times, _ = in_turns({n: (lambda _, n=n: run(n)) for n in sizes}, rounds)
    medians = [median(times[n]) for n in sizes]
    print(f"{name}: {slope(sizes, medians):.2f}", flush=True)
    return {
        "name": name,
        "range": f"{sizes[0]:,} to {sizes[-1]:,}",
        "timed": timed,
        "expected": expected,
        "exponent": round(slope(sizes, medians), 2),
        "largest": round(slope(sizes[-2:], medians[-2:]), 2),
        "rounds": rounds,
        "sizes": sizes,
        "medians": medians,
        "times": list(times.values()),
    }


def draw(rows, path):
    """Draw time over size, relative to the smallest, with what to expect."""
    use_course_style()
    fig, axes = plt.subplots(1, len(rows), figsize=(9, 2.9), sharey=True)
    for ax, row, color in zip(axes, rows, CYCLE):
        sizes = np.array(row["sizes"])
        ax.loglog(
            sizes / sizes[0],
            np.array(row["medians"]) / row["medians"][0],
            "o-",
            color=color,
            label=f"measured: {row['exponent']:.2f}",
        )
        ax.loglog(
            sizes / sizes[0],
            (sizes / sizes[0]) ** row["expected"],
            "--",
            color="0.45",
            lw=1.2,
            label=f"expected: {row['expected']}",
        )
        ax.set(xlabel=f"{row['name']}, smallest = 1")
        ax.set_xticks([1, 2, 4, 8, 16], [1, 2, 4, 8, 16])
        ax.set_yticks([1, 2, 4, 8, 16], [1, 2, 4, 8, 16])
        ax.minorticks_off()
        ax.grid()
        ax.legend(title="exponent", fontsize=8, loc="lower right")
    axes[0].set(ylabel="time, smallest = 1")
    fig.savefig(path, metadata={"Date": None})
    plt.close(fig)


def describe(rows):
    """Return the figure's text for those who cannot see it."""
    parts = (
        f"{row['name']} {row['exponent']:.2f} (expected {row['expected']})"
        for row in rows
    )
    return (
        "Four panels with logarithmic axes: time against batch size, image "
        "side, depth and number of images, each beside a dashed line of the "
        f"expected slope. Measured exponents: {', '.join(parts)}."
    )


def main(rounds=9):
    """Measure all kinds of growth, write the file and its figure."""
    rows = [measure(name, rounds) for name in SIZES]
    with plt.rc_context({"svg.hashsalt": "growth"}):
        draw(rows, RESULTS / FIGURE)
    _, test_iter = cu.load_data_cifar10(64, device="cpu")
    title = "How the cost grows"
    figure = {"file": FIGURE, "alt": describe(rows)}
    save(
        "growth", title, TEXT, COLUMNS, rows, test_iter.source, figure=figure
    )
