"""Small pictures for the explorers, drawn with letters in pictures.txt."""

import numpy as np

from .figure import FILES

TEXT = FILES.joinpath("pictures.txt").read_text("ascii")
FIVE, HOUSE = map(str.split, TEXT.split("\n\n"))

GRAYS = {".": 0, "+": 0.8, "#": 1}
COLORS = {
    "b": (0.4, 0.7, 1.0),
    "g": (0.2, 0.6, 0.2),
    "k": (0.2, 0.2, 0.3),
    "n": (0.5, 0.3, 0.1),
    "r": (0.9, 0.2, 0.1),
    "w": (0.9, 0.9, 0.8),
    "y": (1.0, 0.9, 0.2),
}


def five():
    """Return a digit, 12 by 12, from 0 to 1."""
    return np.array([[GRAYS[c] for c in line] for line in FIVE])


def house():
    """Return a color picture, 3 by 12 by 12, from 0 to 1."""
    pixels = [[COLORS[c] for c in line] for line in HOUSE]
    return np.array(pixels).transpose(2, 0, 1)
