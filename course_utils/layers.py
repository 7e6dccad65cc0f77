"""Layers from scratch, and the blocks of NiN and ResNet.

The bodies are those of the lessons; the decorators look at the arguments
first.
"""

import torch
from torch import nn
from torch.nn import functional as F

from .arguments import require, tensor_of, validated

matrix = tensor_of("height", "width")
stack = tensor_of("channels", "height", "width")
kernels = tensor_of("output channels", "input channels", "height", "width")


def _window_fits(name, X, window):
    fits = window[0] <= X.shape[0] and window[1] <= X.shape[1]
    wanted = f"at most X's height and width {tuple(X.shape)}"
    require(name, tuple(window), wanted, fits)


def _kernel_fits(X, K):
    require("K", K, f"X's dtype, {X.dtype}", X.dtype == K.dtype)
    _window_fits("K", X, K.shape)


def _channels_fit(X, K):
    wanted = f"X's {X.shape[0]} input channels"
    require("K", K, wanted, X.shape[0] == K.shape[0])


def _pooling_fits(X, pool_size, mode):
    _window_fits("pool_size", X, pool_size)
    require("mode", mode, "'max' or 'avg'", mode in ("max", "avg"))


@validated(_kernel_fits, X=matrix, K=matrix)
def corr2d(X, K):
    """Compute the two-dimensional cross-correlation of X and K.

    Lesson 01; d2l 7.2 "Convolutions for Images".

    Parameters
    ----------
    X : torch.Tensor of shape (h, w)
    K : torch.Tensor of shape (k_h, k_w)

    Returns
    -------
    torch.Tensor of shape (h - k_h + 1, w - k_w + 1)
    """
    h, w = K.shape
    Y = X.new_zeros((X.shape[0] - h + 1, X.shape[1] - w + 1))
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


@validated(_channels_fit, X=stack, K=stack)
def corr2d_multi_in(X, K):
    """Cross-correlate each input channel with its kernel and add up.

    Lesson 03; d2l 7.4 "Multiple Input and Multiple Output Channels".

    Parameters
    ----------
    X : torch.Tensor of shape (c_i, h, w)
    K : torch.Tensor of shape (c_i, k_h, k_w)

    Returns
    -------
    torch.Tensor of shape (h - k_h + 1, w - k_w + 1)
    """
    return sum(corr2d(x, k) for x, k in zip(X, K))


@validated(X=stack, K=kernels)
def corr2d_multi_in_out(X, K):
    """Cross-correlate with one multi-channel kernel per output channel.

    Lesson 03; d2l 7.4 "Multiple Input and Multiple Output Channels".

    Parameters
    ----------
    X : torch.Tensor of shape (c_i, h, w)
    K : torch.Tensor of shape (c_o, c_i, k_h, k_w)

    Returns
    -------
    torch.Tensor of shape (c_o, h - k_h + 1, w - k_w + 1)
    """
    return torch.stack([corr2d_multi_in(X, k) for k in K], 0)


@validated(_pooling_fits, X=matrix)
def pool2d(X, pool_size, mode="max"):
    """Pool X with a window that moves one pixel at a time.

    Lesson 04; d2l 7.5 "Pooling".

    Parameters
    ----------
    X : torch.Tensor of shape (h, w)
    pool_size : tuple of int
        Window (p_h, p_w), not larger than X.
    mode : {"max", "avg"}

    Returns
    -------
    torch.Tensor of shape (h - p_h + 1, w - p_w + 1)
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


@validated()
def nin_block(in_channels, out_channels, kernel_size, strides, padding):
    """Build an NiN block: one convolution, then two 1x1 convolutions.

    Lesson 07; Lin, Chen and Yan, "Network In Network", arXiv 1312.4400.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, strides, padding : int or tuple of int
        Of the first convolution.

    Returns
    -------
    torch.nn.Sequential
        Maps (n, in_channels, h, w) to (n, out_channels, h', w').
    """
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size, strides, padding),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=1),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, kernel_size=1),
        nn.ReLU(),
    )


class Residual(nn.Module):
    """A residual block of ResNet with an optional 1x1 convolution.

    Lesson 08; He et al., "Deep Residual Learning for Image Recognition",
    arXiv 1512.03385; d2l 8.6.

    Parameters
    ----------
    num_channels : int
        Output channels; the input's are found at the first call.
    use_1x1conv : bool
        Send the shortcut through a 1x1 convolution. Needed where the
        number of channels or the stride changes the shape.
    strides : int
        Stride of the first convolution.
    """

    @validated()
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

    def forward(self, X):
        Y = F.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3:
            X = self.conv3(X)
        return F.relu(Y + X)
