"""Resuming a run: exactly, safely, and never from half a file."""

import os
import random
from functools import partial

import numpy as np
import pytest
import torch
from examples import (
    interrupt,
    loss_with,
    make_batches,
    make_loader,
    same_weights,
    small_net,
)
from torch import nn
from torch.optim import lr_scheduler
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    SubsetRandomSampler,
    TensorDataset,
)

import course_utils as cu
from course_utils import checkpoint as checkpoint_module
from course_utils.checkpoint import FORMAT


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.pt"


def shuffled_data_loader(generator=None):
    X, y = (torch.cat(parts) for parts in zip(*make_batches()))
    return DataLoader(
        TensorDataset(X, y), batch_size=7, shuffle=True, generator=generator
    )


def sampled_data_loader(in_batches):
    """A loader whose order comes from its sampler's own generator."""
    X, y = (torch.cat(parts) for parts in zip(*make_batches()))
    sampler = SubsetRandomSampler(
        range(40), generator=torch.Generator().manual_seed(5)
    )
    if in_batches:
        batches = BatchSampler(sampler, 7, drop_last=False)
        return DataLoader(TensorDataset(X, y), batch_sampler=batches)
    return DataLoader(TensorDataset(X, y), batch_size=7, sampler=sampler)


AUGMENT = {"flip": True, "crop": 1, "cutout": 2}
ITERATORS = {
    "list": make_batches,
    "own generator": partial(make_loader, seed=3),
    "torch's generator": make_loader,
    "augmented, own": partial(make_loader, seed=3, **AUGMENT),
    "augmented, torch's": partial(make_loader, **AUGMENT),
    "DataLoader": shuffled_data_loader,
    "DataLoader with generator": lambda: shuffled_data_loader(
        torch.Generator().manual_seed(5)
    ),
    "DataLoader with sampler": partial(sampled_data_loader, False),
    "DataLoader with batch sampler": partial(sampled_data_loader, True),
}
SGD = torch.optim.SGD
OPTIONS = {
    "SGD": {},
    "momentum": {"optimizer": partial(SGD, momentum=0.9, nesterov=True)},
    "Adam": {"optimizer": torch.optim.Adam},
    "AdamW": {"optimizer": partial(torch.optim.AdamW, weight_decay=0.1)},
    "RMSprop": {"optimizer": torch.optim.RMSprop},
    "NumPy's numbers": {
        "optimizer": partial(SGD, momentum=np.float64(0.9)),
        "scheduler": partial(
            lr_scheduler.MultiStepLR, milestones=list(np.array([1, 3]))
        ),
    },
    "cosine": {"scheduler": partial(lr_scheduler.CosineAnnealingLR, T_max=4)},
    "steps": {
        "scheduler": partial(lr_scheduler.MultiStepLR, milestones=[1, 3])
    },
    "one cycle": {
        "optimizer": partial(SGD, momentum=0.9),
        "scheduler": partial(
            lr_scheduler.OneCycleLR, max_lr=0.2, total_steps=28
        ),
    },
    "plateau": {
        "scheduler": partial(lr_scheduler.ReduceLROnPlateau, patience=0)
    },
    "channels last": {"channels_last": True},
    "amp": {"amp": True},
}


def run(path, num_epochs, make_iter=make_batches, net_seed=0, **options):
    """Train a net, as in a new process; return it and its history."""
    net = small_net(net_seed)
    options = {"seed": 0, **options}
    history = cu.train_ch6(
        net,
        make_iter(),
        make_batches(2, seed=9),
        num_epochs,
        0.05,
        "cpu",
        checkpoint=path,
        **options,
    )
    return net, history


def spoil_random_states():
    """Leave the generators as a new process would not find them."""
    for seed in (torch.manual_seed, random.seed, np.random.seed):
        seed(12345)


def assert_resumes(path, stops, num_epochs=4, **options):
    expected_net, expected = run(None, num_epochs, **options)
    for epochs in (*stops, num_epochs):
        spoil_random_states()
        net, history = run(path, epochs, net_seed=epochs, **options)
        assert len(history) == epochs
    assert same_weights(net, expected_net)
    assert history.loss == expected.loss
    assert history.train_acc == expected.train_acc
    assert history.test_acc == expected.test_acc


@pytest.mark.parametrize("make_iter", ITERATORS.values(), ids=ITERATORS)
def test_resume_is_exact_for_every_iterator(make_iter, path):
    assert_resumes(path, [1, 3], make_iter=make_iter)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_resume_is_exact_for_every_option(options, path):
    assert_resumes(path, [2], **options)


def test_resume_is_exact_without_a_seed(path):
    torch.manual_seed(4)
    expected_net, expected = run(None, 4, make_loader, seed=None)
    torch.manual_seed(4)
    run(path, 2, make_loader, seed=None)
    spoil_random_states()
    net, history = run(path, 4, make_loader, seed=None)
    assert history.loss == expected.loss
    assert same_weights(net, expected_net)


def test_resume_restores_every_generator(path):
    def draw():
        return random.random(), np.random.rand(), torch.rand(1).item()

    random.seed(1), np.random.seed(1)
    run(path, 1, seed=None)
    first = draw()
    spoil_random_states()
    run(path, 1, seed=None)  # only loads
    assert draw() == first


def test_a_finished_run_is_only_loaded(path, capsys):
    net, history = run(path, 2)
    content = path.read_bytes()
    again, same = run(path, 2, net_seed=7)
    assert same == history and same_weights(again, net)
    assert path.read_bytes() == content
    printed = capsys.readouterr().out.splitlines()
    assert printed[1] == printed[4]


def test_path_as_text(path):
    run(str(path), 1)
    assert path.exists()


def test_no_checkpoint_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run(None, 1)
    assert not list(tmp_path.iterdir())


def test_only_the_file_is_left(path):
    run(path, 2)
    assert list(path.parent.iterdir()) == [path]


# What does not fit.


@pytest.mark.parametrize(
    "content",
    [b"", b"no checkpoint", b"PK\x03\x04" + bytes(100)],
    ids=["empty", "text", "zip head"],
)
def test_other_content(content, path):
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is damaged") as error:
        run(path, 1)
    assert str(path) in str(error.value)
    assert path.read_bytes() == content


@pytest.mark.parametrize("share", [0.2, 0.6, 0.99])
def test_truncated(share, path):
    run(path, 1)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="is damaged"):
        run(path, 2)


@pytest.mark.parametrize(
    "state", [{"format": FORMAT}, {"net": 1}, [1, 2], torch.zeros(2)]
)
def test_another_torch_file(state, path):
    torch.save(state, path)
    with pytest.raises(ValueError, match="not one of train_ch6"):
        run(path, 1)


def test_malicious_pickle_is_not_run(path, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "run"),)

    torch.save({"format": FORMAT, "net": Evil()}, path)
    with pytest.raises(ValueError, match="damaged"):
        run(path, 1)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "net, key",
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(36, 3)), "0.weight"),
        (
            nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(64, 3)),
            "1.bias",
        ),
    ],
    ids=["other layers", "fewer layers"],
)
def test_another_net(net, key, path):
    run(path, 1)
    batches = make_batches()
    with pytest.raises(ValueError, match="another net") as error:
        cu.train_ch6(
            net, batches, batches, 2, 0.05, "cpu", seed=0, checkpoint=path
        )
    assert key in str(error.value)


def test_another_seed(path):
    """Seed 1 must not be answered with the weights of seed 0."""
    run(path, 1)
    batches = make_batches()
    with pytest.raises(
        ValueError, match="seed 0 in the file, 1 in this call"
    ):
        cu.train_ch6(
            small_net(),
            batches,
            batches,
            1,
            0.05,
            "cpu",
            seed=1,
            checkpoint=path,
        )


def test_numpy_learning_rate(path):
    """Sweeps give lr as a numpy number, which a safe load refuses."""
    batches, lr = make_batches(), np.float64(0.05)
    for _ in range(2):
        history = cu.train_ch6(
            small_net(), batches, batches, 1, lr, "cpu", checkpoint=path
        )
    assert len(history) == 1


def test_a_file_with_the_right_format_alone(path):
    torch.save({"format": FORMAT}, path)
    with pytest.raises(ValueError, match="is damaged or not one of"):
        run(path, 1)


@pytest.mark.parametrize(
    "options, word",
    [
        ({"optimizer": torch.optim.Adam}, "Adam"),
        (
            {"scheduler": partial(lr_scheduler.StepLR, step_size=1)},
            "StepLR",
        ),
    ],
    ids=["optimizer", "scheduler"],
)
def test_another_setting(options, word, path):
    """In both directions, and between two kinds."""
    run(path, 1)
    with pytest.raises(ValueError, match=f"{word} in this call"):
        run(path, 2, **options)
    path.unlink()
    run(path, 1, **options)
    with pytest.raises(ValueError, match=f"{word} in the file, "):
        run(path, 2)


def test_another_kind_of_scheduler(path):
    run(path, 1, scheduler=partial(lr_scheduler.StepLR, step_size=1))
    cosine = partial(lr_scheduler.CosineAnnealingLR, T_max=4)
    with pytest.raises(ValueError, match="StepLR.*CosineAnnealingLR"):
        run(path, 2, scheduler=cosine)


def test_another_lr(path):
    run(path, 1)
    batches = make_batches()
    with pytest.raises(
        ValueError, match="lr 0.05 in the file, 0.5 in this call"
    ):
        cu.train_ch6(
            small_net(), batches, batches, 2, 0.5, "cpu", checkpoint=path
        )


def test_a_folder(tmp_path):
    with pytest.raises(ValueError, match="checkpoint: expected a file"):
        run(tmp_path, 1)


def test_missing_parent(tmp_path):
    folder = tmp_path / "no such"
    with pytest.raises(ValueError, match="checkpoint: there is no folder"):
        run(folder / "run.pt", 1)
    assert not folder.exists()


# Crashes.


class Killed(BaseException):
    """As when the process is stopped."""


@pytest.mark.parametrize("where", ["replace", "fsync"])
def test_killed_while_writing(where, path, monkeypatch):
    """The file of the epoch before is whole, and training goes on."""
    run(path, 2)
    content = path.read_bytes()

    def killed(*args):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint_module.os, where, killed)
        with pytest.raises(Killed):
            run(path, 4)
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]
    assert_resumes(path, [])


def test_killed_at_the_first_write(path, monkeypatch):
    def killed(*args):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint_module.os, "replace", killed)
        with pytest.raises(Killed):
            run(path, 1)
    assert not list(path.parent.iterdir())


def test_killed_within_an_epoch(path):
    with pytest.raises(KeyboardInterrupt):
        run(path, 4, loss=loss_with(interrupt, 15))
    assert_resumes(path, [])


class Half:
    """A rule for LambdaLR, with a state that a file must not hold."""

    def __init__(self):
        self.keeps = Half

    def __call__(self, epoch):
        return 0.5**epoch


def test_a_part_that_cannot_be_read_back_is_refused_at_once(path):
    scheduler = partial(lr_scheduler.LambdaLR, lr_lambda=Half())
    with pytest.raises(TypeError, match="checkpoint: the scheduler holds"):
        run(path, 2, scheduler=scheduler)
    assert not path.exists()


def one_group(parameters, lr):
    return torch.optim.Adam([*parameters], lr=lr)


def two_groups(parameters, lr):
    first, *others = parameters
    groups = [{"params": [first]}, {"params": others}]
    return torch.optim.Adam(groups, lr=lr)


def test_other_groups_of_parameters(path):
    run(path, 2, optimizer=one_group)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="group 2 lr nothing in the file"):
        run(path, 4, optimizer=two_groups)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory"), MemoryError()]
)
def test_no_memory_to_load_it_is_no_damage(error, path, monkeypatch):
    run(path, 2, optimizer=torch.optim.Adam)

    def fail(self, state):
        raise error

    monkeypatch.setattr(torch.optim.Adam, "load_state_dict", fail)
    with pytest.raises(type(error)) as caught:
        run(path, 4, optimizer=torch.optim.Adam)
    assert caught.value is error


def test_a_file_that_may_not_be_read_is_no_damage(path, monkeypatch):
    run(path, 2)

    def forbid(*args, **options):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(checkpoint_module.zipfile, "ZipFile", forbid)
    with pytest.raises(PermissionError):
        run(path, 4)
