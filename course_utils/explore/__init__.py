"""Figures that live: ``explore.<name>(...)`` in the last line of a cell.

Each works without a kernel and without a network, in JupyterLab, in Colab
and on the course's site.
"""

from .convolution import channels, cross_correlation, padding_and_stride
from .lenet import lenet
from .pooling import pooling, receptive_field
from .residual import residual

__all__ = [
    "channels",
    "cross_correlation",
    "lenet",
    "padding_and_stride",
    "pooling",
    "receptive_field",
    "residual",
]
