"""Checks for lesson 05, LeNet."""

import copy

import torch
from torch import nn
from torch.nn import functional as F

from .engine import exercise, integer


@exercise(draw=lambda size: (integer(12, 99 * size),), own=12, mistakes={
    "this is one map; the second convolution makes 16.":
        lambda side: flat_size.right(side) // 16,
    "the second convolution has no padding: it takes away four rows.":
        lambda side: 16 * (side // 4) ** 2,
    "the first convolution has padding of 2, so it keeps the size.":
        lambda side: 16 * (((side - 4) // 2 - 4) // 2) ** 2,
    "there is a second pooling.":
        lambda side: 16 * (side // 2 - 4) ** 2,
    "maps have two axes: height times width.":
        lambda side: 16 * ((side // 2 - 4) // 2),
})  # fmt: skip
def flat_size(side):
    """Exercise 5.1: count the inputs of the first dense layer."""
    return 16 * ((side // 2 - 4) // 2) ** 2


def _epoch_case(size):
    classes = 2 + size % 4
    net = nn.Sequential(nn.Flatten(), nn.Linear(6, classes))
    sizes = [2 + size % 3] * (1 + size % 4) + [1]  # the last batch is short
    batches = [
        (torch.randn(n, 1, 2, 3), torch.randint(0, classes, (n,)))
        for n in sizes
    ]
    return net, batches, 0.5


@exercise(draw=_epoch_case, mistakes={
    "gradients add up over batches: forget the last one before backward().":
        {"zero": False},
    "cross_entropy takes plain scores; it has a softmax of its own.":
        {"softmax": True},
    "batches differ in size: weight each mean by the images of its batch.":
        {"by_image": False},
    "the weights have not changed: take a step for each batch.":
        lambda net, batches, lr: repaired_epoch.right(net, batches, 0.0),
    "all three bugs are still there.":
        {"zero": False, "softmax": True, "by_image": False},
    "the sum of the losses; divide it by the number of images.":
        {"mean": False},
})  # fmt: skip
def repaired_epoch(
    net, batches, lr, zero=True, softmax=False, by_image=True, mean=True
):
    """Exercise 5.3: train a copy for an epoch; return it and the loss."""
    net, total, count = copy.deepcopy(net), 0.0, 0
    net.zero_grad()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for X, y in batches:
        y_hat = net(X)
        l = F.cross_entropy(y_hat.softmax(dim=1) if softmax else y_hat, y)
        if zero:
            optimizer.zero_grad()
        l.backward()
        optimizer.step()
        weight = len(y) if by_image else 1
        total, count = total + l.item() * weight, count + weight
    return net, total / count if mean else total


def _loss_case(size):
    n, classes = 1 + size, 2 + size % 5
    y_hat, y = torch.randn(n, classes), torch.randint(0, classes, (n,))
    return y_hat, y, n + size % 4 * 2


@exercise(draw=_loss_case, own=1, mistakes={
    "this is the mean over the batch at hand; divide by batch_size.":
        lambda y_hat, y, batch_size: F.cross_entropy(y_hat, y),
    "this is the sum; divide it by batch_size.":
        lambda y_hat, y, batch_size: scaled_loss.right(y_hat, y, 1),
    "the mean over the batch at hand is divided once more; take the sum.":
        lambda y_hat, y, batch_size: F.cross_entropy(y_hat, y) / batch_size,
    "cross_entropy takes plain scores; it has a softmax of its own.":
        lambda y_hat, y, batch_size: scaled_loss.right(
            y_hat.softmax(dim=1), y, batch_size
        ),
})  # fmt: skip
def scaled_loss(y_hat, y, batch_size):
    """Exercise 5.4: a loss whose step is shorter for a short batch."""
    return F.cross_entropy(y_hat, y, reduction="sum") / batch_size
