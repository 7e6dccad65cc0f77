"""Answers to the exercises of lesson 04."""

import math

import torch
from torch.nn import functional as F


def global_max_pool(X):
    return F.adaptive_max_pool2d(X, 1).flatten(1)


def max_pool2d(X, k, stride, padding):
    return F.max_pool2d(X[None, None], k, stride, padding)[0, 0]


def adaptive_windows(n, m):
    # Ask the framework which inputs reach which output.
    answers = F.adaptive_avg_pool1d(torch.eye(n)[:, None], m)[:, 0]
    inside = [column.nonzero().flatten().tolist() for column in answers.T]
    return [(places[0], places[-1] + 1) for places in inside]


def max_pool_gradient(X, dY, k):
    leaf = X.clone().requires_grad_()
    F.max_pool2d(leaf[None, None], k)[0, 0].backward(dY)
    return leaf.grad


def max_pool_of_relus(X):
    return F.max_pool2d(X, 2)


RIGHT = [
    global_max_pool,
    max_pool2d,
    adaptive_windows,
    max_pool_gradient,
    max_pool_of_relus,
]


def zeros_around(X, k, stride, padding):
    X = F.pad(X, (padding, padding, padding, padding))
    return max_pool2d(X, k, stride, 0)


def padded_on_two_sides(X, k, stride, padding):
    wide = X.new_full((X.shape[0] + padding, X.shape[1] + padding), -math.inf)
    wide[: X.shape[0], : X.shape[1]] = X
    return max_pool2d(wide, k, stride, 0)


def rounded_up(X, k, stride, padding):
    X = F.pad(X, (padding, padding, padding, padding), value=-math.inf)
    rows = math.ceil((X.shape[0] - k) / stride) + 1
    columns = math.ceil((X.shape[1] - k) / stride) + 1
    Y = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            Y[i, j] = X[top : top + k, left : left + k].max()
    return Y


def spread_evenly(X, dY, k):
    leaf = X.clone().requires_grad_()
    F.avg_pool2d(leaf[None, None], k)[0, 0].backward(dY)
    return leaf.grad


def to_the_whole_window(X, dY, k):
    return spread_evenly(X, dY, k) * k * k


def to_the_first(X, dY, k):
    dX = torch.zeros_like(X)
    h, w = dY.shape
    dX[: h * k : k, : w * k : k] = dY
    return dX


def over_channels(X):
    return X.amax(dim=(1, 2, 3))[:, None].repeat(1, X.shape[1])


def smaller_of_two(X):
    return -F.max_pool2d(-X, 2)


WRONG = [
    ("global_max_pool", over_channels, "one for all channels"),
    ("max_pool_of_relus", smaller_of_two, "the smaller of the two"),
    ("max_pool2d", zeros_around, "pad with minus infinity"),
    ("max_pool2d", padded_on_two_sides, "on all four sides"),
    ("max_pool2d", rounded_up, "is rounded down"),
    ("max_pool_gradient", spread_evenly, "average pooling's gradient"),
    ("max_pool_gradient", to_the_whole_window, "not the whole window"),
    ("max_pool_gradient", to_the_first, "the first pixel of each window"),
]  # fmt: skip
