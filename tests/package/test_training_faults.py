"""Training that is killed, is stopped, or diverges."""

import copy
import functools
import os

import pytest
import torch
from examples import (
    interrupt,
    loss_with,
    make_batches,
    same_weights,
    small_net,
)
from victims import finish, kill_at_random_moments, start, train

import course_utils as cu


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.pt"


def run(path=None, num_epochs=4, net=None, **options):
    """Train a small net from the same start each time; return it."""
    net = small_net() if net is None else net
    data = make_batches(), make_batches(2, seed=9)
    options = {"seed": 0, "checkpoint": path, **options}
    cu.train_ch6(net, *data, num_epochs, 0.05, "cpu", **options)
    return net


def run_ch5(criterion):
    batches = make_batches()
    cu.train_ch5(small_net(), batches, batches, criterion, 4, 8, "cpu", 0.1)


# Killed.


@pytest.mark.nightly
def test_kill_at_random_moments(tmp_path):
    """Whatever is killed, and how often: the same weights in the end."""
    checkpoint, result = tmp_path / "run.pt", tmp_path / "result.pt"

    def complete(checkpoint):
        finish(start(train, checkpoint, result))
        content = torch.load(result)
        result.unlink()
        return content

    def assert_right():
        content = complete(checkpoint)
        assert content["loss"] == expected["loss"]
        for key, value in expected["net"].items():
            assert torch.equal(content["net"][key], value), key
        checkpoint.unlink()

    def check():
        """Let every second kill hit the run that was killed before."""
        check.calls += 1
        if check.calls % 2 == 0 or result.exists():
            assert_right()

    check.calls = 0
    expected = complete(None)
    assert_right()
    make = functools.partial(start, train, checkpoint, result)
    kill_at_random_moments(15, make, check)
    assert_right()


# Stopped.


def stop(path, at, net=None, **options):
    """Interrupt a run at one batch of six an epoch; return what it says."""
    loss = loss_with(interrupt, at)
    with pytest.raises(KeyboardInterrupt) as stopped:
        run(path, net=net, loss=loss, **options)
    (line,) = str(stopped.value).splitlines()
    return line


@pytest.mark.parametrize("at, epoch", [(1, 1), (15, 3), (24, 4)])
def test_interrupt(at, epoch, path):
    """What the line says is so: the run goes on from there."""
    net = small_net()
    line = stop(path, at, net)
    assert f"stopped in epoch {epoch} of 4" in line
    assert (str(path) in line) is path.exists() is (epoch > 1)
    assert net(torch.rand(5, 1, 6, 6)).isfinite().all()
    assert same_weights(run(path, net=net), run())
    # Without a checkpoint the net is what goes on.
    line = stop(None, at, net)
    assert f"stopped in epoch {epoch} of 4" in line and "init=None" in line
    before = copy.deepcopy(net)
    stop(None, 1, net, init=None)
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
    assert f"goes on from {path}" in stop(path, 99)
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
