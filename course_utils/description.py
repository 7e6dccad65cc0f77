"""Words for what makes a training run, equal in another process.

No address of an object may get into them, and nothing that is not the same
where the run is.
"""

import contextlib
import functools
import inspect
import types
import zlib

import numpy as np
import torch
from torch import nn

from .evaluation import count_batches
from .weights import find_generators

PLAIN = (
    *(str, int, float, complex, bytes, type(None)),
    *(torch.dtype, torch.device),
)
# Attributes that training changes, or that say nothing: an optimizer's
# defaults stand in its groups, and its step may be wrapped by a schedule.
NO_WORDS = {"training", "optimizer", "state", "defaults", "step"}
# What a run depends on in a loader.
OF_LOADERS = (
    "batch_size drop_last shuffle resize flip crop cutout normalize"
).split()


def _function(function):
    """Return what a function is: its name, in a notebook also its code.

    Code that stands in a module is not compared: another Python compiles
    it otherwise.
    """
    name = function.__qualname__
    is_local = function.__module__ == "__main__" or "<" in name
    if not isinstance(function, types.FunctionType) or not is_local:
        return name
    names = inspect.getclosurevars(function)
    values = {
        key: value
        for key, value in {**names.globals, **names.nonlocals}.items()
        if isinstance(value, (*PLAIN, types.FunctionType))
        and value is not function
    }
    defaults = [function.__defaults__, function.__kwdefaults__]
    return {"": name, **values, "code": [function.__code__, defaults]}


def _parts(value):
    """Return what a value consists of: a dict, a list, or plain."""
    if isinstance(value, nn.Parameter):
        kept = "trained" if value.requires_grad else "frozen"
        return f"{kept} {tuple(value.shape)}"
    if isinstance(value, (torch.Tensor, np.ndarray, np.generic)):
        is_small = np.prod(value.shape) < 1000
        return str(value.tolist() if is_small else tuple(value.shape))
    if isinstance(value, functools.partial):
        return [value.func, value.args, value.keywords]
    if isinstance(value, types.CodeType):
        return [zlib.crc32(value.co_code), value.co_names, value.co_consts]
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    if isinstance(value, (dict, list, tuple, PLAIN)):
        return value
    if isinstance(value, types.MethodType):
        return _function(value.__func__)
    if hasattr(value, "__qualname__"):
        return _function(value)
    parts = dict(getattr(value, "__dict__", {}))
    if isinstance(value, nn.Module):
        inner = value._modules | value._parameters | value._buffers
        parts = {k: v for k, v in parts.items() if k[0] != "_"} | inner
    return {"": type(value).__name__, **parts}


def in_words(name, value, depth=12):
    """Return words for a value and all that it was made with, by name.

    The names are such as "optimizer.param_groups.0.momentum". The depth is
    limited, as an object in an object may be itself.
    """
    value = _parts(value)
    if isinstance(value, (list, tuple)):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        text = str(value)
        if len(text) > 80:
            text = f"{text[:60]}... {zlib.crc32(text.encode()):08x}"
        return {name: text}
    words: dict = {}
    for key, part in value.items():
        if depth and key not in NO_WORDS:
            path = f"{name}.{key}" if key != "" else name
            words |= in_words(path, part, depth - 1)
    return words


def batches_in_words(name, batches):
    """Describe what a run depends on in a loader or a list."""
    values = {key: getattr(batches, key, None) for key in OF_LOADERS}
    values["sampler"] = type(getattr(batches, "sampler", None)).__name__
    if isinstance(batches, (list, tuple)):
        with contextlib.suppress(TypeError, LookupError):  # said later
            values["batch_size"] = len(batches[0][0])
    values["batches"] = count_batches(batches)
    values["seeds"] = [g.initial_seed() for g in find_generators(batches)]
    return in_words(name, {"": type(batches).__name__, **values})
