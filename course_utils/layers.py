"""Layers from scratch, and the blocks of NiN and ResNet.

The bodies are those of the lessons; the decorators add argument checks.
"""

import torch
from torch import nn
from torch.nn import functional as F

from .validation import (
    describe,
    require_int,
    require_ints,
    require_tensor,
    validated,
)


def _check_window(name, X, window):
    """Require that a window of shape (h, w) fits into X."""
    if window[0] > X.shape[0] or window[1] > X.shape[1]:
        raise ValueError(
            f"{name}: expected at most X's height and width "
            f"{tuple(X.shape)}, got {tuple(window)}"
        )


def _check_same_kind(X, K):
    """Require one dtype and one device: mixing them would round or fail."""
    if X.dtype != K.dtype or X.device != K.device:
        raise TypeError(
            f"K: expected X's dtype and device, {X.dtype} on {X.device}, "
            f"got {K.dtype} on {K.device}"
        )


def _check_corr2d(X, K):
    require_tensor("X", X, ("height", "width"))
    require_tensor("K", K, ("height", "width"))
    _check_same_kind(X, K)
    _check_window("K", X, K.shape)


def _check_corr2d_multi_in(X, K):
    require_tensor("X", X, ("channels", "height", "width"))
    require_tensor("K", K, ("channels", "height", "width"))
    if X.shape[0] != K.shape[0]:
        raise ValueError(
            f"K: expected X's {X.shape[0]} input channels, got {describe(K)}"
        )


def _check_corr2d_multi_in_out(X, K):
    require_tensor("X", X, ("channels", "height", "width"))
    require_tensor(
        "K", K, ("output channels", "input channels", "height", "width")
    )


def _check_pool2d(X, pool_size, mode):
    require_tensor("X", X, ("height", "width"))
    require_ints("pool_size", pool_size, count=2, minimum=1)
    _check_window("pool_size", X, pool_size)
    if mode not in ("max", "avg"):
        raise ValueError(
            f"mode: expected 'max' or 'avg', got {describe(mode)}"
        )
    if mode == "avg" and not X.is_floating_point():
        raise TypeError(
            f"X: an average needs a floating-point tensor, got {describe(X)}"
        )


@validated(_check_corr2d)
def corr2d(X, K):
    """Compute the two-dimensional cross-correlation of X and K.

    Parameters
    ----------
    X : torch.Tensor
        Input of shape (h, w).
    K : torch.Tensor
        Kernel of shape (k_h, k_w), not larger than X.

    Returns
    -------
    torch.Tensor
        Output of shape (h - k_h + 1, w - k_w + 1).

    Raises
    ------
    TypeError, ValueError
        If rank, dtype or size do not fit.

    Notes
    -----
    Lesson 01; d2l 7.2 "Convolutions for Images".
    """
    h, w = K.shape
    Y = X.new_zeros((X.shape[0] - h + 1, X.shape[1] - w + 1))
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


@validated(_check_corr2d_multi_in)
def corr2d_multi_in(X, K):
    """Cross-correlate each input channel with its kernel and add up.

    Parameters
    ----------
    X : torch.Tensor
        Input of shape (c_i, h, w).
    K : torch.Tensor
        Kernel of shape (c_i, k_h, k_w).

    Returns
    -------
    torch.Tensor
        Output of shape (h - k_h + 1, w - k_w + 1).

    Raises
    ------
    TypeError, ValueError
        If rank, dtype, size or the number of channels do not fit.

    Notes
    -----
    Lesson 03; d2l 7.4 "Multiple Input and Multiple Output Channels".
    """
    return sum(corr2d(x, k) for x, k in zip(X, K))


@validated(_check_corr2d_multi_in_out)
def corr2d_multi_in_out(X, K):
    """Cross-correlate with one multi-channel kernel per output channel.

    Parameters
    ----------
    X : torch.Tensor
        Input of shape (c_i, h, w).
    K : torch.Tensor
        Kernels of shape (c_o, c_i, k_h, k_w).

    Returns
    -------
    torch.Tensor
        Output of shape (c_o, h - k_h + 1, w - k_w + 1).

    Raises
    ------
    TypeError, ValueError
        If rank, dtype, size or the number of channels do not fit.

    Notes
    -----
    Lesson 03; d2l 7.4 "Multiple Input and Multiple Output Channels".
    """
    return torch.stack([corr2d_multi_in(X, k) for k in K], 0)


@validated(_check_pool2d)
def pool2d(X, pool_size, mode="max"):
    """Pool X with a window that moves one pixel at a time.

    Parameters
    ----------
    X : torch.Tensor
        Input of shape (h, w).
    pool_size : tuple of int
        Window (p_h, p_w), not larger than X.
    mode : {"max", "avg"}
        What to keep of each window.

    Returns
    -------
    torch.Tensor
        Output of shape (h - p_h + 1, w - p_w + 1).

    Raises
    ------
    TypeError, ValueError
        If rank, dtype, window or mode do not fit.

    Notes
    -----
    Lesson 04; d2l 7.5 "Pooling".
    """
    p_h, p_w = pool_size
    Y = X.new_zeros((X.shape[0] - p_h + 1, X.shape[1] - p_w + 1))
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            if mode == "max":
                Y[i, j] = X[i : i + p_h, j : j + p_w].max()
            elif mode == "avg":
                Y[i, j] = X[i : i + p_h, j : j + p_w].mean()
    return Y


def _check_nin_block(
    in_channels, out_channels, kernel_size, strides, padding
):
    require_int("in_channels", in_channels, minimum=1)
    require_int("out_channels", out_channels, minimum=1)
    for name, value, minimum in (
        ("kernel_size", kernel_size, 1),
        ("strides", strides, 1),
        ("padding", padding, 0),
    ):
        if isinstance(value, (tuple, list)):
            require_ints(name, value, count=2, minimum=minimum)
        else:
            require_int(name, value, minimum)


@validated(_check_nin_block)
def nin_block(in_channels, out_channels, kernel_size, strides, padding):
    """Build an NiN block: one convolution, then two 1x1 convolutions.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels before and after the block.
    kernel_size, strides, padding : int or tuple of int
        Of the first convolution.

    Returns
    -------
    torch.nn.Sequential
        Maps (n, in_channels, h, w) to (n, out_channels, h', w').

    Notes
    -----
    Lesson 07; Lin, Chen and Yan, "Network In Network", arXiv 1312.4400.
    """
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size, strides, padding),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=1),
        nn.ReLU(),
    )


def _check_residual(self, num_channels, use_1x1conv, strides):
    require_int("num_channels", num_channels, minimum=1)
    require_int("strides", strides, minimum=1)
    if strides > 1 and not use_1x1conv:
        raise ValueError(
            f"use_1x1conv: expected True with strides {strides}, or the "
            f"shortcut has another shape, got {describe(use_1x1conv)}"
        )


def _check_residual_input(self, X):
    require_tensor("X", X, ("n", "channels", "height", "width"))
    channels = self.conv1.out_channels
    if self.conv3 is None and X.shape[1] != channels:
        raise ValueError(
            f"X: expected {channels} channels, as the block has no 1x1 "
            f"convolution, got {describe(X)}; use_1x1conv=True changes them"
        )


class Residual(nn.Module):
    """A residual block of ResNet with an optional 1x1 convolution.

    Parameters
    ----------
    num_channels : int
        Output channels; the input's are found at the first call.
    use_1x1conv : bool
        Send the shortcut through a 1x1 convolution. Needed where the
        number of channels or the stride changes the shape.
    strides : int
        Stride of the first convolution.

    Notes
    -----
    Lesson 08; He et al., "Deep Residual Learning for Image Recognition",
    arXiv 1512.03385; d2l 8.6.
    """

    @validated(_check_residual)
    def __init__(self, num_channels, use_1x1conv=False, strides=1):
        super().__init__()
        self.conv1 = nn.LazyConv2d(
            num_channels, kernel_size=3, padding=1, stride=strides
        )
        self.conv2 = nn.LazyConv2d(num_channels, kernel_size=3, padding=1)
        self.conv3 = None
        if use_1x1conv:
            self.conv3 = nn.LazyConv2d(
                num_channels, kernel_size=1, stride=strides
            )
        self.bn1 = nn.LazyBatchNorm2d()
        self.bn2 = nn.LazyBatchNorm2d()

    @validated(_check_residual_input)
    def forward(self, X):
        Y = F.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3:
            X = self.conv3(X)
        return F.relu(Y + X)
