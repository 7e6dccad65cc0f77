"""Checks for lesson 03, channels."""

import torch
from torch.nn import functional as F

from .engine import exercise

__all__ = ["conv1x1", "conv_cost", "merge_1x1", "shuffle_channels"]


def _numbers(*shape):
    """Return random numbers that are the same for the same shape."""
    generator = torch.Generator().manual_seed(sum(shape) + len(shape))
    return torch.randn(shape, generator=generator)


def _weights(c_i, c_o, k, groups):
    return c_o * (c_i // groups) * k * k


def _places(k, h, w):
    return (h - k + 1) * (w - k + 1)


def _bias_for_each_pair(c_i, c_o, k, h, w, groups):
    parameters, multiply_adds = conv_cost.right(c_i, c_o, k, h, w, groups)
    return parameters + c_o * (c_i // groups - 1), multiply_adds


def _no_bias(c_i, c_o, k, h, w, groups):
    parameters, multiply_adds = conv_cost.right(c_i, c_o, k, h, w, groups)
    return parameters - c_o, multiply_adds


def _input_places(c_i, c_o, k, h, w, groups):
    weights = _weights(c_i, c_o, k, groups)
    return weights + c_o, weights * h * w


def _bias_at_each_place(c_i, c_o, k, h, w, groups):
    parameters = _weights(c_i, c_o, k, groups) + c_o
    return parameters, parameters * _places(k, h, w)


@exercise(
    cases=[
        (2, 3, 1, 2, 2, 1),
        (2, 3, 2, 4, 5, 1),
        (1, 6, 5, 32, 32, 1),
        (4, 6, 3, 5, 6, 2),
        (6, 6, 3, 8, 7, 6),
        (3, 64, 7, 20, 30, 1),
        (12, 8, 3, 10, 9, 4),
        (16, 32, 5, 14, 14, 16),
    ],
    mistakes={
        "you count a bias for each pair of channels; the input channels are "
        "summed first, so there is one for each output "
        "channel.": _bias_for_each_pair,
        "the biases are missing: one for each output channel.": _no_bias,
        "without padding, a window of k fits in n - k + 1 places, not in "
        "n.": _input_places,
        "adding a bias is no multiply-add; count the weights "
        "only.": _bias_at_each_place,
        "groups is not used: an output channel sees c_i / groups input "
        "channels.": lambda c_i, c_o, k, h, w, groups: conv_cost.right(
            c_i, c_o, k, h, w, 1
        ),
        "this is the cost of one group; there are `groups` of "
        "them.": lambda c_i, c_o, k, h, w, groups: conv_cost.right(
            c_i, c_o // groups, k, h, w, groups
        ),
    },
)
def conv_cost(c_i, c_o, k, h, w, groups):
    """Exercise 3.1: parameters and multiply-adds of a convolution.

    Its kernels are k x k, with biases, a stride of 1 and no padding; the
    picture has h rows and w columns. The answer is a pair of ints.
    """
    weights = _weights(c_i, c_o, k, groups)
    return weights + c_o, weights * _places(k, h, w)


def _scrambled(X, W, b):
    pixels = X.reshape(-1, X.shape[0])
    return (pixels @ W.T + b).T.reshape(-1, *X.shape[1:])


def _bias_along_pixels(X, W, b):
    Y = W @ X.reshape(X.shape[0], -1) + b
    return Y.reshape(-1, *X.shape[1:])


@exercise(
    cases=[
        (_numbers(c_i, h, w), _numbers(c_o, c_i), _numbers(c_o))
        for c_i, c_o, h, w in [
            (4, 4, 2, 2),  # a transposed W and a bias along the pixels fit
            (2, 3, 2, 3),
            (3, 1, 4, 5),
            (5, 6, 3, 2),
            (1, 4, 3, 3),
            (8, 2, 6, 4),
        ]
    ],
    mistakes={
        "the bias is missing.": lambda X, W, b: conv1x1.right(X, W, 0 * b),
        "W is transposed: a row of W belongs to an output "
        "channel.": lambda X, W, b: conv1x1.right(X, W.T, b),
        "reshape(-1, c_i) does not make pixels: it cuts a channel into "
        "pieces. Keep the channel axis first, or permute "
        "before.": _scrambled,
        "b is added along the pixels; give it the shape "
        "(c_o, 1).": _bias_along_pixels,
        "the channels come last; the output has the shape "
        "(c_o, h, w).": lambda X, W, b: conv1x1.right(X, W, b).permute(
            1, 2, 0
        ),
    },
)
def conv1x1(X, W, b):
    """Exercise 3.2: a 1x1 convolution as one matrix product.

    X of shape (c_i, h, w), W of shape (c_o, c_i) and b of shape (c_o,)
    give a tensor of shape (c_o, h, w).
    """
    return F.conv2d(X[None], W[:, :, None, None], b)[0]


def _merge_kernels(K, P):
    return torch.einsum("om,mihw->oihw", P, K)


@exercise(
    cases=[
        (
            _numbers(c, c_i, k_h, k_w),
            _numbers(c),
            _numbers(c_o, c),
            _numbers(c_o) + 1,
        )
        for c_i, c, c_o, k_h, k_w in [
            (2, 2, 2, 1, 1),  # equal numbers of channels: wrong pairings fit
            (3, 3, 3, 2, 2),
            (1, 2, 3, 3, 3),
            (3, 4, 1, 3, 2),
            (2, 5, 4, 1, 3),
            (6, 3, 8, 5, 5),
        ]
    ],
    mistakes={
        "the kernels are right, but P mixes the first biases "
        "too.": lambda K, b, P, q: (_merge_kernels(K, P), b + q),
        "the kernels are right, but the first layer's biases are "
        "lost.": lambda K, b, P, q: (_merge_kernels(K, P), q),
        "the kernels are right, but the second layer's biases are "
        "lost.": lambda K, b, P, q: (_merge_kernels(K, P), P @ b),
        "P is transposed: a row of P belongs to an output "
        "channel.": lambda K, b, P, q: merge_1x1.right(K, b, P.T, q),
        "you multiplied entry by entry; sum over the channels between the "
        "two layers.": lambda K, b, P, q: (
            K * P[:, :, None, None],
            P @ b + q,
        ),
    },
)
def merge_1x1(K, b, P, q):
    """Exercise 3.3: one convolution in place of two.

    What a convolution with K of shape (c, c_i, k_h, k_w) and b of shape
    (c,) does, followed by a 1x1 convolution with P of shape (c_o, c) and q
    of shape (c_o,), one does with kernels of shape (c_o, c_i, k_h, k_w)
    and biases of shape (c_o,). The answer is this pair.
    """
    return _merge_kernels(K, P), P @ b + q


def _deal(X, first, second):
    """View the channels as a table, and read it column by column."""
    n, c, h, w = X.shape
    table = X.reshape(n, first, second, h, w)
    return table.transpose(1, 2).reshape(n, c, h, w)


def _batch_too(X, groups):
    table = X.reshape(groups, -1, *X.shape[2:])
    return table.transpose(0, 1).reshape(X.shape)


@exercise(
    cases=[
        (torch.arange(float(n * c * h * w)).reshape(n, c, h, w), groups)
        for n, c, h, w, groups in [
            (1, 6, 1, 1, 2),
            (1, 6, 1, 1, 3),
            (2, 4, 1, 2, 2),
            (3, 12, 2, 2, 4),
            (2, 8, 3, 2, 8),
            (2, 8, 3, 2, 1),
        ]
    ],
    mistakes={
        "nothing moved: a reshape there and back changes no order; "
        "transpose in between.": lambda X, groups: X,
        "this deals the other way, and undoes a shuffle; the table has one "
        "row for each group.": lambda X, groups: _deal(
            X, X.shape[1] // groups, groups
        ),
        "the groups changed places but stayed whole; deal their channels "
        "out one by one.": lambda X, groups: X.roll(
            X.shape[1] // groups, dims=1
        ),
        "the pictures of the batch are mixed; keep the batch axis when you "
        "reshape.": _batch_too,
    },
)
def shuffle_channels(X, groups):
    """Exercise 3.4: dealing channels out to groups.

    X of shape (n, c, h, w) and the number of groups, which divides c, give
    a tensor of X's shape, in which each group has channels of all groups
    of X: first the first channel of each, then the second of each, and so
    on.
    """
    return _deal(X, groups, X.shape[1] // groups)
