"""Train lesson 05's networks with several seeds; write mean and spread.

python tools/measure_seeds.py [SEED ...]

The networks are those of the notebook, taken from its cells, so that they
cannot differ. Writes ``results/05_lenet_seeds.json``.
"""

import os
import statistics
import sys
from pathlib import Path

import torch
from notebook_code import NOTEBOOKS, code_cells

from course_utils import Table, train_ch6, try_gpu

RESULTS = Path(__file__).resolve().parent.parent / "results"
DEFINING = (
    "import time",
    "def lenet()",
    "def lenet_relu_first",
    "changes = {",
)


def lesson_namespace():
    """Run the cells of lesson 05 that define its networks and loaders."""
    path = next(p for p in NOTEBOOKS if p.name.startswith("05"))
    namespace = {"num_epochs": 10}
    for cell in code_cells(path):
        if any(mark in cell.source for mark in DEFINING):
            exec(compile(cell.source, str(path), "exec"), namespace)  # noqa: S102
    return namespace


def recipes(namespace):
    """Return name: (net, optimizer, learning rate, scheduler)."""
    sgd = torch.optim.SGD
    return {
        "sigmoid": (namespace["lenet"](), sgd, 0.9, None),
        "ReLU first": (namespace["lenet_relu_first"](), sgd, 0.9, None),
        **namespace["changes"],
    }


def main(seeds):
    namespace = lesson_namespace()
    device = try_gpu()
    train_iter, test_iter = namespace["load_data_fashion_mnist"](256, seed=0)
    if "stand-in" in train_iter.source:
        sys.exit("Fashion-MNIST is not here: nothing was measured")
    rows = []
    for name, (net, optimizer, lr, scheduler) in recipes(namespace).items():
        accuracies = [
            train_ch6(
                net,
                train_iter,
                test_iter,
                namespace["num_epochs"],
                lr,
                device,
                optimizer=optimizer,
                scheduler=scheduler,
                seed=seed,
            ).test_acc[-1]
            for seed in seeds
        ]
        rows.append(
            {
                "name": name,
                "epochs": namespace["num_epochs"],
                "seeds": len(seeds),
                "test_acc": statistics.mean(accuracies),
                "test_acc_std": statistics.stdev(accuracies),
            }
        )
    title = f"LeNet on Fashion-MNIST, mean of {len(seeds)} seeds"
    table = Table("05_lenet_seeds", title, train_iter.source, device)
    table.rows = rows
    os.environ["COURSE_RESULTS"] = str(RESULTS)
    table.save()


if __name__ == "__main__":
    chosen = [int(seed) for seed in sys.argv[1:]] or [0, 1, 2]
    main(chosen if len(chosen) > 1 else sys.exit("give at least two seeds"))
