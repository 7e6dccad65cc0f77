"""Bad input to every public function: the error begins with the argument.

First each argument alone, with the values that do not fit its name; then
one table of calls whose arguments do not fit each other.
"""

import inspect
import re
from fractions import Fraction

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from examples import make_batches, small_net
from torch import nn

import course_utils as cu
from course_utils import sources

NAN, INF = float("nan"), float("inf")
X, K = torch.rand(4, 5), torch.rand(2, 2)
X3, K3, K4 = torch.rand(2, 4, 5), torch.rand(2, 2, 2), torch.rand(3, 2, 2, 2)
SCORES, LABELS = torch.eye(6), torch.arange(6)
IMAGES = torch.zeros(6, 4, 4, dtype=torch.uint8)
BATCHES = make_batches()
X1, Y1 = BATCHES[0]

# --- Each argument alone ---------------------------------------------------

NO_NUMBERS = ["2", "", [1], {}, object(), 1j, torch.ones(2), np.ones(2)]
NO_INTEGERS = [None, *NO_NUMBERS, 2.5, 2.0, NAN, True, np.bool_(True)]
NO_INTEGERS += [np.float32(2), torch.tensor(2.0), torch.tensor(True)]
NO_INTEGERS += [Fraction(2), torch.empty((), dtype=int, device="meta")]
NO_SIDES = [None, -1, "3", 2.5, True, (3,), (3, -1), (1, 1, 1), X]
NO_TENSORS = [None, "X", 1.5, [[1.0]], np.ones((3, 3)), nn.Linear(1, 1)]
# Torch cannot take a window of these, or their sums overflow.
OTHER_DTYPES = [X.bool(), X.byte(), X.int(), X + 1j, X.to_sparse()]
NO_TEXTS = [None, 3, b"x", [], object()]
NO_PATHS = [3, 0.5, [], object()]
NO_MATRIX = [*NO_TENSORS, *OTHER_DTYPES, X[0], X3, X[:0]]
NO_STACK = [*NO_TENSORS, X[0], X3[None], X3[:, :, :0]]

# Values that do not fit, by the arguments' names.
BAD = {
    "n num_epochs batch_size nrows ncols num_rows num_cols": [
        *(0, -1),
        *NO_INTEGERS,
    ],
    "in_channels out_channels num_channels": [0, -1, *NO_INTEGERS],
    "i seed crop cutout": [-1, *NO_INTEGERS],
    "kernel_size strides resize": [0, (3, 0), *NO_SIDES],
    "padding": NO_SIDES,
    "input_size": [None, 3, "28", [], (), (1, 0), (1, 2.0), np.array(28)],
    "pool_size": [None, 2, "22", (), (2,), (2, 0), (2, 2.0), (9, 1), X],
    "lr scale": [None, 0, -1.0, NAN, INF, True, *NO_NUMBERS]
    + [np.float32(NAN), torch.tensor(-1.0), Fraction(-1, 2)],
    "figsize xlim ylim": [3, "ab", (1,), (1, 2, 3), (1, 1j), (1, NAN)],
    "amp channels_last compile flip plot shuffle use_1x1conv": [
        *(None, "no", "", 0, 1, []),
        *({}, torch.ones(2)),
    ],
    "allow_stand_in verbose": [None, "no", 0, 1],
    "source xlabel ylabel": NO_TEXTS,
    "classes fmts legend titles": [None, "ab", 3, [3], object()],
    "net module": [None, "net", nn.Linear, lambda X: X, X],
    "device": [None, 3.5, "quantum", "cpu:x", [], X, "cuda:99", "mps:1"],
    "checkpoint root": NO_PATHS,
    "train_iter test_iter data_iter": [None, 3, [], [3], [X], [(X,)]]
    + [[(X, X)], ["ab"], object],
    "loss optimizer criterion scheduler": [None, 3, "f", [], X],
    "normalize": [0.5, "01", (), (1, 1), ((0.5,), (0,)), (("a",), (1,))]
    + [((NAN,), (1.0,)), ((0.5,), (NAN,)), ((0.1,) * 2, (1.0,) * 2)],
    "images": [*NO_TENSORS, X, IMAGES[0], IMAGES[:, :0], IMAGES + 0.5],
    "labels": [*NO_TENSORS, X, torch.ones(6), LABELS[:5]],
    "y_hat": [*NO_TENSORS, X[0, 0], X3, X[:2], SCORES + 1j],
    "y": [*NO_TENSORS, X, X[0] + 0.5, X[0, 0]],
    "imgs": [None, 3, "ab", {}, [3], [None], ["ab"], [X[0]], [X] * 9],
    "mode": [None, "mean", "MAX", 3, ["max"]],
    "name": [None, 3, "mnist", ["cifar10"], "", "CIFAR10"],
    "corr2d.X corr2d.K pool2d.X": NO_MATRIX,
    "corr2d_multi_in.X corr2d_multi_in.K corr2d_multi_in_out.X": NO_STACK,
    "corr2d_multi_in_out.K": [*NO_TENSORS, X, X3, X3[None, :, :, :0]],
    "Animator.add.x": ["a", [1, 2, 3], object(), 1j, X],
    "Animator.add.y": ["a", ["b", "c"], [1, 2, 3, 4, 5], object(), 1j, X],
    "TensorLoader.subset.index": [None, "a", 99, [0.5], [True], object()],
}
BAD = {name: bad for names, bad in BAD.items() for name in names.split()}
# These are matplotlib's and torch's to refuse.
OF_OTHERS = {"Animator.xscale", "Animator.yscale", "train_ch6.init"}


def add_points(x, y):
    return cu.Animator().add(x, y)


def take_part(index):
    return cu.TensorLoader(IMAGES, LABELS, 2, device="cpu").subset(index)


NET = {"net": small_net()}
TRAIN = dict(train_iter=BATCHES, test_iter=BATCHES, num_epochs=1, lr=0.1)
TRAIN |= {**NET, "device": "cpu"}
OPTIONS = dict(loss=None, optimizer=torch.optim.SGD, scheduler=None)
OPTIONS |= dict(init=None, amp=False, channels_last=False, compile=False)
OPTIONS |= dict(seed=None, checkpoint=None, plot=False, verbose=False)
LOADER = dict(batch_size=2, resize=None, flip=False, crop=0, cutout=0)
LOADER |= dict(normalize=None, device="cpu", seed=None)
NIN = dict(in_channels=1, out_channels=2, kernel_size=3, strides=1, padding=1)
LINES = dict(xlabel=None, ylabel=None, legend=None, xlim=None, ylim=None)
LINES |= dict(xscale="linear", yscale="linear", fmts=("-",))
LINES |= dict(nrows=1, ncols=1, figsize=(3, 2))
GRID = dict(imgs=[X, X], num_rows=1, num_cols=2, titles=None, scale=1.0)
PARTS = dict(shuffle=False, source="", classes=())

# A good call of each function, with all its arguments.
CALLS = {
    "corr2d": (cu.corr2d, dict(X=X, K=K)),
    "corr2d_multi_in": (cu.corr2d_multi_in, dict(X=X3, K=K3)),
    "corr2d_multi_in_out": (cu.corr2d_multi_in_out, dict(X=X3, K=K4)),
    "pool2d": (cu.pool2d, dict(X=X, pool_size=(2, 2), mode="avg")),
    "nin_block": (cu.nin_block, NIN),
    "Residual": (
        cu.Residual,
        dict(num_channels=3, use_1x1conv=True, strides=1),
    ),
    "try_gpu": (cu.try_gpu, dict(i=0)),
    "autocast": (cu.autocast, dict(device="cpu")),
    "environment": (cu.environment, dict(device="cpu")),
    "Accumulator": (cu.Accumulator, dict(n=1)),
    "accuracy": (cu.accuracy, dict(y_hat=SCORES, y=LABELS)),
    "evaluate_accuracy": (
        cu.evaluate_accuracy,
        dict(NET, data_iter=BATCHES, device="cpu"),
    ),
    "count_cost": (cu.count_cost, dict(NET, input_size=(1, 1, 6, 6))),
    "init_xavier": (cu.init_xavier, dict(module=small_net())),
    "train_ch6": (cu.train_ch6, {**TRAIN, **OPTIONS}),
    "train_ch5": (
        cu.train_ch5,
        dict(TRAIN, criterion=nn.CrossEntropyLoss(), batch_size=8),
    ),
    "show_images": (cu.show_images, GRID),
    "Animator": (cu.Animator, LINES),
    "Animator.add": (add_points, dict(x=1, y=(1, 2))),
    "TensorLoader": (
        cu.TensorLoader,
        dict(images=IMAGES, labels=LABELS, **LOADER, **PARTS),
    ),
    "TensorLoader.subset": (take_part, dict(index=slice(2))),
    "load_data_fashion_mnist": (
        cu.load_data_fashion_mnist,
        dict(LOADER, root=None),
    ),
    "load_data_cifar10": (cu.load_data_cifar10, dict(LOADER, root=None)),
    "load_arrays": (
        sources.load_arrays,
        dict(name="cifar10", root=None, allow_stand_in=True),
    ),
    "data_folder": (sources.data_folder, dict(root=None)),
}


def call_with(name, /, **changes):
    function, arguments = CALLS[name]
    return function(**{**arguments, **changes})


def bad_values(name, argument):
    """Return what does not fit; None does where it stands for a choice."""
    values = BAD.get(f"{name}.{argument}") or BAD[argument]
    function, good = CALLS[name]
    default = inspect.signature(function).parameters[argument].default
    takes_none = default is None or good[argument] is None
    return [bad for bad in values if bad is not None or not takes_none]


ARGUMENTS = [
    (name, argument)
    for name, (_, arguments) in CALLS.items()
    for argument in arguments
    if f"{name}.{argument}" not in OF_OTHERS
]


@pytest.fixture(autouse=True)
def no_figure_stays():
    yield
    plt.close("all")


def begins_with(name, error):
    text = str(error)
    assert re.match(rf"(\w+, )?{name}\b", text), text
    assert "\n" not in text and len(text) < 400, text


@pytest.mark.parametrize("name, argument", ARGUMENTS)
def test_bad_value_is_refused_by_name(name, argument):
    for bad in bad_values(name, argument):
        with pytest.raises((TypeError, ValueError)) as caught:
            call_with(name, **{argument: bad})
        begins_with(argument, caught.value)


@pytest.mark.parametrize("name", CALLS)
def test_missing_and_unknown_arguments(name):
    function, good = CALLS[name]
    for parameter in inspect.signature(function).parameters.values():
        if parameter.default is parameter.empty:
            rest = {k: v for k, v in good.items() if k != parameter.name}
            with pytest.raises(TypeError, match=parameter.name):
                function(**rest)
    with pytest.raises(TypeError, match="unknown"):
        function(**good, unknown=1)


def other_kind(value, as_int, as_float):
    """Return a value with its numbers made into numbers of another kind."""
    if isinstance(value, (tuple, list)):
        return type(value)(other_kind(v, as_int, as_float) for v in value)
    if type(value) is int:
        return as_int(value)
    return as_float(value) if type(value) is float else value


# Where a good value above is no number.
NUMBERS = dict(crop=1, cutout=1, figsize=(3.0, 2.0), kernel_size=(3, 3))
NUMBERS |= dict(resize=(4, 4), seed=1, xlim=(0.0, 1.0))
KINDS = {
    "as they are": (int, float),
    "numpy": (np.int64, np.float64),
    "small": (np.uint8, np.float32),
    "arrays": (np.array, np.array),
    "tensors": (torch.tensor, torch.tensor),
    "gradients": (
        torch.tensor,
        lambda value: torch.tensor(value, requires_grad=True),
    ),
    "fractions": (int, Fraction),
}


@pytest.mark.parametrize("kinds", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("name", CALLS)
def test_numbers_of_all_kinds_are_taken(name, kinds, request):
    """Else a function that refuses everything would pass."""
    if name.startswith("load_"):
        request.getfixturevalue("data_folder")
    given = {
        argument: other_kind(NUMBERS.get(argument, good), *kinds)
        for argument, good in CALLS[name][1].items()
    }
    call_with(name, **given)


def test_every_public_function_and_argument_is_here():
    names = {n for n in cu.__all__ if callable(getattr(cu, n))}
    names |= {"data_folder", "load_arrays"}
    names -= {"Timer", "use_course_style"}  # take nothing
    names -= {"evaluate_accuracy_gpu"}  # another name
    names -= {"History", "Table", "recorded"}  # a lesson's author calls them
    assert names <= set(CALLS)
    for function, arguments in CALLS.values():
        assert set(inspect.signature(function).parameters) == set(arguments)


# --- Arguments that do not fit each other ----------------------------------


def train(**changes):
    return call_with("train_ch6", **changes)


def train_ch5(**changes):
    return call_with("train_ch5", **changes)


def evaluate(batches, net=None):
    return cu.evaluate_accuracy(net or small_net(), batches)


def loader(**changes):
    return call_with("TensorLoader", **changes)


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


class Shaped(nn.Module):
    """A net whose scores a function changes."""

    def __init__(self, change):
        super().__init__()
        self.net, self.change = small_net(), change

    def forward(self, X):
        return self.change(self.net(X))


def batch_norm_net():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(36, 5), nn.BatchNorm1d(5), nn.Linear(5, 3)
    )


FOUR_AXES = Shaped(lambda scores: scores[:, :, None, None])
PAIR = Shaped(lambda scores: (scores, scores))
FEWER = Shaped(lambda scores: scores[:4])
OTHERS = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
STEP = torch.optim.lr_scheduler.StepLR


# What is called, and how the error begins.
CASES = [
    # Layers.
    (lambda: cu.corr2d([[1]], K), r"X: .* tensor, got \[\[1\]\] \(list\)"),
    (
        lambda: cu.corr2d(X[0], K),
        r"X: .* 2 axes \(height, width\), got .*\(5",
    ),
    (lambda: cu.corr2d(X, torch.ones(5, 1)), r"K: .*\(4, 5\), got \(5, 1\)"),
    (lambda: cu.corr2d(X, torch.ones(1, 6)), r"K: .*\(4, 5\), got \(1, 6\)"),
    (lambda: cu.corr2d(X.byte(), K.byte()), "X: .*floating-point .*uint8"),
    (lambda: cu.corr2d(X, K.double()), "K: .*float32.* got torch.float64"),
    (lambda: cu.corr2d(X.long(), K / 2), "K: .*int64.* got torch.float32"),
    (lambda: cu.corr2d(X, K.to("meta")), "K: .*on cpu, got .* on meta"),
    (lambda: cu.corr2d_multi_in(X3, K4[:, 0]), "K: .*X's 2 input channels"),
    (lambda: cu.corr2d_multi_in(X3, torch.ones(2, 5, 5)), "K: .*at most"),
    (lambda: cu.corr2d_multi_in(X3, K3.double()), "K: .*dtype"),
    (lambda: cu.corr2d_multi_in_out(X3, K4[:, :1]), "K: .*2 input channels"),
    (lambda: cu.pool2d(X, (5, 1)), r"pool_size: .*at most .*got \(5, 1\)"),
    (lambda: cu.pool2d(X.long(), (2, 2), "avg"), "X: .*floating-point"),
    (lambda: cu.Residual(3, strides=2), "use_1x1conv: .*True with strides 2"),
    (lambda: cu.Residual(3)(X3), "X: .*4 axes"),
    (
        lambda: cu.Residual(3)(X1),
        "X: expected 3 channels, .*use_1x1conv=True",
    ),
    # Counting.
    (lambda: cu.Accumulator(3).add(1, 2), "args: .*3"),
    (lambda: cu.Accumulator(1).add("1"), "args: .*a number, got '1'"),
    (lambda: cu.Accumulator(1).add(torch.ones(2)), "args: .*a number"),
    (lambda: cu.Timer().avg(), "no time recorded yet: call stop"),
    (lambda: cu.accuracy(SCORES[:, :1], LABELS), "y_hat"),
    (lambda: cu.accuracy(SCORES[..., None, None], LABELS), "y_hat"),
    (lambda: cu.accuracy((SCORES, SCORES), LABELS), "y_hat: .*tuple of 2"),
    (lambda: cu.accuracy(SCORES, LABELS[:3]), "y"),
    (lambda: cu.accuracy(SCORES, LABELS[:, None]), "y"),
    (lambda: cu.accuracy(SCORES, LABELS + 1), "y: labels run from 1 to 6"),
    (lambda: cu.accuracy(SCORES, LABELS - 1), "y: labels run from -1 to 4"),
    # Evaluation.
    (lambda: cu.evaluate_accuracy(BATCHES, small_net()), "net: .*Module"),
    (lambda: evaluate(BATCHES, FOUR_AXES), r"net: .*Flatten.*\(8, 3, 1, 1\)"),
    (lambda: evaluate(BATCHES, PAIR), "net: .*tuple of 2"),
    (lambda: evaluate(BATCHES, FEWER), r"net: .*\(8, classes\), .*\(4, 3\)"),
    (lambda: evaluate([]), "data_iter: .*at least one batch"),
    (lambda: evaluate(with_label(3, at=4)), "data_iter, batch 5: .* 0 to 3"),
    (lambda: evaluate(with_label(-1)), "data_iter, batch 1: .* from -1"),
    (lambda: evaluate([X1]), r"data_iter, batch 1: .*a pair \(X, y\)"),
    (
        lambda: evaluate(broken(lambda X, y: (X, y[:, None]))),
        r"data_iter, batch 3: .*8 integers, .*\(8, 1\)",
    ),
    (
        lambda: evaluate(broken(lambda X, y: (X.numpy(), y))),
        "data_iter, batch 3: expected X of shape",
    ),
    # Training: batches.
    (lambda: train(train_iter=[]), "train_iter: .*at least one batch"),
    (lambda: train(test_iter=[]), "test_iter: .*at least one batch"),
    (
        lambda: train(
            train_iter=loader(images=IMAGES[:0], labels=LABELS[:0])
        ),
        "train_iter: ",
    ),
    (lambda: train(train_iter=iter(())), "train_iter"),
    (lambda: train(train_iter=[X1]), "train_iter, .*batch 1: .*pair"),
    (
        lambda: train(train_iter=broken(lambda X, y: (X, y[:, None]))),
        r"train_iter, .*batch 3: .*8 integers, .*\(8, 1\)",
    ),
    (
        lambda: train(train_iter=broken(lambda X, y: (X, y.float()))),
        "train_iter, .*batch 3: .*8 integers, .*float32",
    ),
    (
        lambda: train(test_iter=broken(lambda X, y: (X, y[:, None]))),
        "test_iter, .*batch 3: .*8 integers",
    ),
    (
        lambda: train(train_iter=with_label(3)),
        "train_iter, .*batch 1: labels run from 0 to 3, .*3 classes",
    ),
    (
        # The loss ignores it.
        lambda: train(train_iter=with_label(-100, at=2)),
        "train_iter, .*batch 3: labels run from -100",
    ),
    (
        lambda: train(test_iter=with_label(3, at=4)),
        "test_iter, .*batch 5: labels run from 0 to 3",
    ),
    (
        lambda: train_ch5(train_iter=with_label(7)),
        "train_iter, .*batch 1: labels run from 0 to 7",
    ),
    (
        lambda: train_ch5(test_iter=with_label(-1)),
        "test_iter, .*batch 1: labels run from -1",
    ),
    # Training: the net.
    (lambda: train(net=FOUR_AXES), r"net: .*Flatten.*\(8, 3, 1, 1\)"),
    (lambda: train(net=PAIR), r"net: .*\(8, classes\), .*tuple"),
    (lambda: train(net=FEWER), r"net: .*got .*\(4, 3\)"),
    # Training: its parts.
    (lambda: train(lr="cpu", device=0.1), "lr: .*a number, got 'cpu'"),
    (lambda: train(device="cuda:99"), "device: .*cuda:99, but torch sees"),
    (lambda: train_ch5(lr=None), "lr: "),
    (
        lambda: train(loss=nn.CrossEntropyLoss),
        r"loss: .*CrossEntropyLoss\(\)",
    ),
    (
        lambda: train(loss=nn.CrossEntropyLoss(reduction="sum")),
        "loss: .*reduction='mean'",
    ),
    (lambda: train_ch5(criterion=nn.CrossEntropyLoss), "criterion: "),
    (lambda: train(optimizer=OTHERS), "optimizer: .*torch.optim.SGD"),
    (lambda: train(scheduler=STEP(OTHERS, 1)), "scheduler: .*lambda"),
    (lambda: train(init=nn.init.xavier_uniform_), "init: .*of a module"),
    # Plotting.
    (lambda: cu.show_images(IMAGES, 1, 3), "imgs: expected at most 3 images"),
    (lambda: cu.show_images(IMAGES, 2, 3, titles=["a"]), "titles: .*6"),
    (lambda: cu.show_images(iter(IMAGES), 2, 3), "imgs: expected a list"),
    (lambda: cu.show_images(IMAGES[0], 2, 3), r"imgs\[0\]: .*2 or 3 axes"),
    (lambda: animate((1, (1, 2)), (2, (1, 2, 3))), "y: expected 2 values"),
    (lambda: animate(([1, 2], (1, 2, 3))), "x: expected one value"),
    # Data.
    (lambda: loader(images=IMAGES.numpy()), "images: .*ndarray"),
    (lambda: loader(labels=LABELS[:5]), "labels: .*6 integers"),
    (lambda: loader(labels=LABELS + 0.5), "labels: .*float32"),
    (
        lambda: loader(normalize=((0.1,) * 3, (0.2,) * 3)),
        "normalize: .*1 number",
    ),
    (lambda: loader(normalize=((0.1,), (0.0,))), "normalize"),
    (
        lambda: cu.load_data_cifar10(8, normalize=((0,), (1,))),
        "normalize: .*3 numbers",
    ),
    (lambda: sources.load_arrays("mnist"), "name: .*fashion_mnist, cifar10"),
]


@pytest.mark.parametrize("call, message", CASES)
def test_arguments_that_do_not_fit(call, message):
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    text = str(caught.value)
    assert re.match(message, text) and "\n" not in text, text


@pytest.mark.parametrize("net", [small_net(), batch_norm_net()])
def test_bad_input_changes_no_weights(net):
    """An error at the first batch comes before the first step."""
    before = [p.clone() for p in net.parameters()]
    with pytest.raises(ValueError):
        train(net=net, train_iter=with_label(3), init=None)
    after = net.parameters()
    assert all(torch.equal(p, q) for p, q in zip(before, after))
