"""Checks for lesson 07, Network in Network."""

import torch
from torch import nn

from .engine import exercise, integer


def _block_case(size):
    return integer(1, size + 2), integer(2, size + 4), integer(1, 6)


def _conv(c_i, c_o, k=1):
    return c_o * (c_i * k * k + 1)


@exercise(draw=_block_case, own=12, mistakes={
    "this is the first convolution alone; two 1x1 convolutions follow it.":
        _conv,
    "a block has two 1x1 convolutions, not one.":
        lambda c_i, c_o, k: _conv(c_i, c_o, k) + _conv(c_o, c_o),
    "the biases are missing: each of the three convolutions has one for each "
    "output channel.":
        lambda c_i, c_o, k: c_o * c_i * k * k + 2 * c_o * c_o,
    "the 1x1 convolutions get c_o channels, not c_i.":
        lambda c_i, c_o, k: _conv(c_i, c_o, k) + 2 * _conv(c_i, c_o),
    "a 1x1 convolution has a weight for each pair of channels.":
        lambda c_i, c_o, k: _conv(c_i, c_o, k) + 4 * c_o,
})  # fmt: skip
def nin_parameters(c_i, c_o, k):
    """Exercise 7.1: count the weights and biases of an NiN block."""
    return _conv(c_i, c_o, k) + 2 * _conv(c_o, c_o)


def _maps_size_case(size):
    return 1 + size % 5, integer(1, 2 + size % 4), integer(2, 4 + size % 3)


@exercise(draw=_maps_size_case, mistakes={
    "this adds up the places; a mean divides by their number.":
        lambda n, h, w: averaging_weights.right(n, h, w) * h * w,
    "divide by the places of one map, not by all inputs.":
        lambda n, h, w: averaging_weights.right(n, h, w) / n,
    "Flatten writes the maps one after the other: the places of a map are "
    "neighbors.":
        lambda n, h, w: torch.eye(n).repeat(1, h * w) / (h * w),
    "a class is seen by its own map only; the other weights are 0.":
        lambda n, h, w: torch.full((n, n * h * w), 1 / (h * w)),
})  # fmt: skip
def averaging_weights(classes, h, w):
    """Exercise 7.2: the weights with which a dense layer averages maps."""
    return torch.eye(classes).repeat_interleave(h * w, dim=1) / (h * w)


def _features_case(size):
    n, c = integer(1, 4), integer(1, size + 2)
    h, w = 1 + size % 4, 1 + size % 3
    classes = integer(2, 6)
    X, W = torch.randn(n, c, h, w), torch.randn(classes, c)
    return X, W, integer(0, classes)


@exercise(draw=_features_case, mistakes={
    "each channel counts with the weight that it has for class k.":
        lambda X, W, k: X.sum(dim=1),
    "add up over the channels; the mean is taken over the places only.":
        lambda X, W, k: class_activation_map.right(X, W, k) / X.shape[1],
    "keep what is below zero: it lowers the score too.":
        lambda X, W, k: class_activation_map.right(X, W, k).relu(),
    "this is the score; the map comes before the mean over the places.":
        lambda X, W, k: class_activation_map.right(X, W, k).mean(dim=(1, 2)),
    "these are the maps of all classes; return those of class k.":
        lambda X, W, k: torch.einsum("nchw,kc->nkhw", X, W),
})  # fmt: skip
def class_activation_map(features, weights, k):
    """Exercise 7.3: the maps of class k, of shape (n, h, w)."""
    return torch.einsum("nchw,c->nhw", features, weights[k])


def _stack_case(size):
    """Build a stack of layers, in which some ReLUs may be dead."""
    count, c = 1 + size % 4, integer(2, 5)
    layers = []
    for _ in range(count):
        conv = nn.utils.skip_init(nn.Conv2d, c, c, 1)
        nn.init.uniform_(conv.weight)
        nn.init.constant_(conv.bias, 0.1)
        layers += [conv, nn.ReLU()]
    kind = size % 3
    if kind == 0:
        nn.init.zeros_(layers[0].bias)
    if size % 6 == 0:  # outputs of almost zero: slow, not dead
        nn.init.constant_(layers[0].weight, 1e-6)
    if kind == 1:  # one channel of many: the layer is alive
        nn.init.constant_(layers[2 * (size % count)].bias[:1], -100.0)
    if kind == 2:
        for i in {size % 2, count - 1}:
            nn.init.constant_(layers[2 * i].bias, -100.0)
    if size % 6 == 5:  # zeros already before the first dead ReLU
        for parameter in layers[2].parameters():
            nn.init.zeros_(parameter)
    X = torch.rand(integer(2, 4), c, 2, 3)
    X[0] = 0  # so that one image alone does not tell
    return nn.Sequential(*layers, nn.Flatten()), X


@exercise(draw=_stack_case, mistakes={
    "look at every image of the batch, not at the first alone.":
        lambda net, X: dead_layer.right(net, X[:1]),
    "a ReLU with a zero somewhere is not dead; all must be zero.":
        {"is_dead": lambda Y: not Y.all()},
    "outputs of almost zero are slow, not dead.":
        {"is_dead": lambda Y: Y.mean() < 1e-3},
    "only a ReLU counts; another layer of zeros can still learn.":
        {"kind": nn.Module},
    "count all layers of net, not the ReLUs alone.":
        {"pick": lambda found: found[0] // 2},
    "return the first dead layer; those behind it die of it.":
        {"pick": lambda found: found[-1]},
})  # fmt: skip
def dead_layer(
    net, X, kind=nn.ReLU, is_dead=lambda Y: not Y.any(), pick=lambda n: n[0]
):
    """Exercise 7.4: where the first ReLU is that is always zero, or None."""
    found = []
    with torch.no_grad():
        for i, layer in enumerate(net):
            X = layer(X)
            if isinstance(layer, kind) and is_dead(X):
                found.append(i)
    return pick(found) if found else None


def _slope_case(size):
    n_in = integer(1, 20 * size)
    return n_in, 0.0 if size == 1 else 0.05 * integer(1, 21)


@exercise(draw=_slope_case, own=12, mistakes={
    "the half below zero is not lost: it is multiplied by a.":
        lambda n_in, a: (2 / n_in) ** 0.5,
    "this is the variance; return its square root.":
        lambda n_in, a: 2 / ((1 + a**2) * n_in),
    "this keeps the mean square of the sums; the leaky ReLU makes it "
    "smaller.":
        lambda n_in, a: n_in**-0.5,
    "a number times a has a mean square times the square of a.":
        lambda n_in, a: (2 / ((1 + a) * n_in)) ** 0.5,
    "only half of the sums are above zero, and only half below.":
        lambda n_in, a: (1 / ((1 + a**2) * n_in)) ** 0.5,
})  # fmt: skip
def weight_std(n_in, a):
    """Exercise 7.5: the start of n_in weights before a leaky ReLU."""
    return (2 / ((1 + a**2) * n_in)) ** 0.5
