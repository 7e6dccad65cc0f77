"""Layers from scratch.

The bodies are those of the lessons; the decorators add argument checks.
"""

import torch

from .arguments import (
    describe,
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
