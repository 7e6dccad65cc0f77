"""Checks for lesson 05, LeNet."""

import torch

from .engine import exercise, integer, random_cases

__all__ = ["conv_parameters", "per_class_accuracy", "top_k_accuracy"]


def _conv_case(size, generator):
    highs = (size + 2, size + 2, 6, 6)
    return [integer(1, high, generator) for high in highs]


@exercise(cases=random_cases(_conv_case), mistakes={
    "the biases are missing: one for each output channel.":
        lambda c_i, c_o, k_h, k_w: c_o * c_i * k_h * k_w,
    "the bias is counted once per pair of channels, not per output channel.":
        lambda c_i, c_o, k_h, k_w: c_o * c_i * (k_h * k_w + 1),
    "each output channel has a kernel for every input channel.":
        lambda c_i, c_o, k_h, k_w: c_o * (k_h * k_w + 1),
    "the biases belong to the output channels, not the inputs.":
        lambda c_i, c_o, k_h, k_w: c_o * c_i * k_h * k_w + c_i,
})  # fmt: skip
def conv_parameters(c_i, c_o, k_h, k_w):
    """Exercise 5.1: count the weights and biases of a convolution."""
    return c_o * (c_i * k_h * k_w + 1)


def _scores_case(size, generator):
    num_classes, n = size + 1, 4 * size
    y_hat = torch.randn(n, num_classes, generator=generator)
    return y_hat, torch.randint(0, num_classes, (n,), generator=generator)


def _per_class_case(size, generator):
    y_hat, y = _scores_case(size, generator)
    num_classes = y_hat.shape[1]
    # Every class is there at least once, so that its accuracy is defined.
    y[:num_classes] = torch.arange(num_classes)
    return y_hat, y, num_classes


def _hits(y_hat, y, num_classes):
    """Count the examples of each class that are classified correctly."""
    return y[y_hat.argmax(dim=1) == y].bincount(minlength=num_classes)


@exercise(cases=random_cases(_per_class_case), mistakes={
    "you divide by how often the class is predicted; divide by how often it "
    "is true.":
        lambda y_hat, y, n: (
            _hits(y_hat, y, n) / y_hat.argmax(dim=1).bincount(minlength=n)
        ),
    "you divide by the number of all examples; divide by those of the class.":
        lambda y_hat, y, n: _hits(y_hat, y, n) / len(y),
    "these are counts; divide each by the number of examples of its class.":
        _hits,
    "this is the accuracy over all; return one number for each class.":
        lambda y_hat, y, n: (y_hat.argmax(dim=1) == y).float().mean(),
})  # fmt: skip
def per_class_accuracy(y_hat, y, num_classes):
    """Exercise 5.3: the share of each class that is classified correctly."""
    return _hits(y_hat, y, num_classes) / y.bincount(minlength=num_classes)


def _top_k_case(size, generator):
    y_hat, y = _scores_case(size, generator)
    return y_hat, y, integer(1, y_hat.shape[1] + 1, generator)


@exercise(cases=random_cases(_top_k_case), mistakes={
    "k is not used: only the best score is looked at.":
        lambda y_hat, y, k: top_k_accuracy.right(y_hat, y, 1),
    "these are the k smallest scores; take the largest.":
        lambda y_hat, y, k: top_k_accuracy.right(-y_hat, y, k),
    "this is a count; divide it by the number of examples.":
        lambda y_hat, y, k: top_k_accuracy.right(y_hat, y, k) * len(y),
    "do not divide by k: an example counts once, or not at all.":
        lambda y_hat, y, k: top_k_accuracy.right(y_hat, y, k) / k,
})  # fmt: skip
def top_k_accuracy(y_hat, y, k):
    """Exercise 5.4: how often the class is among the k best scores."""
    best = y_hat.topk(k, dim=1).indices
    return (best == y.view(-1, 1)).any(dim=1).float().mean()
