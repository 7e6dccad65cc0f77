"""The picture that goes with a link to a page: its title and question.

Only a site with an address has such pictures, so matplotlib is imported
when the first is drawn: it takes a tenth of a small build.
"""

import textwrap

WIDTH, HEIGHT = 1200, 630
DPI = 100
COURSE = "Convolutional Networks, Executed"
INK, MUTED, GROUND = "#14181e", "#4a5563", "#ffffff"
BLUE, ORANGE, GRAY = "#0072B2", "#E69F00", "#d9dde3"


def draw_logo(axes, left, top, size):
    """Draw the logo: a 3 x 3 kernel over a grid of 5 x 5."""
    from matplotlib.patches import Rectangle

    step = size / 5
    for row in range(5):
        for column in range(5):
            ring = max(abs(row - 2), abs(column - 2))
            color = (ORANGE, BLUE, GRAY)[ring]
            corner = (left + column * step, top - (row + 1) * step)
            side = 0.84 * step
            axes.add_patch(Rectangle(corner, side, side, color=color))


def write(axes, y, text, size, width, **style):
    """Write a text in lines of so many characters; return its lower end."""
    lines = textwrap.wrap(text, width)
    axes.text(
        80, y, "\n".join(lines), size=size, va="top", linespacing=1.3, **style
    )
    return y - len(lines) * size * 1.3 * DPI / 72


def draw_card(path, heading, title, text):
    """Write a card as PNG.

    Parameters
    ----------
    path : pathlib.Path
    heading, title, text : str
        From top to bottom; heading and text may be empty.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI)
    figure.set_facecolor(GROUND)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(0, HEIGHT))
    axes.axis("off")
    y = HEIGHT - 80
    draw_logo(axes, WIDTH - 200, y, 120)
    if heading:
        y = write(axes, y, heading, 24, 40, color=BLUE, weight="bold")
    y = write(axes, y - 10, title, 38, 26, color=INK, weight="bold") - 24
    text = textwrap.shorten(text, 190, placeholder=" …")
    write(axes, y, text, 22, 62, color=MUTED)
    axes.text(80, 56, COURSE, size=18, color=INK)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
