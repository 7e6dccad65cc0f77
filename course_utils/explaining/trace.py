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
from torch.nn.parameter import UninitializedBuffer, is_lazy

from ..check.engine import same_random_states

# What a layer counts in its input, and in its output.
COUNTED = {
    "Linear": ("in_features", "out_features"),
    "_ConvNd": ("in_channels", "out_channels"),
    "_BatchNorm": ("num_features",),
}

Call = namedtuple("Call", "name layer arguments rows_before")
Row = namedtuple("Row", "name layer input output shapes")


def known(table, layer):
    """Return what a table has for a layer's class, or for one it extends."""
    names = (c.__name__ for c in type(layer).__mro__)
    return next((table[name] for name in names if name in table), None)


def name_in_torch(layer):
    """Return the name of the class of torch that a layer is, or extends."""
    classes = type(layer).__mro__
    return next(c.__name__ for c in classes if c.__module__[:6] == "torch.")


def written(layer, got=None):
    """Write a layer as ``Linear(400, 120)``, or with another first size."""
    name, names = type(layer).__name__, known(COUNTED, layer)
    sizes = [str(getattr(layer, size)) for size in names or ()]
    if got is not None:
        name, sizes[0] = name_in_torch(layer), str(got)
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


def _copied(net):
    """Copy a net; parameters are shared, as is what torch cannot copy."""
    memo: dict = {}
    for module in net.modules():
        kept = module._parameters, module._buffers, vars(module)
        for value in (v for values in kept for v in values.values()):
            if isinstance(value, UninitializedBuffer):
                device = value.data.device
                memo[id(value)] = type(value)(device=device)  # type: ignore
            elif isinstance(value, torch.Tensor) and not is_lazy(value):
                if isinstance(value, nn.Parameter) or not value.is_leaf:
                    memo[id(value)] = value
    return copy.deepcopy(net, memo)


class Trace:
    """One run of a net's copy: its output, or the error that it raised.

    ``rows`` are the layers that went through, ``failed`` is the call of the
    innermost that raised.
    """

    def __init__(self, net, inputs, keywords=None, name="net"):
        self.rows: list = []
        self._open: list = []
        self.output = self.error = self.failed = None
        self.net = _copied(net)
        for path, layer in self.net.named_modules():
            layer._forward_hooks.clear()  # they are the learner's
            enter = functools.partial(self._enter, path or name)
            layer.register_forward_pre_hook(enter)
            layer.register_forward_hook(self._leave)
        # A layer may change its input in place.
        inputs = [x.clone() if torch.is_tensor(x) else x for x in inputs]
        silent = contextlib.redirect_stdout(io.StringIO())
        quiet = warnings.catch_warnings(action="ignore")
        try:
            with same_random_states(), torch.no_grad(), silent, quiet:
                self.output = self.net(*inputs, **(keywords or {}))
        except Exception as error:
            self.error, self.failed = error, self._open[-1]

    def _enter(self, name, layer, args):
        self._open.append(Call(name, layer, args, len(self.rows)))

    def _leave(self, layer, args, output):
        call = self._open.pop()
        while call.layer is not layer:  # one whose error was caught
            call = self._open.pop()
        if call.rows_before == len(self.rows):  # no layer is inside
            texts = shape_of(call.arguments), shape_of(output)
            shapes = [getattr(v, "shape", ()) for v in (*args[:1], output)]
            self.rows.append(Row(call.name, written(layer), *texts, shapes))
