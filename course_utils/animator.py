"""Lines that grow while a program runs, under d2l's name."""

from typing import Any

import IPython.display
import matplotlib.pyplot as plt
from IPython import get_ipython
from matplotlib.scale import get_scale_names

from .arguments import (
    describe,
    plain,
    require_finite,
    require_int,
    require_number,
    require_text,
    require_texts,
    validated,
)


def in_notebook():
    """Tell whether a Jupyter front end shows what is displayed."""
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def display(figure, **options):
    """Show a figure where a notebook does; a script can save it."""
    if not in_notebook():
        return None
    return IPython.display.display(figure, **options)


def _check_pair(name, value):
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(
            f"{name}: expected two numbers in a tuple, got {describe(value)}"
        )
    for number in value:
        require_finite(name, number)


def _check_animator(
    self,
    xlabel,
    ylabel,
    legend,
    xlim,
    ylim,
    xscale,
    yscale,
    fmts,
    nrows,
    ncols,
    figsize,
):
    for name, label in (("xlabel", xlabel), ("ylabel", ylabel)):
        if label is not None:
            require_text(name, label)
    if legend is not None:
        require_texts("legend", legend)
    for name, limits in (("xlim", xlim), ("ylim", ylim)):
        if limits is not None:
            _check_pair(name, limits)
    for name, scale in (("xscale", xscale), ("yscale", yscale)):
        if scale not in get_scale_names():
            raise ValueError(
                f"{name}: expected one of {', '.join(get_scale_names())}, "
                f"got {describe(scale)}"
            )
    require_texts("fmts", fmts)
    require_int("nrows", nrows, minimum=1)
    require_int("ncols", ncols, minimum=1)
    _check_pair("figsize", figsize)


def _numbers(name, value):
    """Return a number or None as it is, several as a list."""
    value = plain(value)
    if hasattr(value, "__len__"):
        return [v if v is None else require_number(name, v) for v in value]
    return value if value is None else require_number(name, value)


def _check_points(self, x, y):
    xs, ys = _numbers("x", x), _numbers("y", y)
    count = len(ys) if isinstance(ys, list) else 1
    if count > len(self.fmts):
        raise ValueError(
            f"y: expected at most {len(self.fmts)} values, one for each of "
            f"fmts, got {describe(y)}"
        )
    if self.Y is not None and count != len(self.Y):
        raise ValueError(
            f"y: expected {len(self.Y)} values, one for each line, "
            f"got {describe(y)}"
        )
    if isinstance(xs, list) and len(xs) != count:
        raise ValueError(
            f"x: expected one value for each of y, got {describe(x)}"
        )
    return {"x": xs, "y": ys}


class Animator:
    """Draw lines that grow while a program runs.

    Parameters
    ----------
    xlabel, ylabel : str, optional
    legend : list of str, optional
    xlim, ylim : pair of float, optional
    xscale, yscale : str
    fmts : sequence of str
        One matplotlib format for each line.
    nrows, ncols : int
        Of the figure; the lines are drawn into its first axes.
    figsize : pair of float
        In inches.

    Notes
    -----
    Lesson 05; d2l "Utility Functions and Classes". d2l clears the cell's
    output to draw anew; this updates the figure, and printed lines stay.
    A script shows nothing, and saves with ``animator.fig.savefig(path)``.
    """

    X: Any  # None until the first point
    Y: Any

    @validated(_check_animator)
    def __init__(
        self,
        xlabel=None,
        ylabel=None,
        legend=None,
        xlim=None,
        ylim=None,
        xscale="linear",
        yscale="linear",
        fmts=("-", "m--", "g-.", "r:"),
        nrows=1,
        ncols=1,
        figsize=(3.5, 2.5),
    ):
        self.fig, axes = plt.subplots(
            nrows, ncols, figsize=figsize, squeeze=False
        )
        plt.close(self.fig)  # or the notebook shows it a second time
        self.axes = list(axes.flat)
        self.labels = {"xlabel": xlabel, "ylabel": ylabel}
        self.limits = {"xlim": xlim, "ylim": ylim}
        self.scales = {"xscale": xscale, "yscale": yscale}
        self.legend, self.fmts = legend or [], fmts
        self.X, self.Y, self.handle = None, None, None

    @validated(_check_points)
    def add(self, x, y):
        """Add a point to each line, and draw; None in y adds none.

        Parameters
        ----------
        x : float or sequence of float
        y : float, or sequence of float or None
            One value for each line.
        """
        y = list(y) if hasattr(y, "__len__") else [y]
        x = list(x) if hasattr(x, "__len__") else [x] * len(y)
        if self.X is None:
            self.X, self.Y = [[] for _ in y], [[] for _ in y]
        for i, (a, b) in enumerate(zip(x, y)):
            if a is not None and b is not None:
                self.X[i].append(a)
                self.Y[i].append(b)
        self.draw()

    def draw(self):
        """Draw all lines, and show the figure or update it."""
        ax = self.axes[0]
        ax.cla()
        for x, y, fmt in zip(self.X, self.Y, self.fmts):
            ax.plot(x, y, fmt)
        ax.set(**self.labels, **self.limits, **self.scales)
        if self.legend:
            ax.legend(self.legend)
        ax.grid()
        if self.handle is None:
            self.handle = display(self.fig, display_id=True)
        else:
            self.handle.update(self.fig)
