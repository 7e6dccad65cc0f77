"""Live curves and grids of images, under d2l's names."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from .arguments import (
    describe,
    require_int,
    require_number,
    require_positive,
    require_sized,
    require_text,
    require_texts,
    require_type,
    validated,
)
from .style import CYCLE


def _is_picture(img):
    """Tell whether imshow can draw it: gray, or with 1, 3 or 4 channels."""
    shape = tuple(getattr(img, "shape", ()))
    real = "complex" not in str(getattr(img, "dtype", ""))
    channels = {1, 3, 4} & {*shape[:1], *shape[2:]}
    fits = len(shape) == 2 or (len(shape) == 3 and channels)
    return bool(fits and real and 0 not in shape)


def _check_show_images(imgs, num_rows, num_cols, titles, scale):
    require_int("num_rows", num_rows, minimum=1)
    require_int("num_cols", num_cols, minimum=1)
    require_positive("scale", scale)
    require_sized("imgs", imgs)
    if titles is not None:
        require_texts("titles", titles)
    for i, img in enumerate(imgs):
        if not _is_picture(img):
            raise ValueError(
                "imgs: expected images of 2 or 3 axes, got "
                f"{describe(img)} at {i}"
            )
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
    is_tensor = hasattr(img, "detach")
    img = img.detach().cpu().numpy() if is_tensor else np.asarray(img)
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


def _check_plot_curves(curves, ylabel, title, ax):
    if not isinstance(curves, dict) or not curves:
        raise TypeError(
            "curves: expected a dict of names and values, "
            f"got {describe(curves)}"
        )
    numbers = {}
    for name, values in curves.items():
        require_text("curves", name)
        where = f"curves[{name!r}]"
        require_sized(where, values)
        numbers[name] = [require_number(where, value) for value in values]
    require_text("ylabel", ylabel)
    require_text("title", title)
    if ax is not None:
        require_type("ax", ax, Axes)
    return {"curves": numbers}


@validated(_check_plot_curves)
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
    if ax is None:
        _, ax = plt.subplots()
    for i, (name, values) in enumerate(curves.items()):
        color = CYCLE[i % len(CYCLE)]
        ax.plot(range(1, len(values) + 1), values, label=name, color=color)
    ax.set(xlabel="epoch", ylabel=ylabel, title=title)
    ax.legend()
    ax.grid()
    return ax
