"""Checks for lesson 06, a CNN for CIFAR-10."""

import torch

from .engine import Mistake, run_check

__all__ = ["early_stopping", "inverted_dropout", "split_by_class"]

SIZES = range(1, 13)


def _labels_case(size):
    """Build shuffled labels; each class has more images than are taken."""
    generator = torch.Generator().manual_seed(size)
    num_classes, per_class = size + 4, size + 6
    counts = per_class + torch.randint(
        5, 40, (num_classes,), generator=generator
    )
    labels = torch.arange(num_classes).repeat_interleave(counts)
    order = torch.randperm(len(labels), generator=generator)
    return {"labels": labels[order], "per_class": per_class}


def _faults(candidate):
    """Wrap a random split: return which of three faults its answer has.

    In order, as 0 or 1: an image is in both parts; an image is lost; the
    validation part has too many or too few of some class.
    """

    def faults(labels, per_class):
        train_idx, valid_idx = candidate(labels, per_class)
        train_idx, valid_idx = map(torch.as_tensor, (train_idx, valid_idx))
        uses = torch.cat([train_idx, valid_idx]).bincount(
            minlength=len(labels)
        )
        counts = labels[valid_idx].bincount(minlength=int(labels.max()) + 1)
        return (
            int((uses > 1).any()),
            int((uses == 0).any()),
            int((counts != per_class).any()),
        )

    return faults


def split_by_class(candidate):
    """Check a function that holds back as many images of every class.

    Parameters
    ----------
    candidate : callable
        ``candidate(labels, per_class)`` takes classes of shape (n,) and
        returns indices for training and validation; the latter has
        ``per_class`` of each class, the former all others.

    Returns
    -------
    Result
        Its numbers are faults, 0 or 1: an image in both parts, an image
        lost, a class with the wrong number of validation images.
    """
    if callable(candidate):
        candidate = _faults(candidate)
    return run_check(
        "split_by_class",
        candidate,
        lambda labels, per_class: (0, 0, 0),
        [_labels_case(size) for size in SIZES],
        [
            Mistake(
                lambda labels, per_class: (0, 0, 1),
                "nothing is lost or doubled, but the validation part does "
                "not have per_class images of every class: split each class "
                "on its own.",
            ),
            Mistake(
                lambda labels, per_class: (1, 0, 0),
                "some validation images are training images too: take them "
                "out of the training part.",
            ),
            Mistake(
                lambda labels, per_class: (0, 1, 0),
                "some images are in neither part: the training part gets "
                "all that are not held back.",
            ),
            Mistake(
                lambda labels, per_class: (0, 1, 1),
                "the validation part is too small or uneven, and some "
                "images are in neither part.",
            ),
        ],
    )


def _dropout_case(size):
    generator = torch.Generator().manual_seed(size)
    shape = (size, size + 2)
    tenths = (1, 2, 3, 4, 6, 7, 8, 9)  # at 0.5, p and 1 - p are the same
    return {
        "X": torch.randn(shape, generator=generator) + 2,
        "p": tenths[size % len(tenths)] / 10,
        "U": torch.rand(shape, generator=generator),
    }


def inverted_dropout(candidate):
    """Check a function that does what dropout does in training.

    Parameters
    ----------
    candidate : callable
        ``candidate(X, p, U)`` takes a tensor, the probability of dropping
        and uniform random numbers of X's shape; it drops where U < p and
        keeps the expected value.

    Returns
    -------
    Result
    """
    return run_check(
        "inverted_dropout",
        candidate,
        lambda X, p, U: X * (U >= p) / (1 - p),
        [_dropout_case(size) for size in SIZES],
        [
            Mistake(
                lambda X, p, U: X * (U >= p),
                "the rest is not scaled, so the mean shrinks: divide by "
                "1 - p.",
            ),
            Mistake(
                lambda X, p, U: X * (U >= p) * (1 - p),
                "you multiply by 1 - p; dropped numbers are made up for by "
                "dividing.",
            ),
            Mistake(
                lambda X, p, U: X * (U < p) / (1 - p),
                "you keep what should be dropped: U < p means zero.",
            ),
            Mistake(
                lambda X, p, U: X * (U < p) / p,
                "here p is the share that stays; it should be the share "
                "that is dropped.",
            ),
            Mistake(
                lambda X, p, U: X * (U >= p) / p,
                "you divide by p; a share of 1 - p is left, so divide by "
                "that.",
            ),
        ],
    )


def _losses_case(size):
    generator = torch.Generator().manual_seed(size)
    n = 3 + 3 * size
    # Falling, then rising, with noise; tenths, so that some are equal.
    valley = (torch.arange(n) - n / 2).abs() / n
    noise = 0.3 * torch.rand(n, generator=generator)
    losses = [round(v, 1) for v in (valley + noise + 0.5).tolist()]
    return {"valid_losses": losses, "patience": 1 + size % 4}


def _stop(
    valid_losses,
    patience,
    better=lambda new, low: new < low,
    reset=True,
    first=1,
):
    """Stop early; the options are the mistakes that one can make."""
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


def early_stopping(candidate):
    """Check a function that says when training would have stopped.

    Parameters
    ----------
    candidate : callable
        ``candidate(valid_losses, patience)`` takes one loss an epoch and
        returns the best epoch and the last epoch, both from 1.

    Returns
    -------
    Result
    """
    cases = [
        {"valid_losses": [0.9, 0.8, 0.7], "patience": 1},
        {"valid_losses": [0.9, 0.7, 0.8, 0.8, 0.6, 0.7], "patience": 2},
        {"valid_losses": [0.9, 0.7, 0.8, 0.6, 0.7, 0.5], "patience": 2},
        {"valid_losses": [0.9, 0.5, 0.8, 0.7, 0.6, 0.4], "patience": 3},
        {"valid_losses": [0.9, 0.7, 0.7, 0.6], "patience": 1},
    ]
    return run_check(
        "early_stopping",
        candidate,
        _stop,
        cases + [_losses_case(size) for size in SIZES],
        [
            Mistake(
                lambda valid_losses, patience: _stop(
                    valid_losses, patience, first=0
                ),
                "you count epochs from 0; count them from 1.",
            ),
            Mistake(
                lambda valid_losses, patience: _stop(
                    valid_losses, patience, better=lambda new, low: new <= low
                ),
                "an equal loss is not a new lowest one: compare with <.",
            ),
            Mistake(
                lambda valid_losses, patience: _stop(
                    valid_losses, patience, reset=False
                ),
                "only epochs in a row count: start again at 0 after each "
                "new lowest loss.",
            ),
            Mistake(
                _previous,
                "you compare with the epoch before; compare with the lowest "
                "loss so far.",
            ),
            Mistake(
                lambda valid_losses, patience: (
                    valid_losses.index(min(valid_losses)) + 1,
                    _stop(valid_losses, patience)[1],
                ),
                "the best epoch lies after the stop: training never got "
                "there.",
            ),
            Mistake(
                lambda valid_losses, patience: _stop(
                    valid_losses, patience + 1
                ),
                "you stop one epoch too late: after `patience` epochs "
                "without a new lowest loss.",
            ),
        ],
    )
