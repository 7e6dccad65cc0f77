"""Garments in gray on black, in the manner of Fashion-MNIST.

One function draws one class, as it lies in the frame [-100, 100]; shoes
point to the right, and the pose mirrors half of them.
"""

import numpy as np

from .shapes import Sketch, blend, common, cut, rim

NUM_IMAGES = {"train": 60_000, "test": 10_000}


class Garment(Sketch):
    """A sketch with a patterned cloth and a tone for what is sewn on."""

    def __init__(self, rng, n):
        super().__init__(rng, n, size=28, channels=1)
        self.pose(shift=24, turn=0.36, scale=(0.64, 1.06), shear=0.12)
        tone = self.vary(0.35, 1)
        self.seam = tone + np.where(tone < 0.6, 0.4, -0.4).astype("float32")
        self.cloth = tone * (1 + 0.05 * self.blotches(8) + self._pattern())

    def _pattern(self):
        """Draw stripes, checks or blotches for half of the garments."""
        kind = self.rng.integers(8, size=(self.n, 1, 1))  # from 4 on: plain
        rows = np.sin(self.vary(0.09, 0.2) * self.y + self.vary(0, 6))
        columns = np.sin(self.vary(0.09, 0.2) * self.x + self.vary(0, 6))
        wave = (kind <= 1) * rows + (1 <= kind) * (kind <= 2) * columns
        wave += (kind == 3) * 1.5 * self.blotches(10)
        return np.clip(2 * wave, -1, 1) * self.vary(0.1, 0.4)

    def sleeves(self, x, length, spread, radius=18):
        """Paint sleeves that hang from x, at an angle to the vertical."""
        angle = self.vary(*spread)
        x1, y1 = x + length * np.sin(angle), length * np.cos(angle) - 58
        sleeve = self.folded().limb(x, -58, x1, y1, radius, 0.7 * radius)
        self.shade(self.cloth * 0.88, sleeve)

    def trunk(self, hem, neck):
        """Paint the body of a top down to its hem, cut out at the neck."""
        chest, waist = self.vary(44, 56), self.vary(34, 48)
        end = waist + self.vary(-5, 12)
        body = self.profile(-85, 20, -70, chest, 10, waist, hem, end)
        body = cut(body, self.ellipse(0, -88, *neck))
        self.shade(self.cloth, body)
        return body

    def print_on_chest(self, probability):
        """Paint a round or square print on some of the fronts."""
        place = 0, self.vary(-30, 10), self.vary(10, 25), self.vary(5, 22)
        square, disc = self.box(*place), self.ellipse(*place)
        figure = square + (disc - square) * self.maybe(0.5)
        self.paint(self.seam, figure, opacity=self.maybe(probability))


def t_shirt(s):
    s.sleeves(40, s.vary(15, 38), (0.5, 1.2))
    neck = s.vary(14, 26), s.vary(10, 35)
    body = s.trunk(s.vary(60, 90), neck)
    collar = common(rim(s.ellipse(0, -88, *neck), 10), body)
    s.paint(s.seam, collar, opacity=s.maybe(0.5))
    s.print_on_chest(0.5)


def trouser(s):
    half, waist, hem = s.folded(), s.vary(30, 42), s.vary(36, 65)
    crotch, end, gap = s.vary(-40, -15), s.vary(75, 95), s.vary(6, 20)
    top = crotch - 30  # the leg goes on inside the hips
    inner, outer = -30 * gap / (end - crotch), waist + 5
    leg = half.polygon(inner, top, outer, top, hem, end, gap, end)
    hips = s.profile(-90, waist, crotch, outer)
    s.shade(s.cloth, leg, hips)
    belt = common(hips, s.y + s.vary(75, 82))
    s.paint(s.seam, belt, opacity=s.vary(0.3, 1))
    crease = half.limb(waist * 0.6, -50, (hem + gap) / 2, end, 1.5)
    s.paint(s.seam, crease, opacity=s.maybe(0.4))
    pocket = half.limb(waist, -55, waist * 0.5, -70, 3)
    s.paint(s.seam, pocket, opacity=s.maybe(0.5))


def pullover(s):
    s.sleeves(40, s.vary(95, 120), (0.1, 0.6))
    neck, hem = (s.vary(14, 22), s.vary(8, 16)), s.vary(55, 85)
    body = s.trunk(hem, neck)
    collar = common(rim(s.ellipse(0, -88, *neck), 14), body)
    s.paint(s.seam, collar, opacity=s.vary(0.4, 1))
    s.paint(s.seam, common(body, hem - 14 - s.y), opacity=s.vary(0.2, 0.8))
    s.print_on_chest(0.3)


def dress(s):
    s.sleeves(s.vary(15, 25), s.vary(0, 50), (0.2, 0.8), 13)
    waist, flare, middle = s.vary(16, 28), s.vary(35, 80), s.vary(-30, 0)
    chest = s.vary(24, 36)
    body = s.profile(-95, 15, -75, chest, middle, waist, 95, flare)
    neck = s.ellipse(0, -95, s.vary(10, 20), s.vary(15, 45))
    s.shade(s.cloth, cut(body, neck))
    s.paint(s.seam, s.box(0, middle, waist, 5), opacity=s.maybe(0.5))
    for x in (0.2, 0.6):
        fold = s.folded().limb(waist * x, middle, flare * x, 90, 1.2)
        s.paint(s.seam, fold, opacity=s.vary(0, 0.8))


def coat(s):
    half, hem, depth = s.folded(), s.vary(80, 98), s.vary(-30, 5)
    s.sleeves(40, s.vary(105, 125), (0.08, 0.4))
    s.trunk(hem, (16, 12))
    s.paint(s.seam, s.profile(-85, 20, depth, 0), opacity=s.vary(0.3, 1))
    s.paint(s.seam, half.limb(20, -80, 2, depth, 5))
    s.paint(s.seam, s.limb(0, depth, 0, hem, 3))
    s.paint(s.seam, *(s.ellipse(14, depth + y, 5.5) for y in (12, 36, 60)))
    s.paint(s.seam, half.limb(22, 40, 36, 36, 3), opacity=s.maybe(0.7))
    s.paint(s.seam, s.box(0, 15, 42, 5), opacity=s.maybe(0.35))


def sandal(s):
    rise, width = s.vary(0, 80) * s.maybe(0.7), s.vary(8, 15)
    heel = 50 - rise
    s.cloth *= 1.3  # thin straps lie in the shade of their edges
    wedge = s.polygon(-75, heel - 1, 30, 50, -75, 58) + 100 * s.maybe(0.6)
    s.shade(s.cloth * 0.8, wedge, s.limb(-75, heel, -72, 52, 11, 6))
    for x in (45, s.vary(0, 25)):
        y = 50 - rise * np.maximum(30 - x, 0) / 100
        arch = s.ellipse(x, y, s.vary(15, 28), s.vary(25, 40))
        s.shade(s.cloth, common(rim(arch, width), s.y - y))
    x, y = s.vary(-60, -40), heel - s.vary(30, 50)
    ankle = rim(s.ellipse(x, y, s.vary(20, 30), 10), 0.8 * width)
    s.shade(s.cloth, ankle)
    s.shade(s.cloth, s.path(width / 2, -75, heel, -74, y, x + 20, y, 20, 45))
    s.shade(s.cloth, s.path(s.vary(6, 10), -75, heel, 30, 50, 85, 48))


def shirt(s):
    half, hem = s.folded(), s.vary(65, 90)
    s.sleeves(40, s.vary(30, 42) + 70 * s.maybe(0.6), (0.15, 0.7))
    s.trunk(hem, (16, s.vary(12, 30)))
    collar = half.polygon(3, -68, 20, -92, 30, -72, 14, -50)
    s.paint(s.cloth + 0.2, collar)
    placket = s.limb(0, -60, 0, hem, 1.5)
    buttons = (s.ellipse(0, y * hem, 5.5) for y in (-0.6, -0.2, 0.2, 0.6))
    s.paint(s.seam, rim(collar, 5), placket, *buttons)
    s.paint(s.seam, rim(s.box(22, -25, 10, 11), 4), opacity=s.maybe(0.6))


def sneaker(s):
    top, x = s.vary(-35, -10), s.vary(-30, -10)
    upper = s.polygon(-80, top, -15, top - 5, 55, 12, 60, 40, -85, 40)
    toe = common(s.ellipse(50, 40, 36, s.vary(22, 32)), s.y - 40)
    s.shade(s.cloth, cut(blend(upper, toe), s.ellipse(-50, top - 5, 25, 15)))
    for at in (2, 15, 28):
        lace = s.limb(at, top + 10 + at, at - 10, top + 20 + at, 3)
        s.paint(s.seam, lace)
    stripe = s.limb(x, 30, x + s.vary(10, 40), 5, 5)
    s.paint(s.seam, stripe, opacity=s.maybe(0.7))
    s.paint(s.vary(0.3, 1), s.box(0, 40, 88, s.vary(7, 13), 7))


def bag(s):
    half, wide, high = s.folded(), s.vary(50, 85), s.vary(30, 48)
    top, reach = s.vary(-25, 5), s.vary(25, 45)
    middle, bottom, upper = top + high, top + 2 * high, wide + s.vary(-15, 10)
    handle = s.ellipse(0, top, reach, s.vary(15, 75))
    s.shade(s.cloth * 0.9, rim(handle, s.vary(9, 15)))
    s.shade(s.cloth, s.profile(top, upper, bottom, wide) - 5)
    flap = rim(s.profile(top, upper, middle, wide * 0.8), 5)
    s.paint(s.seam, flap, opacity=s.maybe(0.5))
    s.paint(s.seam, s.box(0, middle, 8, 7), opacity=s.maybe(0.7))
    straps = half.limb(reach, top, reach, bottom, 3)
    s.paint(s.seam, straps, opacity=s.maybe(0.4))


def ankle_boot(s):
    top, front, sole = s.vary(-90, -40), s.vary(-15, 10), s.vary(45, 70)
    shaft = s.polygon(-72, top, front, top + 5, front, sole, -72, sole)
    foot = s.limb(-45, sole - 12, 58, 52, 24, 17)
    s.shade(s.cloth, common(blend(shaft, foot, 30), s.y - 66))
    heel = s.polygon(-76, sole, -25, sole, -35, 78, -70, 78)
    welt = s.path(s.vary(4, 8), -70, sole, 20, 68, 72, 68)
    s.paint(s.seam * 0.8, heel, welt)
    s.paint(s.seam, s.limb(-72, top, front, top + 5, 5), opacity=s.maybe(0.6))
    s.paint(s.seam, s.limb(-30, top + 20, -35, 30, 2.5), opacity=s.maybe(0.5))
    laced = s.maybe(0.5)
    for y in (25, 45, 65):
        lace = s.limb(front - 12, top + y, front + 8, top + y + 5, 3)
        s.paint(s.seam, lace, opacity=laced)


CLASSES: tuple = (t_shirt, trouser, pullover, dress, coat)
CLASSES += (sandal, shirt, sneaker, bag, ankle_boot)


def draw(rng, garment, n):
    """Draw n pictures of a class, uint8 (n, 28, 28)."""
    s = Garment(rng, n)
    garment(s)
    grain = rng.standard_normal(s.image[0].shape, np.float32)
    x = s.image[0] * (s.vary(0.85, 1.3) + 0.04 * grain)
    return (np.clip(x, 0, 1) * 255).astype(np.uint8)
