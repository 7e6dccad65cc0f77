"""The checks of lesson 01: stubs, solutions, and mistakes with their hints.

The mistakes here are written out by hand, as a learner would, so that they
do not repeat the code that they test.
"""

import torch
from check_tests import (  # noqa: F401
    test_check_leaves_the_random_state_alone,
    test_mistake_gets_its_own_hint,
    test_solution_passes,
    test_stub_is_told_to_write_its_body,
)
from torch.nn import functional as F

from course_utils import check


def correlate(X, K):
    """Cross-correlate with the framework, not with the course's code."""
    return F.conv2d(X[None, None], K[None, None])[0, 0]


# Solutions, by another road than the reference's.


def conv2d_true(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            for a in range(h):
                for b in range(w):
                    Y[i, j] += K[a, b] * X[i + h - 1 - a, j + w - 1 - b]
    return Y


def receptive_field(kernel_sizes):
    # Backwards: the window of inputs that one output needs, layer by layer.
    needed = 1
    for k in reversed(kernel_sizes):
        needed = needed + k - 1
    return needed


def toeplitz_matrix(K, h, w):
    # The columns of a matrix are its answers to the unit vectors.
    units = torch.eye(h * w).reshape(h * w, h, w)
    return torch.stack([correlate(X, K).reshape(-1) for X in units], 1)


def kernel_gradient(X, dY):
    size = [X.shape[n] - dY.shape[n] + 1 for n in (0, 1)]
    K = torch.zeros(size, requires_grad=True)
    (correlate(X, K) * dY).sum().backward()
    return K.grad


SOLUTIONS = [conv2d_true, receptive_field, toeplitz_matrix, kernel_gradient]


# Mistakes.


def only_rows(X, K):
    return correlate(X, torch.flipud(K))


def only_columns(X, K):
    return correlate(X, torch.fliplr(K))


def flipped_input(X, K):
    return correlate(torch.rot90(X, 2), K)


def transposed_kernel(X, K):
    return correlate(X, K.t())


def one_too_small(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h, X.shape[1] - w)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * torch.rot90(K, 2)).sum()
    return Y


def added_sizes(kernel_sizes):
    total = 0
    for k in kernel_sizes:
        total += k
    return total


def multiplied_sizes(kernel_sizes):
    total = 1
    for k in kernel_sizes:
        total *= k
    return total


def started_at_zero(kernel_sizes):
    return sum(kernel_sizes) - len(kernel_sizes)


def largest(kernel_sizes):
    return sorted(kernel_sizes)[-1]


def flipped_matrix(K, h, w):
    return toeplitz_matrix(torch.rot90(K, 2), h, w)


def transposed_matrix(K, h, w):
    return toeplitz_matrix(K, h, w).t()


def swapped_kernel(K, h, w):
    return toeplitz_matrix(K.t(), h, w)


def output_width(K, h, w):
    k_h, k_w = K.shape
    out_h, out_w = h - k_h + 1, w - k_w + 1
    T = torch.zeros(out_h * out_w, h * w)
    for i in range(out_h):
        for j in range(out_w):
            for a in range(k_h):
                for b in range(k_w):
                    T[i * out_w + j, (i + a) * out_w + j + b] = K[a, b]
    return T


def flipped_gradient(X, dY):
    return correlate(X, torch.rot90(dY, 2))


def reversed_gradient(X, dY):
    return torch.rot90(kernel_gradient(X, dY), 2)


def mean_gradient(X, dY):
    return kernel_gradient(X, dY) / (dY.shape[0] * dY.shape[1])


def forgotten_dY(X, dY):
    return kernel_gradient(X, dY * 0 + 1)


MISTAKES = [
    ("conv2d_true", correlate, "this is cross-correlation"),
    ("conv2d_true", only_rows, "reverse its columns too"),
    ("conv2d_true", only_columns, "reverse its rows too"),
    ("conv2d_true", flipped_input, "you flipped the input"),
    ("conv2d_true", transposed_kernel, "transposing swaps"),
    ("conv2d_true", one_too_small, "one row and one column short"),
    ("receptive_field", added_sizes, "windows share"),
    ("receptive_field", multiplied_sizes, "sizes do not multiply"),
    ("receptive_field", started_at_zero, "start at 1"),
    ("receptive_field", largest, "each layer widens"),
    ("toeplitz_matrix", flipped_matrix, "matrix of true convolution"),
    ("toeplitz_matrix", transposed_matrix, "one row for each output"),
    ("toeplitz_matrix", swapped_kernel, "rows and columns are swapped"),
    ("toeplitz_matrix", output_width, "width of the input"),
    ("kernel_gradient", flipped_gradient, "dY is flipped"),
    ("kernel_gradient", reversed_gradient, "reversed order"),
    ("kernel_gradient", mean_gradient, "you took the mean"),
    ("kernel_gradient", forgotten_dY, "dY is left out"),
]


def test_unknown_mistake_fails_without_a_hint():
    result = check.conv2d_true(lambda X, K: conv2d_true(X, K) + 1)
    assert not result.passed
    assert "Hint" not in result.line
