"""What the explorers take: small arrays of finite numbers."""

import numpy as np

from ..arguments import describe, plain


def as_array(name, value, axes, sizes):
    """Return a list, NumPy array or tensor as a float array.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
    axes : tuple of str
        The axes' names.
    sizes : tuple of (int, int)
        The least and the largest size of each axis.

    Raises
    ------
    ValueError
        If it is no such array, or holds a number that is not finite.
    """
    wanted = ", ".join(
        f"{axis} {low} to {high}" for axis, (low, high) in zip(axes, sizes)
    )
    try:
        if hasattr(value, "detach"):
            value = value.detach().cpu()
        array = np.asarray(value)
        if array.dtype.kind not in "buif":  # no text, no complex numbers
            raise TypeError
        array = array.astype(float)
    except (TypeError, ValueError, RuntimeError):
        array = np.empty(())
    fits = array.ndim == len(axes) and all(
        low <= n <= high for n, (low, high) in zip(array.shape, sizes)
    )
    if not fits:
        raise ValueError(
            f"{name}: expected numbers with the axes {wanted}, "
            f"got {_say(value)}"
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers, got nan or inf")
    return array


def require_between(name, value, low, high):
    """Require an integer from ``low`` to ``high``; return it."""
    number = plain(value)
    is_int = isinstance(number, int) and not isinstance(number, bool)
    if not is_int or not low <= number <= high:
        raise ValueError(
            f"{name}: expected an integer from {low} to {high}, "
            f"got {describe(value)}"
        )
    return number


def _say(value):
    if hasattr(value, "shape"):
        return f"an array of shape {tuple(value.shape)}"
    return describe(value)
