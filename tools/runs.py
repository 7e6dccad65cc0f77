"""Train the long runs of the lessons, one after the other.

python tools/runs.py [--background | --status]

``runs.toml`` lists them, the most valuable first. A run goes on from its
last epoch after any stop, and is recorded when it ends; what is recorded
already is left alone. Delete a recording to have its run trained anew. Rows
with ``gpu = true`` wait for a GPU.
"""

import argparse
import ast
import os
import subprocess
import sys
import tomllib
import traceback
from pathlib import Path

import filelock
import torch
from notebook_code import NOTEBOOKS, code_cells, python_source

from course_utils import results as recordings
from course_utils.sources import sources_in_use

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tools" / "runs.toml"
WORK = ROOT / ".runs"  # checkpoints, log and lock; git ignores it


def read_list():
    """Return the rows of the list: dicts with name, lesson and call."""
    return tomllib.loads(LIST.read_text(encoding="utf-8")).get("run", [])


def is_constant(node):
    """Tell whether a statement sets a name without computing much."""
    calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
    return isinstance(node, ast.Assign) and all(
        ast.unparse(call.func) == "try_gpu" for call in calls
    )


def definitions_of(lesson):
    """Return what a lesson imports, defines and sets, and the code of it.

    Parameters
    ----------
    lesson : str
        The beginning of a notebook's name, such as "08".

    Returns
    -------
    namespace : dict
    code : dict of str to str
        The source of each function.
    """
    (path,) = (p for p in NOTEBOOKS if p.name.startswith(lesson))
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    namespace, code = {}, {}
    for cell in code_cells(path)[1:]:  # the first finds course_utils
        source = python_source(cell)
        for node in ast.parse(source).body:
            if not isinstance(node, kinds) and not is_constant(node):
                continue
            text = ast.get_source_segment(source, node)
            try:
                exec(compile(text, path.name, "exec"), namespace)  # noqa: S102
            except (NameError, KeyError):  # made of what a cell computed
                continue
            if isinstance(node, ast.FunctionDef):
                code[node.name] = text
    return namespace, code


def train(row):
    """Train one run to its end and record it."""
    namespace, code = definitions_of(row["lesson"])
    line = ast.parse(f"_history = {row['call']}")
    call = line.body[0].value
    function = call.func.id
    checkpoint = WORK / f"{row['name']}.pt"
    namespace["_checkpoint"] = str(checkpoint)
    call.keywords.append(
        ast.keyword("checkpoint", ast.Name("_checkpoint", ast.Load()))
    )
    ast.fix_missing_locations(line)
    exec(compile(line, row["name"], "exec"), namespace)  # noqa: S102
    if any("stand-in" in source for source in sources_in_use()):
        sys.exit(
            f"{row['name']}: it trained on stand-in pictures, so nothing was "
            "recorded. `python -m course_utils.data` says what is missing."
        )
    path = recordings.RECORDINGS / f"{row['name']}.json"
    recordings.save(path, f"{code[function]}\n", namespace["_history"])
    checkpoint.unlink()


def is_recorded(row):
    """Tell whether a run has ended."""
    return (recordings.RECORDINGS / f"{row['name']}.json").exists()


def waits_for_gpu(row):
    """Tell whether a run is not for this computer."""
    return row.get("gpu", False) and not torch.cuda.is_available()


def epochs_done(row):
    """Return the epochs that a run's checkpoint holds."""
    path = WORK / f"{row['name']}.pt"
    if not path.exists():
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    return len(state["history"]["loss"])


def work():
    """Train what is not recorded; return the names of those that failed."""
    failed = []
    for row in read_list():
        if is_recorded(row) or waits_for_gpu(row):
            continue
        (WORK / "running").write_text(f"{os.getpid()} {row['name']}")
        print(f"{row['name']}: {row['call']}", flush=True)
        try:
            train(row)
        except Exception:  # the next run may be a good one
            traceback.print_exc()
            failed.append(row["name"])
    return failed


def show(is_running):
    """Print the list with the state of each run."""
    pid, _, running = "", "", ""
    if is_running:
        pid, _, running = (WORK / "running").read_text().partition(" ")
    for row in read_list():
        epochs = epochs_done(row)
        state = f"stopped after {epochs} epochs" if epochs else "waiting"
        if waits_for_gpu(row):
            state = "waiting for a GPU"
        if row["name"] == running:
            state = f"running, {epochs} epochs done"
        if is_recorded(row):
            state = "recorded"
        print(f"{row['name']:<36} {state}")
    if pid:
        print(f"Process {pid} trains. To stop it: kill {pid}; it loses no")
        print(f"more than the epoch it is in. Its log: {WORK / 'log'}")


def start():
    """Start this script again, as a process that outlives its terminal."""
    with open(WORK / "log", "a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-u", __file__],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    print(f"Process {process.pid} trains; make runs STATUS=1 shows how far.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--background", action="store_true")
    how.add_argument("--status", action="store_true")
    options = parser.parse_args()
    if os.environ.get("COURSE_FAST"):
        sys.exit("COURSE_FAST is set: unset it, recordings are full runs")
    os.environ["TQDM_DISABLE"] = "1"
    WORK.mkdir(exist_ok=True)
    lock = filelock.FileLock(WORK / "lock")
    try:
        lock.acquire(blocking=False)
        is_running = False
    except filelock.Timeout:
        is_running = True
    if options.status or is_running:
        show(is_running)
        return
    if options.background:
        lock.release()
        start()
        return
    if hasattr(os, "nice"):
        os.nice(19)  # whatever else the computer does goes first
    failed = work()
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
