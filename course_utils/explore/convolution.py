"""Explorers of the convolution itself."""

import numpy as np

from . import pictures
from .arguments import as_array, require_between
from .figure import Figure, Packed

IMAGE = ((1, 64), (1, 64))
SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]


def cross_correlation(X=None, K=None):
    """Step a kernel over a picture; edit it, or flip it.

    Parameters
    ----------
    X : array_like, optional
        A picture of shape (height, width), at most 64 by 64; up to a width
        of 12 its numbers are written into it. By default a digit.
    K : array_like, optional
        The kernel to start with, at most 7 by 7 and no larger than X. By
        default Sobel's for vertical edges.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If X or K does not fit.
    """
    X = pictures.five() if X is None else X
    X = as_array("X", X, ("height", "width"), IMAGE)
    K = as_array(
        "K",
        SOBEL if K is None else K,
        ("height", "width"),
        [(1, min(n, 7)) for n in X.shape],
    )
    params = {"X": Packed(X), "K": Packed(K)}
    return Figure("cross_correlation", "Cross-correlation, stepped", params)


GRAY = [0.299, 0.587, 0.114]  # the brightness of red, green and blue
RED_MINUS_GREEN = [1, -1, 0]


def channels(X=None, weight=None, bias=None):
    """Mix the channels of a picture with a 1x1 kernel that can be edited.

    Parameters
    ----------
    X : array_like, optional
        A picture of shape (channels, height, width), at most 4 by 64 by 64;
        with three channels, they are red, green and blue from 0 to 1. By
        default a house.
    weight : array_like, optional
        Shape (output channels, channels), at most 4 outputs. By default
        the brightness and, where there are three channels, red minus green.
    bias : array_like, optional
        Shape (output channels,). By default 0.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If X, weight or bias does not fit.
    """
    X = pictures.house() if X is None else X
    X = as_array("X", X, ("channels", "height", "width"), ((1, 4), *IMAGE))
    c = len(X)
    if weight is None:
        weight = [GRAY, RED_MINUS_GREEN] if c == 3 else np.full((1, c), 1 / c)
    axes = ("output channels", "channels")
    weight = as_array("weight", weight, axes, ((1, 4), (c, c)))
    c_out = len(weight)
    bias = np.zeros(c_out) if bias is None else bias
    bias = as_array("bias", bias, axes[:1], ((c_out, c_out),))
    params = {"X": X, "weight": weight, "bias": bias[:, None]}
    params = {name: Packed(array) for name, array in params.items()}
    return Figure("channels", "Channels mixed by a 1x1 kernel", params)


# The least and the largest setting of each slider.
SLIDERS = {
    "n": (3, 14),
    "kernel": (1, 7),
    "padding": (0, 4),
    "stride": (1, 4),
    "dilation": (1, 3),
}
LABELS = ("input n", "kernel k", "padding p", "stride s", "dilation d")


def padding_and_stride(n=8, kernel=3, padding=0, stride=1, dilation=1):
    """Count a window's places, with the formula filling in.

    Parameters
    ----------
    n, kernel, padding, stride, dilation : int
        The settings to start with, of both axes: n from 3 to 14, kernel
        from 1 to 7, padding from 0 to 4, stride from 1 to 4, dilation from
        1 to 3.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a setting is out of its range.
    """
    values = (n, kernel, padding, stride, dilation)
    params = {}
    for label, (name, (low, high)), value in zip(
        LABELS, SLIDERS.items(), values
    ):
        value = require_between(name, value, low, high)
        params[label] = {"value": value, "min": low, "max": high}
    title = "Padding, stride and dilation"
    return Figure("padding_and_stride", title, params)
