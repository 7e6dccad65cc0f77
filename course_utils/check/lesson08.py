"""Checks for lesson 08, ResNet."""

import functools
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from .engine import Mistake, run_check

__all__ = [
    "residual_forward",
    "residual_parameters",
    "smallest_input",
    "without_gradient",
]


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


def _normalized(Y):
    return F.batch_norm(Y, None, None, training=True)


def _residual_forward(X, w1, w2, w3, strides, wrong=""):
    """Compute a residual block; ``wrong`` names a mistake to make."""
    first, second = (1, strides) if wrong == "stride" else (strides, 1)
    norm = (lambda Y: Y) if wrong == "norm" else _normalized
    Y = norm(F.conv2d(X, w1, stride=first, padding=1))
    if wrong != "middle":
        Y = F.relu(Y)
    Y = norm(F.conv2d(Y, w2, stride=second, padding=1))
    if wrong == "order":
        Y = F.relu(Y)
    if w3 is not None:
        X = F.conv2d(X, w3, stride=strides)
        X = _normalized(X) if wrong == "shortcut norm" else X
    if wrong != "shortcut":
        Y = Y + X
    return Y if wrong == "end" else F.relu(Y)


def residual_forward(candidate):
    """Check exercise 8.2: a residual block, written in functions.

    Task: ``residual_forward(X, w1, w2, w3, strides)`` returns what a
    residual block without biases returns in training.

    Parameters
    ----------
    candidate : callable
        Maps X of shape (n, c_i, h, w), kernels of shapes (c_o, c_i, 3, 3),
        (c_o, c_o, 3, 3) and (c_o, c_i, 1, 1) or None, and an int to a
        tensor.

    Returns
    -------
    Result
        Passed, or the smallest failing case.

    Notes
    -----
    He et al., arXiv 1512.03385, section 3.
    """
    hints = {
        "shortcut": "the shortcut is missing: add X to what the two "
        "convolutions give.",
        "order": "the last ReLU of the branch comes before the addition; it "
        "belongs behind it.",
        "end": "the ReLU behind the addition is missing.",
        "middle": "the ReLU between the two convolutions is missing.",
        "norm": "a batch norm follows each of the two convolutions.",
        "shortcut norm": "no batch norm follows the 1x1 convolution of this "
        "block.",
        "stride": "the first convolution has the stride, not the second.",
    }
    generator = torch.Generator().manual_seed(0)

    def kernel(c_o, c_i, size):
        return torch.randn(c_o, c_i, size, size, generator=generator)

    def case(n, c_i, c_o, side, strides):
        changes = c_i != c_o or strides != 1
        return {
            "X": torch.randn(n, c_i, side, side, generator=generator),
            "w1": kernel(c_o, c_i, 3),
            "w2": kernel(c_o, c_o, 3),
            "w3": kernel(c_o, c_i, 1) if changes else None,
            "strides": strides,
        }

    return run_check(
        "residual_forward",
        candidate,
        _residual_forward,
        [
            case(1, 1, 1, 2, 1),
            case(2, 2, 2, 4, 1),
            case(1, 1, 2, 4, 1),
            case(2, 2, 3, 4, 2),
            case(3, 4, 8, 7, 2),
        ],
        [
            Mistake(functools.partial(_residual_forward, wrong=wrong), hint)
            for wrong, hint in hints.items()
        ],
    )


class _Spare(nn.Module):
    """A net with a layer that it never uses, and one that it cuts off."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.spare = nn.Linear(4, 4)
        self.last = nn.Linear(4, 3)

    def forward(self, X):
        return self.last(self.first(X).detach() + X)


def _small_nets():
    """Return nets with and without faults, the smallest first."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        healthy = nn.Sequential(nn.Linear(4, 3))
        half_frozen = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 3))
        half_frozen[0].weight.requires_grad = False
        dead: Any = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3))
        nn.init.zeros_(dead[0].weight)
        nn.init.constant_(dead[0].bias, -1.0)
        started: Any = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 3))
        nn.init.zeros_(started[1].bias)  # zero, but with a gradient
        partly: Any = nn.Sequential(
            nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3)
        )
        with torch.no_grad():
            partly[0].bias[0] = -99.0  # one unit of four is dead
        return [healthy, started, partly, half_frozen, dead, _Spare()]


def _parameters_where(net, X, y, found):
    """Return the names of the parameters that ``found`` tells true of."""
    F.cross_entropy(net(X), y).backward()
    return [name for name, p in net.named_parameters() if found(p)]


def _is_still(p):
    return p.requires_grad and (p.grad is None or not p.grad.any())


def _without_gradient(net, X, y):
    return _parameters_where(net, X, y, _is_still)


def without_gradient(candidate):
    """Check exercise 8.3: a tool that finds what cannot learn.

    Task: ``without_gradient(net, X, y)`` returns the names of the
    parameters that ask for a gradient and get none, or only zeros.

    Parameters
    ----------
    candidate : callable
        Maps a net, X of shape (n, 4) and y of shape (n,) to a list of str.

    Returns
    -------
    Result
        Passed, or the smallest failing case.
    """

    def mistake(found):
        return lambda net, X, y: _parameters_where(net, X, y, found)

    mistakes = [
        Mistake(
            mistake(
                lambda p: (
                    p.requires_grad
                    and p.grad is not None
                    and not p.grad.any()
                )
            ),
            "a parameter that the net does not use has the gradient None; "
            "list it, too.",
        ),
        Mistake(
            mistake(lambda p: p.requires_grad and p.grad is None),
            "a gradient that is there and zero everywhere counts, too.",
        ),
        Mistake(
            mistake(
                lambda p: (
                    p.requires_grad
                    and (p.grad is None or bool((p.grad == 0).any()))
                )
            ),
            "one zero is not enough: the gradient has to be zero everywhere.",
        ),
        Mistake(
            mistake(lambda p: p.grad is None or not p.grad.any()),
            "a parameter that asks for no gradient is frozen on purpose; "
            "leave it out.",
        ),
        Mistake(
            mistake(lambda p: p.requires_grad and not _is_still(p)),
            "these are the parameters that learn; list the others.",
        ),
        Mistake(
            mistake(lambda p: p.requires_grad and not p.any()),
            "look at the gradients, not at the weights.",
        ),
    ]
    generator = torch.Generator().manual_seed(0)
    return run_check(
        "without_gradient",
        candidate,
        _without_gradient,
        [
            {
                "net": net,
                "X": torch.randn(5, 4, generator=generator),
                "y": torch.tensor([0, 1, 2, 0, 1]),
            }
            for net in _small_nets()
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
        layers, needed, lambda n, k, s, p: max((n - 1) * s + k - 2 * p, 1)
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

    def unclamped(n, k, s, p):
        return (n - 1) * s + k - 2 * p

    def mistake(step):
        return lambda layers, needed: _backwards(layers, needed, step)

    mistakes = [
        Mistake(
            mistake(unclamped),
            "every map has at least one pixel, however much is padded.",
        ),
        Mistake(
            lambda layers, needed: _backwards(
                layers[::-1], needed, unclamped
            ),
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
        ([(1, 1, 1)], 1),
    ]
    return run_check(
        "smallest_input",
        candidate,
        _smallest_input,
        [{"layers": layers, "needed": needed} for layers, needed in cases],
        mistakes,
    )
