"""Each check of lesson 02: stub, solution, and planted mistakes.

Solutions take another road than the reference, and mistakes are written
out as a learner would write them.
"""

import math

import pytest
import torch
from check_tests import (  # noqa: F401
    test_check_leaves_the_random_state_alone,
    test_mistake_gets_its_own_hint,
    test_solution_passes,
    test_stub_is_told_to_write_its_body,
)
from torch import nn
from torch.nn import functional as F

from course_utils import check


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


SOLUTIONS = [
    unused_cells,
    same_padding,
    network_shapes,
    alias_frequency,
    window_of,
]


# Mistakes in the calculator of exercise 2.3.


def calculator(size, channels=None, pair_order=1):
    """Write the exercise with a mistaken size of one axis."""

    def network_shapes(net, shape):
        shapes = []
        for layer in net:
            if isinstance(layer, nn.Flatten):
                shape = (math.prod(shape),)
            elif isinstance(layer, nn.Linear):
                shape = (layer.out_features,)
            elif hasattr(layer, "kernel_size"):
                c = getattr(layer, "out_channels", shape[0])
                c = shape[0] if channels == "input" else c
                given = (
                    layer.kernel_size,
                    layer.padding,
                    layer.stride,
                    getattr(layer, "dilation", 1),
                )
                pairs = [v if isinstance(v, tuple) else (v, v) for v in given]
                rows, columns = list(zip(*pairs))[::pair_order]
                shape = (c, size(shape[1], *rows), size(shape[2], *columns))
            shapes.append(shape)
        return shapes

    return network_shapes


def right_size(n, k, p, s, d):
    return len(range(0, n + 2 * p - d * (k - 1), s))


def no_padding(n, k, p, s, d):
    return right_size(n, k, 0, s, d)


def one_side(n, k, p, s, d):
    return len(range(0, n + p - d * (k - 1), s))


def no_stride(n, k, p, s, d):
    return right_size(n, k, p, 1, d)


def no_dilation(n, k, p, s, d):
    return right_size(n, k, p, s, 1)


def no_floor(n, k, p, s, d):
    return (n - d * (k - 1) - 1 + 2 * p) / s + 1


def rounded_up(n, k, p, s, d):
    steps = n - d * (k - 1) - 1 + 2 * p
    return steps // s + (steps % s > 0) + 1


def clipped(layers, i):
    first, last = window_of(layers, i)
    return max(0, first), last


MISTAKES = [
    ("unused_cells", lambda n, k, p, s: (n - k) % s, "padding is missing"),
    ("unused_cells", lambda n, k, p, s: (n - k + p) % s, "both sides"),
    ("unused_cells", lambda n, k, p, s: (2 * p + n) % s, "last possible one"),
    ("unused_cells", lambda n, k, p, s: 1 + (n - k + 2 * p) // s,
     "this is the number of windows"),
    ("unused_cells", lambda n, k, p, s: (n - k + 2 * p) // s,
     "number of full steps"),
    ("same_padding", lambda n, k, s: ((k - 1) // 2, k // 2),
     "for a stride of 1 only"),
    ("same_padding", lambda n, k, s: tuple(reversed(same_padding(n, k, s))),
     "odd cell is before"),
    ("same_padding",
     lambda n, k, s: (((-(-n // s) - 1) * s + k - n) // 2,
                      ((-(-n // s) - 1) * s + k - n + 1) // 2),
     "a padding is negative"),
    ("same_padding",
     lambda n, k, s: (max(0, (n // s - 1) * s + k - n) // 2,
                      (max(0, (n // s - 1) * s + k - n) + 1) // 2),
     "rounded down"),
    ("same_padding", lambda n, k, s: sum(same_padding(n, k, s)),
     "return a pair"),
    ("network_shapes", calculator(no_padding), "padding is missing"),
    ("network_shapes", calculator(one_side), "both sides"),
    ("network_shapes", calculator(no_stride), "stride is missing"),
    ("network_shapes", calculator(no_dilation), "dilation is missing"),
    ("network_shapes", calculator(no_floor), "use // and not /"),
    ("network_shapes", calculator(rounded_up), "rounded up"),
    ("network_shapes", calculator(right_size, pair_order=-1),
     "rows and columns are swapped"),
    ("network_shapes", calculator(right_size, channels="input"),
     "out_channels channels"),
    ("network_shapes",
     lambda net, shape: [shape] + network_shapes(net, shape),
     "input's shape is in the list"),
    ("network_shapes", lambda net, shape: network_shapes(net, shape)[-1],
     "after all layers"),
    ("alias_frequency", lambda f, rate: f - f // rate * rate,
     "above rate / 2 a tone is mirrored"),
    ("alias_frequency", lambda f, rate: f % (0.5 * rate),
     "does not start at 0 again"),
    ("alias_frequency", lambda f, rate: f if 2 * f <= rate else rate - f,
     "many times as high"),
    ("alias_frequency", lambda f, rate: abs(f - rate), "stays where it is"),
    ("alias_frequency", lambda f, rate: alias_frequency(f, rate * 2),
     "not at the rate"),
    ("alias_frequency", lambda f, rate: rate / 2 if 2 * f > rate else f,
     "not held at"),
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


def test_unknown_mistake_fails_without_a_hint():
    result = check.unused_cells(lambda n, k, p, s: 99)
    assert not result.passed and "Hint" not in result.line


def test_calculator_without_a_mistake_passes():
    # Or the mistakes above would fail for another reason.
    assert check.network_shapes(calculator(right_size)).passed


def test_same_padding_is_that_of_pytorch_without_a_stride():
    X = torch.rand(1, 1, 9)
    for k in (1, 2, 3, 4, 5):
        K = torch.rand(1, 1, k)
        padded = F.pad(X, same_padding(9, k, 1))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("warnings.showwarning", lambda *args: None)
            expected = F.conv1d(X, K, padding="same")
        assert torch.allclose(F.conv1d(padded, K), expected)
