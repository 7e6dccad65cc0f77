"""Checks for lesson 01, cross-correlation."""

import torch

from ..layers import corr2d
from .engine import Mistake, run_check

__all__ = [
    "conv2d_true",
    "kernel_gradient",
    "receptive_field",
    "toeplitz_matrix",
]

# (h, w, k_h, k_w), the smallest first. The first ones have square kernels,
# so that a transposed kernel fits and is named.
SHAPES = [
    (2, 2, 2, 2),
    (3, 3, 2, 2),
    (3, 4, 2, 3),
    (5, 4, 3, 2),
    (4, 6, 1, 3),
    (6, 7, 3, 3),
    (8, 6, 4, 1),
]


def _distinct(*shape):
    """Return whole numbers in random order, so that nothing is symmetric."""
    generator = torch.Generator().manual_seed(sum(shape) + 1)
    count = shape[0] * shape[1]
    numbers = torch.randperm(count, generator=generator) + 1
    return numbers.float().reshape(shape)


def _crop_last(Y):
    return Y[:-1, :-1]


def conv2d_true(candidate):
    """Check exercise 1.1: true convolution.

    Task: ``conv2d_true(X, K)`` flips the kernel along both axes, then
    cross-correlates.

    Parameters
    ----------
    candidate : callable
        Maps X of shape (h, w) and K of shape (k_h, k_w) to a tensor of
        shape (h - k_h + 1, w - k_w + 1).

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def flipped(X, K, axes):
        return corr2d(X, K.flip(axes))

    mistakes = [
        Mistake(
            corr2d,
            "this is cross-correlation; flip the kernel along both axes.",
        ),
        Mistake(
            lambda X, K: flipped(X, K, [0]),
            "only the rows of K are reversed; reverse its columns too.",
        ),
        Mistake(
            lambda X, K: flipped(X, K, [1]),
            "only the columns of K are reversed; reverse its rows too.",
        ),
        Mistake(
            lambda X, K: corr2d(X.flip([0, 1]), K),
            "you flipped the input, which turns the output around; "
            "flip the kernel.",
        ),
        Mistake(
            lambda X, K: corr2d(X, K.T),
            "transposing swaps rows with columns; a flip reverses their "
            "order.",
        ),
        Mistake(
            lambda X, K: _crop_last(flipped(X, K, [0, 1])),
            "the output is one row and one column short; a window of k fits "
            "in n - k + 1 places.",
        ),
    ]
    return run_check(
        "conv2d_true",
        candidate,
        lambda X, K: flipped(X, K, [0, 1]),
        [
            {"X": _distinct(h, w), "K": _distinct(k_h, k_w)}
            for h, w, k_h, k_w in SHAPES
        ],
        mistakes,
    )


def receptive_field(candidate):
    """Check exercise 1.2: the receptive field of a stack of layers.

    Task: ``receptive_field(kernel_sizes)`` returns how many pixels, along
    one axis, one output of the last layer depends on.

    Parameters
    ----------
    candidate : callable
        Maps a list of kernel sizes, first layer first, to an int.

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def product(kernel_sizes):
        return int(torch.tensor(kernel_sizes).prod())

    mistakes = [
        Mistake(
            lambda kernel_sizes: sum(kernel_sizes),
            "the sum counts pixels that two neighboring windows share; a "
            "layer adds only k - 1 new ones.",
        ),
        Mistake(
            product,
            "windows overlap, so sizes do not multiply; a layer adds k - 1.",
        ),
        Mistake(
            lambda kernel_sizes: sum(k - 1 for k in kernel_sizes),
            "with no layer at all, an output still sees one pixel: start "
            "at 1.",
        ),
        Mistake(
            lambda kernel_sizes: max(kernel_sizes),
            "the largest kernel is not the whole story; each layer widens "
            "the field.",
        ),
    ]
    stacks = [[1], [3], [2, 2], [3, 3], [5, 1], [3, 3, 3], [7, 2, 4], [3] * 9]
    return run_check(
        "receptive_field",
        candidate,
        lambda kernel_sizes: 1 + sum(k - 1 for k in kernel_sizes),
        [{"kernel_sizes": sizes} for sizes in stacks],
        mistakes,
    )


def _place_kernels(K, h, w, row_length):
    """Write K into each row of the matrix, row by row of the picture."""
    k_h, k_w = K.shape
    out_h, out_w = h - k_h + 1, w - k_w + 1
    T = K.new_zeros((out_h * out_w, h * w))
    for i in range(out_h):
        for j in range(out_w):
            for a in range(k_h):
                start = (i + a) * row_length + j
                T[i * out_w + j, start : start + k_w] = K[a]
    return T


def toeplitz_matrix(candidate):
    """Check exercise 1.3: the matrix of a cross-correlation.

    Task: ``toeplitz_matrix(K, h, w)`` returns T with
    ``T @ X.reshape(-1)`` equal to ``corr2d(X, K).reshape(-1)``.

    Parameters
    ----------
    candidate : callable
        Maps K of shape (k_h, k_w) and the input's height and width to a
        tensor of shape ((h - k_h + 1) * (w - k_w + 1), h * w).

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def reference(K, h, w):
        return _place_kernels(K, h, w, row_length=w)

    mistakes = [
        Mistake(
            lambda K, h, w: reference(K.flip([0, 1]), h, w),
            "this is the matrix of true convolution; leave the kernel "
            "as it is.",
        ),
        Mistake(
            lambda K, h, w: reference(K, h, w).T,
            "transposed: one row for each output pixel, one column for each "
            "input pixel.",
        ),
        Mistake(
            lambda K, h, w: reference(K.T.contiguous(), h, w),
            "K's rows and columns are swapped.",
        ),
        Mistake(
            lambda K, h, w: _place_kernels(K, h, w, w - K.shape[1] + 1),
            "the next row of the picture starts w entries later, w being "
            "the width of the input, not of the output.",
        ),
    ]
    return run_check(
        "toeplitz_matrix",
        candidate,
        reference,
        [
            {"K": _distinct(k_h, k_w), "h": h, "w": w}
            for h, w, k_h, k_w in SHAPES
        ],
        mistakes,
    )


def kernel_gradient(candidate):
    """Check exercise 1.4: the gradient of the loss with respect to K.

    Task: ``kernel_gradient(X, dY)`` returns the gradient of a loss with
    respect to K, where Y = corr2d(X, K) and dY is the loss's gradient with
    respect to Y.

    Parameters
    ----------
    candidate : callable
        Maps X of shape (h, w) and dY of shape (o_h, o_w) to a tensor of
        K's shape, (h - o_h + 1, w - o_w + 1).

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """
    mistakes = [
        Mistake(
            lambda X, dY: corr2d(X, dY.flip([0, 1])),
            "dY is flipped; K[a, b] met X[i + a, j + b] at output (i, j), "
            "with no flip.",
        ),
        Mistake(
            lambda X, dY: corr2d(X, dY).flip([0, 1]),
            "the right numbers in reversed order: entry (0, 0) belongs to "
            "the shift (0, 0).",
        ),
        Mistake(
            lambda X, dY: corr2d(X, dY) / dY.numel(),
            "you took the mean over the outputs; one weight serves all of "
            "them, and their gradients add up.",
        ),
        Mistake(
            lambda X, dY: corr2d(X, torch.ones_like(dY)),
            "dY is left out; each output's share counts as much as the loss "
            "depends on it.",
        ),
    ]
    return run_check(
        "kernel_gradient",
        candidate,
        lambda X, dY: corr2d(X, dY),
        [
            {"X": _distinct(h, w), "dY": _distinct(o_h, o_w)}
            for h, w, o_h, o_w in SHAPES
        ],
        mistakes,
    )
