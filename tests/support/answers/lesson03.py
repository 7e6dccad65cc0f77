"""Answers to the exercises of lesson 03."""

import torch
from torch import nn
from torch.nn import functional as F

from course_utils import count_cost


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


RIGHT = [conv_cost, conv1x1, merge_1x1, shuffle_channels]


def bias_for_each_pair(c_i, c_o, k, h, w, groups):
    pairs = c_o * c_i // groups
    places = (h - k + 1) * (w - k + 1)
    return pairs * (k * k + 1), pairs * k * k * places


def no_bias(c_i, c_o, k, h, w, groups):
    layer = nn.Conv2d(c_i, c_o, k, groups=groups, bias=False, device="meta")
    return count_cost(layer, (1, c_i, h, w))


def bias_at_each_place(c_i, c_o, k, h, w, groups):
    parameters = c_o * (c_i // groups) * k * k + c_o
    return parameters, parameters * (h - k + 1) * (w - k + 1)


def groups_forgotten(c_i, c_o, k, h, w, groups):
    return conv_cost(c_i, c_o, k, h, w, 1)


def one_group(c_i, c_o, k, h, w, groups):
    return conv_cost(c_i // groups, c_o // groups, k, h, w, 1)


def dealt_back(X, groups):
    return F.channel_shuffle(X, X.shape[1] // groups)


def whole_groups(X, groups):
    parts = X.chunk(groups, dim=1)
    return torch.cat([parts[-1], *parts[:-1]], dim=1)


def batch_mixed(X, groups):
    n, c, h, w = X.shape
    return X.view(groups, -1, h, w).transpose(0, 1).reshape(n, c, h, w)


WRONG = [
    ("conv_cost", bias_for_each_pair, "a bias for each pair"),
    ("conv_cost", no_bias, "biases are missing"),
    ("conv_cost", bias_at_each_place, "no multiply-add"),
    ("conv_cost", groups_forgotten, "groups is not used"),
    ("conv_cost", one_group, "cost of one group"),
    ("shuffle_channels", dealt_back, "deals the other way"),
    ("shuffle_channels", whole_groups, "stayed whole"),
    ("shuffle_channels", batch_mixed, "batch are mixed"),
]  # fmt: skip
