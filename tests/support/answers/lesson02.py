"""Answers to the exercises of lesson 02."""

import torch


def unused_cells(n, k, p, s):
    # Walk over the padded input, window by window.
    end = k
    while end + s <= n + 2 * p:
        end += s
    return n + 2 * p - end


def same_padding(n, k, s):
    # Add cells, first after and then before, until the size is right.
    before = after = 0
    while (n + before + after - k) // s + 1 < -(-n // s):
        if before == after:
            after += 1
        else:
            before += 1
    return before, after


def run_any_size(net, X):
    # Repeat the last row and column until both sizes fit.
    h, w = X.shape[2:]
    while X.shape[2] % 4:
        X = torch.cat([X, X[:, :, -1:]], dim=2)
    while X.shape[3] % 4:
        X = torch.cat([X, X[..., -1:]], dim=3)
    return net(X)[:, :, :h, :w]


def alias_frequency(f, rate):
    return abs(f - rate * round(f / rate))


def window_of(layers, i):
    # The whole set of cells, layer by layer, and not only its ends.
    cells = {i}
    for k, p, s, d in reversed(layers):
        cells = {c * s - p + a * d for c in cells for a in range(k)}
    return min(cells), max(cells)


def shortest_filter(max_alias, min_kept):
    # Kernels found beforehand, each with its least alias for what it keeps.
    kernels = [
        [1.0],
        [0.5, 0.5],
        [0.293, 0.414, 0.293],
        [0.174, 0.326, 0.326, 0.174],
        [0.103, 0.242, 0.31, 0.242, 0.103],
        [0.061, 0.172, 0.267, 0.267, 0.172, 0.061],
    ]
    for kernel in kernels:
        weights = torch.tensor(kernel, dtype=torch.float64)
        power = torch.fft.rfft(weights, n=4096).abs().square()
        kept = 10 * power[:1024].mean().log10()
        alias = 10 * power[1025:].mean().log10()
        if kept - alias >= min_kept - max_alias + 0.1:
            return weights * 10 ** ((max_alias - 0.05 - alias) / 20)


RIGHT = [
    unused_cells,
    same_padding,
    run_any_size,
    alias_frequency,
    window_of,
    shortest_filter,
]


def clipped(layers, i):
    first, last = window_of(layers, i)
    return max(0, first), last


def padded_all_around(net, X):
    h, w = X.shape[2:]
    top, left = -h % 4 // 2, -w % 4 // 2
    sides = left, -w % 4 - left, top, -h % 4 - top
    Y = net(torch.nn.functional.pad(X, sides, mode="replicate"))
    return Y[:, :, top : top + h, left : left + w]


def padded_once_more(net, X):
    h, w = X.shape[2:]
    return run_any_size(
        net,
        torch.nn.functional.pad(
            X, (0, 4 - w % 4, 0, 4 - h % 4), mode="replicate"
        ),
    )[:, :, :h, :w]


WRONG = [
    ("run_any_size", padded_once_more, "not 4 - h % 4"),
    ("run_any_size", padded_all_around, "not on both sides"),
    ("window_of",
     lambda layers, i: window_of([(k, 0, s, d) for k, p, s, d in layers], i),
     "padding is missing"),
    ("window_of", lambda layers, i: window_of(layers[::-1], i),
     "go backward"),
    ("window_of",
     lambda layers, i: window_of([(k, p, s, 1) for k, p, s, d in layers], i),
     "dilation is missing"),
    ("window_of",
     lambda layers, i: window_of(
         [(k + 1, p, s, d) for k, p, s, d in layers], i),
     "one too far"),
    ("window_of", clipped, "do not cut off"),
]  # fmt: skip
