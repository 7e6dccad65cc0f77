"""Run sides in turns, compare their times, and write what came out."""

import contextlib
import io
import json
import statistics
import time
from pathlib import Path

import torch

from course_utils.device import environment, try_gpu
from course_utils.files import replacing

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results"
DEVICE = try_gpu()


def seconds(function):
    """Return what a call takes in seconds of wall time, and its result."""
    start = time.perf_counter()
    result = function()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start, result


def in_turns(sides, rounds):
    """Run all sides once each round, every other round in reverse.

    So a computer that gets slower or busier treats all sides alike.

    Parameters
    ----------
    sides : dict of str to callable
        Each is called with the number of the round, and returns seconds
        and a result, as :func:`seconds` does.
    rounds : int

    Returns
    -------
    times : dict of str to list of float
        Seconds of each round.
    results : dict of str to list
        What each call returned.
    """
    times = {name: [None] * rounds for name in sides}
    results = {name: [None] * rounds for name in sides}
    for i in range(rounds):
        order = list(sides) if i % 2 == 0 else list(reversed(sides))
        for name in order:
            times[name][i], results[name][i] = sides[name](i)
            print(f"  {i + 1}, {name}: {times[name][i]:.2f} s", flush=True)
    return times, results


def ratios(slow, fast):
    """Return median, lowest and highest ratio of two lists of seconds."""
    each = [a / b for a, b in zip(slow, fast, strict=True)]
    return statistics.median(each), min(each), max(each)


def span(low, high, digits=2):
    """Write a range such as "3.91 to 4.20"."""
    return f"{low:.{digits}f} to {high:.{digits}f}"


def quiet():
    """Return a context in which nothing is printed."""
    return contextlib.redirect_stdout(io.StringIO())


def save(name, title, text, columns, rows, data, device="cpu", **more):
    """Write a comparison to ``results/bench-<name>.json``.

    On a GPU the file's name ends in ``-gpu``: that of a CPU stays.

    Parameters
    ----------
    name, title : str
    text : str
        What was compared and how, for the page, in Markdown.
    columns : dict of str to str
        Key in a row: heading in the table.
    rows : list of dict
        May hold more than the table shows, such as each round's seconds.
    data : str
        What was trained on.
    device : torch.device or str
    **more
        Further keys of the file.
    """
    content = {
        "title": title,
        "text": text,
        "data": data,
        **environment(device),
        "threads": torch.get_num_threads(),
        **more,
        "columns": columns,
        "rows": rows,
        "published": [],
    }
    ending = "" if torch.device(device).type == "cpu" else "-gpu"
    path = RESULTS / f"bench-{name}{ending}.json"
    with replacing(path) as file:
        file.write(f"{json.dumps(content, indent=1)}\n".encode())
    print(f"wrote {path}")
