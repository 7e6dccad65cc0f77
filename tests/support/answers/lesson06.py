"""Answers to the exercises of lesson 06."""

import torch
from torch.nn import functional as F


def inverted_dropout(X, p, U):
    mask = (U >= p).float()
    return mask * X / (1 - p)


def train_pass(make_net, batches, lr):
    net = make_net()
    net.train()
    velocity = [torch.zeros_like(p) for p in net.parameters()]
    for X, y in batches:
        grads = torch.autograd.grad(
            F.cross_entropy(net(X), y), list(net.parameters())
        )
        with torch.no_grad():
            for p, v, g in zip(net.parameters(), velocity, grads):
                v.mul_(0.9).add_(g)
                p.sub_(lr * v)
    return net.eval()


def decay_groups(net, weight_decay):
    groups = {True: [], False: []}
    for p in net.parameters():
        groups[p.ndim > 1].append(p)
    return [
        {"params": groups[True], "weight_decay": weight_decay},
        {"params": groups[False], "weight_decay": 0},
    ]


RIGHT = [inverted_dropout, train_pass, decay_groups]


def broken_pass(make_net, batches, lr):
    """The lesson's own, with all three faults."""
    net = make_net().eval()
    for X, y in batches:
        optimizer = torch.optim.SGD(net.parameters(), lr, momentum=0.9)
        l = F.cross_entropy(net(X), y)
        l.backward()
        optimizer.step()
    return net


def forgets_velocity(make_net, batches, lr):
    net = make_net().train()
    for X, y in batches:
        optimizer = torch.optim.SGD(net.parameters(), lr, momentum=0.9)
        optimizer.zero_grad()
        F.cross_entropy(net(X), y).backward()
        optimizer.step()
    return net.eval()


def by_name(net, weight_decay):
    named = list(net.named_parameters())
    return [
        {
            "params": [p for n, p in named if "bias" not in n],
            "weight_decay": weight_decay,
        },
        {"params": [p for n, p in named if "bias" in n], "weight_decay": 0},
    ]


WRONG = [
    ("train_pass", broken_pass, "three faults"),
    ("train_pass", forgets_velocity, "make it once"),
    ("decay_groups", by_name, "by their dimensions"),
]
