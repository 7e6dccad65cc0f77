"""Checks for lesson 06, a CNN for CIFAR-10."""

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
    """Tell which of three faults a split has.

    In order, as 0 or 1: an image is in both parts; an image is lost; the
    validation part has too many or too few of some class.
    """
    train_idx, valid_idx = map(torch.as_tensor, answer)
    uses = torch.cat([train_idx, valid_idx]).bincount(minlength=len(labels))
    counts = labels[valid_idx].bincount(minlength=int(labels.max()) + 1)
    return (
        int((uses > 1).any()),
        int((uses == 0).any()),
        int((counts != per_class).any()),
    )


def _split_anywhere(labels, per_class):
    split = per_class * (int(labels.max()) + 1)
    return torch.arange(split, len(labels)), torch.arange(split)


def _not_taken_out(labels, per_class):
    _, valid_idx = split_by_class.right(labels, per_class)
    return torch.arange(len(labels)), valid_idx


def _one_lost(labels, per_class):
    train_idx, valid_idx = split_by_class.right(labels, per_class)
    return train_idx[1:], valid_idx


def _one_not_held_back(labels, per_class):
    train_idx, valid_idx = split_by_class.right(labels, per_class)
    return train_idx, valid_idx[1:]


@exercise(
    cases=random_cases(_labels_case),
    mistakes={
        "nothing is lost or doubled, but the validation part does not have "
        "per_class images of every class: split each class on its "
        "own.": _split_anywhere,
        "some validation images are training images too: take them out of "
        "the training part.": _not_taken_out,
        "some images are in neither part: the training part gets all that "
        "are not held back.": _one_lost,
        "the validation part is too small or uneven, and some images are in "
        "neither part.": _one_not_held_back,
    },
    judge=_faults,
)
def split_by_class(labels, per_class):
    """Exercise 6.1: hold back as many images of every class.

    Classes of shape (n,) give indices for training and validation; the
    latter has ``per_class`` of each class, the former all others. The
    numbers that the check shows are faults, 0 or 1: an image in both
    parts, an image lost, a class with the wrong number of validation
    images.
    """
    order = labels.argsort(stable=True)
    classes = order.split(labels.bincount().tolist())
    return (
        torch.cat([index[per_class:] for index in classes]),
        torch.cat([index[:per_class] for index in classes]),
    )


def _dropout_case(size, generator):
    shape = (size, size + 2)
    tenths = (1, 2, 3, 4, 6, 7, 8, 9)  # at 0.5, p and 1 - p are the same
    X = torch.randn(shape, generator=generator) + 2
    p = tenths[size % len(tenths)] / 10
    return X, p, torch.rand(shape, generator=generator)


@exercise(
    cases=random_cases(_dropout_case),
    mistakes={
        "the rest is not scaled, so the mean shrinks: divide by "
        "1 - p.": lambda X, p, U: X * (U >= p),
        "you multiply by 1 - p; dropped numbers are made up for by "
        "dividing.": lambda X, p, U: X * (U >= p) * (1 - p),
        "you keep what should be dropped: U < p means "
        "zero.": lambda X, p, U: X * (U < p) / (1 - p),
        "here p is the share that stays; it should be the share that is "
        "dropped.": lambda X, p, U: X * (U < p) / p,
        "you divide by p; a share of 1 - p is left, so divide by "
        "that.": lambda X, p, U: X * (U >= p) / p,
    },
)
def inverted_dropout(X, p, U):
    """Exercise 6.2: what dropout does in training.

    X, the probability of dropping and uniform random numbers of X's shape
    give a tensor of X's shape: numbers are dropped where U < p, and the
    expected value is kept.
    """
    return X * (U >= p) / (1 - p)


def _losses_case(size, generator):
    n = 3 + 3 * size
    # Falling, then rising, with noise; tenths, so that some are equal.
    valley = (torch.arange(n) - n / 2).abs() / n
    noise = 0.3 * torch.rand(n, generator=generator)
    losses = [round(v, 1) for v in (valley + noise + 0.5).tolist()]
    return losses, 1 + size % 4


def _smaller(a, b):
    return a < b


def _stop(valid_losses, patience, better=_smaller, reset=True, first=1):
    """Stop early; the options are mistakes."""
    best_epoch, lowest, waited = first, float("inf"), 0
    for epoch, loss in enumerate(valid_losses, start=first):
        if better(loss, lowest):
            best_epoch, lowest = epoch, loss
            waited = 0 if reset else waited
        else:
            waited += 1
        if waited >= patience:
            break
    return best_epoch, epoch


def _previous(valid_losses, patience):
    """Compare each loss with the one before it, not with the lowest."""
    waited = 0
    for epoch, loss in enumerate(valid_losses, start=1):
        worse = epoch > 1 and loss >= valid_losses[epoch - 2]
        waited = waited + 1 if worse else 0
        if waited >= patience:
            break
    seen = valid_losses[:epoch]
    return seen.index(min(seen)) + 1, epoch


@exercise(
    cases=[
        ([0.9, 0.8, 0.7], 1),
        ([0.9, 0.7, 0.8, 0.8, 0.6, 0.7], 2),
        ([0.9, 0.7, 0.8, 0.6, 0.7, 0.5], 2),
        ([0.9, 0.5, 0.8, 0.7, 0.6, 0.4], 3),
        ([0.9, 0.7, 0.7, 0.6], 1),
        *random_cases(_losses_case),
    ],
    mistakes={
        "you count epochs from 0; count them from "
        "1.": lambda valid_losses, patience: _stop(
            valid_losses, patience, first=0
        ),
        "an equal loss is not a new lowest one: compare with "
        "<.": lambda valid_losses, patience: _stop(
            valid_losses, patience, better=lambda a, b: a <= b
        ),
        "only epochs in a row count: start again at 0 after each new lowest "
        "loss.": lambda valid_losses, patience: _stop(
            valid_losses, patience, reset=False
        ),
        "you compare with the epoch before; compare with the lowest loss so "
        "far.": _previous,
        "the best epoch lies after the stop: training never got "
        "there.": lambda valid_losses, patience: (
            valid_losses.index(min(valid_losses)) + 1,
            _stop(valid_losses, patience)[1],
        ),
        "you stop one epoch too late: after `patience` epochs without a new "
        "lowest loss.": lambda valid_losses, patience: _stop(
            valid_losses, patience + 1
        ),
    },
)
def early_stopping(valid_losses, patience):
    """Exercise 6.3: when training would have stopped.

    From one loss an epoch, and the epochs to wait for a new lowest one, to
    the best epoch and the last epoch, both from 1.
    """
    return _stop(valid_losses, patience)
