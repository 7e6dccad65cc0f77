"""Train lesson 08's ResNet with several processes, on one machine or many.

torchrun --standalone --nproc_per_node=2 tools/distributed_training.py

The training is the lesson's function, unchanged. Each process goes over the
same batches in the same order and takes its part of each;
DistributedDataParallel averages the gradients. So a step sees the batch
that it would see in one process. The page "Many processes" explains it.
"""

import argparse
import contextlib
import functools
import io
import json
import os
from pathlib import Path

import torch
from notebook_code import NOTEBOOKS, run_definitions
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from course_utils import load_data_cifar10, train_ch6

NAMES = "CifarBlock cifar_net init_he train_cifar_net without_norm".split()


class Part:
    """This process's part of every batch of a loader.

    All processes draw the same batches, augmentation included, and take
    parts of one size; what does not divide is left out.
    """

    def __init__(self, loader, rank, processes):
        self.loader, self.rank, self.processes = loader, rank, processes
        self.generator, self.source = loader.generator, loader.source

    def __len__(self):
        return len(self.loader)

    def __iter__(self):
        for X, y in self.loader:
            rows = slice(self.rank, len(y) // self.processes * self.processes)
            yield X[rows][:: self.processes], y[rows][:: self.processes]


def parse():
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--depth", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--images", type=int, help="train on so many only")
    parser.add_argument("--no-norm", action="store_true")
    parser.add_argument("--float32", action="store_true", help="no amp")
    parser.add_argument("--save", type=Path, help="write the history here")
    return parser.parse_args()


def lesson(load, device):
    """Return lesson 08's definitions, with loaders from ``load``."""
    path = next(p for p in NOTEBOOKS if p.name.startswith("08"))
    return run_definitions(
        path,
        NAMES,
        {
            "torch": torch,
            "nn": nn,
            "F": nn.functional,
            "functools": functools,
            "train_ch6": train_ch6,
            "load_data_cifar10": load,
            "device": device,
        },
    )


def mean_over_processes(history, device):
    """Replace what each process saw by the mean over all of them."""
    for name in ("loss", "train_acc"):
        values = torch.tensor(getattr(history, name), device=device)
        distributed.all_reduce(values)
        values /= distributed.get_world_size()
        setattr(history, name, values.tolist())


def main(options):
    """Train, and print one line an epoch, on the first process."""
    on_gpu = torch.cuda.is_available()
    distributed.init_process_group("nccl" if on_gpu else "gloo")
    rank, processes = distributed.get_rank(), distributed.get_world_size()
    device = torch.device("cpu")
    if on_gpu:
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)

    def load(batch_size, **augment):
        loaders = load_data_cifar10(batch_size, device=device, **augment)
        train_iter = loaders[0].subset(
            slice(options.images), seed=augment["seed"]
        )
        return Part(train_iter, rank, processes), loaders[1]

    code = lesson(load, device)
    if options.float32:
        code["train_ch6"] = lambda *arguments, amp, **others: train_ch6(
            *arguments, **others
        )
    net = code["cifar_net"](options.depth)
    if options.no_norm:
        net = code["without_norm"](net)
    elif on_gpu:
        net = nn.SyncBatchNorm.convert_sync_batchnorm(net)
    net.to(device, memory_format=torch.channels_last)
    with contextlib.redirect_stdout(io.StringIO()):
        history = code["train_cifar_net"](
            DistributedDataParallel(net), options.epochs, options.lr, 1e-4, 0
        )
    mean_over_processes(history, device)
    if rank == 0:
        print(f"{processes} processes on {device.type}, {history.source}")
        columns = zip(history.loss, history.train_acc, history.test_acc)
        for epoch, (loss, train_acc, test_acc) in enumerate(columns):
            print(
                f"epoch {epoch + 1}, loss {loss:.4f}, "
                f"train acc {train_acc:.3f}, test acc {test_acc:.3f}"
            )
        if options.save:
            options.save.write_text(json.dumps(history.to_dict()))
    distributed.destroy_process_group()


if __name__ == "__main__":
    main(parse())
