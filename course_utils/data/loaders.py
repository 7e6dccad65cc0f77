"""Load a data set as two loaders, under d2l's names."""

import torch

from ..arguments import require_flag, validated
from ..fast import TEST_IMAGES, TRAIN_IMAGES, fast_mode
from .options import check_options
from .sources import get_data_set, load_arrays
from .tensor_loader import TensorLoader


def _check_gray(batch_size, root, flip, **options):
    require_flag("flip", flip)
    check_options(batch_size, channels=1, **options)


def _check_color(batch_size, root, flip, **options):
    require_flag("flip", flip)
    check_options(batch_size, channels=3, **options)


def _loaders(name, batch_size, resize, root, augment, common):
    """Build the loaders of a data set's two splits."""
    data_set = get_data_set(name)
    arrays = load_arrays(name, root)
    caps = (TRAIN_IMAGES, TEST_IMAGES) if fast_mode() else (None, None)
    common = {
        "resize": resize,
        "source": arrays.source,
        "classes": data_set.classes,
        **common,
    }

    def load(x, y, cap, **options):
        # Copies: the arrays are kept for the next loader, which copies
        # color images itself, as it moves their channels.
        x, y = torch.from_numpy(x[:cap]), torch.tensor(y[:cap])
        x = x if x.ndim == 4 else x.clone()
        return TensorLoader(x, y, batch_size, **options, **common)

    x, y = arrays.x_train, arrays.y_train
    train_iter = load(x, y, caps[0], shuffle=True, **augment)
    test_iter = load(arrays.x_test, arrays.y_test, caps[1])
    return train_iter, test_iter


@validated(_check_gray)
def load_data_fashion_mnist(
    batch_size,
    resize=None,
    *,
    root=None,
    flip=False,
    crop=0,
    cutout=0,
    normalize=None,
    device=None,
    seed=None,
):
    """Load Fashion-MNIST, or the stand-in where it cannot be had.

    Parameters
    ----------
    batch_size : int
    resize : int or (int, int), optional
        New height and width.
    root : str or pathlib.Path, optional
        Folder of ``fashion_mnist.npz``; see the page "Set-up".
    flip, crop, cutout
        Augmentation of the training images; see :class:`TensorLoader`.
    normalize : (mean, std), optional
    device : torch.device, optional
    seed : int, optional
        Of the order and the augmentation.

    Returns
    -------
    train_iter, test_iter : TensorLoader
        Batches of X, float32 of shape (n, 1, 28, 28) from 0 to 1, and y.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit or the file is damaged.

    Notes
    -----
    Lesson 05; d2l "Utility Functions and Classes". Xiao, Rasul and
    Vollgraf, "Fashion-MNIST", arXiv 1708.07747.
    """
    augment = {"flip": flip, "crop": crop, "cutout": cutout}
    common = {"normalize": normalize, "device": device, "seed": seed}
    return _loaders(
        "fashion_mnist", batch_size, resize, root, augment, common
    )


@validated(_check_color)
def load_data_cifar10(
    batch_size,
    resize=None,
    *,
    root=None,
    flip=False,
    crop=0,
    cutout=0,
    normalize=None,
    device=None,
    seed=None,
):
    """Load CIFAR-10, or the stand-in where it cannot be had.

    Parameters
    ----------
    batch_size, resize, root, flip, crop, cutout, normalize, device, seed
        As for :func:`load_data_fashion_mnist`; the file is
        ``cifar10.npz``.

    Returns
    -------
    train_iter, test_iter : TensorLoader
        Batches of X, float32 of shape (n, 3, 32, 32) from 0 to 1, and y.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit or the file is damaged.

    Notes
    -----
    Lesson 06. Krizhevsky, "Learning Multiple Layers of Features from Tiny
    Images", 2009.
    """
    augment = {"flip": flip, "crop": crop, "cutout": cutout}
    common = {"normalize": normalize, "device": device, "seed": seed}
    return _loaders("cifar10", batch_size, resize, root, augment, common)
