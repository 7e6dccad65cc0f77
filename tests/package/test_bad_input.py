"""Bad input to public functions: the error begins with the argument.

First each argument alone, with values that do not fit its name; then one
table of calls whose arguments do not fit each other.
"""

import re

import numpy as np
import pytest
import torch
from examples import make_batches, small_net
from torch import nn

import course_utils as cu

NAN, INF = float("nan"), float("inf")
X, K = torch.rand(4, 5), torch.rand(2, 2)
X3, K3, K4 = torch.rand(2, 4, 5), torch.rand(2, 2, 2), torch.rand(3, 2, 2, 2)
FLOATS = torch.zeros(3, 8, 8)
SCORES, LABELS = torch.eye(6), torch.arange(6)
BATCHES = make_batches()
X1, Y1 = BATCHES[0]

# --- Each argument alone ---------------------------------------------------

NO_NUMBERS = ["2", [1], {}, 1j, torch.ones(2)]
NO_INTEGERS = [*NO_NUMBERS, -1, 2.5, 2.0, NAN, True, torch.tensor(2.0)]
NO_SIDES = [-1, "3", 2.5, True, (3,), (3, -1), (1, 1, 1), X]
NO_TENSORS = [None, "X", 1.5, [[1.0]], np.ones((3, 3)), nn.Linear(1, 1)]
NO_MATRIX = [*NO_TENSORS, X.bool(), X.int(), X + 1j, X[0], X3, X[:0]]
NO_STACK = [*NO_TENSORS, X[0], X3[None], X3[:, :, :0]]

# Values that do not fit, by the arguments' names.
BAD = {
    "n num_epochs batch_size num_rows num_cols": [None, 0, *NO_INTEGERS],
    "num_channels": [None, 0, *NO_INTEGERS],
    "i seed crop cutout": NO_INTEGERS,
    "resize": [0, (3, 0), *NO_SIDES],
    "pool_size": [None, 2, "22", (), (2,), (2, 0), (2, 2.0), (9, 1), X],
    "lr scale": [None, 0, -1.0, NAN, INF, True, *NO_NUMBERS],
    "amp channels_last flip plot use_1x1conv": [None, "no", 0, X],
    "net module": [None, "net", nn.Linear, lambda X: X, X],
    "device": [3.5, "quantum", "cpu:x", [], X, "cuda:99"],
    "train_iter test_iter data_iter": [None, 3, [], [3], [X], [(X,)]],
    "loss optimizer criterion scheduler init": [3, "f", [], X],
    "normalize": [0.5, "01", (1, 1), ((0.1,) * 2, (1.0,) * 2)],
    "y_hat": [*NO_TENSORS, X[0, 0], X3, X[:2], SCORES + 1j],
    "y": [*NO_TENSORS, X, X[0] + 0.5, X[0, 0]],
    "mode": [None, "mean", "MAX", 3, ["max"]],
    "corr2d.X corr2d.K pool2d.X": NO_MATRIX,
    "corr2d_multi_in.X corr2d_multi_in.K corr2d_multi_in_out.X": NO_STACK,
    "corr2d_multi_in_out.K": [*NO_TENSORS, X, X3, X3[None, :, :, :0]],
}
BAD = {name: bad for names, bad in BAD.items() for name in names.split()}

TRAIN = dict(net=small_net(), train_iter=BATCHES, test_iter=BATCHES)
TRAIN |= dict(num_epochs=1, lr=0.1, device="cpu")
OPTIONS = dict(loss=None, optimizer=torch.optim.SGD, scheduler=None)
OPTIONS |= dict(init=None, amp=False, channels_last=False, seed=1, plot=False)
LOADER = dict(batch_size=2, resize=4, flip=False, crop=1, cutout=1)
LOADER |= dict(normalize=((0.5,), (0.5,)), device="cpu", seed=1)
NIN = dict(in_channels=1, out_channels=2, kernel_size=3, strides=1, padding=1)

# A good call of each function, with the arguments that are looked at.
CALLS = {
    "corr2d": dict(X=X, K=K),
    "corr2d_multi_in": dict(X=X3, K=K3),
    "corr2d_multi_in_out": dict(X=X3, K=K4),
    "pool2d": dict(X=X, pool_size=(2, 2), mode="avg"),
    "nin_block": NIN,
    "Residual": dict(num_channels=3, use_1x1conv=True, strides=1),
    "try_gpu": dict(i=0),
    "environment": dict(device="cpu"),
    "Accumulator": dict(n=1),
    "accuracy": dict(y_hat=SCORES, y=LABELS),
    "evaluate_accuracy": dict(net=small_net(), data_iter=BATCHES),
    "train_ch6": {**TRAIN, **OPTIONS},
    "train_ch5": dict(TRAIN, criterion=nn.CrossEntropyLoss(), batch_size=8),
    "show_images": dict(imgs=[X, X], num_rows=1, num_cols=2, scale=1.0),
    "load_data_fashion_mnist": LOADER,
}


def call_with(name, /, **changes):
    return getattr(cu, name)(**{**CALLS[name], **changes})


ARGUMENTS = [
    (name, argument)
    for name, arguments in CALLS.items()
    for argument in arguments
    if f"{name}.{argument}" in BAD or argument in BAD
]


@pytest.mark.parametrize("name, argument", ARGUMENTS)
def test_bad_value_is_refused_by_name(name, argument, request):
    if name.startswith("load_"):
        request.getfixturevalue("data_folder")
    for bad in BAD.get(f"{name}.{argument}") or BAD[argument]:
        with pytest.raises((TypeError, ValueError)) as caught:
            call_with(name, **{argument: bad})
        text = str(caught.value)
        assert re.match(rf"(\w+, )?{argument}\b", text), text
        assert "\n" not in text and len(text) < 400, text


def other_kind(value, as_int, as_float):
    """Return a value with its numbers made into numbers of another kind."""
    if isinstance(value, tuple):
        return tuple(other_kind(v, as_int, as_float) for v in value)
    if type(value) is int:
        return as_int(value)
    return as_float(value) if type(value) is float else value


KINDS = {
    "as they are": (int, float),
    "small": (np.uint8, np.float32),
    "arrays": (np.array, np.array),
    "tensors": (torch.tensor, torch.tensor),
}


@pytest.mark.parametrize("kinds", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("name", CALLS)
def test_numbers_of_all_kinds_are_taken(name, kinds, data_folder):
    """Else a function that refuses everything would pass."""
    good = CALLS[name].items()
    call_with(name, **{k: other_kind(v, *kinds) for k, v in good})


# --- Arguments that do not fit each other ----------------------------------


def train(**changes):
    return call_with("train_ch6", **changes)


def train_ch5(**changes):
    return call_with("train_ch5", **changes)


def evaluate(batches, net=None):
    return cu.evaluate_accuracy(net or small_net(), batches)


def with_label(label, at=0):
    """Return batches of which one has a label out of range."""
    batches = [(X, y.clone()) for X, y in BATCHES]
    batches[at][1][3] = label
    return batches


def broken(change):
    """Return batches of which the third is changed."""
    return [*BATCHES[:2], change(*BATCHES[2]), *BATCHES[3:]]


class Shaped(nn.Module):
    """A net whose scores a function changes."""

    def __init__(self, change):
        super().__init__()
        self.net, self.change = small_net(), change

    def forward(self, X):
        return self.change(self.net(X))


FOUR_AXES = Shaped(lambda scores: scores[:, :, None, None])
PAIR = Shaped(lambda scores: (scores, scores))
FEWER = Shaped(lambda scores: scores[:4])
OTHERS = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
STEP = torch.optim.lr_scheduler.StepLR
COLUMN = broken(lambda X, y: (X, y[:, None]))

# What is called, and how the error begins.
CASES = [
    # Layers; test_layers.py tries any shapes.
    (lambda: cu.pool2d(X, (5, 1)), r"pool_size: .*at most .*got \(5, 1\)"),
    # Counting.
    (lambda: cu.Timer().avg(), "no time recorded yet: call stop"),
    (lambda: cu.accuracy(SCORES, LABELS[:3]), "y"),
    (lambda: cu.accuracy(SCORES, LABELS + 1), "y: labels run from 1 to 6"),
    # Evaluation.
    (lambda: cu.evaluate_accuracy(BATCHES, small_net()), "net: .*Module"),
    (lambda: evaluate(BATCHES, FOUR_AXES), "net: .*Flatten"),
    (lambda: evaluate(BATCHES, PAIR), "net: .*tuple"),
    (lambda: evaluate(BATCHES, FEWER), r"net: .*\(8, classes\), .*\(4, 3\)"),
    (lambda: evaluate(with_label(3, at=4)), "data_iter, batch 5: .* 0 to 3"),
    (lambda: evaluate([X1]), r"data_iter, batch 1: .*a pair \(X, y\)"),
    (lambda: evaluate(COLUMN), r"data_iter, batch 3: .*8 integers, .*8, 1"),
    (
        lambda: evaluate(broken(lambda X, y: (X.numpy(), y))),
        "data_iter, batch 3: expected X of shape",
    ),
    # Training.
    (
        lambda: train(train_iter=broken(lambda X, y: (X, y.float()))),
        "train_iter, .*batch 3: .*8 integers, .*float32",
    ),
    (lambda: train(test_iter=COLUMN), "test_iter, .*batch 3: .*8 integers"),
    (
        lambda: train(train_iter=with_label(3)),
        "train_iter, .*batch 1: labels run from 0 to 3, .*3 classes",
    ),
    (
        # The loss ignores it.
        lambda: train(train_iter=with_label(-100, at=2)),
        "train_iter, .*batch 3: labels run from -100",
    ),
    (lambda: train_ch5(test_iter=with_label(-1)), "test_iter, .*from -1"),
    (lambda: train(loss=nn.CrossEntropyLoss), r"loss: .*EntropyLoss\(\)"),
    (lambda: train(optimizer=OTHERS), "optimizer: .*torch.optim.SGD"),
    (lambda: train(scheduler=STEP(OTHERS, 1)), "scheduler: .*lambda"),
    (
        lambda: train(net=nn.LazyLinear(4), train_iter=iter(BATCHES)),
        "train_iter: .*a list or a loader",
    ),
    (lambda: cu.Accumulator(2).add(1.0), "args: .*2 values"),
    # Images.
    (lambda: cu.TensorLoader(FLOATS, LABELS, 2), "images: .*uint8"),
    (lambda: cu.TensorLoader(FLOATS.byte(), LABELS, 2), "labels: .*3, one"),
    (
        lambda: cu.load_data_cifar10(8, normalize=((0,), (1,))),
        "normalize: .*3",
    ),
    (lambda: cu.load_data_cifar10(8, flp=True), ".*unexpected .*flp"),
    # Live figures; LeNet's are in test_explore.
    (lambda: cu.explore.walk("stride"), "operation: .*one of .*padding"),
    (lambda: cu.explore.gain({"one": {"a": {}}}), "experiments: .*two rec"),
]


@pytest.mark.parametrize("call, message", CASES)
def test_arguments_that_do_not_fit(call, message, data_folder):
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    text = str(caught.value)
    assert re.match(message, text) and "\n" not in text, text


def test_bad_input_changes_no_weights():
    """An error at the first batch comes before the first step."""
    net = small_net()
    before = [p.clone() for p in net.parameters()]
    with pytest.raises(ValueError):
        train(net=net, train_iter=with_label(3), init=None)
    after = net.parameters()
    assert all(torch.equal(p, q) for p, q in zip(before, after))
