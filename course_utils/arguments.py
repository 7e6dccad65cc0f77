"""The rules of arguments: errors that name what came and what fits.

A rule is a function of an argument's name and value. It returns the value
to go on with, numbers as Python's own, or raises an error that begins with
the name. The course's names mean the same everywhere, so ``RULES`` holds
the rule of each; :func:`validated` applies them.
"""

import functools
import inspect
import math
import operator

import numpy as np
import torch


class ArgumentError(TypeError, ValueError):
    """An argument that does not fit; the text begins with its name."""


def validated(also=None, **rules):
    """Decorate a function so that its arguments are looked at first.

    So the body stays the very code that a lesson shows. ``rules`` are for
    names that mean something else here, or that ``RULES`` lacks; None
    needs no rule where it is the default. ``also`` is called with all
    arguments by name, for what no argument tells alone; it may return a
    dict of arguments to take instead.
    """

    def decorate(function):
        signature = inspect.signature(function)
        named = {**RULES, **rules}

        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            arguments = bound.arguments
            for name, value in arguments.items():
                optional = signature.parameters[name].default is None
                if not (value is None and optional):
                    rule = named.get(name)
                    value = rule(name, value) if rule else plain(value)
                    arguments[name] = value
            if also is not None:
                arguments.update(also(**arguments) or {})
            return function(*bound.args, **bound.kwargs)

        return wrapper

    return decorate


def plain(value):
    """Return NumPy's and torch's numbers as Python's, also inside lists."""
    if type(value) in (tuple, list):
        return type(value)(map(plain, value))
    if type(value) is dict:
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, (np.generic, np.ndarray, torch.Tensor)):
        return value if value.ndim else value.item()
    return value


def describe(value):
    """Say in a few words what a wrong value is."""
    if isinstance(value, torch.Tensor) and value.ndim > 0:
        return f"a {value.dtype} tensor of shape {tuple(value.shape)}"
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


def rule_of(wanted, fits):
    """Make a rule of the words for what is wanted and of a test for it."""

    def rule(name, value):
        value = plain(value)
        return require(name, value, wanted, fits(value))

    return rule


def tensor_of(*axes):
    """Make the rule of a tensor with these axes, whose sums fit its dtype."""

    def fits(value):
        right = isinstance(value, torch.Tensor) and value.ndim == len(axes)
        if not right or 0 in value.shape:
            return False
        return value.is_floating_point() or value.dtype == torch.int64

    names = ", ".join(axes)
    wanted = f"a floating-point tensor with {len(axes)} axes ({names})"
    return rule_of(wanted, fits)


def is_number(value, above=-math.inf):
    """Tell whether a value is a finite number above another."""
    is_real = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_real and above < value < math.inf


def is_integer(value, low):
    """Tell whether a value is an integer that is at least ``low``."""
    return isinstance(value, int) and is_number(value, low - 1)


def is_pair(value, low):
    """Tell whether a value is two such integers, for height and width."""
    is_two = isinstance(value, (tuple, list)) and len(value) == 2
    return is_two and all(is_integer(part, low) for part in value)


def is_device(value):
    """Tell whether a value is a device, or its name, that is there."""
    try:
        torch.empty(0, device=torch.device(value))
    except (AssertionError, RuntimeError, TypeError):
        return False
    return True


RULES = {
    "num_epochs batch_size n num_rows num_cols num_channels": rule_of(
        "an integer >= 1", lambda v: is_integer(v, 1)
    ),
    "i seed crop cutout": rule_of(
        "an integer >= 0", lambda v: is_integer(v, 0)
    ),
    "resize": rule_of(
        "an integer >= 1, or two in a tuple",
        lambda v: is_integer(v, 1) or is_pair(v, 1),
    ),
    "pool_size": rule_of(
        "two integers >= 1 in a tuple", lambda v: is_pair(v, 1)
    ),
    "lr scale": rule_of("a finite number > 0", lambda v: is_number(v, 0)),
    "amp channels_last plot verbose flip shuffle use_1x1conv": rule_of(
        "True or False", lambda v: isinstance(v, bool)
    ),
    "net module": rule_of(
        "a torch.nn.Module", lambda v: isinstance(v, torch.nn.Module)
    ),
    "device": rule_of("a device that is there, as try_gpu() is", is_device),
    "train_iter test_iter data_iter": rule_of(
        "an iterable of at least one batch (X, y)",
        lambda v: hasattr(v, "__iter__") and operator.length_hint(v, 1) > 0,
    ),
    "loss criterion": rule_of(
        "an object such as nn.CrossEntropyLoss()",
        lambda v: callable(v) and not isinstance(v, type),
    ),
    "init": rule_of(
        "a function of a module, or None", lambda v: v is None or callable(v)
    ),
    "optimizer": rule_of(
        "a class such as torch.optim.SGD, or a function", callable
    ),
    "scheduler": rule_of(
        "a function such as lambda optimizer: StepLR(optimizer, 1)", callable
    ),
}
RULES = {
    name: rule for names, rule in RULES.items() for name in names.split()
}
