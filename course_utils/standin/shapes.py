"""The pencil of the drawn things: signed distances on batches of pixels.

A shape is the signed distance from every pixel to its outline, negative
inside. So shapes combine by minimum and maximum, and their edges are smooth.
The frame is [-100, 100], x points right and y down. A number that differs
from picture to picture has the shape (n, 1, 1). All arrays are float32.
"""

import copy
from functools import reduce

import numpy as np

SIZE = 32  # pixels of a picture's side


def blend(a, b):
    """Join two shapes with a fillet of radius 8."""
    overlap = np.maximum(8 - np.abs(a - b), 0)
    return np.minimum(a, b) - overlap * overlap / 32


def common(*shapes):
    """Keep what lies in every shape."""
    return reduce(np.maximum, shapes)


def cut(shape, hole):
    """Take the second shape away from the first."""
    return np.maximum(shape, -hole)


class Sketch:
    """A batch of pictures of one class, painted layer by layer."""

    def __init__(self, rng, n):
        self.rng, self.n = rng, n
        self.pixel = 200 / SIZE  # its width in the frame
        axis = (np.arange(SIZE, dtype=np.float32) + 0.5) * self.pixel - 100
        # Where each pixel lies in the frame, which pose() moves.
        self.x = np.broadcast_to(axis, (n, SIZE, SIZE))
        self.y = np.broadcast_to(axis[:, None], (n, SIZE, SIZE))
        self.image = np.zeros((3, n, SIZE, SIZE), np.float32)  # from 0 to 1

    def vary(self, low, high):
        """Draw a number for each picture."""
        share = self.rng.random((self.n, 1, 1), np.float32)
        return low + (high - low) * share

    def maybe(self, probability):
        """Draw 1 or 0 for each picture."""
        return (self.vary(0, 1) < probability).astype(np.float32)

    def pick(self, colors):
        """Choose and tint a color for each picture, (3, n, 1, 1)."""
        rows = np.asarray(colors, np.float32)
        rows = rows[self.rng.integers(len(rows), size=self.n)]
        rows += 0.03 * self.rng.standard_normal(rows.shape, np.float32)
        return rows.T[:, :, None, None] * self.vary(0.8, 1.15)

    def blotches(self, cells):
        """Draw smooth noise: normal numbers on a grid, interpolated."""
        at = np.linspace(0, cells - 1, SIZE)[:, None] - np.arange(cells)
        weights = np.maximum(1 - np.abs(at), 0).astype(np.float32)
        knots = (self.n, cells, cells)
        noise = self.rng.standard_normal(knots, np.float32)
        return weights @ noise @ weights.T

    def pose(self, shift, turn, scale, shear):
        """Move, turn, scale, mirror and slant what is drawn next."""
        angle, zoom = self.vary(-turn, turn), self.vary(*scale)
        x = self.x - self.vary(-shift, shift)
        y = self.y - self.vary(-shift, shift)
        cos, sin = np.cos(angle) / zoom, np.sin(angle) / zoom
        self.x = (cos * x + sin * y) * (1 - 2 * self.maybe(0.5))
        self.y = (cos * y - sin * x) * self.vary(0.92, 1.08)
        self.x += self.vary(-shear, shear) * self.y
        self.pixel = self.pixel / zoom

    def folded(self):
        """Return a view whose shapes have a mirror image on the left."""
        half = copy.copy(self)
        half.x = np.abs(self.x)
        return half

    def ellipse(self, cx, cy, rx, ry=None):
        """Ellipse, or circle; the distance is exact for the circle only."""
        ry = rx if ry is None else ry
        x, y = (self.x - cx) / rx, (self.y - cy) / ry
        return (np.sqrt(x * x + y * y) - 1) * np.minimum(rx, ry)

    def box(self, cx, cy, hx, hy, radius=0):
        """Box with half sides hx and hy and rounded corners."""
        x = np.abs(self.x - cx) - (hx - radius)
        y = np.abs(self.y - cy) - (hy - radius)
        inside = np.minimum(np.maximum(x, y), 0)
        x, y = np.maximum(x, 0), np.maximum(y, 0)
        return np.sqrt(x * x + y * y) + inside - radius

    def limb(self, x0, y0, x1, y1, start, end=None):
        """Line with round ends whose radius goes from start to end."""
        dx, dy = x1 - x0, y1 - y0
        x, y = self.x - x0, self.y - y0
        t = np.clip((x * dx + y * dy) / (dx * dx + dy * dy + 1e-6), 0, 1)
        x, y = x - dx * t, y - dy * t
        radius = start if end is None else start + (end - start) * t
        return np.sqrt(x * x + y * y) - radius

    def path(self, radius, *xy):
        """Line through the points x0, y0, x1, y1, ..."""
        starts = range(0, len(xy) - 2, 2)
        ends = ((xy[i], xy[i + 1], xy[i + 2], xy[i + 3]) for i in starts)
        limbs = (self.limb(*end, radius) for end in ends)
        return reduce(np.minimum, limbs)

    def polygon(self, *xy):
        """Convex polygon with the corners x0, y0, x1, y1, ... clockwise."""
        edges, ring = [], xy + xy[:2]
        for i in range(0, len(xy), 2):
            x0, y0, x1, y1 = ring[i : i + 4]
            dx, dy = x1 - x0, y1 - y0
            length = (dx * dx + dy * dy) ** 0.5
            x, y = self.x - x0, self.y - y0
            edges.append(x * (dy / length) - y * (dx / length))
        return common(*edges)

    def paint(self, color, *shapes, opacity=1.0):
        """Lay a color over the inside of the shapes."""
        shape = reduce(np.minimum, shapes)
        cover = np.clip(0.5 - shape / (1.5 * self.pixel), 0, 1)
        cover *= cover * (3 - 2 * cover) * opacity
        self.image += (color - self.image) * cover

    def shade(self, color, *shapes):
        """Paint the shapes as one round body, lit from above."""
        shape = reduce(blend, shapes)
        light = 0.75 - 0.001 * self.y
        light += np.clip(shape * -0.018, 0, 0.3)
        self.paint(color * light, shape)
