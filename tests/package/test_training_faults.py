"""Training that is killed, stopped, short of memory, or handed a bad file."""

import copy
import os
import pickle
import weakref

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
from torch import nn
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
    options = {"seed": 0, "checkpoint": path, **options}
    cu.train_ch6(
        net, train_iter, test_iter, num_epochs, 0.05, "cpu", **options
    )
    return net


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
    "first epoch": (lambda: {"loss": stop_at(6)}, 1),
    "second epoch": (lambda: {"loss": stop_at(7)}, 2),
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


def assert_usable(net):
    scores = net(torch.rand(5, 1, 6, 6))
    assert scores.shape == (5, 3) and scores.isfinite().all()


@pytest.mark.parametrize("make_options, epoch", STOPS.values(), ids=STOPS)
def test_interrupt(make_options, epoch, path):
    """What the line says is so: the run goes on from there."""
    net = small_net()
    line = stop(path, make_options(), net)
    assert f"stopped in epoch {epoch} of 4." in line
    if epoch == 1:
        assert "No epoch is saved yet" in line and not path.exists()
    else:
        assert f"{path} is at epoch {epoch - 1};" in line
    assert_usable(net)
    assert same_weights(run(path, net=net), run())
    # Without a checkpoint the net is what goes on.
    line = stop(None, make_options(), net)
    assert f"stopped in epoch {epoch} of 4." in line
    assert "the same call with init=None goes on with it" in line
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
    line = stop(path, {})
    assert f"stopped in epoch 4 of 4. {path} is at epoch 2;" in line
    assert list(path.parent.iterdir()) == [path]
    assert same_weights(run(path), run())


def test_interrupt_of_a_resumed_run(path):
    run(path, num_epochs=2)
    assert "is at epoch 2;" in stop(path, {"loss": stop_at(3)})
    assert "is at epoch 3;" in stop(path, {"loss": stop_at(9)})
    assert same_weights(run(path), run())


def test_interrupt_of_train_ch5():
    net, batches = small_net(), make_batches()
    with pytest.raises(KeyboardInterrupt) as stopped:
        cu.train_ch5(net, batches, batches, stop_at(9), 3, 8, "cpu", 0.1)
    assert str(stopped.value) == (
        "stopped in epoch 2 of 3. The net keeps what it has learned; the "
        "same call goes on with it."
    )
    assert_usable(net)


# Short of memory.


class Failing(nn.Module):
    """Raise an error at one call, or ask for more memory than there is."""

    def __init__(self, at, error=None):
        super().__init__()
        self.left, self.error = at, error

    def forward(self, X):
        self.left -= 1
        if self.left == 0:
            if self.error:
                raise self.error
            torch.empty(2**50)
        return X


def with_part(part):
    return nn.Sequential(*small_net(), part)


MEMORY = {
    "CPU, real": None,
    "CUDA": torch.OutOfMemoryError("CUDA out of memory. Tried to ..."),
    "cuBLAS": RuntimeError("CUDA error: out of memory"),
    "Windows": RuntimeError("DefaultCPUAllocator: not enough memory: ..."),
    "Python": MemoryError(),
}


@pytest.mark.parametrize("error", MEMORY.values(), ids=MEMORY)
@pytest.mark.parametrize("saved", [0, 2])
def test_out_of_memory(error, saved, path):
    """It says what to try, and the run goes on with that."""
    net = with_part(Failing(9 * saved + 3, error))  # 9 with the tests
    with pytest.raises(torch.OutOfMemoryError) as raised:
        run(path, net=net, train_iter=make_batches(6, 8))
    text = str(raised.value)
    assert text.startswith("out of memory: try a smaller batch size. ")
    kept = f"is at epoch {saved};" if saved else "No epoch is saved yet"
    assert kept in text
    if saved:
        assert "For another batch size, give another path." in text
        path = path.with_name("other.pt")
    run(path, net=net, train_iter=make_batches(12, 4))
    assert_usable(net)


def test_after_out_of_memory_the_activations_are_free():
    """Else the smaller batch would have no room either."""
    kept = []

    class Wide(nn.Module):
        def forward(self, X):
            Y = X * 2
            kept.append(weakref.ref(Y))
            return Y + torch.empty(2**50)

    with pytest.raises(torch.OutOfMemoryError) as error:
        run(net=with_part(Wide()))
    assert kept[0]() is None and error.value.__traceback__ is not None


@pytest.mark.parametrize("error", [RuntimeError("shapes"), OSError("disk")])
def test_other_errors_pass(error):
    with pytest.raises(type(error)) as raised:
        run(net=with_part(Failing(3, error)))
    assert raised.value is error


# Handed a bad file.


def refused(path, net=None):
    """Require a clear refusal that leaves the file as it is."""
    content = path.read_bytes()
    with pytest.raises(ValueError) as error:
        run(path, net=net)
    text = str(error.value)
    assert text.startswith(f"checkpoint: {path} ")
    assert "elete it to start anew" in text or "elete the file" in text
    assert path.read_bytes() == content
    return text


def test_truncated(path):
    run(path, 1)
    content = path.read_bytes()
    for i in range(40):
        path.write_bytes(content[: i * len(content) // 40])
        assert "is damaged" in refused(path)


def test_flipped_byte(path):
    """It is refused, or, where the byte has no meaning, changes nothing.

    The places are in the parts, not in the list of parts at the end.
    """
    run(path, 2)
    content = path.read_bytes()
    expected = run(path, 3)
    length = content.index(b"PK\x01\x02")
    places = np.random.default_rng(0).integers(0, length, 200)
    refusals = 0
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            assert same_weights(run(path, 3), expected)
        except ValueError as error:
            assert str(error).startswith("checkpoint: ")
            refusals += 1
    assert refusals > 50


def mutations(state, depth=2):
    """Yield copies of nested dicts, each with one value gone or another."""
    for key, value in state.items():
        for other in (None, 3, "text", [1], {}, torch.zeros(2)):
            yield {**state, key: other}
        yield {k: v for k, v in state.items() if k != key}
        if isinstance(value, dict) and depth:
            for changed in mutations(value, depth - 1):
                yield {**state, key: changed}


def test_mutated(path):
    """It is refused, or what changed is a label of the history."""
    run(path, 2)
    state = torch.load(path, weights_only=True)
    for label in ("device", "source", "recorded"):
        del state["history"][label]
    expected = run(path, 2)
    for changed in mutations(state):
        torch.save(changed, path)
        try:
            net = run(path, 2)
        except ValueError as error:
            assert str(error).startswith("checkpoint: ")
        else:
            assert same_weights(net, expected)


class Evil:
    """Makes a folder when it is unpickled."""

    def __init__(self, function, *args):
        self.reduced = function, args

    def __reduce__(self):
        return self.reduced


def legacy(state, path):
    torch.save(state, path, _use_new_zipfile_serialization=False)


def plain(state, path):
    path.write_bytes(pickle.dumps(state))


@pytest.mark.parametrize("save", [torch.save, legacy, plain])
@pytest.mark.parametrize("key", ["parts", "words", "history", "random", ""])
@pytest.mark.parametrize("kind", ["mkdir", "exec", "system"])
def test_malicious(save, key, kind, path, tmp_path):
    target = str(tmp_path / "executed")
    evil = {
        "mkdir": Evil(os.mkdir, target),
        "exec": Evil(exec, f"import os; os.mkdir({target!r})"),
        "system": Evil(os.system, f"mkdir '{target}'"),
    }[kind]
    run(path, 1)
    state = torch.load(path, weights_only=True)
    save({**state, key: {"x": [evil]}} if key else evil, path)
    assert "is damaged, or not one of" in refused(path)
    assert not os.path.exists(target)


def test_another_version(path):
    run(path, 1)
    state = torch.load(path, weights_only=True)
    state["words"]["format"] = 99
    torch.save(state, path)
    assert "format 99 in the file, 3 in this call" in refused(path)
