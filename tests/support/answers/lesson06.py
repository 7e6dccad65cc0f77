"""Answers to the exercises of lesson 06."""

import torch


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


RIGHT = [split_by_class, inverted_dropout, early_stopping]


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


WRONG = [
    ("split_by_class", plain_split, "split each class on its own"),
    ("split_by_class", not_taken_out, "training images too"),
    ("split_by_class", one_lost, "in neither part"),
    ("split_by_class", one_short, "too small or uneven"),
    ("early_stopping", equal_is_better, "compare with <"),
    ("early_stopping", never_reset, "epochs in a row"),
    ("early_stopping", compares_with_the_last, "epoch before"),
]  # fmt: skip
