"""Train the long runs of the lessons, one after the other.

python tools/runs.py [--status]

``runs.toml`` lists them, the most valuable first. A run goes on from its
last epoch after any stop, and is recorded when it ends; what is recorded
already is left alone. Delete the recording of a listed run to train it anew.
"""

import argparse
import functools
import os
import sys
import tomllib
import traceback

import filelock
import torch
from notebook_code import ROOT, find_lesson, lesson, statements

from course_utils import results as recordings
from course_utils.sources import in_use

LIST = ROOT / "tools" / "runs.toml"
WORK = ROOT / ".runs"  # checkpoints, log and lock; git ignores it


def read_list():
    """Return the rows of the list: dicts with name, lesson and call."""
    return tomllib.loads(LIST.read_text(encoding="utf-8"))["run"]


def checkpoint_of(row):
    """Return the path of a run's checkpoint."""
    return WORK / f"{row['name']}.pt"


def recording_of(row):
    """Return the path of a run's recording."""
    return recordings.RECORDINGS / f"{row['name']}.json"


def train(row):
    """Train one run to its end and record it, with the function's code."""
    name = row["call"].partition("(")[0]
    code = {
        getattr(node, "name", None): text
        for node, text in statements(find_lesson(row["lesson"]))
    }
    namespace = lesson(row["lesson"])
    namespace[name] = functools.partial(
        namespace[name], checkpoint=str(checkpoint_of(row))
    )
    history = eval(row["call"], namespace)  # noqa: S307
    if any("stand-in" in source for source in in_use.values()):
        sys.exit(
            f"{row['name']}: it trained on stand-in pictures, so nothing was "
            "recorded. `python -m course_utils.data` says what is missing."
        )
    recordings.save(recording_of(row), f"{code[name]}\n", history)
    checkpoint_of(row).unlink(missing_ok=True)


def work():
    """Train what is not recorded; return the names of those that failed."""
    failed = []
    for row in read_list():
        if recording_of(row).exists():
            continue
        print(f"{row['name']}: {row['call']}", flush=True)
        try:
            train(row)
        except Exception:  # the next run may be a good one
            traceback.print_exc()
            failed.append(row["name"])
    return failed


def state(row):
    """Say in a few words how far a run is."""
    if recording_of(row).exists():
        return "recorded"
    if not checkpoint_of(row).exists():
        return "waiting"
    saved = torch.load(checkpoint_of(row), "cpu", weights_only=True)
    return f"{len(saved['history']['loss'])} epochs done"


def show(is_running):
    """Print the list with the state of each run."""
    for row in read_list():
        print(f"{row['name']:<36} {state(row)}")
    if is_running:
        pid = (WORK / "running").read_text()
        print(f"Process {pid} trains. To stop it: kill {pid}; it loses no")
        print(f"more than the epoch it is in. Its log: {WORK / 'log'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--status", action="store_true")
    options = parser.parse_args()
    if os.environ.get("COURSE_FAST"):
        sys.exit("COURSE_FAST is set: unset it, recordings are full runs")
    os.environ["TQDM_DISABLE"] = "1"
    WORK.mkdir(exist_ok=True)
    lock = filelock.FileLock(WORK / "lock")
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        show(is_running=True)
        return
    if options.status:
        show(is_running=False)
        return
    (WORK / "running").write_text(str(os.getpid()))
    if failed := work():
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
