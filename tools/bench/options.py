"""Options for speed, one at a time: what each gains, and what it learns.

Each net is trained with each option and with none, for several seeds. The
runs of a seed take turns, so that each has its partner beside it in time.
"""

import functools
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import mean, median, stdev

import torch
from torch import nn

import course_utils as cu

from . import nets
from .measure import in_turns, quiet, ratios, save, span

LIMIT = "ONEDNN_MAX_CPU_ISA"
SGD = functools.partial(torch.optim.SGD, momentum=0.9)
OPTIONS = {
    "none": {},
    "amp": {"amp": True},
    "channels_last": {"channels_last": True},
    "amp, channels_last": {"amp": True, "channels_last": True},
    "fused SGD": {"optimizer": functools.partial(SGD, fused=True)},
    "compile": {"compile": True},
}


@dataclass
class Case:
    """A net, and how it is trained."""

    make_net: callable
    load: callable
    batch_size: int
    lr: float
    init: callable
    images: int
    test_images: int
    epochs: int = 3


CASES = {
    "LeNet with batch norm": Case(
        lambda: nets.lenet_variant(nn.ReLU, nn.MaxPool2d, True),
        cu.load_data_fashion_mnist,
        256,
        0.05,
        cu.init_xavier,
        10_240,
        5_000,
    ),
    "lesson 06": Case(
        nets.lesson_06_net, cu.load_data_cifar10, 16, 0.01, None, 2_048, 2_000
    ),
    "ResNet-20": Case(
        lambda: nets.cifar_net(20),
        cu.load_data_cifar10,
        128,
        0.1,
        nets.init_he,
        1_280,
        1_000,
    ),
}
COLUMNS = {
    "name": "net",
    "option": "option",
    "seconds": "an epoch, s",
    "ratio": "times as fast",
    "spread": "lowest to highest",
    "accuracy": "test accuracy ± over seeds",
    "difference": "difference to none",
    "first": "first epoch longer by, s",
    "seeds": "seeds",
}
TEXT = (
    "Short training runs with one option of `train_ch6` at a time, and with "
    "none; no option is on by default. Times are those of the epochs after "
    "the first, without the evaluation. The ratio is that of the runs with "
    "the same seed, one after the other in one process, and its median over "
    "the seeds. The accuracies are those after the last of the few epochs, "
    "on part of the images, so they are low; what counts is that they do "
    "not differ by more than the seeds do. `amp` computes in bfloat16, for "
    "which some CPUs have instructions (AMX). Without them it is slower, as "
    "the last rows show, where the library that computes was told to use "
    "those of most laptops (AVX2); `train_ch6` computes in float32 there, "
    "and says so. `compile` needs a C++ compiler, and calls it in the "
    "first epoch; compiled code is kept, so a second run starts faster. "
    "CUDA graphs are no option here: they need a GPU, and batches that all "
    "have one size."
)


def train(case, loaders, option, seed):
    """Train one run; return seconds of a later epoch, and the history."""
    torch.compiler.reset()  # or the seeds fill a cache of eight entries
    torch.manual_seed(seed)
    with quiet():
        history = cu.train_ch6(
            case.make_net(),
            *loaders,
            case.epochs,
            case.lr,
            "cpu",
            init=case.init,
            seed=seed,
            **{"optimizer": SGD, **option},
        )
    return mean(history.seconds[1:]), history


def measure(name, seeds, chosen=tuple(OPTIONS), label=""):
    """Return the rows of one net with some options, and the data's source.

    Parameters
    ----------
    name : str
        A key of ``CASES``.
    seeds : int
    chosen : sequence of str
        Keys of ``OPTIONS``, "none" among them.
    label : str
        What the rows say after the name.
    """
    case = CASES[name]
    train_iter, test_iter = case.load(case.batch_size, device="cpu", seed=0)
    loaders = (
        train_iter.subset(slice(case.images), seed=0),
        test_iter.subset(slice(case.test_images)),
    )
    train(case, loaders, {}, 0)  # warm up
    times, histories = in_turns(
        {
            key: functools.partial(train, case, loaders, OPTIONS[key])
            for key in chosen
        },
        seeds,
    )
    base = [history.test_acc[-1] for history in histories["none"]]
    rows = []
    for option in chosen:
        middle, low, high = ratios(times["none"], times[option])
        accuracies = [history.test_acc[-1] for history in histories[option]]
        first = median(
            history.seconds[0] - mean(history.seconds[1:])
            for history in histories[option]
        )
        print(f"{name}{label}, {option}: {middle:.2f}", flush=True)
        rows.append(
            {
                "name": name + label,
                "option": option,
                "seconds": round(median(times[option]), 2),
                "ratio": round(middle, 2),
                "spread": span(low, high),
                "accuracy": f"{mean(accuracies):.3f} ± "
                f"{stdev(accuracies):.3f}",
                "difference": f"{mean(accuracies) - mean(base):+.3f}",
                "first": round(first, 1),
                "seeds": seeds,
                "times": times[option],
                "accuracies": accuracies,
            }
        )
    return rows, train_iter.source


def measure_without_amx(name, seeds):
    """Return the rows of amp and none in a process that must not use AMX.

    The library that computes reads the variable when it is loaded.
    """
    os.environ[LIMIT] = "AVX2"
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as process:
        work = process.submit(
            measure, name, seeds, ("none", "amp"), ", AVX2 only"
        )
        del os.environ[LIMIT]
        return work.result()


def main(seeds=5):
    """Measure all nets and write the file."""
    rows, sources = [], []
    limited, _ = measure_without_amx("LeNet with batch norm", seeds)
    for name in CASES:
        more, source = measure(name, seeds)
        rows += more
        sources.append(source)
    rows += limited
    title = "Options for speed"
    data = "; ".join(dict.fromkeys(sources))
    save("options", title, TEXT, COLUMNS, rows, data)
