"""LeNet itself: the figure that runs a net which was just trained."""

import copy

import numpy as np
import torch
from torch import nn

from ..arguments import require, tensor_of
from .figure import Figure, Packed

MOST_WEIGHTS = 65_000  # the HTML has to stay small; LeNet has 61,706
MOST_IMAGES = 20
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
        One to 20 square images, of shape (n, 1, h, w).
    y : sequence of int, optional
        The true class of each image.
    classes : sequence of str, optional
        The classes' names.

    Raises
    ------
    ValueError
        If net has another kind of layer, or the images do not fit it.
    """
    tensor_of("images", "channels", "height", "width")("X", X)
    n, channels, h, w = X.shape
    fits = n <= MOST_IMAGES and channels == 1 and h == w
    require("X", X, f"1 to {MOST_IMAGES} square gray images", fits)
    X = X.detach().cpu().float()
    layers = _plain_layers(net)
    exports = [_exported(layer) for layer in layers]
    rows, count = _run(layers, X)
    if y is not None:
        y = torch.as_tensor(y).flatten().tolist()
        fits = len(y) == n and all(label in range(count) for label in y)
        require("y", y, f"{n} integers from 0 to {count - 1}", fits)
    if classes is None:
        classes = [f"class {i}" for i in range(count)]
    require("classes", classes, f"{count} names", len(classes) == count)
    params = {
        "images": _packed_images(X[:, 0].numpy()),
        "low": float(X.min()),
        "high": float(X.max()),
        "layers": exports,
        "rows": rows,
        "classes": [str(name) for name in classes],
        "labels": y,
    }
    return Figure("lenet", "LeNet, layer by layer", params)


def _plain_layers(net):
    """Return copies of the layers, in single precision on the CPU."""
    fits = isinstance(net, nn.Sequential)
    require("net", net, "an nn.Sequential of layers", fits)
    layers = [layer for layer in net if type(layer) not in SKIPPED]
    known = ", ".join(kind.__name__ for kind in LAYERS)
    for layer in layers:
        fits = type(layer) in LAYERS
        require("net", layer, f"layers of the types {known}", fits)
    count = sum(weight.numel() for weight in net.parameters())
    fits = count <= MOST_WEIGHTS
    require("net", count, f"at most {MOST_WEIGHTS:,} weights", fits)
    return copy.deepcopy(nn.Sequential(*layers)).cpu().float().eval()


def _exported(layer):
    """Return a layer's kind, weights and options, for the script."""
    kind, _ = LAYERS[type(layer)]
    for option, wanted in FIXED.get(kind, {}).items():
        fits = getattr(layer, option) == wanted
        require("net", layer, f"{option}={wanted}", fits)
    export: dict = {"kind": kind}
    if kind == "conv":
        fits = not isinstance(layer.padding, str)
        require("net", layer, "padding in numbers", fits)
        for option in ("padding", "stride", "dilation"):
            export[option] = getattr(layer, option)
    elif kind in ("avg", "max"):
        export |= {"kernel": layer.kernel_size, "stride": layer.stride}
    if hasattr(layer, "weight"):
        weight, bias = layer.weight, layer.bias
        if kind == "scale":  # a factor and a sum for each channel
            weight = weight / torch.sqrt(layer.running_var + layer.eps)
            bias = bias - layer.running_mean * weight
        bias = torch.zeros(len(weight)) if bias is None else bias
        export["weight"] = Packed(weight.detach().numpy())
        export["bias"] = Packed(bias.detach().numpy())
    return export


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
        fits = H.ndim == 2 or not isinstance(layer, nn.Linear)
        require("net", layer, "an nn.Flatten before the dense layers", fits)
        H = layer(H)
        kind, name = LAYERS[type(layer)]
        if hasattr(layer, "kernel_size"):
            h, w = np.broadcast_to(layer.kernel_size, 2)
            name = f"{name} {h}x{w}"
        names.append(name)
        if i + 1 == len(layers) or LAYERS[type(layers[i + 1])][0] in BELONG:
            continue
        if kind != "flatten":
            shape = [*H.shape[1:], 1, 1][:3]
            low, high = float(H.min()), float(H.max())
            row = {"layer": i, "title": ", ".join(names), "shape": shape}
            rows.append(row | {"low": low, "high": high})
        names = []
    fits = H.ndim == 2 and H.shape[1] > 1 and H.isfinite().all()
    require("net", H, "two finite scores or more for each image", fits)
    return rows, H.shape[1]
