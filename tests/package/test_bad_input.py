"""Bad input to every public function: the error names it.

Each message says which argument, what came, and what was expected.
"""

import inspect
import re

import numpy as np
import pytest
import torch
from examples import make_batches, small_net
from torch import nn

import course_utils as cu
from course_utils.data import TensorLoader, load_arrays

CE = nn.CrossEntropyLoss()
X, K = torch.ones(4, 5), torch.ones(2, 2)
X3, K3, K4 = torch.ones(2, 4, 5), torch.ones(2, 2, 2), torch.ones(3, 2, 2, 2)
SCORES, LABELS = torch.eye(3), torch.tensor([0, 1, 2])
IMAGES = torch.zeros(6, 4, 4, dtype=torch.uint8)
CLASSES = torch.arange(6)
BATCHES = make_batches()
X1, Y1 = BATCHES[0]


def train(**changes):
    """Call train_ch6 with one argument changed."""
    arguments = {
        "net": small_net(),
        "train_iter": BATCHES,
        "test_iter": BATCHES,
        "num_epochs": 1,
        "lr": 0.1,
        "device": "cpu",
        **changes,
    }
    return cu.train_ch6(**arguments)


def train_ch5(**changes):
    arguments = {
        "net": small_net(),
        "train_iter": BATCHES,
        "test_iter": BATCHES,
        "criterion": CE,
        "num_epochs": 1,
        "batch_size": 8,
        "device": "cpu",
        "lr": 0.1,
        **changes,
    }
    return cu.train_ch5(**arguments)


def loader(**changes):
    arguments = {
        "images": IMAGES,
        "labels": CLASSES,
        "batch_size": 2,
        "device": "cpu",
        **changes,
    }
    return TensorLoader(**arguments)


def evaluate(batches, net=None, **options):
    net = small_net() if net is None else net
    return cu.evaluate_accuracy(net, batches, **options)


def with_label(label, at=0):
    """Return batches of which one has a label out of range."""
    batches = [(X, y.clone()) for X, y in BATCHES]
    batches[at][1][3] = label
    return batches


def broken(change):
    """Return batches of which the third is changed."""
    return [*BATCHES[:2], change(*BATCHES[2]), *BATCHES[3:]]


def animate(*points):
    animator = cu.Animator()
    for x, y in points:
        animator.add(x, y)


def no_scores(X):
    return X


class Images(nn.Module):
    """A net that gives back images, not scores."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 1)

    def forward(self, X):
        return self.conv(X)


class First(nn.Module):
    """A layer that keeps the first row."""

    def forward(self, X):
        return X[:1]


class Shaped(nn.Module):
    """A net whose scores another function changes."""

    def __init__(self, change):
        super().__init__()
        self.net, self.change = small_net(), change

    def forward(self, X):
        return self.change(self.net(X))


OTHERS = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
STEP = torch.optim.lr_scheduler.StepLR


def batch_norm_net():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(36, 5), nn.BatchNorm1d(5), nn.Linear(5, 3)
    )


class Pair(Images):
    def forward(self, X):
        return X, X


# name: (call, error, the argument, what of the rest the message must hold)
CASES = {
    # Layers.
    "corr2d list": (
        lambda: cu.corr2d([[1]], K),
        TypeError,
        "X",
        r"tensor, got \[\[1\]\] \(list\)",
    ),
    "corr2d array": (
        lambda: cu.corr2d(X, np.ones((2, 2))),
        TypeError,
        "K",
        "expected a tensor",
    ),
    "corr2d 1-D": (
        lambda: cu.corr2d(X[0], K),
        ValueError,
        "X",
        r"2 axes \(height, width\), got .* shape \(5,\)",
    ),
    "corr2d 3-D": (
        lambda: cu.corr2d(X3, K),
        ValueError,
        "X",
        r"2 axes .*\(2, 4, 5\)",
    ),
    "corr2d kernel rank": (
        lambda: cu.corr2d(X, K3),
        ValueError,
        "K",
        "2 axes",
    ),
    "corr2d high kernel": (
        lambda: cu.corr2d(X, torch.ones(5, 1)),
        ValueError,
        "K",
        r"at most .*\(4, 5\), got \(5, 1\)",
    ),
    "corr2d wide kernel": (
        lambda: cu.corr2d(X, torch.ones(1, 6)),
        ValueError,
        "K",
        r"at most .*\(4, 5\), got \(1, 6\)",
    ),
    "corr2d empty": (
        lambda: cu.corr2d(torch.ones(0, 3), K),
        ValueError,
        "X",
        r"no empty axis .*\(0, 3\)",
    ),
    "corr2d empty kernel": (
        lambda: cu.corr2d(X, torch.ones(2, 0)),
        ValueError,
        "K",
        "no empty axis",
    ),
    "corr2d bytes overflow": (
        lambda: cu.corr2d(X.byte(), K.byte()),
        TypeError,
        "X",
        "floating-point tensor, got a torch.uint8",
    ),
    "corr2d bool": (
        lambda: cu.corr2d(X.bool(), K.bool()),
        TypeError,
        "X",
        "torch.bool",
    ),
    "corr2d mixed": (
        lambda: cu.corr2d(X, K.double()),
        TypeError,
        "K",
        "expected X's dtype .*float32.* got torch.float64",
    ),
    "corr2d integer image, float kernel": (
        lambda: cu.corr2d(X.long(), K / 2),
        TypeError,
        "K",
        "int64.* got torch.float32",
    ),
    "corr2d other device": (
        lambda: cu.corr2d(X, K.to("meta")),
        TypeError,
        "K",
        "on cpu, got .* on meta",
    ),
    "corr2d_multi_in rank": (
        lambda: cu.corr2d_multi_in(X, K3),
        ValueError,
        "X",
        "3 axes",
    ),
    "corr2d_multi_in kernel rank": (
        lambda: cu.corr2d_multi_in(X3, K),
        ValueError,
        "K",
        "3 axes",
    ),
    "corr2d_multi_in channels": (
        lambda: cu.corr2d_multi_in(X3, K4[:, 0]),
        ValueError,
        "K",
        r"X's 2 input channels, got .*\(3, 2, 2\)",
    ),
    "corr2d_multi_in large kernel": (
        lambda: cu.corr2d_multi_in(X3, torch.ones(2, 5, 5)),
        ValueError,
        "K",
        "at most",
    ),
    "corr2d_multi_in mixed": (
        lambda: cu.corr2d_multi_in(X3, K3.double()),
        TypeError,
        "K",
        "dtype",
    ),
    "corr2d_multi_in_out rank": (
        lambda: cu.corr2d_multi_in_out(X3, K3),
        ValueError,
        "K",
        "4 axes",
    ),
    "corr2d_multi_in_out batch": (
        lambda: cu.corr2d_multi_in_out(X3[None], K4),
        ValueError,
        "X",
        "3 axes",
    ),
    "corr2d_multi_in_out channels": (
        lambda: cu.corr2d_multi_in_out(X3, torch.ones(3, 1, 2, 2)),
        ValueError,
        "K",
        "2 input channels",
    ),
    "corr2d_multi_in_out no output": (
        lambda: cu.corr2d_multi_in_out(X3, torch.ones(0, 2, 2, 2)),
        ValueError,
        "K",
        "no empty axis",
    ),
    "pool2d rank": (
        lambda: cu.pool2d(X3, (2, 2)),
        ValueError,
        "X",
        "2 axes",
    ),
    "pool2d number": (
        lambda: cu.pool2d(X, 2),
        TypeError,
        "pool_size",
        r"2 integers in a tuple, got 2 \(int\)",
    ),
    "pool2d three": (
        lambda: cu.pool2d(X, (2, 2, 2)),
        TypeError,
        "pool_size",
        r"2 integers .* got \(2, 2, 2\)",
    ),
    "pool2d floats": (
        lambda: cu.pool2d(X, (2.0, 2.0)),
        TypeError,
        "pool_size",
        "integer >= 1, got 2.0",
    ),
    "pool2d zero": (
        lambda: cu.pool2d(X, (0, 2)),
        ValueError,
        "pool_size",
        "integer >= 1, got 0",
    ),
    "pool2d too large": (
        lambda: cu.pool2d(X, (5, 1)),
        ValueError,
        "pool_size",
        r"at most .* got \(5, 1\)",
    ),
    "pool2d mode": (
        lambda: cu.pool2d(X, (2, 2), "mean"),
        ValueError,
        "mode",
        "'max' or 'avg', got 'mean'",
    ),
    "pool2d integer average": (
        lambda: cu.pool2d(X.long(), (2, 2), "avg"),
        TypeError,
        "X",
        "floating-point tensor, got a torch.int64",
    ),
    "nin_block channels": (
        lambda: cu.nin_block(0, 4, 3, 1, 1),
        ValueError,
        "in_channels",
        ">= 1, got 0",
    ),
    "nin_block float": (
        lambda: cu.nin_block(1, 4.0, 3, 1, 1),
        TypeError,
        "out_channels",
        "integer .* got 4.0",
    ),
    "nin_block kernel": (
        lambda: cu.nin_block(1, 4, (3, 3, 3), 1, 1),
        TypeError,
        "kernel_size",
        "2 integers",
    ),
    "nin_block stride": (
        lambda: cu.nin_block(1, 4, 3, 0, 1),
        ValueError,
        "strides",
        ">= 1, got 0",
    ),
    "nin_block padding": (
        lambda: cu.nin_block(1, 4, 3, 1, -1),
        ValueError,
        "padding",
        ">= 0, got -1",
    ),
    "Residual channels": (
        lambda: cu.Residual(0),
        ValueError,
        "num_channels",
        ">= 1, got 0",
    ),
    "Residual stride": (
        lambda: cu.Residual(3, True, strides=0),
        ValueError,
        "strides",
        ">= 1, got 0",
    ),
    "Residual shortcut": (
        lambda: cu.Residual(3, strides=2),
        ValueError,
        "use_1x1conv",
        "True with strides 2, .* got False",
    ),
    "Residual rank": (
        lambda: cu.Residual(3)(torch.ones(3, 4, 4)),
        ValueError,
        "X",
        "4 axes",
    ),
    "Residual broadcast": (
        lambda: cu.Residual(3)(torch.ones(2, 1, 4, 4)),
        ValueError,
        "X",
        r"3 channels, .* got .*\(2, 1, 4, 4\)",
    ),
    # Metrics.
    "autocast number": (
        lambda: cu.autocast(0.5),
        ValueError,
        "device",
        "expected a torch.device, got 0.5",
    ),
    "try_gpu negative": (
        lambda: cu.try_gpu(-1),
        ValueError,
        "i",
        ">= 0, got -1",
    ),
    "try_gpu text": (
        lambda: cu.try_gpu("0"),
        TypeError,
        "i",
        "integer .* got '0'",
    ),
    "try_gpu bool": (lambda: cu.try_gpu(True), TypeError, "i", "got True"),
    "environment device": (
        lambda: cu.environment("quantum"),
        ValueError,
        "device",
        "torch.device, got 'quantum'",
    ),
    "Accumulator zero": (
        lambda: cu.Accumulator(0),
        ValueError,
        "n",
        ">= 1, got 0",
    ),
    "Accumulator float": (
        lambda: cu.Accumulator(2.0),
        TypeError,
        "n",
        "got 2.0",
    ),
    "Accumulator too few": (
        lambda: cu.Accumulator(3).add(1, 2),
        ValueError,
        "args",
        "3 values, .* got 2",
    ),
    "Accumulator text": (
        lambda: cu.Accumulator(1).add("1"),
        TypeError,
        "args",
        "a number, got '1'",
    ),
    "Accumulator vector": (
        lambda: cu.Accumulator(1).add(torch.ones(2)),
        TypeError,
        "args",
        r"a number, got .*\(2,\)",
    ),
    "Timer.avg": (
        lambda: cu.Timer().avg(),
        ValueError,
        "no time recorded",
        "call stop",
    ),
    "accuracy list": (
        lambda: cu.accuracy([1], LABELS),
        TypeError,
        "y_hat",
        "a tensor, got",
    ),
    "accuracy labels": (
        lambda: cu.accuracy(SCORES, [0, 1, 2]),
        TypeError,
        "y",
        "a tensor, got",
    ),
    "accuracy length": (
        lambda: cu.accuracy(SCORES, LABELS[:2]),
        ValueError,
        "y_hat, y",
        r"got \(3, 3\) and \(2,\)",
    ),
    "accuracy broadcast": (
        lambda: cu.accuracy(SCORES, LABELS.view(3, 1)),
        ValueError,
        "y_hat, y",
        r"\(3, 1\)",
    ),
    "accuracy one score": (
        lambda: cu.accuracy(SCORES[:, :1], LABELS),
        ValueError,
        "y_hat",
        r"two classes or more, got .*\(3, 1\)",
    ),
    "accuracy rank": (
        lambda: cu.accuracy(SCORES[None], LABELS),
        ValueError,
        "y_hat, y",
        r"\(1, 3, 3\)",
    ),
    "accuracy without nn.Flatten": (
        lambda: cu.accuracy(SCORES[:, :, None, None], LABELS),
        ValueError,
        "y_hat, y",
        r"got \(3, 3, 1, 1\)",
    ),
    "accuracy of a pair": (
        lambda: cu.accuracy((SCORES, SCORES), LABELS),
        TypeError,
        "y_hat",
        r"a tensor, got a tuple of 2: a torch.float32 tensor",
    ),
    "accuracy label too high": (
        lambda: cu.accuracy(SCORES, LABELS + 1),
        ValueError,
        "y",
        "labels run from 1 to 3, .*3 classes",
    ),
    "accuracy label negative": (
        lambda: cu.accuracy(SCORES, LABELS - 1),
        ValueError,
        "y",
        "labels run from -1 to 1",
    ),
    "evaluate images out": (
        lambda: evaluate(BATCHES, Images()),
        ValueError,
        "net",
        r"shape \(8, classes\), got .*\(8, 1, 6, 6\).* nn.Flatten",
    ),
    "evaluate pair out": (
        lambda: evaluate(BATCHES, Pair()),
        ValueError,
        "net",
        r"shape \(8, classes\), got a tuple of 2: .*the scores alone",
    ),
    "evaluate too few scores": (
        lambda: evaluate(BATCHES, nn.Sequential(small_net(), First())),
        ValueError,
        "net",
        r"shape \(8, classes\), got .*\(1, 3\)",
    ),
    "evaluate label too high": (
        lambda: evaluate(with_label(3, at=4)),
        ValueError,
        "data_iter, batch 5",
        "labels run from 0 to 3, .*3 classes; expected labels 0 to 2",
    ),
    "evaluate label negative": (
        lambda: evaluate(with_label(-1)),
        ValueError,
        "data_iter, batch 1",
        "labels run from -1",
    ),
    "evaluate net": (
        lambda: evaluate(BATCHES, no_scores),
        TypeError,
        "net",
        "torch.nn.Module, got",
    ),
    "evaluate swapped": (
        lambda: cu.evaluate_accuracy(BATCHES, small_net()),
        TypeError,
        "net",
        "the order is",
    ),
    "evaluate number": (
        lambda: evaluate(3),
        TypeError,
        "data_iter",
        r"batches, got 3 \(int\)",
    ),
    "evaluate empty": (
        lambda: evaluate([]),
        ValueError,
        "data_iter",
        "at least one batch, got none",
    ),
    "evaluate one tensor": (
        lambda: evaluate([BATCHES[0][0]]),
        TypeError,
        "data_iter, batch 1",
        r"a pair \(X, y\), got",
    ),
    "evaluate broadcast": (
        lambda: evaluate(broken(lambda X, y: (X, y[:, None]))),
        ValueError,
        "data_iter, batch 3",
        r"8 integers, .* got .*\(8, 1\)",
    ),
    "evaluate arrays": (
        lambda: evaluate(broken(lambda X, y: (X.numpy(), y))),
        TypeError,
        "data_iter, batch 3",
        "expected X of shape",
    ),
    "evaluate device": (
        lambda: evaluate(BATCHES, device="quantum"),
        ValueError,
        "device",
        "got 'quantum'",
    ),
    "evaluate no weights": (
        lambda: evaluate(BATCHES, nn.Flatten()),
        ValueError,
        "device",
        "no parameters",
    ),
    "count_cost net": (
        lambda: cu.count_cost(no_scores, (1, 1, 6, 6)),
        TypeError,
        "net",
        "torch.nn.Module, got",
    ),
    "count_cost size": (
        lambda: cu.count_cost(small_net(), 28),
        TypeError,
        "input_size",
        "integers in a tuple, got 28",
    ),
    "count_cost zero": (
        lambda: cu.count_cost(small_net(), (1, 1, 0, 6)),
        ValueError,
        "input_size",
        ">= 1, got 0",
    ),
    # Training.
    "train net": (
        lambda: train(net=no_scores),
        TypeError,
        "net",
        "torch.nn.Module, got",
    ),
    "train class": (lambda: train(net=Images), TypeError, "net", "Images"),
    "train number": (
        lambda: train(train_iter=256),
        TypeError,
        "train_iter",
        "got 256",
    ),
    "train empty": (
        lambda: train(train_iter=[]),
        ValueError,
        "train_iter",
        "at least one batch, got none",
    ),
    "test empty": (
        lambda: train(test_iter=[]),
        ValueError,
        "test_iter",
        "at least one batch, got none",
    ),
    "train empty loader": (
        lambda: train(
            train_iter=loader(images=IMAGES[:0], labels=CLASSES[:0])
        ),
        ValueError,
        "train_iter",
        "got none",
    ),
    "train empty generator": (
        lambda: train(train_iter=iter(())),
        ValueError,
        "train_iter",
        "no batch in epoch 1",
    ),
    "train no pair": (
        lambda: train(train_iter=[X for X, _ in BATCHES]),
        TypeError,
        "train_iter, epoch 1, batch 1",
        r"pair \(X, y\), got",
    ),
    "train labels' shape": (
        lambda: train(train_iter=broken(lambda X, y: (X, y[:, None]))),
        ValueError,
        "train_iter, epoch 1, batch 3",
        r"8 integers, .* got .*\(8, 1\)",
    ),
    "train float labels": (
        lambda: train(train_iter=broken(lambda X, y: (X, y.float()))),
        ValueError,
        "train_iter, epoch 1, batch 3",
        "8 integers, .* got a torch.float32",
    ),
    "test labels' shape": (
        lambda: train(test_iter=broken(lambda X, y: (X, y[:, None]))),
        ValueError,
        "test_iter, batch 3",
        "8 integers",
    ),
    "train label too high": (
        lambda: train(train_iter=with_label(3)),
        ValueError,
        "train_iter, epoch 1, batch 1",
        "labels run from 0 to 3, .*3 classes; expected labels 0 to 2",
    ),
    "train label negative": (
        lambda: train(train_iter=with_label(-1)),
        ValueError,
        "train_iter, epoch 1, batch 1",
        "labels run from -1",
    ),
    "train label in a later batch": (
        lambda: train(train_iter=with_label(3, at=4)),
        ValueError,
        "train_iter, epoch 1, batch 5",
        "3 classes",
    ),
    "train images out": (
        lambda: train(net=Images()),
        ValueError,
        "net",
        r"shape \(8, classes\), got .*\(8, 1, 6, 6\)",
    ),
    "train pair out": (
        lambda: train(net=Pair()),
        ValueError,
        "net",
        r"shape \(8, classes\), got .*tuple",
    ),
    "train dict out": (
        lambda: train(net=Shaped(lambda scores: {"out": scores})),
        ValueError,
        "net",
        "returns the scores alone",
    ),
    "train maps out": (
        lambda: train(net=Shaped(lambda scores: scores[:, :, None, None])),
        ValueError,
        "net",
        r"got .*\(8, 3, 1, 1\); end the net with nn.Flatten\(\)",
    ),
    "train fewer rows out": (
        lambda: train(net=Shaped(lambda scores: scores[:4])),
        ValueError,
        "net",
        r"\(8, classes\), got .*\(4, 3\); keep the batch",
    ),
    "train nothing to train": (
        lambda: train(net=small_net().requires_grad_(False)),
        ValueError,
        "net",
        "parameters to train",
    ),
    "train test label": (
        lambda: train(test_iter=with_label(3, at=4)),
        ValueError,
        "test_iter, batch 5",
        "labels run from 0 to 3, but the net has 3 classes",
    ),
    "train label that the loss ignores": (
        lambda: train(train_iter=with_label(-100, at=2)),
        ValueError,
        "train_iter, epoch 1, batch 3",
        "labels run from -100 to 2",
    ),
    "train last batch of one": (
        lambda: train(
            net=batch_norm_net(), train_iter=[*BATCHES, (X1[:1], Y1[:1])]
        ),
        ValueError,
        "train_iter, epoch 1, batch 7",
        "one image, and batch norm needs more; .*batch_size, drop_last",
    ),
    "train_ch5 first batch of one": (
        lambda: train_ch5(
            net=batch_norm_net(), train_iter=[(X1[:1], Y1[:1]), *BATCHES]
        ),
        ValueError,
        "train_iter, epoch 1, batch 1",
        "one image, and batch norm needs more",
    ),
    "train epochs": (
        lambda: train(num_epochs=0),
        ValueError,
        "num_epochs",
        ">= 1, got 0",
    ),
    "train half an epoch": (
        lambda: train(num_epochs=0.5),
        TypeError,
        "num_epochs",
        "integer .* got 0.5",
    ),
    "train lr": (lambda: train(lr=-0.1), ValueError, "lr", "> 0, got -0.1"),
    "train nan lr": (
        lambda: train(lr=float("nan")),
        ValueError,
        "lr",
        "finite number > 0, got nan",
    ),
    "train lr text": (
        lambda: train(lr="0.1"),
        TypeError,
        "lr",
        "a number, got '0.1'",
    ),
    "train device": (
        lambda: train(device="gpu 1"),
        ValueError,
        "device",
        "torch.device, got 'gpu 1'",
    ),
    "train swapped lr and device": (
        lambda: train(lr="cpu", device=0.1),
        TypeError,
        "lr",
        "a number, got 'cpu'",
    ),
    "train GPU that is not there": (
        lambda: train(device="cuda:99"),
        ValueError,
        "device",
        "got cuda:99, but torch sees",
    ),
    "train loss": (
        lambda: train(loss="cross-entropy"),
        TypeError,
        "loss",
        r"nn.CrossEntropyLoss\(\), or .*, got 'cross-entropy'",
    ),
    "train loss per example": (
        lambda: train(loss=nn.CrossEntropyLoss(reduction="none")),
        ValueError,
        "loss",
        r"one number .* got .*\(8,\).*reduction='mean'",
    ),
    "train loss that sums": (
        lambda: train(loss=nn.CrossEntropyLoss(reduction="sum")),
        ValueError,
        "loss",
        "the mean over a batch, .*use reduction='mean'",
    ),
    "train loss class": (
        lambda: train(loss=nn.CrossEntropyLoss),
        TypeError,
        "loss",
        r"nn.CrossEntropyLoss\(\), or .*got <class",
    ),
    **{
        f"train {name} on labels, {n} in a batch": (
            lambda loss=loss, n=n: train(
                loss=loss, train_iter=make_batches(4, n)
            ),
            ValueError,
            "loss",
            rf"scores of shape \({n}, 3\) with classes .*one_hot",
        )
        for n in (8, 3)  # with 3, the labels would be stretched
        for name, loss in {
            "MSE": nn.MSELoss(),
            "mse_loss": lambda y_hat, y: nn.functional.mse_loss(y_hat, y),
            "Huber": nn.HuberLoss(),
            "BCE": nn.BCEWithLogitsLoss(),
        }.items()
    },
    "train loss as a number": (
        lambda: train(loss=lambda y_hat, y: 1.0),
        ValueError,
        "loss",
        r"a tensor of one number .* got 1.0 \(float\)",
    ),
    "train optimizer": (
        lambda: train(optimizer="adam"),
        TypeError,
        "optimizer",
        "a class such as torch.optim.SGD, .* got 'adam'",
    ),
    "train no optimizer": (
        lambda: train(optimizer=None),
        TypeError,
        "optimizer",
        "a class such as torch.optim.SGD, .* got None",
    ),
    "train optimizer that is made": (
        lambda: train(optimizer=torch.optim.SGD(small_net().parameters())),
        TypeError,
        "optimizer",
        "a class such as torch.optim.SGD, .* got SGD",
    ),
    "train optimizer without lr": (
        lambda: train(optimizer=lambda parameters: OTHERS),
        TypeError,
        "optimizer",
        "parameters and lr, got .*'lr'",
    ),
    "train optimizer class returned": (
        lambda: train(optimizer=lambda parameters, lr: torch.optim.SGD),
        TypeError,
        "optimizer",
        "a class such as .* from <function",
    ),
    "train loss for an optimizer": (
        lambda: train(optimizer=nn.CrossEntropyLoss),
        TypeError,
        "optimizer",
        "a class such as torch.optim.SGD",
    ),
    "train another net's optimizer": (
        lambda: train(optimizer=lambda parameters, lr: OTHERS),
        ValueError,
        "optimizer",
        "none of the net's parameters",
    ),
    "train optimizer with a closure": (
        lambda: train(optimizer=torch.optim.LBFGS),
        TypeError,
        "optimizer",
        "LBFGS needs a closure",
    ),
    "train scheduler that is made": (
        lambda: train(scheduler=STEP(OTHERS, 1)),
        TypeError,
        "scheduler",
        r"lambda optimizer: StepLR\(optimizer, 1\), got",
    ),
    "train scheduler that lacks an argument": (
        lambda: train(scheduler=STEP),
        TypeError,
        "scheduler",
        "lambda optimizer: .*'step_size'",
    ),
    "train scheduler class returned": (
        lambda: train(scheduler=lambda optimizer: STEP),
        TypeError,
        "scheduler",
        "lambda optimizer: .* from <function",
    ),
    "train optimizer for a scheduler": (
        lambda: train(scheduler=torch.optim.SGD),
        TypeError,
        "scheduler",
        "a function of the optimizer",
    ),
    "train another optimizer's scheduler": (
        lambda: train(scheduler=lambda optimizer: STEP(OTHERS, 1)),
        ValueError,
        "scheduler",
        "another optimizer .*lambda optimizer",
    ),
    "train scheduler of too few steps": (
        lambda: train(
            scheduler=lambda optimizer: torch.optim.lr_scheduler.OneCycleLR(
                optimizer, 0.1, total_steps=3
            )
        ),
        ValueError,
        "scheduler",
        "total_steps=3, but 1 epochs of 6 batches take 6",
    ),
    "train scheduler": (
        lambda: train(scheduler=3),
        TypeError,
        "scheduler",
        "lambda optimizer: .* got 3",
    ),
    "train init": (
        lambda: train(init="xavier"),
        TypeError,
        "init",
        "init_xavier, got 'xavier'",
    ),
    "train init of tensors": (
        lambda: train(init=nn.init.xavier_uniform_),
        TypeError,
        "init",
        "a function of a module",
    ),
    "train seed": (lambda: train(seed=-1), ValueError, "seed", ">= 0, got"),
    "train seed float": (
        lambda: train(seed=0.5),
        TypeError,
        "seed",
        "integer .* got 0.5",
    ),
    "train checkpoint": (
        lambda: train(checkpoint=3),
        TypeError,
        "checkpoint",
        "a path, got 3",
    ),
    "init_xavier": (
        lambda: cu.init_xavier("net"),
        TypeError,
        "module",
        "torch.nn.Module, got 'net'",
    ),
    "train_ch5 net": (
        lambda: train_ch5(net=no_scores),
        TypeError,
        "net",
        "torch.nn.Module, got",
    ),
    "train_ch5 criterion": (
        lambda: train_ch5(criterion=None),
        TypeError,
        "criterion",
        r"nn.CrossEntropyLoss\(\), or .*, got None",
    ),
    "train_ch5 criterion class": (
        lambda: train_ch5(criterion=nn.CrossEntropyLoss),
        TypeError,
        "criterion",
        r"nn.CrossEntropyLoss\(\), or .*got <class",
    ),
    "train_ch5 criterion on labels": (
        lambda: train_ch5(criterion=nn.MSELoss()),
        ValueError,
        "criterion",
        "cannot take scores",
    ),
    "train_ch5 test label": (
        lambda: train_ch5(test_iter=with_label(-1)),
        ValueError,
        "test_iter, batch 1",
        "labels run from -1 to 2",
    ),
    "train_ch5 batch_size": (
        lambda: train_ch5(batch_size=0),
        ValueError,
        "batch_size",
        ">= 1, got 0",
    ),
    "train_ch5 lr": (
        lambda: train_ch5(lr=None),
        TypeError,
        "lr",
        "a number, got None",
    ),
    "train_ch5 empty": (
        lambda: train_ch5(train_iter=[]),
        ValueError,
        "train_iter",
        "got none",
    ),
    "train_ch5 label": (
        lambda: train_ch5(train_iter=with_label(7)),
        ValueError,
        "train_iter, epoch 1, batch 1",
        "labels run from 0 to 7",
    ),
    # Plotting.
    "show_images rows": (
        lambda: cu.show_images(IMAGES, 0, 3),
        ValueError,
        "num_rows",
        ">= 1, got 0",
    ),
    "show_images columns": (
        lambda: cu.show_images(IMAGES, 2, 3.0),
        TypeError,
        "num_cols",
        "integer .* got 3.0",
    ),
    "show_images too many": (
        lambda: cu.show_images(IMAGES, 1, 3),
        ValueError,
        "imgs",
        "1 x 3 places for 6",
    ),
    "show_images titles": (
        lambda: cu.show_images(IMAGES, 2, 3, titles=["a"]),
        ValueError,
        "titles",
        "expected 6, .* got 1",
    ),
    "show_images scale": (
        lambda: cu.show_images(IMAGES, 2, 3, scale=0),
        ValueError,
        "scale",
        "> 0, got 0",
    ),
    "show_images generator": (
        lambda: cu.show_images(iter(IMAGES), 2, 3),
        TypeError,
        "imgs",
        "a list, got",
    ),
    "show_images rank": (
        lambda: cu.show_images(IMAGES[0], 2, 3),
        ValueError,
        "imgs",
        r"2 or 3 axes, got .*\(4,\)",
    ),
    "plot_curves": (
        lambda: cu.plot_curves([1, 2], "loss"),
        TypeError,
        "curves",
        r"a dict .* got \[1, 2\]",
    ),
    "plot_curves values": (
        lambda: cu.plot_curves({"train": 3}, "loss"),
        TypeError,
        "curves",
        r"'train'.*a list, got 3",
    ),
    "Animator lines": (
        lambda: animate((1, (1, 2)), (2, (1, 2, 3))),
        ValueError,
        "y",
        r"2 values, .* got \(1, 2, 3\)",
    ),
    "Animator points": (
        lambda: animate(([1, 2], (1, 2, 3))),
        ValueError,
        "x",
        r"one value .* got \[1, 2\]",
    ),
    # Data.
    "loader list": (
        lambda: loader(images=[[1]]),
        TypeError,
        "images",
        "a tensor, got",
    ),
    "loader array": (
        lambda: loader(images=IMAGES.numpy()),
        TypeError,
        "images",
        "a tensor, got .*ndarray",
    ),
    "loader floats": (
        lambda: loader(images=IMAGES.float()),
        ValueError,
        "images",
        "uint8 .* got a torch.float32",
    ),
    "loader rank": (
        lambda: loader(images=IMAGES[0]),
        ValueError,
        "images",
        r"got .*\(4, 4\)",
    ),
    "loader labels": (
        lambda: loader(labels=CLASSES[:5]),
        ValueError,
        "labels",
        "expected 6 integers, .* got",
    ),
    "loader list of labels": (
        lambda: loader(labels=[0] * 6),
        TypeError,
        "labels",
        "a tensor, got",
    ),
    "loader float labels": (
        lambda: loader(labels=CLASSES + 0.5),
        ValueError,
        "labels",
        "6 integers, .* got a torch.float32",
    ),
    "loader batch_size": (
        lambda: loader(batch_size=0),
        ValueError,
        "batch_size",
        ">= 1, got 0",
    ),
    "loader crop": (
        lambda: loader(crop=-1),
        ValueError,
        "crop",
        ">= 0, got -1",
    ),
    "loader cutout": (
        lambda: loader(cutout=1.5),
        TypeError,
        "cutout",
        "integer .* got 1.5",
    ),
    "loader resize": (
        lambda: loader(resize=0),
        ValueError,
        "resize",
        ">= 1, got 0",
    ),
    "loader resize of three": (
        lambda: loader(resize=(1, 2, 3)),
        ValueError,
        "resize",
        r"an integer or two, got \(1, 2, 3\)",
    ),
    "loader normalize": (
        lambda: loader(normalize=0.5),
        ValueError,
        "normalize",
        r"\(mean, std\), .* got 0.5",
    ),
    "loader normalize broadcast": (
        lambda: loader(normalize=((0.1,) * 3, (0.2,) * 3)),
        ValueError,
        "normalize",
        "1 numbers, one a channel, got",
    ),
    "loader normalize by zero": (
        lambda: loader(normalize=((0.1,), (0.0,))),
        ValueError,
        "normalize: std",
        "> 0, got 0.0",
    ),
    "loader device": (
        lambda: loader(device="quantum"),
        ValueError,
        "device",
        "got 'quantum'",
    ),
    "loader seed": (lambda: loader(seed="0"), TypeError, "seed", "got '0'"),
    "fashion batch_size": (
        lambda: cu.load_data_fashion_mnist(0),
        ValueError,
        "batch_size",
        ">= 1, got 0",
    ),
    "fashion resize": (
        lambda: cu.load_data_fashion_mnist(8, "56"),
        TypeError,
        "resize",
        "integer .* got '56'",
    ),
    "fashion normalize": (
        lambda: cu.load_data_fashion_mnist(8, normalize=((0,) * 3, (1,) * 3)),
        ValueError,
        "normalize",
        "1 numbers",
    ),
    "fashion root": (
        lambda: cu.load_data_fashion_mnist(8, root=3),
        TypeError,
        "root",
        "a path, got 3",
    ),
    "cifar10 batch_size": (
        lambda: cu.load_data_cifar10(2.5),
        TypeError,
        "batch_size",
        "integer .* got 2.5",
    ),
    "cifar10 normalize": (
        lambda: cu.load_data_cifar10(8, normalize=((0,), (1,))),
        ValueError,
        "normalize",
        "3 numbers",
    ),
    "cifar10 seed": (
        lambda: cu.load_data_cifar10(8, seed=-3),
        ValueError,
        "seed",
        ">= 0, got -3",
    ),
    "recorded name": (
        lambda: cu.recorded("../x", print),
        ValueError,
        "name",
        r"letters, digits and underscores, got '\.\./x'",
    ),
    "recorded train": (
        lambda: cu.recorded("99_try", cu.History()),
        TypeError,
        "train",
        "History",
    ),
    "load_arrays": (
        lambda: load_arrays("mnist"),
        ValueError,
        "name",
        "fashion_mnist, cifar10, got 'mnist'",
    ),
    "load_arrays list": (
        lambda: load_arrays(["cifar10"]),
        ValueError,
        "name",
        r"got \['cifar10'\]",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input(name):
    call, error, argument, rest = CASES[name]
    with pytest.raises(error) as caught:
        call()
    text = str(caught.value)
    assert re.match(rf"{argument}\b", text) and "\n" not in text, text
    assert re.search(rest, text), text


def test_every_public_name_is_in_the_table():
    """Each function and class that is exported has a case above."""
    source = inspect.getsource(inspect.getmodule(test_bad_input))
    without = {
        "History",
        "Table",
        "evaluate_accuracy_gpu",  # the same function as evaluate_accuracy
        "use_course_style",
    }
    names = {n for n in cu.__all__ if callable(getattr(cu, n))}
    for name in names - without:
        assert re.search(rf"\b{name}\(", source), name


@pytest.mark.parametrize("net", [small_net, Images])
def test_bad_input_changes_no_weights(net):
    """An error at the first batch comes before the first step."""
    net = net()
    before = [p.clone() for p in net.parameters()]
    with pytest.raises(ValueError):
        train(net=net, train_iter=with_label(3), init=None)
    after = net.parameters()
    assert all(torch.equal(p, q) for p, q in zip(before, after))
