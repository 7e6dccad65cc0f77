"""What a checkpoint holds: states, and words for what made them.

The words are equal in another process where the run is the same one, so no
address of an object may get into them.
"""

import functools
import io
import math
import pickle
import types
import zlib
from collections import Counter

import numpy as np
import torch
from torch import nn

from .arguments import describe
from .results import History

PLAIN = (str, int, float, type(None))  # what a setting can be
# Attributes that training changes, or that stand elsewhere.
NO_SETTINGS = {
    *("training", "optimizer"),
    *("state", "param_groups", "defaults", "step"),  # of an optimizer
}


def without_numpy(value):
    """Return containers with Python's numbers in place of NumPy's.

    A scheduler keeps what it was given, and a file must not hold objects.
    """
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        pairs = {without_numpy(k): without_numpy(v) for k, v in value.items()}
        return Counter(pairs) if isinstance(value, Counter) else pairs
    if type(value) in (list, tuple):
        return type(value)(map(without_numpy, value))
    return value


def require_readable(name, state):
    """Require that a part's state can be read back, before it is needed."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    try:
        torch.load(file, weights_only=True)
    except pickle.UnpicklingError as error:
        raise TypeError(
            f"checkpoint: the {name} holds an object that cannot be read "
            "back safely; give it numbers, lists and tensors only"
        ) from error


def read_history(saved):
    """Return a saved history, if it has a number an epoch of each kind."""
    history = History(**saved)
    columns = (
        history.loss,
        history.train_acc,
        history.test_acc,
        history.seconds,
        history.examples,
    )
    numbers = [value for column in columns for value in column]
    if (
        saved.keys() != History().to_dict().keys()
        or len({len(column) for column in columns}) > 1
        or not all(isinstance(value, (int, float)) for value in numbers)
    ):
        raise ValueError("history")
    return history


def _attributes(value):
    """Return what an object was made with, by name."""
    found = getattr(value, "__dict__", {})
    inner = isinstance(value, (nn.Module, torch.optim.Optimizer))
    return {
        k: v
        for k, v in found.items()
        if k not in NO_SETTINGS and not (inner and k.startswith("_"))
    }


def _code(code):
    """Return what a function does, without where it stands."""
    constants = [
        _code(c) if isinstance(c, types.CodeType) else as_text(c)
        for c in code.co_consts
    ]
    return f"{code.co_code.hex()} {code.co_names} {constants}"


def _function(function):
    """Name a function; one of a notebook also by its code and its values.

    Code that stands in a module is not compared: another Python compiles
    it otherwise.
    """
    name = function.__qualname__
    function = getattr(function, "__func__", function)  # of a method
    if not isinstance(function, types.FunctionType) or not (
        function.__module__ == "__main__" or "<" in name
    ):
        return name
    code, known = function.__code__, dict(function.__globals__)
    for key, cell in zip(code.co_freevars, function.__closure__ or ()):
        if cell != types.CellType():  # an empty one
            known[key] = cell.cell_contents
    used = [*code.co_names, *code.co_freevars]
    values = [
        f"{k}={as_text(known[k])}"
        for k in used
        if isinstance(known.get(k, code), (*PLAIN, types.FunctionType))
        and known[k] is not function
    ]
    defaults = as_text([function.__defaults__, function.__kwdefaults__])
    number = zlib.crc32((_code(code) + defaults).encode())
    return f"{name}({', '.join(values)}) {number:08x}"


def as_text(value, depth=5):
    """Return words for a value, cut where they are long."""
    value = without_numpy(value)
    if isinstance(value, (torch.Tensor, np.ndarray)):
        small = math.prod(value.shape) < 1000
        value = value.tolist() if small else describe(value)
    if isinstance(value, functools.partial):
        value = [value.func, *value.args, value.keywords]
    if isinstance(value, (*PLAIN, complex, bytes, torch.dtype, torch.device)):
        text = str(value)
    elif depth == 0:
        text = type(value).__name__
    elif isinstance(value, dict):
        pairs = value.items()
        text = ", ".join(f"{k}={as_text(v, depth - 1)}" for k, v in pairs)
    elif isinstance(value, (list, tuple)):
        text = f"[{', '.join(as_text(v, depth - 1) for v in value)}]"
    elif isinstance(value, (set, frozenset)):
        text = as_text(sorted(as_text(v) for v in value))
    elif hasattr(value, "__qualname__"):
        text = _function(value)
    else:
        made = as_text(_attributes(value), depth - 1)
        text = f"{type(value).__name__}({made})"
    if len(text) > 120:
        text = f"{text[:80]}... {zlib.crc32(text.encode()):08x}"
    return text


def describe_values(name, values):
    """Describe values under the name of what they belong to."""
    settings = {}
    for key, value in values.items():
        value = without_numpy(value)
        plain = isinstance(value, PLAIN)
        settings[f"{name}: {key}"] = value if plain else as_text(value)
    return settings


def describe_module(name, module):
    """Describe a module: its parts, and what each was made with."""
    values = _attributes(module)
    for path, part in module.named_modules():
        if path:
            made = part.extra_repr() or as_text(_attributes(part))
            values[path] = f"{type(part).__name__}({made})"
    parameters = module.named_parameters()
    values["frozen"] = [k for k, p in parameters if not p.requires_grad]
    return {name: type(module).__name__, **describe_values(name, values)}


def describe_part(name, part):
    """Describe a loss, an optimizer, a schedule or a function, by key."""
    if isinstance(part, nn.Module):
        tensors = describe_values(name, part.state_dict())
        return {**describe_module(name, part), **tensors}
    if hasattr(part, "__qualname__") or isinstance(part, functools.partial):
        return {name: as_text(part)}
    if isinstance(part, PLAIN):
        return {name: part}
    values = _attributes(part)
    if isinstance(part, torch.optim.Optimizer):
        for i, group in enumerate(part.param_groups):
            where = f"group {i + 1} " if i else ""
            values |= {where + k: v for k, v in group.items()}
            values[f"{where}params"] = len(group["params"])
    return {name: type(part).__name__, **describe_values(name, values)}
