"""Batches from images that stay on the device as one uint8 tensor."""

import dataclasses

import numpy as np
import torch
from torch.nn import functional as F

from .arguments import RULES, plain, require
from .device import try_gpu
from .fast import TEST_IMAGES, TRAIN_IMAGES, fast_mode
from .sources import CIFAR10, FASHION_MNIST, load_arrays


@dataclasses.dataclass(eq=False, repr=False)
class TensorLoader:
    """An iterable of batches (X, y), cut from tensors on the device.

    X is float32 of shape (n, c, h, w), from 0 to 1 or normalized, and y is
    int64 of shape (n,). Each pass augments anew.
    """

    images: torch.Tensor  # uint8 of shape (n, h, w) or (n, c, h, w)
    labels: torch.Tensor  # integers of shape (n,)
    batch_size: int  # the last batch may be smaller
    _: dataclasses.KW_ONLY
    shuffle: bool = False  # a new order in each pass
    resize: int | tuple | None = None  # new (height, width), bilinear
    flip: bool = False  # mirror images at random
    crop: int = 0  # pad by so many pixels, and crop at random
    cutout: int = 0  # side of a square to erase at random
    normalize: tuple | None = None  # (mean, std), a number a channel in each
    device: torch.device | None = None  # else what try_gpu() returns
    seed: int | None = None  # of a generator of its own, else torch's is used
    source: str = ""  # what the images are
    classes: tuple = ()  # names

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name in RULES and value is not field.default:
                value = RULES[field.name](field.name, value)
                setattr(self, field.name, value)
        self.device = torch.device(self.device or try_gpu())
        x, y = self.images, self.labels
        fits = x.dtype == torch.uint8 and x.ndim in (3, 4)
        require("images", x, "uint8 of shape (n, h, w) or (n, c, h, w)", fits)
        require("labels", y, f"{len(x)}, one an image", len(x) == len(y))
        if self.images.ndim == 3:
            self.images = self.images.unsqueeze(1)
        self.images = self.images.contiguous().to(self.device)
        self.labels = self.labels.long().to(self.device)
        if self.normalize is not None:
            c, values = self.images.shape[1], plain(self.normalize)
            wanted = f"(mean, std), each {c} numbers, one for each channel"
            require("normalize", values, wanted, np.shape(values) == (2, c))
            values = torch.from_numpy(np.float32(values)).view(2, c, 1, 1)
            self.mean, self.std = values.to(self.device)
        self.generator = None
        if self.seed is not None:
            self.generator = torch.Generator().manual_seed(self.seed)

    def __len__(self):
        """Return the number of batches."""
        return -(-len(self.labels) // self.batch_size)

    def __iter__(self):
        """Give X float32 of shape (n, c, h, w), y int64 of shape (n,)."""
        order = torch.arange(len(self.labels))
        if self.shuffle:
            order = torch.randperm(len(order), generator=self.generator)
        for rows in order.to(self.labels.device).split(self.batch_size):
            # Ten times as fast as self.images[rows], on a CPU.
            X = self.images.index_select(0, rows)
            yield self._transform(X), self.labels.index_select(0, rows)

    def subset(self, index, **options):
        """Make a loader of some of the images, with other options.

        Parameters
        ----------
        index : torch.Tensor or slice
            Which images: integers, or truth values, one an image.
        **options
            What differs, such as ``shuffle=False, flip=False, crop=0``.

        Returns
        -------
        TensorLoader
            A ``seed`` is not taken over.
        """
        parts = {"images": self.images[index], "labels": self.labels[index]}
        return dataclasses.replace(self, **{"seed": None, **parts, **options})

    def _transform(self, X):
        """Augment, resize and scale a batch of uint8 images."""
        if self.flip:
            X = random_flip(X, self.generator)
        if self.crop:
            X = random_crop(X, self.crop, self.generator)
        if self.cutout:
            X = cutout(X, self.cutout, self.generator)
        X = X.float()
        if self.resize:
            X = F.interpolate(X, self.resize, mode="bilinear", antialias=True)
            # As PIL does, so that batches equal those of torchvision.
            X = X.round().clamp(0, 255)
        X /= 255  # a copy since float(), so in place
        if self.normalize is not None:
            X = (X - self.mean) / self.std
        return X


# Augmentation: random changes to a whole batch of images (n, c, h, w). The
# generator is on the CPU, so that every device sees the same choices.


def random_flip(X, generator):
    """Mirror each image left to right with probability 1/2."""
    mirrored = torch.rand(len(X), generator=generator) < 0.5
    mirrored = mirrored.to(X.device).view(-1, 1, 1, 1)
    return torch.where(mirrored, X.flip(-1), X)


def random_crop(X, padding, generator):
    """Pad each side with zeros, then crop at a random place.

    He et al., arXiv 1512.03385, section 4.2, with padding 4.
    """
    n, _, h, w = X.shape
    shift = torch.randint(0, 2 * padding + 1, (2, n), generator=generator)
    top, left = shift.to(X.device)
    # A view of every crop: (n, c, tops, lefts, h, w).
    crops = F.pad(X, [padding] * 4).unfold(2, h, 1).unfold(3, w, 1)
    X = crops[torch.arange(n, device=X.device), :, top, left]
    # Convolutions take less time so, on a CPU.
    return X.contiguous(memory_format=torch.channels_last)


def cutout(X, size, generator):
    """Set a square at a random place to zero; parts may fall outside.

    DeVries and Taylor, arXiv 1708.04552.
    """
    n, _, h, w = X.shape

    def inside(center, side):
        """Tell which rows or columns are in the square, (n, side)."""
        start = (center * side).floor() - size // 2
        place = torch.arange(side, device=X.device)
        return (place >= start) & (place < start + size)

    centers = torch.rand(2, n, 1, generator=generator).to(X.device)
    rows, columns = inside(centers[0], h), inside(centers[1], w)
    hole = rows.view(n, 1, h, 1) & columns.view(n, 1, 1, w)
    return X.masked_fill(hole, 0)


def load_data_fashion_mnist(batch_size, resize=None, **options):
    """Load Fashion-MNIST, or the stand-in where it cannot be had.

    Lesson 05; d2l "Utility Functions and Classes". Xiao, Rasul and
    Vollgraf, "Fashion-MNIST", arXiv 1708.07747.

    Parameters
    ----------
    batch_size : int
    resize : int or (int, int), optional
        New height and width.
    **options
        ``flip``, ``crop`` and ``cutout`` augment the training images;
        ``normalize``, ``device`` and ``seed`` are for both loaders. See
        :class:`TensorLoader`.

    Returns
    -------
    train_iter, test_iter : TensorLoader
        Batches of X, float32 of shape (n, 1, 28, 28) from 0 to 1, and y.
    """
    return _load(FASHION_MNIST, batch_size, resize, options)


def load_data_cifar10(batch_size, resize=None, **options):
    """Load CIFAR-10, or the stand-in where it cannot be had.

    Lesson 06. Krizhevsky, "Learning Multiple Layers of Features from Tiny
    Images", 2009. The parameters are those of
    :func:`load_data_fashion_mnist`.

    Returns
    -------
    train_iter, test_iter : TensorLoader
        Batches of X, float32 of shape (n, 3, 32, 32) from 0 to 1, and y.
    """
    return _load(CIFAR10, batch_size, resize, options)


def _load(data_set, batch_size, resize, options):
    arrays = load_arrays(data_set)
    caps = (TRAIN_IMAGES, TEST_IMAGES) if fast_mode() else (None, None)
    train = _tensors(arrays["x_train"], arrays["y_train"], caps[0])
    test = _tensors(arrays["x_test"], arrays["y_test"], caps[1])
    options |= {"source": arrays["source"], "classes": data_set.classes}
    options |= {"batch_size": batch_size, "resize": resize}
    train_iter = TensorLoader(*train, shuffle=True, **options)
    options |= {"flip": False, "crop": 0, "cutout": 0}
    return train_iter, TensorLoader(*test, **options)


def _tensors(x, y, cap):
    """Return copies, as the arrays are kept; channels go in front."""
    x, y = torch.tensor(x[:cap]), torch.tensor(y[:cap])
    return x.movedim(-1, 1) if x.ndim == 4 else x, y
