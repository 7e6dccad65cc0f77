"""Each check of lesson 07: stub, solution, and planted mistakes."""

import pytest
import torch
from torch import nn

from course_utils import check, nin_block


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
    (check.nin_parameters, lambda c_i, c_o, k: c_i * c_o * k**2 + c_o,
     "first convolution alone"),
    (check.nin_parameters,
     lambda c_i, c_o, k: c_i * c_o * k**2 + c_o + c_o**2 + c_o,
     "not one"),
    (check.nin_parameters, lambda c_i, c_o, k: c_o * (c_i * k**2 + 2 * c_o),
     "biases are missing"),
    (check.nin_parameters,
     lambda c_i, c_o, k: c_o * (c_i * k**2 + 1 + 2 * c_i + 2),
     "not c_i"),
    (check.nin_parameters, lambda c_i, c_o, k: c_o * (c_i * k**2 + 5),
     "each pair of channels"),
    (check.class_activation_map, lambda features, weights, k: features.sum(1),
     "that it has for class k"),
    (check.class_activation_map,
     lambda features, weights, k: (
         features * weights[k].view(-1, 1, 1)).mean(dim=1),
     "add up over the channels"),
    (check.class_activation_map,
     lambda features, weights, k: class_activation_map(
         features, weights, k).clamp(min=0),
     "below zero"),
    (check.class_activation_map,
     lambda features, weights, k: features.mean(dim=(2, 3)) @ weights[k],
     "this is the score"),
    (check.class_activation_map,
     lambda features, weights, k: torch.stack(
         [class_activation_map(features, weights, j)
          for j in range(len(weights))], dim=1),
     "of all classes"),
    (check.class_activation_map,
     lambda features, weights, k: class_activation_map(
         features, weights, k)[:, None],
     "one axis too many"),
    (check.dead_classes,
     lambda maps: maps.amax(dim=(0, 2, 3)).nonzero().flatten().tolist(),
     "living classes"),
    (check.dead_classes, lambda maps: dead_classes(maps[0:1]),
     "not at the first alone"),
    (check.dead_classes,
     lambda maps: (maps.amin(dim=(0, 2, 3)) == 0).nonzero().flatten()
     .tolist(),
     "zero somewhere"),
    (check.dead_classes, lambda maps: len(dead_classes(maps)),
     "return which"),
    (check.dead_classes, lambda maps: maps.amax(dim=(0, 2, 3)) == 0,
     "truth values"),
]  # fmt: skip


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_solution_passes(solution):
    result = getattr(check, solution.__name__)(solution)
    assert result.passed and "passed" in result.line


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_stub_fails_and_says_what_to_do(solution):
    def stub(*args, **kwargs):
        raise NotImplementedError

    result = getattr(check, solution.__name__)(stub)
    assert not result.passed and "still a stub" in result.line


@pytest.mark.parametrize("run, mistake, hint", MISTAKES)
def test_mistake_gets_its_own_hint(run, mistake, hint):
    result = run(mistake)
    assert not result.passed
    assert hint in result.line.split("Hint:")[1]
