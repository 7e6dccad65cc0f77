"""The residual path, as an explorer: switched on and off."""

from ..arguments import require_flag, require_int, require_positive
from .arguments import require_between
from .figure import Figure

WIDTH = 32  # units of a dense layer


def residual(blocks=27, scale=1, batch_norm=True, seed=0):
    """Follow signal and gradient through a stack, with and without shortcut.

    Each block has two dense layers of 32 units: ReLU(F(H) + H) with the
    shortcut, ReLU(F(H)) without. The stack has random weights; the page runs
    it forward and backward on 32 random inputs.

    Parameters
    ----------
    blocks : int
        From 1 to 30; 27 blocks, as in He et al.'s network of 56 layers.
    scale : float
        Of the weights, as a multiple of He's: 0.25 to 2.
    batch_norm : bool
        Whether each layer is followed by batch norm.
    seed : int
        Of the random inputs and weights.

    Returns
    -------
    Figure

    Raises
    ------
    TypeError, ValueError
        If a setting is out of its range.

    Notes
    -----
    Lesson 08; He et al., "Deep residual learning for image recognition",
    2016 (arXiv 1512.03385).
    """
    blocks = require_between("blocks", blocks, 1, 30)
    scale = require_positive("scale", scale)
    if not 0.25 <= scale <= 2:
        raise ValueError(f"scale: expected 0.25 to 2, got {scale}")
    require_flag("batch_norm", batch_norm)
    seed = require_int("seed", seed, minimum=0)
    params = {
        "width": WIDTH,
        "blocks": blocks,
        "scale": scale,
        "norm": bool(batch_norm),
        "seed": seed,
    }
    return Figure("residual", "The shortcut, switched on and off", params)
