"""Argument checks: errors that name the argument, what came, what fits."""

import functools
import inspect
import math
import numbers
import os

import numpy as np
import torch


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
        more = ", ..." if len(value) > 2 else ""
        return f"a {type(value).__name__} of {len(value)}: {parts}{more}"
    text = " ".join(repr(value).split())
    if len(text) > 60:
        text = text[:57] + "..."
    return f"{text} ({type(value).__name__})"


class ArgumentError(TypeError, ValueError):
    """An argument that does not fit; the text begins with its name."""


def require(name, value, wanted, fits):
    """Return the value if it fits, else say what was wanted."""
    if not fits:
        raise ArgumentError(
            f"{name}: expected {wanted}, got {describe(value)}"
        )
    return value


def require_tensor(name, value, axes):
    """Require a tensor with the given axes, of a dtype that adds up safely.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : object
        What the caller passed.
    axes : tuple of str
        The axes' names; their number is the rank that is required.

    Raises
    ------
    TypeError
        If it is no tensor, or of a dtype whose sums overflow or round.
    ValueError
        If the rank differs or an axis is empty.
    """
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"{name}: expected a tensor, got {describe(value)}")
    if value.layout != torch.strided:
        raise TypeError(
            f"{name}: expected a dense tensor, got one of layout "
            f"{value.layout}; convert it with .to_dense()"
        )
    shape = f"({', '.join(axes)})"
    if value.ndim != len(axes):
        raise ValueError(
            f"{name}: expected {len(axes)} axes {shape}, "
            f"got {describe(value)}"
        )
    if 0 in value.shape:
        raise ValueError(
            f"{name}: expected no empty axis in {shape}, "
            f"got {describe(value)}"
        )
    if not (value.is_floating_point() or value.dtype == torch.int64):
        raise TypeError(
            f"{name}: expected a floating-point tensor, "
            f"got {describe(value)}; convert it with .float()"
        )


def require_int(name, value, minimum):
    """Require an integer that is at least ``minimum``; return it."""
    number = plain(value)
    is_int = isinstance(number, int) and not isinstance(number, bool)
    if not is_int or number < minimum:
        error = ValueError if is_int else TypeError
        raise error(
            f"{name}: expected an integer >= {minimum}, got {describe(value)}"
        )
    return number


def require_ints(name, value, count, minimum):
    """Require a tuple or list of ``count`` integers >= ``minimum``."""
    if not isinstance(value, (tuple, list)) or len(value) != count:
        raise TypeError(
            f"{name}: expected {count} integers in a tuple, "
            f"got {describe(value)}"
        )
    for number in value:
        require_int(name, number, minimum)


def require_finite(name, value, kind="a finite number", above=-math.inf):
    """Require a number that is neither nan nor infinite; return it."""
    number = plain(value)
    if not isinstance(number, (int, float)) or isinstance(number, bool):
        raise TypeError(f"{name}: expected a number, got {describe(value)}")
    if not above < number < math.inf:
        raise ValueError(f"{name}: expected {kind}, got {describe(value)}")
    return number


def require_positive(name, value):
    """Require a finite number greater than zero; return it."""
    return require_finite(name, value, "a finite number > 0", above=0)


def require_number(name, value):
    """Require one real number, also as all of a tensor; return it.

    It may be nan, infinite, True or False, and need a gradient.
    """
    try:
        number = plain(value.item() if hasattr(value, "item") else value)
        if not isinstance(number, (str, bytes, bytearray)):
            as_float = float(number)
            return number if isinstance(number, int) else as_float
    except (TypeError, ValueError, RuntimeError, OverflowError):
        pass  # no number, several, or one that is too large
    raise TypeError(f"{name}: expected a number, got {describe(value)}")


def require_flag(name, value):
    """Require True or False: any text would count as True."""
    flag = plain(value)
    require(name, value, "True or False", isinstance(flag, bool))
    return flag


def require_type(name, value, types):
    """Require an object of a type, or of one of several."""
    if not isinstance(value, types):
        types = types if isinstance(types, tuple) else (types,)
        wanted = " or ".join(kind.__name__ for kind in types)
        raise TypeError(f"{name}: expected {wanted}, got {describe(value)}")


def require_text(name, value):
    """Require a string."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a string, got {describe(value)}")


def require_identifier(name, value):
    """Require the name of a file, without its ending and folder."""
    require_text(name, value)
    if not value.replace("_", "a").isalnum():
        raise ValueError(
            f"{name}: expected letters, digits and underscores, got "
            f"{describe(value)}"
        )


def require_sized(name, value):
    """Require a sequence that is no text, or a tensor with a first axis."""
    is_sequence = hasattr(value, "__getitem__") and hasattr(value, "__len__")
    if not is_sequence or isinstance(value, (str, bytes, dict)):
        raise TypeError(f"{name}: expected a list, got {describe(value)}")
    if isinstance(value, (torch.Tensor, np.ndarray)) and value.ndim == 0:
        raise TypeError(f"{name}: expected a list, got {describe(value)}")


def require_texts(name, value):
    """Require a sequence of strings."""
    require_sized(name, value)
    for text in value:
        require_text(name, text)


def instance_of(wanted, *types):
    """Make the rule of an object of one of the types."""

    def rule(name, value):
        return require(name, value, wanted, isinstance(value, types))

    return rule


require_net = instance_of("a torch.nn.Module", torch.nn.Module)
require_path = instance_of("a path", str, os.PathLike)


def require_device(name, value):
    """Require a device, or its name, that torch can use here."""
    try:
        device = torch.device(value)
    except (RuntimeError, TypeError) as error:
        raise ValueError(
            f"{name}: expected a torch.device, got {describe(value)}"
        ) from error
    there = math.inf
    if device.type == "cuda":
        there = torch.cuda.device_count()
    elif device.type == "mps":  # one or none
        there = int(torch.backends.mps.is_available())
    if there <= (device.index or 0):
        raise ValueError(
            f"{name}: expected a device that is there, got {device}, but "
            f"torch sees {there} GPUs of the kind {device.type}; "
            "try_gpu() takes what is there"
        )
    return value


def require_callable(name, value):
    """Require something that can be called, such as a net or a loss."""
    if not callable(value):
        raise TypeError(
            f"{name}: expected something callable, got {describe(value)}"
        )


at_least_0 = functools.partial(require_int, minimum=0)
at_least_1 = functools.partial(require_int, minimum=1)

RULES = {
    "num_epochs batch_size n": at_least_1,
    "seed": at_least_0,
    "lr": require_positive,
    "amp channels_last compile plot": require_flag,
    "net module": require_net,
    "device": require_device,
    "checkpoint": require_path,
}
RULES = {
    name: rule for names, rule in RULES.items() for name in names.split()
}
