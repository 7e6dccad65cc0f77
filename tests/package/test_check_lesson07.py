"""Each check of lesson 07: stub, solution, and planted mistakes."""

import torch
from check_tests import (  # noqa: F401
    test_check_leaves_the_random_state_alone,
    test_mistake_gets_its_own_hint,
    test_solution_passes,
    test_stub_is_told_to_write_its_body,
)
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


SOLUTIONS = [
    nin_parameters,
    class_activation_map,
    averaging_weights,
    dead_layer,
    weight_std,
]

MISTAKES = [
    ("nin_parameters", lambda c_i, c_o, k: c_i * c_o * k**2 + c_o,
     "first convolution alone"),
    ("nin_parameters",
     lambda c_i, c_o, k: c_i * c_o * k**2 + c_o + c_o**2 + c_o,
     "not one"),
    ("nin_parameters", lambda c_i, c_o, k: c_o * (c_i * k**2 + 2 * c_o),
     "biases are missing"),
    ("nin_parameters",
     lambda c_i, c_o, k: c_o * (c_i * k**2 + 1 + 2 * c_i + 2),
     "not c_i"),
    ("nin_parameters", lambda c_i, c_o, k: c_o * (c_i * k**2 + 5),
     "each pair of channels"),
    ("class_activation_map", lambda features, weights, k: features.sum(1),
     "that it has for class k"),
    ("class_activation_map",
     lambda features, weights, k: (
         features * weights[k].view(-1, 1, 1)).mean(dim=1),
     "add up over the channels"),
    ("class_activation_map",
     lambda features, weights, k: class_activation_map(
         features, weights, k).clamp(min=0),
     "below zero"),
    ("class_activation_map",
     lambda features, weights, k: features.mean(dim=(2, 3)) @ weights[k],
     "this is the score"),
    ("class_activation_map",
     lambda features, weights, k: torch.stack(
         [class_activation_map(features, weights, j)
          for j in range(len(weights))], dim=1),
     "of all classes"),
    ("class_activation_map",
     lambda features, weights, k: class_activation_map(
         features, weights, k)[:, None],
     "one axis too many"),
    ("averaging_weights",
     lambda classes, h, w: averaging_weights(classes, h, w) * (h * w),
     "a mean divides"),
    ("averaging_weights",
     lambda classes, h, w: averaging_weights(classes, h, w) / classes,
     "not by all inputs"),
    ("averaging_weights",
     lambda classes, h, w: torch.cat([torch.eye(classes)] * (h * w), 1)
     / (h * w),
     "one after the other"),
    ("averaging_weights",
     lambda classes, h, w: torch.ones(classes, classes * h * w) / (h * w),
     "own map only"),
    ("averaging_weights",
     lambda classes, h, w: averaging_weights(classes, h, w).T,
     "(outputs, inputs)"),
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
    ("dead_layer", lambda net, X: max(all_dead(net, X), default=None),
     "those behind it"),
    ("dead_layer", lambda net, X: all_dead(net, X) or None, "not a list"),
    ("dead_layer", lambda net, X: dead_layer(net, X) is not None,
     "return where"),
    ("weight_std", lambda n_in, a: (2 / n_in) ** 0.5, "multiplied by a"),
    ("weight_std", lambda n_in, a: 2 / ((1 + a * a) * n_in),
     "square root"),
    ("weight_std", lambda n_in, a: (1 / n_in) ** 0.5, "of the sums"),
    ("weight_std", lambda n_in, a: (2 / (n_in + a * n_in)) ** 0.5,
     "the square of a"),
    ("weight_std", lambda n_in, a: (1 / (n_in + a * a * n_in)) ** 0.5,
     "only half of the sums"),
]  # fmt: skip
