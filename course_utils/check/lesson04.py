"""Checks for lesson 04, pooling."""

import math

import torch
from torch.nn import functional as F

from .engine import exercise, integer, shuffled


def _signed(*shape):
    """Return distinct whole numbers around zero, in random order."""
    return shuffled(*shape) - math.prod(shape) // 2


@exercise(cases=[
    (_signed(n, c, h, w) - 12 * c,)  # one channel: all negative
    for n, c, h, w in [(1, 1, 2, 2), (1, 2, 2, 3), (2, 3, 4, 5), (3, 2, 6, 4)]
], mistakes={
    "this is the mean; keep the largest number.":
        lambda X: X.mean(dim=(2, 3)),
    "this is the largest number of each channel over the whole batch; each "
    "picture has its own.":
        lambda X: X.amax(dim=(0, 2, 3)).expand(X.shape[:2]),
    "each channel gets its own number; you took one for all channels.":
        lambda X: X.amax(dim=(1, 2, 3))[:, None].expand(X.shape[:2]),
    "all numbers of a channel may be negative; do not start from zero.":
        lambda X: X.amax(dim=(2, 3)).clamp(min=0),
})  # fmt: skip
def global_max_pool(X):
    """Exercise 4.1: keep the largest number of each channel."""
    return X.amax(dim=(2, 3))


@exercise(cases=[
    # All negative, so that zeros in the padding would show.
    (_signed(h, w) - h * w, k, stride, padding)
    for h, w, k, stride, padding in [
        (3, 3, 2, 1, 0), (4, 4, 2, 2, 1), (4, 4, 3, 2, 1), (5, 4, 2, 2, 0),
        (6, 7, 3, 2, 1), (8, 6, 2, 3, 1), (9, 8, 4, 3, 2),
    ]
], mistakes={
    "a padding of zeros beats negative numbers; pad with minus infinity.":
        {"value": 0.0},
    "the stride is not used: the window starts at i * stride.":
        lambda X, k, s, p: max_pool2d.right(X, k, 1, p),
    "the window moves by k; it should move by the stride.":
        lambda X, k, s, p: max_pool2d.right(X, k, k, p),
    "the padding is missing.":
        lambda X, k, s, p: max_pool2d.right(X, k, s, 0),
    "padding goes on all four sides, also on the left and on top.":
        {"left_and_top": False},
    "the number of windows is rounded down; a window that hangs over the "
    "border is left out.":
        {"ceil_mode": True},
})  # fmt: skip
def max_pool2d(
    X, k, stride, padding, value=-math.inf, left_and_top=True, ceil_mode=False
):
    """Exercise 4.2: max pooling with stride and padding."""
    before = padding if left_and_top else 0
    X = F.pad(X, (before, padding, before, padding), value=value)
    return F.max_pool2d(X[None], k, stride, ceil_mode=ceil_mode)[0]


def _equal_windows(n, m, size):
    return [(i * (n // m), i * (n // m) + size) for i in range(m)]


@exercise(draw=lambda size: (
    integer(size, 10 * size), integer(1, size // 2 + 2),
), own=12, mistakes={
    "the stop is rounded down; round it up, so that windows share the place "
    "that belongs to both.":
        {"stop": math.floor},
    "the start is rounded up; round it down.":
        {"start": math.ceil},
    "equal windows of n // m leave the last places out.":
        lambda n, m: _equal_windows(n, m, n // m),
    "a fixed stride of n // m makes all windows equally long; adaptive "
    "pooling rounds each start and stop on its own.":
        lambda n, m: _equal_windows(n, m, n - (m - 1) * (n // m)),
    "the stop is exclusive, as in a slice: one more.":
        {"stop": lambda place: math.ceil(place) - 1},
})  # fmt: skip
def adaptive_windows(n, m, start=math.floor, stop=math.ceil):
    """Exercise 4.3: the m windows (start, stop) along n places."""
    return [(start(i * n / m), stop((i + 1) * n / m)) for i in range(m)]


def _winner(window):
    return (window == window.max()).float()


def _corner(window):
    first = torch.zeros_like(window)
    first[0, 0] = 1
    return first


@exercise(cases=[
    (_signed(h, w), _signed(h // k, w // k) + 0.5, k)
    for h, w, k in [(2, 2, 2), (4, 4, 2), (5, 6, 2), (6, 9, 3), (8, 11, 4)]
], mistakes={
    "this is average pooling's gradient; only the winner gets some.":
        {"share": lambda window: 0 * window + 1 / window.numel()},
    "only the winner gets dY, not the whole window.":
        {"share": torch.ones_like},
    "the winner gets its entry of dY, not 1.":
        lambda X, dY, k: max_pool_gradient.right(X, 0 * dY + 1, k),
    "the gradient went to the first pixel of each window; it belongs to "
    "the largest.":
        {"share": _corner},
    "do not multiply by X: the output grows as fast as the winner.":
        lambda X, dY, k: X * max_pool_gradient.right(X, dY, k),
})  # fmt: skip
def max_pool_gradient(X, dY, k, share=_winner):
    """Exercise 4.4: the loss's gradient for X, given that for the output."""
    dX = torch.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            place = slice(i * k, (i + 1) * k), slice(j * k, (j + 1) * k)
            dX[place] = share(X[place]) * dY[i, j]
    return dX


def _larger(a, b):
    return b + F.relu(a - b)


@exercise(cases=[
    (_signed(n, c, h, w),)
    for n, c, h, w in [(1, 1, 2, 2), (1, 1, 4, 2), (2, 3, 4, 6), (1, 2, 8, 8)]
], mistakes={
    "this is the smaller of the two: b - ReLU(b - a).":
        {"larger": lambda a, b: b - F.relu(b - a)},
    "the ReLU is missing, so the sum is always a.":
        {"larger": lambda a, b: b + (a - b)},
    "b is missing: add it to ReLU(a - b).":
        {"larger": lambda a, b: F.relu(a - b)},
    "add the ReLU to b, not to a.":
        {"larger": lambda a, b: a + F.relu(a - b)},
    "the windows overlap: take slices with stride 2.":
        {"step": 1},
    "only the upper two numbers of each window were compared.":
        {"rows": (0, 0)},
    "only the left two numbers of each window were compared.":
        {"columns": (0, 0)},
})  # fmt: skip
def max_pool_of_relus(X, larger=_larger, step=2, rows=(0, 1), columns=(0, 1)):
    """Exercise 4.5: max pooling from slices, differences and ReLUs."""
    h, w = X.shape[2] - 1, X.shape[3] - 1  # the last corner of a window
    parts = [
        [X[:, :, i : h + i : step, j : w + j : step] for j in columns]
        for i in rows
    ]
    upper, lower = (larger(*row) for row in parts)
    return larger(upper, lower)
