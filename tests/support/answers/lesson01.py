"""Answers to the exercises of lesson 01."""

import torch
from torch.nn import functional as F


def correlate(X, K):
    """Cross-correlate with the framework, not with the course's code."""
    return F.conv2d(X[None, None], K[None, None])[0, 0]


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


RIGHT = [conv2d_true, receptive_field, toeplitz_matrix, kernel_gradient]


def one_too_small(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h, X.shape[1] - w)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * torch.rot90(K, 2)).sum()
    return Y


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


WRONG = [
    ("conv2d_true", one_too_small, "one row and one column short"),
    ("toeplitz_matrix", output_width, "width of the input"),
]  # fmt: skip
