"""Checks for lesson 07, Network in Network."""

import torch

from .cases import integer, random_cases
from .engine import Mistake, run_check

__all__ = ["class_activation_map", "dead_classes", "nin_parameters"]


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


def _maps_case(size, generator):
    n, classes = integer(1, 4, generator), size + 1
    h, w = 1 + size % 3, 1 + size % 4
    maps = torch.rand(n, classes, h, w, generator=generator) + 0.1
    dead = torch.rand(classes, generator=generator) < 0.4
    maps[:, dead] = 0
    # A class that lives at one place of one image only, and one that is
    # zero on the first image, so that looking at a part is not enough.
    maps[:, size // 2] = 0
    maps[n - 1, size // 2, h - 1, w - 1] = 0.05
    return {"maps": maps}


def _dead(maps):
    return [
        k for k in range(maps.shape[1]) if not bool((maps[:, k] != 0).any())
    ]


def dead_classes(candidate):
    """Check a function that finds the classes that are always zero.

    Parameters
    ----------
    candidate : callable
        ``candidate(maps)`` takes maps of shape (n, classes, h, w), none of
        them below zero, and returns the list of the classes whose map is
        zero at every place of every image.

    Returns
    -------
    Result
    """
    return run_check(
        "dead_classes",
        candidate,
        _dead,
        random_cases(_maps_case),
        [
            Mistake(
                lambda maps: [
                    k for k in range(maps.shape[1]) if k not in _dead(maps)
                ],
                "these are the living classes.",
            ),
            Mistake(
                lambda maps: _dead(maps[:1]),
                "look at every image of the batch, not at the first alone.",
            ),
            Mistake(
                lambda maps: [
                    k
                    for k in range(maps.shape[1])
                    if bool((maps[:, k] == 0).any())
                ],
                "a class with a zero somewhere is not dead; all of its "
                "numbers must be zero.",
            ),
            Mistake(
                lambda maps: len(_dead(maps)),
                "this is how many there are; return which.",
            ),
            Mistake(
                lambda maps: [
                    int(k not in _dead(maps)) ^ 1
                    for k in range(maps.shape[1])
                ],
                "these are truth values, one a class; return the numbers "
                "of the classes.",
            ),
        ],
    )
