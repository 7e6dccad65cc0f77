"""The checks of lesson 08: stubs, solutions, and mistakes with their hints.

Solutions and mistakes take another road than the checks themselves: they
count a real block, and search for sizes by trying.
"""

import torch
from check_tests import (  # noqa: F401
    test_check_leaves_the_random_state_alone,
    test_mistake_gets_its_own_hint,
    test_solution_passes,
    test_stub_is_told_to_write_its_body,
)
from torch.nn import functional as F

from course_utils import Residual

# Solutions, by another road than the reference's.


def build(c_i, c_o, use_1x1conv):
    block = Residual(c_o, use_1x1conv)
    block(torch.zeros(2, c_i, 2, 2))  # materializes the lazy layers
    return block


def count(tensors):
    return sum(tensor.numel() for tensor in tensors)


def residual_parameters(c_i, c_o, use_1x1conv):
    return count(build(c_i, c_o, use_1x1conv).parameters())


def shortcut_a(X, num_channels, strides):
    X = F.max_pool2d(X, 1, strides)  # a window of one pixel only picks
    return F.pad(X, (0, 0, 0, 0, 0, num_channels - X.shape[1]))


def output_size(n, layers):
    for k, s, p in layers:
        n = (n - k + 2 * p) // s + 1
    return n


def smallest_input(layers, needed):
    n = 1
    while output_size(n, layers) < needed:
        n += 1
    return n


SOLUTIONS = [residual_parameters, shortcut_a, smallest_input]


# Mistakes.


def without(*kinds):
    """Count a block's parameters, but not those of some layers."""

    def counted(c_i, c_o, use_1x1conv):
        named = build(c_i, c_o, use_1x1conv).named_parameters()
        return count(
            p for name, p in named if not any(k in name for k in kinds)
        )

    return counted


def with_running_statistics(c_i, c_o, use_1x1conv):
    block = build(c_i, c_o, use_1x1conv)
    buffers = [b for b in block.buffers() if b.ndim]  # not the counters
    return count([*block.parameters(), *buffers])


def without_conv_biases(c_i, c_o, use_1x1conv):
    block = build(c_i, c_o, use_1x1conv)
    convolutions = filter(None, (block.conv1, block.conv2, block.conv3))
    biases = count(conv.bias for conv in convolutions)
    return residual_parameters(c_i, c_o, use_1x1conv) - biases


def always_1x1(c_i, c_o, use_1x1conv):
    return residual_parameters(c_i, c_o, True)


def norm_on_shortcut(c_i, c_o, use_1x1conv):
    extra = 2 * c_o if use_1x1conv else 0
    return residual_parameters(c_i, c_o, use_1x1conv) + extra


def second_sees_input(c_i, c_o, use_1x1conv):
    first = 2 * (9 * c_i * c_o + c_o)
    shortcut = c_i * c_o + c_o if use_1x1conv else 0
    return first + 4 * c_o + shortcut


def not_subsampled(X, num_channels, strides):
    return shortcut_a(X, num_channels, 1)


def no_zeros(X, num_channels, strides):
    return F.max_pool2d(X, 1, strides)


def zeros_first(X, num_channels, strides):
    X = F.max_pool2d(X, 1, strides)
    return F.pad(X, (0, 0, 0, 0, num_channels - X.shape[1], 0))


def copies(X, num_channels, strides):
    X = F.max_pool2d(X, 1, strides)
    times = -(-num_channels // X.shape[1])
    return X.repeat(1, times, 1, 1)[:, :num_channels]


def from_the_last(X, num_channels, strides):
    return shortcut_a(X.flip(2, 3), num_channels, strides).flip(2, 3)


def averaged(X, num_channels, strides):
    return shortcut_a(F.avg_pool2d(X, strides), num_channels, 1)


def only_rows(X, num_channels, strides):
    return shortcut_a(X, num_channels, (strides, 1))


def forwards(layers, needed):
    n = needed
    for k, s, p in layers:
        n = s * (n - 1) + k - 2 * p
    return n


def backwards(step):
    def smallest(layers, needed):
        n = needed
        for layer in layers[::-1]:
            n = step(n, *layer)
        return n

    return smallest


def largest_input(layers, needed):
    n = smallest_input(layers, needed)
    while output_size(n + 1, layers) == needed:
        n += 1
    return n


MISTAKES = [
    ("residual_parameters", without("bn"), "batch norms are missing"),
    ("residual_parameters", with_running_statistics, "are not trained"),
    ("residual_parameters", without("bn2"), "there are two batch norms"),
    ("residual_parameters", without_conv_biases, "biases of the conv"),
    ("residual_parameters", always_1x1, "even where the block has none"),
    ("residual_parameters", norm_on_shortcut, "no batch norm behind"),
    ("residual_parameters", second_sees_input, "second convolution sees"),
    ("shortcut_a", not_subsampled, "the maps keep their size"),
    ("shortcut_a", no_zeros, "channels of zeros are missing"),
    ("shortcut_a", zeros_first, "zeros come behind"),
    ("shortcut_a", copies, "not copies of the old ones"),
    ("shortcut_a", from_the_last, "begin with the first row"),
    ("shortcut_a", averaged, "option A picks one"),
    ("shortcut_a", only_rows, "only the rows are subsampled"),
    ("smallest_input", forwards, "work backwards"),
    ("smallest_input", backwards(lambda n, k, s, p: s * n + k - 2 * p),
     "n - 1 steps apart"),
    ("smallest_input", backwards(lambda n, k, s, p: s * n),
     "a stride alone"),
    ("smallest_input", backwards(lambda n, k, s, p: s * (n - 1) + k),
     "padding is forgotten"),
    ("smallest_input", backwards(lambda n, k, s, p: s * (n - 1) + k - p),
     "on both sides"),
    ("smallest_input", backwards(lambda n, k, s, p: n - 1 + k - 2 * p),
     "stride is forgotten"),
    ("smallest_input", largest_input, "find the smallest"),
]  # fmt: skip


def test_article_network_takes_71_pixels():
    halve, keep = (3, 2, 1), (3, 1, 1)
    layers = [(7, 2, 0), (3, 2, 1)] + 3 * [halve, keep]
    assert smallest_input(layers, 3) == 71
