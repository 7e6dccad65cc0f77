"""Batches from images that stay on the device as one uint8 tensor."""

import functools

import torch
from torch.nn import functional as F

from .arguments import require, require_finite, require_positive, validated
from .device import try_gpu
from .fast import TEST_IMAGES, TRAIN_IMAGES, fast_mode
from .sources import CIFAR10, FASHION_MNIST, load_arrays


def _check_normalize(normalize, channels, **others):
    """Require (mean, std), each with one number a channel."""
    if normalize is None:
        return
    fits = isinstance(normalize, (tuple, list)) and len(normalize) == 2
    for values in normalize if fits else ():
        fits = fits and isinstance(values, (tuple, list))
        fits = fits and len(values) == channels
    wanted = f"(mean, std), each a tuple of {channels} numbers, one a channel"
    require("normalize", normalize, wanted, fits)
    for mean, std in zip(*normalize):
        require_finite("normalize: mean", mean)
        require_positive("normalize: std", std)


def _check_images(images, labels, normalize, **others):
    """Require uint8 images, and an integer for each of them."""
    is_tensor = isinstance(images, torch.Tensor)
    fits = is_tensor and images.ndim in (3, 4) and 0 not in images.shape[1:]
    fits = fits and images.dtype == torch.uint8
    wanted = "a uint8 tensor of shape (n, h, w) or (n, h, w, c)"
    require("images", images, wanted, fits)
    fits = isinstance(labels, torch.Tensor)
    fits = fits and not (labels.is_floating_point() or labels.is_complex())
    fits = fits and labels.shape == images.shape[:1]
    wanted = f"a tensor of {len(images)} integers, one an image"
    require("labels", labels, wanted, fits)
    _check_normalize(normalize, 1 if images.ndim == 3 else images.shape[3])


def _check_index(self, index, options):
    """Require an index that fits; return it with integers of 64 bits."""
    if isinstance(index, slice):
        return None
    total = len(self.labels)
    fits = isinstance(index, torch.Tensor) and index.ndim == 1
    if fits and index.dtype == torch.bool:
        fits = len(index) == total
    elif fits and (index.is_floating_point() or index.is_complex()):
        fits = False
    elif fits:
        index = index.long()  # torch takes uint8 for truth values
        fits = bool(((-total <= index) & (index < total)).all())
    wanted = f"a slice, or a tensor of integers below {total} or "
    require("index", index, f"{wanted}{total} truth values", fits)
    return {"index": index}


class TensorLoader:
    """An iterable of (X, y) batches, cut from tensors on the device.

    Parameters
    ----------
    images : torch.Tensor
        uint8 of shape (n, h, w) or (n, h, w, c).
    labels : torch.Tensor
        Integers of shape (n,).
    batch_size : int
        The last batch may be smaller.
    shuffle : bool
        Whether each pass has a new order.
    resize : int or (int, int), optional
        New height and width, bilinear.
    flip : bool
        Mirror images at random.
    crop : int
        Pad by so many pixels and crop at random; 0 for none.
    cutout : int
        Side of a square to erase at random; 0 for none.
    normalize : (mean, std), optional
        One value a channel each, for pixels from 0 to 1.
    device : torch.device, optional
        By default what :func:`course_utils.try_gpu` returns.
    seed : int, optional
        Seeds a generator of its own; without it torch's is used.
    source : str
        What the images are.
    classes : sequence of str
        The classes' names.

    Attributes
    ----------
    images : torch.Tensor
        uint8 of shape (n, c, h, w), on the device.
    labels : torch.Tensor
        int64 of shape (n,), on the device.
    """

    @validated(_check_images)
    def __init__(
        self,
        images,
        labels,
        batch_size,
        *,
        shuffle=False,
        resize=None,
        flip=False,
        crop=0,
        cutout=0,
        normalize=None,
        device=None,
        seed=None,
        source="",
        classes=(),
    ):
        device = try_gpu() if device is None else torch.device(device)
        images = images.unsqueeze(-1) if images.ndim == 3 else images
        self.images = images.permute(0, 3, 1, 2).contiguous().to(device)
        self.labels = labels.long().to(device)
        self.batch_size, self.shuffle = batch_size, shuffle
        self.resize = (resize, resize) if type(resize) is int else resize
        self.flip, self.crop, self.cutout = flip, crop, cutout
        self.normalize = None
        if normalize is not None:
            mean, std = (
                torch.tensor(v, device=device).view(1, -1, 1, 1)
                for v in normalize
            )
            self.normalize = mean, std
        self.source, self.classes = source, tuple(classes)
        self.generator = None
        if seed is not None:
            self.generator = torch.Generator().manual_seed(seed)

    def __len__(self):
        """Return the number of batches."""
        return -(-len(self.labels) // self.batch_size)

    def __iter__(self):
        """Give X float32 of shape (n, c, h, w), y int64 of shape (n,)."""
        total = len(self.labels)
        order = None
        if self.shuffle:
            order = torch.randperm(total, generator=self.generator)
            order = order.to(self.labels.device)
        for start in range(0, total, self.batch_size):
            rows = slice(start, start + self.batch_size)
            if order is None:
                X, y = self.images[rows], self.labels[rows]
            else:  # ten times as fast as images[order[rows]], on a CPU
                X = self.images.index_select(0, order[rows])
                y = self.labels.index_select(0, order[rows])
            yield self._transform(X), y

    @validated(_check_index)
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
            Holds copies of its images; a ``seed`` is not taken over.
        """
        kept = ("batch_size", "shuffle", "resize", "flip", "crop", "cutout")
        options = {
            **{name: getattr(self, name) for name in kept},
            "normalize": self.normalize
            and tuple(tuple(v.flatten().tolist()) for v in self.normalize),
            "device": self.labels.device,
            "source": self.source,
            "classes": self.classes,
            **options,
        }
        images, labels = self.images[index], self.labels[index]
        if isinstance(index, slice):  # a view, which would keep all images
            images, labels = images.clone(), labels.clone()
        return TensorLoader(images.permute(0, 2, 3, 1), labels, **options)

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
        if self.normalize:
            mean, std = self.normalize
            X = (X - mean) / std
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
    rows = top.view(n, 1) + torch.arange(h, device=X.device)  # (n, h)
    columns = left.view(n, 1) + torch.arange(w, device=X.device)  # (n, w)
    padded = F.pad(X, [padding] * 4).permute(0, 2, 3, 1)  # (n, h', w', c)
    image = torch.arange(n, device=X.device).view(n, 1, 1)
    crop = padded[image, rows.view(n, h, 1), columns.view(n, 1, w)]
    return crop.permute(0, 3, 1, 2)


def cutout(X, size, generator):
    """Set a square at a random place to zero; parts may fall outside.

    DeVries and Taylor, arXiv 1708.04552.
    """
    n, _, h, w = X.shape
    centers = torch.rand(2, n, 1, generator=generator).to(X.device)
    rows = torch.arange(h, device=X.device)
    columns = torch.arange(w, device=X.device)
    top = (centers[0] * h).floor() - size // 2  # (n, 1)
    left = (centers[1] * w).floor() - size // 2
    in_rows = (rows >= top) & (rows < top + size)  # (n, h)
    in_columns = (columns >= left) & (columns < left + size)
    hole = in_rows.view(n, 1, h, 1) & in_columns.view(n, 1, 1, w)
    return X.masked_fill(hole, 0)


@validated(functools.partial(_check_normalize, channels=1))
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
    common |= {"batch_size": batch_size, "resize": resize}
    return _load(FASHION_MNIST, root, augment, common)


@validated(functools.partial(_check_normalize, channels=3))
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

    Notes
    -----
    Lesson 06. Krizhevsky, "Learning Multiple Layers of Features from Tiny
    Images", 2009.
    """
    augment = {"flip": flip, "crop": crop, "cutout": cutout}
    common = {"normalize": normalize, "device": device, "seed": seed}
    common |= {"batch_size": batch_size, "resize": resize}
    return _load(CIFAR10, root, augment, common)


def _load(data_set, root, augment, common):
    """Build the loaders of a data set's two splits."""
    arrays = load_arrays(data_set.name, root)
    caps = (TRAIN_IMAGES, TEST_IMAGES) if fast_mode() else (None, None)
    common |= {"source": arrays.source, "classes": data_set.classes}
    # Copies: the arrays are kept for the next loader.
    train = (
        torch.tensor(a[: caps[0]]) for a in (arrays.x_train, arrays.y_train)
    )
    test = (
        torch.tensor(a[: caps[1]]) for a in (arrays.x_test, arrays.y_test)
    )
    train_iter = TensorLoader(*train, shuffle=True, **augment, **common)
    return train_iter, TensorLoader(*test, **common)
