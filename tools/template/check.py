"""Checks for lesson {{NN}}, {{TITLE}}."""

import torch

from .cases import integer, random_cases
from .engine import Mistake, run_check

__all__ = ["moving_max_NN", "running_sum_NN"]


def _signal_case(size, generator):
    n = size + 2
    return {
        "x": torch.randn(n, generator=generator),
        "k": integer(1, n, generator),
    }


def _windows(x, k):
    return x.unfold(0, k, 1)  # (n - k + 1, k)


def moving_max_NN(candidate):
    """Check a function that computes a moving maximum.

    Parameters
    ----------
    candidate : callable
        ``candidate(x, k)`` returns the largest of each k neighbors of x, a
        tensor of shape (n,), as a tensor of shape (n - k + 1,).

    Returns
    -------
    Result
    """
    return run_check(
        "moving_max_NN",
        candidate,
        lambda x, k: _windows(x, k).amax(dim=1),
        random_cases(_signal_case),
        [
            Mistake(
                lambda x, k: _windows(x, k).mean(dim=1),
                "this is the mean of each window.",
            ),
            Mistake(
                lambda x, k: _windows(x, k).amax(dim=1)[:-1],
                "one is missing: a window of k fits in n - k + 1 places.",
            ),
        ],
    )


def running_sum_NN(candidate):
    """Check a function that computes the sums of neighbors.

    Parameters
    ----------
    candidate : callable
        ``candidate(x, k)`` returns the sum of each k neighbors of x, a
        tensor of shape (n,), as a tensor of shape (n - k + 1,).

    Returns
    -------
    Result
    """
    return run_check(
        "running_sum_NN",
        candidate,
        lambda x, k: _windows(x, k).sum(dim=1),
        random_cases(_signal_case),
        [
            Mistake(
                lambda x, k: x.cumsum(dim=0)[k:] - x.cumsum(dim=0)[:-k],
                "the first sum is missing: put a zero before the cumulative "
                "sum.",
            ),
            Mistake(
                lambda x, k: _windows(x, k).mean(dim=1),
                "these are means; do not divide by k.",
            ),
        ],
    )
