"""Checks for lesson 08, ResNet."""

import torch

from .engine import Mistake, run_check

__all__ = ["residual_parameters", "shortcut_a", "smallest_input"]


def _count_block(c_i, c_o, use_1x1conv, bias=1, norm=4, always=False):
    """Count a residual block's parameters; the options make mistakes."""
    convolutions = c_o * (9 * c_i + bias) + c_o * (9 * c_o + bias)
    shortcut = c_o * (c_i + bias) if use_1x1conv or always else 0
    return convolutions + norm * c_o + shortcut


def residual_parameters(candidate):
    """Check exercise 8.1: the parameters of a residual block.

    Task: ``residual_parameters(c_i, c_o, use_1x1conv)`` counts the
    trainable parameters of ``Residual(c_o, use_1x1conv)``.

    Parameters
    ----------
    candidate : callable
        Maps the channels before and after the block, and whether it has a
        1x1 convolution, to an int.

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def mistake(**options):
        return lambda c_i, c_o, use_1x1conv: _count_block(
            c_i, c_o, use_1x1conv, **options
        )

    mistakes = [
        Mistake(
            mistake(norm=0),
            "the batch norms are missing: each has a scale and a shift a "
            "channel.",
        ),
        Mistake(
            mistake(norm=8),
            "the running means and variances are not trained; only scale "
            "and shift are.",
        ),
        Mistake(
            mistake(norm=2),
            "a batch norm has two parameters a channel, and there are two "
            "batch norms.",
        ),
        Mistake(
            mistake(bias=0),
            "the biases of the convolutions are missing: one an output "
            "channel.",
        ),
        Mistake(
            mistake(always=True),
            "the 1x1 convolution is counted even where the block has none.",
        ),
        Mistake(
            lambda c_i, c_o, use_1x1conv: _count_block(
                c_i, c_o, use_1x1conv, norm=6 if use_1x1conv else 4
            ),
            "this block has no batch norm behind its 1x1 convolution.",
        ),
        Mistake(
            lambda c_i, c_o, use_1x1conv: (
                _count_block(c_i, c_o, use_1x1conv) + 9 * c_o * (c_i - c_o)
            ),
            "the second convolution sees the output channels of the first.",
        ),
    ]
    cases = [(1, 1, False), (1, 2, True), (3, 3, False), (3, 5, True)]
    cases += [(64, 64, False), (64, 64, True), (64, 128, True)]
    return run_check(
        "residual_parameters",
        candidate,
        _count_block,
        [
            {"c_i": c_i, "c_o": c_o, "use_1x1conv": use_1x1conv}
            for c_i, c_o, use_1x1conv in cases
        ],
        mistakes,
    )


def _pad_channels(X, num_channels, front=False):
    n, c, h, w = X.shape
    zeros = X.new_zeros((n, num_channels - c, h, w))
    return torch.cat([zeros, X] if front else [X, zeros], dim=1)


def _shortcut_a(X, num_channels, strides):
    return _pad_channels(X[:, :, ::strides, ::strides], num_channels)


def _repeat_channels(X, num_channels, strides):
    index = torch.arange(num_channels) % X.shape[1]
    return X[:, index, ::strides, ::strides]


def shortcut_a(candidate):
    """Check exercise 8.3: the shortcut without weights.

    Task: ``shortcut_a(X, num_channels, strides)`` keeps every strides-th
    row and column, from the first on, and adds channels of zeros behind
    the others.

    Parameters
    ----------
    candidate : callable
        Maps X of shape (n, c, h, w) to a tensor with ``num_channels``
        channels.

    Returns
    -------
    Result
        Passed, or the smallest failing case.

    Notes
    -----
    He et al., arXiv 1512.03385, section 4.1, option A.
    """
    mistakes = [
        Mistake(
            lambda X, num_channels, strides: _pad_channels(X, num_channels),
            "the maps keep their size; take every strides-th row and column.",
        ),
        Mistake(
            lambda X, num_channels, strides: X[:, :, ::strides, ::strides],
            "the channels of zeros are missing.",
        ),
        Mistake(
            lambda X, num_channels, strides: _pad_channels(
                X[:, :, ::strides, ::strides], num_channels, front=True
            ),
            "the zeros come behind the channels of X, not before them.",
        ),
        Mistake(
            _repeat_channels,
            "the new channels hold zeros, not copies of the old ones.",
        ),
        Mistake(
            lambda X, num_channels, strides: _pad_channels(
                X[:, :, strides - 1 :: strides, strides - 1 :: strides],
                num_channels,
            ),
            "begin with the first row and column: ::strides.",
        ),
        Mistake(
            lambda X, num_channels, strides: _pad_channels(
                torch.nn.functional.avg_pool2d(X, strides), num_channels
            ),
            "this averages the pixels; option A picks one of them.",
        ),
        Mistake(
            lambda X, num_channels, strides: _pad_channels(
                X[:, :, ::strides], num_channels
            ),
            "only the rows are subsampled; the columns have a stride, too.",
        ),
    ]
    generator = torch.Generator().manual_seed(0)
    shapes = [  # n, c, side, num_channels, strides
        (1, 1, 2, 2, 2),
        (1, 2, 4, 3, 2),
        (2, 2, 4, 2, 1),
        (2, 3, 4, 6, 2),
        (2, 4, 6, 8, 3),
        (3, 16, 8, 32, 2),
    ]
    return run_check(
        "shortcut_a",
        candidate,
        _shortcut_a,
        [
            {
                "X": torch.randn(n, c, side, side, generator=generator),
                "num_channels": num_channels,
                "strides": strides,
            }
            for n, c, side, num_channels, strides in shapes
        ],
        mistakes,
    )


def _backwards(layers, needed, step):
    n = needed
    for kernel, stride, padding in reversed(layers):
        n = step(n, kernel, stride, padding)
    return n


def _smallest_input(layers, needed):
    return _backwards(
        layers, needed, lambda n, k, s, p: (n - 1) * s + k - 2 * p
    )


def smallest_input(candidate):
    """Check exercise 8.4: the smallest image that a stack of layers takes.

    Task: ``smallest_input(layers, needed)`` returns the smallest number of
    pixels along one axis that leaves ``needed`` after the last layer.

    Parameters
    ----------
    candidate : callable
        Maps a list of (kernel, stride, padding), first layer first, and
        an int to an int.

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def mistake(step):
        return lambda layers, needed: _backwards(layers, needed, step)

    mistakes = [
        Mistake(
            lambda layers, needed: _smallest_input(layers[::-1], needed),
            "work backwards: the last layer comes first.",
        ),
        Mistake(
            mistake(lambda n, k, s, p: n * s + k - 2 * p),
            "n outputs are n - 1 steps apart: (n - 1) * stride.",
        ),
        Mistake(
            mistake(lambda n, k, s, p: n * s),
            "a stride alone does not say how wide the last window is; use "
            "the kernel and the padding.",
        ),
        Mistake(
            mistake(lambda n, k, s, p: (n - 1) * s + k),
            "the padding is forgotten: it spares pixels of the image.",
        ),
        Mistake(
            mistake(lambda n, k, s, p: (n - 1) * s + k - p),
            "the padding is on both sides: 2 * padding.",
        ),
        Mistake(
            mistake(lambda n, k, s, p: n + k - 1 - 2 * p),
            "the stride is forgotten.",
        ),
        Mistake(
            mistake(lambda n, k, s, p: n * s + k - 2 * p - 1),
            "this is the largest image that leaves so many pixels; find "
            "the smallest.",
        ),
    ]
    halve, keep = (3, 2, 1), (3, 1, 1)
    cases = [
        ([(3, 1, 0)], 1),
        ([(3, 2, 0)], 2),
        ([keep], 4),
        ([halve], 2),
        ([(5, 1, 0), (2, 2, 0)], 3),
        ([(5, 3, 1), (3, 1, 0)], 2),
        ([(7, 2, 0), halve, keep, halve], 3),
        ([(11, 4, 2), (3, 2, 0), (5, 1, 2), (3, 2, 0)], 6),
    ]
    return run_check(
        "smallest_input",
        candidate,
        _smallest_input,
        [{"layers": layers, "needed": needed} for layers, needed in cases],
        mistakes,
    )
