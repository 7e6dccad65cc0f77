"""Run a copy of a net, and write down what goes through each layer.

The copy shares the parameters with the net, and nothing that a run changes:
no statistics of batch norm, no gradient, no random state.
"""

import contextlib
import copy
import functools
import io
import warnings
from collections import namedtuple

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from ..check.engine import same_random_states

# What a layer counts in its input, along which axis, and how it is written.
SIZED = {
    "Linear": ("in_features", -1, "Linear({got}, {out_features})"),
    "_ConvNd": ("in_channels", 1, "{kind}({got}, {out_channels}, ...)"),
    "_BatchNorm": ("num_features", 1, "{kind}({got})"),
    "GroupNorm": ("num_channels", 1, "GroupNorm({num_groups}, {got})"),
    "LayerNorm": ("normalized_shape", -1, "LayerNorm({got})"),
    "RNNBase": ("input_size", -1, "{kind}({got}, {hidden_size}, ...)"),
    "MultiheadAttention": ("embed_dim", -1, "{kind}({got}, {num_heads})"),
}

Call = namedtuple("Call", "name layer arguments rows_before")
Row = namedtuple("Row", "name layer input output shapes")


class Function(nn.Module):
    """A function as a module, such as a loss."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *arguments):
        return self.function(*arguments)


def bases(layer):
    """Return the names of a layer's class and of those that it is made of."""
    return [c.__name__ for c in type(layer).__mro__]


def name_in_torch(layer):
    """Return the name of the class of torch that a layer is, or extends."""
    classes = type(layer).__mro__
    return next(c.__name__ for c in classes if c.__module__[:6] == "torch.")


def size_of(layer):
    """Return what a layer counts, along which axis, how many; or Nones."""
    for base in bases(layer):
        if base in SIZED:
            name, axis, _ = SIZED[base]
            size = getattr(layer, name)
            return name, axis, size[-1] if isinstance(size, tuple) else size
    return None, None, None


def written(layer, got=None):
    """Write a layer as ``Linear(400, 120)``, or with another first size."""
    if isinstance(layer, Function):
        return getattr(layer.function, "__name__", "function")
    base = next((b for b in bases(layer) if b in SIZED), None)
    if base is None:
        return bases(layer)[0]
    values = vars(layer) | {"kind": name_in_torch(layer), "got": got}
    if got is None:
        values |= {"kind": bases(layer)[0], "got": size_of(layer)[2]}
    text = SIZED[base][2].format_map(values)
    return text.replace(", ...", "") if got is None else text


def shape_of(value):
    """Write the shape of a tensor, or of each in a tuple; unusual dtypes."""
    if isinstance(value, torch.Tensor):
        dtype = str(value.dtype).removeprefix("torch.")
        text = str(tuple(value.shape))
        return text if dtype == "float32" else f"{text} {dtype}"
    if isinstance(value, (tuple, list)):
        tensors = [
            v for v in value if isinstance(v, (torch.Tensor, tuple, list))
        ]
        return ", ".join(map(shape_of, tensors or value[:1]))
    return type(value).__name__


def _copied(net):
    """Copy a net; tensors that torch cannot copy are shared, or made anew."""
    memo: dict = {}
    for value in (v for m in net.modules() for v in _tensors(m)):
        if isinstance(value, nn.parameter.UninitializedBuffer):
            memo[id(value)] = nn.parameter.UninitializedBuffer(  # type: ignore[call-arg]
                device=value.data.device, dtype=value.data.dtype
            )
        elif nn.parameter.is_lazy(value):
            continue
        elif isinstance(value, nn.Parameter) or not value.is_leaf:
            memo[id(value)] = value
    return copy.deepcopy(net, memo)


def _tensors(module):
    values = *module._parameters.values(), *module._buffers.values()
    values += tuple(vars(module).values())
    return (v for v in values if isinstance(v, torch.Tensor))


class Trace(TorchFunctionMode):
    """One run of a net's copy: its output, or the error that it raised.

    ``rows`` are the layers that went through, ``failed`` is the call of the
    innermost that raised, ``function`` the name and arguments of torch's
    function that did, ``empty`` the last module that returned None.
    """

    def __init__(self, net, arguments, keywords=None, name="net"):
        super().__init__()
        self.rows: list = []
        self._open: list = []
        self._raised: tuple = (None, "", ())
        self.output = self.error = self.failed = self.empty = None
        self.net = _copied(net)
        for path, layer in self.net.named_modules():
            layer._forward_hooks.clear()  # they are the learner's
            enter = functools.partial(self._enter, path or name)
            layer.register_forward_pre_hook(enter, with_kwargs=True)
            layer.register_forward_hook(self._leave)
        arguments = [  # a layer may change its input in place
            a.detach().clone() if isinstance(a, torch.Tensor) else a
            for a in arguments
        ]
        silent = contextlib.redirect_stdout(io.StringIO())
        quiet = warnings.catch_warnings(action="ignore")
        try:
            with same_random_states(), torch.no_grad(), silent, quiet, self:
                self.output = self.net(*arguments, **(keywords or {}))
        except Exception as error:
            self.error, self.failed = error, self._open[-1]
        raised, *function = self._raised
        self.function = function if raised is self.error else ("", ())

    def __torch_function__(self, func, types, args=(), kwargs=None):
        try:
            return func(*args, **(kwargs or {}))
        except Exception as error:
            if error is not self._raised[0]:
                arguments = (*args, *(kwargs or {}).values())
                self._raised = error, func.__name__, arguments
            raise

    def _enter(self, name, layer, args, kwargs):
        arguments = (*args, *kwargs.values())
        self._open.append(Call(name, layer, arguments, len(self.rows)))

    def _leave(self, layer, args, output):
        call = self._open.pop()
        while call.layer is not layer:  # one whose error was caught
            call = self._open.pop()
        if output is None:
            self.empty = call.name
        if call.rows_before == len(self.rows):  # no layer is inside
            texts = shape_of(call.arguments), shape_of(output)
            shapes = [getattr(v, "shape", ()) for v in (*args[:1], output)]
            self.rows.append(Row(call.name, written(layer), *texts, shapes))
