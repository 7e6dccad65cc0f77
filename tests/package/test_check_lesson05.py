"""Each check of lesson 05: stub, solution, and planted mistakes."""

import torch
from check_tests import (  # noqa: F401
    test_check_leaves_the_random_state_alone,
    test_mistake_gets_its_own_hint,
    test_solution_passes,
    test_stub_is_told_to_write_its_body,
)


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
    ("conv_parameters", lambda c_i, c_o, k_h, k_w: k_h * k_w * c_i * c_o,
     "biases are missing"),
    ("conv_parameters",
     lambda c_i, c_o, k_h, k_w: c_i * c_o * (1 + k_w * k_h),
     "once per pair of channels"),
    ("conv_parameters", lambda c_i, c_o, k_h, k_w: c_o * k_h * k_w + c_o,
     "for every input channel"),
    ("conv_parameters",
     lambda c_i, c_o, k_h, k_w: c_i * (c_o * k_h * k_w + 1),
     "belong to the output channels"),
    ("per_class_accuracy",
     lambda y_hat, y, num_classes: torch.stack([
         (y[y_hat.argmax(1) == c] == c).float().mean()
         for c in range(num_classes)]),
     "how often it is true"),
    ("per_class_accuracy",
     lambda y_hat, y, num_classes: per_class_accuracy(y_hat, y, num_classes)
     * y.bincount(minlength=num_classes) / len(y),
     "number of all examples"),
    ("per_class_accuracy",
     lambda y_hat, y, num_classes: y[y_hat.argmax(1) == y].bincount(
         minlength=num_classes),
     "these are counts"),
    ("per_class_accuracy",
     lambda y_hat, y, num_classes: (y_hat.argmax(1) == y).float().mean(),
     "one number for each class"),
    ("top_k_accuracy",
     lambda y_hat, y, k: (y_hat.argmax(1) == y).float().mean(),
     "k is not used"),
    ("top_k_accuracy",
     lambda y_hat, y, k: top_k_accuracy(-y_hat, y, k),
     "take the largest"),
    ("top_k_accuracy",
     lambda y_hat, y, k: top_k_accuracy(y_hat, y, k) * len(y),
     "this is a count"),
    ("top_k_accuracy",
     lambda y_hat, y, k: top_k_accuracy(y_hat, y, k) / k,
     "do not divide by k"),
]  # fmt: skip
