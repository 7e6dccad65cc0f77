"""Tables of what was measured, for the notebook and for ``results/``."""

import json
import os
import statistics
from pathlib import Path

import torch

from .arguments import (
    require_device,
    require_identifier,
    require_number,
    require_text,
    require_type,
    validated,
)
from .cost import check_cost, count_cost
from .device import environment
from .fast import fast_mode
from .files import replacing
from .history import History

# How each column is written: its heading and its format.
COLUMNS = {
    "name": ("net", "{}"),
    "parameters": ("parameters", "{:,}"),
    "multiply_adds": ("multiply-adds", "{:,}"),
    "epochs": ("epochs", "{}"),
    "train_acc": ("train acc", "{:.3f}"),
    "test_acc": ("test acc", "{:.3f}"),
    "test_acc_std": ("± over seeds", "{:.3f}"),
    "seeds": ("seeds", "{}"),
    "seconds": ("training, s", "{:.0f}"),
    "examples_per_sec": ("examples/s", "{:,.0f}"),
    "source": ("source", "{}"),
}
AVERAGED = ("train_acc", "test_acc", "seconds", "examples_per_sec")


def _cell(column, value):
    if value is None:
        return ""
    if column == "seconds" and value < 10:  # where a second is a lot
        return f"{value:.2f}"
    return COLUMNS[column][1].format(value)


def markdown_table(rows):
    """Return rows, dicts with the keys of ``COLUMNS``, as Markdown."""
    columns = [
        c for c in COLUMNS if any(row.get(c) is not None for row in rows)
    ]
    lines = ["| " + " | ".join(COLUMNS[c][0] for c in columns) + " |"]
    align = [":--" if c in ("name", "source") else "--:" for c in columns]
    lines.append("| " + " | ".join(align) + " |")
    for row in rows:
        cells = (_cell(c, row.get(c)) for c in columns)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _check_table(self, name, title, data, device):
    require_identifier("name", name)
    require_text("title", title)
    require_text("data", data)
    require_device("device", device)


def _check_history(name, history):
    require_type(name, history, History)
    for column in ("loss", "train_acc", "test_acc", "seconds"):
        if not getattr(history, column):
            raise ValueError(f"{name}: expected one epoch or more, got none")


def _check_row(self, name, net, input_size, history):
    require_text("name", name)
    check_cost(net, input_size)
    _check_history("history", history)


def _check_seeds(self, name, net, input_size, histories):
    require_text("name", name)
    check_cost(net, input_size)
    require_type("histories", histories, (list, tuple))
    if len(histories) < 2:
        raise ValueError(
            "histories: expected those of two seeds or more, got "
            f"{len(histories)}"
        )
    for i, history in enumerate(histories):
        _check_history(f"histories[{i}]", history)


def _check_published(self, name, source, values):
    require_text("name", name)
    require_text("source", source)
    for column, value in values.items():
        if column not in COLUMNS:
            raise TypeError(
                f"{column}: expected one of the columns {', '.join(COLUMNS)}"
            )
        if value is not None:
            values[column] = require_number(column, value)


def _measured(name, net, input_size, history):
    """Return a trained net's row."""
    parameters, multiply_adds = count_cost(net, input_size)
    return {
        "name": name,
        "parameters": parameters,
        "multiply_adds": multiply_adds,
        "epochs": len(history),
        "train_acc": history.train_acc[-1],
        "test_acc": history.test_acc[-1],
        "seconds": sum(history.seconds),
        "examples_per_sec": history.examples_per_sec,
        "source": "recorded" if history.recorded else "this run",
    }


class Table:
    """Measured rows, shown as a table in a notebook.

    Parameters
    ----------
    name : str
        Of the results file, such as "05_lenet".
    title : str
    data : str
        Source of the data; a history's ``source``.
    device : torch.device or str
    """

    @validated(_check_table)
    def __init__(self, name, title, data, device):
        self.name, self.title = name, title
        self.data, self.device = data, torch.device(device)
        self.rows, self.published = [], []

    @validated(_check_row)
    def add(self, name, net, input_size, history):
        """Add a trained net: its cost, and what its history measured."""
        self.rows.append(_measured(name, net, input_size, history))

    @validated(_check_seeds)
    def add_seeds(self, name, net, input_size, histories):
        """Add a net that was trained with several seeds.

        The row holds means, also of the seconds of a run and of its examples
        per second, and the standard deviation of the test accuracy.
        """
        rows = [_measured(name, net, input_size, h) for h in histories]
        means = {
            column: statistics.mean(row[column] for row in rows)
            for column in AVERAGED
        }
        spread = statistics.stdev(row["test_acc"] for row in rows)
        means.update(test_acc_std=spread, seeds=len(rows))
        self.rows.append({**rows[0], **means})

    @validated(_check_published)
    def add_published(self, name, source, **values):
        """Add somebody else's numbers, with where they are from."""
        self.published.append({"name": name, "source": source, **values})

    def save(self):
        """Write ``$COURSE_RESULTS/<name>.json``; nothing where it is unset.

        ``make execute`` sets it, so that the results page is made from the
        very run that the notebook shows. Fast mode writes nothing: its
        numbers mean nothing.
        """
        folder = os.environ.get("COURSE_RESULTS")
        if not folder or fast_mode():
            return
        content = {
            "title": self.title,
            "data": self.data,
            **environment(self.device),
            "rows": self.rows,
            "published": self.published,
        }
        with replacing(Path(folder) / f"{self.name}.json") as file:
            file.write(f"{json.dumps(content, indent=1)}\n".encode())

    def _repr_markdown_(self):
        here = environment(self.device)
        return (
            f"{markdown_table(self.rows + self.published)}\n\n"
            f"This run: {self.data}; {here['device']}; "
            f"torch {here['versions']['torch']}; {here['date']}."
        )

    def __repr__(self):
        return self._repr_markdown_()
