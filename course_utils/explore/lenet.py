"""LeNet itself: the figure that runs a net which was just trained."""

import copy
import operator

import numpy as np
import torch
from torch import nn

from ..arguments import describe
from .figure import Figure, Packed

# The HTML has to stay small; LeNet has 61,706.
MOST_WEIGHTS = 65_000
MOST_IMAGES = 20
SIZES = (8, 64)  # of an image
# For each type of layer: what the script and the reader call it.
LAYERS = {
    nn.Conv2d: ("conv", "convolution"),
    nn.Linear: ("linear", "dense"),
    nn.AvgPool2d: ("avg", "average pooling"),
    nn.MaxPool2d: ("max", "max pooling"),
    nn.Flatten: ("flatten", "flatten"),
    nn.BatchNorm1d: ("scale", "batch norm"),
    nn.BatchNorm2d: ("scale", "batch norm"),
    nn.Sigmoid: ("sigmoid", "sigmoid"),
    nn.ReLU: ("relu", "ReLU"),
    nn.Tanh: ("tanh", "tanh"),
}
# Options that the script takes for granted, where a layer has them.
FIXED: dict[str, dict] = {
    "conv": {"groups": 1, "padding_mode": "zeros"},
    "avg": {"padding": 0, "ceil_mode": False, "divisor_override": None},
    "max": {"padding": 0, "ceil_mode": False, "dilation": 1},
    "scale": {"affine": True, "track_running_stats": True},
}
# A layer is drawn together with these, if they come next.
BELONG = ("scale", "sigmoid", "relu", "tanh")
# These do nothing in a net that is not in training.
SKIPPED = (nn.Dropout, nn.Dropout2d, nn.Identity)


def lenet(net, X, y=None, classes=None):
    """Run a trained LeNet in the page, on images that the reader changes.

    The reader picks an image, moves and turns it, erases or draws, and sees
    every layer and the probabilities change. The net is that of LeCun et
    al., 1998, as it is taught today.

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

    Raises
    ------
    ValueError
        If net has another kind of layer, or the images do not fit it.
    """
    layers, X = _checked_layers(net), _checked_images(X)
    exports = [_exported(layer) for layer in layers]
    rows, count = _run(layers, X)
    if classes is None:
        classes = [f"class {i}" for i in range(count)]
    params = {
        "images": _packed_images(X[:, 0].numpy()),
        "low": float(X.min()),
        "high": float(X.max()),
        "layers": exports,
        "rows": rows,
        "classes": _checked_classes(classes, count),
        "labels": None if y is None else _checked_labels(y, len(X), count),
    }
    return Figure("lenet", "LeNet, layer by layer", params)


def _require(fits, expected, got):
    if not fits:
        raise ValueError(f"{expected}, got {got}")


def _checked_layers(net):
    """Return a copy of the layers, in single precision on the CPU."""
    fits = isinstance(net, nn.Sequential) and len(net) > 0
    _require(fits, "net: expected an nn.Sequential of layers", describe(net))
    known = ", ".join(kind.__name__ for kind in LAYERS)
    for layer in net:
        fits = type(layer) in (*LAYERS, *SKIPPED)
        _require(fits, f"net: expected layers of the types {known}", layer)
    net = copy.deepcopy(net).cpu().float().eval()
    count = sum(weight.numel() for weight in net.parameters())
    expected = f"net: expected at most {MOST_WEIGHTS:,} weights"
    _require(count <= MOST_WEIGHTS, expected, f"{count:,}")
    finite = all(weight.isfinite().all() for weight in net.parameters())
    _require(finite, "net: expected finite weights", "nan or inf")
    return [layer for layer in net if type(layer) not in SKIPPED]


def _exported(layer):
    """Return a layer's kind, weights and options, for the script."""
    kind, _ = LAYERS[type(layer)]
    for option, wanted in FIXED.get(kind, {}).items():
        fits = getattr(layer, option) == wanted
        _require(fits, f"net: expected {option}={wanted}", layer)
    arrays: tuple = ()
    if kind in ("conv", "linear"):
        weight, bias = layer.weight, layer.bias
        arrays = weight, torch.zeros(len(weight)) if bias is None else bias
    elif kind == "scale":  # a factor and a sum for each channel
        scale = layer.weight / torch.sqrt(layer.running_var + layer.eps)
        arrays = scale, layer.bias - layer.running_mean * scale
    packed = (Packed(array.detach().numpy()) for array in arrays)
    export = {"kind": kind, **dict(zip(("weight", "bias"), packed))}
    if kind == "conv":
        for option in ("padding", "stride", "dilation"):
            export[option] = _one(layer, option)
    elif kind in ("avg", "max"):
        export["kernel"] = _one(layer, "kernel_size")
        export["stride"] = _one(layer, "stride")
    return export


def _one(layer, option):
    """Return an option that is the same number for both axes."""
    value = getattr(layer, option)
    values = set(value) if isinstance(value, tuple) else {value}
    fits = len(values) == 1 and not isinstance(value, str)
    _require(fits, f"net: expected {option} to be one number", layer)
    return values.pop()


def _checked_images(X):
    """Return images as a tensor of shape (n, 1, size, size)."""
    expected = (
        f"X: expected 1 to {MOST_IMAGES} square gray images of {SIZES[0]} to "
        f"{SIZES[1]} pixels a side, of shape (n, 1, h, w)"
    )
    try:
        images = torch.as_tensor(X).detach().cpu().float()
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{expected}, got {describe(X)}") from error
    if images.ndim == 3:
        images = images[:, None]
    n, *channels, h, w = images.shape if images.ndim == 4 else (0, 0, 0)
    fits = 1 <= n <= MOST_IMAGES and channels == [1] and h == w
    fits = fits and SIZES[0] <= h <= SIZES[1]
    _require(fits, expected, f"shape {tuple(images.shape)}")
    finite = images.isfinite().all()
    _require(finite, "X: expected finite numbers", "nan or inf")
    return images


def _packed_images(X):
    """Return images as bytes where these are exact, else as floats."""
    levels = np.clip(np.round(255 * X), 0, 255)
    if np.allclose(levels / 255, X, rtol=0, atol=1e-6):
        return Packed(levels, "uint8")
    return Packed(X)


@torch.no_grad()
def _run(layers, H):
    """Return the rows of maps to draw, and the number of scores."""
    rows, names = [], []
    for i, layer in enumerate(layers):
        H = _forward(layer, H)
        names.append(_name(layer))
        if i + 1 == len(layers) or LAYERS[type(layers[i + 1])][0] in BELONG:
            continue
        if not isinstance(layer, nn.Flatten):
            shape = [*H.shape[1:], 1, 1][:3]
            low, high = float(H.min()), float(H.max())
            row = {"layer": i, "title": ", ".join(names), "shape": shape}
            rows.append(row | {"low": low, "high": high})
        names = []
    fits = H.ndim == 2 and H.shape[1] > 1
    expected = "net: expected two scores or more for each image"
    _require(fits, expected, describe(H))
    return rows, H.shape[1]


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


def _name(layer):
    """Return such as "convolution 5x5"."""
    _, name = LAYERS[type(layer)]
    size = getattr(layer, "kernel_size", None)
    if size is None:
        return name
    h, w = size if isinstance(size, tuple) else (size, size)
    return f"{name} {h}x{w}"


def _checked_classes(classes, count):
    fits = isinstance(classes, (list, tuple)) and len(classes) == count
    expected = f"classes: expected {count} names, one a score of the net"
    _require(fits, expected, describe(classes))
    return [str(name) for name in classes]


def _checked_labels(y, images, classes):
    try:
        labels = [operator.index(label) for label in y]
    except TypeError:
        labels = []
    fits = len(labels) == images and all(0 <= i < classes for i in labels)
    expected = f"y: expected {images} integers from 0 to {classes - 1}"
    _require(fits, f"{expected}, one an image", describe(y))
    return labels
