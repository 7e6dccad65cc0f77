"""Peak memory of lessons 06 to 08 in full mode, in a kernel of their own.

Every cell of a lesson runs on all images, and every training runs live,
recorded ones too. Only time is cut: a pass over a loader ends after some
batches, and train_ch6 after one epoch. Memory is at its peak by then, for
each further batch frees what the one before took.
"""

import itertools
import resource

import nbformat
import torch
from nbclient import NotebookClient
from notebook_code import NOTEBOOKS

from .measure import save

LESSONS = ("06", "07", "08")
BATCHES = 10
PREPARE = f"from bench import memory; memory.shorten({BATCHES})"
REPORT = "print(memory.peak())"
COLUMNS = {"name": "lesson", "peak": "peak memory, MB", "cells": "cells"}
TEXT = (
    "The largest resident memory of the kernel that ran a lesson on a CPU. "
    "All cells ran in full mode, on all images and with the lesson's batch "
    "sizes, and every training ran live, also those that the lesson shows "
    f"as recorded. To save time, a pass over a loader ended after {BATCHES} "
    "batches, and `train_ch6` after one epoch."
)


def shorten(batches):
    """Let every pass over a loader end early, and train everything live."""
    from course_utils import results as recordings
    from course_utils import training
    from course_utils.loaders import TensorLoader

    whole = TensorLoader.__iter__
    TensorLoader.__iter__ = lambda self: itertools.islice(
        whole(self), batches
    )
    training._announce = lambda *arguments: 1
    recordings.try_gpu = lambda: torch.device("cuda")  # there, all is trained


def peak():
    """Return the peak resident memory of this process in megabytes."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes * 1024 / 1e6


def measure(path):
    """Run a lesson in a kernel; return its row."""
    notebook = nbformat.read(path, as_version=4)
    cells = [c for c in notebook.cells if c.cell_type == "code"]
    first, last = map(nbformat.v4.new_code_cell, (PREPARE, REPORT))
    notebook.cells = [first, *cells, last]
    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="python3",
        resources={"metadata": {"path": path.parent}},
    )
    client.execute()
    megabytes = float(last.outputs[0].text)
    print(f"{path.stem}: {megabytes:.0f} MB", flush=True)
    return {
        "name": path.stem,
        "peak": f"{megabytes:,.0f}",
        "cells": len(cells),
    }


def main():
    """Measure all lessons and write the file."""
    from course_utils.sources import load_arrays

    rows = [measure(p) for p in NOTEBOOKS if p.name[:2] in LESSONS]
    sources = {load_arrays(n).source for n in ("fashion_mnist", "cifar10")}
    data = "; ".join(sorted(sources, reverse=True))
    save("memory", "Memory of the lessons", TEXT, COLUMNS, rows, data)
