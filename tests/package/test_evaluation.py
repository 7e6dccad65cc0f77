"""Evaluation, the history, and where a program runs."""

import json

import numpy as np
import pytest
import torch
from examples import make_batches, small_net

import course_utils as cu


@pytest.mark.parametrize("sizes", [[4, 4, 4], [5, 1], [7]])
def test_evaluate_accuracy_weighs_by_examples(sizes):
    """A last smaller batch counts for its examples, not as a batch."""
    # The images are the scores: class 1 each time, and y is 1, 0, 1, 0...
    scores = torch.tensor([0.0, 1.0, 0.5])
    batches = [
        (scores.repeat(n, 1), (torch.arange(n) + 1) % 2) for n in sizes
    ]
    hits = sum((n + 1) // 2 for n in sizes)
    got = cu.evaluate_accuracy(torch.nn.Flatten(), batches, "cpu")
    assert got == hits / sum(sizes)


def test_evaluate_accuracy_uses_evaluation_mode():
    """Dropout and batch norm would make two calls differ."""
    net = small_net().train()
    before = {k: v.clone() for k, v in net.state_dict().items()}
    batches = make_batches()
    first = cu.evaluate_accuracy(net, batches)
    assert first == cu.evaluate_accuracy(net, batches)
    assert all(torch.equal(v, net.state_dict()[k]) for k, v in before.items())
    assert all(p.grad is None for p in net.parameters())


def test_history():
    history = cu.History(device="cpu", source="a test")
    assert "0 epochs" in repr(history)
    numbers = torch.tensor(0.5), np.float32(0.5), 0.5, 2.0, np.int64(30)
    names = "loss", "train_acc", "test_acc", "seconds", "examples"
    for _ in range(2):
        history.append(**dict(zip(names, numbers)))
    assert len(history) == 2 and history.examples_per_sec == 15.0
    assert "2 epochs, last test acc 0.500, 0.500" in repr(history)
    again = cu.History(**json.loads(json.dumps(history.to_dict())))
    assert again == history


def test_try_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    found = [str(cu.try_gpu(i)) for i in range(3)]
    assert found == ["cuda:0", "cuda:1", "cpu"]


def test_environment():
    found = cu.environment("cpu")
    assert found["device"].startswith("CPU, ")
    assert found["versions"]["torch"] == torch.__version__
    json.dumps(found)
