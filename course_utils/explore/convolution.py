"""Explorers of the convolution itself."""

from . import pictures
from .arguments import as_array
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
