"""How good a net is: accuracy, sums, times, and batches that fit it."""

import functools
import re
import time

import torch

from .arguments import (
    ArgumentError,
    describe,
    require,
    require_number,
    validated,
)

OF_THE_MACHINE = re.compile("memory|CUDA|worker|[Cc]ompiler|[Tt]riton")


def _check_add(self, args):
    wanted = f"{len(self.data)} values, one for each sum"
    require("args", args, wanted, len(args) == len(self.data))
    return {"args": [require_number("args", value) for value in args]}


class Accumulator:
    """Keep n running sums; lesson 05, d2l "Utility Functions and Classes".

    Parameters
    ----------
    n : int
    """

    @validated()
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


def _require_labels(where, y, classes):
    """Require that there is a score for every label; waits for the device."""
    low, high = map(int, y.long().aminmax())
    if low < 0 or high >= classes:
        raise ArgumentError(
            f"{where}: labels run from {low} to {high}, but the net has "
            f"{classes} classes; expected labels 0 to {classes - 1}"
        )


def _is_integer(value):
    return isinstance(value, torch.Tensor) and not (
        value.is_floating_point() or value.is_complex()
    )


def _check_accuracy(y_hat, y):
    require("y", y, "integers (n,)", _is_integer(y) and y.ndim == 1)
    wanted = "(n, classes) scores, or n integers"
    fits = isinstance(y_hat, torch.Tensor) and y_hat.ndim in (1, 2)
    require("y_hat", y_hat, wanted, fits)
    fits = len(y_hat) == len(y)
    require("y_hat, y", (y_hat, y), "the same length", fits)
    if y_hat.ndim == 1:
        require("y_hat", y_hat, wanted, _is_integer(y_hat))
        return
    fits = y_hat.shape[1] > 1 and not y_hat.is_complex()
    require("y_hat", y_hat, wanted, fits and y_hat.dtype != torch.bool)
    if len(y):
        _require_labels("y", y, y_hat.shape[1])


@validated(_check_accuracy)
def accuracy(y_hat, y):
    """Count the correct predictions; lesson 05, d2l 4.3.

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
    """
    if len(y_hat.shape) > 1 and y_hat.shape[1] > 1:
        y_hat = y_hat.argmax(dim=1)
    correct = y_hat.to(y.dtype) == y
    return float(correct.sum())


def count_batches(batches):
    """Return the number of batches, None where it is not known.

    A DataLoader over a stream has a length that raises TypeError.
    """
    try:
        return len(batches)
    except TypeError:
        return None


def require_batches(name, value):
    """Require something to iterate over that is not known to be empty."""
    fits = hasattr(value, "__iter__") and count_batches(value) != 0
    return require(name, value, "at least one batch (X, y)", fits)


class Batches:
    """Batches that are required to fit; knows where it is, for messages.

    It looks at types and shapes only, so it never waits for the device.
    """

    def __init__(self, name, batches):
        self.name, self.batches = name, batches
        self.where, self.labels = name, {}

    def __iter__(self):
        self.labels = {}
        for i, batch in enumerate(self.batches):
            where = self.where = f"{self.name}, batch {i + 1}"
            fits = isinstance(batch, (tuple, list)) and len(batch) == 2
            require(where, batch, "a pair (X, y)", fits)
            X, y = batch
            fits = isinstance(X, torch.Tensor) and X.ndim > 0 and len(X) > 0
            require(where, X, "X of shape (n, ...) with n > 0", fits)
            wanted = f"y of {len(X)} integers, one for each of X"
            fits = _is_integer(y) and y.shape == X.shape[:1]
            require(where, y, wanted, fits)
            self.labels[where] = y
            yield X, y
        if not self.labels:
            raise ArgumentError(
                f"{self.name}: expected at least one batch, got none. A "
                "generator is used up after one pass; give a loader or a list"
            )

    def require_labels(self, classes):
        """Require a score for every label so far; waits for the device."""
        low, high = torch.cat([*self.labels.values()]).aminmax()
        if low < 0 or high >= classes:
            for where, y in self.labels.items():
                _require_labels(where, y, classes)


class Scoring(torch.nn.Module):
    """A net that must give scores; says of which batch it cannot.

    At the first batch it looks at the labels, too, before any step.
    """

    def __init__(self, net, batches):
        super().__init__()
        self.net, self.batches = net, batches
        self.classes = 0  # not known before the first batch

    def forward(self, X):
        where = self.batches.where
        try:
            y_hat = self.net(X)
        except (RuntimeError, ValueError) as error:
            text = " ".join(str(error).split())
            if "more than 1 value per channel" in text:
                raise ArgumentError(
                    f"{where}: this batch has one image, and batch norm "
                    "needs more; take another batch_size, drop_last=True of "
                    "a DataLoader, or one image less"
                ) from error
            if self.classes or OF_THE_MACHINE.search(text):
                raise  # the net, not what it is given
            raise ArgumentError(
                f"net: cannot take {where}'s X, {describe(X)} ({text[:200]})"
            ) from error
        fits = isinstance(y_hat, torch.Tensor) and y_hat.ndim == 2
        if not fits or len(y_hat) != len(X):
            raise ArgumentError(
                f"net: expected scores of shape ({len(X)}, classes), got "
                f"{describe(y_hat)}; end the net with nn.Flatten(), keep the "
                "batch as the first axis, and return the scores alone"
            )
        if not self.classes:
            self.classes = y_hat.shape[1]
            self.batches.require_labels(self.classes)
        return y_hat


def _check_evaluate(net, data_iter, device):
    fits = device is not None or next(net.parameters(), None) is not None
    require("device", device, "one, as the net has no parameters", fits)


def _scored(evaluate):
    """Require batches that fit, scores, and labels that have a score.

    All labels are looked at once, at the end: no batch waits for them.
    """

    @functools.wraps(evaluate)
    def wrapper(net, data_iter, device=None):
        batches = data_iter
        if not isinstance(batches, Batches):
            batches = Batches("data_iter", data_iter)
        scores = Scoring(net, batches)
        share = evaluate(scores, batches, device)
        batches.require_labels(scores.classes)
        return share

    return wrapper


@validated(_check_evaluate, data_iter=require_batches)
@_scored
def evaluate_accuracy(net, data_iter, device=None):
    """Compute the share of examples that a net classifies correctly.

    Lesson 05; d2l "Utility Functions and Classes", whose name is
    ``evaluate_accuracy_gpu``; both names are the same function here.

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
