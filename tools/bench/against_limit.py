"""train_ch6 against the limit: the same steps, and nothing else.

The limit has every batch in memory before it starts, and only goes forward
and backward and steps. train_ch6 makes its batches, counts, shows a bar,
checks the weights, evaluates on a few images and keeps a history.
"""

import contextlib
import io
from statistics import median

import torch
from torch import nn

import course_utils as cu

from . import nets
from .measure import DEVICE, in_turns, ratios, save, seconds, span

# name: net, loader, batch size, lr, training images.
CASES = {
    "LeNet": (nets.lenet, cu.load_data_fashion_mnist, 256, 0.9, 20_480),
    "lesson 06": (nets.lesson_06_net, cu.load_data_cifar10, 16, 0.01, 4_096),
    "ResNet-20": (
        lambda: nets.cifar_net(20),
        cu.load_data_cifar10,
        128,
        0.1,
        640,
    ),
}
COLUMNS = {
    "name": "net",
    "batch_size": "batch size",
    "images": "images",
    "limit_seconds": "limit, s",
    "our_seconds": "train_ch6, s",
    "ratio": "train_ch6 : limit",
    "spread": "lowest to highest",
    "pairs": "pairs",
    "same": "same loss",
}
TEXT = (
    "One epoch of `train_ch6` with its loader, metrics, progress bar and "
    "history, and an evaluation on 16 images, against the limit: the same "
    "batches prepared in memory, and for each of them forward, backward "
    "and step, nothing else. Both run in turns in one process and start "
    "from the same weights. The seconds are medians, the ratio is the "
    "median over the pairs; 1.00 would be the limit itself."
)


class Screen(io.StringIO):
    """A place to print to that looks like a terminal, so a bar is drawn."""

    def isatty(self):
        return True


def run_limit(make_net, batches, lr, seed):
    """Go over batches in memory; return seconds and the mean loss."""
    torch.manual_seed(seed)
    net = make_net()
    net.apply(cu.init_xavier).to(DEVICE).train()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    loss, losses = nn.CrossEntropyLoss(), []

    def run():
        for X, y in batches:
            optimizer.zero_grad()
            l = loss(net(X), y)
            l.backward()
            optimizer.step()
            losses.append(l.detach())

    spent, _ = seconds(run)
    sizes = torch.tensor([len(y) for _, y in batches])
    means = torch.stack(losses).cpu()
    return spent, float((means * sizes).sum() / sizes.sum())


def run_train_ch6(make_net, loader, few, lr, seed):
    """Train an epoch with train_ch6; return seconds and the mean loss."""
    torch.manual_seed(seed)
    net = make_net()
    loader.generator.manual_seed(0)  # the order of the limit's batches
    with contextlib.redirect_stdout(Screen()):
        spent, history = seconds(
            lambda: cu.train_ch6(net, loader, few, 1, lr, DEVICE)
        )
    return spent, history.loss[-1]


def measure(name, pairs, images=None):
    """Return the row of one net, and the data's source."""
    make_net, load, batch_size, lr, most = CASES[name]
    train_iter, test_iter = load(batch_size, device=DEVICE, seed=0)
    loader = train_iter.subset(slice(images or most), seed=0)
    few = test_iter.subset(slice(16))
    batches = list(loader)
    times, losses = in_turns(
        {
            "limit": lambda i: run_limit(make_net, batches, lr, i),
            "ours": lambda i: run_train_ch6(make_net, loader, few, lr, i),
        },
        pairs,
    )
    apart = max(abs(a / b - 1) for a, b in zip(*losses.values()))
    if apart > 1e-3:
        raise RuntimeError(f"{name}: the losses differ by {apart:.1%}")
    middle, low, high = ratios(times["ours"], times["limit"])
    print(f"{name}: {middle:.3f} ({span(low, high, 3)})", flush=True)
    return {
        "name": name,
        "batch_size": batch_size,
        "images": f"{len(loader.labels):,}",
        "limit_seconds": round(median(times["limit"]), 2),
        "our_seconds": round(median(times["ours"]), 2),
        "ratio": round(middle, 3),
        "spread": span(low, high, 3),
        "pairs": pairs,
        "same": f"to {apart:.0e}" if apart else "yes",
        "times": times,
    }, train_iter.source


def main(pairs=15):
    """Measure all nets and write the file."""
    rows, sources = zip(*(measure(name, pairs) for name in CASES))
    title = "train_ch6 against the bare steps"
    data = "; ".join(dict.fromkeys(sources))
    save("limit", title, TEXT, COLUMNS, list(rows), data, DEVICE)
