"""Random shapes, dtypes and labels: the right number or a named error.

Hypothesis draws what no table thinks of. Where a function answers, PyTorch
gives the same; where it refuses, the error begins with an argument's name.
"""

import re
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

import course_utils as cu

MANY = settings(max_examples=150)
DTYPES = [torch.float32] * 10 + [torch.int64] * 4
DTYPES += [torch.float64, torch.float16, torch.bfloat16, torch.int32]
DTYPES += [torch.uint8, torch.bool, torch.complex64]


tried = {"answered": 0, "refused": 0}


@pytest.fixture(autouse=True)
def counted():
    """A test that only sees refusals shows nothing."""
    tried.update(answered=0, refused=0)
    yield
    assert min(tried.values()) > 5, tried


@st.composite
def tensors(draw, axes, largest=4, dtypes=DTYPES):
    """Draw a tensor of small numbers, halves at most: no sum rounds.

    Most have the number of axes that fits, and a dtype that does.
    """
    rank = draw(st.sampled_from([axes] * 20 + [0, 1, 2, 3, 4, 5]))
    sizes = st.sampled_from([0, *list(range(1, largest + 1)) * 5])
    shape = draw(st.lists(sizes, min_size=rank, max_size=rank))
    dtype = draw(st.sampled_from(dtypes))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 99)))
    values = torch.randint(0, 4, shape, generator=generator)
    return (values / 2 if dtype.is_floating_point else values).to(dtype)


def answer(function, names, *arguments):
    """Return what a function answers; None where it refuses by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing is dropped with a warning
        try:
            result = function(*arguments)
            tried["answered"] += 1
            return result
        except (TypeError, ValueError) as error:
            assert re.match(rf"({names})\b", str(error)), error
            tried["refused"] += 1
            return None


def correlate(X, K):
    """Return PyTorch's cross-correlation in double precision."""
    return F.conv2d(X.double()[None], K.double())[0]


LAYERS = {
    "corr2d": (2, 2, lambda X, K: correlate(X[None], K[None, None])[0]),
    "corr2d_multi_in": (3, 3, lambda X, K: correlate(X, K[None])[0]),
    "corr2d_multi_in_out": (3, 4, correlate),
}


@pytest.mark.parametrize("name", LAYERS)
@MANY
@given(shapes=st.data())
def test_cross_correlation(name, shapes):
    axes, kernel_axes, expected = LAYERS[name]
    X = shapes.draw(tensors(axes))
    K = shapes.draw(tensors(kernel_axes, 3))
    Y = answer(getattr(cu, name), "X|K", X, K)
    if Y is not None:
        assert Y.dtype == X.dtype
        assert torch.equal(Y.double(), expected(X, K))


numbers = st.one_of(st.integers(-1, 5), st.floats(), st.none(), st.text())
pairs = st.tuples(*[st.integers(1, 3)] * 2)
windows = st.one_of(pairs, numbers, st.lists(numbers, max_size=3))


@MANY
@given(tensors(2), windows, st.sampled_from(["max", "avg", "sum"]))
def test_pool2d(X, pool_size, mode):
    Y = answer(cu.pool2d, "X|pool_size|mode", X, pool_size, mode)
    if Y is not None:
        pool = {"max": F.max_pool2d, "avg": F.avg_pool2d}[mode]
        expected = pool(X.double()[None], tuple(pool_size), stride=1)[0]
        assert torch.allclose(Y.double(), expected, rtol=1e-2)


LABELS = [torch.int64] * 40 + DTYPES


@MANY
@given(tensors(2), tensors(1, dtypes=LABELS))
def test_accuracy(y_hat, y):
    count = answer(cu.accuracy, "y_hat|y", y_hat, y)
    if count is not None:
        rows, labels = y_hat.tolist(), y.tolist()
        if y_hat.ndim == 2:
            rows = [row.index(max(row)) for row in rows]
        assert count == sum(a == b for a, b in zip(rows, labels))
