"""Checks for lesson 02, padding and stride."""

import math

import torch
from torch import nn

from .engine import Mistake, run_check

__all__ = [
    "alias_frequency",
    "network_shapes",
    "same_padding",
    "unused_cells",
    "window_of",
]

# (n, k, p, s), the smallest first; the rest of the division is often not 0.
SIZES = [
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
]


def unused_cells(candidate):
    """Check exercise 2.1: the cells that the floor leaves unseen.

    Task: ``unused_cells(n, k, p, s)`` counts the cells after the last
    window.

    Parameters
    ----------
    candidate : callable
        Maps the sizes of input and kernel, the padding of each side and
        the stride to an int.

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """
    mistakes = [
        Mistake(
            lambda n, k, p, s: (n - k) % s,
            "the padding is missing: count in the padded input.",
        ),
        Mistake(
            lambda n, k, p, s: (n + p - k) % s,
            "padding is added on both sides, so 2p cells.",
        ),
        Mistake(
            lambda n, k, p, s: (n + 2 * p) % s,
            "windows overlap or leave gaps; steps fit into the way from the "
            "first start to the last possible one, n + 2p - k.",
        ),
        Mistake(
            lambda n, k, p, s: (n + 2 * p - k) // s + 1,
            "this is the number of windows; what is left after the last one?",
        ),
        Mistake(
            lambda n, k, p, s: (n + 2 * p - k) // s,
            "this is the number of full steps; what is left after them?",
        ),
    ]
    return run_check(
        "unused_cells",
        candidate,
        lambda n, k, p, s: (n + 2 * p - k) % s,
        [dict(zip("nkps", sizes)) for sizes in SIZES],
        mistakes,
    )


def _split(total):
    return total // 2, total - total // 2


def _same_total(n, k, s, out):
    return (out - 1) * s + k - n


def _same_padding(n, k, s):
    return _split(max(_same_total(n, k, s, math.ceil(n / s)), 0))


def same_padding(candidate):
    """Check exercise 2.2: padding for ceil(n / s) outputs.

    Task: ``same_padding(n, k, s)`` returns the cells before and after, the
    odd one after.

    Parameters
    ----------
    candidate : callable
        Maps the sizes of input and kernel and the stride to two ints.

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """
    mistakes = [
        Mistake(
            lambda n, k, s: _split(k - 1),
            "k - 1 cells are right for a stride of 1 only; where does the "
            "last of ceil(n / s) windows end?",
        ),
        Mistake(
            lambda n, k, s: _same_padding(n, k, s)[::-1],
            "the odd cell is before the input; put it after.",
        ),
        Mistake(
            lambda n, k, s: _split(_same_total(n, k, s, math.ceil(n / s))),
            "a padding is negative; where no cells are missing it is 0.",
        ),
        Mistake(
            lambda n, k, s: _split(max(_same_total(n, k, s, n // s), 0)),
            "the number of outputs is rounded down; n / s is rounded up.",
        ),
        Mistake(
            lambda n, k, s: sum(_same_padding(n, k, s)),
            "return a pair, before and after, and not their sum.",
        ),
    ]
    cases = [
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
    ]
    return run_check(
        "same_padding",
        candidate,
        _same_padding,
        [dict(zip("nks", case)) for case in cases],
        mistakes,
    )


def _lenet():
    return nn.Sequential(
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


def _alexnet_stem():
    return nn.Sequential(
        nn.Conv2d(3, 96, kernel_size=11, padding=2, stride=4),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(96, 256, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
    )


def _network_cases():
    """Return nets and the shapes of their inputs, from small to large."""
    uneven = nn.Conv2d(1, 2, (3, 5), padding=(0, 1), stride=(3, 4))
    stem = _alexnet_stem()
    nets = [
        (nn.Sequential(nn.Conv2d(1, 1, 3)), (1, 5, 6)),
        (nn.Sequential(nn.ReLU(), nn.Conv2d(1, 4, 3, padding=1)), (1, 5, 6)),
        (nn.Sequential(nn.Conv2d(2, 3, 3, stride=2)), (2, 8, 7)),
        (nn.Sequential(nn.MaxPool2d(3, stride=2)), (4, 8, 9)),
        (nn.Sequential(nn.AvgPool2d((2, 3), padding=(0, 1))), (2, 9, 9)),
        (nn.Sequential(uneven), (1, 8, 8)),
        (nn.Sequential(nn.Conv2d(1, 8, 3, dilation=2)), (1, 9, 12)),
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()), (1, 6, 7)),
        (_lenet(), (1, 28, 28)),
        (stem, (3, 131, 227)),
        (stem, (3, 224, 224)),
    ]
    return [{"net": net, "shape": shape} for net, shape in nets]


def _run_network(net, shape):
    """Let PyTorch compute the shapes, on the device without numbers."""
    X, shapes = torch.empty(1, *shape, device="meta"), []
    for layer in net.to("meta"):
        X = layer(X)
        shapes.append(tuple(X.shape[1:]))
    return shapes


def _pair(value):
    return value if isinstance(value, tuple) else (value, value)


def _count(n, k, p, s, d):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


def _walk(count=_count, channels_of=None, swap=False):
    """Make a calculator with a mistake built in."""

    def layer_shape(layer, shape):
        if isinstance(layer, nn.Flatten):
            return (math.prod(shape),)
        if isinstance(layer, nn.Linear):
            return (*shape[:-1], layer.out_features)
        if not isinstance(layer, (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)):
            return shape
        channels = getattr(layer, "out_channels", shape[0])
        if channels_of is not None:
            channels = channels_of(layer, shape)
        settings = [
            _pair(getattr(layer, name, 1))
            for name in ("kernel_size", "padding", "stride", "dilation")
        ]
        if swap:
            settings = [pair[::-1] for pair in settings]
        return (channels, *map(count, shape[1:], *settings))

    def network_shapes(net, shape):
        shapes = []
        for layer in net:
            shape = layer_shape(layer, shape)
            shapes.append(shape)
        return shapes

    return network_shapes


def network_shapes(candidate):
    """Check exercise 2.3: the shapes through a network, against PyTorch.

    Task: ``network_shapes(net, shape)`` lists the shape after each layer.

    Parameters
    ----------
    candidate : callable
        Maps an ``nn.Sequential`` and the shape (c, h, w) of one input to a
        list of tuples, without a batch axis.

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def rounded_up(n, k, p, s, d):
        return math.ceil((n + 2 * p - d * (k - 1) - 1) / s) + 1

    right = _walk()
    with torch.random.fork_rng(devices=[]):  # the weights are of no account
        cases = _network_cases()
    mistakes = [
        Mistake(
            _walk(lambda n, k, p, s, d: _count(n, k, 0, s, d)),
            "the padding is missing.",
        ),
        Mistake(
            _walk(lambda n, k, p, s, d: (n + p - d * (k - 1) - 1) // s + 1),
            "padding is added on both sides, so 2p cells.",
        ),
        Mistake(
            _walk(lambda n, k, p, s, d: _count(n, k, p, 1, d)),
            "the stride is missing.",
        ),
        Mistake(
            _walk(rounded_up),
            "rounded up; the last step is taken only if it fits, so use the "
            "floor.",
        ),
        Mistake(
            _walk(
                lambda n, k, p, s, d: (n + 2 * p - d * (k - 1) - 1) / s + 1
            ),
            "a size is not a whole number; use // and not /.",
        ),
        Mistake(
            _walk(lambda n, k, p, s, d: _count(n, k, p, s, 1)),
            "the dilation is missing: a kernel reaches over d(k - 1) + 1.",
        ),
        Mistake(
            _walk(swap=True),
            "rows and columns are swapped: in a pair, rows come first.",
        ),
        Mistake(
            _walk(channels_of=lambda layer, shape: shape[0]),
            "a convolution returns out_channels channels, not those of its "
            "input.",
        ),
        Mistake(
            lambda net, shape: [shape, *right(net, shape)],
            "the input's shape is in the list; begin after the first layer.",
        ),
        Mistake(
            lambda net, shape: right(net, shape)[-1],
            "return the shapes after all layers, not after the last alone.",
        ),
    ]
    return run_check(
        "network_shapes",
        candidate,
        _run_network,
        cases,
        mistakes,
    )


def alias_frequency(candidate):
    """Check exercise 2.4: where a tone appears after sampling.

    Task: ``alias_frequency(f, rate)`` returns a frequency from 0 to
    rate / 2.

    Parameters
    ----------
    candidate : callable
        Maps a tone's frequency and the sampling rate, both in Hz, to Hz.

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def alias(f, rate):
        return min(f % rate, rate - f % rate)

    mistakes = [
        Mistake(
            lambda f, rate: f % rate,
            "above rate / 2 a tone is mirrored: the answer is never above "
            "rate / 2.",
        ),
        Mistake(
            lambda f, rate: f % (rate / 2),
            "the tone is mirrored at rate / 2; it does not start at 0 again.",
        ),
        Mistake(
            lambda f, rate: rate - f if f > rate / 2 else f,
            "right up to the rate; f may be many times as high.",
        ),
        Mistake(
            lambda f, rate: abs(rate - f),
            "a tone below rate / 2 stays where it is.",
        ),
        Mistake(
            lambda f, rate: alias(f, 2 * rate),
            "the mirror stands at rate / 2, not at the rate.",
        ),
        Mistake(
            lambda f, rate: min(f, rate / 2),
            "a tone that is too high is mirrored, not held at rate / 2.",
        ),
    ]
    tones = [
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
    ]
    return run_check(
        "alias_frequency",
        candidate,
        alias,
        [{"f": f, "rate": rate} for f, rate in tones],
        mistakes,
    )


def _window(layers, i, padding=1, order=-1, reach=None):
    """Go from output i back to the input, perhaps with a mistake."""
    reach = reach or (lambda k, d: d * (k - 1))
    first = last = i
    for k, p, s, d in layers[::order]:
        first = first * s - padding * p
        last = last * s - padding * p + reach(k, d)
    return first, last


def window_of(candidate):
    """Check exercise 2.5: the input cells that one output depends on.

    Task: ``window_of(layers, i)`` returns the first and the last cell.

    Parameters
    ----------
    candidate : callable
        Maps a list of (k, p, s, d), first layer first, and the number of
        an output to two ints.

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def without_dilation(layers, i):
        return _window(layers, i, reach=lambda k, d: k - 1)

    mistakes = [
        Mistake(
            lambda layers, i: _window(layers, i, padding=0),
            "the padding is missing: it moves each window p cells to the "
            "left.",
        ),
        Mistake(
            lambda layers, i: _window(layers, i, order=1),
            "the layers are taken first to last; go backward from the "
            "output.",
        ),
        Mistake(
            without_dilation,
            "the dilation is missing: a kernel reaches over d(k - 1) + 1.",
        ),
        Mistake(
            lambda layers, i: _window(layers, i, reach=lambda k, d: d * k),
            "the last cell is one too far in each layer: k cells from first "
            "end at first + k - 1.",
        ),
        Mistake(
            lambda layers, i: (
                max(_window(layers, i)[0], 0),
                _window(layers, i)[1],
            ),
            "do not cut off at 0; cells of padding count.",
        ),
    ]
    stacks = [
        ([(3, 0, 1, 1)], 0),
        ([(3, 0, 2, 1)], 2),
        ([(3, 1, 1, 1)], 0),
        ([(3, 0, 1, 2)], 1),
        ([(5, 2, 1, 1), (2, 0, 2, 1)], 3),
        ([(2, 0, 2, 1), (5, 2, 1, 1)], 3),
        ([(3, 1, 1, 1), (3, 2, 1, 2), (3, 4, 1, 4)], 5),
        ([(11, 2, 4, 1), (3, 0, 2, 1), (5, 2, 1, 1), (3, 0, 2, 1)], 4),
    ]
    return run_check(
        "window_of",
        candidate,
        _window,
        [{"layers": layers, "i": i} for layers, i in stacks],
        mistakes,
    )
