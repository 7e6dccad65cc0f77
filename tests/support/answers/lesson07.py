"""Answers to the exercises of lesson 07."""

import torch
from torch import nn

from course_utils import nin_block


def nin_parameters(c_i, c_o, k):
    block = nin_block(c_i, c_o, kernel_size=k, strides=1, padding=0)
    return sum(p.numel() for p in block.parameters())


def class_activation_map(features, weights, k):
    conv = nn.Conv2d(features.shape[1], 1, kernel_size=1, bias=False)
    conv.weight.data = weights[k].view(1, -1, 1, 1)
    return conv(features).squeeze(1)


def averaging_weights(classes, h, w):
    weights = torch.zeros(classes, classes, h, w)
    for k in range(classes):
        weights[k, k] = 1 / (h * w)
    return weights.flatten(1)


def dead_layer(net, X):
    with torch.no_grad():
        for i, layer in enumerate(net):
            X = layer(X)
            if isinstance(layer, nn.ReLU) and X.max() == 0:
                return i
    return None


def all_dead(net, X):
    """Return the positions of all ReLUs that are always zero."""
    found = []
    for i in range(len(net)):
        if isinstance(net[i], nn.ReLU) and not net[: i + 1](X).any():
            found.append(i)
    return found


def weight_std(n_in, a):
    return ((1 + a * a) * n_in / 2) ** -0.5


RIGHT = [
    nin_parameters,
    class_activation_map,
    averaging_weights,
    dead_layer,
    weight_std,
]

WRONG = [
    ("dead_layer", lambda net, X: dead_layer(net, X[0:1]),
     "not at the first alone"),
    ("dead_layer",
     lambda net, X: next(
         (i for i in range(len(net)) if isinstance(net[i], nn.ReLU)
          and net[: i + 1](X).min() == 0), None),
     "zero somewhere"),
    ("dead_layer", lambda net, X: next((i // 2 for i in all_dead(net, X)),
                                       None),
     "not the ReLUs alone"),
    ("dead_layer",
     lambda net, X: next(
         (i for i in range(len(net)) if net[: i + 1](X).eq(0).all()), None),
     "only a ReLU counts"),
    ("dead_layer", lambda net, X: max(all_dead(net, X), default=None),
     "those behind it"),
]  # fmt: skip
