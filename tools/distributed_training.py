"""Train lesson 08's ResNet with several processes, on one machine or many.

torchrun --standalone --nproc_per_node=2 tools/distributed_training.py

The training is the lesson's function, unchanged. Each process goes over the
same batches in the same order and takes its part of each;
DistributedDataParallel averages the gradients. So a step sees the batch
that it would see in one process. The page "Many processes" explains it.
"""

import argparse
import contextlib
import io
import json
import os
from pathlib import Path

import torch
from notebook_code import lesson
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from course_utils import load_data_cifar10, train_ch6


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


def find_device():
    """Return this process's GPU, or the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    torch.cuda.set_device(device)
    return device


def train(options, device):
    """Train as lesson 08 does, on this process's part of the data."""

    def load(batch_size, **augment):
        train_iter, test_iter = load_data_cifar10(
            batch_size, device=device, **augment
        )
        some = train_iter.subset(slice(options.images), seed=augment["seed"])
        rank, processes = distributed.get_rank(), distributed.get_world_size()
        return Part(some, rank, processes), test_iter

    def train_in_float32(*arguments, amp, **others):
        return train_ch6(*arguments, **others)

    code = lesson("08")
    code.update(load_data_cifar10=load, device=device)
    if options.float32:
        code["train_ch6"] = train_in_float32
    net = code["cifar_net"](options.depth)
    if options.no_norm:
        net = code["without_norm"](net)
    elif device.type == "cuda":
        net = nn.SyncBatchNorm.convert_sync_batchnorm(net)
    net.to(device, memory_format=torch.channels_last)
    net = DistributedDataParallel(net)
    with contextlib.redirect_stdout(io.StringIO()):
        return code["train_cifar_net"](
            net, options.epochs, options.lr, 1e-4, 0
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
    device = find_device()
    distributed.init_process_group("gloo" if device.type == "cpu" else "nccl")
    history = train(options, device)
    mean_over_processes(history, device)
    if distributed.get_rank() == 0:
        processes = distributed.get_world_size()
        print(f"{processes} processes on {device.type}, {history.source}")
        columns = zip(history.loss, history.train_acc, history.test_acc)
        for epoch, (loss, train_acc, test_acc) in enumerate(columns, 1):
            print(
                f"epoch {epoch}, loss {loss:.4f}, "
                f"train acc {train_acc:.3f}, test acc {test_acc:.3f}"
            )
        if options.save:
            options.save.write_text(json.dumps(history.to_dict()))
    distributed.destroy_process_group()


if __name__ == "__main__":
    main(parse())
