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
from pathlib import Path

import torch
from notebook_code import NOTEBOOKS

from course_utils.device import environment
from course_utils.files import replacing

ROOT = Path(__file__).resolve().parent.parent
DONE = ROOT / ".runs" / "gpu.json"

RUN_LESSON = """
import sys, nbformat
sys.path.insert(0, "tools")
from execute import run
run(nbformat.read(sys.argv[1], as_version=4))
"""


def list_steps():
    """Return step: command and what it adds to the environment."""
    python = sys.executable
    tools = {"PYTHONPATH": str(ROOT / "tools"), "TQDM_DISABLE": "1"}
    steps = {}
    for path in NOTEBOOKS:
        command = [python, "-c", RUN_LESSON, str(path)]
        fast = {"COURSE_FAST": "1", "TQDM_DISABLE": "1"}
        steps[f"{path.stem} in fast mode"] = command, fast
    for name in ("against_d2l", "against_limit", "fast_net"):
        steps[name] = [python, "-m", "bench", name], tools
    steps["long runs"] = [python, "tools/runs.py"], tools
    for path in NOTEBOOKS:
        command = [python, "tools/execute.py", "--time", path.stem]
        steps[f"{path.stem} in full, for its cost line"] = command, {}
    return steps


def read_done():
    """Return step: when, where and in how many seconds it was done."""
    if not DONE.exists():
        return {}
    return json.loads(DONE.read_text(encoding="utf-8"))


def take(steps, minutes):
    """Take the steps that are left until the minutes are over.

    Returns
    -------
    failed : list of str
        Steps that ended with an error. The others went on.
    left : list of str
        Steps that the minutes did not suffice for.
    """
    end = time.monotonic() + 60 * minutes
    done = read_done()
    names = [name for name in steps if name not in done]
    failed = []
    for i, name in enumerate(names):
        command, more = steps[name]
        start = time.monotonic()
        print(f"{name}: running", flush=True)
        try:
            subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, **more},
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
        with replacing(DONE) as file:
            file.write(json.dumps(done, indent=1).encode())
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
