"""Read and write a data set's npz file."""

from dataclasses import dataclass

import numpy as np

from ..files import replacing

KEYS = ("x_train", "y_train", "x_test", "y_test")


@dataclass
class Arrays:
    """A data set in memory.

    Attributes
    ----------
    x_train, x_test : numpy.ndarray
        uint8 of shape (n, h, w) or (n, h, w, 3).
    y_train, y_test : numpy.ndarray
        uint8 of shape (n,), classes from 0.
    source : str
        One line that says what the images are.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    source: str


def _damaged(path, reason):
    return ValueError(
        f"{path} is damaged: {reason}. Delete it, then run "
        "`python -m course_utils.data` or copy it again."
    )


def _check_split(path, x, y, split, data_set):
    shape = data_set.image_shape
    if x.dtype != np.uint8 or x.shape[1:] != shape or len(x) == 0:
        raise _damaged(
            path,
            f"x_{split} should be uint8 of shape (n, "
            f"{', '.join(map(str, shape))}), it is {x.dtype} of {x.shape}",
        )
    if y.shape != (len(x),) or not np.issubdtype(y.dtype, np.integer):
        raise _damaged(
            path,
            f"y_{split} should be {len(x)} integers, one an image, it is "
            f"{y.dtype} of {y.shape}",
        )
    if y.min() < 0 or y.max() >= len(data_set.classes):
        raise _damaged(
            path,
            f"y_{split} should run from 0 to {len(data_set.classes) - 1}, "
            f"it runs from {y.min()} to {y.max()}",
        )


def read_archive(path, data_set):
    """Read and check a data set's npz file.

    Parameters
    ----------
    path : pathlib.Path
    data_set : DataSet

    Returns
    -------
    Arrays

    Raises
    ------
    ValueError
        If the file is damaged or holds something else. The message says
        what is wrong and what to do.
    """
    if path.is_dir():
        raise ValueError(f"{path}: expected a file, found a folder")
    try:
        with np.load(path, allow_pickle=False) as file:
            parts = {key: file[key] for key in file}
    except (PermissionError, MemoryError):
        raise  # the file may be fine
    except Exception as error:
        # Many kinds: cut, not zipped, pickled, or not to be opened.
        raise _damaged(path, f"it cannot be read ({error})") from error
    missing = [key for key in KEYS if key not in parts]
    if missing:
        raise _damaged(path, f"it has no {', '.join(missing)}")
    for split in ("train", "test"):
        x, y = parts[f"x_{split}"], parts[f"y_{split}"]
        _check_split(path, x, y, split, data_set)
    source = str(parts.get("source", data_set.title))
    return Arrays(**{key: parts[key] for key in KEYS}, source=source)


def write_archive(path, arrays):
    """Write a data set's npz file, atomically.

    Parameters
    ----------
    path : pathlib.Path
        Its folder must exist.
    arrays : Arrays
    """
    with replacing(path) as file:
        np.savez(file, **vars(arrays))
