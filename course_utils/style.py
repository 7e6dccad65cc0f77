"""The look of every figure, and errors of nets explained.

The colors are those of Okabe and Ito, which people with the common forms
of color blindness can tell apart. Figures keep a white ground, so that
they read the same on a light and on a dark page.
"""

import matplotlib.pyplot as plt

from .explaining.errors import explain_errors

BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
RED = "#D55E00"
PURPLE = "#CC79A7"

CYCLE = (BLUE, RED, GREEN, ORANGE, PURPLE, SKY, BLACK)
LINE_STYLES = ("-", "--", "-.", ":", "-", "--", "-.")


def use_course_style():
    """Set matplotlib's defaults to the course's, and explain errors.

    Both last for this process; ``explain_errors(False)`` stops the latter.
    """
    explain_errors()
    plt.rcParams.update(
        {
            "figure.facecolor": "white",
            "figure.figsize": (5.6, 3.2),
            "figure.dpi": 110,
            "font.size": 10,
            "axes.titlesize": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "grid.color": "#dddddd",
            "grid.linewidth": 0.6,
            "axes.prop_cycle": plt.cycler(color=CYCLE, linestyle=LINE_STYLES),
            "image.cmap": "gray",
            "image.interpolation": "nearest",
            "legend.frameon": False,
            "lines.linewidth": 1.8,
            "figure.constrained_layout.use": True,
        }
    )
