"""What layers, losses and operations expect, and what to write.

A rule returns a pair: what was expected and what came; and what to write,
or "" where several things may be meant. It returns None where it finds
nothing wrong. Rules look at layers, shapes, types and values, not at the
words of torch's message. The first that finds something is the answer.
"""

import math

import torch
from torch.nn.modules.utils import _ntuple

from .trace import bases, name_in_torch, shape_of, size_of, written

AXES = "(n, steps, {})", "(n, {}, w)", "(n, {}, h, w)", "(n, {}, d, h, w)"
NO_BATCH = "`X = X.unsqueeze(0)`: the batch axis is missing"
OTHER_IMAGES = {
    (1, 3): ", or `X = X.mean(1, keepdim=True)`",
    (3, 1): ", or `X = X.expand(-1, 3, -1, -1)`",
    (3, 4): ", or `X = X[:, :3]` without the transparency",
}


def _dimension(layer):
    """Return the 2 of Conv2d; 0 for a layer that is not of images."""
    digits = (b[-2] for b in bases(layer) if b[-2:-1].isdigit())
    return int(next(digits, 0))


def _no_tensor(trace, x):
    came = f"expects a tensor and got {type(x).__name__}"
    if x is None and trace.empty is not None:
        return came, f"`return` in the forward of {trace.empty}"
    if isinstance(x, (tuple, list)) and x:
        first = "`X, y = batch`, then `net(X)`"
        return came, "`[0]` after the layer before" if trace.rows else first
    if hasattr(x, "__array__"):
        return came, "`X = torch.as_tensor(X, dtype=torch.float32)`"
    return None


def _placed(layer, trace, x):
    """Input and weights must have one device and one dtype."""
    weight = next(layer.parameters(recurse=False), x)
    wanted, came = (str(v.dtype).removeprefix("torch.") for v in (weight, x))
    if weight.device != x.device:
        write = f"`X = X.to({str(weight.device)!r})`"
        if len({p.device for p in trace.net.parameters()}) > 1:
            write = "`net.to(device)` after its last layer was added"
        return f"weights on {weight.device}, input on {x.device}", write
    if wanted != came:
        write = f"`X = X.to(torch.{wanted})`"
        if wanted == "float32":
            write = f"`X = X.float(){' / 255' if came == 'uint8' else ''}`"
        return f"weights are {wanted}, the input is {came}", write
    return None


def _axes(layer, trace, x):
    """The number of axes must fit; most layers need no batch axis."""
    n, c = _dimension(layer), size_of(layer)[2] or "c"
    kind, write = name_in_torch(layer).removesuffix(f"{n}d"), ""
    fits = (n + 1, n + 2) if n > 1 else (2, 3)
    if x.ndim in (fits[1:] if kind == "BatchNorm" and n > 1 else fits):
        return None
    if x.ndim == n + 1 and len(x) == c:
        write = NO_BATCH
    elif kind == "BatchNorm" and 2 <= x.ndim <= 5:
        write = f"`nn.BatchNorm{max(1, x.ndim - 2)}d({x.shape[1]})`"
    elif x.ndim == n == 2 and kind == "Conv":
        side = math.isqrt(x.shape[1] // c)
        if c == 1 and x.shape[0] == x.shape[1]:
            write = "`X = X[None, None]` for one image"
        elif c * side**2 == x.shape[1]:
            write = f"`X = X.reshape(-1, {c}, {side}, {side})`"
    elif n and 3 <= x.ndim <= 5 and c in ("c", x.shape[1]):
        write = f"`nn.{kind}{x.ndim - 2}d`"
    return f"expects {AXES[n].format(c)} and got {shape_of(x)}", write


def _sized(layer, trace, x):
    """The axis that a layer counts must have the size that it was given."""
    name, axis, wanted = size_of(layer)
    axis = -_dimension(layer) - 1 if name == "in_channels" else axis
    got = x.shape[axis]
    if got == wanted:
        return None
    write = f"`nn.{written(layer, got)}`"
    if name == "in_channels":
        write = _for_channels(layer, trace, x, got, write)
    if name == "in_features":
        write = _for_values(layer, trace, x, got, write)
    return f"expects {name}={wanted} and got {got} of {shape_of(x)}", write


def _for_channels(layer, trace, x, got, write):
    """Return what fits a convolution; more is known of a net's own input."""
    n, wanted, first = _dimension(layer), layer.in_channels, not trace.rows
    if first and n == 2 and x.shape[-1] == wanted > 1:
        order = "(0, 3, 1, 2)" if x.ndim == 4 else "(2, 0, 1)[None]"
        return f"`X = X.permute{order}`: the channels are last"
    if x.ndim == n + 1:
        write = "`X = X.unsqueeze(1)`: the axis of channels is missing"
        return write if wanted == 1 else ""
    if layer.groups > 1 and layer.groups == wanted:
        return write.replace("...", f"groups={got}, ...")
    return write + OTHER_IMAGES.get((wanted, got), "") * first


def _for_values(layer, trace, x, got, write):
    """Return what fits a dense layer, and where its number comes from."""
    inside = math.prod(x.shape[1:])
    if x.ndim > 2 and inside == layer.in_features:
        return "`nn.Flatten()` before it"
    if x.ndim == 4:
        return f"`nn.Flatten(), nn.{written(layer, inside)}`"
    for row in trace.rows:
        if row.layer.startswith("Conv2d") and len(row.shapes[0]) == 3:
            return NO_BATCH if x.numel() == layer.in_features else ""
    for shape in trace.rows[-1].shapes if trace.rows else ():
        if len(shape) > 2 and math.prod(shape[1:]) == got:
            return f"{write}, as {got} = {' x '.join(map(str, shape[1:]))}"
    return write


def _window(layer, trace, x):
    """A kernel must not be larger than the padded image."""
    n, padding = _dimension(layer), layer.padding
    if padding == "same" or getattr(layer, "transposed", False):
        return None
    padding = 0 if padding == "valid" else padding
    values = layer.kernel_size, padding, getattr(layer, "dilation", 1)
    k, p, d = map(_ntuple(n), values)
    spans, sizes = [b * (a - 1) + 1 for a, b in zip(k, d)], x.shape[-n:]
    lack = max(s - h - 2 * a for s, h, a in zip(spans, sizes, p))
    if lack <= 0:
        return None
    write = "one pooling less, or larger images"
    if hasattr(layer, "in_channels"):
        write = f"`padding={max(p) + math.ceil(lack / 2)}`, {write}"
    kernel, image = (" x ".join(map(str, v)) for v in (spans, sizes))
    return f"a kernel of {kernel} on an image of {image}", write


def _one_value(layer, trace, x):
    if not layer.training or x.numel() > x.shape[1]:
        return None
    came = "expects more than one value a channel in training"
    return came, "`net.eval()` for one image; `drop_last=True` in a loader"


def _indices(layer, trace, x):
    if x.dtype not in (torch.int64, torch.int32):
        return f"expects integers and got {shape_of(x)}", "`X = X.long()`"
    low, high = int(x.min()), int(x.max())
    if 0 <= low and high < layer.num_embeddings:
        return None
    came = f"expects 0 to {layer.num_embeddings - 1}, got {low} to {high}"
    write = f"`nn.Embedding({high + 1}, {layer.embedding_dim})`"
    return came, write if low >= 0 else ""


LAYERS = {  # by the name of a class; subclasses share its rules
    "_ConvNd": (_axes, _placed, _sized, _window),
    "_MaxPoolNd": (_axes, _window),
    "_AvgPoolNd": (_axes, _window),
    "_BatchNorm": (_axes, _placed, _sized, _one_value),
    "Embedding": (_indices,),
    "RNNBase": (_axes, _placed, _sized),
    **dict.fromkeys(("Linear", "MultiheadAttention"), (_placed, _sized)),
    **dict.fromkeys(("GroupNorm", "LayerNorm"), (_placed, _sized)),
}


def _classes(trace, y_hat, y, *_):
    """Scores (n, classes, ...), and labels (n, ...)."""
    came = f"scores {shape_of(y_hat)}, labels {shape_of(y)}: "
    classes = y_hat.shape[min(1, y_hat.ndim - 1)]
    if y.ndim == y_hat.ndim and len(y) == len(y_hat):
        if y.shape[1] == 1:
            return f"{came}one axis too many", "`y = y.squeeze(1).long()`"
        write = "`y = y.argmax(dim=1)`" if y.shape == y_hat.shape else ""
        return f"{came}one-hot, of {y.shape[1]} classes", write
    if len(y) == len(y_hat) and y.ndim == 1 and y_hat.ndim > 2:
        inside = math.prod(y_hat.shape[1:])
        write = "`nn.Flatten()` last" if inside == classes else ""
        return f"{came}expects scores (n, classes)", write
    if len(y) != len(y_hat) or y.ndim != y_hat.ndim - 1:
        write = "`x.flatten(1)` in place of `x.view(-1, ...)`"
        return f"{came}not as many of both", write if y_hat.ndim == 2 else ""
    if y.dtype not in (torch.int64, torch.uint8):
        return f"{came}expects classes as int64", "`y = y.long()`"
    y = y[y != -100]  # which torch leaves out
    low, high = (int(y.min()), int(y.max())) if y.numel() else (0, 0)
    if 0 <= low and high < classes:
        return None
    write = f"{high + 1} outputs in the last layer"
    if low == 1 and high == classes:
        write = f"`y = y - 1`, or {write}"
    came = f"expects labels 0 to {classes - 1}, got {low} to {high}"
    return came, write if low >= 0 else ""


def _alike(trace, y_hat, y, *_):
    """Losses that compare number by number."""
    came = f"outputs {shape_of(y_hat)}, targets {shape_of(y)}"
    if y.shape != y_hat.shape:
        write = f"`y = y.reshape{tuple(y_hat.shape)}`"
        return came, write if y.numel() == y_hat.numel() else ""
    return None if y.is_floating_point() else (came, "`y = y.float()`")


def _equal(trace, a, b, *_):
    """Two tensors that are added; one may be a block's input, a shortcut."""
    came = f"expects equal shapes and got {shape_of(a)} and {shape_of(b)}"
    start = getattr(trace.failed.arguments[0], "shape", None)
    shortcut, other = (a, b) if a.shape == start else (b, a)
    if shortcut.shape != start or a.ndim != 4 or b.ndim != 4:
        return came, ""
    (c_i, *sizes), (c_o, *others) = shortcut.shape[1:], other.shape[1:]
    strides = {s / max(o, 1) for s, o in zip(sizes, others)}
    step = strides.pop()
    if strides or step < 1 or step % 1:
        return came, ""
    more = f", stride={int(step)}" if step > 1 else ""
    write = f"`nn.Conv2d({c_i}, {c_o}, kernel_size=1{more})` on the shortcut"
    return came, write


def _joined(trace, tensors, dim=0, *_):
    came = f"expects equal sizes outside axis {dim}, got {shape_of(tensors)}"
    return came, ""


def _viewed(trace, x, *given):
    sizes = given[0] if isinstance(given[0], (tuple, list)) else given
    known = math.prod(s for s in sizes if s != -1)
    if x.numel() % known == 0 if -1 in sizes else x.numel() == known:
        came = "these numbers do not lie in this order in memory"
        return came, f"`reshape({', '.join(map(str, sizes))})`"
    came = f"{shape_of(x)} has {x.numel()} numbers, no fit for {tuple(sizes)}"
    return came, f"`flatten(1)`, which gives {tuple(x.flatten(1).shape)}"


FUNCTIONS = {  # of torch, by name, where a loss or a forward calls them
    **dict.fromkeys(("cross_entropy", "nll_loss"), _classes),
    **dict.fromkeys(("mse_loss", "l1_loss"), _alike),
    "binary_cross_entropy_with_logits": _alike,
    **dict.fromkeys(("add", "add_", "sub", "mul"), _equal),
    "cat": _joined,
    **dict.fromkeys(("view", "reshape"), _viewed),
}


def doubt(loss, y_hat, y):
    """Return what is wrong with a loss that did not fail: a pair, or None."""
    if loss in ("CrossEntropyLoss", "cross_entropy") and y_hat.min() >= 0:
        sums = y_hat.sum(1)
        if torch.allclose(sums, torch.ones_like(sums)):
            came = "the scores are probabilities, and the loss applies the "
            return f"{came}softmax itself", "no softmax before the loss"
    if loss in ("NLLLoss", "nll_loss") and y_hat.max() > 0:
        came = "expects logarithms of probabilities, which are below 0"
        return came, "`nn.CrossEntropyLoss()`"
    return _alike(None, y_hat, y) if loss in ("MSELoss", "mse_loss") else None


def advice(trace):
    """Return what is known about a run that failed: a pair, or None."""
    layer, inputs = trace.failed.layer, trace.failed.arguments
    x = inputs[0] if inputs else None
    name, arguments = trace.function
    rules = next((LAYERS[b] for b in bases(layer) if b in LAYERS), ())
    is_torch = type(layer).__module__.startswith("torch.nn.modules")
    if is_torch and not isinstance(x, torch.Tensor):
        return _no_tensor(trace, x)
    if rules:
        found = (rule(layer, trace, x) for rule in rules)
        return next(filter(None, found), None)
    tensors = [a for a in arguments if isinstance(a, torch.Tensor)]
    devices = sorted({str(t.device) for t in tensors})
    if len(devices) > 1:
        write = f"`y = y.to({str(tensors[0].device)!r})`"
        came = f"{name} got tensors on {' and '.join(devices)}"
        return came, write if name in ("cross_entropy", "nll_loss") else ""
    return FUNCTIONS[name](trace, *arguments) if name in FUNCTIONS else None
