"""Grids of images, and lines that grow while a program runs."""

import itertools

import IPython.display
import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython

from .arguments import validated


def in_notebook():
    """Tell whether a Jupyter front end shows what is displayed."""
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def display(figure, **options):
    """Show a figure where a notebook does; a script can save it."""
    if in_notebook():
        return IPython.display.display(figure, **options)
    return None


def _as_picture(img):
    """Return an array for imshow, with the channels last."""
    img = np.asarray(img.detach().cpu() if hasattr(img, "detach") else img)
    channels_first = img.ndim == 3 and img.shape[0] in (1, 3)
    return img.transpose(1, 2, 0) if channels_first else img


@validated()
def show_images(imgs, num_rows, num_cols, titles=None, scale=1.5):
    """Show images in a grid.

    Lesson 05; d2l "Utility Functions and Classes".

    Parameters
    ----------
    imgs : sequence of torch.Tensor or numpy.ndarray
        Each of shape (h, w), (1, h, w), (3, h, w) or (h, w, 3).
    num_rows, num_cols : int
    titles : sequence of str, optional
        One an image.
    scale : float
        Inches an image.

    Returns
    -------
    numpy.ndarray
        The axes, of shape (num_rows * num_cols,).
    """
    figsize = (num_cols * scale, num_rows * scale)
    _, axes = plt.subplots(num_rows, num_cols, figsize=figsize, squeeze=False)
    axes = axes.flatten()
    for ax in axes:
        ax.set_axis_off()
    for i, (ax, img) in enumerate(zip(axes, imgs)):
        ax.imshow(_as_picture(img))
        if titles is not None:
            ax.set_title(titles[i])
    return axes


class Animator:
    """Draw lines that grow while a program runs.

    Lesson 05; d2l "Utility Functions and Classes". d2l clears the cell's
    output to draw anew; this updates the figure, and printed lines stay.
    A script shows nothing, and saves with ``animator.fig.savefig(path)``.

    Parameters
    ----------
    xlabel, ylabel, legend, xlim, ylim, xscale, yscale
        As matplotlib's axes take them.
    fmts : sequence of str
        One matplotlib format for each line; more lines begin anew.
    nrows, ncols, figsize
        Of the figure; the lines are drawn into its first axes.
    """

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
        self.options = {"xlabel": xlabel, "xlim": xlim, "xscale": xscale}
        self.options |= {"ylabel": ylabel, "ylim": ylim, "yscale": yscale}
        self.legend, self.fmts = legend or [], fmts
        self.X, self.Y, self.handle = [], [], None

    @validated()
    def add(self, x, y):
        """Add a point to each line, and draw; None in y adds none.

        ``x`` is a number, or one for each line; ``y`` has one for each.
        """
        y = list(y) if hasattr(y, "__len__") else [y]
        x = list(x) if hasattr(x, "__len__") else [x] * len(y)
        if not self.X:
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
        for x, y, fmt in zip(self.X, self.Y, itertools.cycle(self.fmts)):
            ax.plot(x, y, fmt)
        ax.set(**self.options)
        if self.legend:
            ax.legend(self.legend)
        ax.grid()
        if self.handle is None:
            self.handle = display(self.fig, display_id=True)
        else:
            self.handle.update(self.fig)
