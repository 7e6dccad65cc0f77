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
COUNTED: tuple = "in_features", "in_channels", "num_features"
COUNTED += "out_features", "out_channels"


def written(layer, got=None):
    """Write a layer as ``Linear(400, 120)``, or with another first size."""
    name = type(layer).__name__
    sizes = [str(getattr(layer, n)) for n in COUNTED if hasattr(layer, n)]
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
    name = type(layer).__name__
    n, norm = int(name[-2]), name.startswith("BatchNorm")
    c = layer.num_features if norm else layer.in_channels
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
        move = f"`X = X.to('{weight.device}')`"
        write = "`net.to(device)`" if spread else move
        yield f"weights on {weight.device}, input on {x.device}", write
    elif weight.dtype != x.dtype:
        scale = " / 255" if x.dtype == torch.uint8 else ""
        found = f"weights are {weight.dtype}, the input is {x.dtype}"
        yield found, f"`X = X.to({weight.dtype}){scale}`"


def _counted(name, wanted, got, x, write):
    """The axis that a layer counts must have the size that it was given."""
    if got != wanted:
        yield f"expects {name}={wanted} and got {got} of {shape_of(x)}", write


def _channels(seen, layer, x):
    """More is known of a net's own images than of what follows them."""
    wanted, got = layer.in_channels, x.shape[1 - layer.weight.ndim]
    single = x.ndim == layer.weight.ndim - 1
    images = x.ndim == 4 and not seen.passed
    pair, write = images and (wanted, got), f"`nn.{written(layer, got)}`"
    write = _first(
        (images and x.shape[-1] == wanted > 1, CHANNELS_LAST),
        (single and wanted == 1, NO_CHANNELS),
        (single or layer.groups > 1, ""),
        (pair == (1, 3), f"{write}, or `X = X.mean(1, keepdim=True)`"),
        (pair == (3, 1), f"{write}, or `X = X.expand(-1, 3, -1, -1)`"),
        (True, write),
    )
    yield from _counted("in_channels", wanted, got, x, write)


def _features(seen, layer, x):
    """The layer before tells where the number of values comes from."""
    wanted, got = layer.in_features, x.shape[-1]
    inside, write = math.prod(x.shape[1:]), f"`nn.{written(layer, got)}`"
    single = any(k is nn.Conv2d and len(s[0]) == 3 for k, s in seen.passed)
    shapes = [s[1:] for _, last in seen.passed[-1:] for s in last if s[2:]]
    sizes = next((s for s in shapes if math.prod(s) == got), ())
    product = " x ".join(map(str, sizes))
    write = _first(
        (x.ndim > 2 and inside == wanted, "`nn.Flatten()` before it"),
        (x.ndim == 4, f"`nn.Flatten(), nn.{written(layer, inside)}`"),
        (single and x.numel() == wanted, NO_BATCH),
        (single, ""),
        (product, f"{write}, as {got} = {product}"),
        (True, write),
    )
    yield from _counted("in_features", wanted, got, x, write)


def _normalized(seen, layer, x):
    wanted, got = layer.num_features, x.shape[1]
    write = f"`nn.{written(layer, got)}`"
    yield from _counted("num_features", wanted, got, x, write)
    if layer.training and x.numel() == got:
        write = "`net.eval()` for one image; `drop_last=True` in a loader"
        yield "expects more than one value a channel in training", write


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
RULES: dict = {  # of torch's own: what extends one may expect something else
    nn.Linear: (_placed, _features),
    **dict.fromkeys(CONVOLUTIONS, (_axes, _placed, _channels)),
    **dict.fromkeys(NORMS, (_axes, _placed, _normalized)),
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
