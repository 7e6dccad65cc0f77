"""Argument checks: errors that name the argument, what came, what fits."""

import functools
import inspect
import math

import numpy as np
import torch


def validated(check):
    """Decorate a function so that ``check`` sees its arguments first.

    The checks stay outside the body, so that the body is the very code
    that a lesson shows.

    Parameters
    ----------
    check : callable
        Called with the function's arguments by name; raises on bad input.
        May return a dict of arguments to take instead.
    """

    def decorate(function):
        signature = inspect.signature(function)

        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            bound.arguments.update(check(**bound.arguments) or {})
            return function(*bound.args, **bound.kwargs)

        return wrapper

    return decorate


def describe(value):
    """Say in a few words what a wrong value is."""
    if isinstance(value, torch.Tensor):
        return f"a {value.dtype} tensor of shape {tuple(value.shape)}"
    text = " ".join(repr(value).split())
    if len(text) > 60:
        text = text[:57] + "..."
    return f"{text} ({type(value).__name__})"


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
    """Require an integer that is at least ``minimum``."""
    is_int = isinstance(value, int) and not isinstance(value, bool)
    if not is_int or value < minimum:
        error = ValueError if is_int else TypeError
        raise error(
            f"{name}: expected an integer >= {minimum}, got {describe(value)}"
        )


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
    """Require a Python number that is neither nan nor infinite."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name}: expected a number, got {describe(value)}")
    if not above < value < math.inf:
        raise ValueError(f"{name}: expected {kind}, got {describe(value)}")


def require_positive(name, value):
    """Require a finite number greater than zero."""
    require_finite(name, value, "a finite number > 0", above=0)


def is_number(value):
    """Tell whether a value is one real number, also in a tensor or array."""
    if isinstance(value, (str, bytes, bytearray)):
        return False
    try:
        float(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return False
    return True


def require_flag(name, value):
    """Require True or False: any text would count as True."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(
            f"{name}: expected True or False, got {describe(value)}"
        )


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


def require_net(name, value):
    """Require a net, not its class and not a function."""
    if not isinstance(value, torch.nn.Module):
        raise TypeError(
            f"{name}: expected a torch.nn.Module, got {describe(value)}"
        )


def require_device(name, value):
    """Require a device, or its name, that torch can use here."""
    try:
        device = torch.device(value)
    except (RuntimeError, TypeError) as error:
        raise ValueError(
            f"{name}: expected a torch.device, got {describe(value)}"
        ) from error
    counts = {
        "cuda": torch.cuda.device_count,
        "mps": torch.backends.mps.is_available,  # one or none
    }
    there = counts.get(device.type, lambda: math.inf)()
    if there <= (device.index or 0):
        raise ValueError(
            f"{name}: expected a device that is there, got {device}, but "
            f"torch sees {int(there)} GPUs of the kind {device.type}; "
            "try_gpu() takes what is there"
        )


def require_callable(name, value):
    """Require something that can be called, such as a net or a loss."""
    if not callable(value):
        raise TypeError(
            f"{name}: expected something callable, got {describe(value)}"
        )
