"""Figures that live: ``explore.<name>(...)`` in the last line of a cell.

Each works without a kernel and without a network, in JupyterLab, in Colab
and on the course's site.
"""

from .convolution import cross_correlation

__all__ = ["cross_correlation"]
