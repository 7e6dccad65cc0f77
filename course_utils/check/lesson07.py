"""Checks for lesson 07, Network in Network."""

import torch

from .cases import integer, random_cases
from .engine import Mistake, run_check

__all__ = [
    "averaging_weights",
    "class_activation_map",
    "dead_layer",
    "nin_parameters",
    "weight_std",
]


def _block_case(size, generator):
    return {
        "c_i": integer(1, size + 2, generator),
        "c_o": integer(2, size + 4, generator),
        "k": integer(1, 6, generator),
    }


def _per_pixel(c_o):
    return c_o * (c_o + 1)


def nin_parameters(candidate):
    """Check a function that counts the parameters of an NiN block.

    Parameters
    ----------
    candidate : callable
        ``candidate(c_i, c_o, k)`` returns the number of weights and biases
        of a k x k convolution from c_i to c_o channels and of the two 1x1
        convolutions after it.

    Returns
    -------
    Result
    """
    return run_check(
        "nin_parameters",
        candidate,
        lambda c_i, c_o, k: c_o * (c_i * k * k + 1) + 2 * _per_pixel(c_o),
        random_cases(_block_case),
        [
            Mistake(
                lambda c_i, c_o, k: c_o * (c_i * k * k + 1),
                "this is the first convolution alone; two 1x1 convolutions "
                "follow it.",
            ),
            Mistake(
                lambda c_i, c_o, k: c_o * (c_i * k * k + 1) + _per_pixel(c_o),
                "a block has two 1x1 convolutions, not one.",
            ),
            Mistake(
                lambda c_i, c_o, k: c_o * c_i * k * k + 2 * c_o * c_o,
                "the biases are missing: each of the three convolutions has "
                "one for each output channel.",
            ),
            Mistake(
                lambda c_i, c_o, k: (
                    c_o * (c_i * k * k + 1) + 2 * c_o * (c_i + 1)
                ),
                "the 1x1 convolutions get c_o channels, not c_i.",
            ),
            Mistake(
                lambda c_i, c_o, k: c_o * (c_i * k * k + 1) + 4 * c_o,
                "a 1x1 convolution has a weight for each pair of channels.",
            ),
        ],
    )


def _features_case(size, generator):
    n, c = integer(1, 4, generator), integer(1, size + 2, generator)
    h, w = 1 + size % 4, 1 + size % 3
    classes = integer(2, 6, generator)
    return {
        "features": torch.randn(n, c, h, w, generator=generator),
        "weights": torch.randn(classes, c, generator=generator),
        "k": integer(0, classes, generator),
    }


def _map(features, weights, k):
    return torch.einsum("nchw,c->nhw", features, weights[k])


def class_activation_map(candidate):
    """Check a function that computes the class activation map.

    Parameters
    ----------
    candidate : callable
        ``candidate(features, weights, k)`` takes features of shape
        (n, c, h, w) and weights of shape (classes, c), and returns the
        maps of class k, of shape (n, h, w).

    Returns
    -------
    Result

    Notes
    -----
    Zhou et al., "Learning Deep Features for Discriminative Localization",
    arXiv 1512.04150.
    """
    return run_check(
        "class_activation_map",
        candidate,
        _map,
        random_cases(_features_case),
        [
            Mistake(
                lambda features, weights, k: features.sum(dim=1),
                "each channel counts with the weight that it has for class "
                "k.",
            ),
            Mistake(
                lambda features, weights, k: (
                    _map(features, weights, k) / features.shape[1]
                ),
                "add up over the channels; the mean is taken over the "
                "places only.",
            ),
            Mistake(
                lambda features, weights, k: torch.relu(
                    _map(features, weights, k)
                ),
                "keep what is below zero: it lowers the score too.",
            ),
            Mistake(
                lambda features, weights, k: _map(features, weights, k).mean(
                    dim=(1, 2)
                ),
                "this is the score; the map is what you have before the "
                "mean over the places.",
            ),
            Mistake(
                lambda features, weights, k: torch.einsum(
                    "nchw,kc->nkhw", features, weights
                ),
                "these are the maps of all classes; return those of class k.",
            ),
            Mistake(
                lambda features, weights, k: _map(
                    features, weights, k
                ).unsqueeze(1),
                "there is one axis too many: return (n, h, w).",
            ),
        ],
    )


def _maps_size_case(size, generator):
    return {
        "classes": 1 + size % 5 + size // 6,
        "h": integer(1, 2 + size % 4, generator),
        "w": integer(2, 4 + size % 3, generator),
    }


def _averaging(classes, h, w):
    return torch.eye(classes).repeat_interleave(h * w, dim=1) / (h * w)


def averaging_weights(candidate):
    """Check the weights with which a dense layer averages each map.

    Parameters
    ----------
    candidate : callable
        ``candidate(classes, h, w)`` returns the weights, of shape
        (classes, classes * h * w), of a dense layer behind a Flatten layer
        that does what global average pooling does.

    Returns
    -------
    Result
    """
    return run_check(
        "averaging_weights",
        candidate,
        _averaging,
        random_cases(_maps_size_case),
        [
            Mistake(
                lambda classes, h, w: _averaging(classes, h, w) * h * w,
                "this adds up the places; a mean divides by their number.",
            ),
            Mistake(
                lambda classes, h, w: _averaging(classes, h, w) / classes,
                "divide by the places of one map, not by all inputs.",
            ),
            Mistake(
                lambda classes, h, w: (
                    torch.eye(classes).repeat(1, h * w) / (h * w)
                ),
                "Flatten writes the maps one after the other: the places of "
                "a map are neighbors.",
            ),
            Mistake(
                lambda classes, h, w: torch.full(
                    (classes, classes * h * w), 1 / (h * w)
                ),
                "a class is seen by its own map only; the other weights are "
                "0.",
            ),
            Mistake(
                lambda classes, h, w: _averaging(classes, h, w).T,
                "a dense layer keeps its weights as (outputs, inputs).",
            ),
        ],
    )


def _stack_case(size, generator):
    """Build a stack of layers, in which some ReLUs may be dead."""
    count, c = 1 + size % 4, integer(2, 5, generator)
    layers = []
    for _ in range(count):
        conv = torch.nn.utils.skip_init(torch.nn.Conv2d, c, c, 1)
        with torch.no_grad():
            conv.weight.copy_(torch.rand(c, c, 1, 1, generator=generator))
            conv.bias.fill_(0.1)
        layers += [conv, torch.nn.ReLU()]
    layers.append(torch.nn.Flatten())
    with torch.no_grad():
        kind = size % 3
        if kind == 1:  # one channel of many: the layer is alive
            layers[2 * (size % count)].bias[0] = -100
        if kind == 2:
            for i in {size % 2, count - 1}:
                layers[2 * i].bias.fill_(-100)
        if kind == 0:
            layers[0].bias.zero_()
    X = torch.rand(integer(2, 4, generator), c, 2, 3, generator=generator)
    X[0] = 0  # so that one image alone does not tell
    return {"net": torch.nn.Sequential(*layers), "X": X}


def _zero_layers(net, X, every=True):
    """List the positions of the ReLUs whose output is zero."""
    found = []
    with torch.no_grad():
        for i, layer in enumerate(net):
            X = layer(X)
            zero = (X == 0).all() if every else (X == 0).any()
            if isinstance(layer, torch.nn.ReLU) and zero:
                found.append(i)
    return found


def _first(found):
    return found[0] if found else None


def dead_layer(candidate):
    """Check a function that finds the first ReLU that is always zero.

    Parameters
    ----------
    candidate : callable
        ``candidate(net, X)`` takes a Sequential and a batch, and returns
        the position of the first ReLU whose output is zero for every
        image, channel and place, or None.

    Returns
    -------
    Result
    """
    return run_check(
        "dead_layer",
        candidate,
        lambda net, X: _first(_zero_layers(net, X)),
        random_cases(_stack_case),
        [
            Mistake(
                lambda net, X: _first(_zero_layers(net, X[:1])),
                "look at every image of the batch, not at the first alone.",
            ),
            Mistake(
                lambda net, X: _first(_zero_layers(net, X, every=False)),
                "a ReLU with a zero somewhere is not dead; all of its "
                "numbers must be zero.",
            ),
            Mistake(
                lambda net, X: (
                    found[0] // 2 if (found := _zero_layers(net, X)) else None
                ),
                "count all layers of net, not the ReLUs alone.",
            ),
            Mistake(
                lambda net, X: (_zero_layers(net, X) or [None])[-1],
                "return the first dead layer; those behind it die of it.",
            ),
            Mistake(
                lambda net, X: _zero_layers(net, X) or None,
                "return the position of the first one, not a list.",
            ),
            Mistake(
                lambda net, X: bool(_zero_layers(net, X)),
                "this is whether there is one; return where.",
            ),
        ],
    )


def _slope_case(size, generator):
    return {
        "n_in": integer(1, 20 * size, generator),
        "a": 0.0 if size == 1 else 0.05 * integer(1, 21, generator),
    }


def weight_std(candidate):
    """Check a start for layers with a leaky ReLU.

    Parameters
    ----------
    candidate : callable
        ``candidate(n_in, a)`` returns the standard deviation of the weights
        of a layer with n_in inputs and a leaky ReLU of slope a, with which
        the mean square stays.

    Returns
    -------
    Result

    Notes
    -----
    He et al., "Delving deep into rectifiers", arXiv 1502.01852.
    """

    def right(n_in, a):
        return (2 / ((1 + a**2) * n_in)) ** 0.5

    return run_check(
        "weight_std",
        candidate,
        right,
        random_cases(_slope_case),
        [
            Mistake(
                lambda n_in, a: right(n_in, 0),
                "the half below zero is not lost: it is multiplied by a.",
            ),
            Mistake(
                lambda n_in, a: right(n_in, a) ** 2,
                "this is the variance; return its square root.",
            ),
            Mistake(
                lambda n_in, a: n_in**-0.5,
                "this keeps the mean square of the sums; the leaky ReLU "
                "makes it smaller.",
            ),
            Mistake(
                lambda n_in, a: (2 / ((1 + a) * n_in)) ** 0.5,
                "a number multiplied by a has a mean square multiplied by "
                "the square of a.",
            ),
            Mistake(
                lambda n_in, a: (1 / ((1 + a**2) * n_in)) ** 0.5,
                "only half of the sums are above zero, and only half below.",
            ),
        ],
    )
