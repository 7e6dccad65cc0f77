"""Pictures of ten things, drawn with letters and posed at random.

``things.txt`` tells of each class its name, lists of colors for the thing,
for its parts, for what is above and below the horizon, and two sprites side
by side, 16 by 16 letters each.
"""

from pathlib import Path

import torch
from torch.nn import functional as F

SIDE = 32  # pixels of a picture

# Several classes share each list: a color alone does not tell the class.
COLORS = {
    "paint": "cc261f 264da6 f2bf33 338059 ebebeb 333338 a6abb3 804d33",
    "plumage": "cc261f 264da6 f2bf33 338059 805433 332b29 e6ded1 8c8780",
    "fur": "805433 b3804d cc8c40 593826 332b29 e6ded1 8c8780 a6663d",
    "skin": "598c33 80994d 40662e 80b340 805433 b3804d 8c8780 338059",
    "bright": "cc261f 264da6 f2bf33 338059 ebebeb 26598c e6802e 80b340",
    "sky": "73a6e6 4d6699 bfd9f2 e6bf99 a6abb3 ccbfa6 8c6659 e6e6e0",
    "land": "598c33 80994d 40662e bfa67a 80664d 737378 99948c d9dee6",
    "shore": "598c33 80994d bfa67a 737378 99948c 26598c 337380 6699bf",
    "water": "26598c 337380 6699bf 4d6699 1f4d66 737378 99948c 8cb3b3",
}

# Background, shadow; main color, its shade and light, another color; black,
# white, gray, glass, yellow, pink, wood.
LETTERS = ".smdpakwgeyrn"
OPACITY = torch.tensor([0, 0.4] + [1] * 11)
FIXED = "141417 f2f2ed 99999e 4d6173 f2bf4d d98080 805433"


def rgb(text):
    """Read hexadecimal colors, each into three integers."""
    return [list(bytes.fromhex(color)) for color in text.split()]


def read():
    """Read things.txt.

    Returns
    -------
    colors : torch.Tensor of shape (10, 4, 8, 3)
        Four lists for each class, RGB from 0 to 1.
    sprites : torch.Tensor of shape (10, 2, 16, 16)
        Where each letter is in ``LETTERS``.
    """
    text = Path(__file__).with_name("things.txt").read_text(encoding="ascii")
    colors, sprites = [], []
    for block in text.split("\n\n"):
        (_, *names), *rows = map(str.split, block.splitlines())
        colors.append([rgb(COLORS[name]) for name in names])
        sprites.append([[*map(LETTERS.index, a + b)] for a, b in rows])
    pairs = torch.tensor(sprites).view(-1, 16, 2, 16)
    return torch.tensor(colors) / 255, pairs.transpose(1, 2)


class Chance:
    """What differs from picture to picture, drawn for n pictures at once."""

    def __init__(self, n, seed):
        self.n = n
        self.generator = torch.Generator().manual_seed(seed)

    def normal(self, *shape):
        """Draw normal numbers, (n, *shape)."""
        return torch.randn(self.n, *shape, generator=self.generator)

    def vary(self, low, high):
        """Draw a number from low to high, (n, 1, 1, 1)."""
        share = torch.rand(self.n, 1, 1, 1, generator=self.generator)
        return low + (high - low) * share

    def pick(self, choices):
        """Take one of the choices (n, k, ...) for each picture."""
        i = torch.randint(
            choices.shape[1], (self.n,), generator=self.generator
        )
        return choices[torch.arange(self.n), i]

    def color(self, choices):
        """Take a color and change it a little, (n, 3, 1, 1)."""
        color = self.pick(choices) + 0.03 * self.normal(3)
        return color[:, :, None, None] * self.vary(0.8, 1.15)

    def noise(self, channels, cells):
        """Draw smooth noise: normal numbers on a grid, interpolated."""
        grid = self.normal(channels, cells, cells)
        return F.interpolate(grid, (SIDE, SIDE), mode="bicubic")


def background(chance, x, y, above, below):
    """Paint a sky and a ground with a tilted, wavy horizon between them."""
    sky = chance.color(above) + 0.05 * chance.noise(1, 4)
    ground = chance.color(below) + 0.06 * chance.noise(1, 12)
    horizon = chance.vary(-1.2, 1.2) + chance.vary(-0.15, 0.15) * x
    horizon = horizon + 0.1 * chance.noise(1, 4)
    return torch.lerp(sky, ground, torch.sigmoid(16 * (y - horizon)))


def paint(chance, main, other, sprites):
    """Color a sprite, RGB times opacity and opacity, (n, 4, 16, 16)."""
    main, other = chance.color(main), chance.color(other)
    fixed = torch.tensor(rgb(FIXED)).T[:, :, None] / 255  # (3, 7, 1)
    tones = [0 * main, 0 * main, main, 0.6 * main, 0.5 * main + 0.48, other]
    tones.append(fixed + 0.05 * chance.normal(3, 7, 1))
    colors = torch.cat(tones, dim=2)[..., 0]  # (n, 3, 13)
    colors = torch.cat([colors, torch.ones(chance.n, 1, 13)], 1) * OPACITY
    letters = chance.pick(sprites).view(chance.n, 1, -1).expand(-1, 4, -1)
    return colors.gather(2, letters).unflatten(2, (16, 16))


def pose(chance, thing):
    """Mirror, turn, scale, move and bend what is painted."""
    angle, zoom = chance.vary(-0.3, 0.3), chance.vary(0.95, 1.5)
    cos, sin = zoom * torch.cos(angle), zoom * torch.sin(angle)
    left, down = chance.vary(-0.3, 0.3), chance.vary(-0.3, 0.3)
    mirror = torch.sign(chance.vary(-1, 1))
    theta = torch.cat([mirror * cos, -sin, left, mirror * sin, cos, down], 1)
    size = [chance.n, 4, SIDE, SIDE]
    grid = F.affine_grid(theta.view(-1, 2, 3), size, align_corners=False)
    grid += 0.04 * chance.noise(2, 4).movedim(1, -1)
    return F.grid_sample(thing, grid, align_corners=False)


def draw(num, seed):
    """Draw pictures of all classes in turn, uint8 (num, 32, 32, 3).

    The same number and seed give the same bytes.
    """
    chance = Chance(num, seed)
    colors, sprites = (part[torch.arange(num) % 10] for part in read())
    main, other, above, below = colors.unbind(1)
    axis = torch.linspace(-1, 1, SIDE)
    x, y = axis, axis[:, None]
    image = background(chance, x, y, above, below)
    thing = pose(chance, paint(chance, main, other, sprites))
    image = image * (1 - thing[:, 3:]) + thing[:, :3]
    light = chance.vary(-0.15, 0.15) * x + chance.vary(-0.15, 0.15) * y
    light = light + chance.vary(0.8, 1.1) + 0.04 * chance.noise(1, 8)
    cast = 0.05 * chance.normal(3, 1, 1)
    image = image * (light + cast) + chance.vary(-0.06, 0.06)
    image += 0.02 * chance.normal(3, SIDE, SIDE)  # the camera's grain
    image = (image.clamp(0, 1) * 255).byte().permute(0, 2, 3, 1)
    return image.contiguous().numpy()
