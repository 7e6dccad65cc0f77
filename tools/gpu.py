"""Measure what needs a GPU, the most wanted first, within some minutes.

python tools/gpu.py [--minutes 25]

Each step stores its results as it goes. The next call goes on where this
one stopped; ``.runs/gpu.json`` says what is done, and is deleted to begin
anew.
"""

import argparse
import json
import os
import subprocess
import sys
import time

import torch
from notebook_code import NOTEBOOKS, ROOT

from course_utils import environment

DONE = ROOT / ".runs" / "gpu.json"


def list_steps():
    """Return the command of each step."""
    python, steps = sys.executable, {}
    for path in NOTEBOOKS:
        steps[f"{path.stem} in fast mode"] = [
            *("env", "COURSE_FAST=1", python, "-m", "jupyter", "execute"),
            str(path),
        ]
    for name in ("d2l", "fast_net"):
        steps[name] = [python, "-m", "bench", name]
    steps["long runs"] = [python, "tools/runs.py"]
    for path in NOTEBOOKS:
        steps[f"{path.stem} in full, for its cost line"] = [
            *(python, "tools/execute.py", "--time", path.stem)
        ]
    return steps


def read_done():
    """Return when, where and in how many seconds each step was done."""
    return json.loads(DONE.read_text()) if DONE.exists() else {}


def take(steps, minutes):
    """Take the steps that are left until the minutes are over.

    Returns the names of those that failed, and of those that are left.
    """
    end = time.monotonic() + 60 * minutes
    done, failed = read_done(), []
    names = [name for name in steps if name not in done]
    tools = {"PYTHONPATH": str(ROOT / "tools"), "TQDM_DISABLE": "1"}
    for i, name in enumerate(names):
        start = time.monotonic()
        print(f"{name}: running", flush=True)
        try:
            subprocess.run(
                steps[name],
                cwd=ROOT,
                env={**os.environ, **tools},
                check=True,
                timeout=max(end - start, 1),
            )
        except subprocess.TimeoutExpired:
            return failed, names[i:]
        except subprocess.CalledProcessError:
            failed.append(name)
            continue
        spent = round(time.monotonic() - start, 1)
        print(f"{name}: {spent} s", flush=True)
        done[name] = {"seconds": spent, **environment()}
        DONE.write_text(json.dumps(done, indent=1))
    return failed, []


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=25)
    minutes = parser.parse_args().minutes
    if not torch.cuda.is_available():
        sys.exit("There is no GPU here that torch can use with CUDA.")
    DONE.parent.mkdir(exist_ok=True)
    failed, left = take(list_steps(), minutes)
    for name in left:
        print(f"{name}: left for the next call")
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
