"""What a loader may be given: its images and its options."""

import torch

from ..arguments import (
    describe,
    require_device,
    require_finite,
    require_int,
    require_positive,
)


def _check_normalize(normalize, channels):
    """Require (mean, std), each with one number a channel."""
    fits = isinstance(normalize, (tuple, list)) and len(normalize) == 2
    for values in normalize if fits else ():
        fits = fits and isinstance(values, (tuple, list))
        fits = fits and len(values) == channels
    if not fits:
        raise ValueError(
            f"normalize: expected (mean, std), each a tuple of {channels} "
            f"numbers, one a channel, got {describe(normalize)}"
        )
    for value in normalize[0]:
        require_finite("normalize: mean", value)
    for value in normalize[1]:
        require_positive("normalize: std", value)


def check_options(
    batch_size, resize, crop, cutout, normalize, device, seed, channels
):
    """Require options that fit, before any image is loaded or drawn."""
    require_int("batch_size", batch_size, minimum=1)
    as_pair(resize)
    require_int("crop", crop, minimum=0)
    require_int("cutout", cutout, minimum=0)
    if normalize is not None:
        _check_normalize(normalize, channels)
    if device is not None:
        require_device("device", device)
    if seed is not None:
        require_int("seed", seed, minimum=0)


def check_images(images, labels):
    """Require uint8 images, and an integer for each of them."""
    for name, value in (("images", images), ("labels", labels)):
        if not isinstance(value, torch.Tensor):
            raise TypeError(
                f"{name}: expected a tensor, got {describe(value)}"
            )
    fits = images.ndim in (3, 4) and 0 not in images.shape[1:]
    if not fits or images.dtype != torch.uint8:
        raise ValueError(
            "images: expected uint8 of shape (n, h, w) or (n, h, w, c), "
            f"got {describe(images)}"
        )
    is_integer = not (labels.is_floating_point() or labels.is_complex())
    if labels.shape != images.shape[:1] or not is_integer:
        raise ValueError(
            f"labels: expected {len(images)} integers, one an image, "
            f"got {describe(labels)}"
        )


def as_pair(resize):
    """Return (h, w) from what d2l allows as resize; None stays None."""
    if resize is None:
        return None
    pair = resize if isinstance(resize, (tuple, list)) else (resize, resize)
    if len(pair) != 2:
        raise ValueError(
            f"resize: expected an integer or two, got {describe(resize)}"
        )
    return tuple(require_int("resize", side, minimum=1) for side in pair)
