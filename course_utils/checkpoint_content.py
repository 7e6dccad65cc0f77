"""What a checkpoint may hold: numbers, tensors and containers of them."""

import io
import pickle
from collections import Counter

import numpy as np
import torch

from .history import History


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
