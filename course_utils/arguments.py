"""The rules of arguments: errors that name what came and what fits.

A rule is a function of an argument's name and value. It returns the value
to go on with, numbers as Python's own, or raises an error that begins with
the name. The course's names mean the same everywhere, so ``RULES`` holds
the rule of each; :func:`validated` applies them.
"""

import functools
import inspect
import math
import numbers
import os

import numpy as np
import torch


class ArgumentError(TypeError, ValueError):
    """An argument that does not fit; the text begins with its name."""


def validated(also=None, **rules):
    """Decorate a function so that its arguments are looked at first.

    The checks stay outside the body, so that the body is the very code
    that a lesson shows. None needs no rule where it is the default.

    Parameters
    ----------
    also : callable, optional
        Called with all arguments by name after their rules, for what no
        argument tells alone. May return a dict of arguments to take
        instead.
    **rules
        For names that mean something else here, or that ``RULES`` lacks.
    """

    def decorate(function):
        signature = inspect.signature(function)
        optional = {
            p.name for p in signature.parameters.values() if p.default is None
        }
        named = {**RULES, **rules}

        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            arguments = {}
            for name, value in bound.arguments.items():
                if name in named and not (value is None and name in optional):
                    arguments[name] = named[name](name, value)
                else:
                    arguments[name] = plain(value)
            if also is not None:
                arguments.update(also(**arguments) or {})
            bound.arguments.update(arguments)
            return function(*bound.args, **bound.kwargs)

        return wrapper

    return decorate


def plain(value):
    """Return numbers as Python's own, also in tuples, lists and dicts.

    Numbers are also NumPy's, fractions, and arrays and tensors without an
    axis. All else comes back as it is.
    """
    if type(value) in (tuple, list):
        return type(value)(map(plain, value))
    if type(value) is dict:
        return {key: plain(v) for key, v in value.items()}
    try:
        if getattr(value, "ndim", None) == 0:
            value = value.item()
        if isinstance(value, bool):
            return value
        if isinstance(value, numbers.Integral):
            return int(value)
        if isinstance(value, numbers.Real):
            return float(value)
    except (AttributeError, RuntimeError, OverflowError):
        pass  # without a value, as on the device "meta", or too large
    return value


def describe(value):
    """Say in a few words what a wrong value is."""
    if isinstance(value, torch.Tensor) and value.ndim > 0:
        return f"a {value.dtype} tensor of shape {tuple(value.shape)}"
    if isinstance(value, (tuple, list)) and any(
        isinstance(part, torch.Tensor) for part in value
    ):
        parts = ", ".join(map(describe, value[:2]))
        return f"a {type(value).__name__} of {len(value)}: {parts}"
    text = " ".join(repr(value).split())
    text = text if len(text) <= 60 else f"{text[:57]}..."
    return f"{text} ({type(value).__name__})"


def require(name, value, wanted, fits):
    """Return the value if it fits, else say what was wanted."""
    if not fits:
        raise ArgumentError(
            f"{name}: expected {wanted}, got {describe(value)}"
        )
    return value


def instance_of(wanted, *types):
    """Make the rule of an object of one of the types."""

    def rule(name, value):
        return require(name, value, wanted, isinstance(value, types))

    return rule


require_net = instance_of("a torch.nn.Module", torch.nn.Module)
require_path = instance_of("a path", str, os.PathLike)
require_text = instance_of("a string", str)


def require_tensor(name, value, axes):
    """Require a dense tensor with these axes, whose sums do not overflow."""
    shape = f"({', '.join(axes)})"
    require(name, value, "a tensor", isinstance(value, torch.Tensor))
    require(name, value, f"{len(axes)} axes {shape}", value.ndim == len(axes))
    require(name, value, f"no empty axis in {shape}", 0 not in value.shape)
    adds_up = value.is_floating_point() or value.dtype == torch.int64
    fits = adds_up and value.layout == torch.strided
    return require(name, value, "a dense floating-point tensor", fits)


def tensor_of(*axes):
    """Make the rule of a tensor with these axes."""
    return functools.partial(require_tensor, axes=axes)


def require_int(name, value, minimum):
    """Require an integer that is at least ``minimum``."""
    number = plain(value)
    fits = isinstance(number, int) and not isinstance(number, bool)
    fits = fits and number >= minimum
    require(name, value, f"an integer >= {minimum}", fits)
    return number


def require_ints(name, value, minimum, count=None):
    """Require a tuple or list of ``count`` integers, or of one or more."""
    fits = isinstance(value, (tuple, list)) and len(value) > 0
    fits = fits and count in (None, len(value))
    wanted = "integers" if count is None else f"{count} integers"
    require(name, value, f"{wanted} in a tuple", fits)
    return tuple(require_int(name, number, minimum) for number in value)


def require_int_or_two(name, value, minimum):
    """Require an integer, or two for height and width."""
    if isinstance(value, (tuple, list)):
        return require_ints(name, value, minimum, count=2)
    return require_int(name, value, minimum)


def require_number(name, value):
    """Require a number; it may be nan, infinite, True or False."""
    try:
        number = plain(value.item() if hasattr(value, "item") else value)
    except (RuntimeError, ValueError):
        number = None  # a tensor or an array of several
    require(name, value, "a number", isinstance(number, (int, float)))
    return number


def require_finite(name, value, kind="a finite number", above=-math.inf):
    """Require a number that is neither nan nor infinite."""
    number = require_number(name, value)
    fits = above < number < math.inf and not isinstance(number, bool)
    require(name, value, kind, fits)
    return number


def require_positive(name, value):
    """Require a finite number greater than zero."""
    return require_finite(name, value, "a finite number > 0", above=0)


def require_pair(name, value):
    """Require two finite numbers."""
    fits = isinstance(value, (tuple, list)) and len(value) == 2
    require(name, value, "two numbers in a tuple", fits)
    return tuple(require_finite(name, number) for number in value)


def require_flag(name, value):
    """Require True or False: any text would count as True."""
    flag = plain(value)
    require(name, value, "True or False", isinstance(flag, bool))
    return flag


def require_sized(name, value):
    """Require a sequence that is no text, or a tensor with a first axis."""
    fits = hasattr(value, "__getitem__") and hasattr(value, "__len__")
    fits = fits and not isinstance(value, (str, bytes, dict))
    if isinstance(value, (torch.Tensor, np.ndarray)):
        fits = value.ndim > 0
    return require(name, value, "a list", fits)


def require_texts(name, value):
    """Require a sequence of strings."""
    for text in require_sized(name, value):
        require_text(name, text)
    return value


def require_device(name, value):
    """Require a device, or its name, that torch can use here."""
    try:
        device = torch.device(value)
    except (RuntimeError, TypeError):
        return require(name, value, "a torch.device", False)
    there = math.inf
    if device.type == "cuda":
        there = torch.cuda.device_count()
    elif device.type == "mps":  # one or none
        there = int(torch.backends.mps.is_available())
    if there <= (device.index or 0):
        raise ArgumentError(
            f"{name}: expected a device that is there, got {device}, but "
            f"torch sees {there} GPUs of the kind {device.type}; "
            "try_gpu() takes what is there"
        )
    return value


at_least_0 = functools.partial(require_int, minimum=0)
at_least_1 = functools.partial(require_int, minimum=1)
sides = functools.partial(require_int_or_two, minimum=1)

RULES = {
    "num_epochs batch_size n nrows ncols num_rows num_cols": at_least_1,
    "in_channels out_channels num_channels": at_least_1,
    "i seed crop cutout": at_least_0,
    "kernel_size strides resize": sides,
    "padding": functools.partial(require_int_or_two, minimum=0),
    "input_size": functools.partial(require_ints, minimum=1),
    "lr scale": require_positive,
    "figsize xlim ylim": require_pair,
    "allow_stand_in amp channels_last compile flip plot": require_flag,
    "shuffle use_1x1conv": require_flag,
    "net module": require_net,
    "device": require_device,
    "checkpoint root": require_path,
    "source title xlabel ylabel": require_text,
    "classes fmts legend titles": require_texts,
}
RULES = {
    name: rule for names, rule in RULES.items() for name in names.split()
}
