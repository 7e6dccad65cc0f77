"""Answers to the exercises of lesson 03."""

import torch
from torch import nn

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


def motion_kernel(k):
    weight = torch.zeros(k, k)
    for t in range(k):
        weight[t, t] += 2
        weight[t, k - 1 - t] -= 2
    return weight, -3


RIGHT = [conv_cost, conv1x1, merge_1x1, motion_kernel]


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


def template(k):
    weight = torch.zeros(k, k)
    weight[range(k), range(k)] = 1.0
    return weight, -k + 0.5


def to_the_left(k):
    weight, bias = motion_kernel(k)
    return weight.flip(0), bias


def no_threshold(k):
    return motion_kernel(k)[0], 0


WRONG = [
    ("conv_cost", bias_for_each_pair, "a bias for each pair"),
    ("conv_cost", no_bias, "biases are missing"),
    ("conv_cost", bias_at_each_place, "no multiply-add"),
    ("conv_cost", groups_forgotten, "groups is not used"),
    ("conv_cost", one_group, "cost of one group"),
    ("motion_kernel", template, "resting bar"),
    ("motion_kernel", to_the_left, "motion to the left"),
    ("motion_kernel", no_threshold, "one positive weight"),
]  # fmt: skip
