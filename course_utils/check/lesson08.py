"""Checks for lesson 08, ResNet."""

import itertools

import torch
from torch import nn
from torch.nn import functional as F

from .engine import exercise, integer


def _channels_case(size):
    c_i, c_o = integer(1, 9 * size + 1), integer(1, 9 * size + 1)
    return (c_i, c_i, size % 3 == 2) if size % 3 else (c_i, c_o, True)


@exercise(draw=_channels_case, own=12, mistakes={
    "the batch norms are missing: each has a scale and a shift a channel.":
        {"norm": 0},
    "running means and variances are not trained; scale and shift are.":
        {"norm": 8},
    "a batch norm has two parameters a channel; there are two batch norms.":
        {"norm": 2},
    "the biases of the convolutions are missing: one an output channel.":
        {"bias": 0},
    "the 1x1 convolution is counted even where the block has none.":
        lambda c_i, c_o, _: residual_parameters.right(c_i, c_o, True),
    "this block has no batch norm behind its 1x1 convolution.":
        {"shortcut_norm": 2},
    "the second convolution sees the output channels of the first.":
        {"middle": False},
})  # fmt: skip
def residual_parameters(
    c_i, c_o, use_1x1conv, bias=1, norm=4, shortcut_norm=0, middle=True
):
    """Exercise 8.1: count the trainable parameters of a residual block."""
    c_middle = c_o if middle else c_i
    branch = c_o * (9 * c_i + 9 * c_middle + 2 * bias + norm)
    shortcut = c_o * (c_i + bias + shortcut_norm)
    return branch + (shortcut if use_1x1conv else 0)


def _block_case(n, c_i, c_o, side, strides):
    X = torch.randn(n, c_i, side, side)
    w1, w2 = torch.randn(c_o, c_i, 3, 3), torch.randn(c_o, c_o, 3, 3)
    w3 = torch.randn(c_o, c_i, 1, 1)
    return X, w1, w2, w3 if c_i != c_o else None, strides


def _normalized(Y):
    return F.batch_norm(Y, None, None, training=True)


@exercise(cases=itertools.starmap(_block_case, [
    (1, 1, 1, 2, 1), (2, 2, 2, 4, 1), (1, 1, 2, 4, 1), (2, 2, 3, 4, 2),
    (3, 4, 8, 7, 2),
]), mistakes={
    "the shortcut is missing: add X to what the two convolutions give.":
        {"wrong": "shortcut"},
    "the last ReLU of the branch comes before the addition; it belongs "
    "behind it.":
        {"wrong": "order"},
    "the ReLU behind the addition is missing.":
        {"wrong": "end"},
    "the ReLU between the two convolutions is missing.":
        {"wrong": "middle"},
    "a batch norm follows each of the two convolutions.":
        {"wrong": "norm"},
    "no batch norm follows the 1x1 convolution of this block.":
        {"wrong": "shortcut norm"},
    "the first convolution has the stride, not the second.":
        {"wrong": "stride"},
})  # fmt: skip
def residual_forward(X, w1, w2, w3, strides, wrong=""):
    """Exercise 8.2: a residual block without biases, in training."""
    first, second = (1, strides) if wrong == "stride" else (strides, 1)
    norm = nn.Identity() if wrong == "norm" else _normalized
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


class _Spare(nn.ModuleDict):
    """A net with a layer that it never uses, and one that it cuts off."""

    def forward(self, X):
        return self["last"](self["first"](X).detach() + X)


def _net_cases():
    """Build nets with and without faults, the smallest first."""
    started, partly, frozen, dead = (nn.Linear(4, 4) for _ in range(4))
    nn.init.constant_(partly.bias[:1], -99.0)  # one unit of four is dead
    frozen.weight.requires_grad_(False)
    nn.init.zeros_(dead.weight)
    nn.init.constant_(dead.bias, -1.0)
    last = [nn.Linear(4, 3) for _ in range(4)]
    nn.init.zeros_(last[0].bias)  # zero, but with a gradient
    nets = [
        nn.Sequential(start, nn.ReLU(), end)
        for start, end in zip((started, partly, frozen, dead), last)
    ]
    sizes = {"first": (4, 4), "spare": (4, 4), "last": (4, 3)}
    spare = _Spare({name: nn.Linear(*s) for name, s in sizes.items()})
    for net in [nn.Linear(4, 3), *nets, spare]:
        yield net, torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1])


def _is_still(p, has_values=torch.any):
    return p.grad is None or not has_values(p.grad)


@exercise(cases=_net_cases(), mistakes={
    "an unused parameter has the gradient None; list it, too.":
        {"found": lambda p: p.grad is not None and _is_still(p)},
    "a gradient that is there and zero everywhere counts, too.":
        {"found": lambda p: p.requires_grad and p.grad is None},
    "one zero is not enough: the gradient has to be zero everywhere.":
        {"found": lambda p: p.requires_grad and _is_still(p, torch.all)},
    "a parameter without requires_grad is frozen on purpose; leave it out.":
        {"found": _is_still},
    "look at the gradients, not at the weights.":
        {"found": lambda p: p.requires_grad and not p.any()},
})  # fmt: skip
def without_gradient(
    net, X, y, found=lambda p: p.requires_grad and _is_still(p)
):
    """Exercise 8.3: name the parameters that ask for a gradient in vain."""
    F.cross_entropy(net(X), y).backward()
    return [name for name, p in net.named_parameters() if found(p)]


def _without_bound(n, k, s, p):
    return (n - 1) * s + k - 2 * p


HALVE, KEEP = (3, 2, 1), (3, 1, 1)


@exercise(cases=[
    ([(3, 1, 0)], 1),
    ([(3, 2, 0)], 2),
    ([KEEP], 4),
    ([HALVE], 2),
    ([(5, 1, 0), (2, 2, 0)], 3),
    ([(5, 3, 1), (3, 1, 0)], 2),
    ([(7, 2, 0), HALVE, KEEP, HALVE], 3),
    ([(11, 4, 2), (3, 2, 0), (5, 1, 2), (3, 2, 0)], 6),
    ([(3, 1, 0), (1, 1, 1)], 1),
], mistakes={
    "every map has at least one pixel, however much is padded.":
        {"step": _without_bound},
    "work backwards: the last layer comes first.":
        {"order": 1},
    "n outputs are n - 1 steps apart: (n - 1) * stride.":
        {"step": lambda n, k, s, p: n * s + k - 2 * p},
    "a stride alone does not say how wide the last window is; use the kernel "
    "and the padding.":
        {"step": lambda n, k, s, p: n * s},
    "the padding is forgotten: it spares pixels of the image.":
        {"step": lambda n, k, s, p: (n - 1) * s + k},
    "the padding is on both sides: 2 * padding.":
        {"step": lambda n, k, s, p: (n - 1) * s + k - p},
    "the stride is forgotten.":
        {"step": lambda n, k, s, p: n - 1 + k - 2 * p},
})  # fmt: skip
def smallest_input(
    layers, needed, step=lambda *s: max(_without_bound(*s), 1), order=-1
):
    """Exercise 8.4: the fewest pixels that leave ``needed`` of an axis."""
    for layer in layers[::order]:
        needed = step(needed, *layer)
    return needed
