"""The table of layers that a net's input went through."""

from dataclasses import dataclass

from torch import nn

from ..arguments import validated
from . import rules
from .trace import Function, Trace, shape_of, written

SHOWN = 12  # rows above the layer that failed: the table stays small


@dataclass
class Explanation:
    """What went through each layer, and what is known where one failed.

    Attributes
    ----------
    rows : list of tuple of str
        Name, layer, shape of the input, shape of the output.
    failed : str
        The name of the layer that failed, or "".
    found, write : str
        What it expected and got, and what to write; "" where not known.
    said : str
        The first line of torch's own message.
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
        label = "Write" if "`" in self.write else "Try"
        for name, text in (
            ("PyTorch says", self.said and f"`{self.said}`"),
            (f"Layer {self.failed}" if self.failed else "But", self.found),
            (label, self.write),
        ):
            lines += [f"\n**{name}:** {text}"] if text else []
        return "\n".join(lines if self.rows else lines[2:]).strip()

    __repr__ = _repr_markdown_


def explained(trace):
    """Return the explanation of a run."""
    rows = [row[:4] for row in trace.rows]
    if trace.error is None:
        return Explanation(rows)
    name, layer, arguments, _ = trace.failed
    rows.append((name, written(layer), shape_of(arguments), "fails"))
    try:
        found, write = rules.advice(trace) or ("", "")
    except Exception:  # a rule met what it was not made for
        found = write = ""
    said = str(trace.error).partition("\n")[0].replace("`", "'")
    return Explanation(rows, name, found, write, said)


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
    loss = loss if isinstance(loss, nn.Module) else Function(loss)
    after = explained(Trace(loss, (trace.output, y), name="loss"))
    after.rows = seen.rows + after.rows
    if not after.failed:
        found = rules.doubt(written(loss), trace.output, y)
        after.found, after.write = found or ("", "")
    return after
