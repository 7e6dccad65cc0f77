"""What tests run in processes of their own, to kill them.

The processes are forked from one that has imported everything and done
nothing, so that each starts within milliseconds.
"""

import dataclasses
import multiprocessing
import os
import random
import sys
import time

import pytest

IMPORTED = ["course_utils", "pooch", "requests", "torchvision.datasets"]


def start(target, *args):
    """Start a function of this module in a process of its own."""
    if sys.platform == "win32":
        pytest.skip("Windows cannot fork")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    process = context.Process(target=target, args=args, daemon=True)
    process.start()
    return process


def finish(process):
    """Wait for a process that should succeed."""
    process.join(timeout=300)
    assert process.exitcode == 0


def kill_at_random_moments(count, make, check):
    """Kill a process with SIGKILL at moments all over its life.

    Parameters
    ----------
    count : int
        How many kills must hit a process that is still running.
    make : callable
        Starts the process; called once more to measure its life.
    check : callable
        Called after each kill.
    """
    begin = time.monotonic()
    finish(make())
    life = time.monotonic() - begin
    moments, hits = random.Random(0), 0
    while hits < count:
        process = make()
        time.sleep(moments.uniform(0, life))
        process.kill()
        process.join()
        hits += process.exitcode != 0
        check()


def fetch(url, resources, folder, pause=0, barrier=None):
    """Download a small Fashion-MNIST from one mirror into a folder.

    Parameters
    ----------
    url : str
    resources : list of (str, str)
        File names and MD5 sums.
    folder : str
    pause : float
        Seconds that writing to the disk takes longer.
    barrier : multiprocessing.Barrier, optional
        Where several wait for each other.
    """
    from torchvision.datasets import FashionMNIST

    from course_utils.data import DATA_SETS, load_arrays

    fsync = os.fsync

    def slow_fsync(number):
        time.sleep(pause)
        fsync(number)

    os.fsync = slow_fsync
    os.environ["TQDM_DISABLE"] = "1"
    FashionMNIST.resources = resources
    DATA_SETS["fashion_mnist"] = dataclasses.replace(
        DATA_SETS["fashion_mnist"], mirrors=(url,)
    )
    if barrier:
        barrier.wait()
    load_arrays("fashion_mnist", folder, allow_stand_in=False)
