"""Checks for lesson 03, channels."""

import torch
from torch.nn import functional as F

from .engine import Mistake, run_check

__all__ = ["conv1x1", "conv_cost", "merge_1x1", "shuffle_channels"]


def _numbers(*shape):
    """Return random numbers that are the same for the same shape."""
    generator = torch.Generator().manual_seed(sum(shape) + len(shape))
    return torch.randn(shape, generator=generator)


def _cost(c_i, c_o, k, h, w, groups):
    weights = c_o * (c_i // groups) * k * k
    return weights + c_o, weights * (h - k + 1) * (w - k + 1)


def conv_cost(candidate):
    """Check exercise 3.1: parameters and multiply-adds of a convolution.

    Task: ``conv_cost(c_i, c_o, k, h, w, groups)`` counts what a k x k
    convolution with biases, a stride of 1 and no padding costs on a picture
    of h rows and w columns.

    Parameters
    ----------
    candidate : callable
        Returns the pair (parameters, multiply-adds) of ints.

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def bias_for_each_pair(c_i, c_o, k, h, w, groups):
        parameters, multiply_adds = _cost(c_i, c_o, k, h, w, groups)
        return parameters + c_o * (c_i // groups - 1), multiply_adds

    def no_bias(c_i, c_o, k, h, w, groups):
        parameters, multiply_adds = _cost(c_i, c_o, k, h, w, groups)
        return parameters - c_o, multiply_adds

    def input_places(c_i, c_o, k, h, w, groups):
        parameters, _ = _cost(c_i, c_o, k, h, w, groups)
        return parameters, (parameters - c_o) * h * w

    def bias_at_each_place(c_i, c_o, k, h, w, groups):
        parameters, _ = _cost(c_i, c_o, k, h, w, groups)
        return parameters, parameters * (h - k + 1) * (w - k + 1)

    def only_one_group(c_i, c_o, k, h, w, groups):
        return _cost(c_i, c_o // groups, k, h, w, groups)

    mistakes = [
        Mistake(
            bias_for_each_pair,
            "you count a bias for each pair of channels; the input channels "
            "are summed first, so there is one for each output channel.",
        ),
        Mistake(
            no_bias,
            "the biases are missing: one for each output channel.",
        ),
        Mistake(
            input_places,
            "without padding, a window of k fits in n - k + 1 places, not "
            "in n.",
        ),
        Mistake(
            bias_at_each_place,
            "adding a bias is no multiply-add; count the weights only.",
        ),
        Mistake(
            lambda c_i, c_o, k, h, w, groups: _cost(c_i, c_o, k, h, w, 1),
            "groups is not used: an output channel sees c_i / groups input "
            "channels.",
        ),
        Mistake(
            only_one_group,
            "this is the cost of one group; there are `groups` of them.",
        ),
    ]
    sizes = [
        (2, 3, 1, 2, 2, 1),
        (2, 3, 2, 4, 5, 1),
        (1, 6, 5, 32, 32, 1),
        (4, 6, 3, 5, 6, 2),
        (6, 6, 3, 8, 7, 6),
        (3, 64, 7, 20, 30, 1),
        (12, 8, 3, 10, 9, 4),
        (16, 32, 5, 14, 14, 16),
    ]
    names = ("c_i", "c_o", "k", "h", "w", "groups")
    return run_check(
        "conv_cost",
        candidate,
        _cost,
        [dict(zip(names, size)) for size in sizes],
        mistakes,
    )


def conv1x1(candidate):
    """Check exercise 3.2: a 1x1 convolution as one matrix product.

    Task: ``conv1x1(X, W, b)`` mixes the channels of a picture.

    Parameters
    ----------
    candidate : callable
        Maps X of shape (c_i, h, w), W of shape (c_o, c_i) and b of shape
        (c_o,) to a tensor of shape (c_o, h, w).

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def reference(X, W, b):
        return F.conv2d(X[None], W[:, :, None, None], b)[0]

    def scrambled(X, W, b):
        pixels = X.reshape(-1, X.shape[0])
        return (pixels @ W.T + b).T.reshape(-1, *X.shape[1:])

    def bias_along_pixels(X, W, b):
        Y = W @ X.reshape(X.shape[0], -1) + b
        return Y.reshape(-1, *X.shape[1:])

    def channels_last(X, W, b):
        return reference(X, W, b).permute(1, 2, 0)

    mistakes = [
        Mistake(
            lambda X, W, b: reference(X, W, torch.zeros_like(b)),
            "the bias is missing.",
        ),
        Mistake(
            lambda X, W, b: reference(X, W.T, b),
            "W is transposed: a row of W belongs to an output channel.",
        ),
        Mistake(
            scrambled,
            "reshape(-1, c_i) does not make pixels: it cuts a channel into "
            "pieces. Keep the channel axis first, or permute before.",
        ),
        Mistake(
            bias_along_pixels,
            "b is added along the pixels; give it the shape (c_o, 1).",
        ),
        Mistake(
            channels_last,
            "the channels come last; the output has the shape (c_o, h, w).",
        ),
    ]
    # (c_i, c_o, h, w). In the first, a transposed W and a bias along the
    # pixels fit, so that both are named.
    sizes = [(4, 4, 2, 2), (2, 3, 2, 3), (3, 1, 4, 5), (5, 6, 3, 2)]
    sizes += [(1, 4, 3, 3), (8, 2, 6, 4)]
    return run_check(
        "conv1x1",
        candidate,
        reference,
        [
            {"X": _numbers(c_i, h, w), "W": _numbers(c_o, c_i), "b": b}
            for c_i, c_o, h, w in sizes
            for b in [_numbers(c_o)]
        ],
        mistakes,
    )


def _merge(K, b, P, q):
    return torch.einsum("om,mihw->oihw", P, K), P @ b + q


def merge_1x1(candidate):
    """Check exercise 3.3: one convolution in place of two.

    Task: ``merge_1x1(K, b, P, q)`` returns the kernels and the biases of
    the one convolution that does what a convolution with K and b, followed
    by a 1x1 convolution with P and q, does.

    Parameters
    ----------
    candidate : callable
        Maps K of shape (c, c_i, k_h, k_w), b of shape (c,), P of shape
        (c_o, c) and q of shape (c_o,) to the pair (kernels, biases) of
        shapes (c_o, c_i, k_h, k_w) and (c_o,).

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """
    mistakes = [
        Mistake(
            lambda K, b, P, q: (_merge(K, b, P, q)[0], b + q),
            "the kernels are right, but P mixes the first biases too.",
        ),
        Mistake(
            lambda K, b, P, q: (_merge(K, b, P, q)[0], q),
            "the kernels are right, but the first layer's biases are lost.",
        ),
        Mistake(
            lambda K, b, P, q: (_merge(K, b, P, q)[0], P @ b),
            "the kernels are right, but the second layer's biases are lost.",
        ),
        Mistake(
            lambda K, b, P, q: _merge(K, b, P.T, q),
            "P is transposed: a row of P belongs to an output channel.",
        ),
        Mistake(
            lambda K, b, P, q: (K * P[:, :, None, None], P @ b + q),
            "you multiplied entry by entry; sum over the channels between "
            "the two layers.",
        ),
    ]
    # (c_i, c, c_o, k_h, k_w). The first has equal numbers of channels, so
    # that wrong pairings fit and are named.
    sizes = [(2, 2, 2, 1, 1), (3, 3, 3, 2, 2), (1, 2, 3, 3, 3)]
    sizes += [(3, 4, 1, 3, 2), (2, 5, 4, 1, 3), (6, 3, 8, 5, 5)]
    return run_check(
        "merge_1x1",
        candidate,
        _merge,
        [
            {
                "K": _numbers(c, c_i, k_h, k_w),
                "b": _numbers(c),
                "P": _numbers(c_o, c),
                "q": _numbers(c_o) + 1,
            }
            for c_i, c, c_o, k_h, k_w in sizes
        ],
        mistakes,
    )


def _deal(X, first, second):
    """View the channels as a table, and read it column by column."""
    n, c, h, w = X.shape
    table = X.reshape(n, first, second, h, w)
    return table.transpose(1, 2).reshape(n, c, h, w)


def shuffle_channels(candidate):
    """Check exercise 3.4: dealing channels out to groups.

    Task: ``shuffle_channels(X, groups)`` orders the channels so that each
    group of the output has channels of all groups of the input: first the
    first channel of each group, then the second of each, and so on.

    Parameters
    ----------
    candidate : callable
        Maps X of shape (n, c, h, w) and the number of groups, which divides
        c, to a tensor of X's shape.

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def batch_too(X, groups):
        n, c, h, w = X.shape
        table = X.reshape(groups, -1, h, w)
        return table.transpose(0, 1).reshape(n, c, h, w)

    mistakes = [
        Mistake(
            lambda X, groups: X,
            "nothing moved: a reshape there and back changes no order; "
            "transpose in between.",
        ),
        Mistake(
            lambda X, groups: _deal(X, X.shape[1] // groups, groups),
            "this deals the other way, and undoes a shuffle; the table has "
            "one row for each group.",
        ),
        Mistake(
            lambda X, groups: X.roll(X.shape[1] // groups, dims=1),
            "the groups changed places but stayed whole; deal their "
            "channels out one by one.",
        ),
        Mistake(
            batch_too,
            "the pictures of the batch are mixed; keep the batch axis when "
            "you reshape.",
        ),
    ]
    # (n, c, h, w, groups)
    sizes = [(1, 6, 1, 1, 2), (1, 6, 1, 1, 3), (2, 4, 1, 2, 2)]
    sizes += [(3, 12, 2, 2, 4), (2, 8, 3, 2, 8), (2, 8, 3, 2, 1)]
    return run_check(
        "shuffle_channels",
        candidate,
        lambda X, groups: _deal(X, groups, X.shape[1] // groups),
        [
            {
                "X": torch.arange(float(n * c * h * w)).reshape(n, c, h, w),
                "groups": groups,
            }
            for n, c, h, w, groups in sizes
        ],
        mistakes,
    )
