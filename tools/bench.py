"""Measure speed and memory: python -m bench [COMPARISON ...].

Each comparison writes ``results/bench-<name>.json``, of which the results
page makes a table; ``bench.toml`` has its title, text and columns. The sides
of a comparison run in turns on the same computer.
"""

import contextlib
import functools
import inspect
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from statistics import mean, median, stdev
from unittest import mock

import fast_net
import nbformat
import numpy as np
import torch
from nbclient import NotebookClient
from notebook_code import NOTEBOOKS, ROOT, lesson
from PIL import Image
from torch import nn

import course_utils as cu

RESULTS = ROOT / "results"
DEVICE = cu.try_gpu()
lesson = functools.cache(lesson)


# --- What all comparisons share -------------------------------------------


def timed(function, *arguments, **options):
    """Call a function; return its seconds and what it printed."""
    printed = io.StringIO()
    start = time.perf_counter()
    with contextlib.redirect_stdout(printed):
        function(*arguments, **options)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start, printed.getvalue()


def in_turns(sides, rounds):
    """Run all sides once each round, every other round in reverse.

    So a computer that gets slower or busier treats all sides alike. A side
    is called with the number of the round, and returns seconds and a
    result, as `timed` does. Returns a list of each, by side.
    """
    times = {name: [None] * rounds for name in sides}
    results = {name: [None] * rounds for name in sides}
    for i in range(rounds):
        for name in sides if i % 2 == 0 else reversed(sides):
            times[name][i], results[name][i] = sides[name](i)
            print(f"  {i + 1}, {name}: {times[name][i]:.2f} s", flush=True)
    return times, results


def printed_numbers(word, texts):
    """Return the number after a word in each text, such as its loss."""
    return [float(re.search(rf"{word} ([^\s,]+)", text)[1]) for text in texts]


def compare(name, sides, rounds, tolerance=None):
    """Train with all sides in turns; return a row for each.

    The first is what the others are compared with. Where the losses that
    they print differ by a larger share than the tolerance, times mean
    nothing, and no row is made.
    """
    times, printed = in_turns(sides, rounds)
    base = next(iter(sides))
    losses = {
        side: np.array(printed_numbers("loss", texts))
        for side, texts in printed.items()
    }
    rows = []
    for side in sides:
        apart = abs(losses[side] / losses[base] - 1).max()
        if tolerance is not None and not apart <= tolerance:
            raise RuntimeError(f"{name}: the losses differ: {losses}")
        ratios = np.divide(times[base], times[side])
        row = {
            "name": name,
            "side": side,
            "seconds": round(median(times[side]), 2),
            "ratio": round(median(ratios), 2),
            "spread": f"{min(ratios):.2f} to {max(ratios):.2f}",
            "rounds": rounds,
            "loss": f"{losses[side].mean():.3f}",
            "times": times[side],
        }
        if all("test acc" in text for text in printed[side]):
            accuracies = printed_numbers("test acc", printed[side])
            spread = stdev(accuracies) if rounds > 1 else 0
            row["accuracy"] = f"{mean(accuracies):.3f} ± {spread:.3f}"
            row["accuracies"] = accuracies
        rows.append(row)
    return rows


def save(name, rows, sources, device="cpu"):
    """Write a comparison to ``results/bench-<name>.json``.

    On a GPU the file's name ends in ``-gpu``: that of a CPU stays. Rows may
    hold more than the page shows, such as each round's seconds.
    """
    words = tomllib.loads((ROOT / "tools" / "bench.toml").read_text("utf-8"))
    content = {
        **words[name],
        "data": "; ".join(dict.fromkeys(sources)),
        **cu.environment(device),
        "threads": torch.get_num_threads(),
        "rows": rows,
        "published": [],
    }
    ending = "" if torch.device(device).type == "cpu" else "-gpu"
    path = RESULTS / f"bench-{name}{ending}.json"
    path.write_text(f"{json.dumps(content, indent=1)}\n", encoding="utf-8")
    print(f"wrote {path}")


def gray_resnet18():
    """Return torchvision's ResNet-18 for images of one channel."""
    from torchvision.models import resnet18

    net = resnet18(num_classes=10)
    net.conv1 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
    return net


NETS = {
    "LeNet": lambda: lesson("05")["lenet"](),
    "LeNet with batch norm": lambda: lesson("05")["lenet_variant"](
        nn.ReLU, nn.MaxPool2d, True
    ),
    "lesson 06": lambda: lesson("06")["Net"](),
    "NiN": lambda: lesson("07")["nin"](),
    "ResNet-18": gray_resnet18,
    "ResNet-20": lambda: lesson("08")["cifar_net"](20),
}


def seeded(name, seed):
    """Return a net as a seed makes it."""
    torch.manual_seed(seed)
    return NETS[name]()


# --- d2l: the same batches, the same losses -------------------------------

# Net: side of the images or None, batch size, learning rate, images,
# tolerance, rounds. With resize, pixels may differ by one gray level of 255:
# PIL rounds twice. That changes the class of one image in forty in an
# untrained ResNet-18, and at d2l's rate of 0.05 its first steps amplify it.
BESIDE_D2L = {
    "LeNet": (None, 256, 0.9, (60_000, 10_000), 1e-3, 9),
    "NiN": (67, 128, 0.1, (2_048, 512), 1e-2, 5),
    "ResNet-18": (96, 128, 0.002, (768, 256), 3e-2, 5),
}


def our_loaders(batch_size, pixels, images, seed, device=DEVICE):
    """Return our loaders of the first images of training and test."""
    loaders = cu.load_data_fashion_mnist(batch_size, pixels, device=device)
    return [
        loader.subset(slice(count), seed=seed)
        for loader, count in zip(loaders, images)
    ]


class Stored(torch.utils.data.Dataset):
    """Gives our images as torchvision does, without a download."""

    def __init__(self, loaders, root, train, transform, download):
        loader = loaders[0 if train else 1]
        self.images, self.labels = loader.images[:, 0].numpy(), loader.labels
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = Image.fromarray(self.images[i])
        return self.transform(image), int(self.labels[i])


def d2l_loaders(batch_size, pixels, images, seed):
    """Return d2l's loaders, with our images, in the order of ours."""
    from d2l import torch as d2l
    from torchvision import datasets

    ours = our_loaders(batch_size, None, images, seed, "cpu")
    stored = functools.partial(Stored, ours)
    with mock.patch.object(datasets, "FashionMNIST", stored):
        loaders = d2l.load_data_fashion_mnist(batch_size, pixels)
    loaders[0].sampler.generator = torch.Generator().manual_seed(seed)
    for loader in loaders:  # or the workers' seeds take dropout's numbers
        loader.generator = torch.Generator()
    return loaders


def bare_steps(net, train_batches, test_batches, num_epochs, lr, device):
    """Train for an epoch on batches in memory, and do nothing else."""
    net.apply(cu.init_xavier).to(device).train()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    loss, losses = nn.CrossEntropyLoss(), []
    for X, y in train_batches:
        optimizer.zero_grad()
        l = loss(net(X), y)
        l.backward()
        optimizer.step()
        losses.append(l.detach() * len(y))
    test_acc = cu.evaluate_accuracy(net, test_batches)
    count = sum(len(y) for _, y in train_batches)
    print(f"loss {sum(losses) / count:.3f}, test acc {test_acc:.3f}")


def train_with(side, name, images, seed):
    """Train a net for an epoch with the code of one side."""
    pixels, batch_size, lr, *_ = BESIDE_D2L[name]
    load, train_ch6 = our_loaders, cu.train_ch6
    if side == "d2l":
        from d2l.torch import train_ch6

        load = d2l_loaders
    loaders = load(batch_size, pixels, images, seed)
    if side == "bare steps":
        train_ch6, loaders = bare_steps, map(list, loaders)
    return timed(train_ch6, seeded(name, seed), *loaders, 1, lr, DEVICE)


def beside_d2l(name, images=None, rounds=None):
    """Compare for one net; with fewer images and rounds for a try."""
    pixels, _, _, all_images, tolerance, all_rounds = BESIDE_D2L[name]
    images = images or all_images
    sides = {
        side: functools.partial(train_with, side, name, images)
        for side in ("d2l", "course_utils", "bare steps")
    }
    rows = compare(name, sides, rounds or all_rounds, tolerance)
    count = " + ".join(f"{count:,}" for count in images)
    return [{**row, "pixels": pixels or 28, "images": count} for row in rows]


def compare_d2l():
    """Train with d2l, with course_utils, and with the bare steps."""
    source = cu.load_data_fashion_mnist(256)[0].source
    rows = [row for name in BESIDE_D2L for row in beside_d2l(name)]
    return rows, [source], DEVICE


# --- options: for speed, one at a time ------------------------------------

SGD = functools.partial(torch.optim.SGD, momentum=0.9)
OPTIONS = {
    "none": {},
    "amp": {"amp": True},
    "channels_last": {"channels_last": True},
    "amp, channels_last": {"amp": True, "channels_last": True},
    "fused SGD": {"optimizer": functools.partial(SGD, fused=True)},
    "compile": {"compile": True},
}
WITH_OPTIONS = {  # net: loader, batch size, learning rate, start, images
    "LeNet with batch norm": (
        cu.load_data_fashion_mnist,
        *(256, 0.05, cu.init_xavier, (10_240, 5_000)),
    ),
    "lesson 06": (cu.load_data_cifar10, 16, 0.01, None, (2_048, 2_000)),
    "ResNet-20": (
        cu.load_data_cifar10,
        *(128, 0.1, lesson("08")["init_he"], (1_280, 1_000)),
    ),
}


def with_options(name, rounds, chosen=tuple(OPTIONS), images=None):
    """Compare for one net; return rows, and the source of the data."""
    load, batch_size, lr, init, most = WITH_OPTIONS[name]
    whole = load(batch_size, device="cpu")
    loaders = [
        loader.subset(slice(count), seed=0)
        for loader, count in zip(whole, images or most)
    ]

    def train(option, seed):
        torch.compiler.reset()  # or the seeds fill a cache of eight entries
        options = {"optimizer": SGD, "init": init, **OPTIONS[option]}
        net, seconds = seeded(name, seed), []

        def run():
            history = cu.train_ch6(
                net, *loaders, 3, lr, "cpu", seed=seed, **options
            )
            seconds.extend(history.seconds)

        _, printed = timed(run)
        return mean(seconds[1:]), printed

    train("none", 0)  # warm up
    sides = {key: functools.partial(train, key) for key in chosen}
    return compare(name, sides, rounds), whole[0].source


def compare_options(rounds=5):
    """Train with each option, and with none."""
    rows, sources = zip(
        *(with_options(name, rounds) for name in WITH_OPTIONS)
    )
    return sum(rows, []), sources


# --- distributed: one process and two -------------------------------------


def train_distributed(processes, threads, options):
    """Train with so many processes; return the history as a dict."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "history.json")
        command = [sys.executable, "-m", "torch.distributed.run"]
        command += ["--standalone", f"--nproc_per_node={processes}"]
        command += [ROOT / "tools" / "distributed_training.py", *options]
        command += ["--depth=8", "--images=2560", "--epochs=3", "--float32"]
        paths = os.pathsep.join([str(ROOT), *sys.path])
        settings = {"OMP_NUM_THREADS": str(threads), "PYTHONPATH": paths}
        environment = {**os.environ, **settings}
        subprocess.run(
            [*command, "--save", path], env=environment, check=True
        )
        return json.loads(path.read_text(encoding="utf-8"))


def compare_distributed():
    """Train two nets in one process and in two."""
    rows = []
    nets = {"without batch norm": ["--no-norm"], "with batch norm": []}
    for name, options in nets.items():
        reference = None
        for processes, threads in ((1, 2), (1, 1), (2, 1)):
            history = train_distributed(processes, threads, options)
            losses = np.array(history["loss"])
            reference = losses if reference is None else reference
            apart = abs(losses / reference - 1).max()
            rows.append(
                {
                    "name": name,
                    "processes": processes,
                    "threads": threads,
                    "loss": ", ".join(f"{l:.4f}" for l in losses),
                    "difference": f"{apart:.1e}" if apart else "",
                    "test_acc": f"{history['test_acc'][-1]:.3f}",
                    "history": history,
                }
            )
    return rows, [history["source"]]


# --- memory: of a lesson, in a kernel of its own --------------------------


def shorten(batches):
    """Let every pass over a loader end early, and train everything live."""
    import itertools

    import course_utils as cu

    whole, train_ch6 = cu.TensorLoader.__iter__, cu.train_ch6

    def train_an_epoch(net, train_iter, test_iter, num_epochs, *args, **more):
        return train_ch6(net, train_iter, test_iter, 1, *args, **more)

    cu.TensorLoader.__iter__ = lambda self: itertools.islice(
        whole(self), batches
    )
    cu.train_ch6 = train_an_epoch
    cu.recorded = lambda name, train, *arguments: train(*arguments)


PEAK = """
import resource
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_memory(path):
    """Run a lesson; each batch frees what the one before took."""
    notebook = nbformat.read(path, as_version=4)
    count = sum(cell.cell_type == "code" for cell in notebook.cells)
    first = f"{inspect.getsource(shorten)}\nshorten(10)"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
    notebook.cells.append(nbformat.v4.new_code_cell(PEAK))
    where = {"metadata": {"path": path.parent}}
    NotebookClient(notebook, timeout=None, resources=where).execute()
    megabytes = int(notebook.cells[-1].outputs[0].text) * 1024 / 1e6
    print(f"{path.stem}: {megabytes:.0f} MB", flush=True)
    return {"name": path.stem, "peak": f"{megabytes:,.0f}", "cells": count}


def compare_memory():
    """Run the lessons that train large nets."""
    rows = [peak_memory(path) for path in NOTEBOOKS if path.name[:2] > "05"]
    loads = cu.load_data_fashion_mnist, cu.load_data_cifar10
    return rows, [load(256, device="cpu")[0].source for load in loads]


# --- seeds: one recipe, several starts ------------------------------------


def row_of_seeds(name, net, histories):
    """Return the row of a net that was trained with several seeds."""
    accuracies = [history.test_acc[-1] for history in histories]
    seconds = [sum(history.seconds) for history in histories]
    return {
        "name": name,
        "parameters": f"{sum(p.numel() for p in net.parameters()):,}",
        "epochs": len(histories[0]),
        "seeds": len(histories),
        "test_acc": f"{mean(accuracies):.4f}",
        "spread": f"{stdev(accuracies):.4f}",
        "seconds": f"{mean(seconds):.1f}",
        "each": accuracies,
    }


def compare_seeds(seeds=3, epochs=10):
    """Train the nets of lesson 05, with several seeds each."""
    code = lesson("05", "changes")
    sgd = torch.optim.SGD
    nets = {
        "sigmoid": (code["lenet"](), sgd, 0.9, None),
        "ReLU first": (code["lenet_relu_first"](), sgd, 0.9, None),
        **code["changes"],
    }
    loaders = cu.load_data_fashion_mnist(256, seed=0)
    rows = []
    for name, (net, optimizer, lr, scheduler) in nets.items():
        options = {"optimizer": optimizer, "scheduler": scheduler}
        histories = [
            cu.train_ch6(
                net, *loaders, epochs, lr, DEVICE, seed=seed, **options
            )
            for seed in range(seeds)
        ]
        rows.append(row_of_seeds(name, net, histories))
    return rows, [loaders[0].source], DEVICE


def compare_fast_net(seeds=None):
    """Train the fast net ten times on a GPU, three times on a CPU."""
    seeds = seeds or (3 if DEVICE.type == "cpu" else 10)
    nets, histories = zip(*map(fast_net.train, range(seeds)))
    rows = [row_of_seeds("fast net", nets[0], histories)]
    return rows, [histories[0].source], DEVICE


COMPARISONS = {
    "d2l": compare_d2l,
    "options": compare_options,
    "distributed": compare_distributed,
    "memory": compare_memory,
    "seeds": compare_seeds,
    "fast_net": compare_fast_net,
}


def main(names):
    """Run the comparisons of these names, or all of them."""
    unknown = sorted(set(names) - set(COMPARISONS))
    if unknown:
        sys.exit(f"no comparison {unknown}; there are {list(COMPARISONS)}")
    for name in names or COMPARISONS:
        save(name, *COMPARISONS[name]())


if __name__ == "__main__":
    main(sys.argv[1:])
