"""Checks for lesson 02, padding and stride."""

import math

from torch import nn

from .engine import exercise, same_random_states

__all__ = [
    "alias_frequency",
    "network_shapes",
    "same_padding",
    "unused_cells",
    "window_of",
]


@exercise(cases=[  # the rest of the division is often not 0
    (3, 2, 0, 2), (5, 3, 0, 1), (6, 3, 1, 2), (7, 3, 0, 2), (8, 3, 1, 3),
    (8, 5, 2, 4), (9, 4, 1, 3), (28, 5, 2, 4), (224, 11, 2, 4),
    (227, 11, 0, 4),
], mistakes={
    "the padding is missing: count in the padded input.":
        lambda n, k, p, s: (n - k) % s,
    "padding is added on both sides, so 2p cells.":
        lambda n, k, p, s: (n + p - k) % s,
    "windows overlap or leave gaps; steps fit into the way from the first "
    "start to the last possible one, n + 2p - k.":
        lambda n, k, p, s: (n + 2 * p) % s,
    "this is the number of windows; what is left after the last one?":
        lambda n, k, p, s: (n + 2 * p - k) // s + 1,
    "this is the number of full steps; what is left after them?":
        lambda n, k, p, s: (n + 2 * p - k) // s,
})  # fmt: skip
def unused_cells(n, k, p, s):
    """Exercise 2.1: how many cells the floor leaves after the last window."""
    return (n + 2 * p - k) % s


@exercise(cases=[
    (2, 2, 1), (4, 3, 1), (5, 2, 2), (5, 4, 1), (6, 3, 2), (7, 3, 2),
    (8, 2, 2), (8, 1, 4), (9, 1, 4), (10, 5, 3), (28, 5, 2), (224, 11, 4),
], mistakes={
    "k - 1 cells are right for a stride of 1 only; where does the last of "
    "ceil(n / s) windows end?":
        lambda n, k, s: ((k - 1) // 2, k // 2),
    "the odd cell is before the input; put it after.":
        lambda n, k, s: same_padding.right(n, k, s)[::-1],
    "a padding is negative; where no cells are missing it is 0.":
        {"least": -math.inf},
    "the number of outputs is rounded down; n / s is rounded up.":
        {"rounded": math.floor},
    "return a pair, before and after, and not their sum.":
        lambda n, k, s: sum(same_padding.right(n, k, s)),
})  # fmt: skip
def same_padding(n, k, s, rounded=math.ceil, least=0):
    """Exercise 2.2: cells before and after, for ceil(n / s) outputs."""
    missing = max((rounded(n / s) - 1) * s + k - n, least)
    return missing // 2, missing - missing // 2


with same_random_states():  # the weights are of no account
    lenet = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.Linear(120, 10),
    )  # fmt: skip
    alexnet_stem = nn.Sequential(
        nn.Conv2d(3, 96, 11, padding=2, stride=4), nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(96, 256, 5, padding=2), nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
    )  # fmt: skip
    uneven = nn.Conv2d(1, 2, (3, 5), padding=(0, 1), stride=(3, 4))
    NETWORKS = [
        (nn.Sequential(nn.Conv2d(1, 1, 3)), (1, 5, 6)),
        (nn.Sequential(nn.ReLU(), nn.Conv2d(1, 4, 3, padding=1)), (1, 5, 6)),
        (nn.Sequential(nn.Conv2d(2, 3, 3, stride=2)), (2, 8, 7)),
        (nn.Sequential(nn.MaxPool2d(3, stride=2)), (4, 8, 9)),
        (nn.Sequential(nn.AvgPool2d((2, 3), padding=(0, 1))), (2, 9, 9)),
        (nn.Sequential(uneven), (1, 8, 8)),
        (nn.Sequential(nn.Conv2d(1, 8, 3, dilation=2)), (1, 9, 12)),
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()), (1, 6, 7)),
        (lenet, (1, 28, 28)),
        (alexnet_stem, (3, 131, 227)),
        (alexnet_stem, (3, 224, 224)),
    ]


def _places(axis, wrong):
    n, k, p, s, d = axis
    p = {"no padding": 0, "one side": p}.get(wrong, 2 * p)
    s = 1 if wrong == "no stride" else s
    d = 1 if wrong == "no dilation" else d
    steps = (n + p - d * (k - 1) - 1) / s
    if wrong == "not rounded":
        return steps + 1
    return (math.ceil if wrong == "rounded up" else math.floor)(steps) + 1


@exercise(cases=NETWORKS, mistakes={
    "the padding is missing.":
        {"wrong": "no padding"},
    "padding is added on both sides, so 2p cells.":
        {"wrong": "one side"},
    "the stride is missing.":
        {"wrong": "no stride"},
    "rounded up; the last step is taken only if it fits, so use the floor.":
        {"wrong": "rounded up"},
    "a size is not a whole number; use // and not /.":
        {"wrong": "not rounded"},
    "the dilation is missing: a kernel reaches over d(k - 1) + 1.":
        {"wrong": "no dilation"},
    "rows and columns are swapped: in a pair, rows come first.":
        {"wrong": "swapped"},
    "a convolution returns out_channels channels, not those of its input.":
        {"wrong": "channels"},
    "the input's shape is in the list; begin after the first layer.":
        lambda net, shape: [shape, *network_shapes.right(net, shape)],
    "return the shapes after all layers, not after the last alone.":
        lambda net, shape: network_shapes.right(net, shape)[-1],
})  # fmt: skip
def network_shapes(net, shape, wrong=""):
    """Exercise 2.3: the shapes after each layer, without a batch axis."""
    shapes = []
    for layer in net:
        if isinstance(layer, nn.Flatten):
            shape = (math.prod(shape),)
        elif isinstance(layer, nn.Linear):
            shape = (layer.out_features,)
        elif isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            channels = getattr(layer, "out_channels", shape[0])
            if wrong == "channels":
                channels = shape[0]
            settings = []
            for name in ("kernel_size", "padding", "stride", "dilation"):
                value = getattr(layer, name, 1)
                pair = value if isinstance(value, tuple) else (value, value)
                settings.append(pair[:: -1 if wrong == "swapped" else 1])
            axes = zip(shape[1:], *settings)
            shape = (channels, *(_places(axis, wrong) for axis in axes))
        shapes.append(shape)
    return shapes


@exercise(cases=[
    (0, 10), (3, 10), (6, 10), (10, 10), (13, 10), (18, 10), (27, 10),
    (4000, 8000), (6000, 8000), (7000, 6000), (100_300, 8000),
], mistakes={
    "above rate / 2 a tone is mirrored: the answer is never above rate / 2.":
        lambda f, rate: f % rate,
    "the tone is mirrored at rate / 2; it does not start at 0 again.":
        lambda f, rate: f % (rate / 2),
    "right up to the rate; f may be many times as high.":
        lambda f, rate: rate - f if f > rate / 2 else f,
    "a tone below rate / 2 stays where it is.":
        lambda f, rate: abs(rate - f),
    "the mirror stands at rate / 2, not at the rate.":
        lambda f, rate: alias_frequency.right(f, 2 * rate),
    "a tone that is too high is mirrored, not held at rate / 2.":
        lambda f, rate: min(f, rate / 2),
})  # fmt: skip
def alias_frequency(f, rate):
    """Exercise 2.4: where a tone of f Hz appears after sampling."""
    return min(f % rate, rate - f % rate)


@exercise(cases=[
    ([(3, 0, 1, 1)], 0),
    ([(3, 0, 2, 1)], 2),
    ([(3, 1, 1, 1)], 0),
    ([(3, 0, 1, 2)], 1),
    ([(5, 2, 1, 1), (2, 0, 2, 1)], 3),
    ([(2, 0, 2, 1), (5, 2, 1, 1)], 3),
    ([(3, 1, 1, 1), (3, 2, 1, 2), (3, 4, 1, 4)], 5),
    ([(11, 2, 4, 1), (3, 0, 2, 1), (5, 2, 1, 1), (3, 0, 2, 1)], 4),
], mistakes={
    "the padding is missing: it moves each window p cells to the left.":
        {"use_padding": False},
    "the layers are taken first to last; go backward from the output.":
        {"order": 1},
    "the dilation is missing: a kernel reaches over d(k - 1) + 1.":
        {"use_dilation": False},
    "the last cell is one too far in each layer: k cells from first end at "
    "first + k - 1.":
        {"end": 0},
    "do not cut off at 0; cells of padding count.":
        lambda layers, i: [max(n, 0) for n in window_of.right(layers, i)],
})  # fmt: skip
def window_of(
    layers, i, use_padding=True, use_dilation=True, order=-1, end=1
):
    """Exercise 2.5: the first and last input cell that output i sees."""
    first = last = i
    for k, p, s, d in layers[::order]:
        p = p if use_padding else 0
        d = d if use_dilation else 1
        first, last = first * s - p, last * s - p + d * (k - end)
    return first, last
