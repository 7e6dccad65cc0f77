"""What training leaves behind: a history, a table, a recorded run.

A recording of a long run is written by the very function that a lesson
shows. It keeps that function's source, and where and when it ran.
"""

import dataclasses
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, stdev

import torch

from .arguments import plain
from .device import environment, try_gpu
from .evaluation import count_cost
from .fast import fast_mode
from .files import replacing

RECORDINGS = Path(__file__).parent / "recordings"

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

_tried: set = set()  # functions that trained in fast mode


@dataclass
class History:
    """One value an epoch of everything that training measures.

    Attributes
    ----------
    device, source, recorded : str
        Where it ran, on which data, and, if not in this session, when.
    loss, train_acc, test_acc : list of float
        Mean training loss, and the shares of correct predictions.
    seconds, examples : list
        Time to train the epoch, without the evaluation; its examples.
    kept : dict
        What a lesson measures besides, such as weights, by name.
    """

    device: str = ""
    source: str = ""
    recorded: str = ""
    loss: list = field(default_factory=list)
    train_acc: list = field(default_factory=list)
    test_acc: list = field(default_factory=list)
    seconds: list = field(default_factory=list)
    examples: list = field(default_factory=list)
    kept: dict = field(default_factory=dict)

    def __len__(self):
        return len(self.loss)

    @property
    def examples_per_sec(self):
        """Training examples a second, over all epochs."""
        return sum(self.examples) / max(sum(self.seconds), 1e-9)

    def append(self, **values):
        """Add one epoch: a value for each of the lists."""
        for name, value in values.items():
            getattr(self, name).append(value)

    def to_dict(self):
        """Return plain lists and strings, as JSON and checkpoints need."""
        return plain(dataclasses.asdict(self))

    def __repr__(self):
        last = ", ".join(f"{acc:.3f}" for acc in self.test_acc[-3:])
        return f"History({len(self)} epochs, last test acc {last})"


def _cell(column, value):
    if value is None:
        return ""
    if column == "seconds" and value < 10:  # where a second is a lot
        return f"{value:.2f}"
    return COLUMNS[column][1].format(value)


def markdown_table(rows):
    """Return rows, dicts with the keys of ``COLUMNS``, as Markdown."""
    columns = [c for c in COLUMNS if any(r.get(c) is not None for r in rows)]
    lines = [
        [COLUMNS[c][0] for c in columns],
        [":--" if c in ("name", "source") else "--:" for c in columns],
        *([_cell(c, row.get(c)) for c in columns] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


class Table:
    """Measured rows, shown as a table in a notebook.

    ``name`` is of the results file, such as "05_lenet"; ``data`` is the
    source of the data, as a history has it.
    """

    def __init__(self, name, title, data, device):
        self.name, self.title = name, title
        self.data, self.device = data, torch.device(device)
        self.rows, self.published = [], []

    def add(self, name, net, input_size, history):
        """Add a trained net: its cost, and what its history measured."""
        self.add_seeds(name, net, input_size, [history])

    def add_seeds(self, name, net, input_size, histories):
        """Add a net that was trained with several seeds: means, spread."""
        parameters, multiply_adds = count_cost(net, input_size)
        accuracies = [h.test_acc[-1] for h in histories]
        row = {
            "name": name,
            "parameters": parameters,
            "multiply_adds": multiply_adds,
            "epochs": len(histories[0]),
            "train_acc": mean(h.train_acc[-1] for h in histories),
            "test_acc": mean(accuracies),
            "seconds": mean(sum(h.seconds) for h in histories),
            "examples_per_sec": mean(h.examples_per_sec for h in histories),
            "source": "recorded" if histories[0].recorded else "this run",
        }
        if len(histories) > 1:
            row["test_acc_std"] = stdev(accuracies)
            row["seeds"] = len(histories)
        self.rows.append(row)

    def add_published(self, name, source, **values):
        """Add somebody else's numbers, with where they are from."""
        self.published.append({"name": name, "source": source, **values})

    def save(self):
        """Write ``$COURSE_RESULTS/<name>.json``; nothing where it is unset.

        ``make execute`` sets it, so that the results page is made from the
        run that the notebook shows. In fast mode the numbers mean nothing.
        """
        folder = os.environ.get("COURSE_RESULTS")
        if folder and not fast_mode():
            content = {
                "title": self.title,
                "data": self.data,
                **environment(self.device),
                "rows": self.rows,
                "published": self.published,
                # For the site, which is built without torch.
                "table": markdown_table(self.rows + self.published),
            }
            _write_json(Path(folder) / f"{self.name}.json", content)

    def _repr_markdown_(self):
        here = environment(self.device)
        return (
            f"{markdown_table(self.rows + self.published)}\n\n"
            f"This run: {self.data}; {here['device']}; "
            f"torch {here['versions']['torch']}; {here['date']}."
        )

    __repr__ = _repr_markdown_


def recorded(name, train, *args):
    """Return the history of a long run, without the wait where possible.

    It trains if there is a GPU. Else it returns the recording, which
    `make runs` writes, and says so in one line, or that the run is pending:
    then the history has no epoch. In fast mode it trains once with each
    function, to show that the function works.

    Parameters
    ----------
    name : str
        Of the recording, such as "08_resnet20".
    train : callable
        Called with ``args``; returns a :class:`History`.
    """
    path = RECORDINGS / f"{name}.json"
    if fast_mode():
        trains = train not in _tried
        _tried.add(train)
    else:
        trains = try_gpu().type != "cpu"
    if trains:
        return train(*args)
    if not path.exists():
        print(f"{name}: pending, nobody has trained it yet; see make runs")
        return History()
    history = load(path)
    print(f"{name}: {history.recorded}")
    return history


def save(path, code, history):
    """Write a recording: the history, the function's code, where it ran."""
    path.parent.mkdir(exist_ok=True)
    where = environment(history.device)
    _write_json(path, {**where, "code": code, "history": history.to_dict()})


def load(path):
    """Read a recording; its history says where and when it was made."""
    content = json.loads(path.read_text(encoding="utf-8"))
    history = History(**content["history"])
    where = (
        f"recorded {content['date']}, {content['device']}, "
        f"torch {content['versions']['torch']}, "
        f"{sum(history.seconds):,.0f} s of training"
    )
    return dataclasses.replace(history, recorded=where)


def _write_json(path, content):
    with replacing(path) as file:
        file.write(f"{json.dumps(content, indent=1)}\n".encode())
