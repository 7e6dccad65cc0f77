"""Counting what a net gets right, adding up, and timing."""

import functools
import time

import torch

from .arguments import (
    describe,
    require_device,
    require_int,
    require_number,
    validated,
)
from .batches import (
    checked_batches,
    naming,
    require_labels,
    require_scores,
)


def _check_accumulator(self, n):
    require_int("n", n, minimum=1)


def _check_add(self, args):
    if len(args) != len(self.data):
        raise ValueError(
            f"args: expected {len(self.data)} values, one for each sum, "
            f"got {len(args)}"
        )
    return {"args": [require_number("args", value) for value in args]}


class Accumulator:
    """Keep n running sums.

    Parameters
    ----------
    n : int
        How many sums.

    Notes
    -----
    Lesson 05; d2l "Utility Functions and Classes".
    """

    @validated(_check_accumulator)
    def __init__(self, n):
        self.data = [0.0] * n

    @validated(_check_add)
    def add(self, *args):
        """Add one value to each sum."""
        self.data = [a + float(b) for a, b in zip(self.data, args)]

    def reset(self):
        """Set every sum back to zero."""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, i):
        return self.data[i]


class Timer:
    """Record running times in seconds; starts when it is made.

    Notes
    -----
    Lesson 05; d2l 12.5 "Minibatch Stochastic Gradient Descent".
    """

    def __init__(self):
        self.times = []
        self.start()

    def start(self):
        """Start, or start again."""
        self.tik = time.time()

    def stop(self):
        """Record and return the seconds since the start."""
        self.times.append(time.time() - self.tik)
        return self.times[-1]

    def avg(self):
        """Return the mean of the recorded times."""
        if not self.times:
            raise ValueError("no time recorded yet: call stop() before avg()")
        return sum(self.times) / len(self.times)

    def sum(self):
        """Return the sum of the recorded times."""
        return sum(self.times)

    def cumsum(self):
        """Return the running sums of the recorded times, as a list."""
        return [sum(self.times[: i + 1]) for i in range(len(self.times))]


def _check_accuracy(y_hat, y):
    for name, value in (("y_hat", y_hat), ("y", y)):
        if not isinstance(value, torch.Tensor):
            raise TypeError(
                f"{name}: expected a tensor, got {describe(value)}"
            )
    if y.ndim != 1 or y_hat.ndim not in (1, 2) or len(y) != len(y_hat):
        raise ValueError(
            "y_hat, y: expected shapes (n, classes) or (n,), and (n,), "
            f"got {tuple(y_hat.shape)} and {tuple(y.shape)}"
        )
    for name, value in (("y", y), ("y_hat", y_hat)):
        classes = value.ndim == 1  # scores of a net are floats
        if value.is_complex() or (classes and value.is_floating_point()):
            raise ValueError(
                f"{name}: expected classes as integers, got {describe(value)}"
            )
    if y_hat.ndim == 2 and (y_hat.shape[1] < 2 or y_hat.dtype == torch.bool):
        raise ValueError(
            "y_hat: expected scores of two classes or more, "
            f"got {describe(y_hat)}"
        )
    if y_hat.ndim == 2 and len(y):
        require_labels({"y": y}, y_hat.shape[1])


@validated(_check_accuracy)
def accuracy(y_hat, y):
    """Count the correct predictions.

    Parameters
    ----------
    y_hat : torch.Tensor
        Scores of shape (n, classes), or predicted classes of shape (n,).
    y : torch.Tensor
        True classes of shape (n,).

    Returns
    -------
    float
        The number of correct predictions, not their share.

    Notes
    -----
    Lesson 05; d2l 4.3 "The Base Classification Model".
    """
    if len(y_hat.shape) > 1 and y_hat.shape[1] > 1:
        y_hat = y_hat.argmax(dim=1)
    correct = y_hat.to(y.dtype) == y
    return float(correct.sum())


def _check_evaluate(net, data_iter, device):
    if not isinstance(net, torch.nn.Module):
        raise TypeError(
            f"net: expected a torch.nn.Module, got {describe(net)} "
            "(the order is evaluate_accuracy(net, data_iter))"
        )
    if not hasattr(data_iter, "__iter__"):
        raise TypeError(
            "data_iter: expected something that gives (X, y) batches, "
            f"got {describe(data_iter)}"
        )
    if device is not None:
        require_device("device", device)
    elif next(net.parameters(), None) is None:
        raise ValueError(
            "device: expected one, for the net has no parameters that tell"
        )


class _Scored(torch.nn.Module):
    """A net that is required to give scores; keeps how many classes."""

    def __init__(self, net):
        super().__init__()
        self.net, self.classes = net, 0

    def forward(self, X):
        y_hat = self.net(X)
        require_scores(y_hat, len(X))
        self.classes = y_hat.shape[1]
        return y_hat


def _scored(evaluate):
    """Require batches that fit, scores, and labels that have a score.

    The labels are looked at when all is done: no batch waits for the
    device.
    """

    @functools.wraps(evaluate)
    def wrapper(net, data_iter, device=None):
        net = _Scored(net)
        labels: dict[str, torch.Tensor] = {}

        def batches():
            for X, y in checked_batches("data_iter", data_iter):
                labels[f"data_iter, batch {len(labels) + 1}"] = y
                yield X, y

        share = evaluate(net, batches(), device)
        require_labels(labels, net.classes)
        return share

    return wrapper


@validated(_check_evaluate)
@naming("net", "the images of data_iter")
@_scored
def evaluate_accuracy(net, data_iter, device=None):
    """Compute the share of examples that a net classifies correctly.

    Parameters
    ----------
    net : torch.nn.Module
        Set to evaluation mode, and left there.
    data_iter : iterable of (X, y)
        X of shape (n, ...), y of shape (n,).
    device : torch.device, optional
        Where to compute; by default where the net's parameters are.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    TypeError, ValueError
        If ``data_iter`` gives no batch, or one that does not fit, or if
        ``net`` gives no scores of shape (n, classes).

    Notes
    -----
    Lesson 05; d2l "Utility Functions and Classes". d2l's name is
    ``evaluate_accuracy_gpu``; both names are the same function here.
    """
    if device is None:
        device = next(net.parameters()).device
    net.eval()
    correct = total = 0
    with torch.no_grad():
        for X, y in data_iter:
            X, y = X.to(device), y.to(device)
            correct += (net(X).argmax(dim=1) == y).sum()
            total += y.numel()
    if total == 0:
        raise ValueError("data_iter: expected at least one batch, got none")
    return float(correct) / total


evaluate_accuracy_gpu = evaluate_accuracy
