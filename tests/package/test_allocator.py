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

ROOT = Path(__file__).resolve().parents[2]
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

# Trains twice; prints the megabytes in use after each run, and does not
# let the first one hand anything back.
AFTER_TRAINING = """
import contextlib, torch, course_utils as cu
from torch import nn
from course_utils import training
from course_utils.allocator import keep_freed_memory

def megabytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 // 10**6

batches = [(torch.rand(16, 4, 64, 64), torch.zeros(16).long())] * 3
handing_back = training.freed_memory_kept

def only_keeping(device):
    return contextlib.nullcontext(keep_freed_memory())

found = []
for training.freed_memory_kept in (only_keeping, handing_back):
    layers = [nn.Conv2d(4, 64, 1), nn.Sigmoid(), nn.Conv2d(64, 4, 1)]
    net = nn.Sequential(*layers * 8, nn.Flatten(), nn.LazyLinear(2))
    cu.train_ch6(net, batches, batches, 1, 0.1, "cpu", plot=False)
    found.append(megabytes())
print(*found)
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


@on_glibc
def test_training_hands_its_memory_back(tmp_path):
    """The activations: 16 images of 64 x 64 x 64 floats, 17 MB, 16 times."""
    found = subprocess.run(
        [sys.executable, "-c", AFTER_TRAINING],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    kept, handed_back = map(int, found.stdout.split()[-2:])
    assert kept > handed_back + 50


def test_other_libraries_are_left_alone(monkeypatch):
    allocator.keep_freed_memory.cache_clear()
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.delattr("ctypes.CDLL")
    assert allocator.keep_freed_memory() is False
    allocator.keep_freed_memory.cache_clear()


def test_a_python_that_may_not_be_read(monkeypatch):
    """As that of Microsoft's store, into which libc_ver looks."""

    def forbid():
        raise OSError(22, "Invalid argument")

    allocator.keep_freed_memory.cache_clear()
    monkeypatch.setattr(platform, "libc_ver", forbid)
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
        monkeypatch.setattr(allocator, "keep_freed_memory", lambda: False)
    assert seen[0] == seen[1]
    assert torch.isfinite(torch.tensor(seen[0])).all()
