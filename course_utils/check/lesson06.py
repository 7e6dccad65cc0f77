"""Checks for lesson 06, a CNN for CIFAR-10."""

import copy
import functools

import torch
from torch import nn
from torch.nn import functional as F

from .engine import SIZES, exercise, same_random_states


def _dropout_case(size):
    tenths = (1, 2, 3, 4, 6, 7, 8, 9)  # at 0.5, p and 1 - p are the same
    X = torch.randn(size, size + 2) + 2
    return X, tenths[size % len(tenths)] / 10, torch.rand(X.shape)


@exercise(draw=_dropout_case, own=1, mistakes={
    "the rest is not scaled, so the mean shrinks: divide by 1 - p.":
        lambda X, p, U: X * (U >= p),
    "you multiply by 1 - p; dropped numbers are made up for by dividing.":
        lambda X, p, U: X * (U >= p) * (1 - p),
    "you keep what should be dropped: U < p means zero.":
        lambda X, p, U: X * (U < p) / (1 - p),
    "here p is the share that stays; it should be the share that is dropped.":
        lambda X, p, U: X * (U < p) / p,
    "you divide by p; a share of 1 - p is left, so divide by that.":
        lambda X, p, U: X * (U >= p) / p,
})  # fmt: skip
def inverted_dropout(X, p, U):
    """Exercise 6.1: drop where U < p, and keep the expected value."""
    return X * (U >= p) / (1 - p)


def _make_net(size):
    """Build a small net, the same at each call."""
    channels = 1 + size % 3
    with same_random_states(seed=size):
        return nn.Sequential(
            nn.Conv2d(1, channels, 3),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(4 * channels, 3),
        )


def _pass_case(size):
    batches = [
        (torch.randn(4, 1, 4, 4), torch.randint(0, 3, (4,)))
        for _ in range(2 + size)
    ]
    return functools.partial(_make_net, size), batches, 0.05


def _state(net, make_net, batches, lr):
    """Tell the weights, the running averages and the mode of a net."""
    return [v.float() for v in net.state_dict().values()], int(net.training)


@exercise(cases=map(_pass_case, SIZES[:6]), mistakes={
    "the net trains in evaluation mode, so batch norm does not normalize: "
    "call net.train() before the loop.":
        {"mode": False},
    "the gradients of all batches add up: call optimizer.zero_grad() in "
    "each step.":
        {"zero": False},
    "the momentum is lost: an optimizer keeps the velocities, so make it "
    "once, before the loop.":
        {"momentum": 0.0},
    "these are the three faults of broken_pass: the mode, the gradients of "
    "the batches before, and the lost momentum.":
        {"mode": False, "zero": False, "momentum": 0.0},
    "return the net in evaluation mode: net.eval().":
        {"after": True},
}, judge=_state)  # fmt: skip
def train_pass(
    make_net, batches, lr, mode=True, zero=True, momentum=0.9, after=False
):
    """Exercise 6.2: train a new net for one pass, without three faults."""
    net = make_net().train(mode)
    optimizer = torch.optim.SGD(net.parameters(), lr, momentum=momentum)
    for X, y in batches:
        if zero:
            optimizer.zero_grad()
        F.cross_entropy(net(X), y).backward()
        optimizer.step()
    return net.train(after)


def _groups_case(size):
    layers = [
        nn.Conv2d(2, 3, 3, bias=size % 2 == 0),
        nn.BatchNorm2d(3),
        nn.Flatten(),
        nn.Linear(3, 1 + size),
    ]
    return nn.Sequential(*layers[size % 3 :]), size / 100


def _decays(groups, net, weight_decay):
    """Tell each group's decay, and which of the net's parameters it has."""
    names = {p: name for name, p in net.named_parameters()}
    return [
        (float(g["weight_decay"]), [names.get(p) for p in g["params"]])
        for g in groups
    ]


@exercise(draw=_groups_case, mistakes={
    "the groups are the wrong way round: first the weights, with decay.":
        lambda net, weight_decay: decay_groups.right(net, weight_decay)[::-1],
    "the second group gets no decay.":
        {"spared": 1.0},
    "batch norm's parameters are weights by name, but have one dimension: "
    "tell the parameters apart by their dimensions.":
        {"decays": lambda name, p: name.endswith("weight")},
    "biases are spared, too: the second group holds all parameters with "
    "one dimension.":
        {"decays": lambda name, p: True},
    "these are copies, so the optimizer would not train the net.":
        lambda net, weight_decay:
            decay_groups.right(copy.deepcopy(net), weight_decay),
}, judge=_decays)  # fmt: skip
def decay_groups(
    net, weight_decay, decays=lambda name, p: p.ndim > 1, spared=0.0
):
    """Exercise 6.3: spare biases and batch norm from weight decay."""
    groups: dict = {True: [], False: []}
    for name, p in net.named_parameters():
        groups[decays(name, p)].append(p)
    return [
        {"params": groups[True], "weight_decay": weight_decay},
        {"params": groups[False], "weight_decay": spared * weight_decay},
    ]
