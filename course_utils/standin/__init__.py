"""What stands in for a data set that is not there: images and sprites.

``fashion_mnist.js`` is a sample of Fashion-MNIST itself (Xiao, Rasul and
Vollgraf, arXiv 1708.07747; Zalando SE, MIT License, see ``LICENSE``), every
pixel as it was: a PNG, in base64, in a script that a page can load. It is a
sheet of 80 rows of 64 images, the last 16 rows for the test. Nobody chose:
the images of a class are in the order of the SHA-256 of their bytes; image i
of a split shows class i % 10. Some 320 of 70,000 may be on the wrong side.

The license of CIFAR-10 (Krizhevsky, 2009) does not clearly allow a copy, so
the course poses sprites of the same ten classes: ``things.txt``.
"""

import base64
import io
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from . import things

TRAIN_IMAGES, TEST_IMAGES = 4096, 1024
SHEET = Path(__file__).with_name("fashion_mnist.js")
SIDE, COLUMNS = 28, 64  # pixels of an image, images in a row


@lru_cache(maxsize=2)  # a lesson loads a data set several times
def load(name):
    """Return the images that stand in for a data set.

    Parameters
    ----------
    name : {"fashion_mnist", "cifar10"}

    Returns
    -------
    dict
        ``x_train``, ``y_train``, ``x_test``, ``y_test``, uint8; ``source``.
    """
    if name == "fashion_mnist":
        x_train, x_test = _sample()
        source = "a sample of 4,096 + 1,024 real images of Fashion-MNIST"
    else:
        x_train = things.draw(TRAIN_IMAGES, seed=0)
        x_test = things.draw(TEST_IMAGES, seed=1)
        source = "4,096 + 1,024 pictures drawn by the course, not CIFAR-10"
    labels = (np.arange(TRAIN_IMAGES) % 10).astype(np.uint8)
    return {
        "x_train": x_train,
        "y_train": labels,
        "x_test": x_test,
        "y_test": labels[:TEST_IMAGES],
        "source": f"stand-in: {source}",
    }


def sheet():
    """Return the sheet as the base64 text of a PNG."""
    return SHEET.read_text(encoding="ascii").split('"')[1]


def _sample():
    """Cut the sheet into training and test images, (num, 28, 28) each."""
    with Image.open(io.BytesIO(base64.b64decode(sheet()))) as image:
        rows = np.asarray(image).reshape(-1, SIDE, COLUMNS, SIDE)
    images = rows.swapaxes(1, 2).reshape(-1, SIDE, SIDE)
    return np.split(images, [TRAIN_IMAGES])
