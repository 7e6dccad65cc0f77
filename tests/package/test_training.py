"""train_ch5 and train_ch6: what they do, print, and leave behind."""

import copy
import math
import re
from functools import partial

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
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

import course_utils as cu
from course_utils import device, progress, training

CPU = torch.device("cpu")


def train(net=None, batches=None, num_epochs=2, lr=0.1, **options):
    """Call train_ch6 with small defaults."""
    batches = make_batches() if batches is None else batches
    net = small_net() if net is None else net
    return cu.train_ch6(net, batches, batches, num_epochs, lr, CPU, **options)


def linear_net():
    return nn.Sequential(nn.Flatten(), nn.Linear(36, 3))


# The seed.


def lazy_net(seed):
    torch.manual_seed(seed)
    block = cu.Residual(4, use_1x1conv=True, strides=2)
    return nn.Sequential(block, nn.Flatten(), nn.LazyLinear(3))


@pytest.mark.parametrize(
    "make_net, make_iter",
    [
        (small_net, make_batches),
        (small_net, make_loader),
        (lazy_net, make_loader),
    ],
)
def test_seed_makes_runs_equal(make_net, make_iter):
    """Weights, biases, dropout and order: all of them follow the seed."""
    nets = [make_net(seed=i) for i in range(3)]
    seeds = (7, 7, 8)
    histories = [
        train(net, make_iter(), seed=s) for net, s in zip(nets, seeds)
    ]
    assert same_weights(nets[0], nets[1])
    assert histories[0].loss == histories[1].loss
    assert not same_weights(nets[0], nets[2])


def test_seed_starts_a_trained_net_anew():
    """Running a lesson's cell twice gives the same numbers twice."""
    net, batches = small_net(), make_loader(seed=0)
    first = train(net, batches, seed=1)
    assert train(net, batches, seed=1).loss == first.loss


def test_init():
    """None keeps the weights; by default they are Xavier's."""
    net = linear_net()
    nn.init.constant_(net[1].weight, 5.0)
    before = copy.deepcopy(net)
    train(net, lr=1e-30, num_epochs=1, init=None, seed=1)
    assert same_weights(net, before)
    train(net, lr=1e-30, num_epochs=1)
    bound = math.sqrt(6 / (36 + 3))
    assert 0.5 * bound < net[1].weight.abs().max() <= bound
    assert torch.equal(net[1].bias, before[1].bias)


# What can be iterated over.


def as_data_loader(batches):
    X, y = (torch.cat(parts) for parts in zip(*batches))
    return DataLoader(TensorDataset(X, y), batch_size=8)


class Streamed(IterableDataset):
    """Batches that have no length, as a DataLoader of them has none."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        yield from self.batches


def as_stream_loader(batches):
    return DataLoader(Streamed(batches), batch_size=None)


CONVERT = [tuple, as_data_loader, Streamed, as_stream_loader]


@pytest.mark.parametrize("convert", CONVERT)
@pytest.mark.parametrize("num_batches", [1, 4, 5])
def test_iterables(convert, num_batches):
    """Also fewer than five batches, where d2l divides by zero."""
    batches = make_batches(num_batches)
    # No dropout, for a DataLoader draws a random number an epoch.
    expected = train(linear_net(), batches, seed=0)
    got = train(linear_net(), convert(batches), seed=0)
    assert got.loss == expected.loss
    assert got.test_acc == expected.test_acc


def test_an_iterator_that_is_used_up_is_named():
    with pytest.raises(ValueError, match="_iter: expected batches in"):
        train(linear_net(), (batch for batch in make_batches(2)))


# Optimizers and schedules.


class Recorded(torch.optim.SGD):
    """SGD that keeps the learning rate of each step."""

    rates = []

    def step(self, closure=None):
        Recorded.rates.append(self.param_groups[0]["lr"])
        return super().step(closure)


HALVED = partial(lr_scheduler.StepLR, step_size=1, gamma=0.5)
CYCLES = partial(lr_scheduler.CyclicLR, base_lr=0.01, max_lr=0.04)
RISING = partial(lr_scheduler.OneCycleLR, max_lr=0.12, pct_start=12 / 13)
UP = {"total_steps": 13, "anneal_strategy": "linear", "div_factor": 12}


# Of two epochs of six batches.
@pytest.mark.parametrize(
    "scheduler, rates",
    [
        (None, [0.1] * 12),
        (HALVED, [0.1] * 6 + [0.05] * 6),
        (
            partial(CYCLES, step_size_up=3),
            [0.01, 0.02, 0.03, 0.04, 0.03, 0.02] * 2,
        ),
        (partial(RISING, **UP), [i / 100 for i in range(1, 13)]),
    ],
)
def test_schedules(scheduler, rates):
    Recorded.rates.clear()
    train(optimizer=Recorded, scheduler=scheduler)
    assert Recorded.rates == pytest.approx(rates)


def test_loss_of_ones_own():
    smooth = nn.CrossEntropyLoss(label_smoothing=0.2)
    losses = [
        train(num_epochs=1, loss=loss, seed=0).loss
        for loss in (None, nn.CrossEntropyLoss(), smooth)
    ]
    assert losses[0] == losses[1] != losses[2]


# Speed options change rounding, not what is computed.


def test_channels_last():
    """It reaches weights and images, and changes rounding only."""
    seen, layout = [], torch.channels_last

    def note(module, arguments):
        seen.append(arguments[0].is_contiguous(memory_format=layout))

    batches = [(X.repeat(1, 3, 1, 1), y) for X, y in make_batches()]
    losses = []
    for channels_last in (False, True):
        conv = nn.Conv2d(3, 4, 3)
        conv.register_forward_pre_hook(note)
        net = nn.Sequential(conv, nn.Flatten(), nn.Linear(64, 3))
        options = {"channels_last": channels_last, "seed": 0}
        losses.append(train(net, batches, num_epochs=1, **options).loss)
    assert seen[:6] == [False] * 6 and seen[12:18] == [True] * 6
    assert conv.weight.is_contiguous(memory_format=layout)
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)


@pytest.mark.parametrize("computes", [True, False])
def test_amp(computes, monkeypatch, capsys):
    """Without instructions for bfloat16 it says so, and does nothing."""
    plain = train(seed=0)
    monkeypatch.setattr(training, "computes_bfloat16", lambda _: computes)
    net, kinds = small_net(), []
    net[0].register_forward_hook(lambda m, a, out: kinds.append(out.dtype))
    mixed = train(net, amp=True, seed=0)
    assert set(kinds) == {torch.bfloat16 if computes else torch.float32}
    assert mixed.loss == pytest.approx(plain.loss, rel=0.1 * computes)
    assert {p.dtype for p in net.parameters()} == {torch.float32}
    printed = capsys.readouterr().out
    assert ("amp=True: no bfloat16" in printed) is not computes


@pytest.mark.parametrize(
    "machine, has, used, wanted",
    [
        ("x86_64", "amx", "AVX512", True),
        ("AMD64", "avx512_bf16", "AVX512", True),
        ("x86_64", "nothing", "AVX512", False),
        ("x86_64", "amx", "AVX2", False),
        ("arm64", "bf16", "DEFAULT", True),
    ],
)
def test_processors_with_bfloat16(machine, has, used, wanted, monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: machine)
    for name in ("amx_tile", "avx512_bf16"):
        monkeypatch.setattr(
            torch.cpu,
            f"_is_{name}_supported",
            lambda n=name: n.startswith(has),
        )
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {has: True})
    monkeypatch.setattr(
        torch.backends.cpu, "get_cpu_capability", lambda: used
    )
    assert device.computes_bfloat16(CPU) == wanted


# Live display.


def test_a_notebook_without_plot_shows_a_bar(monkeypatch, capsys):
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setattr(progress, "Animator", None)  # would fail
    train(plot=False)
    assert "batch" in capsys.readouterr().out


# train_ch5.


def train_ch5(net, batches, num_epochs=3, criterion=None):
    criterion = criterion or nn.CrossEntropyLoss()
    arguments = batches, batches, criterion, num_epochs, 8, CPU, 0.1
    return cu.train_ch5(net, *arguments)


def test_train_ch5_prints_a_line_an_epoch(capsys):
    history = train_ch5(small_net(), make_batches())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "training on cpu" and len(lines) == 4
    for i, line in enumerate(lines[1:]):
        start = (
            f"epoch {i + 1}, loss {history.loss[i]:.4f}, train acc "
            f"{history.train_acc[i]:.3f}, test acc {history.test_acc[i]:.3f}"
        )
        assert re.fullmatch(re.escape(start) + r", time \d+\.\d sec", line)


def test_train_ch5_takes_any_criterion():
    def squares(y_hat, y):
        return ((y_hat - nn.functional.one_hot(y, 3)) ** 2).mean()

    history = train_ch5(small_net(), make_batches(), 9, criterion=squares)
    assert history.loss[-1] < history.loss[0]


# Fast mode.


@pytest.mark.parametrize("which", ["train_ch5", "train_ch6"])
def test_fast_mode_stops_after_one_epoch(which, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_FAST", "1")
    run = {"train_ch5": train_ch5, "train_ch6": train}[which]
    assert len(run(small_net(), make_batches(), 5)) == 1
    line = "fast mode (COURSE_FAST=1): 1 epoch, not 5"
    assert capsys.readouterr().out.splitlines()[1] == line
    run(small_net(), make_batches(), 1)
    assert "fast mode" not in capsys.readouterr().out
