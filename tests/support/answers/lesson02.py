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


def network_shapes(net, shape):
    X, shapes = torch.zeros(1, *shape), []
    for layer in net:
        X = layer(X)
        shapes.append(tuple(X.shape[1:]))
    return shapes


def alias_frequency(f, rate):
    return abs(f - rate * round(f / rate))


def window_of(layers, i):
    # The whole set of cells, layer by layer, and not only its ends.
    cells = {i}
    for k, p, s, d in reversed(layers):
        cells = {c * s - p + a * d for c in cells for a in range(k)}
    return min(cells), max(cells)


RIGHT = [
    unused_cells,
    same_padding,
    network_shapes,
    alias_frequency,
    window_of,
]


def clipped(layers, i):
    first, last = window_of(layers, i)
    return max(0, first), last


WRONG = [
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
