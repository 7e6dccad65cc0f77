"""The names that all code shares, and how to set them back."""

import builtins
import inspect
import math
import os
from types import FunctionType
from typing import Any

import numpy as np
import torch

TORCH = os.path.dirname(torch.__file__)
SHARED: list[Any] = [
    torch,
    torch.Tensor,
    torch.nn,
    torch.nn.functional,
    np,
    math,
]
SHARED += [os, builtins]
SHARED += [v for v in vars(torch.nn).values() if isinstance(v, type)]


def snapshot():
    """Return what the names of each shared module and class stand for."""
    return [vars(owner).copy() for owner in SHARED]


def _is_wrapped_by_torch(value, before):
    """Tell whether torch put a function around one of its own.

    It does so when parts of it are first imported.
    """
    return (
        isinstance(value, FunctionType)
        and value.__code__.co_filename.startswith(TORCH)
        and inspect.unwrap(value) is before
    )


def set_back(saved):
    """Undo assignments to shared modules and classes; return their names."""
    changed: list[str] = []
    for owner, names in zip(SHARED, saved):
        now = vars(owner).copy()
        wrong = [
            name
            for name, value in names.items()
            if now.get(name, saved) is not value
            and not _is_wrapped_by_torch(now.get(name), value)
        ]
        for name in wrong:
            setattr(owner, name, names[name])
        # A module gets new names when something is imported.
        new = now.keys() - names.keys() if isinstance(owner, type) else set()
        new -= {"__slotnames__"}  # Python's own, when an object is copied
        for name in new:
            delattr(owner, name)
        changed += [f"{owner.__name__}.{name}" for name in (*wrong, *new)]
    return changed
