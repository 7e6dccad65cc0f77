"""Every argument of every public function, one at a time, with bad values.

The good calls stand in CALLS; the bad values come with the kind of each
argument. The error is a TypeError or ValueError, in one line, and it begins
with the argument's name. What a value like that costs elsewhere, a crash
deep inside torch or a wrong number, must not be seen.
"""

import functools
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
from course_utils import data, explore
from course_utils.data import sources

NAN, INF = float("nan"), float("inf")
X = torch.rand(5, 6)
IMAGES = torch.zeros(6, 4, 4, dtype=torch.uint8)
BATCHES = make_batches(2)
HISTORY = cu.History(
    loss=[1.0],
    train_acc=[0.5],
    test_acc=[0.5],
    seconds=[2.0],
    examples=[8],
)

# --- Bad values ----------------------------------------------------------

NO_NUMBERS = ["2", "", [1], {}, object(), 1j, torch.ones(2), np.ones(2)]
NO_INTEGERS = [*NO_NUMBERS, 2.5, 2.0, NAN, True, np.bool_(True)]
NO_INTEGERS += [np.float32(2), torch.tensor(2.0), torch.tensor(True)]
NO_INTEGERS += [Fraction(2), torch.empty((), dtype=int, device="meta")]
NO_TENSORS = ["X", 1.5, [[1.0]], np.ones((3, 3)), nn.Linear(1, 1)]
# Of these torch cannot take a window, or the sums overflow.
OTHER_DTYPES = [X.bool(), X.byte(), X.int(), X + 1j, X.to_sparse()]
NO_ARRAYS = ["X", 1.5, [], [[]], [["1"]], [[1], [1, 2]], [[None]], [[1j]]]
NO_ARRAYS += [object(), torch.tensor([[1j]]), torch.rand(2, 2).to_sparse()]
NOT_FINITE = [[[NAN]], [[INF]]]

BAD = {
    "int >= 1": [None, 0, -1, *NO_INTEGERS],
    "int >= 0": [None, -1, *NO_INTEGERS],
    "ints >= 0": [None, -1, "3", 2.5, True, (3,), (3, -1), (1, 1, 1)],
    "int >= 0 or None": [-1, *NO_INTEGERS],
    "number > 0": [None, 0, -1.0, NAN, INF, True, *NO_NUMBERS]
    + [np.float32(NAN), torch.tensor(-1.0), np.bool_(True), Fraction(-1, 2)],
    "number": [None, NAN, INF, True, *NO_NUMBERS],
    "flag": [None, "no", "", 0, 1, [], {}, torch.ones(2)],
    "text": [None, 3, b"x", [], object()],
    "texts": ["ab", 3, [3], object()],
    "net": [None, "net", nn.Linear, lambda X: X, X],
    "batches": [None, 3, [], [3], [X], [(X,)], [(X, X)], ["ab"], object],
    "callable": [None, 3, "f", [], X],
    "callable or None": [3, "f", [], X],
    "device": [3.5, "quantum", "cpu:x", [], X, "cuda:99", "mps:1"],
    "path or None": [3, 0.5, [], object()],
    "matrix": [None, *NO_TENSORS, *OTHER_DTYPES, X[0], X[None], X[:0]],
    "stack": [None, *NO_TENSORS, X[0], X[None, None], X[None, :, :0]],
    "kernels": [None, *NO_TENSORS, X, X[None], X[None, None, :0]],
    "scores": [None, *NO_TENSORS, X[0, 0], X[None], X[:2], X + 1j],
    "labels": [None, *NO_TENSORS, X, X[0] + 0.5, X[0, 0], X[0, :3]],
    "size": [None, 3, "28", [], (), (1, 0), (1, 2.0), (1, "2"), (True,)]
    + [torch.tensor(28), np.array(28)],
    "window": [None, 2, "22", (), (2,), (2, 0), (2, 2.0), (9, 1), X],
    "one or two ints": [None, 0, -1, "3", 2.5, True, (3,), (3, 0), (1, 1, 1)],
    "resize": [0, -1, "3", 2.5, True, (3,), (3, 0), (1, 1, 1), X],
    "mode": [None, "mean", "MAX", 3, ["max"]],
    "images": [None, *NO_TENSORS, X, IMAGES[0], IMAGES[:, :0], IMAGES + 0.5],
    "image labels": [None, *NO_TENSORS, X, torch.ones(6), torch.arange(5)],
    "normalize": [0.5, "01", (), (1, 1), ((0.5,), (0,)), (("a",), (1,))]
    + [((NAN,), (1.0,)), ((0.5,), (NAN,)), ((0.1,) * 2, (1.0,) * 2)],
    "text or None": [3, b"x", [], object()],
    "ax": [3, "ax", [], plt],
    "pictures": [None, 3, "ab", [3], [None], ["ab"], [X[0]], [X] * 9, {}]
    + [[torch.rand(5, 5, 5)], [torch.rand(2, 2) + 1j], [X[:0]]],
    "curves": [None, 3, [], {}, {"a": 3}, {"a": "x"}, {3: [1.0]}]
    + [{"a": ["b"]}, {"a": [[1.0]]}, {"a": None}],
    "points": ["a", [1, 2, 3], object(), 1j, X],
    "values": ["a", ["b", "c"], [1, 2, 3, 4, 5], object(), 1j, X],
    "limits": [3, "ab", (1,), (1, 2, 3), (1, 1j)],
    "scale": [None, 3, "cubic", []],
    "formats": [None, 3, "-", [3]],
    "history": [None, 3, "x", {}, cu.History()],
    "histories": [None, 3, [], [HISTORY], [HISTORY, 3], [HISTORY] * 2 + [{}]],
    "data set": [None, 3, "mnist", ["cifar10"], "", "CIFAR10"],
    "identifier": [None, 3, "", "a/b", "../x", "a b", ["a"]],
    "picture": [*NO_ARRAYS, *NOT_FINITE, torch.rand(65, 5), X[None]],
    "color picture": [*NO_ARRAYS, [[[NAN]]], X, torch.rand(5, 5, 5)],
    "row": [*NO_ARRAYS, [NAN], [1, 2, 3]],
    "lenet images": [None, *NO_ARRAYS, torch.rand(21, 1, 28, 28), X[0]],
    "lenet labels": [3, "ab", [0.5], ["0"], [-1], [10], [0, 0], X],
    "ten names": [3, ["a"], "abcdefghij", {}],
    "lenet": [None, 3, nn.Linear, nn.Linear(2, 2), nn.Sequential()],
    "layers": [None, 3, "abc", [], [3], [(3, 1)], [(3, 0, 1)], [(12, 1, 1)]]
    + [[(3, 1, 1)] * 9, [(2.0, 1, 1)], [("3", 1, 1)]],
    "screen": [None, 0, 33, 32.0, "32", True, [32], X],
    "index": [None, "a", 99, [0.5], object(), torch.ones(2), [True]],
}


def between(low, high):
    """Add a kind for integers of a range; return its name."""
    BAD[f"{low} to {high}"] = [None, low - 1, high + 1, *NO_INTEGERS]
    return f"{low} to {high}"


# --- Good calls ----------------------------------------------------------


def method(make, name):
    """Return a function that makes an object and calls its method."""

    @functools.wraps(getattr(make(), name))
    def call(**arguments):
        return getattr(make(), name)(**arguments)

    return call


def make_table():
    return cu.Table("t", "T", "noise", "cpu")


def lenet_like():
    return nn.Sequential(
        nn.Conv2d(1, 2, 5), nn.Flatten(), nn.Linear(2 * 24 * 24, 10)
    )


def loader():
    return cu.TensorLoader(IMAGES, torch.arange(6), 2, device="cpu")


TRAIN = {
    "net": (small_net(), "net"),
    "train_iter": (BATCHES, "batches"),
    "test_iter": (BATCHES, "batches"),
    "num_epochs": (1, "int >= 1"),
    "lr": (0.1, "number > 0"),
    "device": ("cpu", "device"),
}
LOADER = {
    "batch_size": (2, "int >= 1"),
    "resize": (None, "resize"),
    "flip": (False, "flag"),
    "crop": (0, "int >= 0"),
    "cutout": (0, "int >= 0"),
    "normalize": (None, "normalize"),
    "device": ("cpu", "device"),
    "seed": (None, "int >= 0 or None"),
}
MEASURED = {
    "name": ("net", "text"),
    "net": (small_net(), "net"),
    "input_size": ((1, 1, 6, 6), "size"),
}
SLIDERS = {
    "n": (8, between(3, 14)),
    "kernel": (3, between(1, 7)),
    "padding": (0, between(0, 4)),
    "stride": (1, between(1, 4)),
    "dilation": (1, between(1, 3)),
}

# Each function with its arguments: a good value, and its kind.
CALLS = {
    "corr2d": (
        cu.corr2d,
        {"X": (X, "matrix"), "K": (X[:2, :2], "matrix")},
    ),
    "corr2d_multi_in": (
        cu.corr2d_multi_in,
        {"X": (X[None], "stack"), "K": (X[None, :2, :2], "stack")},
    ),
    "corr2d_multi_in_out": (
        cu.corr2d_multi_in_out,
        {"X": (X[None], "stack"), "K": (X[None, None, :2, :2], "kernels")},
    ),
    "pool2d": (
        cu.pool2d,
        {
            "X": (X, "matrix"),
            "pool_size": ((2, 2), "window"),
            "mode": ("avg", "mode"),
        },
    ),
    "nin_block": (
        cu.nin_block,
        {
            "in_channels": (1, "int >= 1"),
            "out_channels": (2, "int >= 1"),
            "kernel_size": (3, "one or two ints"),
            "strides": (1, "one or two ints"),
            "padding": (1, "ints >= 0"),
        },
    ),
    "Residual": (
        cu.Residual,
        {
            "num_channels": (3, "int >= 1"),
            "use_1x1conv": (True, "flag"),
            "strides": (1, "int >= 1"),
        },
    ),
    "try_gpu": (cu.try_gpu, {"i": (0, "int >= 0")}),
    "autocast": (cu.autocast, {"device": ("cpu", "device")}),
    "environment": (cu.environment, {"device": ("cpu", "device")}),
    "Accumulator": (cu.Accumulator, {"n": (1, "int >= 1")}),
    "accuracy": (
        cu.accuracy,
        {
            "y_hat": (torch.eye(6), "scores"),
            "y": (torch.arange(6), "labels"),
        },
    ),
    "evaluate_accuracy": (
        cu.evaluate_accuracy,
        {
            "net": (small_net(), "net"),
            "data_iter": (BATCHES, "batches"),
            "device": ("cpu", "device"),
        },
    ),
    "count_cost": (
        cu.count_cost,
        {k: v for k, v in MEASURED.items() if k != "name"},
    ),
    "init_xavier": (cu.init_xavier, {"module": (small_net(), "net")}),
    "train_ch6": (
        cu.train_ch6,
        {
            **TRAIN,
            "loss": (None, "callable or None"),
            "optimizer": (torch.optim.SGD, "callable"),
            "scheduler": (None, "callable or None"),
            "init": (None, "callable or None"),
            "amp": (False, "flag"),
            "channels_last": (False, "flag"),
            "compile": (False, "flag"),
            "seed": (None, "int >= 0 or None"),
            "checkpoint": (None, "path or None"),
            "plot": (False, "flag"),
        },
    ),
    "train_ch5": (
        cu.train_ch5,
        {
            **TRAIN,
            "criterion": (nn.CrossEntropyLoss(), "callable"),
            "batch_size": (8, "int >= 1"),
        },
    ),
    "show_images": (
        cu.show_images,
        {
            "imgs": ([X, X], "pictures"),
            "num_rows": (1, "int >= 1"),
            "num_cols": (2, "int >= 1"),
            "titles": (None, "texts"),
            "scale": (1.0, "number > 0"),
        },
    ),
    "plot_curves": (
        cu.plot_curves,
        {
            "curves": ({"a": [1.0]}, "curves"),
            "ylabel": ("y", "text"),
            "title": ("t", "text"),
            "ax": (None, "ax"),
        },
    ),
    "Animator": (
        cu.Animator,
        {
            "xlabel": (None, "text or None"),
            "ylabel": (None, "text or None"),
            "legend": (None, "texts"),
            "xlim": (None, "limits"),
            "ylim": (None, "limits"),
            "xscale": ("linear", "scale"),
            "yscale": ("linear", "scale"),
            "fmts": (("-",), "formats"),
            "nrows": (1, "int >= 1"),
            "ncols": (1, "int >= 1"),
            "figsize": ((3, 2), "limits"),
        },
    ),
    "Animator.add": (
        method(cu.Animator, "add"),
        {"x": (1, "points"), "y": ((1, 2), "values")},
    ),
    "Table": (
        cu.Table,
        {
            "name": ("t", "identifier"),
            "title": ("T", "text"),
            "data": ("noise", "text"),
            "device": ("cpu", "device"),
        },
    ),
    "Table.add": (
        method(make_table, "add"),
        {**MEASURED, "history": (HISTORY, "history")},
    ),
    "Table.add_seeds": (
        method(make_table, "add_seeds"),
        {**MEASURED, "histories": ([HISTORY] * 2, "histories")},
    ),
    "Table.add_published": (
        method(make_table, "add_published"),
        {"name": ("net", "text"), "source": ("paper", "text")},
    ),
    "recorded": (
        cu.recorded,
        {
            "name": ("99_try", "identifier"),
            "train": (lambda: HISTORY, "callable"),
        },
    ),
    "TensorLoader": (
        cu.TensorLoader,
        {
            "images": (IMAGES, "images"),
            "labels": (torch.arange(6), "image labels"),
            **LOADER,
            "shuffle": (False, "flag"),
            "source": ("", "text"),
            "classes": ((), "texts"),
        },
    ),
    "TensorLoader.subset": (
        method(loader, "subset"),
        {"index": (slice(2), "index")},
    ),
    "load_data_fashion_mnist": (
        cu.load_data_fashion_mnist,
        {**LOADER, "root": (None, "path or None")},
    ),
    "load_data_cifar10": (
        cu.load_data_cifar10,
        {**LOADER, "root": (None, "path or None")},
    ),
    "load_arrays": (
        data.load_arrays,
        {
            "name": ("cifar10", "data set"),
            "root": (None, "path or None"),
            "allow_stand_in": (True, "flag"),
        },
    ),
    "data_folder": (data.data_folder, {"root": (None, "path or None")}),
    "explore.cross_correlation": (
        explore.cross_correlation,
        {"X": (X, "picture"), "K": (X[:2, :2], "picture")},
    ),
    "explore.channels": (
        explore.channels,
        {
            "X": (torch.rand(3, 4, 4), "color picture"),
            "weight": (torch.rand(2, 3), "picture"),
            "bias": (torch.rand(2), "row"),
        },
    ),
    "explore.padding_and_stride": (explore.padding_and_stride, SLIDERS),
    "explore.pooling": (
        explore.pooling,
        {"X": (X, "picture"), "k": (2, between(2, 4))},
    ),
    "explore.receptive_field": (
        explore.receptive_field,
        {"layers": ([(3, 1, 1)], "layers"), "image": (32, "screen")},
    ),
    "explore.lenet": (
        explore.lenet,
        {
            "net": (lenet_like(), "lenet"),
            "X": (torch.rand(1, 28, 28), "lenet images"),
            "y": (None, "lenet labels"),
            "classes": (None, "ten names"),
        },
    ),
    "explore.residual": (
        explore.residual,
        {
            "blocks": (3, between(1, 30)),
            "scale": (1, "number > 0"),
            "batch_norm": (True, "flag"),
            "seed": (0, "int >= 0"),
        },
    ),
}


def short(value):
    if isinstance(value, torch.Tensor):
        return f"{str(value.dtype)[6:]} {tuple(value.shape)}"
    return " ".join(repr(value).split())[:40]


def cases():
    """Yield a function, an argument and a bad value for it."""
    for name, (_, arguments) in CALLS.items():
        for argument, (good, kind) in arguments.items():
            for i, bad in enumerate(BAD[kind]):
                if bad is None and good is None:
                    continue
                label = f"{name}-{argument}-{i} {short(bad)}"
                yield pytest.param(name, argument, bad, id=label)


CASES = list(cases())


@pytest.fixture(autouse=True)
def no_data_is_needed(monkeypatch):
    """Bad input is seen before any data is read; close what was drawn."""

    def refuse(*args):
        raise AssertionError("looked for data first")

    monkeypatch.setattr(sources, "_draw_cached", refuse)
    yield
    plt.close("all")


def call_with(name, /, **changes):
    function, arguments = CALLS[name]
    good = {key: value for key, (value, _) in arguments.items()}
    return function(**{**good, **changes})


@pytest.mark.parametrize("name, argument, bad", CASES)
def test_bad_value_is_refused_by_name(name, argument, bad):
    with pytest.raises((TypeError, ValueError)) as caught:
        call_with(name, **{argument: bad})
    text = str(caught.value)
    assert re.match(rf"(\w+, )?{argument}\b", text), text
    assert "\n" not in text and len(text) < 400, text


@pytest.mark.parametrize("name", CALLS)
def test_missing_and_unknown_arguments(name, record_property):
    function, arguments = CALLS[name]
    parameters = inspect.signature(function).parameters.values()
    required = [p.name for p in parameters if p.default is p.empty]
    required = [p for p in required if p in arguments]
    good = {key: value for key, (value, _) in arguments.items()}
    for missing in required:
        rest = {k: v for k, v in good.items() if k != missing}
        with pytest.raises(TypeError, match=missing):
            function(**rest)
    with pytest.raises(TypeError, match="unknown"):
        function(**good, unknown=1)
    record_property("cases", len(required) + 1)


def test_good_values_are_taken():
    """Else a function that refuses everything would pass."""
    for name in CALLS:
        if not name.startswith("load_"):
            call_with(name)


def other_kind(value, as_int, as_float):
    """Return a value with its numbers made into numbers of another kind."""
    if isinstance(value, (tuple, list)):
        return type(value)(other_kind(v, as_int, as_float) for v in value)
    if isinstance(value, dict):
        values = other_kind(list(value.values()), as_int, as_float)
        return dict(zip(value, values))
    if type(value) is int:
        return as_int(value)
    return as_float(value) if type(value) is float else value


@pytest.mark.parametrize(
    "kinds",
    [
        (np.int64, np.float64),
        (np.uint8, np.float32),
        (np.array, np.array),
        (torch.tensor, torch.tensor),
        (torch.tensor, lambda v: torch.tensor(v, requires_grad=True)),
        (int, Fraction),
    ],
    ids=["numpy", "small", "arrays", "tensors", "gradients", "fractions"],
)
@pytest.mark.parametrize("name", CALLS)
def test_numbers_of_other_kinds_are_taken(name, kinds, request):
    """And what shows or is written holds Python's numbers."""
    given = {
        argument: other_kind(NUMBERS.get(argument, good), *kinds)
        for argument, (good, _) in CALLS[name][1].items()
    }
    if name.startswith("load_"):
        request.getfixturevalue("data_folder")
    result = call_with(name, **given)
    if hasattr(result, "_repr_html_"):
        result._repr_html_()


# Where a good value above is no number.
NUMBERS = {
    "crop": 1,
    "cutout": 1,
    "figsize": (3.0, 2.0),
    "kernel_size": (3, 3),
    "resize": (4, 4),
    "scale": 1.0,
    "seed": 1,
    "xlim": (0.0, 1.0),
}


def test_there_are_many_cases():
    assert len(CASES) > 1000


def public_names():
    """Return what a user can call, apart from the exercises' checks."""
    names = {n for n in cu.__all__ if callable(getattr(cu, n))}
    names |= {n for n in data.__all__ if callable(getattr(data, n))}
    return names | {f"explore.{name}" for name in explore.__all__}


def test_every_public_function_is_here():
    without = {
        "History",  # see test_values_of_a_history
        "Timer",  # takes nothing
        "evaluate_accuracy_gpu",  # the same function as evaluate_accuracy
        "use_course_style",  # takes nothing
    }
    assert public_names() - without <= set(CALLS)


def test_every_argument_is_here():
    for name, (function, arguments) in CALLS.items():
        parameters = inspect.signature(function).parameters.values()
        known = {p.name for p in parameters if p.kind != p.VAR_KEYWORD}
        known -= {"args"}  # of recorded, passed on
        assert known - {"self"} == set(arguments), name
