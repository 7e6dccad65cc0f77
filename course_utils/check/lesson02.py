"""Checks for lesson 02, padding and stride."""

import copy
import math

import torch
from torch import nn

from .engine import exercise

__all__ = [
    "alias_frequency",
    "network_shapes",
    "same_padding",
    "unused_cells",
    "window_of",
]


@exercise(
    cases=[  # the rest of the division is often not 0
        (3, 2, 0, 2),
        (5, 3, 0, 1),
        (6, 3, 1, 2),
        (7, 3, 0, 2),
        (8, 3, 1, 3),
        (8, 5, 2, 4),
        (9, 4, 1, 3),
        (28, 5, 2, 4),
        (224, 11, 2, 4),
        (227, 11, 0, 4),
    ],
    mistakes={
        "the padding is missing: count in the padded "
        "input.": lambda n, k, p, s: (n - k) % s,
        "padding is added on both sides, so 2p cells.": lambda n, k, p, s: (
            (n + p - k) % s
        ),
        "windows overlap or leave gaps; steps fit into the way from the "
        "first start to the last possible one, "
        "n + 2p - k.": lambda n, k, p, s: (n + 2 * p) % s,
        "this is the number of windows; what is left after the last "
        "one?": lambda n, k, p, s: (n + 2 * p - k) // s + 1,
        "this is the number of full steps; what is left after "
        "them?": lambda n, k, p, s: (n + 2 * p - k) // s,
    },
)
def unused_cells(n, k, p, s):
    """Exercise 2.1: how many cells the floor leaves after the last window.

    From the sizes of input and kernel, the padding of each side and the
    stride to an int.
    """
    return (n + 2 * p - k) % s


def _split(total):
    return total // 2, total - total // 2


def _missing(n, k, s, out):
    """Count the cells that ``out`` windows need beside the input."""
    return (out - 1) * s + k - n


@exercise(
    cases=[
        (2, 2, 1),
        (4, 3, 1),
        (5, 2, 2),
        (5, 4, 1),
        (6, 3, 2),
        (7, 3, 2),
        (8, 2, 2),
        (8, 1, 4),
        (9, 1, 4),
        (10, 5, 3),
        (28, 5, 2),
        (224, 11, 4),
    ],
    mistakes={
        "k - 1 cells are right for a stride of 1 only; where does the last "
        "of ceil(n / s) windows end?": lambda n, k, s: _split(k - 1),
        "the odd cell is before the input; put it after.": lambda n, k, s: (
            same_padding.right(n, k, s)[::-1]
        ),
        "a padding is negative; where no cells are missing it is "
        "0.": lambda n, k, s: _split(_missing(n, k, s, math.ceil(n / s))),
        "the number of outputs is rounded down; n / s is rounded "
        "up.": lambda n, k, s: _split(max(_missing(n, k, s, n // s), 0)),
        "return a pair, before and after, and not their "
        "sum.": lambda n, k, s: sum(same_padding.right(n, k, s)),
    },
)
def same_padding(n, k, s):
    """Exercise 2.2: the padding for ceil(n / s) outputs.

    From the sizes of input and kernel and the stride to two ints: the
    cells before and after, the odd one after.
    """
    return _split(max(_missing(n, k, s, math.ceil(n / s)), 0))


def _networks():
    """Yield nets and the shapes of their inputs, from small to large."""
    yield nn.Sequential(nn.Conv2d(1, 1, 3)), (1, 5, 6)
    yield nn.Sequential(nn.ReLU(), nn.Conv2d(1, 4, 3, padding=1)), (1, 5, 6)
    yield nn.Sequential(nn.Conv2d(2, 3, 3, stride=2)), (2, 8, 7)
    yield nn.Sequential(nn.MaxPool2d(3, stride=2)), (4, 8, 9)
    yield nn.Sequential(nn.AvgPool2d((2, 3), padding=(0, 1))), (2, 9, 9)
    uneven = nn.Conv2d(1, 2, (3, 5), padding=(0, 1), stride=(3, 4))
    yield nn.Sequential(uneven), (1, 8, 8)
    yield nn.Sequential(nn.Conv2d(1, 8, 3, dilation=2)), (1, 9, 12)
    yield nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()), (1, 6, 7)
    lenet = nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),
        nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Conv2d(6, 16, kernel_size=5),
        nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Linear(120, 10),
    )
    yield lenet, (1, 28, 28)
    alexnet_stem = nn.Sequential(
        nn.Conv2d(3, 96, kernel_size=11, padding=2, stride=4),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(96, 256, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
    )
    yield alexnet_stem, (3, 131, 227)
    yield alexnet_stem, (3, 224, 224)


def _pair(value):
    return value if isinstance(value, tuple) else (value, value)


def _count(n, k, p, s, d):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def _calculator(
    count=_count,
    channels_of=lambda layer, shape: getattr(layer, "out_channels", shape[0]),
    order=1,
):
    """Make a calculator of shapes; the options are mistakes."""

    def layer_shape(layer, shape):
        if isinstance(layer, nn.Flatten):
            return (math.prod(shape),)
        if isinstance(layer, nn.Linear):
            return (*shape[:-1], layer.out_features)
        if not isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            return shape
        settings = [
            _pair(getattr(layer, name, 1))[::order]
            for name in ("kernel_size", "padding", "stride", "dilation")
        ]
        return (channels_of(layer, shape), *map(count, shape[1:], *settings))

    def network_shapes(net, shape):
        shapes = []
        for layer in net:
            shape = layer_shape(layer, shape)
            shapes.append(shape)
        return shapes

    return network_shapes


with torch.random.fork_rng(devices=[]):  # the weights are of no account
    NETWORKS = list(_networks())


@exercise(
    cases=NETWORKS,
    mistakes={
        "the padding is missing.": _calculator(
            lambda n, k, p, s, d: _count(n, k, 0, s, d)
        ),
        "padding is added on both sides, so 2p cells.": _calculator(
            lambda n, k, p, s, d: (n + p - d * (k - 1) - 1) // s + 1
        ),
        "the stride is missing.": _calculator(
            lambda n, k, p, s, d: _count(n, k, p, 1, d)
        ),
        "rounded up; the last step is taken only if it fits, so use the "
        "floor.": _calculator(
            lambda n, k, p, s, d: (
                math.ceil((n + 2 * p - d * (k - 1) - 1) / s) + 1
            )
        ),
        "a size is not a whole number; use // and not /.": _calculator(
            lambda n, k, p, s, d: (n + 2 * p - d * (k - 1) - 1) / s + 1
        ),
        "the dilation is missing: a kernel reaches over "
        "d(k - 1) + 1.": _calculator(
            lambda n, k, p, s, d: _count(n, k, p, s, 1)
        ),
        "rows and columns are swapped: in a pair, rows come "
        "first.": _calculator(order=-1),
        "a convolution returns out_channels channels, not those of its "
        "input.": _calculator(channels_of=lambda layer, shape: shape[0]),
        "the input's shape is in the list; begin after the first "
        "layer.": lambda net, shape: [shape, *_calculator()(net, shape)],
        "return the shapes after all layers, not after the last "
        "alone.": lambda net, shape: _calculator()(net, shape)[-1],
    },
)
def network_shapes(net, shape):
    """Exercise 2.3: the shapes through a network.

    From an ``nn.Sequential`` and the shape (c, h, w) of one input to the
    list of the shapes after each layer, without a batch axis.
    """
    X, shapes = torch.empty(1, *shape, device="meta"), []
    for layer in copy.deepcopy(net).to("meta"):  # PyTorch, without numbers
        X = layer(X)
        shapes.append(tuple(X.shape[1:]))
    return shapes


@exercise(
    cases=[
        (0, 10),
        (3, 10),
        (6, 10),
        (10, 10),
        (13, 10),
        (18, 10),
        (27, 10),
        (4000, 8000),
        (6000, 8000),
        (7000, 6000),
        (100_300, 8000),
    ],
    mistakes={
        "above rate / 2 a tone is mirrored: the answer is never above "
        "rate / 2.": lambda f, rate: f % rate,
        "the tone is mirrored at rate / 2; it does not start at 0 "
        "again.": lambda f, rate: f % (rate / 2),
        "right up to the rate; f may be many times as "
        "high.": lambda f, rate: rate - f if f > rate / 2 else f,
        "a tone below rate / 2 stays where it is.": lambda f, rate: abs(
            rate - f
        ),
        "the mirror stands at rate / 2, not at the rate.": lambda f, rate: (
            alias_frequency.right(f, 2 * rate)
        ),
        "a tone that is too high is mirrored, not held at "
        "rate / 2.": lambda f, rate: min(f, rate / 2),
    },
)
def alias_frequency(f, rate):
    """Exercise 2.4: where a tone appears after sampling.

    From a tone's frequency and the sampling rate, both in Hz, to a
    frequency from 0 to rate / 2, in Hz.
    """
    return min(f % rate, rate - f % rate)


def _reach(k, d):
    return d * (k - 1)


def _window(layers, i, padding=1, order=-1, reach=_reach):
    """Go from output i back to the input; the options are mistakes."""
    first = last = i
    for k, p, s, d in layers[::order]:
        first = first * s - padding * p
        last = last * s - padding * p + reach(k, d)
    return first, last


@exercise(
    cases=[
        ([(3, 0, 1, 1)], 0),
        ([(3, 0, 2, 1)], 2),
        ([(3, 1, 1, 1)], 0),
        ([(3, 0, 1, 2)], 1),
        ([(5, 2, 1, 1), (2, 0, 2, 1)], 3),
        ([(2, 0, 2, 1), (5, 2, 1, 1)], 3),
        ([(3, 1, 1, 1), (3, 2, 1, 2), (3, 4, 1, 4)], 5),
        ([(11, 2, 4, 1), (3, 0, 2, 1), (5, 2, 1, 1), (3, 0, 2, 1)], 4),
    ],
    mistakes={
        "the padding is missing: it moves each window p cells to the "
        "left.": lambda layers, i: _window(layers, i, padding=0),
        "the layers are taken first to last; go backward from the "
        "output.": lambda layers, i: _window(layers, i, order=1),
        "the dilation is missing: a kernel reaches over "
        "d(k - 1) + 1.": lambda layers, i: _window(
            layers, i, reach=lambda k, d: k - 1
        ),
        "the last cell is one too far in each layer: k cells from first end "
        "at first + k - 1.": lambda layers, i: _window(
            layers, i, reach=lambda k, d: d * k
        ),
        "do not cut off at 0; cells of padding count.": lambda layers, i: (
            max(_window(layers, i)[0], 0),
            _window(layers, i)[1],
        ),
    },
)
def window_of(layers, i):
    """Exercise 2.5: the input cells that one output depends on.

    From a list of (k, p, s, d), first layer first, and the number of an
    output to the first and the last cell.
    """
    return _window(layers, i)
