"""Things in color on natural backgrounds, in the manner of CIFAR-10.

One function draws one class in the frame [-100, 100]; animals and vehicles
look to the right, and the pose mirrors half of them. A color is RGB, 0 to 1.
"""

import numpy as np

from .shapes import Sketch, common, cut


def colors(text):
    """Read hexadecimal colors into a list of RGB, each from 0 to 1."""
    return [[byte / 255 for byte in bytes.fromhex(c)] for c in text.split()]


# Several classes share each palette: a color alone does not tell the class.
BLUE, PALE = colors("73a6e6 4d6699"), colors("bfd9f2 e6bf99")
SKY = BLUE + PALE + colors("a6abb3")
OPEN = SKY + colors("ccbfa6 8c6659 e6e6e0")
GRASS = colors("598c33 80994d 40662e")
LAND = GRASS + colors("bfa67a 80664d a69959 737378 99948c d9dee6")
WATER = colors("26598c 337380 6699bf")
BROWN = colors("805433 b3804d cc8c40 593826")
FUR = BROWN + colors("332b29 e6ded1 8c8780")
SKIN = BROWN + GRASS + colors("80b340")
BRIGHT = colors("cc261f 264da6 f2bf33 338059")
PAINT = BRIGHT + colors("ebebeb 333338 a6abb3")
BLACK, GRAY, WHITE, GLASS, PINK, AMBER = np.reshape(
    np.float32(colors("141417 99999e f2f2ed 4d6173 d98080 f2bf4d")),
    (6, 3, 1, 1, 1),  # each broadcasts over channels, pictures and pixels
)


class Thing(Sketch):
    """A sketch with a background and a main color in three tones."""

    def scene(self, above, below, horizon, main):
        """Paint what is above and below the horizon, then pose the thing."""
        level = self.vary(*horizon) + self.vary(-0.1, 0.1) * self.x
        grain = 0.06 * self.blotches(12)
        light = self.vary(-0.15, 0.15) * self.y / 100
        self.image[:] = self.pick(above) + light + 0.05 * self.blotches(5)
        height = self.vary(5, 50) * (0.4 + 0.3 * self.blotches(6))
        hills = level - height - self.y
        self.paint(self.pick(LAND) + grain, hills, opacity=self.maybe(0.4))
        self.paint(self.pick(below) + light + grain, level - self.y)
        self.pose(shift=24, turn=0.25, scale=(0.62, 1.08), shear=0.15)
        self.main = self.pick(main)
        self.dark, self.pale = 0.6 * self.main, 0.5 * self.main + 0.48

    def shadow(self, y, width):
        """Darken the ground under the thing."""
        self.paint(0.6 * self.image, self.ellipse(0, y, width, 9))

    def legs(self, hind, front, ground, width):
        """Paint four legs in stride, the far pair darker."""
        for color, low, high in (self.dark, 5, 20), (self.main, -10, 5):
            step, line = self.vary(low, high), (ground, width * 1.3, width)
            legs = (self.limb(x, 20, x + step, *line) for x in (hind, front))
            self.shade(color, *legs)

    def foreground(self):
        """Hide the lower edge of some pictures behind plants or stones."""
        edge = self.vary(75, 100) - 12 * self.blotches(9) - self.y
        self.paint(self.pick(LAND), edge, opacity=self.maybe(0.3))


def airplane(s):
    s.scene(SKY, LAND + WATER, (-150, 250), PAINT)
    s.pose(shift=0, turn=1.2, scale=(0.95, 1.1), shear=0.1)
    half, tip, engine = s.folded(), s.vary(0, 30), s.vary(30, 45)
    s.shade(s.main, half.polygon(0, -25, 90, tip, 90, tip + 15, 0, 15))
    s.shade(s.main, half.polygon(0, 55, 34, 70, 34, 80, 0, 78))
    s.paint(s.dark, half.limb(engine, -15, engine, 10, 6))
    s.shade(s.pale, s.limb(0, -72, 0, 75, 12, 6))
    s.paint(s.dark, s.limb(0, 60, 0, 85, 2))
    s.paint(GLASS, s.box(0, -72, 8, 4))


def automobile(s):
    s.scene(OPEN, LAND, (-50, 40), PAINT)
    s.shadow(60, 90)
    roof, rear = s.vary(-40, -22), s.vary(-75, -45)
    cabin = s.polygon(rear + 20, roof, 15, roof, 48, 8, rear, 8)
    s.shade(s.main, cabin, s.box(0, 24, 88, s.vary(18, 24), 12))
    s.paint(GLASS, cut(cabin + 7, s.box(-8, 0, 4, 100)))
    s.paint(s.dark, s.limb(-80, 20, 80, 20, 1.5))
    for x in (-52, 52):
        s.paint(BLACK, s.ellipse(x, 45, 20))
        s.paint(GRAY, s.ellipse(x, 45, 9))
    s.paint(AMBER, s.ellipse(82, 17, 7))


def bird(s):
    s.scene(OPEN + GRASS, LAND + WATER, (-120, 80), FUR + BRIGHT)
    s.paint(BLACK, s.limb(-5, 30, 0, 78, 3), s.limb(10, 30, 17, 78, 3))
    branch = s.limb(-150, 80, 150, s.vary(70, 90), 5)
    s.paint(s.pick(BROWN), branch, opacity=s.maybe(0.5))
    s.shade(s.dark, s.limb(-35, 20, -85, s.vary(10, 60), 13, 6))
    s.paint(AMBER, s.polygon(50, -53, 88, -38, 50, -32))
    s.shade(s.main, s.limb(-25, 15, 18, -3, 22, 30), s.ellipse(36, -42, 22))
    s.shade(s.pale, s.limb(22, 5, 0, 22, 16))
    s.shade(s.dark, s.limb(5, -5, -50, s.vary(-80, 30), 17, 5))
    s.paint(BLACK, s.ellipse(42, -46, 6))


def cat(s):
    s.scene(OPEN + GRASS, LAND, (-120, 80), FUR)
    s.shadow(85, 60)
    half, tabby = s.folded(), s.maybe(0.6)
    s.shade(s.dark, s.path(8, 20, 78, 62, 72, 72, 40, 58, s.vary(0, 30)))
    body = s.polygon(-20, -10, 20, -10, 30, 30, 42, 85, -42, 85, -30, 30)
    s.shade(s.main, body - 4)
    s.shade(s.pale, s.ellipse(0, 35, 16, 24))
    s.paint(s.dark, half.limb(4, 50, 4, 85, 2))
    ear = half.polygon(34, -86, 44, -30, 8, -54)
    s.shade(s.main, s.ellipse(0, -28, 46, 38), ear)
    s.paint(PINK, ear + 6)
    s.shade(s.pale, s.ellipse(0, -12, 20, 15))
    s.paint(s.pick(GRASS + PALE) + 0.2, half.ellipse(19, -32, 10, 8))
    s.paint(BLACK, half.ellipse(19, -32, 4, 8), s.ellipse(0, -17, 5))
    s.paint(WHITE, *(half.limb(10, -11, 54, y, 1) for y in (-20, -2)))
    stripes = (half.limb(25, y, 42, y + 4, 3) for y in (25, 42, 59))
    s.paint(s.dark, *stripes, half.limb(8, -60, 6, -48, 2.5), opacity=tabby)


def deer(s):
    s.scene(OPEN + GRASS, LAND, (-120, 50), FUR)
    s.shadow(86, 60)
    s.legs(-45, 22, 85, 4)
    horn = 0.8 * s.pick(BROWN)
    for x in (34, 50):
        s.paint(horn, s.path(3, x, -38, x - 14, -62, x - 2, -88))
        s.paint(horn, s.limb(x - 14, -62, x - 30, -78, 2.5))
        s.paint(horn, s.limb(x - 6, -50, x + 10, -70, 2.5))
    s.paint(WHITE, s.limb(-58, 8, -64, 19, 7))
    body = s.limb(-42, 19, 20, 17, 19, 17), s.limb(25, 11, 50, -26, 12, 8)
    s.shade(s.main, *body, s.limb(50, -32, 76, -22, 11, 6))
    s.shade(s.dark, s.limb(46, -36, 26, -38, 7, 3))
    s.paint(s.pale, s.limb(-40, 33, 15, 31, 4))
    spots = (s.ellipse(x, 14, 3.5) for x in (-45, -28, -11, 6))
    s.paint(WHITE, *spots, opacity=s.maybe(0.6))
    s.paint(BLACK, s.ellipse(54, -34, 4.5), s.ellipse(82, -22, 4.5))


def dog(s):
    s.scene(OPEN + GRASS, LAND, (-120, 80), FUR)
    half = s.folded()
    s.shade(s.main, s.ellipse(0, 95, 50, 60))
    s.paint(s.pick(BRIGHT), s.limb(-34, 58, 34, 58, 6), opacity=s.maybe(0.5))
    s.shade(s.main, s.limb(0, -12, 0, 15, 48, 42))
    s.shade(s.dark, half.limb(45, -40, 60, s.vary(10, 40), 12, 20))
    s.paint(PINK, s.limb(0, 50, 0, 70, 10), opacity=s.maybe(0.6))
    s.shade(s.pale, s.ellipse(0, 32, 30, 27))
    s.paint(BLACK, s.limb(0, 20, 0, 48, 2), s.ellipse(0, 17, 14, 10))
    s.paint(BLACK, half.ellipse(22, -12, 8.5))


def frog(s):
    s.scene(OPEN + GRASS, LAND + WATER, (-150, 40), SKIN)
    s.shadow(75, 80)
    half = s.folded()
    s.shade(s.dark, half.path(10, 35, 50, 78, s.vary(5, 20), 68, 65, 90, 74))
    eye = half.ellipse(34, -36, 17)
    s.shade(s.main, s.ellipse(0, -5, 52, 32), s.ellipse(0, 40, 44, 34), eye)
    s.shade(s.pale, s.ellipse(0, 40, 28, 22))
    s.paint(s.dark, half.path(3, 0, 10, 25, 8, 44, -2))
    s.shade(s.main, half.limb(25, 35, 30, 72, 9))
    s.paint(AMBER, half.ellipse(34, -37, 12))
    s.paint(BLACK, half.ellipse(34, -37, 6.5))


def horse(s):
    s.scene(OPEN + GRASS, LAND, (-120, 50), FUR)
    s.shadow(86, 75)
    hair = 0.5 * s.dark + s.vary(0.2, 0.5) * s.pick(FUR)
    s.shade(hair, s.path(8.5, -60, -12, -78, 5, -80, s.vary(30, 50)))
    s.legs(-48, 32, 84, 6)
    body = s.limb(-42, 2, 30, 2, 26, 25), s.limb(34, -8, 60, -52, 22, 13)
    head = s.limb(62, -58, 88, -25, 13, 8.5), s.limb(58, -66, 60, -82, 5, 2)
    s.shade(s.main, *body, *head)
    s.shade(hair, s.path(7.5, 66, -68, 46, -62, 20, -22))
    s.paint(WHITE, s.limb(72, -52, 92, -28, 3), opacity=s.maybe(0.4))
    saddle = s.polygon(-20, -28, 15, -28, 10, 0, -15, 0)
    s.paint(s.pick(BRIGHT), saddle, opacity=s.maybe(0.3))
    s.paint(BLACK, s.ellipse(66, -52, 4.5), s.ellipse(88, -22, 4.5))


def ship(s):
    s.scene(SKY, WATER, (-30, 25), PAINT)
    deck = s.vary(5, 20)
    s.paint(BLACK, s.limb(35, deck, 35, -55, 2.5))
    funnel = s.box(-35, -40, 11, 25)
    s.shade(s.pick(BRIGHT), funnel)
    s.paint(BLACK, common(funnel, s.y + 52))
    s.shade(WHITE, s.box(-20, 0, 42, 20), s.box(-10, -22, 20, 12))
    s.paint(GLASS, s.box(-10, -22, 16, 3.5), s.box(-15, 0, 36, 3.5))
    hull = s.polygon(-80, deck, 95, deck - 10, 65, 50, -70, 50)
    s.shade(s.main, hull)
    s.paint(s.pick(BRIGHT), common(hull, 40 - s.y))
    s.paint(WHITE, s.limb(-85, 52, 80, 52, 3.5), opacity=s.vary(0.3, 0.9))


def truck(s):
    s.scene(OPEN, LAND, (-50, 40), PAINT)
    s.shadow(66, 95)
    s.paint(BLACK, s.box(0, 40, 85, 7))
    load = common(s.box(-30, 36, 60, s.vary(60, 96)), s.y - 36)
    s.shade(s.pick(PAINT), load)
    for x in (-60, -30, 0):
        s.paint(BLACK, common(s.box(x, 0, 1.5, 99), load), opacity=0.5)
    s.shade(s.main, s.polygon(38, -22, 68, -22, 90, 10, 92, 42, 38, 42))
    s.paint(GLASS, s.polygon(46, -15, 64, -15, 78, 8, 46, 8))
    for x in (-68, -30, 62):
        s.paint(BLACK, s.ellipse(x, 50, 17))
        s.paint(GRAY, s.ellipse(x, 50, 7))
    s.paint(AMBER, s.ellipse(90, 30, 6))


CLASSES = airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck


def draw(num, seed):
    """Draw pictures of all classes in turn, uint8 (num, 32, 32, 3).

    The same number and seed give the same bytes.
    """
    rng = np.random.default_rng(seed)
    each = -(-num // len(CLASSES))
    pictures = [_draw_class(rng, thing, each) for thing in CLASSES]
    return np.stack(pictures, axis=1).reshape(-1, 32, 32, 3)[:num]


def _draw_class(rng, thing, n):
    """Draw n pictures of a class, uint8 (n, 32, 32, 3)."""
    s = Thing(rng, n)
    light = s.vary(-0.15, 0.15) * s.x + s.vary(-0.15, 0.15) * s.y
    gain, offset = s.vary(0.8, 1.1) + light / 100, s.vary(-0.08, 0.08)
    thing(s)
    s.foreground()
    grain = rng.standard_normal(s.image.shape, np.float32)
    x = s.image * gain + offset + 0.02 * grain
    return (np.clip(x, 0, 1) * 255).astype(np.uint8).transpose(1, 2, 3, 0)
