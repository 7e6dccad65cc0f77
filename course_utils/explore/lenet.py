"""LeNet itself: the explorer that runs a net which was just trained."""

import copy
import operator

import numpy as np
import torch
from torch import nn

from ..arguments import describe, require_sized
from .arguments import as_array
from .figure import Figure, Packed
from .lenet_layers import exported, name_of, used_layers

AXES = ("images", "channel", "height", "width")
SIZES = ((1, 20), (1, 1), (8, 64), (8, 64))
# The HTML has to stay small; LeNet has 61,706.
MOST_WEIGHTS = 65_000
# A layer is drawn together with these, if they come next.
BELONG = (nn.BatchNorm1d, nn.BatchNorm2d, nn.Sigmoid, nn.ReLU, nn.Tanh)


def lenet(net, X, y=None, classes=None):
    """Run a trained LeNet in the page, on images that the reader changes.

    The reader picks an image, moves and turns it, erases or draws, and sees
    every layer and the probabilities change.

    Parameters
    ----------
    net : torch.nn.Sequential
        Convolutions, average or max pooling, dense layers, batch norm,
        sigmoid, ReLU and tanh; dropout is left out. It is not changed, and
        may be on any device and of any precision.
    X : torch.Tensor
        One to 20 square images, of shape (n, 1, h, w) or (n, h, w).
    y : sequence of int, optional
        The true class of each image.
    classes : sequence of str, optional
        The classes' names.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If net has another kind of layer, or the images do not fit it.

    Notes
    -----
    Lesson 05; the net is that of LeCun et al., 1998, as it is taught today.
    """
    layers = _checked_layers(net)
    exports = [exported(layer) for layer in layers]
    X = _checked_images(X)
    rows, scores = _run(layers, torch.tensor(X, dtype=torch.float32))
    params = {
        "images": _packed_images(X[:, 0]),
        "low": float(X.min()),
        "high": float(X.max()),
        "layers": exports,
        "rows": rows,
        "classes": _checked_classes(classes, scores.shape[1]),
    }
    params["labels"] = _checked_labels(y, len(X), len(params["classes"]))
    return Figure("lenet", "LeNet, layer by layer", params)


def _checked_layers(net):
    """Return a copy of the layers, in single precision on the CPU."""
    if not isinstance(net, nn.Sequential) or not len(net):
        raise ValueError(
            f"net: expected an nn.Sequential of layers, got {describe(net)}"
        )
    used_layers(net)  # before the copy, which some layers do not allow
    net = copy.deepcopy(net).cpu().float().eval()
    weights = list(net.parameters())
    count = sum(w.numel() for w in weights)
    if count > MOST_WEIGHTS:
        raise ValueError(
            f"net: expected at most {MOST_WEIGHTS:,} weights, got {count:,}"
        )
    if not all(w.isfinite().all() for w in weights):
        raise ValueError("net: expected finite weights, got nan or inf")
    return used_layers(net)


def _checked_images(X):
    """Return images as an array of shape (n, 1, size, size)."""
    if isinstance(X, torch.Tensor) and X.is_floating_point():
        X = X.detach().cpu().float()  # NumPy has no bfloat16
    if getattr(X, "ndim", 0) == 3:
        X = X[:, None]
    X = as_array("X", X, AXES, SIZES)
    if X.shape[2] != X.shape[3]:
        raise ValueError(
            f"X: expected square images, got {X.shape[2]} by {X.shape[3]}"
        )
    return X


def _packed_images(X):
    """Return images as bytes where these are exact, else as floats."""
    levels = np.clip(np.round(255 * X), 0, 255)
    if np.allclose(levels / 255, X, rtol=0, atol=1e-6):
        return Packed(levels, "uint8")
    return Packed(X)


@torch.no_grad()
def _run(layers, H):
    """Return the rows of maps to draw, and the scores."""
    rows, names = [], []
    for i, layer in enumerate(layers):
        H = _forward(layer, H)
        names.append(name_of(layer))
        if i + 1 == len(layers) or isinstance(layers[i + 1], BELONG):
            continue
        if not isinstance(layer, nn.Flatten):
            rows.append(_row(i, names, H))
        names = []
    if H.ndim != 2 or H.shape[1] < 2:
        raise ValueError(
            "net: expected two scores or more for each image, got "
            f"{describe(H)}"
        )
    return rows, H


def _forward(layer, H):
    """Run one layer; what torch says about shapes becomes a ValueError."""
    if isinstance(layer, nn.Linear) and H.ndim != 2:
        raise ValueError(f"net: expected an nn.Flatten before {layer}")
    try:
        return layer(H)
    except RuntimeError as error:
        raise ValueError(
            f"X: expected images that fit the net, but {layer} got an input "
            f"of shape {tuple(H.shape)}"
        ) from error


def _row(i, names, H):
    """Describe a row of maps; all images share its range of colors."""
    shape = [*H.shape[1:], 1, 1][:3]
    low, high = float(H.min()), float(H.max())
    colors = {"low": low, "high": high}
    return {"layer": i, "title": ", ".join(names), "shape": shape, **colors}


def _checked_classes(classes, count):
    if classes is None:
        return [f"class {i}" for i in range(count)]
    require_sized("classes", classes)
    classes = [str(name) for name in classes]
    if len(classes) != count:
        raise ValueError(
            f"classes: expected {count} names, one a score of the net, "
            f"got {len(classes)}"
        )
    return classes


def _checked_labels(y, images, classes):
    if y is None:
        return None
    require_sized("y", y)
    labels = [_as_index(label) for label in y]
    if len(labels) != images or not all(0 <= i < classes for i in labels):
        raise ValueError(
            f"y: expected {images} integers from 0 to {classes - 1}, "
            f"one an image, got {describe(y)}"
        )
    return labels


def _as_index(label):
    """Return an integer of any kind as an int, all else as no class."""
    try:
        return operator.index(label)
    except TypeError:
        return -1
