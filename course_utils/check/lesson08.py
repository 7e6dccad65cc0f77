"""Checks for lesson 08, ResNet."""

import functools

import torch
from torch import nn
from torch.nn import functional as F

from .engine import exercise

__all__ = [
    "residual_forward",
    "residual_parameters",
    "smallest_input",
    "without_gradient",
]


def _count(c_i, c_o, use_1x1conv, bias=1, norm=4, always=False):
    """Count a residual block's parameters; the options are mistakes."""
    convolutions = c_o * (9 * c_i + bias) + c_o * (9 * c_o + bias)
    shortcut = c_o * (c_i + bias) if use_1x1conv or always else 0
    return convolutions + norm * c_o + shortcut


@exercise(
    cases=[
        (1, 1, False),
        (1, 2, True),
        (3, 3, False),
        (3, 5, True),
        (64, 64, False),
        (64, 64, True),
        (64, 128, True),
    ],
    mistakes={
        "the batch norms are missing: each has a scale and a shift a "
        "channel.": functools.partial(_count, norm=0),
        "the running means and variances are not trained; only scale and "
        "shift are.": functools.partial(_count, norm=8),
        "a batch norm has two parameters a channel, and there are two batch "
        "norms.": functools.partial(_count, norm=2),
        "the biases of the convolutions are missing: one an output "
        "channel.": functools.partial(_count, bias=0),
        "the 1x1 convolution is counted even where the block has "
        "none.": functools.partial(_count, always=True),
        "this block has no batch norm behind its 1x1 "
        "convolution.": lambda c_i, c_o, use_1x1conv: _count(
            c_i, c_o, use_1x1conv, norm=6 if use_1x1conv else 4
        ),
        "the second convolution sees the output channels of the "
        "first.": lambda c_i, c_o, use_1x1conv: (
            _count(c_i, c_o, use_1x1conv) + 9 * c_o * (c_i - c_o)
        ),
    },
)
def residual_parameters(c_i, c_o, use_1x1conv):
    """Exercise 8.1: count the trainable parameters of a residual block.

    Those of ``Residual(c_o, use_1x1conv)`` for inputs of c_i channels.
    """
    return _count(c_i, c_o, use_1x1conv)


def _blocks():
    """Yield inputs and kernels of blocks, from small to large."""
    generator = torch.Generator().manual_seed(0)
    randn = functools.partial(torch.randn, generator=generator)
    for n, c_i, c_o, side, strides in [
        (1, 1, 1, 2, 1),
        (2, 2, 2, 4, 1),
        (1, 1, 2, 4, 1),
        (2, 2, 3, 4, 2),
        (3, 4, 8, 7, 2),
    ]:
        changes = c_i != c_o or strides != 1
        yield (
            randn(n, c_i, side, side),
            randn(c_o, c_i, 3, 3),
            randn(c_o, c_o, 3, 3),
            randn(c_o, c_i, 1, 1) if changes else None,
            strides,
        )


def _normalized(Y):
    return F.batch_norm(Y, None, None, training=True)


def _block(X, w1, w2, w3, strides, wrong=""):
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


def _wrong(name):
    return functools.partial(_block, wrong=name)


@exercise(
    cases=_blocks(),
    mistakes={
        "the shortcut is missing: add X to what the two convolutions "
        "give.": _wrong("shortcut"),
        "the last ReLU of the branch comes before the addition; it belongs "
        "behind it.": _wrong("order"),
        "the ReLU behind the addition is missing.": _wrong("end"),
        "the ReLU between the two convolutions is missing.": _wrong("middle"),
        "a batch norm follows each of the two convolutions.": _wrong("norm"),
        "no batch norm follows the 1x1 convolution of this block.": _wrong(
            "shortcut norm"
        ),
        "the first convolution has the stride, not the second.": _wrong(
            "stride"
        ),
    },
)
def residual_forward(X, w1, w2, w3, strides):
    """Exercise 8.2: a residual block without biases, in training.

    X of shape (n, c_i, h, w) and kernels of shapes (c_o, c_i, 3, 3),
    (c_o, c_o, 3, 3) and (c_o, c_i, 1, 1) or None give what the block
    returns. He et al., arXiv 1512.03385, section 3.
    """
    return _block(X, w1, w2, w3, strides)


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
    healthy = nn.Sequential(nn.Linear(4, 3))
    half_frozen = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 3))
    half_frozen[0].weight.requires_grad_(False)
    dead_layer = nn.Linear(4, 4)
    nn.init.zeros_(dead_layer.weight)
    nn.init.constant_(dead_layer.bias, -1.0)
    dead = nn.Sequential(dead_layer, nn.ReLU(), nn.Linear(4, 3))
    zero_bias = nn.Linear(4, 3)
    nn.init.zeros_(zero_bias.bias)  # zero, but with a gradient
    started = nn.Sequential(nn.Linear(4, 4), zero_bias)
    partly_dead = nn.Linear(4, 4)
    with torch.no_grad():
        partly_dead.bias[0] = -99.0  # one unit of four is dead
    partly = nn.Sequential(partly_dead, nn.ReLU(), nn.Linear(4, 3))
    return [healthy, started, partly, half_frozen, dead, _Spare()]


def _gradient_cases():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        y = torch.tensor([0, 1, 2, 0, 1])
        return [(net, torch.randn(5, 4), y) for net in _small_nets()]


def _where(found):
    """Make a function that lists the parameters ``found`` is true of."""

    def names(net, X, y):
        F.cross_entropy(net(X), y).backward()
        return [name for name, p in net.named_parameters() if found(p)]

    return names


def _is_still(p):
    return p.grad is None or not p.grad.any()


@exercise(
    cases=_gradient_cases(),
    mistakes={
        "a parameter that the net does not use has the gradient None; list "
        "it, too.": _where(lambda p: p.grad is not None and _is_still(p)),
        "a gradient that is there and zero everywhere counts, too.": _where(
            lambda p: p.requires_grad and p.grad is None
        ),
        "one zero is not enough: the gradient has to be zero "
        "everywhere.": _where(
            lambda p: p.requires_grad and (p.grad is None or not p.grad.all())
        ),
        "a parameter that asks for no gradient is frozen on purpose; leave "
        "it out.": _where(_is_still),
        "these are the parameters that learn; list the others.": _where(
            lambda p: not _is_still(p)
        ),
        "look at the gradients, not at the weights.": _where(
            lambda p: p.requires_grad and not p.any()
        ),
    },
)
def without_gradient(net, X, y):
    """Exercise 8.3: find what cannot learn.

    From a net, X of shape (n, 4) and y of shape (n,) to the names of the
    parameters that ask for a gradient and get none, or only zeros.
    """
    return _where(lambda p: p.requires_grad and _is_still(p))(net, X, y)


def _backwards(step):
    """Make a function that goes from the last layer to the first."""

    def smallest_input(layers, needed):
        for kernel, stride, padding in layers[::-1]:
            needed = step(needed, kernel, stride, padding)
        return needed

    return smallest_input


def _without_bound(n, k, s, p):
    return (n - 1) * s + k - 2 * p


HALVE, KEEP = (3, 2, 1), (3, 1, 1)


@exercise(
    cases=[
        ([(3, 1, 0)], 1),
        ([(3, 2, 0)], 2),
        ([KEEP], 4),
        ([HALVE], 2),
        ([(5, 1, 0), (2, 2, 0)], 3),
        ([(5, 3, 1), (3, 1, 0)], 2),
        ([(7, 2, 0), HALVE, KEEP, HALVE], 3),
        ([(11, 4, 2), (3, 2, 0), (5, 1, 2), (3, 2, 0)], 6),
        ([(1, 1, 1)], 1),
    ],
    mistakes={
        "every map has at least one pixel, however much is "
        "padded.": _backwards(_without_bound),
        "work backwards: the last layer comes "
        "first.": lambda layers, needed: _backwards(_without_bound)(
            layers[::-1], needed
        ),
        "n outputs are n - 1 steps apart: (n - 1) * stride.": _backwards(
            lambda n, k, s, p: n * s + k - 2 * p
        ),
        "a stride alone does not say how wide the last window is; use the "
        "kernel and the padding.": _backwards(lambda n, k, s, p: n * s),
        "the padding is forgotten: it spares pixels of the "
        "image.": _backwards(lambda n, k, s, p: (n - 1) * s + k),
        "the padding is on both sides: 2 * padding.": _backwards(
            lambda n, k, s, p: (n - 1) * s + k - p
        ),
        "the stride is forgotten.": _backwards(
            lambda n, k, s, p: n + k - 1 - 2 * p
        ),
        "this is the largest image that leaves so many pixels; find the "
        "smallest.": _backwards(lambda n, k, s, p: n * s + k - 2 * p - 1),
    },
)
def smallest_input(layers, needed):
    """Exercise 8.4: the smallest image that a stack of layers takes.

    From a list of (kernel, stride, padding), first layer first, to the
    smallest number of pixels along one axis that leaves ``needed`` after
    the last layer.
    """
    step = _backwards(lambda n, k, s, p: max(_without_bound(n, k, s, p), 1))
    return step(layers, needed)
