"""Tell whether what a cell shows stays large below a text."""

import base64
import struct

from .cells import count_lines, lead_lines
from .parts import is_table

WIDTH, HEIGHT = 1160, 576  # of a slide's content, in pixels
LINE = 28  # pixels, of ``lead_lines``
LARGE = 0.6 * 720  # pixels; a figure as high as this is large enough
SHRUNK = 0.9  # of its largest height; text may take the rest
ONE_LINE = 85  # characters of text above a widget
TABLE = 13  # lines of a table and of the text above it


def is_widget(part):
    """Tell whether a part is a figure that lives; a sound is none."""
    return part.kind == "html" and "<audio" not in part.content


def largest_height(image):
    """Return the height of an image that has the slide to itself."""
    header = base64.b64decode(image.content.strip()[:44])
    width, height = struct.unpack(">II", header[16:24])
    return min(HEIGHT, WIDTH * height / width)


def bears(part, lead, above=0.0):
    """Tell whether a figure or a table stays large below a text.

    Parameters
    ----------
    part : Part
        An image, a widget or a table.
    lead : str
    above : float
        Lines that a heading takes.
    """
    if is_widget(part):
        return len(lead) <= ONE_LINE
    if is_table(part):
        return count_lines(part.content) + lead_lines(lead) + above <= TABLE
    largest = largest_height(part)
    left = HEIGHT - LINE * (lead_lines(lead) + above)
    return left >= min(LARGE, SHRUNK * largest)
