"""Explain where a net fails: on its own, or below a traceback.

The outermost call of a module in a traceback is that of the net, or of the
loss, and has its input. It runs once more; only where it fails with the
very same words, and a rule knows why, is there an explanation.
"""

import contextlib
import copy
import io
import traceback

import torch
from IPython import display, get_ipython
from torch import nn
from torch.nn.modules.loss import _Loss
from torch.nn.parameter import UninitializedBuffer, is_lazy

from ..arguments import validated
from ..check.engine import same_random_states
from .rules import advice, doubt, shape_of, written

CALL = nn.Module._call_impl.__code__
SHOWN = 12  # rows above the layer that failed: the table stays small
WRAPPERS = "Scoring", "OptimizedModule"  # the net is the next call

in_cells: dict[str, bool] = {}  # whether errors are explained below them


def calls_in(error):
    """Return the modules that an error left, outermost first, and inputs."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    found = [frame.f_locals for frame in frames if frame.f_code is CALL]
    calls = [(call["self"], call["args"]) for call in found]
    return [c for c in calls if type(c[0]).__name__ not in WRAPPERS]


def _copied(net):
    """Copy a net; parameters are shared, as is what torch cannot copy."""
    memo: dict = {id(p): p for p in net.parameters() if not is_lazy(p)}
    for module in net.modules():
        for value in (*vars(module).values(), *module.buffers(False)):
            if isinstance(value, UninitializedBuffer):
                device = value.device
                memo[id(value)] = type(value)(device=device)  # type: ignore
            elif isinstance(value, torch.Tensor) and not value.is_leaf:
                memo[id(value)] = value
    return copy.deepcopy(net, memo)


class Explanation:
    """One run of a net's copy, and what is known where a layer failed.

    The copy has all that a run changes, such as statistics of batch norm.
    ``rows`` have name, layer, shapes of input and output. ``failed`` is the
    name of the layer that failed, ``found`` what it expected and got,
    ``write`` what to write, ``said`` torch's own message; "" if not known.
    """

    def __init__(self, net, inputs):
        name = "loss" if isinstance(net, _Loss) else "net"
        self.failed = self.found = self.write = self.said = self.error = ""
        self.rows: list = []
        self.passed: list = []  # of each layer its class, and shapes
        self.output = None
        self.net = _copied(net)
        names = {m: path or name for path, m in self.net.named_modules()}

        def note(layer, args, output):
            texts = written(layer), shape_of(args), shape_of(output)
            self.rows.append((names[layer], *texts))
            shapes = [getattr(v, "shape", ()) for v in (*args, output)]
            self.passed.append((type(layer), shapes))

        for layer in names:
            layer._forward_hooks.clear()  # they are the learner's
            if not list(layer.children()):
                layer.register_forward_hook(note)
        # A layer may change its input in place.
        inputs = [x.clone() if torch.is_tensor(x) else x for x in inputs]
        silent = contextlib.redirect_stdout(io.StringIO())
        try:
            with same_random_states(), torch.no_grad(), silent:
                self.output = self.net(*inputs)
        except Exception as error:
            layer, args = calls_in(error)[-1]
            self.error, self.failed = repr(error), names.get(layer, name)
            row = self.failed, written(layer), shape_of(args), "fails"
            self.rows.append(row)
            self.said = str(error).partition("\n")[0].replace("`", "'")
            with contextlib.suppress(Exception):  # a rule does not fit
                self.found, self.write = advice(self, layer, *args)

    def _repr_markdown_(self):
        rows, left = list(self.rows), len(self.rows) - SHOWN
        if self.failed and left > 0:
            rows[:left] = [("...", f"{left} before", "", "")]
        rows.insert(0, ("layer", "", "input", "output"))
        widths = [max(3, *map(len, column)) for column in zip(*rows)]
        rows.insert(1, [":" + "-" * (width - 1) for width in widths])
        cells = (map(str.ljust, row, widths) for row in rows)
        lines = [f"| {' | '.join(row)} |" for row in cells]
        texts = {
            "PyTorch says": self.said and f"`{self.said}`",
            f"Layer {self.failed}" if self.failed else "But": self.found,
            "Write" if "`" in self.write else "Try": self.write,
        }
        lines += [f"\n**{n}:** {text}" for n, text in texts.items() if text]
        return "\n".join(lines)

    __repr__ = _repr_markdown_


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
        A batch of any shape.
    y : torch.Tensor, optional
        The labels. With them, the loss is computed, too.
    loss : callable, optional
        From scores and labels to a number; by default cross-entropy.

    Returns
    -------
    Explanation
        Shown as a table in a notebook.
    """
    seen = Explanation(net, (X,))
    if y is None or seen.failed:
        return seen
    loss = loss or nn.CrossEntropyLoss()
    if not isinstance(loss, _Loss):  # hooks need a module, named like it
        name = getattr(loss, "__name__", type(loss).__name__)
        loss = type(name, (_Loss,), {"forward": staticmethod(loss)})()
    after = Explanation(loss, (seen.output, y))
    after.rows = seen.rows + after.rows
    if not after.failed:
        after.found, after.write = doubt(written(loss), seen.output)
    return after


def explanation(error):
    """Return the :class:`Explanation` of an error; None where not known."""
    if not isinstance(error, Exception):
        return None  # also after an interruption, or without an error
    with contextlib.suppress(BaseException):  # never in the way
        seen = Explanation(*calls_in(error)[0])
        if seen.found and seen.error == repr(error):
            seen.said = ""  # it stands above
            return seen
    return None


def _after_cell(result):
    """Show what is known below the traceback of a cell."""
    if in_cells["on"] and (seen := explanation(result.error_in_exec)):
        display.display(seen)


def explain_errors(on=True):
    """Explain errors of nets below their tracebacks, in any cell; or stop.

    ``use_course_style()`` turns it on. Outside of IPython it does nothing.
    """
    shell = get_ipython()
    if shell is not None:
        if not in_cells:
            shell.events.register("post_run_cell", _after_cell)
        in_cells["on"] = on


@contextlib.contextmanager
def noted():
    """Let errors carry their explanation where no cell will show it."""
    try:
        yield
    except Exception as error:
        if not in_cells.get("on") and (seen := explanation(error)):
            error.add_note(f"\n{seen!r}")
        raise
