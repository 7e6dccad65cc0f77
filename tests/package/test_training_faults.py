"""Training that is killed, is stopped, or diverges."""

import copy
import os

import numpy as np
import pytest
import torch
from examples import (
    interrupt,
    loss_with,
    make_batches,
    random_arrays,
    same_weights,
    small_net,
)
from victims import LESSONS, finish, kill_at_random_moments, start, train

import course_utils as cu
from course_utils.sources import DATA_SETS


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.pt"


def run(path=None, num_epochs=4, net=None, **options):
    """Train a small net from the same start each time; return it."""
    net = small_net() if net is None else net
    train_iter = options.pop("train_iter", None) or make_batches()
    test_iter = options.pop("test_iter", None) or make_batches(2, seed=9)
    options = {"seed": 0, "lr": 0.05, "checkpoint": path, **options}
    cu.train_ch6(
        net, train_iter, test_iter, num_epochs, device="cpu", **options
    )
    return net


def run_ch5(criterion):
    batches = make_batches()
    cu.train_ch5(small_net(), batches, batches, criterion, 4, 8, "cpu", 0.1)


# Killed.


@pytest.mark.nightly
@pytest.mark.parametrize("number", LESSONS)
def test_kill_at_random_moments(number, tmp_path):
    """Whatever is killed, and how often: the same weights in the end."""
    for name in DATA_SETS:
        np.savez(tmp_path / f"{name}.npz", **random_arrays(name))
    checkpoint, result = tmp_path / "run.pt", tmp_path / "result.pt"

    def complete(checkpoint):
        finish(start(train, number, str(tmp_path), checkpoint, result))
        content = torch.load(result)
        result.unlink()
        return content

    def assert_right(content):
        assert content["loss"] == expected["loss"]
        for key, value in expected["net"].items():
            assert torch.equal(content["net"][key], value), key

    def make():
        return start(train, number, str(tmp_path), str(checkpoint), result)

    def check():
        """Let every second kill hit the run that was killed before."""
        check.calls += 1
        if check.calls % 2 == 0 or result.exists():
            assert_right(complete(str(checkpoint)))
            checkpoint.unlink()

    check.calls = 0
    expected = complete(None)
    assert_right(complete(str(checkpoint)))
    checkpoint.unlink()
    kill_at_random_moments(5, make, check)
    assert_right(complete(str(checkpoint)))


# Stopped.


def stop_at(call):
    """Return the default loss, interrupted at one call."""
    return loss_with(interrupt, call)


class StopInTest(list):
    """Batches; going over them is interrupted at one time."""

    def __init__(self, batches, at):
        super().__init__(batches)
        self.left = at

    def __iter__(self):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return super().__iter__()


# Six batches an epoch, four epochs.
STOPS = {
    "first batch": (lambda: {"loss": stop_at(1)}, 1),
    "third epoch": (lambda: {"loss": stop_at(15)}, 3),
    "last batch": (lambda: {"loss": stop_at(24)}, 4),
    "evaluation": (
        lambda: {"test_iter": StopInTest(make_batches(2, seed=9), 3)},
        3,
    ),
}


def stop(path, options, net=None):
    with pytest.raises(KeyboardInterrupt) as stopped:
        run(path, net=net, **options)
    (line,) = str(stopped.value).splitlines()
    return line


@pytest.mark.parametrize("make_options, epoch", STOPS.values(), ids=STOPS)
def test_interrupt(make_options, epoch, path):
    """What the line says is so: the run goes on from there."""
    net = small_net()
    line = stop(path, make_options(), net)
    assert f"stopped in epoch {epoch} of 4" in line
    assert (str(path) in line) is path.exists() is (epoch > 1)
    assert net(torch.rand(5, 1, 6, 6)).isfinite().all()
    assert same_weights(run(path, net=net), run())
    # Without a checkpoint the net is what goes on.
    line = stop(None, make_options(), net)
    assert f"stopped in epoch {epoch} of 4" in line and "init=None" in line
    before = copy.deepcopy(net)
    stop(None, {"init": None, "loss": stop_at(1)}, net)
    for p, q in zip(net.parameters(), before.parameters()):
        assert torch.equal(p, q)


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_interrupt_while_saving(function, path, monkeypatch):
    original, left = getattr(os, function), [3]

    def interrupted(*args):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return original(*args)

    monkeypatch.setattr(os, function, interrupted)
    assert f"goes on from {path}" in stop(path, {})
    assert list(path.parent.iterdir()) == [path]
    assert len(torch.load(path)["history"]["loss"]) == 2
    assert same_weights(run(path), run())


# Diverged.


def explode(at, value=float("nan")):
    """Return cross-entropy that is no longer finite at one call."""
    return loss_with(lambda loss: loss * value, at)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize(
    "at, where", [(1, "epoch 1, batch 1"), (16, "epoch 3, batch 4")]
)
def test_nan_loss_names_epoch_and_batch(at, where, value):
    for call in (lambda loss: run(loss=loss), run_ch5):
        with pytest.raises(FloatingPointError, match=f"{where}.*smaller lr"):
            call(explode(at, value))


def test_nan_loss_leaves_the_checkpoint_good(path):
    """Epochs 1 and 2 are kept, and training goes on from there."""
    with pytest.raises(FloatingPointError):
        run(path, loss=explode(15))
    assert same_weights(run(path), run())
