"""Batches and nets that do not fit each other: errors that name them."""

import contextlib
import re

import torch

from .arguments import describe

OF_THE_MACHINE = re.compile("memory|CUDA|worker|[Cc]ompiler|[Tt]riton")


@contextlib.contextmanager
def naming(argument, given):
    """Turn what a net says about shapes into an error with a name.

    Parameters
    ----------
    argument : str
        What does not fit, for the message.
    given : str
        What the net was given.

    Raises
    ------
    ValueError
        Where the net raises RuntimeError. What a machine lacks, such as
        memory or a compiler, stays the error that it is.
    """
    try:
        yield
    except RuntimeError as error:
        text = " ".join(str(error).split())
        if OF_THE_MACHINE.search(text):
            raise
        raise ValueError(
            f"{argument}: the net cannot take {given} ({text[:200]})"
        ) from error


def require_scores(y_hat, n):
    """Require scores of n examples; looks at the shape only."""
    is_tensor = isinstance(y_hat, torch.Tensor)
    if is_tensor and y_hat.ndim == 2 and len(y_hat) == n:
        return
    way_out = "keep the batch as the first axis"
    if not is_tensor:
        way_out = "wrap the net in one that returns the scores alone"
    elif y_hat.ndim > 2:
        way_out = "end the net with nn.Flatten()"
    raise ValueError(
        f"net: expected scores of shape ({n}, classes), got "
        f"{describe(y_hat)}; {way_out}"
    )


def require_labels(labels, classes):
    """Require that there is a score for every label.

    Waits for the device, so it is called for the first batch, and once an
    epoch for all.

    Parameters
    ----------
    labels : dict of str to torch.Tensor
        The classes of each batch; the keys are for the message.
    classes : int
    """

    def limits(y):
        return tuple(int(label) for label in y.long().aminmax())

    low, high = limits(torch.cat([*labels.values()]))
    if low >= 0 and high < classes:
        return
    for where, y in labels.items():
        low, high = limits(y)
        if low < 0 or high >= classes:
            raise ValueError(
                f"{where}: labels run from {low} to {high}, but the net has "
                f"{classes} classes; expected labels 0 to {classes - 1}"
            )


def count_batches(batches):
    """Return the number of batches, None where it is not known.

    A DataLoader over a stream has a length that raises TypeError.
    """
    try:
        return len(batches)
    except TypeError:
        return None


def describe_batches(batches):
    """Return, by name, what a run depends on in a loader or a list."""
    names = "batch_size drop_last shuffle resize flip crop cutout normalize"
    found = {}
    for owner in (batches, getattr(batches, "batch_sampler", None)):
        for name in names.split():
            if hasattr(owner, name):
                found[name] = getattr(owner, name)
    if hasattr(batches, "sampler"):
        found["sampler"] = type(batches.sampler).__name__
    if isinstance(batches, (list, tuple)):
        with contextlib.suppress(TypeError, LookupError):
            found["batch_size"] = len(batches[0][0])
    found["batches"] = count_batches(batches)
    return found


def checked_batches(name, batches):
    """Pass batches on, and require each to be a pair (X, y) that fits.

    Looks at types and shapes only, so it never waits for the device.
    """
    for i, batch in enumerate(batches):
        where = f"{name}, batch {i + 1}"
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            raise TypeError(
                f"{where}: expected a pair (X, y), got {describe(batch)}"
            )
        X, y = batch
        if not isinstance(X, torch.Tensor) or X.ndim == 0:
            raise TypeError(
                f"{where}: expected X of shape (n, ...), got {describe(X)}"
            )
        if len(X) == 0:
            raise ValueError(
                f"{where}: expected one example or more, got {describe(X)}"
            )
        is_integer = isinstance(y, torch.Tensor) and not (
            y.is_floating_point() or y.is_complex()
        )
        if not is_integer or y.shape != X.shape[:1]:
            raise ValueError(
                f"{where}: expected y of {len(X)} integers, one for each of "
                f"X, got {describe(y)}"
            )
        yield X, y
