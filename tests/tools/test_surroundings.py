"""The package elsewhere: locale, time zone, hash seed, one core, any folder.

Each runs in a process of its own, on a copy of the package that cannot be
written, and must give the same numbers and texts as here.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORK = """
import hashlib, torch
torch.set_num_threads(1)
import course_utils as cu

torch.manual_seed(0)
batches = [(torch.rand(8, 1, 6, 6), torch.arange(8) % 3) for _ in range(3)]
net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(36, 3))
history = cu.train_ch6(net, batches, batches, 2, 0.1, "cpu", seed=1)
print(history)
html = cu.explore.cross_correlation()._repr_html_()
print(hashlib.sha256(html.encode()).hexdigest())
table = cu.Table("t", "T", "noise", "cpu")
table.add("net", net, (1, 1, 6, 6), history)
table.rows[0].update(seconds=1, examples_per_sec=1)
print(str(table).split("This run")[0])  # then comes the device
print(cu.check.unused_cells(lambda n, k, p, s: (n + 2 * p - k) // s))
"""
SURROUNDINGS = {
    "no UTF-8": {
        "LC_ALL": "POSIX",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
    },
    "Turkey": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "other hashes": {"PYTHONHASHSEED": "4294967295"},
    "no home": {"HOME": "/nowhere/at/all", "TZ": "Pacific/Kiritimati"},
    "one core": {},
}


def run(package, folder, prefix=(), **changes):
    """Return what the work prints, without the line that measures speed."""
    result = subprocess.run(
        [*prefix, sys.executable, "-c", WORK],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(package), **changes},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    return [line for line in lines if "examples/sec" not in line]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Copy the package into a folder with a space, for reading only."""
    folder = tmp_path_factory.mktemp("a course")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(
        ROOT / "course_utils", folder / "course_utils", ignore=ignore
    )
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)


@pytest.fixture(scope="module")
def here():
    return run(ROOT, ROOT)


@pytest.mark.nightly
@pytest.mark.parametrize("name", SURROUNDINGS)
def test_same_numbers_and_texts(name, elsewhere, here, tmp_path):
    prefix = ()
    if name == "one core":
        if not shutil.which("taskset"):
            pytest.skip("there is no taskset")
        prefix = ("taskset", "-c", "0")
    assert run(elsewhere, tmp_path, prefix, **SURROUNDINGS[name]) == here
