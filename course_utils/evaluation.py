"""How good a net is and what it costs; batches that fit it."""

import time

import torch
from torch.utils.flop_counter import FlopCounterMode

from .arguments import ArgumentError, require, validated
from .explaining.errors import noted

INTEGERS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)


def _a_value_each(self, args):
    wanted = f"{len(self.data)} values, one for each sum"
    require("args", args, wanted, len(args) == len(self.data))


class Accumulator:
    """Keep n running sums; lesson 05, d2l "Utility Functions and Classes"."""

    @validated()
    def __init__(self, n):
        self.data = [0.0] * n

    @validated(_a_value_each)
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


def _is_integer(value):
    return isinstance(value, torch.Tensor) and value.dtype in INTEGERS


def _require_labels(labels, classes):
    """Require a score for each label, by place; waits for the device."""
    for where, y in labels.items():
        low, high = y.aminmax()
        if low < 0 or high >= classes:
            raise ArgumentError(
                f"{where}: labels run from {low} to {high}, but the net has "
                f"{classes} classes; expected 0 to {classes - 1}"
            )


def _check_accuracy(y_hat, y):
    fits = _is_integer(y) and y.ndim == 1
    require("y", y, "integers of shape (n,)", fits)
    fits = _is_integer(y_hat) and y_hat.ndim == 1
    if isinstance(y_hat, torch.Tensor) and y_hat.ndim == 2:
        fits = y_hat.is_floating_point() and y_hat.shape[1] > 1
    wanted = f"scores of shape ({len(y)}, classes), or {len(y)} integers"
    require("y_hat", y_hat, wanted, fits and len(y_hat) == len(y))
    if y_hat.ndim == 2 and len(y):
        _require_labels({"y": y}, y_hat.shape[1])


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


class Batches:
    """Batches that are required to fit; after the last, also the labels.

    Between two batches it looks at types and shapes only, so that nothing
    waits for the device.
    """

    def __init__(self, name, batches):
        self.name, self.batches = name, batches
        self.classes = None  # not known before the net's first scores

    def __iter__(self):
        self.labels = {}
        for i, batch in enumerate(self.batches):
            where = f"{self.name}, batch {i + 1}"
            fits = isinstance(batch, (tuple, list)) and len(batch) == 2
            X, y = require(where, batch, "a pair (X, y)", fits)
            fits = isinstance(X, torch.Tensor) and X.ndim > 0 and len(X) > 0
            require(where, X, "X of shape (n, ...) with n > 0", fits)
            wanted = f"y of {len(X)} integers, one for each of X"
            fits = _is_integer(y) and y.shape == X.shape[:1]
            self.labels[where] = require(where, y, wanted, fits)
            yield X, y
        require(self.name, self.batches, "batches in each epoch", self.labels)
        _require_labels(self.labels, self.classes)


class Scoring(torch.nn.Module):
    """A net that must give scores (n, classes), also for the first labels."""

    def __init__(self, net, batches):
        super().__init__()
        self.net, self.batches = net, batches

    def forward(self, X):
        with noted():
            y_hat = self.net(X)
        fits = isinstance(y_hat, torch.Tensor) and y_hat.ndim == 2
        wanted = f"scores of shape ({len(X)}, classes), as after nn.Flatten()"
        require("net", y_hat, wanted, fits and len(y_hat) == len(X))
        if self.batches.classes is None:
            self.batches.classes = y_hat.shape[1]
            _require_labels(self.batches.labels, y_hat.shape[1])
        return y_hat


def _with_checks(net, data_iter, device):
    if not isinstance(data_iter, Batches):
        data_iter = Batches("data_iter", data_iter)
    return {"net": Scoring(net, data_iter), "data_iter": data_iter}


@validated(_with_checks)
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


@validated()
def count_cost(net, input_size):
    """Count a net's trainable parameters and multiply-adds.

    Parameters
    ----------
    net : torch.nn.Module
    input_size : tuple of int
        Shape of one input with its batch axis, such as (1, 1, 28, 28).

    Returns
    -------
    parameters, multiply_adds : int
        Multiply-adds of convolutions and dense layers, for one forward
        pass; adding a bias is not counted.
    """
    parameters = sum(p.numel() for p in net.parameters() if p.requires_grad)
    device = next((p.device for p in net.parameters()), "cpu")
    training = net.training
    net.eval()  # batch norm cannot train on a single example
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(torch.zeros(input_size, device=device))
    net.train(training)
    return parameters, counter.get_total_flops() // 2
