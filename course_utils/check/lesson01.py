"""Checks for lesson 01, cross-correlation."""

import math

import torch

from ..layers import corr2d
from .engine import exercise, integer, shuffled

# The first kernels are square, so that a transposed one fits and is named.
PAIRS = [
    (shuffled(h, w), shuffled(k_h, k_w))
    for h, w, k_h, k_w in [
        (2, 2, 2, 2), (3, 3, 2, 2), (3, 4, 2, 3), (5, 4, 3, 2), (4, 6, 1, 3),
        (6, 7, 3, 3), (8, 6, 4, 1),
    ]
]  # fmt: skip


@exercise(cases=PAIRS, mistakes={
    "this is cross-correlation; K[0, 0] meets the last pixel of the window, "
    "not the first.":
        corr2d,
    "only the rows of K are reversed; reverse its columns too.":
        lambda X, K: corr2d(X, K.flip([0])),
    "only the columns of K are reversed; reverse its rows too.":
        lambda X, K: corr2d(X, K.flip([1])),
    "the input is reversed, which turns the output around; reverse the "
    "indices of the kernel.":
        lambda X, K: corr2d(X.flip([0, 1]), K),
    "transposing swaps rows with columns; here both orders are reversed.":
        lambda X, K: corr2d(X, K.T),
    "the output is one row and one column short; a window of k fits in "
    "n - k + 1 places.":
        lambda X, K: conv2d_true.right(X, K)[:-1, :-1],
})  # fmt: skip
def conv2d_true(X, K):
    """Exercise 1.2: flip the kernel along both axes, then cross-correlate."""
    return corr2d(X, K.flip([0, 1]))


@exercise(draw=lambda size: (
    [integer(1, 9 * size + 2) for _ in range(1 + size % 4)],
), own=11, mistakes={
    "the sum counts pixels that two neighboring windows share; a layer adds "
    "only k - 1 new ones.":
        lambda kernel_sizes: sum(kernel_sizes),
    "windows overlap, so sizes do not multiply; a layer adds k - 1.":
        lambda kernel_sizes: math.prod(kernel_sizes),
    "with no layer at all, an output still sees one pixel: start at 1.":
        lambda kernel_sizes: sum(k - 1 for k in kernel_sizes),
})  # fmt: skip
def receptive_field(kernel_sizes):
    """Exercise 1.1: how many pixels of an axis one output depends on."""
    return 1 + sum(k - 1 for k in kernel_sizes)


def _task(h, w, k_h, k_w, lr, num_steps):
    """Return a picture, its output, a start, a rate and a number of steps."""
    X, hidden = shuffled(h, w) / (h * w), shuffled(k_h, k_w) / (k_h * k_w)
    return X, corr2d(X, hidden), 1 - hidden.flip([0]), lr, num_steps


@exercise(cases=[
    _task(3, 3, 1, 2, 0.01, 1), _task(3, 3, 1, 2, 0.01, 2),
    _task(4, 5, 2, 2, 0.01, 3), _task(6, 8, 1, 2, 0.01, 10),
    _task(5, 5, 3, 3, 0.01, 6),
], mistakes={
    "backward adds to the gradient that is there; set it to zero after each "
    "step.":
        {"sums_up": True},
    "the loss is the sum of the squared errors, not their mean.":
        {"mean": True},
    "it climbs: a step subtracts the gradient times lr.":
        {"sign": -1},
    "one step is missing.":
        {"more": -1},
    "one step too many.":
        {"more": 1},
})  # fmt: skip
def learn_kernel(
    X, Y, K, lr, num_steps, sums_up=False, mean=False, sign=1, more=0
):
    """Exercise 1.3: descend on the sum of squared errors, starting from K."""
    total = torch.zeros_like(K)
    scale = sign * 2 / (Y.numel() if mean else 1)
    for _ in range(num_steps + more):
        gradient = scale * corr2d(X, corr2d(X, K) - Y)
        total = total + gradient
        K = K - lr * (total if sums_up else gradient)
    return K


@exercise(cases=PAIRS, mistakes={
    "dY is flipped; K[a, b] met X[i + a, j + b] at output (i, j).":
        lambda X, dY: corr2d(X, dY.flip([0, 1])),
    "the right numbers in reversed order: entry (0, 0) belongs to the shift "
    "(0, 0).":
        lambda X, dY: corr2d(X, dY).flip([0, 1]),
    "you took the mean over the outputs; one weight serves all of them, and "
    "their gradients add up.":
        lambda X, dY: corr2d(X, dY) / dY.numel(),
    "dY is left out; each output's share counts as much as the loss depends "
    "on it.":
        lambda X, dY: corr2d(X, torch.ones_like(dY)),
})  # fmt: skip
def kernel_gradient(X, dY):
    """Exercise 1.4: the loss's gradient for K, given that for the output."""
    return corr2d(X, dY)
