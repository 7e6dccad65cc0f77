"""What stands in for a data set that is not there: images and drawings.

``fashion_mnist.png`` is a sample of Fashion-MNIST itself (Xiao, Rasul and
Vollgraf, arXiv 1708.07747; Zalando SE, MIT License, see ``LICENSE``), every
pixel as it was. It is a sheet of 80 rows of 64 images: 64 rows from the
training images, then 16 from the test images. Nobody chose them: the images
of a class follow each other in the order of the SHA-256 of their bytes, and
image i of a split shows class i % 10. They come from a copy in which about
320 of the 70,000 images may stand on the other side of the official split.

The license of CIFAR-10 (Krizhevsky, 2009) does not clearly allow a copy, so
the course draws things of the same ten classes.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from . import things

TRAIN_IMAGES, TEST_IMAGES = 4096, 1024
SHEET = Path(__file__).with_name("fashion_mnist.png")
SIDE, COLUMNS = 28, 64  # pixels of an image, images in a row


def load(name):
    """Return the images that stand in for a data set.

    Parameters
    ----------
    name : {"fashion_mnist", "cifar10"}

    Returns
    -------
    dict
        ``x_train``, ``y_train``, ``x_test`` and ``y_test``, all uint8, and
        ``source``. Image i shows class i % 10.
    """
    if name == "fashion_mnist":
        x_train, x_test = _sample()
        source = "a sample of 4,096 + 1,024 real images of Fashion-MNIST"
    else:
        x_train = things.draw(TRAIN_IMAGES, seed=0)
        x_test = things.draw(TEST_IMAGES, seed=1)
        source = "4,096 + 1,024 pictures drawn by the course, not CIFAR-10"
    return {
        "x_train": x_train,
        "y_train": _labels(TRAIN_IMAGES),
        "x_test": x_test,
        "y_test": _labels(TEST_IMAGES),
        "source": f"stand-in: {source}",
    }


def _labels(num):
    return (np.arange(num) % 10).astype(np.uint8)


def _sample():
    """Cut the sheet into training and test images, (num, 28, 28) each."""
    with Image.open(SHEET) as sheet:
        rows = np.asarray(sheet).reshape(-1, SIDE, COLUMNS, SIDE)
    images = rows.swapaxes(1, 2).reshape(-1, SIDE, SIDE)
    return images[:TRAIN_IMAGES], images[TRAIN_IMAGES:]
