"""Checks for lesson 04, pooling."""

import torch
from torch.nn import functional as F

from ..layers import pool2d
from .engine import Mistake, run_check

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


def min_pool2d(candidate):
    """Check exercise 4.2: minimum pooling.

    Task: ``min_pool2d(X, pool_size)`` keeps the smallest number of each
    window; the window moves one pixel at a time.

    Parameters
    ----------
    candidate : callable
        Maps X of shape (h, w) and a window (p_h, p_w) to a tensor of shape
        (h - p_h + 1, w - p_w + 1).

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """
    mistakes = [
        Mistake(pool2d, "these are the largest numbers; change signs first."),
        Mistake(
            lambda X, pool_size: pool2d(-X, pool_size),
            "change the sign back after the pooling.",
        ),
        Mistake(
            lambda X, pool_size: -pool2d(X, pool_size),
            "change the sign of the input, too, not only of the output.",
        ),
        Mistake(
            lambda X, pool_size: pool2d(X, pool_size, "avg"),
            "this is the mean of each window.",
        ),
        Mistake(
            lambda X, pool_size: pool2d(F.relu(X), pool_size) * 0,
            "the smallest number need not be zero.",
        ),
    ]
    shapes = [(2, 2, 2, 2), (3, 3, 2, 2), (4, 5, 2, 3), (6, 4, 3, 1)]
    return run_check(
        "min_pool2d",
        candidate,
        lambda X, pool_size: -pool2d(-X, pool_size),
        [
            {"X": _signed(h, w), "pool_size": (p_h, p_w)}
            for h, w, p_h, p_w in shapes
        ],
        mistakes,
    )


def _padded_pool(X, k, stride, pad, value=-torch.inf, ceil_mode=False):
    """Max pooling after padding by (left, right, top, bottom)."""
    X = F.pad(X, pad, value=value)
    return F.max_pool2d(X[None, None], k, stride, ceil_mode=ceil_mode)[0, 0]


def max_pool2d(candidate):
    """Check exercise 4.3: max pooling with stride and padding.

    Task: ``max_pool2d(X, k, stride, padding)`` pads with minus infinity on
    all sides, then moves a k x k window by ``stride`` pixels.

    Parameters
    ----------
    candidate : callable
        Maps X of shape (h, w) and three whole numbers to the pooled
        tensor.

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def reference(X, k, stride, padding):
        return _padded_pool(X, k, stride, (padding,) * 4)

    mistakes = [
        Mistake(
            lambda X, k, stride, padding: _padded_pool(
                X, k, stride, (padding,) * 4, value=0.0
            ),
            "a padding of zeros beats negative numbers; pad with minus "
            "infinity.",
        ),
        Mistake(
            lambda X, k, stride, padding: reference(X, k, 1, padding),
            "the stride is not used: the window starts at i * stride.",
        ),
        Mistake(
            lambda X, k, stride, padding: reference(X, k, k, padding),
            "the window moves by k; it should move by the stride.",
        ),
        Mistake(
            lambda X, k, stride, padding: reference(X, k, stride, 0),
            "the padding is missing.",
        ),
        Mistake(
            lambda X, k, stride, padding: _padded_pool(
                X, k, stride, (0, padding, 0, padding)
            ),
            "padding goes on all four sides, also on the left and on top.",
        ),
        Mistake(
            lambda X, k, stride, padding: _padded_pool(
                X, k, stride, (padding,) * 4, ceil_mode=True
            ),
            "the number of windows is rounded down; a window that hangs "
            "over the border is left out.",
        ),
    ]
    # h, w, k, stride, padding
    settings = [
        (3, 3, 2, 1, 0),
        (4, 4, 2, 2, 1),
        (4, 4, 3, 2, 1),
        (5, 4, 2, 2, 0),
        (6, 7, 3, 2, 1),
        (8, 6, 2, 3, 1),
        (9, 8, 4, 3, 2),
    ]
    return run_check(
        "max_pool2d",
        candidate,
        reference,
        [
            # All negative, so that zeros in the padding would show.
            {"X": _signed(h, w) - h * w, "k": k, "stride": s, "padding": p}
            for h, w, k, s, p in settings
        ],
        mistakes,
    )


def adaptive_windows(candidate):
    """Check exercise 4.4: the windows of adaptive pooling.

    Task: ``adaptive_windows(n, m)`` lists the m windows, as pairs (start,
    stop), that adaptive pooling uses along an axis of n places.

    Parameters
    ----------
    candidate : callable
        Maps two whole numbers to a list of m pairs.

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def down(a, b):
        return a // b

    def up(a, b):
        return -(-a // b)

    def windows(n, m, start, stop):
        return [(start(i * n, m), stop((i + 1) * n, m)) for i in range(m)]

    mistakes = [
        Mistake(
            lambda n, m: windows(n, m, down, down),
            "the stop is rounded down; round it up, so that windows share "
            "the place that belongs to both.",
        ),
        Mistake(
            lambda n, m: windows(n, m, up, up),
            "the start is rounded up; round it down.",
        ),
        Mistake(
            lambda n, m: [
                (i * (n // m), (i + 1) * (n // m)) for i in range(m)
            ],
            "equal windows of n // m leave the last places out.",
        ),
        Mistake(
            lambda n, m: [
                (i * (n // m), i * (n // m) + n - (m - 1) * (n // m))
                for i in range(m)
            ],
            "a fixed stride of n // m makes all windows equally long; "
            "adaptive pooling rounds each start and stop on its own.",
        ),
        Mistake(
            lambda n, m: [(i, j - 1) for i, j in windows(n, m, down, up)],
            "the stop is exclusive, as in a slice: one more.",
        ),
    ]
    sizes = [
        (4, 2),
        (3, 1),
        (7, 3),
        (10, 3),
        (5, 4),
        (11, 4),
        (3, 5),
        (13, 7),
    ]
    return run_check(
        "adaptive_windows",
        candidate,
        lambda n, m: windows(n, m, down, up),
        [{"n": n, "m": m} for n, m in sizes],
        mistakes,
    )


def _blocks(X, dY, k):
    """Yield each window, its gradient, and its place in X."""
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            place = slice(i * k, (i + 1) * k), slice(j * k, (j + 1) * k)
            yield X[place], dY[i, j], place


def _gradient(X, dY, k, share):
    """Give each pixel of a window its share of the window's gradient."""
    dX = torch.zeros_like(X)
    for window, g, place in _blocks(X, dY, k):
        dX[place] = share(window) * g
    return dX


def max_pool_gradient(candidate):
    """Check exercise 4.5: the gradient of max pooling.

    Task: ``max_pool_gradient(X, dY, k)`` returns the gradient of a loss
    with respect to X, where dY is the one with respect to the max pooling
    of X with k x k windows side by side.

    Parameters
    ----------
    candidate : callable
        Maps X of shape (h, w), dY of shape (h // k, w // k) and k to a
        tensor of X's shape.

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def winner(window):
        return (window == window.max()).float()

    def corner(window):
        first = torch.zeros_like(window)
        first[0, 0] = 1
        return first

    mistakes = [
        Mistake(
            lambda X, dY, k: _gradient(
                X, dY, k, lambda w: torch.full_like(w, 1 / k**2)
            ),
            "this is average pooling's gradient; only the winner gets some.",
        ),
        Mistake(
            lambda X, dY, k: _gradient(X, dY, k, torch.ones_like),
            "only the winner gets dY, not the whole window.",
        ),
        Mistake(
            lambda X, dY, k: _gradient(X, torch.ones_like(dY), k, winner),
            "the winner gets its entry of dY, not 1.",
        ),
        Mistake(
            lambda X, dY, k: _gradient(X, dY, k, corner),
            "the gradient went to the first pixel of each window; it "
            "belongs to the largest.",
        ),
        Mistake(
            lambda X, dY, k: _gradient(X, dY, k, lambda w: winner(-w)),
            "the gradient went to the smallest pixel of each window.",
        ),
        Mistake(
            lambda X, dY, k: X * _gradient(X, dY, k, winner),
            "do not multiply by X: the output grows as fast as the winner.",
        ),
    ]
    sizes = [(2, 2, 2), (4, 4, 2), (5, 6, 2), (6, 9, 3), (8, 11, 4)]
    return run_check(
        "max_pool_gradient",
        candidate,
        lambda X, dY, k: _gradient(X, dY, k, winner),
        [
            {"X": _signed(h, w), "dY": _signed(h // k, w // k) + 0.5, "k": k}
            for h, w, k in sizes
        ],
        mistakes,
    )
