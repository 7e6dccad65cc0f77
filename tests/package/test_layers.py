"""The layers from scratch against torch.nn.functional."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

import course_utils as cu

DTYPES = [torch.float16, torch.float32, torch.float64, torch.int64]
# float16 keeps 11 bits, and sums of up to 48 products round each time.
TOLERANCE = {
    torch.float16: {"rtol": 2e-2, "atol": 2e-2},
    torch.float32: {"rtol": 1e-4, "atol": 1e-4},
    torch.float64: {"rtol": 1e-9, "atol": 1e-9},
    torch.int64: {"rtol": 0, "atol": 0},
}
side = st.integers(1, 7)
window = st.integers(1, 4)
channels = st.integers(1, 3)
seeds = st.integers(0, 10_000)


def random_tensor(shape, dtype, seed):
    generator = torch.Generator().manual_seed(seed)
    if dtype == torch.int64:
        return torch.randint(-9, 10, shape, generator=generator)
    return torch.randn(shape, generator=generator).to(dtype)


def assert_close(got, expected, dtype):
    assert got.dtype == dtype
    assert got.shape == expected.shape
    torch.testing.assert_close(got, expected.to(dtype), **TOLERANCE[dtype])


def reference(X, K):
    """Cross-correlate in double precision: (c_i, h, w), (c_o, c_i, ...)."""
    return F.conv2d(X.double()[None], K.double())[0]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@given(
    c_o=channels,
    c_i=channels,
    h=side,
    w=side,
    k_h=window,
    k_w=window,
    seed=seeds,
)
def test_cross_correlation(dtype, c_o, c_i, h, w, k_h, k_w, seed):
    X = random_tensor((c_i, h + k_h - 1, w + k_w - 1), dtype, seed)
    K = random_tensor((c_o, c_i, k_h, k_w), dtype, seed + 1)
    expected = reference(X, K)
    assert_close(cu.corr2d_multi_in_out(X, K), expected, dtype)
    assert_close(cu.corr2d_multi_in(X, K[0]), expected[0], dtype)
    expected = reference(X[:1], K[:1, :1])[0]
    assert_close(cu.corr2d(X[0], K[0, 0]), expected, dtype)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@given(h=side, w=side, p_h=window, p_w=window, seed=seeds)
def test_pooling(dtype, h, w, p_h, p_w, seed):
    X = random_tensor((h + p_h - 1, w + p_w - 1), dtype, seed)
    expected = F.max_pool2d(X.double()[None], (p_h, p_w), stride=1)[0]
    assert_close(cu.pool2d(X, (p_h, p_w)), expected, dtype)
    if dtype.is_floating_point:
        expected = F.avg_pool2d(X.double()[None], (p_h, p_w), stride=1)[0]
        assert_close(cu.pool2d(X, [p_h, p_w], "avg"), expected, dtype)


LAYERS = {
    "corr2d": (cu.corr2d, (5, 6), (2, 3)),
    "corr2d_multi_in": (cu.corr2d_multi_in, (2, 5, 6), (2, 2, 3)),
    "corr2d_multi_in_out": (cu.corr2d_multi_in_out, (2, 4, 4), (3, 2, 2, 2)),
}


shapes = st.lists(st.integers(0, 4), max_size=5)
few = st.sampled_from([torch.float32] * 8 + [torch.float64, torch.uint8])


@pytest.mark.parametrize("name", LAYERS)
@given(x=shapes, k=shapes, dtype=few)
def test_any_shape_gives_the_right_sum_or_a_named_error(name, x, k, dtype):
    function, x_shape, k_shape = LAYERS[name]
    K = torch.ones(k, dtype=dtype)
    for shape in (x, x_shape):
        try:
            Y = function(torch.ones(shape), K)
        except (TypeError, ValueError) as error:
            assert re.match("[XK]: expected", str(error)), error
        else:
            kernel = K[0] if name == "corr2d_multi_in_out" else K
            assert (Y == kernel.numel()).all()
    assert (function(torch.ones(x_shape), torch.ones(k_shape)) > 1).all()


@pytest.mark.parametrize("name", LAYERS)
def test_gradients(name):
    """Gradients for input and kernel equal finite differences."""
    function, x_shape, k_shape = LAYERS[name]
    X = random_tensor(x_shape, torch.float64, 0).requires_grad_()
    K = random_tensor(k_shape, torch.float64, 1).requires_grad_()
    assert torch.autograd.gradcheck(function, (X, K))


@pytest.mark.parametrize("mode", ["max", "avg"])
def test_pooling_gradients(mode):
    X = random_tensor((4, 5), torch.float64, 0).requires_grad_()
    assert torch.autograd.gradcheck(lambda X: cu.pool2d(X, (2, 3), mode), X)


@pytest.mark.parametrize("name", LAYERS)
def test_inputs_and_device_stay(name):
    """The meta device stands for one that is not the default."""
    function, x_shape, k_shape = LAYERS[name]
    X, K = torch.randn(x_shape), torch.randn(k_shape)
    before = X.clone(), K.clone()
    function(X, K)
    assert torch.equal(X, before[0]) and torch.equal(K, before[1])
    assert function(X.to("meta"), K.to("meta")).device.type == "meta"


pair = st.one_of(st.integers(1, 3), st.tuples(*[st.integers(1, 3)] * 2))


@given(
    c_i=channels,
    c_o=channels,
    kernel_size=pair,
    strides=pair,
    padding=st.one_of(st.integers(0, 2), st.tuples(*[st.integers(0, 2)] * 2)),
)
def test_nin_block(c_i, c_o, kernel_size, strides, padding):
    """It is a convolution and two of 1x1, with ReLUs."""
    X = torch.randn(2, c_i, 9, 8)
    block = cu.nin_block(c_i, c_o, kernel_size, strides, padding)
    first = torch.nn.Conv2d(c_i, c_o, kernel_size, strides, padding)
    first.load_state_dict(block[0].state_dict())
    Y = F.relu(first(X))
    for conv in (block[2], block[4]):
        # A 1x1 convolution is a dense layer on each pixel's channels.
        Y = torch.einsum("oi,nihw->nohw", conv.weight[:, :, 0, 0], Y)
        Y = F.relu(Y + conv.bias.view(1, -1, 1, 1))
    torch.testing.assert_close(block(X), Y)


@given(
    c_i=channels,
    c_o=channels,
    strides=st.integers(1, 3),
    h=st.integers(2, 9),
    w=st.integers(2, 9),
)
def test_residual_shape(c_i, c_o, strides, h, w):
    shortcut = strides > 1 or c_i != c_o
    block = cu.Residual(c_o, use_1x1conv=shortcut, strides=strides)
    Y = block(torch.randn(2, c_i, h, w))
    assert Y.shape == (2, c_o, -(-h // strides), -(-w // strides))
    assert (Y >= 0).all()


@pytest.mark.skipif(
    torch.__version__.startswith("2.6."),
    reason="torch 2.6 compiles around the check of the arguments",
)
def test_blocks_compile_whole():
    """The argument checks must not break torch.compile's graph."""
    net = torch.nn.Sequential(cu.nin_block(2, 4, 3, 1, 1), cu.Residual(4))
    X = torch.randn(2, 2, 6, 6)
    expected = net.eval()(X)
    compiled = torch.compile(net, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(X), expected)
