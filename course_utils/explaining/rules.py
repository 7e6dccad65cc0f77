"""What layers and losses expect, and what to write.

A rule returns a pair: what was expected and what came; and what to write,
or "" where several things may be meant. It returns None where it finds
nothing wrong. It looks at layers, shapes, types and values alone.
"""

import math

import torch

from .trace import COUNTED, known, name_in_torch, shape_of, written

NO_BATCH = "`X = X.unsqueeze(0)`: the batch axis is missing"
NO_CHANNELS = "`X = X.unsqueeze(1)`: the axis of channels is missing"
CHANNELS_LAST = "`X = X.permute(0, 3, 1, 2)`: the channels are last"
TO_TENSOR = "`X = torch.as_tensor(X, dtype=torch.float32)`"
TO_GRAY = ", or `X = X.mean(1, keepdim=True)`"
TO_COLOR = ", or `X = X.expand(-1, 3, -1, -1)`"


def _first(*cases):
    """Return the text of the first case that holds; "" where none does."""
    return next((text for holds, text in cases if holds), "")


def _axes(trace, layer, x):
    """The number of axes must fit; most layers need no batch axis."""
    name, c = name_in_torch(layer), getattr(layer, known(COUNTED, layer)[0])
    n, norm = int(name[-2]), name.startswith("BatchNorm")
    if x.ndim == n + 2 or (x.ndim == n + 1 and not (norm and n > 1)):
        return None
    second, fits = x.shape[1], max(1, x.ndim - 2)
    write = _first(
        (norm and x.ndim == n + 1 and len(x) == c, NO_BATCH),
        (norm and x.ndim < 6, f"`nn.BatchNorm{fits}d({second})`"),
        (2 < x.ndim < 6 and c == second, f"`nn.{name[:-2]}{fits}d`"),
    )
    axes = ", ".join(("n", str(c), *"dhw"[-n:]))
    return f"expects ({axes}) and got {shape_of(x)}", write


def _placed(trace, layer, x):
    """Input and weights must have one device and one dtype."""
    weight = next(layer.parameters(recurse=False), x)
    if weight.device != x.device:
        spread = len({p.device for p in trace.net.parameters()}) > 1
        move = f"`X = X.to({str(weight.device)!r})`"
        write = "`net.to(device)`" if spread else move
        return f"weights on {weight.device}, input on {x.device}", write
    if weight.dtype == x.dtype:
        return None
    scale = " / 255" if x.dtype == torch.uint8 else ""
    found = f"weights are {weight.dtype}, the input is {x.dtype}"
    return found, f"`X = X.to({weight.dtype}){scale}`"


def _sized(trace, layer, x):
    """The axis that a layer counts must have the size that it was given."""
    name = known(COUNTED, layer)[0]
    wanted = getattr(layer, name)
    axis = 1 if name == "num_features" else 1 - layer.weight.ndim
    got = x.shape[axis]
    if got == wanted:
        return None
    write = f"`nn.{written(layer, got)}`"
    if name == "in_channels":
        write = _for_channels(trace, layer, x, write)
    if name == "in_features":
        write = _for_values(trace, layer, x, write)
    return f"expects {name}={wanted} and got {got} of {shape_of(x)}", write


def _for_channels(trace, layer, x, write):
    """Return what fits a convolution; more is known of a net's own images."""
    wanted, single = layer.in_channels, x.ndim == layer.weight.ndim - 1
    images = x.ndim == 4 and not trace.rows
    pair = images and (wanted, x.shape[1])
    return _first(
        (images and x.shape[-1] == wanted > 1, CHANNELS_LAST),
        (single and wanted == 1, NO_CHANNELS),
        (single or layer.groups > 1, ""),
        (pair == (1, 3), write + TO_GRAY),
        (pair == (3, 1), write + TO_COLOR),
        (True, write),
    )


def _for_values(trace, layer, x, write):
    """Return what fits a dense layer, and where its number comes from."""
    inside, got = math.prod(x.shape[1:]), x.shape[-1]
    wanted = layer.in_features
    rows = trace.rows
    single = any("Conv2d" in r.layer and len(r.shapes[0]) == 3 for r in rows)
    shapes = [s[1:] for s in (rows[-1].shapes if rows else ()) if len(s) > 2]
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


def _one_value(trace, layer, x):
    if not layer.training or x.numel() > x.shape[1]:
        return None
    came = "expects more than one value a channel in training"
    return came, "`net.eval()` for one image; `drop_last=True` in a loader"


def _classes(trace, loss, y_hat):
    """Scores (n, classes, ...) need labels (n, ...), below classes."""
    y = trace.failed.arguments[1]
    (n, classes, *inside), shape = y_hat.shape, tuple(y.shape)
    if y.device != y_hat.device:
        write = f"`y = y.to({str(y_hat.device)!r})`"
        return f"scores on {y_hat.device}, labels on {y.device}", write
    came = f"scores {shape_of(y_hat)}, labels {shape_of(y)}: expects "
    if shape != (n, *inside):
        write = _first(
            (shape == (n, 1), "`y = y.squeeze(1).long()`"),
            (shape == y_hat.shape, "`y = y.argmax(dim=1)`"),
        )
        return f"{came}labels {(n, *inside)}", write
    if y.dtype not in (torch.int64, torch.uint8):
        return f"{came}classes as int64", "`y = y.long()`"
    y = y[y != -100]  # which torch leaves out
    low, high = int(y.min()), int(y.max())
    if 0 <= low and high < classes:
        return None
    write = f"{high + 1} outputs in the last layer" if low >= 0 else ""
    return f"{came}0 to {classes - 1}, got {low} to {high}", write


RULES = {  # by the name of a class; subclasses share its rules
    "_ConvNd": (_axes, _placed, _sized),
    "_BatchNorm": (_axes, _placed, _sized, _one_value),
    "Linear": (_placed, _sized),
    "CrossEntropyLoss": (_classes,),
    "NLLLoss": (_classes,),
}


def doubt(loss, y_hat):
    """Return what is wrong with a loss that did not fail: a pair, or None."""
    if loss in ("CrossEntropyLoss", "cross_entropy") and y_hat.min() >= 0:
        sums = y_hat.sum(1)
        if torch.allclose(sums, torch.ones_like(sums)):
            came = "the scores are probabilities, and the loss applies the "
            return f"{came}softmax itself", "no softmax before the loss"
    return None


def advice(trace):
    """Return what is known about a run that failed: a pair, or None."""
    _, layer, (x, *_), _ = trace.failed
    rules = known(RULES, layer)
    if rules and hasattr(x, "__array__") and not isinstance(x, torch.Tensor):
        return f"expects a tensor and got {type(x).__name__}", TO_TENSOR
    return next(filter(None, (r(trace, layer, x) for r in rules or ())), None)
