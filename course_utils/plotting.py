"""Live curves and grids of images, under d2l's names."""

import time

from .style import CYCLE
from .validation import describe, require_int, require_positive, validated


def in_notebook():
    """Tell whether a Jupyter front end shows what is displayed."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def _as_list(value):
    return list(value) if hasattr(value, "__len__") else [value]


class Animator:
    """Draw lines that grow while a program runs.

    Outside a notebook it only collects the points; ``fig`` can be saved
    after :meth:`draw`.

    Parameters
    ----------
    xlabel, ylabel : str, optional
    legend : list of str, optional
    xlim, ylim : pair of float, optional
    xscale, yscale : str
    fmts : sequence of str
        One matplotlib format for each line.
    nrows, ncols : int
        Of the figure; only the first axes are drawn into.
    figsize : pair of float
        In inches.
    pause : float
        Redraw only after this many times the duration of the last
        drawing. 0 draws at every call of :meth:`add`, as d2l does;
        20 keeps drawing below a twentieth of the time.

    Notes
    -----
    Lesson 05; d2l "Utility Functions and Classes".
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
        *,
        pause=0,
    ):
        import matplotlib.pyplot as plt

        self.fig, axes = plt.subplots(nrows, ncols, figsize=figsize)
        # Closed for pyplot, or the notebook would show it a second time.
        plt.close(self.fig)
        self.axes = [axes] if nrows * ncols == 1 else list(axes.flat)
        self.settings = {
            "xlabel": xlabel or "",
            "ylabel": ylabel or "",
            "xscale": xscale,
            "yscale": yscale,
        }
        if xlim is not None:
            self.settings["xlim"] = xlim
        if ylim is not None:
            self.settings["ylim"] = ylim
        self.legend = legend or []
        self.X, self.Y, self.fmts = None, None, fmts
        self.title = ""
        self._pause, self._next_draw, self._handle = pause, 0.0, None

    def add(self, x, y):
        """Add a point to each line; None in y leaves a line as it is.

        Parameters
        ----------
        x : float or sequence of float
        y : float, or sequence of float or None
            One value for each line.
        """
        y = _as_list(y)
        x = _as_list(x) if hasattr(x, "__len__") else [x] * len(y)
        if self.X is None:
            self.X = [[] for _ in y]
            self.Y = [[] for _ in y]
        if len(x) != len(y) or len(y) != len(self.Y):
            raise ValueError(
                f"y: expected {len(self.Y)} values, one for each line, "
                f"got {describe(y)}"
            )
        for i, (a, b) in enumerate(zip(x, y)):
            if a is not None and b is not None:
                self.X[i].append(a)
                self.Y[i].append(b)
        if in_notebook() and time.time() >= self._next_draw:
            self.draw()

    def draw(self):
        """Draw all lines now, and show them in a notebook."""
        start = time.time()
        ax = self.axes[0]
        ax.cla()
        for x, y, fmt in zip(self.X or [], self.Y or [], self.fmts):
            ax.plot(x, y, fmt)
        ax.set(title=self.title, **self.settings)
        if self.legend:
            ax.legend(self.legend)
        ax.grid(color="#dddddd", linewidth=0.6)
        if in_notebook():
            self._show()
        now = time.time()
        self._next_draw = now + self._pause * (now - start)

    def _show(self):
        from IPython.display import display

        if self._handle is None:
            self._handle = display(self.fig, display_id=True)
        else:
            self._handle.update(self.fig)


def _check_show_images(imgs, num_rows, num_cols, titles, scale):
    require_int("num_rows", num_rows, minimum=1)
    require_int("num_cols", num_cols, minimum=1)
    require_positive("scale", scale)
    if len(imgs) > num_rows * num_cols:
        raise ValueError(
            f"imgs: {num_rows} x {num_cols} places for {len(imgs)} images"
        )
    if titles is not None and len(titles) < len(imgs):
        raise ValueError(
            f"titles: expected {len(imgs)}, one an image, got {len(titles)}"
        )


def _as_picture(img):
    """Return an array for imshow: channels last, none for gray."""
    if hasattr(img, "detach"):
        img = img.detach().cpu().numpy()
    if img.ndim == 3 and img.shape[0] in (1, 3):
        img = img.transpose(1, 2, 0)
    return img.squeeze(-1) if img.ndim == 3 and img.shape[-1] == 1 else img


@validated(_check_show_images)
def show_images(imgs, num_rows, num_cols, titles=None, scale=1.5):
    """Show images in a grid.

    Parameters
    ----------
    imgs : sequence of torch.Tensor or numpy.ndarray
        Each of shape (h, w), (1, h, w), (3, h, w) or (h, w, 3).
    num_rows, num_cols : int
        Of the grid.
    titles : sequence of str, optional
        One an image.
    scale : float
        Inches an image.

    Returns
    -------
    numpy.ndarray
        The axes, of shape (num_rows * num_cols,).

    Raises
    ------
    ValueError
        If the images do not fit the grid, or titles are missing.

    Notes
    -----
    Lesson 05; d2l "Utility Functions and Classes".
    """
    import matplotlib.pyplot as plt

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


def plot_curves(curves, ylabel, title="", ax=None):
    """Plot named curves over epochs.

    Parameters
    ----------
    curves : dict of str to sequence of float
        One value an epoch for each name.
    ylabel : str
    title : str
    ax : matplotlib.axes.Axes, optional
        By default those of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots()
    for i, (name, values) in enumerate(curves.items()):
        color = CYCLE[i % len(CYCLE)]
        ax.plot(range(1, len(values) + 1), values, label=name, color=color)
    ax.set(xlabel="epoch", ylabel=ylabel, title=title)
    ax.legend()
    ax.grid(color="#dddddd", linewidth=0.6)
    return ax
