"""Batches from images that stay on the device as one uint8 tensor."""

import torch
from torch.nn import functional as F

from ..arguments import (
    describe,
    require_flag,
    require_text,
    require_texts,
    validated,
)
from ..device import try_gpu
from .augment import cutout, random_crop, random_flip
from .options import as_pair, check_images, check_options


def _check_loader(
    self,
    images,
    labels,
    batch_size,
    shuffle,
    flip,
    source,
    classes,
    **options,
):
    check_images(images, labels)
    require_flag("shuffle", shuffle)
    require_flag("flip", flip)
    require_text("source", source)
    require_texts("classes", classes)
    channels = 1 if images.ndim == 3 else images.shape[3]
    check_options(batch_size, channels=channels, **options)


def _check_subset(self, index, options):
    """Require an index that fits; return it with integers of 64 bits."""
    if isinstance(index, slice):
        return None
    if not isinstance(index, torch.Tensor) or index.ndim != 1:
        raise TypeError(
            "index: expected a tensor of one axis or a slice, got "
            f"{describe(index)}"
        )
    total = len(self.labels)
    if index.dtype == torch.bool:
        fits = len(index) == total
    elif index.is_floating_point() or index.is_complex():
        fits = False
    else:
        index = index.long()  # torch takes uint8 for truth values
        fits = bool(((-total <= index) & (index < total)).all())
    if not fits:
        raise ValueError(
            f"index: expected integers below {total}, or {total} truth "
            f"values, got {describe(index)}"
        )
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

    @validated(_check_loader)
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
        self.resize = as_pair(resize)
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

    @validated(_check_subset)
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
