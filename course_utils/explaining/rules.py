"""What layers and losses expect, and what to write.

A rule yields a pair where it finds something wrong: what was expected and
what came; and what to write, or "" where several things may be meant. It
looks at layers, shapes, types and values alone.
"""

import math

import numpy as np
import torch
from torch import nn

NO_BATCH = "`X = X.unsqueeze(0)`: the batch axis is missing"
NO_CHANNELS = "`X = X.unsqueeze(1)`: the axis of channels is missing"
CHANNELS_LAST = "`X = X.permute(0, 3, 1, 2)`: the channels are last"
TO_TENSOR = "`X = torch.as_tensor(X, dtype=torch.float32)`"

# What a layer counts in its input, and in its output.
COUNTED = "in_features", "in_channels", "num_features"
COUNTED += "out_features", "out_channels"


def counted(layer):
    """Return the sizes that a layer was given; the first is its input's."""
    return [(n, getattr(layer, n)) for n in COUNTED if hasattr(layer, n)]


def written(layer, got=None):
    """Write a layer as ``Linear(400, 120)``, or with another first size."""
    name, sizes = type(layer).__name__, [str(n) for _, n in counted(layer)]
    if got is not None:
        sizes[0] = str(got)
        sizes += ["..."] if name.startswith("Conv") else []
    return f"{name}({', '.join(sizes)})" if sizes else name


def shape_of(value):
    """Write the shape of a tensor, or of each in a tuple; unusual dtypes."""
    if isinstance(value, (tuple, list)):
        return ", ".join(map(shape_of, value))
    if not isinstance(value, torch.Tensor):
        return type(value).__name__
    dtype = str(value.dtype).removeprefix("torch.")
    return f"{tuple(value.shape)} {dtype}".removesuffix(" float32")


def _first(*cases):
    """Return the text of the first case that holds; "" where none does."""
    return next((text for holds, text in cases if holds), "")


def _axes(seen, layer, x):
    """The number of axes must fit; most layers need no batch axis."""
    name, (_, c) = type(layer).__name__, counted(layer)[0]
    n, norm = int(name[-2]), name.startswith("BatchNorm")
    if x.ndim != n + 2 and (x.ndim != n + 1 or (norm and n > 1)):
        second, fits = x.shape[1], max(1, x.ndim - 2)
        write = _first(
            (norm and x.ndim == n + 1 and len(x) == c, NO_BATCH),
            (norm and x.ndim < 6, f"`nn.BatchNorm{fits}d({second})`"),
            (2 < x.ndim < 6 and c == second, f"`nn.{name[:-2]}{fits}d`"),
        )
        axes = ", ".join(("n", str(c), *"dhw"[-n:]))
        yield f"expects ({axes}) and got {shape_of(x)}", write


def _placed(seen, layer, x):
    """Input and weights must have one device and one dtype."""
    weight = next(layer.parameters(recurse=False), x)
    if weight.device != x.device:
        spread = len({p.device for p in seen.net.parameters()}) > 1
        write = (
            "`net.to(device)`" if spread else f"`X = X.to('{weight.device}')`"
        )
        yield f"weights on {weight.device}, input on {x.device}", write
    elif weight.dtype != x.dtype:
        scale = " / 255" if x.dtype == torch.uint8 else ""
        found = f"weights are {weight.dtype}, the input is {x.dtype}"
        yield found, f"`X = X.to({weight.dtype}){scale}`"


def _sized(seen, layer, x):
    """The axis that a layer counts must have the size that it was given."""
    name, wanted = counted(layer)[0]
    axis = 1 if name == "num_features" else 1 - layer.weight.ndim
    got = x.shape[axis]
    if got != wanted:
        write = f"`nn.{written(layer, got)}`"
        if name == "in_channels":
            write = _for_channels(seen, layer, x, write)
        if name == "in_features":
            write = _for_values(seen, layer, x, write)
        yield f"expects {name}={wanted} and got {got} of {shape_of(x)}", write


def _for_channels(seen, layer, x, write):
    """Return what fits a convolution; more is known of a net's own images."""
    wanted, single = layer.in_channels, x.ndim == layer.weight.ndim - 1
    images = x.ndim == 4 and not seen.passed
    pair = images and (wanted, x.shape[1])
    return _first(
        (images and x.shape[-1] == wanted > 1, CHANNELS_LAST),
        (single and wanted == 1, NO_CHANNELS),
        (single or layer.groups > 1, ""),
        (pair == (1, 3), f"{write}, or `X = X.mean(1, keepdim=True)`"),
        (pair == (3, 1), f"{write}, or `X = X.expand(-1, 3, -1, -1)`"),
        (True, write),
    )


def _for_values(seen, layer, x, write):
    """Return what fits a dense layer, and where its number comes from."""
    inside, got = math.prod(x.shape[1:]), x.shape[-1]
    wanted = layer.in_features
    single = any(k is nn.Conv2d and len(s[0]) == 3 for k, s in seen.passed)
    shapes = [s[1:] for _, last in seen.passed[-1:] for s in last if s[2:]]
    sizes = next((s for s in shapes if math.prod(s) == got), ())
    product = " x ".join(map(str, sizes))
    return _first(
        (x.ndim > 2 and inside == wanted, "`nn.Flatten()` before it"),
        (x.ndim == 4, f"`nn.Flatten(), nn.{written(layer, inside)}`"),
        (single and x.numel() == wanted, NO_BATCH),
        (single, ""),
        (product, f"{write}, as {got} = {product}"),
        (True, write),
    )


def _one_value(seen, layer, x):
    if layer.training and x.numel() == x.shape[1]:
        came = "expects more than one value a channel in training"
        write = "`net.eval()` for one image; `drop_last=True` in a loader"
        yield came, write


def _classes(seen, loss, y_hat, y):
    """Scores (n, classes, ...) need labels (n, ...), below classes."""
    (n, classes, *inside), shape = y_hat.shape, tuple(y.shape)
    came = f"scores {shape_of(y_hat)}, labels {shape_of(y)}: expects "
    if y.device != y_hat.device:
        write = f"`y = y.to('{y_hat.device}')`"
        yield f"scores on {y_hat.device}, labels on {y.device}", write
    elif shape != (n, *inside):
        write = _first(
            (shape == (n, 1), "`y = y.squeeze(1).long()`"),
            (shape == y_hat.shape, "`y = y.argmax(dim=1)`"),
        )
        yield f"{came}labels {(n, *inside)}", write
    elif y.dtype not in (torch.int64, torch.uint8):
        yield f"{came}classes as int64", "`y = y.long()`"
    else:
        low, high = map(int, y.aminmax())
        write = f"{high + 1} outputs in the last layer" if low >= 0 else ""
        if low < 0 or high >= classes:
            yield f"{came}0 to {classes - 1}, got {low} to {high}", write


CONVOLUTIONS = nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d
NORMS = nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d
RULES = {  # of torch's own: what extends one may expect something else
    nn.Linear: (_placed, _sized),
    **dict.fromkeys(CONVOLUTIONS, (_axes, _placed, _sized)),
    **dict.fromkeys(NORMS, (_axes, _placed, _sized, _one_value)),
    **dict.fromkeys((nn.CrossEntropyLoss, nn.NLLLoss), (_classes,)),
}


def advice(seen, layer, x, *others):
    """Return what is known about a call that failed: a pair of texts."""
    rules = RULES.get(type(layer), ())
    if rules and isinstance(x, np.ndarray):
        return "expects a tensor and got an ndarray", TO_TENSOR
    found = (pair for rule in rules for pair in rule(seen, layer, x, *others))
    return next(found, ("", ""))


def doubt(loss, y_hat):
    """Return what is wrong with a loss that did not fail."""
    if loss in ("CrossEntropyLoss", "cross_entropy") and y_hat.min() >= 0:
        if (y_hat.sum(1) - 1).abs().max() < 1e-4:
            came = "the scores are probabilities, and the loss applies the "
            return f"{came}softmax itself", "no softmax before the loss"
    return "", ""
