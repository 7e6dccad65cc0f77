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


def dead_classes(maps):
    largest = maps.amax(dim=(0, 2, 3))
    return [k for k, value in enumerate(largest.tolist()) if value == 0]


SOLUTIONS = [nin_parameters, class_activation_map, dead_classes]

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
    ("dead_classes",
     lambda maps: maps.amax(dim=(0, 2, 3)).nonzero().flatten().tolist(),
     "living classes"),
    ("dead_classes", lambda maps: dead_classes(maps[0:1]),
     "not at the first alone"),
    ("dead_classes",
     lambda maps: (maps.amin(dim=(0, 2, 3)) == 0).nonzero().flatten()
     .tolist(),
     "zero somewhere"),
    ("dead_classes", lambda maps: len(dead_classes(maps)),
     "return which"),
    ("dead_classes", lambda maps: maps.amax(dim=(0, 2, 3)) == 0,
     "truth values"),
]  # fmt: skip
