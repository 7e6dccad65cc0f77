"""Resuming a run: exactly, safely, and never from half a file."""

import os
from functools import partial

import numpy as np
import pytest
import torch
from examples import make_batches, make_loader, same_weights, small_net
from torch import nn
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

import course_utils as cu

SGD = torch.optim.SGD
STEP, COSINE = lr_scheduler.StepLR, lr_scheduler.CosineAnnealingLR
CYCLE = lr_scheduler.OneCycleLR


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.pt"


def data_loader(seed=None, **options):
    X, y = (torch.cat(parts) for parts in zip(*make_batches()))
    options = {"batch_size": 7, "shuffle": True, **options}
    if seed is not None:
        options["generator"] = torch.Generator().manual_seed(seed)
    return DataLoader(TensorDataset(X, y), **options)


def run(path, num_epochs, make_iter=make_batches, net=None, **options):
    """Train a net, as in a new process; return it and its history."""
    net = small_net(num_epochs) if net is None else net
    data = make_iter(), make_batches(2, seed=9)
    options = {"lr": 0.05, "seed": 0, "checkpoint": path, **options}
    history = cu.train_ch6(net, *data, num_epochs, device="cpu", **options)
    return net, history


AUGMENT = {"flip": True, "crop": 1, "cutout": 2}
EXACT = {
    "list": {},
    "own generator": {"make_iter": partial(make_loader, seed=3)},
    "torch's generator": {"make_iter": make_loader},
    "augmented": {"make_iter": partial(make_loader, seed=3, **AUGMENT)},
    "augmented by torch's": {"make_iter": partial(make_loader, **AUGMENT)},
    "DataLoader": {"make_iter": data_loader},
    "DataLoader, own generator": {"make_iter": partial(data_loader, 5)},
    "momentum": {"optimizer": partial(SGD, momentum=0.9, nesterov=True)},
    "Adam": {"optimizer": torch.optim.Adam},
    "NumPy's numbers": {
        "optimizer": partial(SGD, momentum=np.float64(0.9)),
        "scheduler": partial(CYCLE, max_lr=np.float64(0.2), total_steps=28),
    },
    "cosine": {"scheduler": partial(COSINE, T_max=4)},
    "channels last": {"channels_last": True},
    "amp": {"amp": True},
    "no seed": {"seed": None, "make_iter": make_loader},
}


@pytest.mark.parametrize("options", EXACT.values(), ids=EXACT)
def test_resume_is_exact(options, path):
    # Without a seed, weights and order follow torch's.
    expected_net, expected = run(None, 4, net=small_net(1), **options)
    for epochs in (1, 3, 4):
        net = small_net(1 if epochs == 1 else epochs)
        net, history = run(path, epochs, net=net, **options)
        assert len(history) == epochs
        torch.manual_seed(12345)  # as a new process finds another
    assert same_weights(net, expected_net)
    for name in ("loss", "train_acc", "test_acc"):
        assert getattr(history, name) == getattr(expected, name)


def test_a_finished_run_is_only_loaded(path, capsys):
    net, history = run(path, 2)
    content = path.read_bytes()
    again, same = run(str(path), 2, net=small_net(7))
    assert same == history and same_weights(again, net)
    assert path.read_bytes() == content
    printed = capsys.readouterr().out.splitlines()
    assert printed[1] == printed[4]


# What does not fit.


def schedule(kind, *arguments, **options):
    """Return a function that makes a schedule, as a notebook has it."""
    return {"scheduler": lambda o: kind(o, *arguments, **options)}


def loss(**options):
    return {"loss": nn.CrossEntropyLoss(**options)}


def loader(**options):
    return {"make_iter": partial(make_loader, **options)}


def torch_loader(**options):
    return {"make_iter": partial(data_loader, **options)}


def with_layer(index, layer):
    net = small_net()
    net[index] = layer
    return {"net": net}


MOMENTUM = {"optimizer": partial(SGD, momentum=0.9)}
# What is in the file, what the second call has, what the message names.
ANOTHER = [
    ({}, {"optimizer": torch.optim.Adam}, "optimizer"),
    (MOMENTUM, {"optimizer": SGD}, "optimizer"),
    ({}, schedule(STEP, 1), "optimizer, scheduler"),
    (schedule(STEP, 1), schedule(COSINE, 4), "scheduler"),
    (schedule(COSINE, 4), schedule(COSINE, 8), "scheduler"),
    (
        schedule(CYCLE, 0.1, total_steps=24),
        schedule(CYCLE, 0.1, total_steps=48),
        "scheduler",
    ),
    ({}, loss(label_smoothing=0.1), "loss"),
    ({}, {"loss": nn.MultiMarginLoss()}, "loss"),
    ({}, {"init": None}, "init"),
    ({}, {"init": nn.Module.eval}, "init"),
    ({}, {"seed": 1}, "seed"),
    ({}, {"lr": 0.5}, "optimizer, lr"),
    ({}, {"make_iter": partial(make_batches, 12, 4)}, "train_iter"),
    (loader(), loader(flip=True), "train_iter"),
    (loader(), loader(batch_size=5), "train_iter"),
    (torch_loader(), torch_loader(batch_size=5), "train_iter"),
    (torch_loader(), torch_loader(shuffle=False), "train_iter"),
    ({}, with_layer(2, nn.GELU()), "net"),
    ({}, with_layer(4, nn.Dropout(0.5)), "net"),
    ({"num_epochs": 3}, {}, "num_epochs .it has 3 already."),
    # The same again, made anew.
    (loader(seed=1, normalize=((0.5,), (0.2,))),) * 2 + ("",),
    (torch_loader(), torch_loader(), ""),
    (schedule(COSINE, 4), schedule(COSINE, 4), ""),
    (MOMENTUM, {"optimizer": partial(SGD, momentum=0.9)}, ""),
    ({}, loss(), ""),
    ({}, {"lr": np.float64(0.05)}, ""),
]


@pytest.mark.parametrize("first, second, message", ANOTHER)
def test_another_call(first, second, message, path):
    """It is refused by name; the same goes on."""
    run(path, **{"num_epochs": 1, **first})
    before = path.read_bytes()
    if not message:
        assert len(run(path, 2, **second)[1]) == 2
        return
    text = f"checkpoint: .* another {message}. Delete it"
    with pytest.raises(ValueError, match=text):
        run(path, 2, **second)
    assert path.read_bytes() == before


def test_the_same_objects_go_on(path):
    """Also where training has changed them."""
    parts = {**with_layer(4, nn.Dropout(0.5)), **loss()}
    for epochs in (1, 2, 3):
        assert len(run(path, epochs, **parts)[1]) == epochs


@pytest.mark.parametrize("place", [".", "no such/run.pt"])
def test_a_path_that_cannot_be_a_file(place, tmp_path):
    with pytest.raises(ValueError, match="checkpoint: expected a file in a"):
        run(tmp_path / place, 1)
    assert not list(tmp_path.iterdir())


def refused(path):
    """Require a clear refusal that leaves the file as it is."""
    content = path.read_bytes()
    with pytest.raises(ValueError, match="checkpoint: .*Delete it") as error:
        run(path, 2)
    assert str(path) in str(error.value) and path.read_bytes() == content


def test_a_damaged_file(path):
    run(path, 1)
    content = path.read_bytes()
    parts = (content[: i * len(content) // 20] for i in range(20))
    for other in (b"no checkpoint", b"PK" + bytes(100), *parts):
        path.write_bytes(other)
        refused(path)
    for state in ({"words": {}}, {"net": 1}, [1, 2]):
        torch.save(state, path)
        refused(path)


class Evil:
    """Makes a folder when it is unpickled."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.mkdir, (self.target,)


def test_a_file_from_elsewhere_runs_no_code(path, tmp_path):
    run(path, 1)
    state = torch.load(path, weights_only=True)
    torch.save({**state, "parts": Evil(str(tmp_path / "executed"))}, path)
    refused(path)
    assert list(tmp_path.iterdir()) == [path]
