"""Checks for lesson 06, a CNN for CIFAR-10."""

import math
import operator

import torch

from .engine import exercise, random_cases

__all__ = ["early_stopping", "inverted_dropout", "split_by_class"]


def _labels_case(size, generator):
    """Build shuffled labels; each class has more images than are taken."""
    num_classes, per_class = size + 4, size + 6
    more = torch.randint(5, 40, (num_classes,), generator=generator)
    labels = torch.arange(num_classes).repeat_interleave(per_class + more)
    order = torch.randperm(len(labels), generator=generator)
    return labels[order], per_class


def _faults(answer, labels, per_class):
    """Tell which of three faults a split has, as 0 or 1.

    An image is in both parts; an image is in neither; the validation part
    has too many or too few of some class.
    """
    train_idx, valid_idx = map(torch.as_tensor, answer)
    uses = torch.cat([train_idx, valid_idx]).bincount(minlength=len(labels))
    counts = labels[valid_idx].bincount(minlength=int(labels.max()) + 1)
    found = (uses > 1, uses == 0, counts != per_class)
    return tuple(int(fault.any()) for fault in found)


@exercise(cases=random_cases(_labels_case), mistakes={
    "nothing is lost or doubled, but the validation part does not have "
    "per_class images of every class: split each class on its own.":
        lambda labels, per_class: split_by_class.right(
            0 * labels, per_class * len(labels.unique())
        ),
    "some validation images are training images too: take them out of the "
    "training part.":
        {"lost": -1},
    "some images are in neither part: the training part gets all that are "
    "not held back.":
        {"lost": 1},
    "the validation part is too small or uneven, and some images are in "
    "neither part.":
        {"short": 1},
}, judge=_faults)  # fmt: skip
def split_by_class(labels, per_class, lost=0, short=0):
    """Exercise 6.2: hold back as many images of every class.

    The numbers that the check shows are faults, 0 or 1: an image in both
    parts, an image lost, a class with the wrong number of validation
    images.
    """
    classes = [(labels == c).nonzero().flatten() for c in labels.unique()]
    return (
        torch.cat([index[per_class + lost :] for index in classes]),
        torch.cat([index[: per_class - short] for index in classes]),
    )


def _dropout_case(size, generator):
    shape = (size, size + 2)
    tenths = (1, 2, 3, 4, 6, 7, 8, 9)  # at 0.5, p and 1 - p are the same
    X = torch.randn(shape, generator=generator) + 2
    p = tenths[size % len(tenths)] / 10
    return X, p, torch.rand(shape, generator=generator)


@exercise(cases=random_cases(_dropout_case), mistakes={
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
    """Exercise 6.3: drop where U < p, and keep the expected value."""
    return X * (U >= p) / (1 - p)


def _losses_case(size, generator):
    n = 3 + 3 * size
    # Falling, then rising, with noise; tenths, so that some are equal.
    valley = (torch.arange(n) - n / 2).abs() / n
    noise = 0.3 * torch.rand(n, generator=generator)
    losses = [round(v, 1) for v in (valley + noise + 0.5).tolist()]
    return losses, 1 + size % 4


def _compare_with_previous(losses, patience):
    waited = 0
    for epoch, loss in enumerate(losses, start=1):
        worse = epoch > 1 and loss >= losses[epoch - 2]
        waited = waited + 1 if worse else 0
        if waited >= patience:
            break
    return losses.index(min(losses[:epoch])) + 1, epoch


@exercise(cases=[
    ([0.9, 0.8, 0.7], 1),
    ([0.9, 0.7, 0.8, 0.8, 0.6, 0.7], 2),
    ([0.9, 0.7, 0.8, 0.6, 0.7, 0.5], 2),
    ([0.9, 0.5, 0.8, 0.7, 0.6, 0.4], 3),
    ([0.9, 0.7, 0.7, 0.6], 1),
    *random_cases(_losses_case),
], mistakes={
    "you count epochs from 0; count them from 1.":
        {"first": 0},
    "an equal loss is not a new lowest one: compare with <.":
        {"better": operator.le},
    "only epochs in a row count: start again at 0 at a new lowest loss.":
        {"in_a_row": False},
    "you compare with the epoch before; compare with the lowest loss so far.":
        _compare_with_previous,
    "the best epoch lies after the stop: training never got there.":
        lambda losses, patience: (
            losses.index(min(losses)) + 1,
            early_stopping.right(losses, patience)[1],
        ),
    "you stop one epoch too late: after `patience` epochs without a new "
    "lowest loss.":
        lambda losses, n: early_stopping.right(losses, n + 1),
})  # fmt: skip
def early_stopping(
    valid_losses, patience, better=operator.lt, in_a_row=True, first=1
):
    """Exercise 6.4: the best epoch and the last epoch, both from 1."""
    best_epoch, lowest, waited = first, math.inf, 0
    for epoch, loss in enumerate(valid_losses, start=first):
        if better(loss, lowest):
            best_epoch, lowest = epoch, loss
            waited = 0 if in_a_row else waited
        else:
            waited += 1
        if waited >= patience:
            break
    return best_epoch, epoch
