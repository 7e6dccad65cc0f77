"""The checks of lesson 03: stubs, solutions, and mistakes with their hints.

The mistakes here are written out by hand, as a learner would, so that they
do not repeat the code that they test.
"""

import torch
from check_tests import (  # noqa: F401
    test_check_leaves_the_random_state_alone,
    test_mistake_gets_its_own_hint,
    test_solution_passes,
    test_stub_is_told_to_write_its_body,
)
from torch import nn
from torch.nn import functional as F

from course_utils import check, count_cost

# Solutions, by another road than the reference's.


def conv_cost(c_i, c_o, k, h, w, groups):
    layer = nn.Conv2d(c_i, c_o, k, groups=groups, device="meta")
    return count_cost(layer, (1, c_i, h, w))


def conv1x1(X, W, b):
    Y = torch.zeros(W.shape[0], *X.shape[1:])
    for i in range(X.shape[1]):
        for j in range(X.shape[2]):
            Y[:, i, j] = W @ X[:, i, j] + b
    return Y


def merge_1x1(K, b, P, q):
    kernels = torch.zeros(P.shape[0], *K.shape[1:])
    biases = torch.zeros(P.shape[0])
    for o in range(P.shape[0]):
        for m in range(P.shape[1]):
            kernels[o] += P[o, m] * K[m]
            biases[o] += P[o, m] * b[m]
    return kernels, biases + q


def shuffle_channels(X, groups):
    return F.channel_shuffle(X, groups)


SOLUTIONS = [conv_cost, conv1x1, merge_1x1, shuffle_channels]


# Mistakes.


def bias_for_each_pair(c_i, c_o, k, h, w, groups):
    pairs = c_o * c_i // groups
    places = (h - k + 1) * (w - k + 1)
    return pairs * (k * k + 1), pairs * k * k * places


def no_bias(c_i, c_o, k, h, w, groups):
    layer = nn.Conv2d(c_i, c_o, k, groups=groups, bias=False, device="meta")
    return count_cost(layer, (1, c_i, h, w))


def input_places(c_i, c_o, k, h, w, groups):
    weights = c_o * (c_i // groups) * k * k
    return weights + c_o, weights * h * w


def bias_at_each_place(c_i, c_o, k, h, w, groups):
    parameters = c_o * (c_i // groups) * k * k + c_o
    return parameters, parameters * (h - k + 1) * (w - k + 1)


def groups_forgotten(c_i, c_o, k, h, w, groups):
    return conv_cost(c_i, c_o, k, h, w, 1)


def one_group(c_i, c_o, k, h, w, groups):
    return conv_cost(c_i // groups, c_o // groups, k, h, w, 1)


def forgotten_bias(X, W, b):
    return torch.tensordot(W, X, dims=1)


def transposed_mix(X, W, b):
    c, h, w = X.shape
    return (W.T @ X.view(c, h * w) + b[:, None]).view(len(b), h, w)


def scrambled_pixels(X, W, b):
    c, h, w = X.shape
    pixels = X.view(h * w, c)
    return F.linear(pixels, W, b).T.reshape(len(b), h, w)


def bias_along_pixels(X, W, b):
    c, h, w = X.shape
    return (W @ X.view(c, h * w) + b).view(len(b), h, w)


def channels_last(X, W, b):
    return F.linear(X.permute(1, 2, 0), W, b)


def biases_not_mixed(K, b, P, q):
    return merge_1x1(K, b, P, q)[0], b + q


def first_bias_lost(K, b, P, q):
    return merge_1x1(K, b * 0, P, q)


def second_bias_lost(K, b, P, q):
    return merge_1x1(K, b, P, q * 0)


def transposed_merge(K, b, P, q):
    return torch.einsum("mo,mihw->oihw", P, K), P.T @ b + q


def entry_by_entry(K, b, P, q):
    c_o, c_i = P.shape
    return P.view(c_o, c_i, 1, 1) * K, P.mv(b) + q


def not_transposed(X, groups):
    n, c, h, w = X.shape
    return X.view(n, groups, c // groups, h, w).view(n, c, h, w)


def dealt_back(X, groups):
    return F.channel_shuffle(X, X.shape[1] // groups)


def whole_groups(X, groups):
    parts = X.chunk(groups, dim=1)
    return torch.cat([parts[-1], *parts[:-1]], dim=1)


def batch_mixed(X, groups):
    n, c, h, w = X.shape
    return X.view(groups, -1, h, w).transpose(0, 1).reshape(n, c, h, w)


MISTAKES = [
    ("conv_cost", bias_for_each_pair, "a bias for each pair"),
    ("conv_cost", no_bias, "biases are missing"),
    ("conv_cost", input_places, "n - k + 1 places"),
    ("conv_cost", bias_at_each_place, "no multiply-add"),
    ("conv_cost", groups_forgotten, "groups is not used"),
    ("conv_cost", one_group, "cost of one group"),
    ("conv1x1", forgotten_bias, "bias is missing"),
    ("conv1x1", transposed_mix, "W is transposed"),
    ("conv1x1", scrambled_pixels, "does not make pixels"),
    ("conv1x1", bias_along_pixels, "along the pixels"),
    ("conv1x1", channels_last, "channels come last"),
    ("merge_1x1", biases_not_mixed, "mixes the first biases"),
    ("merge_1x1", first_bias_lost, "first layer's biases are lost"),
    ("merge_1x1", second_bias_lost, "second layer's biases are lost"),
    ("merge_1x1", transposed_merge, "P is transposed"),
    ("merge_1x1", entry_by_entry, "entry by entry"),
    ("shuffle_channels", not_transposed, "nothing moved"),
    ("shuffle_channels", dealt_back, "deals the other way"),
    ("shuffle_channels", whole_groups, "stayed whole"),
    ("shuffle_channels", batch_mixed, "batch are mixed"),
]


def test_unknown_mistake_fails_without_a_hint():
    result = check.conv1x1(lambda X, W, b: conv1x1(X, W, b) + 1)
    assert not result.passed
    assert "Hint" not in result.line
