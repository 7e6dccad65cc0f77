"""Checks for lesson 04, pooling."""

import torch
from torch.nn import functional as F

from ..layers import pool2d
from .engine import exercise

__all__ = [
    "adaptive_windows",
    "max_pool2d",
    "max_pool_gradient",
    "min_pool2d",
]


def _signed(h, w):
    """Return distinct whole numbers around zero, in random order."""
    generator = torch.Generator().manual_seed(31 * h + w)
    numbers = torch.randperm(h * w, generator=generator) - h * w // 2
    return numbers.float().reshape(h, w)


@exercise(
    cases=[
        (_signed(2, 2), (2, 2)),
        (_signed(3, 3), (2, 2)),
        (_signed(4, 5), (2, 3)),
        (_signed(6, 4), (3, 1)),
    ],
    mistakes={
        "these are the largest numbers; change signs first.": pool2d,
        "change the sign back after the pooling.": lambda X, pool_size: (
            pool2d(-X, pool_size)
        ),
        "change the sign of the input, too, not only of the "
        "output.": lambda X, pool_size: -pool2d(X, pool_size),
        "this is the mean of each window.": lambda X, pool_size: pool2d(
            X, pool_size, "avg"
        ),
        "the smallest number need not be zero.": lambda X, pool_size: pool2d(
            0 * X, pool_size
        ),
    },
)
def min_pool2d(X, pool_size):
    """Exercise 4.2: keep the smallest number of each window.

    X of shape (h, w) and a window (p_h, p_w), which moves one pixel at a
    time, give a tensor of shape (h - p_h + 1, w - p_w + 1).
    """
    return -pool2d(-X, pool_size)


def _padded_pool(X, k, stride, pad, value=-torch.inf, ceil_mode=False):
    """Max pooling after padding by (left, right, top, bottom)."""
    X = F.pad(X, pad, value=value)
    return F.max_pool2d(X[None, None], k, stride, ceil_mode=ceil_mode)[0, 0]


@exercise(
    cases=[
        # All negative, so that zeros in the padding would show.
        (_signed(h, w) - h * w, k, stride, padding)
        for h, w, k, stride, padding in [
            (3, 3, 2, 1, 0),
            (4, 4, 2, 2, 1),
            (4, 4, 3, 2, 1),
            (5, 4, 2, 2, 0),
            (6, 7, 3, 2, 1),
            (8, 6, 2, 3, 1),
            (9, 8, 4, 3, 2),
        ]
    ],
    mistakes={
        "a padding of zeros beats negative numbers; pad with minus "
        "infinity.": lambda X, k, stride, padding: _padded_pool(
            X, k, stride, (padding,) * 4, value=0.0
        ),
        "the stride is not used: the window starts at "
        "i * stride.": lambda X, k, stride, padding: max_pool2d.right(
            X, k, 1, padding
        ),
        "the window moves by k; it should move by the "
        "stride.": lambda X, k, stride, padding: max_pool2d.right(
            X, k, k, padding
        ),
        "the padding is missing.": lambda X, k, stride, padding: (
            max_pool2d.right(X, k, stride, 0)
        ),
        "padding goes on all four sides, also on the left and on "
        "top.": lambda X, k, stride, padding: _padded_pool(
            X, k, stride, (0, padding, 0, padding)
        ),
        "the number of windows is rounded down; a window that hangs over "
        "the border is left out.": lambda X, k, stride, padding: _padded_pool(
            X, k, stride, (padding,) * 4, ceil_mode=True
        ),
    },
)
def max_pool2d(X, k, stride, padding):
    """Exercise 4.3: max pooling with stride and padding.

    Pad X of shape (h, w) with minus infinity on all sides, then move a
    k x k window by ``stride`` pixels.
    """
    return _padded_pool(X, k, stride, (padding,) * 4)


def _down(a, b):
    return a // b


def _up(a, b):
    return -(-a // b)


def _windows(n, m, start, stop):
    return [(start(i * n, m), stop((i + 1) * n, m)) for i in range(m)]


def _equal_windows(n, m, size):
    return [(i * (n // m), i * (n // m) + size) for i in range(m)]


@exercise(
    cases=[
        (4, 2),
        (3, 1),
        (7, 3),
        (10, 3),
        (5, 4),
        (11, 4),
        (3, 5),
        (13, 7),
    ],
    mistakes={
        "the stop is rounded down; round it up, so that windows share the "
        "place that belongs to both.": lambda n, m: _windows(
            n, m, _down, _down
        ),
        "the start is rounded up; round it down.": lambda n, m: _windows(
            n, m, _up, _up
        ),
        "equal windows of n // m leave the last places out.": lambda n, m: (
            _equal_windows(n, m, n // m)
        ),
        "a fixed stride of n // m makes all windows equally long; adaptive "
        "pooling rounds each start and stop on its own.": lambda n, m: (
            _equal_windows(n, m, n - (m - 1) * (n // m))
        ),
        "the stop is exclusive, as in a slice: one more.": lambda n, m: [
            (i, j - 1) for i, j in adaptive_windows.right(n, m)
        ],
    },
)
def adaptive_windows(n, m):
    """Exercise 4.4: the windows of adaptive pooling.

    The m windows along an axis of n places, as pairs (start, stop).
    """
    return _windows(n, m, _down, _up)


def _gradient(X, dY, k, share):
    """Give each pixel of a window its share of the window's gradient."""
    dX = torch.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            place = slice(i * k, (i + 1) * k), slice(j * k, (j + 1) * k)
            dX[place] = share(X[place]) * dY[i, j]
    return dX


def _winner(window):
    return (window == window.max()).float()


def _corner(window):
    first = torch.zeros_like(window)
    first[0, 0] = 1
    return first


@exercise(
    cases=[
        (_signed(h, w), _signed(h // k, w // k) + 0.5, k)
        for h, w, k in [
            (2, 2, 2),
            (4, 4, 2),
            (5, 6, 2),
            (6, 9, 3),
            (8, 11, 4),
        ]
    ],
    mistakes={
        "this is average pooling's gradient; only the winner gets "
        "some.": lambda X, dY, k: _gradient(
            X, dY, k, lambda window: torch.full_like(window, 1 / k**2)
        ),
        "only the winner gets dY, not the whole window.": lambda X, dY, k: (
            _gradient(X, dY, k, torch.ones_like)
        ),
        "the winner gets its entry of dY, not 1.": lambda X, dY, k: _gradient(
            X, torch.ones_like(dY), k, _winner
        ),
        "the gradient went to the first pixel of each window; it belongs to "
        "the largest.": lambda X, dY, k: _gradient(X, dY, k, _corner),
        "the gradient went to the smallest pixel of each "
        "window.": lambda X, dY, k: _gradient(
            X, dY, k, lambda window: _winner(-window)
        ),
        "do not multiply by X: the output grows as fast as the "
        "winner.": lambda X, dY, k: X * _gradient(X, dY, k, _winner),
    },
)
def max_pool_gradient(X, dY, k):
    """Exercise 4.5: the gradient of max pooling.

    For max pooling of X of shape (h, w) with k x k windows side by side,
    and dY of shape (h // k, w // k), the loss's gradient with respect to
    its output, the gradient with respect to X.
    """
    return _gradient(X, dY, k, _winner)
