"""What tests run in processes of their own, to kill them.

The processes are forked from one that has imported everything and done
nothing, so that each starts within milliseconds.
"""

import dataclasses
import functools
import multiprocessing
import os
import random
import sys
import time

import pytest
import torch
from examples import make_loader, small_net

import course_utils as cu
from course_utils.files import replacing
from course_utils.sources import FASHION_MNIST, read_or_download

IMPORTED = [
    "course_utils",
    "examples",
    "pytest",
    "torchvision.datasets",
]


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

    ``make`` starts the process, ``check`` is called after each kill, and
    ``count`` kills must hit a process that is still running.
    """
    finish(make())  # the first one waits for the imports
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

    ``resources`` has file names and MD5 sums, ``pause`` is the seconds that
    writing takes longer, and at the ``barrier`` several wait for each other.
    """
    from torchvision.datasets import FashionMNIST

    fsync = os.fsync

    def slow_fsync(number):
        time.sleep(pause)
        fsync(number)

    os.fsync = slow_fsync
    os.environ["TQDM_DISABLE"] = "1"
    FashionMNIST.resources = resources
    os.environ["COURSE_DATA"] = folder
    if barrier:
        barrier.wait()
    read_or_download(dataclasses.replace(FASHION_MNIST, mirrors=(url,)))


def train(checkpoint, result):
    """Train with all that has a state; 28 steps, four epochs.

    ``result`` is where weights and losses go once the run is complete.
    """
    torch.set_num_threads(1)
    loader = make_loader(seed=0, flip=True, crop=1)
    cycle = torch.optim.lr_scheduler.OneCycleLR
    net = small_net()
    history = cu.train_ch6(
        net,
        loader,
        loader,
        4,
        0.01,
        "cpu",
        optimizer=functools.partial(torch.optim.SGD, momentum=0.9),
        scheduler=lambda optimizer: cycle(optimizer, 0.01, 28),
        seed=0,
        checkpoint=checkpoint,
    )
    with replacing(result) as file:
        torch.save({"net": net.state_dict(), "loss": history.loss}, file)
