"""Measure speed: python -m bench [COMPARISON ...].

Each comparison writes ``results/bench-<name>.json``, of which the results
page makes a table; ``bench.toml`` has its title, text and columns. The sides
of a comparison run in turns on the same computer.
"""

import base64
import contextlib
import copy
import functools
import io
import json
import re
import shutil
import sys
import time
import tomllib
from statistics import median
from unittest import mock

import numpy as np
import torch
from notebook_code import ROOT, lesson
from PIL import Image
from torch import nn

import course_utils as cu
from course_utils import standin
from course_utils.explore.figure import script

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


def compare(name, sides, rounds, tolerance):
    """Train with all sides in turns; return a row for each.

    The first is what the others are compared with. Where the losses that
    they print differ by a larger share than the tolerance, times mean
    nothing, and no row is made.
    """
    times, printed = in_turns(sides, rounds)
    base = next(iter(sides))
    losses = {
        side: np.float64([re.search(r"loss ([^\s,]+)", t)[1] for t in texts])
        for side, texts in printed.items()
    }
    rows = []
    for side in sides:
        apart = abs(losses[side] / losses[base] - 1).max()
        if not apart <= tolerance:
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
    }
    ending = "" if torch.device(device).type == "cpu" else "-gpu"
    path = RESULTS / f"bench-{name}{ending}.json"
    path.write_text(f"{json.dumps(content, indent=1)}\n", encoding="utf-8")
    print(f"wrote {path}")


# --- d2l: the same batches, the same losses -------------------------------

# Net: its lesson and function, side of the images or None, batch size,
# learning rate, images, tolerance, rounds. With resize, pixels may differ by
# one gray level of 255: PIL rounds twice.
BESIDE_D2L = {
    "LeNet": ("05", "lenet", None, 256, 0.9, (60_000, 10_000), 1e-3, 9),
    "NiN": ("07", "nin", 67, 128, 0.1, (2_048, 512), 1e-2, 5),
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


def train_with(side, name, images, seed):
    """Train a net for an epoch with the code of one side."""
    number, net, pixels, batch_size, lr, *_ = BESIDE_D2L[name]
    load, train_ch6 = our_loaders, cu.train_ch6
    if side == "d2l":
        from d2l.torch import train_ch6

        load = d2l_loaders
    loaders = load(batch_size, pixels, images, seed)
    torch.manual_seed(seed)
    return timed(train_ch6, lesson(number)[net](), *loaders, 1, lr, DEVICE)


def beside_d2l(name, images=None, rounds=None):
    """Compare for one net; with fewer images and rounds for a try."""
    *_, pixels, _, _, all_images, tolerance, all_rounds = BESIDE_D2L[name]
    images = images or all_images
    sides = {
        side: functools.partial(train_with, side, name, images)
        for side in ("d2l", "course_utils")
    }
    rows = compare(name, sides, rounds or all_rounds, tolerance)
    count = " + ".join(f"{count:,}" for count in images)
    return [{**row, "pixels": pixels or 28, "images": count} for row in rows]


def compare_d2l():
    """Train with d2l, and with course_utils."""
    source = cu.load_data_fashion_mnist(256)[0].source
    rows = [row for name in BESIDE_D2L for row in beside_d2l(name)]
    return rows, [source], DEVICE


# --- The page: LeNet in JavaScript, one thread ----------------------------


def torch_epoch(net, X, y, lr, batch_size):
    """Train a copy of a net for an epoch on images in memory."""
    net = copy.deepcopy(net)
    optimizer, total = torch.optim.SGD(net.parameters(), lr=lr), 0.0
    for X_part, y_part in zip(X.split(batch_size), y.split(batch_size)):
        optimizer.zero_grad()
        l = nn.functional.cross_entropy(net(X_part), y_part)
        l.backward()
        optimizer.step()
        total += l.item() * len(y_part)
    print(f"loss {total / len(y):.5f}")


def compare_page(rounds=9):
    """Train LeNet for an epoch, in PyTorch on one core and in Chromium."""
    from playwright.sync_api import sync_playwright

    data, lr, batch_size = standin.load("fashion_mnist"), 0.1, 256
    X = torch.from_numpy(data["x_train"][:3872, None]) / 255
    y = torch.from_numpy(data["y_train"][:3872]).long()
    torch.manual_seed(0)
    net = lesson("05")["lenet"]().apply(cu.init_xavier)
    flat = iter([p.detach().flatten().tolist() for p in net.parameters()])
    layers = [{"weight": weight, "bias": next(flat)} for weight in flat]
    settings = {"activation": "sigmoid", "pool": "average", "momentum": 0}
    settings |= {"lr": lr, "batch": batch_size}
    pixels = base64.b64encode(data["x_train"][:3872].tobytes()).decode()
    torch.set_num_threads(1)
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path)
        page = browser.new_page()
        code = f"const explorers = {{}};{script('train_lenet')}"
        epoch = (ROOT / "tools" / "bench_page.js").read_text("utf-8")
        page.evaluate(
            f"(given) => {{ {code} return ({epoch})(given); }}",
            [settings, layers, pixels],
        )

        def in_page(_):
            seconds, loss = page.evaluate("epoch()")
            return seconds, f"loss {loss:.5f}"

        in_page(0)  # the browser compiles what is used often
        sides = {
            "PyTorch": lambda _: timed(
                torch_epoch, net, X, y, lr, batch_size
            ),
            "JavaScript, Chromium": in_page,
        }
        rows = compare("LeNet, in one thread", sides, rounds, 1e-3)
        browser.close()
    for row in rows:
        row["rate"] = f"{len(y) / row['seconds']:,.0f}"
    return rows, [data["source"]], "cpu"


COMPARISONS = {
    "d2l": compare_d2l,
    "page": compare_page,
}


def main(names):
    """Run the comparisons of these names, or all of them."""
    for name in names or COMPARISONS:
        save(name, *COMPARISONS[name]())


if __name__ == "__main__":
    main(sys.argv[1:])
