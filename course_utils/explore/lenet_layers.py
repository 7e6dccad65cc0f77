"""A trained net's layers, as the LeNet explorer's script takes them."""

import torch
from torch import nn

from ..arguments import describe
from .figure import Packed


def _packed(tensor):
    return Packed(tensor.detach().numpy())


def _weights(kind, layer, outputs):
    """Return weights, and biases, which are zero where there are none."""
    bias = torch.zeros(outputs) if layer.bias is None else layer.bias
    weight = _packed(layer.weight)
    return {"kind": kind, "weight": weight, "bias": _packed(bias)}


def _one(layer, option):
    """Return an option that is the same number for both axes."""
    value = getattr(layer, option)
    values = set(value) if isinstance(value, tuple) else {value}
    if len(values) > 1 or isinstance(value, str):
        raise ValueError(
            f"net: expected {option} to be one number in {layer}"
        )
    return values.pop()


def _require(layer, **options):
    """Require options that the script takes for granted."""
    for option, wanted in options.items():
        if getattr(layer, option) != wanted:
            raise ValueError(f"net: expected {option}={wanted} in {layer}")


def _convolution(layer):
    _require(layer, groups=1, padding_mode="zeros")
    options = {o: _one(layer, o) for o in ("padding", "stride", "dilation")}
    return {**_weights("conv", layer, layer.out_channels), **options}


def _linear(layer):
    return _weights("linear", layer, layer.out_features)


def _pooling(layer):
    is_max = isinstance(layer, nn.MaxPool2d)
    _require(layer, padding=0, ceil_mode=False)
    if is_max:
        _require(layer, dilation=1, return_indices=False)
    else:
        _require(layer, divisor_override=None)
    return {
        "kind": "max" if is_max else "avg",
        "kernel": _one(layer, "kernel_size"),
        "stride": _one(layer, "stride"),
    }


def _batch_norm(layer):
    """A factor and a sum for each channel: batch norm in a trained net."""
    _require(layer, affine=True, track_running_stats=True)
    scale = layer.weight / torch.sqrt(layer.running_var + layer.eps)
    shift = layer.bias - layer.running_mean * scale
    return {"kind": "scale", "weight": _packed(scale), "bias": _packed(shift)}


def _kind(kind):
    return lambda layer: {"kind": kind}


def _sized(name):
    def name_of(layer):
        size = layer.kernel_size
        h, w = size if isinstance(size, tuple) else (size, size)
        return f"{name} {h}x{w}"

    return name_of


def _name(name):
    return lambda layer: name


# For each type of layer: what the script needs, and a name for the reader.
LAYERS = {
    nn.Conv2d: (_convolution, _sized("convolution")),
    nn.Linear: (_linear, _name("dense")),
    nn.AvgPool2d: (_pooling, _sized("average pooling")),
    nn.MaxPool2d: (_pooling, _sized("max pooling")),
    nn.Flatten: (_kind("flatten"), _name("flatten")),
    nn.BatchNorm1d: (_batch_norm, _name("batch norm")),
    nn.BatchNorm2d: (_batch_norm, _name("batch norm")),
    nn.Sigmoid: (_kind("sigmoid"), _name("sigmoid")),
    nn.ReLU: (_kind("relu"), _name("ReLU")),
    nn.Tanh: (_kind("tanh"), _name("tanh")),
}
# These do nothing in a net that is not in training.
SKIPPED = (nn.Dropout, nn.Dropout2d, nn.Identity)


def used_layers(net):
    """Return the layers that do something.

    Raises
    ------
    ValueError
        If one is of a type that the script does not know.
    """
    layers = [layer for layer in net if type(layer) not in SKIPPED]
    for layer in layers:
        if type(layer) not in LAYERS:
            known = ", ".join(kind.__name__ for kind in LAYERS)
            raise ValueError(
                f"net: expected layers of the types {known}, "
                f"got {describe(layer)}"
            )
    return layers


def exported(layer):
    """Return a layer's kind, weights and options, for the script."""
    return LAYERS[type(layer)][0](layer)


def name_of(layer):
    """Return a layer's name, such as "convolution 5x5"."""
    return LAYERS[type(layer)][1](layer)
