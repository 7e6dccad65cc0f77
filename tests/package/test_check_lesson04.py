"""The checks of lesson 04: stubs, solutions, and mistakes with their hints.

The solutions take another road than the references, and the mistakes are
written out as a learner would.
"""

import math

import torch
from check_tests import (  # noqa: F401
    test_check_leaves_the_random_state_alone,
    test_mistake_gets_its_own_hint,
    test_solution_passes,
    test_stub_is_told_to_write_its_body,
)
from torch.nn import functional as F

from course_utils import check

# Solutions.


def min_pool2d(X, pool_size):
    return (
        X.unfold(0, pool_size[0], 1).unfold(1, pool_size[1], 1).amin((2, 3))
    )


def max_pool2d(X, k, stride, padding):
    return F.max_pool2d(X[None, None], k, stride, padding)[0, 0]


def adaptive_windows(n, m):
    # Ask the framework which inputs reach which output.
    answers = F.adaptive_avg_pool1d(torch.eye(n)[:, None], m)[:, 0]
    inside = [column.nonzero().flatten().tolist() for column in answers.T]
    return [(places[0], places[-1] + 1) for places in inside]


def max_pool_gradient(X, dY, k):
    leaf = X.clone().requires_grad_()
    F.max_pool2d(leaf[None, None], k)[0, 0].backward(dY)
    return leaf.grad


SOLUTIONS = [min_pool2d, max_pool2d, adaptive_windows, max_pool_gradient]


# Mistakes.


def largest(X, pool_size):
    return -min_pool2d(-X, pool_size)


def sign_not_changed_back(X, pool_size):
    return -min_pool2d(X, pool_size)


def sign_changed_once(X, pool_size):
    return min_pool2d(-X, pool_size)


def mean(X, pool_size):
    return F.avg_pool2d(X[None, None], pool_size, 1)[0, 0]


def all_zero(X, pool_size):
    return torch.zeros_like(min_pool2d(X, pool_size))


def zeros_around(X, k, stride, padding):
    X = F.pad(X, (padding, padding, padding, padding))
    return max_pool2d(X, k, stride, 0)


def always_one_pixel(X, k, stride, padding):
    return max_pool2d(X, k, 1, padding)


def always_one_window(X, k, stride, padding):
    return max_pool2d(X, k, k, padding)


def not_padded(X, k, stride, padding):
    return max_pool2d(X, k, stride, 0)


def padded_on_two_sides(X, k, stride, padding):
    wide = X.new_full((X.shape[0] + padding, X.shape[1] + padding), -math.inf)
    wide[: X.shape[0], : X.shape[1]] = X
    return max_pool2d(wide, k, stride, 0)


def rounded_up(X, k, stride, padding):
    X = F.pad(X, (padding, padding, padding, padding), value=-math.inf)
    rows = math.ceil((X.shape[0] - k) / stride) + 1
    columns = math.ceil((X.shape[1] - k) / stride) + 1
    Y = torch.zeros(rows, columns)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            Y[i, j] = X[top : top + k, left : left + k].max()
    return Y


def both_rounded_down(n, m):
    return [(math.floor(i * n / m), math.floor((i + 1) * n / m))
            for i in range(m)]  # fmt: skip


def both_rounded_up(n, m):
    return [(math.ceil(i * n / m), math.ceil((i + 1) * n / m))
            for i in range(m)]  # fmt: skip


def equal_windows(n, m):
    size = n // m
    return [(i * size, i * size + size) for i in range(m)]


def equal_overlapping_windows(n, m):
    stride = n // m
    size = n - (m - 1) * stride
    return [(i * stride, i * stride + size) for i in range(m)]


def inclusive(n, m):
    return [(start, stop - 1) for start, stop in adaptive_windows(n, m)]


def spread_evenly(X, dY, k):
    leaf = X.clone().requires_grad_()
    F.avg_pool2d(leaf[None, None], k)[0, 0].backward(dY)
    return leaf.grad


def to_the_whole_window(X, dY, k):
    return spread_evenly(X, dY, k) * k * k


def one_to_the_winner(X, dY, k):
    return max_pool_gradient(X, torch.ones_like(dY), k)


def to_the_first(X, dY, k):
    dX = torch.zeros_like(X)
    h, w = dY.shape
    dX[: h * k : k, : w * k : k] = dY
    return dX


def to_the_smallest(X, dY, k):
    return max_pool_gradient(-X, dY, k)


def times_X(X, dY, k):
    return max_pool_gradient(X, dY, k) * X


MISTAKES = [
    ("min_pool2d", largest, "these are the largest numbers"),
    ("min_pool2d", sign_not_changed_back, "change the sign back"),
    ("min_pool2d", sign_changed_once, "change the sign of the input"),
    ("min_pool2d", mean, "mean of each window"),
    ("min_pool2d", all_zero, "need not be zero"),
    ("max_pool2d", zeros_around, "pad with minus infinity"),
    ("max_pool2d", always_one_pixel, "the stride is not used"),
    ("max_pool2d", always_one_window, "the window moves by k"),
    ("max_pool2d", not_padded, "the padding is missing"),
    ("max_pool2d", padded_on_two_sides, "on all four sides"),
    ("max_pool2d", rounded_up, "is rounded down"),
    ("adaptive_windows", both_rounded_down, "the stop is rounded down"),
    ("adaptive_windows", both_rounded_up, "the start is rounded up"),
    ("adaptive_windows", equal_windows, "leave the last places out"),
    ("adaptive_windows", equal_overlapping_windows, "a fixed stride"),
    ("adaptive_windows", inclusive, "the stop is exclusive"),
    ("max_pool_gradient", spread_evenly, "average pooling's gradient"),
    ("max_pool_gradient", to_the_whole_window, "not the whole window"),
    ("max_pool_gradient", one_to_the_winner, "its entry of dY, not 1"),
    ("max_pool_gradient", to_the_first, "the first pixel of each window"),
    ("max_pool_gradient", to_the_smallest, "the smallest pixel"),
    ("max_pool_gradient", times_X, "do not multiply by X"),
]


def test_unknown_mistake_fails_without_a_hint():
    result = check.min_pool2d(
        lambda X, pool_size: min_pool2d(X, pool_size) + 1
    )
    assert not result.passed
    assert "Hint" not in result.line
