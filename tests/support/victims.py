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
import torch
from notebook_code import lesson

import course_utils as cu
from course_utils.files import replacing
from course_utils.sources import FASHION_MNIST, read_or_download

IMPORTED = [
    "IPython.core.interactiveshell",
    "course_utils.check",
    "nbformat",
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


def lesson_06(names):
    options = {"optimizer": momentum, "scheduler": cycle, "init": None}
    return names["deeper_net"](), options


def lesson_07(names):
    options = {"optimizer": momentum, "scheduler": cycle, "init": None}
    return names["cifar_nin"](width=12), options


def lesson_08(names):
    init = names["init_he"]
    options = {"optimizer": momentum, "scheduler": cycle, "init": init}
    return names["cifar_net"](8), options


LESSONS = {"06": lesson_06, "07": lesson_07, "08": lesson_08}
EPOCHS = 4


def momentum(parameters, lr):
    return torch.optim.SGD(parameters, lr, momentum=0.9, weight_decay=5e-4)


def cycle(optimizer):
    steps = EPOCHS * 4  # 60 images in batches of 16
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, steps)


def train(number, data, checkpoint, result):
    """Train lesson "06" to "08"'s net on the few images in a folder.

    ``result`` is where weights and history go once the run is complete.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)  # as the lessons do, before the net is made
    net, options = LESSONS[number](lesson(number))
    load, augment = cu.load_data_cifar10, {"flip": True, "crop": 4}
    os.environ["COURSE_DATA"] = data
    train_iter, test_iter = load(16, seed=0, **augment)
    history = cu.train_ch6(
        net,
        train_iter,
        test_iter,
        EPOCHS,
        0.01,
        "cpu",
        amp=True,
        channels_last=True,
        seed=0,
        checkpoint=checkpoint,
        **options,
    )
    with replacing(result) as file:
        torch.save({"net": net.state_dict(), "loss": history.loss}, file)
