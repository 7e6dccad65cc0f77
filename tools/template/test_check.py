"""Each check of lesson {{NN}}: stub, solution, and planted mistakes."""

import torch
from check_tests import (  # noqa: F401
    test_check_leaves_the_random_state_alone,
    test_mistake_gets_its_own_hint,
    test_solution_passes,
    test_stub_is_told_to_write_its_body,
)


def moving_max_NN(x, k):
    places = range(len(x) - k + 1)
    return torch.stack([x[i : i + k].max() for i in places])


def running_sum_NN(x, k):
    places = range(len(x) - k + 1)
    return torch.stack([x[i : i + k].sum() for i in places])


SOLUTIONS = [moving_max_NN, running_sum_NN]

MISTAKES = [
    ("moving_max_NN",
     lambda x, k: running_sum_NN(x, k) / k,
     "mean of each window"),
    ("moving_max_NN",
     lambda x, k: moving_max_NN(x, k)[:-1],
     "one is missing"),
    ("running_sum_NN",
     lambda x, k: running_sum_NN(x, k)[1:],
     "the first sum is missing"),
    ("running_sum_NN",
     lambda x, k: running_sum_NN(x, k) / k,
     "do not divide"),
]  # fmt: skip
