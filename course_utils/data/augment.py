"""Random changes to a whole batch of images at once, without loops."""

import torch
from torch.nn import functional as F


def random_flip(X, generator):
    """Mirror each image left to right with probability 1/2.

    Parameters
    ----------
    X : torch.Tensor
        Images of shape (n, c, h, w).
    generator : torch.Generator or None
        On the CPU, so that every device sees the same choices.

    Returns
    -------
    torch.Tensor
        Of the same shape.
    """
    mirrored = torch.rand(len(X), generator=generator) < 0.5
    mirrored = mirrored.to(X.device).view(-1, 1, 1, 1)
    return torch.where(mirrored, X.flip(-1), X)


def random_crop(X, padding, generator):
    """Pad each image with zeros, then crop it at a random place.

    Parameters
    ----------
    X : torch.Tensor
        Images of shape (n, c, h, w).
    padding : int
        Pixels on each side.
    generator : torch.Generator or None

    Returns
    -------
    torch.Tensor
        Of the same shape.

    Notes
    -----
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
    """Set a square at a random place of each image to zero.

    Parameters
    ----------
    X : torch.Tensor
        Images of shape (n, c, h, w).
    size : int
        Side of the square; parts of it may fall outside.
    generator : torch.Generator or None

    Returns
    -------
    torch.Tensor
        Of the same shape.

    Notes
    -----
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
