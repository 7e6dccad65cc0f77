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

import torch

from .measure import ROOT, save

SCRIPT = ROOT / "tools" / "distributed_training.py"
SIZE = ["--depth", "8", "--images", "2560", "--epochs", "3"]
NETS = {"without batch norm": ["--no-norm"], "with batch norm": []}
COLUMNS = {
    "name": "ResNet-8",
    "processes": "processes",
    "loss": "loss, epoch by epoch",
    "difference": "largest relative difference",
    "test_acc": "test accuracy",
    "seconds": "training, s",
}
TEXT = (
    "Lesson 08's training, run by `torchrun` on one CPU: once in one "
    "process, once in two that each take half of every batch of 128. Both "
    "start from the same weights and see the same 2,560 images in the same "
    "order. Without batch norm the losses differ by rounding alone (the "
    "lesson computes in bfloat16). With batch norm each process normalizes "
    "its own half, and the curves part; on GPUs `SyncBatchNorm` normalizes "
    "the whole batch."
)


def train(processes, options):
    """Train with so many processes; return the history as a dict."""
    threads = max(1, torch.get_num_threads() // processes)
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
    rows, reference = [], None
    for name, options in NETS.items():
        for processes in (1, 2):
            history = train(processes, SIZE + options)
            if processes == 1:
                reference = history["loss"]
            apart = largest_difference(history["loss"], reference)
            rows.append(
                {
                    "name": name,
                    "processes": processes,
                    "loss": ", ".join(f"{l:.4f}" for l in history["loss"]),
                    "difference": f"{apart:.1e}" if processes > 1 else "",
                    "test_acc": f"{history['test_acc'][-1]:.3f}",
                    "seconds": round(sum(history["seconds"]), 1),
                    "history": history,
                }
            )
    title = "One process and two"
    save("distributed", title, TEXT, COLUMNS, rows, history["source"])
