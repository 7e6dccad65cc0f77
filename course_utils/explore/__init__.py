"""Figures that live: ``explore.<name>()`` in the last line of a cell.

Each works without a kernel and without a network, in JupyterLab, in Colab
and on the course's site.
"""

from .. import standin
from ..arguments import require
from . import pictures
from .figure import Figure, Packed
from .lenet import lenet as lenet

SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
MIX = [[0.299, 0.587, 0.114], [1, -1, 0]]  # brightness; red minus green
WALKS = ("padding", "channels", "pooling")


def cross_correlation():
    """Step a kernel over numbers or a digit; edit the kernel, or flip it."""
    params = {"X": Packed(pictures.five()), "K": Packed(SOBEL)}
    return Figure("cross_correlation", "Cross-correlation, stepped", params)


def channels():
    """Mix the colors of a house with a 1x1 kernel that can be edited."""
    arrays = {"X": pictures.house(), "weight": MIX, "bias": [[0], [0]]}
    params = {name: Packed(array) for name, array in arrays.items()}
    return Figure("channels", "Channels mixed by a 1x1 kernel", params)


def padding_and_stride():
    """Count a window's places, with the formula filling in."""
    params = {
        "input n": {"value": 8, "min": 3, "max": 14},
        "kernel k": {"value": 3, "min": 1, "max": 7},
        "padding p": {"value": 0, "min": 0, "max": 4},
        "stride s": {"value": 2, "min": 1, "max": 4},
        "dilation d": {"value": 1, "min": 1, "max": 3},
    }
    title = "Padding, stride and dilation"
    return Figure("padding_and_stride", title, params)


def pooling():
    """Pool a digit that is shifted by up to one window."""
    params = {"X": Packed(pictures.five()), "k": 2, "largest": 4}
    return Figure("pooling", "Pooling under a shift", params)


def receptive_field():
    """Draw how the receptive field of a stack grows; edit the stack."""
    params = {"layers": [[3, 1, 1]] * 3, "image": 32}  # k, stride, dilation
    return Figure("receptive_field", "The receptive field of a stack", params)


def residual():
    """Follow signal and gradient through a stack, with and without shortcut.

    Each of 27 blocks, as in He et al.'s network of 56 layers (2016, arXiv
    1512.03385), has two dense layers of 32 units: ReLU(F(H) + H) with the
    shortcut, ReLU(F(H)) without. Weights and inputs are random.
    """
    params = {"width": 32, "blocks": 27, "scale": 1, "norm": True, "seed": 0}
    return Figure("residual", "The shortcut, switched on and off", params)


def gain(experiments):
    """Compare two recipes over their seeds, and say what may be said.

    Runs with the same seed make a pair. The interval is that of Student's t
    for the mean of the paired differences.

    Parameters
    ----------
    experiments : dict
        For each experiment its recipes, for each recipe the accuracies of
        its runs by seed: ``{"Pooling": {"max": {0: 0.81, 1: 0.80}, ...}}``.

    Raises
    ------
    ValueError
        If there is no experiment, or one has fewer than two recipes.
    """
    fits = experiments and min(map(len, experiments.values())) >= 2
    wanted = "at least one, with two recipes or more"
    require("experiments", experiments, wanted, fits)
    return Figure("gain", "Is this gain real?", {"experiments": experiments})


def walk(operation):
    """Step through the examples of a lesson; operation is one of WALKS."""
    require("operation", operation, f"one of {WALKS}", operation in WALKS)
    title = f"{operation.capitalize()}, step by step"
    return Figure(f"{operation}_walk", title, {})


def train_lenet(embed=False):
    """Train LeNet (LeCun et al., 1998) in the page, on 3,872 images.

    A page of the site loads the images of ``standin`` when it needs them; for
    a notebook, ``embed=True`` puts them, 2.7 MB, into the output.
    """
    params = {"sheet": standin.sheet()} if embed else {}
    return Figure("train_lenet", "Train LeNet in the page", params)
