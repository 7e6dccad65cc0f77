"""Checks for lesson 05, LeNet."""

import torch

from .cases import integer, random_cases
from .engine import Mistake, run_check

__all__ = ["conv_parameters", "per_class_accuracy", "top_k_accuracy"]


def _conv_case(size, generator):
    return {
        "c_i": integer(1, size + 2, generator),
        "c_o": integer(1, size + 2, generator),
        "k_h": integer(1, 6, generator),
        "k_w": integer(1, 6, generator),
    }


def conv_parameters(candidate):
    """Check a function that counts a convolution's parameters.

    Parameters
    ----------
    candidate : callable
        ``candidate(c_i, c_o, k_h, k_w)`` returns the number of weights and
        biases of a convolution with c_i input and c_o output channels and
        a k_h x k_w kernel.

    Returns
    -------
    Result
    """
    return run_check(
        "conv_parameters",
        candidate,
        lambda c_i, c_o, k_h, k_w: c_o * (c_i * k_h * k_w + 1),
        random_cases(_conv_case),
        [
            Mistake(
                lambda c_i, c_o, k_h, k_w: c_o * c_i * k_h * k_w,
                "the biases are missing: one for each output channel.",
            ),
            Mistake(
                lambda c_i, c_o, k_h, k_w: c_o * c_i * (k_h * k_w + 1),
                "the bias is counted once per pair of channels; an output "
                "channel has one.",
            ),
            Mistake(
                lambda c_i, c_o, k_h, k_w: c_o * (k_h * k_w + 1),
                "each output channel has a kernel for every input channel.",
            ),
            Mistake(
                lambda c_i, c_o, k_h, k_w: c_o * c_i * k_h * k_w + c_i,
                "the biases belong to the output channels, not the inputs.",
            ),
        ],
    )


def _scores_case(size, generator):
    num_classes = size + 1
    n = 4 * size
    return {
        "y_hat": torch.randn(n, num_classes, generator=generator),
        "y": torch.randint(0, num_classes, (n,), generator=generator),
    }


def _per_class(y_hat, y, num_classes, divide_by):
    predicted = y_hat.argmax(dim=1)
    shares = []
    for c in range(num_classes):
        hits = ((predicted == c) & (y == c)).sum()
        shares.append(hits / divide_by(predicted, y, c))
    return torch.stack(shares)


def _recall(y_hat, y, num_classes):
    return _per_class(
        y_hat, y, num_classes, lambda predicted, y, c: (y == c).sum()
    )


def _per_class_case(size, generator):
    case = _scores_case(size, generator)
    num_classes = case["y_hat"].shape[1]
    # Every class is there at least once, so that its accuracy is defined.
    every = torch.arange(num_classes)
    case["y"] = torch.cat([every, case["y"]])[: max(4 * size, num_classes)]
    rows = len(case["y"])
    case["y_hat"] = torch.randn(rows, num_classes, generator=generator)
    return {**case, "num_classes": num_classes}


def per_class_accuracy(candidate):
    """Check a function that computes the accuracy of each class.

    Parameters
    ----------
    candidate : callable
        ``candidate(y_hat, y, num_classes)`` takes scores of shape
        (n, num_classes) and classes of shape (n,), and returns a tensor of
        shape (num_classes,): for each class, the share of its own examples
        that are classified correctly.

    Returns
    -------
    Result
    """
    return run_check(
        "per_class_accuracy",
        candidate,
        _recall,
        random_cases(_per_class_case),
        [
            Mistake(
                lambda y_hat, y, num_classes: _per_class(
                    y_hat,
                    y,
                    num_classes,
                    lambda predicted, y, c: (predicted == c).sum(),
                ),
                "you divide by how often the class is predicted; divide by "
                "how often it is true.",
            ),
            Mistake(
                lambda y_hat, y, num_classes: _per_class(
                    y_hat,
                    y,
                    num_classes,
                    lambda predicted, y, c: torch.tensor(len(y)),
                ),
                "you divide by the number of all examples; divide by those "
                "of the class.",
            ),
            Mistake(
                lambda y_hat, y, num_classes: _per_class(
                    y_hat,
                    y,
                    num_classes,
                    lambda predicted, y, c: torch.tensor(1),
                ),
                "these are counts; divide each by the number of examples "
                "of its class.",
            ),
            Mistake(
                lambda y_hat, y, num_classes: (
                    (y_hat.argmax(dim=1) == y).float().mean()
                ),
                "this is the accuracy over all classes; return one number "
                "for each class.",
            ),
        ],
    )


def _top_k_case(size, generator):
    case = _scores_case(size, generator)
    k = integer(1, case["y_hat"].shape[1] + 1, generator)
    return {**case, "k": k}


def _top_k(y_hat, y, k):
    best = y_hat.topk(k, dim=1).indices
    return float((best == y.view(-1, 1)).any(dim=1).sum()) / len(y)


def top_k_accuracy(candidate):
    """Check a function that computes the top-k accuracy.

    Parameters
    ----------
    candidate : callable
        ``candidate(y_hat, y, k)`` takes scores of shape (n, classes) and
        classes of shape (n,), and returns the share of examples whose
        class is among the k best scores.

    Returns
    -------
    Result
    """
    return run_check(
        "top_k_accuracy",
        candidate,
        _top_k,
        random_cases(_top_k_case),
        [
            Mistake(
                lambda y_hat, y, k: _top_k(y_hat, y, 1),
                "k is not used: only the best score is looked at.",
            ),
            Mistake(
                lambda y_hat, y, k: _top_k(-y_hat, y, k),
                "these are the k smallest scores; take the largest.",
            ),
            Mistake(
                lambda y_hat, y, k: _top_k(y_hat, y, k) * len(y),
                "this is a count; divide it by the number of examples.",
            ),
            Mistake(
                lambda y_hat, y, k: _top_k(y_hat, y, k) / k,
                "do not divide by k: an example counts once, or not at all.",
            ),
        ],
    )
