"""Explorers of what stacks of layers do: pooling, and how far they see."""

from ..arguments import describe, plain
from . import pictures
from .arguments import as_array, require_between
from .figure import Figure, Packed

IMAGE = ((4, 64), (4, 64))
LARGEST = 4
MOST_LAYERS = 8
LIMITS = {"kernel": 11, "stride": 4, "dilation": 4}
PICTURES = (28, 32, 64, 224)


def pooling(X=None, k=2):
    """Pool a picture that is shifted by up to one window.

    Parameters
    ----------
    X : array_like, optional
        A picture of shape (height, width), 4 by 4 to 64 by 64. By default
        a digit.
    k : int
        Size of the window to start with, and its stride: 2 to 4.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If X or k does not fit.
    """
    X = pictures.five() if X is None else X
    X = as_array("X", X, ("height", "width"), IMAGE)
    k = require_between("k", k, 2, LARGEST)
    params = {"X": Packed(X), "k": k, "largest": LARGEST}
    return Figure("pooling", "Pooling under a shift", params)


def receptive_field(layers=((3, 1, 1), (3, 2, 1), (3, 1, 1)), image=32):
    """Draw how the receptive field of a stack grows; edit the stack.

    Parameters
    ----------
    layers : sequence of (kernel, stride, dilation)
        The stack to start with, from the input on: 1 to 8 layers, kernels
        to 11, strides and dilations to 4. Pooling is a layer too.
    image : int
        Width of the picture to start with: 28, 32, 64 or 224.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a layer or image does not fit.
    """
    count = len(layers) if isinstance(layers, (tuple, list)) else 0
    if not 1 <= count <= MOST_LAYERS:
        raise ValueError(
            f"layers: expected a list of 1 to {MOST_LAYERS} layers, "
            f"got {describe(layers)}"
        )
    layers = [
        _checked_layer(f"layers[{i}]", layer)
        for i, layer in enumerate(layers)
    ]
    width = plain(image)
    if not isinstance(width, int) or width not in PICTURES:
        raise ValueError(
            f"image: expected one of {PICTURES}, got {describe(image)}"
        )
    params = {"layers": layers, "image": width}
    title = "The receptive field of a stack"
    return Figure("receptive_field", title, params)


def _checked_layer(name, layer):
    if not isinstance(layer, (tuple, list)) or len(layer) != len(LIMITS):
        raise ValueError(
            f"{name}: expected (kernel, stride, dilation), "
            f"got {describe(layer)}"
        )
    return [
        require_between(f"{name}, {setting}", value, 1, most)
        for (setting, most), value in zip(LIMITS.items(), layer)
    ]
