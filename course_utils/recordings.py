"""Long training runs: trained where there is a GPU, else shown as recorded.

A recording is written by the very function that a lesson shows. It keeps
that function's source, and where and when it ran.
"""

import dataclasses
import json
from pathlib import Path

from .arguments import (
    describe,
    require_callable,
    require_identifier,
    validated,
)
from .device import environment, try_gpu
from .fast import fast_mode
from .files import replacing
from .history import History

RECORDINGS = Path(__file__).parent / "recordings"

_tried: set = set()  # functions that trained in fast mode


def _check_recorded(name, train, args):
    require_identifier("name", name)
    require_callable("train", train)
    return {"args": args}  # as they are: they are for train


@validated(_check_recorded)
def recorded(name, train, *args):
    """Return the history of a long run, without the wait where possible.

    It trains if there is a GPU. Else it returns the recording, and says so
    in one line, or that the run is still pending. In fast mode it trains
    once with each function, to show that the function works. `make runs`
    writes the recordings.

    Parameters
    ----------
    name : str
        Of the recording, such as "08_resnet20".
    train : callable
        Returns a :class:`History`.
    *args
        What ``train`` is called with.

    Returns
    -------
    History
        Its ``recorded`` is empty if it trained just now. A pending run has
        no epoch.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, or the recording is damaged.

    Notes
    -----
    Lesson 06.
    """
    path = RECORDINGS / f"{name}.json"
    if fast_mode():
        show = train in _tried
        _tried.add(train)
    else:
        show = try_gpu().type == "cpu"
    if show and path.exists():
        history = load(path)
        print(f"{name}: {history.recorded}")
        return history
    if show:
        print(f"{name}: pending, nobody has trained it yet; see make runs")
        return History()
    history = train(*args)
    if not isinstance(history, History):
        raise TypeError(
            "train: expected a function that returns a History, this one "
            f"returned {describe(history)}"
        )
    return history


def save(path, code, history):
    """Write a recording: the history, the function's code, where it ran."""
    content = {
        **environment(history.device),
        "code": code,
        "history": history.to_dict(),
    }
    path.parent.mkdir(exist_ok=True)
    with replacing(path) as file:
        file.write(f"{json.dumps(content, indent=1)}\n".encode())


def load(path):
    """Read a recording; its history says where and when it was made."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        where = (
            f"recorded {content['date']}, {content['device']}, "
            f"torch {content['versions']['torch']}, "
            f"{sum(content['history']['seconds']):,.0f} s of training"
        )
        history = History(**content["history"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path.name}: the recording is damaged ({error}). Get the file "
            "anew, or delete it and train again: make runs."
        ) from error
    return dataclasses.replace(history, recorded=where)
