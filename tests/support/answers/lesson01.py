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


def learn_kernel(X, Y, K, lr, num_steps):
    K = K.clone().requires_grad_()
    optimizer = torch.optim.SGD([K], lr=lr)
    for _ in range(num_steps):
        optimizer.zero_grad()
        ((correlate(X, K) - Y) ** 2).sum().backward()
        optimizer.step()
    return K.detach()


def kernel_gradient(X, dY):
    size = [X.shape[n] - dY.shape[n] + 1 for n in (0, 1)]
    K = torch.zeros(size, requires_grad=True)
    (correlate(X, K) * dY).sum().backward()
    return K.grad


RIGHT = [conv2d_true, receptive_field, learn_kernel, kernel_gradient]


def one_too_small(X, K):
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h, X.shape[1] - w)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * torch.rot90(K, 2)).sum()
    return Y


def never_cleared(X, Y, K, lr, num_steps):
    K = K.clone().requires_grad_()
    for _ in range(num_steps):
        ((correlate(X, K) - Y) ** 2).sum().backward()
        with torch.no_grad():
            K -= lr * K.grad
    return K.detach()


WRONG = [
    ("conv2d_true", one_too_small, "one row and one column short"),
    ("learn_kernel", never_cleared, "set it to zero after each step"),
]  # fmt: skip
