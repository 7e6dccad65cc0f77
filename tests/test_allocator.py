"""Freed memory stays with the process, where glibc can be told so."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from examples import make_batches, small_net

import course_utils as cu
from course_utils import allocator

ROOT = Path(__file__).resolve().parent.parent
on_glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="another C library"
)
# Takes and frees memory as a training step does; prints page faults.
PROBE = """
import resource, sys, torch
from course_utils.allocator import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()

def step():
    kept = [torch.ones(i, 2**20) for i in (1, 2, 4, 5, 6)]

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

for _ in range(5):
    step()
before = faults()
for _ in range(20):
    step()
print(faults() - before)
"""


def count_faults(mode):
    found = subprocess.run(
        [sys.executable, "-c", PROBE, mode],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            # Left alone, glibc moves its limit with what a program frees.
            "MALLOC_MMAP_THRESHOLD_": "131072",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return int(found.stdout)


@on_glibc
def test_steps_reuse_their_memory():
    """18 blocks of 4 MB a step are 18,432 pages of 4 kB."""
    assert count_faults("leave") > 20 * 5_000
    assert count_faults("keep") < 20 * 100


@on_glibc
def test_training_on_a_cpu_tells_glibc():
    allocator.keep_freed_memory.cache_clear()
    batches = make_batches(1)
    cu.train_ch6(small_net(), batches, batches, 1, 0.1, "cpu")
    assert allocator.keep_freed_memory.cache_info().misses == 1
    assert allocator.keep_freed_memory() is True


def test_other_libraries_are_left_alone(monkeypatch):
    allocator.keep_freed_memory.cache_clear()
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.delattr("ctypes.CDLL")
    assert allocator.keep_freed_memory() is False
    allocator.keep_freed_memory.cache_clear()


def test_results_do_not_depend_on_it(monkeypatch):
    """Not on glibc either: memory is memory."""
    batches, seen = make_batches(), []
    for _ in range(2):
        history = cu.train_ch6(
            small_net(), batches, batches, 2, 0.1, "cpu", seed=0
        )
        seen.append(history.loss)
        monkeypatch.setattr(
            "course_utils.trainer.keep_freed_memory", lambda: False
        )
    assert seen[0] == seen[1]
    assert torch.isfinite(torch.tensor(seen[0])).all()
