"""Each check of lesson 05: stub, solution, and planted mistakes."""

import pytest
import torch

from course_utils import check


def conv_parameters(c_i, c_o, k_h, k_w):
    return c_o * c_i * k_h * k_w + c_o


def per_class_accuracy(y_hat, y, num_classes):
    correct = y_hat.argmax(dim=1) == y
    return torch.stack(
        [correct[y == c].float().mean() for c in range(num_classes)]
    )


def top_k_accuracy(y_hat, y, k):
    order = y_hat.argsort(dim=1, descending=True)[:, :k]
    return (order == y[:, None]).float().sum(dim=1).mean()


SOLUTIONS = [conv_parameters, per_class_accuracy, top_k_accuracy]

MISTAKES = [
    (check.conv_parameters, lambda c_i, c_o, k_h, k_w: k_h * k_w * c_i * c_o,
     "biases are missing"),
    (check.conv_parameters,
     lambda c_i, c_o, k_h, k_w: c_i * c_o * (1 + k_w * k_h),
     "once per pair of channels"),
    (check.conv_parameters, lambda c_i, c_o, k_h, k_w: c_o * k_h * k_w + c_o,
     "for every input channel"),
    (check.conv_parameters,
     lambda c_i, c_o, k_h, k_w: c_i * (c_o * k_h * k_w + 1),
     "belong to the output channels"),
    (check.per_class_accuracy,
     lambda y_hat, y, num_classes: torch.stack([
         (y[y_hat.argmax(1) == c] == c).float().mean()
         for c in range(num_classes)]),
     "how often it is true"),
    (check.per_class_accuracy,
     lambda y_hat, y, num_classes: per_class_accuracy(y_hat, y, num_classes)
     * y.bincount(minlength=num_classes) / len(y),
     "number of all examples"),
    (check.per_class_accuracy,
     lambda y_hat, y, num_classes: y[y_hat.argmax(1) == y].bincount(
         minlength=num_classes),
     "these are counts"),
    (check.per_class_accuracy,
     lambda y_hat, y, num_classes: (y_hat.argmax(1) == y).float().mean(),
     "one number for each class"),
    (check.top_k_accuracy,
     lambda y_hat, y, k: (y_hat.argmax(1) == y).float().mean(),
     "k is not used"),
    (check.top_k_accuracy,
     lambda y_hat, y, k: top_k_accuracy(-y_hat, y, k),
     "take the largest"),
    (check.top_k_accuracy,
     lambda y_hat, y, k: top_k_accuracy(y_hat, y, k) * len(y),
     "this is a count"),
    (check.top_k_accuracy,
     lambda y_hat, y, k: top_k_accuracy(y_hat, y, k) / k,
     "do not divide by k"),
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
