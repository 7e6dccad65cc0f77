"""Explain where a net fails: on its own, or below a traceback.

The outermost call of a module in a traceback is that of the net, or of the
loss, and has its input. It runs once more; only where it fails with the
very same words, and a rule knows why, is there an explanation.
"""

import contextlib
import functools
import traceback
from dataclasses import dataclass

import torch
from IPython import get_ipython
from IPython.display import display
from torch import nn
from torch.nn.modules.loss import _Loss

from ..arguments import validated
from . import rules
from .trace import Trace, shape_of, written

SHOWN = 12  # rows above the layer that failed: the table stays small
CALL = nn.Module._call_impl.__code__
WRAPPERS = "Scoring", "OptimizedModule"  # the net is the next call


@dataclass
class Explanation:
    """What went through each layer, and what is known where one failed.

    ``rows`` have name, layer, shapes of input and output. ``failed`` is the
    name of the layer that failed, ``found`` what it expected and got,
    ``write`` what to write, ``said`` torch's own message; "" if not known.
    """

    rows: list
    failed: str = ""
    found: str = ""
    write: str = ""
    said: str = ""

    def _repr_markdown_(self):
        rows, left = list(self.rows), len(self.rows) - SHOWN
        if self.failed and left > 0:
            rows[:left] = [("...", f"{left} before", "", "")]
        rows.insert(0, ("layer", "", "input", "output"))
        widths = [max(3, *map(len, column)) for column in zip(*rows)]
        rows.insert(1, [":" + "-" * (width - 1) for width in widths])
        lines = [
            f"| {' | '.join(map(str.ljust, row, widths))} |" for row in rows
        ]
        texts = {
            "PyTorch says": self.said and f"`{self.said}`",
            f"Layer {self.failed}" if self.failed else "But": self.found,
            "Write" if "`" in self.write else "Try": self.write,
        }
        lines += [f"\n**{n}:** {text}" for n, text in texts.items() if text]
        return "\n".join(lines)

    __repr__ = _repr_markdown_


def explained(trace):
    """Return the explanation of a run."""
    rows = [row[:4] for row in trace.rows]
    if trace.error is None:
        return Explanation(rows)
    name, layer, arguments, _ = trace.failed
    rows.append((name, written(layer), shape_of(arguments), "fails"))
    said = str(trace.error).partition("\n")[0].replace("`", "'")
    seen = Explanation(rows, name, said=said)
    with contextlib.suppress(Exception):  # a rule was not made for this
        seen.found, seen.write = rules.advice(trace) or ("", "")
    return seen


@validated()
def explain(net, X, y=None, loss=None):
    """Show the shapes that go through a net's layers, and where one fails.

    The net is not changed, and no error is raised: where a layer fails, the
    table ends with it, what it expected, and what to write, if that follows
    from layers, shapes and types. Lessons 03 and 05.

    Parameters
    ----------
    net : torch.nn.Module
    X : torch.Tensor
        A batch of any shape; or a tuple of the net's inputs.
    y : torch.Tensor, optional
        The labels. With them, the loss is computed, too.
    loss : callable, optional
        From scores and labels to a number; by default cross-entropy.

    Returns
    -------
    Explanation
        Shown as a table in a notebook.
    """
    trace = Trace(net, X if isinstance(X, tuple) else (X,))
    seen = explained(trace)
    if y is None or seen.failed:
        return seen
    loss = loss or nn.CrossEntropyLoss()
    if not isinstance(loss, nn.Module):  # hooks need one, named like it
        name = getattr(loss, "__name__", "function")
        loss = type(name, (nn.Module,), {"forward": staticmethod(loss)})()
    after = explained(Trace(loss, (trace.output, y), name="loss"))
    after.rows = seen.rows + after.rows
    if not after.failed:
        found = rules.doubt(written(loss), trace.output)
        after.found, after.write = found or ("", "")
    return after


def explanation(error):
    """Return the :class:`Explanation` of an error; None where not known."""
    lacks_memory = isinstance(error, torch.OutOfMemoryError)
    if lacks_memory or not isinstance(error, Exception):
        return None  # also after an interruption, or without an error
    for frame, _ in traceback.walk_tb(error.__traceback__):
        called, is_call = frame.f_locals, frame.f_code is CALL
        net = called.get("self")
        if is_call and type(net).__name__ not in WRAPPERS:
            name = "loss" if isinstance(net, _Loss) else "net"
            trace = Trace(net, called["args"], called["kwargs"], name)
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


def _is_on():
    shell = get_ipython()
    return shell and _after_cell in shell.events.callbacks["post_run_cell"]


def explain_errors(on=True):
    """Explain errors of nets below their tracebacks, in any cell; or stop.

    ``use_course_style()`` turns it on. Outside of IPython it does nothing.
    """
    shell = get_ipython()
    if shell is not None and bool(on) != _is_on():
        events = shell.events
        change = events.register if on else events.unregister
        change("post_run_cell", _after_cell)


def noted(function):
    """Decorate a function so that its errors carry their explanation."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Exception as error:
            with contextlib.suppress(BaseException):  # never in the way
                told = hasattr(error, "__notes__") or _is_on()
                seen = None if told else explanation(error)
                if seen is not None:
                    error.add_note(f"\n{seen!r}")
            raise

    return wrapper
