"""Checks for lesson 01, cross-correlation."""

import math

import torch

from ..layers import corr2d
from .engine import exercise

__all__ = [
    "conv2d_true",
    "kernel_gradient",
    "receptive_field",
    "toeplitz_matrix",
]

# (h, w, k_h, k_w). The first ones have square kernels, so that a transposed
# kernel fits and is named.
SHAPES = [
    (2, 2, 2, 2), (3, 3, 2, 2), (3, 4, 2, 3), (5, 4, 3, 2), (4, 6, 1, 3),
    (6, 7, 3, 3), (8, 6, 4, 1),
]  # fmt: skip


def _distinct(*shape):
    """Return whole numbers in random order, so that nothing is symmetric."""
    generator = torch.Generator().manual_seed(sum(shape) + 1)
    numbers = torch.randperm(math.prod(shape), generator=generator) + 1
    return numbers.float().reshape(shape)


@exercise(cases=[
    (_distinct(h, w), _distinct(k_h, k_w)) for h, w, k_h, k_w in SHAPES
], mistakes={
    "this is cross-correlation; flip the kernel along both axes.":
        corr2d,
    "only the rows of K are reversed; reverse its columns too.":
        lambda X, K: corr2d(X, K.flip([0])),
    "only the columns of K are reversed; reverse its rows too.":
        lambda X, K: corr2d(X, K.flip([1])),
    "you flipped the input, which turns the output around; flip the kernel.":
        lambda X, K: corr2d(X.flip([0, 1]), K),
    "transposing swaps rows with columns; a flip reverses their order.":
        lambda X, K: corr2d(X, K.T),
    "the output is one row and one column short; a window of k fits in "
    "n - k + 1 places.":
        lambda X, K: conv2d_true.right(X, K)[:-1, :-1],
})  # fmt: skip
def conv2d_true(X, K):
    """Exercise 1.1: flip the kernel along both axes, then cross-correlate."""
    return corr2d(X, K.flip([0, 1]))


@exercise(cases=[
    ([1],), ([3],), ([2, 2],), ([3, 3],), ([5, 1],), ([3, 3, 3],),
    ([7, 2, 4],), ([3] * 9,),
], mistakes={
    "the sum counts pixels that two neighboring windows share; a layer adds "
    "only k - 1 new ones.":
        lambda kernel_sizes: sum(kernel_sizes),
    "windows overlap, so sizes do not multiply; a layer adds k - 1.":
        lambda kernel_sizes: math.prod(kernel_sizes),
    "with no layer at all, an output still sees one pixel: start at 1.":
        lambda kernel_sizes: sum(k - 1 for k in kernel_sizes),
    "the largest kernel is not the whole story; each layer widens the field.":
        lambda kernel_sizes: max(kernel_sizes),
})  # fmt: skip
def receptive_field(kernel_sizes):
    """Exercise 1.2: how many pixels of an axis one output depends on."""
    return 1 + sum(k - 1 for k in kernel_sizes)


@exercise(cases=[
    (_distinct(k_h, k_w), h, w) for h, w, k_h, k_w in SHAPES
], mistakes={
    "this is the matrix of true convolution; leave the kernel as it is.":
        lambda K, h, w: toeplitz_matrix.right(K.flip([0, 1]), h, w),
    "transposed: one row for each output pixel, one column for each input "
    "pixel.":
        lambda K, h, w: toeplitz_matrix.right(K, h, w).T,
    "K's rows and columns are swapped.":
        lambda K, h, w: toeplitz_matrix.right(K.T, h, w),
    "the next row of the picture starts w entries later, w being the width "
    "of the input, not of the output.":
        {"by_output": True},
})  # fmt: skip
def toeplitz_matrix(K, h, w, by_output=False):
    """Exercise 1.3: T @ X.reshape(-1) equals corr2d(X, K).reshape(-1)."""
    k_h, k_w = K.shape
    out_h, out_w = h - k_h + 1, w - k_w + 1
    T = K.new_zeros((out_h * out_w, h * w))
    for i in range(out_h):
        for j in range(out_w):
            for a in range(k_h):
                start = (i + a) * (out_w if by_output else w) + j
                T[i * out_w + j, start : start + k_w] = K[a]
    return T


@exercise(cases=[
    (_distinct(h, w), _distinct(k_h, k_w)) for h, w, k_h, k_w in SHAPES
], mistakes={
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
