"""Each check of lesson 06: stub, solution, and planted mistakes."""

import torch
from check_tests import (  # noqa: F401
    test_check_leaves_the_random_state_alone,
    test_mistake_gets_its_own_hint,
    test_solution_passes,
    test_stub_is_told_to_write_its_body,
)

from course_utils import check


def split_by_class(labels, per_class):
    train_idx, valid_idx = [], []
    for c in range(int(labels.max()) + 1):
        index = (labels == c).nonzero().flatten()
        index = index[torch.randperm(len(index))].tolist()
        valid_idx += index[:per_class]
        train_idx += index[per_class:]
    return train_idx, valid_idx


def inverted_dropout(X, p, U):
    mask = (U >= p).float()
    return mask * X / (1 - p)


def early_stopping(valid_losses, patience):
    for epoch in range(1, len(valid_losses) + 1):
        seen = valid_losses[:epoch]
        best = seen.index(min(seen)) + 1
        if epoch - best >= patience:
            break
    return best, epoch


SOLUTIONS = [split_by_class, inverted_dropout, early_stopping]


def plain_split(labels, per_class):
    order = torch.randperm(len(labels))
    split = per_class * (int(labels.max()) + 1)
    return order[split:], order[:split]


def not_taken_out(labels, per_class):
    _, valid_idx = split_by_class(labels, per_class)
    return torch.arange(len(labels)), valid_idx


def one_lost(labels, per_class):
    train_idx, valid_idx = split_by_class(labels, per_class)
    return train_idx[1:], valid_idx


def one_short(labels, per_class):
    train_idx, valid_idx = split_by_class(labels, per_class)
    return train_idx, valid_idx[1:]


def never_reset(valid_losses, patience):
    best, lowest, worse = 0, float("inf"), 0
    for epoch, loss in enumerate(valid_losses, start=1):
        if loss < lowest:
            best, lowest = epoch, loss
        else:
            worse += 1
        if worse == patience:
            break
    return best, epoch


def from_zero(valid_losses, patience):
    best, last = early_stopping(valid_losses, patience)
    return best - 1, last - 1


def equal_is_better(valid_losses, patience):
    best, lowest = 0, float("inf")
    for epoch, loss in enumerate(valid_losses, start=1):
        if loss <= lowest:
            best, lowest = epoch, loss
        if epoch - best == patience:
            break
    return best, epoch


def compares_with_the_last(valid_losses, patience):
    rises = 0
    for i, loss in enumerate(valid_losses):
        rises = rises + 1 if i and loss >= valid_losses[i - 1] else 0
        if rises == patience:
            break
    seen = valid_losses[: i + 1]
    return seen.index(min(seen)) + 1, i + 1


def peeks(valid_losses, patience):
    _, last = early_stopping(valid_losses, patience)
    return valid_losses.index(min(valid_losses)) + 1, last


MISTAKES = [
    ("split_by_class", plain_split, "split each class on its own"),
    ("split_by_class", not_taken_out, "training images too"),
    ("split_by_class", one_lost, "in neither part"),
    ("split_by_class", one_short, "too small or uneven"),
    ("inverted_dropout", lambda X, p, U: torch.where(U < p, 0.0, X),
     "not scaled"),
    ("inverted_dropout",
     lambda X, p, U: torch.where(U < p, 0.0, (1 - p) * X),
     "made up for by dividing"),
    ("inverted_dropout", lambda X, p, U: (U < p) * X / (1 - p),
     "keep what should be dropped"),
    ("inverted_dropout", lambda X, p, U: (U < p) * X / p,
     "share that stays"),
    ("inverted_dropout", lambda X, p, U: (U >= p) * X / p,
     "you divide by p"),
    ("early_stopping", from_zero, "count them from 1"),
    ("early_stopping", equal_is_better, "compare with <"),
    ("early_stopping", never_reset, "epochs in a row"),
    ("early_stopping", compares_with_the_last, "epoch before"),
    ("early_stopping", peeks, "after the stop"),
    ("early_stopping",
     lambda valid_losses, patience: early_stopping(
         valid_losses, patience + 1),
     "one epoch too late"),
]  # fmt: skip


def test_not_a_function_is_told_apart():
    assert "expected a function" in check.split_by_class(3).line
