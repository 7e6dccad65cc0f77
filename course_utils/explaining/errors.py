"""Explain an error from its traceback, below it.

The outermost call of a module in a traceback is that of the net, or of the
loss, and has its input. It runs once more; only where it fails with the
very same words, and a rule knows why, is there an explanation.
"""

import contextlib
import functools
import math
import traceback

import torch
from IPython import get_ipython
from IPython.display import display
from torch import nn
from torch.nn import functional as F
from torch.nn.modules import conv
from torch.nn.modules.loss import _Loss

from . import rules
from .table import Explanation, explained
from .trace import Function, Trace

WRAPPERS = {"Scoring": "net", "OptimizedModule": "_orig_mod"}  # and their net


def _groups(names):
    """Explain a convolution that could not be made."""
    c_i, c_o = names["in_channels"], names["out_channels"]
    common, groups = math.gcd(c_i, c_o), names["groups"]
    if groups < 1 or common % groups == 0:
        return None
    fits = [str(g) for g in range(1, common + 1) if common % g == 0]
    found = f"groups={groups} must divide {c_i} and {c_o} channels"
    name = type(names["self"]).__name__
    return Explanation([], name, found, f"`groups={' or '.join(fits)}`")


def _run_again(frame):
    """Run the net or loss that a frame calls; None if it calls none."""
    names, code = frame.f_locals, frame.f_code
    if code is nn.Module._call_impl.__code__:
        net = names["self"]
        while type(net).__name__ in WRAPPERS:
            net = getattr(net, WRAPPERS[type(net).__name__])
        name = "loss" if isinstance(net, _Loss) else "net"
        return Trace(net, names["args"], names["kwargs"], name)
    function = getattr(F, code.co_name, None)
    if code.co_name in rules.FUNCTIONS and function is not None:
        if function.__code__ is code:
            values = [names[n] for n in code.co_varnames[: code.co_argcount]]
            return Trace(Function(function), values, name="loss")
    return None


def explanation(error):
    """Return the :class:`Explanation` of an error; None where not known."""
    if not isinstance(error, Exception):
        return None  # an interruption, or there is no error
    if isinstance(error, torch.OutOfMemoryError):
        return None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code is conv._ConvNd.__init__.__code__:
            return _groups(frame.f_locals)
        trace = _run_again(frame)
        if trace is not None:
            seen, again = explained(trace), trace.error
            same = type(again) is type(error) and str(again) == str(error)
            seen.said = ""  # it stands above
            return seen if same and seen.found else None
    return None


def _after_cell(result):
    """Show what is known below the traceback of a cell."""
    with contextlib.suppress(BaseException):  # never in the way
        seen = explanation(result.error_in_exec)
        if seen is not None:
            display(seen)


def _is_on(shell):
    return _after_cell in shell.events.callbacks["post_run_cell"]


def explain_errors(on=True):
    """Explain errors of nets below their tracebacks, in any cell; or stop.

    ``use_course_style()`` turns it on. Outside of IPython it does nothing.
    """
    shell = get_ipython()
    if shell is not None and bool(on) != _is_on(shell):
        events = shell.events
        change = events.register if on else events.unregister
        change("post_run_cell", _after_cell)


def _note(error):
    shell = get_ipython()
    if hasattr(error, "__notes__") or (shell is not None and _is_on(shell)):
        return  # it is or will be explained
    seen = explanation(error)
    if seen is not None:
        error.add_note(f"\n{seen!r}")


def noted(function):
    """Decorate a function so that its errors carry their explanation."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Exception as error:
            with contextlib.suppress(BaseException):  # never in the way
                _note(error)
            raise

    return wrapper
