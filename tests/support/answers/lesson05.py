"""Answers to the exercises of lesson 05."""

import torch


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


RIGHT = [conv_parameters, per_class_accuracy, top_k_accuracy]

WRONG = [
    ("per_class_accuracy",
     lambda y_hat, y, num_classes: torch.stack([
         (y[y_hat.argmax(1) == c] == c).float().mean()
         for c in range(num_classes)]),
     "how often it is true"),
]  # fmt: skip
