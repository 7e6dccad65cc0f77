"""The same training in one process and in two: the curves side by side.

Runs ``tools/distributed_training.py`` with torchrun. Without batch norm two
processes must learn what one learns. With it each normalizes its own half
of a batch, as batch norm over all processes needs GPUs.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .measure import ROOT, save

SCRIPT = ROOT / "tools" / "distributed_training.py"
SIZE = ["--depth", "8", "--images", "2560", "--epochs", "3", "--float32"]
RUNS = ((1, 2), (1, 1), (2, 1))  # processes, threads of each
NETS = {"without batch norm": ["--no-norm"], "with batch norm": []}
COLUMNS = {
    "name": "ResNet-8",
    "processes": "processes",
    "threads": "threads each",
    "loss": "loss, epoch by epoch",
    "difference": "largest relative difference",
    "test_acc": "test accuracy",
}
TEXT = (
    "Lesson 08's training, run by `torchrun` on one CPU: once in one "
    "process, once in two that each take half of every batch of 128. Both "
    "start from the same weights and see the same 2,560 images in the same "
    "order. They compute in float32, as rounding to bfloat16 would hide what "
    "is to be seen. Without batch norm the losses differ by rounding alone, "
    "as they do in one process with another number of threads: sums are "
    "taken in another order, and the steps enlarge what that changes. With "
    "batch norm each process normalizes its own half; on GPUs "
    "`SyncBatchNorm` normalizes the whole batch. Differences are to the "
    "first row of the net."
)


def train(processes, threads, options):
    """Train with so many processes; return the history as a dict."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "history.json")
        subprocess.run(
            [sys.executable, "-m", "torch.distributed.run", "--standalone"]
            + [f"--nproc_per_node={processes}", str(SCRIPT)]
            + [*options, "--save", str(path)],
            env={
                **os.environ,
                "OMP_NUM_THREADS": str(threads),
                "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
            },
            check=True,
        )
        return json.loads(path.read_text(encoding="utf-8"))


def largest_difference(losses, reference):
    """Return the largest relative difference of two lists."""
    return max(abs(a / b - 1) for a, b in zip(losses, reference, strict=True))


def main():
    """Measure both nets with one and two processes; write the file."""
    rows = []
    for name, options in NETS.items():
        reference = None
        for processes, threads in RUNS:
            history = train(processes, threads, SIZE + options)
            reference = reference or history["loss"]
            apart = largest_difference(history["loss"], reference)
            rows.append(
                {
                    "name": name,
                    "processes": processes,
                    "threads": threads,
                    "loss": ", ".join(f"{l:.4f}" for l in history["loss"]),
                    "difference": f"{apart:.1e}" if apart else "",
                    "test_acc": f"{history['test_acc'][-1]:.3f}",
                    "history": history,
                }
            )
    title = "One process and two"
    save("distributed", title, TEXT, COLUMNS, rows, history["source"])
