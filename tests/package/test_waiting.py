"""Nothing in the step loop waits for the device.

On a GPU each of these calls would: so none may be made between two batches.
"""

from functools import partial

import pytest
import torch
from examples import make_loader, small_net
from torch.optim import lr_scheduler

import course_utils as cu
from course_utils import progress, training

WAITING = "item __float__ __int__ __bool__ __index__ tolist numpy cpu".split()


@pytest.fixture
def calls(monkeypatch):
    """Collect the names of calls that wait, while ``calls.on`` is set."""

    class Calls(list):
        on = False

    calls = Calls()

    def watch(name):
        original = getattr(torch.Tensor, name)

        def watched(self, *args, **kwargs):
            if calls.on:
                calls.append(name)
            return original(self, *args, **kwargs)

        monkeypatch.setattr(torch.Tensor, name, watched)

    for name in WAITING:
        watch(name)
    return calls


class Watched:
    """A loader that watches from the second batch of an epoch to its last.

    Before the first step, labels are looked at once to say what is wrong.
    """

    def __init__(self, loader, calls):
        self.loader, self.calls = loader, calls

    def __len__(self):
        return len(self.loader)

    def __iter__(self):
        for i, batch in enumerate(self.loader):
            self.calls.on = i > 0
            yield batch
        self.calls.on = False


def test_steps_and_evaluation_do_not_wait(calls, monkeypatch):
    monkeypatch.setattr(training, "computes_bfloat16", lambda device: True)
    loader = make_loader(seed=0, flip=True, crop=1, cutout=2)
    data = Watched(loader, calls), Watched(loader, calls)
    cycle = partial(lr_scheduler.OneCycleLR, max_lr=0.1, total_steps=21)
    options = {"scheduler": cycle, "amp": True, "channels_last": True}
    cu.train_ch6(small_net(), *data, 3, 0.1, "cpu", **options)
    assert calls == []


def test_curves_wait_five_times_an_epoch(calls, monkeypatch):
    """Drawing needs numbers, but not those of every step."""
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setattr(progress.Animator, "draw", lambda self: None)
    monkeypatch.setattr("time.perf_counter", lambda: 0.0)
    looked = []
    means = progress.EpochMeter.means

    def paused(meter):
        on, calls.on = calls.on, False
        looked.append(len(meter.losses))
        values = means(meter)
        calls.on = on
        return values

    monkeypatch.setattr(progress.EpochMeter, "means", paused)
    loader = make_loader(count=160)  # 20 batches
    watched = Watched(loader, calls)
    cu.train_ch6(small_net(), watched, loader, 1, 0.1, "cpu")
    assert calls == []
    assert looked == [4, 8, 12, 16, 20]
