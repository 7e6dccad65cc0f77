"""Figures that live: ``explore.<name>()`` in the last line of a cell.

Each works without a kernel and without a network, in JupyterLab, in Colab
and on the course's site.
"""

from .figures import (
    channels,
    cross_correlation,
    gain,
    padding_and_stride,
    pooling,
    receptive_field,
    residual,
    train_lenet,
    walk,
)
from .lenet import lenet

__all__ = [
    "channels",
    "cross_correlation",
    "gain",
    "lenet",
    "padding_and_stride",
    "pooling",
    "receptive_field",
    "residual",
    "train_lenet",
    "walk",
]
