"""Stand-in data: garments and things that the course draws itself.

Used where neither the files nor the internet are at hand. Class names and
array layout are those of Fashion-MNIST (Xiao et al., 2017) and CIFAR-10
(Krizhevsky, 2009); every picture is computed here.
"""

import numpy as np

from . import garments, things

CHUNK = 1000  # images that share one random generator
SPLITS = ("train", "test")
SETS = {"fashion_mnist": garments, "cifar10": things}


def draw(name, split, num=None, *, seed=0):
    """Draw the first images of a stand-in data set.

    The same seed gives the same bytes, whatever `num` is.

    Parameters
    ----------
    name : {"fashion_mnist", "cifar10"}
    split : {"train", "test"}
    num : int, optional
        How many images, by default the whole split: 60,000 garments or
        50,000 things to train on, and 10,000 to test.
    seed : int

    Returns
    -------
    x : numpy.ndarray, uint8
        (num, 28, 28) for garments, (num, 32, 32, 3) for things.
    y : numpy.ndarray, uint8 (num,)
        Class numbers; every 1,000 images hold 100 of each class.

    Raises
    ------
    ValueError
        If `name` or `split` is unknown, or `num` is not from 1 to the size
        of the split.
    """
    _require_one_of("name", name, tuple(SETS))
    _require_one_of("split", split, SPLITS)
    subject = SETS[name]
    size = subject.NUM_IMAGES[split]
    num = size if num is None else num
    if not 1 <= num <= size:
        raise ValueError(f"num: expected 1 to {size}, got {num}")
    key = seed, list(SETS).index(name), SPLITS.index(split)
    num_chunks = -(-num // CHUNK)
    chunks = [_draw_chunk(subject, (*key, i)) for i in range(num_chunks)]
    x, y = (np.concatenate(parts)[:num] for parts in zip(*chunks))
    return x, y


def _require_one_of(argument, value, choices):
    if value not in choices:
        raise ValueError(
            f"{argument}: expected one of {', '.join(choices)}, got {value!r}"
        )


def _draw_chunk(subject, key):
    """Draw equally many images of each class of a module and shuffle them."""
    rng = np.random.default_rng(key)
    each = CHUNK // len(subject.CLASSES)
    x = np.concatenate([subject.draw(rng, c, each) for c in subject.CLASSES])
    y = np.repeat(np.arange(len(subject.CLASSES), dtype=np.uint8), each)
    order = rng.permutation(CHUNK)
    return x[order], y[order]
