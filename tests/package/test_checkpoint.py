"""Resuming a run: exactly, safely, and never from half a file."""

import random
from functools import partial

import numpy as np
import pytest
import torch
from examples import (
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


def run(
    path,
    num_epochs,
    make_iter=make_batches,
    net_seed=0,
    net=None,
    lr=0.05,
    **options,
):
    """Train a net, as in a new process; return it and its history."""
    net = small_net(net_seed) if net is None else net
    options = {"seed": 0, **options}
    history = cu.train_ch6(
        net,
        make_iter(),
        make_batches(2, seed=9),
        num_epochs,
        lr,
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
    run(str(path), 1, seed=None)  # only loads
    assert draw() == first


def test_a_finished_run_is_only_loaded(path, capsys):
    net, history = run(path, 2)
    content = path.read_bytes()
    again, same = run(path, 2, net_seed=7)
    assert same == history and same_weights(again, net)
    assert path.read_bytes() == content
    printed = capsys.readouterr().out.splitlines()
    assert printed[1] == printed[4]


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


@pytest.mark.parametrize(
    "state", [{"words": {}}, {"net": 1}, [1, 2], torch.zeros(2)]
)
def test_another_torch_file(state, path):
    torch.save(state, path)
    with pytest.raises(ValueError, match="checkpoint: .*give another path"):
        run(path, 1)


def schedule(kind, *arguments, **options):
    """Return a function that makes a schedule, as a notebook has it."""
    return {"scheduler": lambda o: kind(o, *arguments, **options)}


def powers(base):
    return schedule(lr_scheduler.LambdaLR, lambda epoch: base**epoch)


def two_stages(step_size):
    def make(optimizer):
        first = lr_scheduler.ConstantLR(optimizer, total_iters=1)
        then = lr_scheduler.StepLR(optimizer, step_size)
        return lr_scheduler.SequentialLR(optimizer, [first, then], [1])

    return {"scheduler": make}


def groups(lr_of_first):
    def make(parameters, lr):
        first, *others = parameters
        rates = {"params": [first], "lr": lr_of_first}, {"params": others}
        return SGD(rates, lr=lr)

    return {"optimizer": make}


class Scaled(nn.CrossEntropyLoss):
    """A loss with a number of its own, which counts its calls."""

    def __init__(self, scale):
        super().__init__()
        self.scale, self.calls = scale, 0

    def forward(self, y_hat, y):
        self.calls += 1
        return self.scale * super().forward(y_hat, y)


def loss(**options):
    return {"loss": nn.CrossEntropyLoss(**options)}


def zeros(module):
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.weight)


def loader(**options):
    return {"make_iter": partial(make_loader, **options)}


def data_loader(**options):
    X, y = (torch.cat(parts) for parts in zip(*make_batches()))
    return {"make_iter": lambda: DataLoader(TensorDataset(X, y), **options)}


def with_layer(index, layer):
    net = small_net()
    net[index] = layer
    return {"net": net}


def frozen():
    net = small_net()
    net[0].weight.requires_grad = False
    return net


class Own(nn.Module):
    """A net that does one thing or another with the same weights."""

    def __init__(self, doubled):
        super().__init__()
        self.net, self.doubled = small_net(), doubled

    def forward(self, X):
        self.X = X  # kept, as for a picture
        return self.net(X) * (1 + self.doubled)


PLATEAU, CYCLE = lr_scheduler.ReduceLROnPlateau, lr_scheduler.OneCycleLR
COSINE, STEP = lr_scheduler.CosineAnnealingLR, lr_scheduler.StepLR
# What is in the file, what the second call has, what the message says.
ANOTHER = [
    ({}, {"optimizer": torch.optim.Adam}, "optimizer SGD .* Adam"),
    ({}, schedule(STEP, 1), "scheduler None .* StepLR"),
    (schedule(STEP, 1), schedule(COSINE, 4), "StepLR .* CosineAnnealingLR"),
    (schedule(COSINE, 4), schedule(COSINE, 8), "scheduler.T_max 4 .* 8"),
    (schedule(STEP, 1), schedule(STEP, 2), "step_size 1 .* 2"),
    (
        schedule(CYCLE, 0.1, total_steps=24),
        schedule(CYCLE, 0.1, total_steps=48),
        "total_steps 24 .* 48",
    ),
    (
        schedule(CYCLE, 0.1, total_steps=24),
        schedule(CYCLE, 0.1, total_steps=24, pct_start=0.5),
        "end_step",
    ),
    (schedule(PLATEAU), schedule(PLATEAU, patience=0), "patience 10 .* 0"),
    (powers(0.5), powers(0.6), "lr_lambdas.0.base 0.5 .* 0.6"),
    (two_stages(1), two_stages(2), "_schedulers"),
    (OPTIONS["momentum"], {"optimizer": SGD}, "groups.0.momentum 0.9 .* 0"),
    (
        {"optimizer": partial(SGD, weight_decay=1e-4)},
        {"optimizer": SGD},
        "weight_decay 0.0001 .* 0",
    ),
    (
        {"optimizer": torch.optim.Adam},
        {"optimizer": partial(torch.optim.Adam, betas=(0.8, 0.9))},
        "betas.0 0.9 .* 0.8",
    ),
    (groups(0.1), groups(0.2), "groups.0.lr 0.1 .* 0.2"),
    ({}, groups(0.05), "groups.1.params.0 nothing"),
    ({}, loss(label_smoothing=0.1), "loss.label_smoothing 0.0 .* 0.1"),
    ({}, loss(weight=torch.ones(3)), "loss.weight None .* 1.0, 1.0"),
    ({}, {"loss": nn.MultiMarginLoss()}, "loss CrossEntropy.* MultiMargin"),
    ({"loss": Scaled(1)}, {"loss": Scaled(2)}, "loss.scale 1 .* 2"),
    (
        {"loss": lambda y_hat, y: nn.functional.cross_entropy(y_hat, y)},
        {"loss": lambda y_hat, y: nn.functional.nll_loss(y_hat, y)},
        "cross_entropy .* nll_loss",
    ),
    ({}, {"init": None}, "init init_xavier .* None"),
    ({}, {"init": zeros}, "init init_xavier .* zeros"),
    ({}, {"channels_last": True}, "channels_last False .* True"),
    ({}, {"seed": 1}, "seed 0 in the file, 1 in this call"),
    ({}, {"lr": 0.5}, "lr 0.05 in the file, 0.5 in this call"),
    (
        {},
        {"make_iter": partial(make_batches, 12, 4)},
        "train_iter.batch_size 8 .* 4",
    ),
    (loader(), loader(flip=True), "train_iter.flip False .* True"),
    (loader(), loader(batch_size=5), "train_iter.batch_size 8 .* 5"),
    (loader(seed=1), loader(seed=1), ""),
    (
        {"seed": None, **loader(seed=1)},
        {"seed": None, **loader(seed=2)},
        "train_iter.seeds.0 1 .* 2",
    ),
    (
        data_loader(batch_size=7),
        data_loader(batch_size=7, drop_last=True),
        "train_iter.drop_last False .* True",
    ),
    (
        data_loader(batch_size=7),
        data_loader(batch_size=7, shuffle=True),
        "sampler SequentialSampler .* RandomSampler",
    ),
    ({}, with_layer(2, nn.GELU()), "net.2 ReLU.* GELU"),
    ({}, with_layer(4, nn.Dropout(0.5)), "net.4.p 0.3 .* 0.5"),
    ({}, {"net": frozen()}, "net.0.weight trained .* frozen"),
    ({"net": Own(0)}, {"net": Own(1)}, "net.doubled 0 .* 1"),
    ({"num_epochs": 3}, {}, "epoch 3 already, .* num_epochs=2"),
    # The same again, made anew.
    (powers(0.5), powers(0.5), ""),
    (two_stages(1), two_stages(1), ""),
    (groups(0.1), groups(0.1), ""),
    ({"loss": Scaled(2)}, {"loss": Scaled(2)}, ""),
    ({"net": Own(1)}, {"net": Own(1)}, ""),
    ({}, loss(), ""),
    ({}, {"lr": np.float64(0.05)}, ""),
    (data_loader(batch_size=7), data_loader(batch_size=7), ""),
]


@pytest.mark.parametrize("first, second, message", ANOTHER)
def test_another_call(first, second, message, path):
    """It is refused by name, in both directions; the same goes on."""
    run(path, **{"num_epochs": 1, **first})
    before = path.read_bytes()
    if not message:
        assert len(run(path, 2, **second)[1]) == 2
        return
    text = f"checkpoint: .*{message}.* give another path"
    with pytest.raises(ValueError, match=text):
        run(path, 2, **second)
    assert path.read_bytes() == before
    if "num_epochs" not in first:
        run(path.with_name("other.pt"), 1, **second)
        with pytest.raises(ValueError, match="is of another run"):
            run(path.with_name("other.pt"), 2, **first)


def test_the_same_objects_go_on(path):
    """Also where training has changed them."""
    parts = {"net": Own(1), "loss": Scaled(2)}
    for epochs in (1, 2, 3):
        assert len(run(path, epochs, **parts)[1]) == epochs


@pytest.mark.parametrize("place", [".", "no such/run.pt"])
def test_a_path_that_cannot_be_a_file(place, tmp_path):
    with pytest.raises(ValueError, match="checkpoint: expected a file in a"):
        run(tmp_path / place, 1)
    assert not list(tmp_path.iterdir())


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

    monkeypatch.setattr(cu.checkpoint.zipfile, "ZipFile", forbid)
    with pytest.raises(PermissionError):
        run(path, 4)
