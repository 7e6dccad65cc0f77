"""Find a data set: a file, else a download, else the stand-in."""

import contextlib
import os
import tempfile
import warnings
from functools import lru_cache
from pathlib import Path

import filelock
import platformdirs

from ..arguments import describe, require_flag
from ..fast import TEST_IMAGES, TRAIN_IMAGES, fast_mode
from . import standin
from .archive import Arrays, read_archive, write_archive
from .catalog import DATA_SETS
from .download import NoMirror, NoRoom, Offline, download, find_mirrors

# What this process loaded, for the provenance of a notebook.
_in_use: dict[str, str] = {}

# A dead network is waited for once a process, not once a data set, and a
# data set that no mirror has is asked for once.
_offline = ""
_failed: dict[str, str] = {}


def data_folder(root=None):
    """Return the folder of the npz files.

    Parameters
    ----------
    root : str or pathlib.Path, optional
        By default ``$COURSE_DATA``, else a cache folder of this user, or
        of this computer for a user without a home.

    Returns
    -------
    pathlib.Path
        It may not exist yet.

    Raises
    ------
    TypeError, NotADirectoryError
        If it is no path, or the path of a file.
    ValueError
        If it begins with the home of a user who has none.
    """
    if root is not None and not isinstance(root, (str, os.PathLike)):
        raise TypeError(f"root: expected a path, got {describe(root)}")
    origin = "root" if root else "COURSE_DATA"
    chosen = root or os.environ.get("COURSE_DATA")
    try:
        folder = chosen or platformdirs.user_cache_dir("course_utils")
        folder = Path(folder).expanduser()
    except RuntimeError as error:
        if chosen:
            raise ValueError(
                f"{origin}: expected a folder that can be found, got "
                f"{chosen}, but this user has no home folder"
            ) from error
        folder = Path(tempfile.gettempdir(), "course_utils")
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(
            f"{origin}: expected a folder, got the file {folder}"
        )
    return folder


def get_data_set(name):
    """Return the :class:`DataSet` of that name."""
    if not isinstance(name, str) or name not in DATA_SETS:
        raise ValueError(
            f"name: expected one of {', '.join(DATA_SETS)}, "
            f"got {describe(name)}"
        )
    return DATA_SETS[name]


def _locked(path):
    """Keep other processes out, where the folder can be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(f"{path}.lock").acquire()
    except (OSError, NotImplementedError):  # some file systems have no locks
        return contextlib.nullcontext()


def _download_and_keep(data_set, path):
    """Download a data set and keep it under ``path`` if that can be."""
    # Before the lock: processes that wait for it would each wait for a dead
    # network in turn.
    mirrors = find_mirrors(data_set)
    with _locked(path):
        # Another process may have brought it while this one waited.
        if path.exists():
            return read_archive(path, data_set)
        arrays = download(data_set, mirrors)
        try:
            write_archive(path, arrays)
        except OSError as error:
            warnings.warn(
                f"{data_set.title} was downloaded but cannot be kept in "
                f"{path.parent} ({error.strerror}). Set COURSE_DATA to a "
                "folder that can be written.",
                stacklevel=2,
            )
        return arrays


def _stand_in(data_set, fast):
    sizes = (TRAIN_IMAGES, TEST_IMAGES) if fast else (None, None)
    x_train, y_train = standin.draw(data_set.name, "train", sizes[0])
    x_test, y_test = standin.draw(data_set.name, "test", sizes[1])
    source = f"stand-in pictures drawn by the course, not {data_set.title}"
    return Arrays(x_train, y_train, x_test, y_test, source)


def sources_in_use():
    """Return the sources of all data loaded by this process so far."""
    return list(_in_use.values())


def load_arrays(name, root=None, *, allow_stand_in=True):
    """Load a data set from where it is, or from where it can be had.

    In this order: ``<folder>/<name>.npz``; a download, kept as that file;
    pictures that the course draws itself. In fast mode nothing is
    downloaded.

    Parameters
    ----------
    name : {"fashion_mnist", "cifar10"}
    root : str or pathlib.Path, optional
        The folder; see :func:`data_folder`.
    allow_stand_in : bool
        Whether drawn pictures will do.

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
    data_set = get_data_set(name)
    require_flag("allow_stand_in", allow_stand_in)
    arrays = _find_arrays(data_set, root, allow_stand_in)
    _in_use[name] = arrays.source
    return arrays


def _find_arrays(data_set, root, allow_stand_in):
    global _offline
    path = data_folder(root) / f"{data_set.name}.npz"
    if path.exists():
        return _read_cached(path, path.stat().st_mtime_ns, data_set)
    failure = _offline or _failed.get(data_set.name)
    if not fast_mode() and not failure:
        try:
            return _download_and_keep(data_set, path)
        except Offline as error:
            failure = f"no server answered: {error}"
            _offline = f"no server answered for {data_set.title} either"
        except NoRoom as error:  # asked again: room can be made
            failure = str(error)
        except NoMirror as error:
            failure = _failed[data_set.name] = str(error)
    reason = "fast mode downloads nothing"
    if not fast_mode():
        reason = f"it could not be downloaded ({failure})"
    message = (
        f"{data_set.title} is not in {path.parent}, and {reason}. "
        f"Copy {path.name} there, or set COURSE_DATA to the folder that "
        "has it."
    )
    if not allow_stand_in:
        raise ConnectionError(message)
    if not fast_mode():
        warnings.warn(
            f"{message} Going on with stand-in pictures.", stacklevel=2
        )
    return _draw_cached(data_set, fast_mode())


# One data set is loaded several times in a lesson; the arrays stay.
@lru_cache(maxsize=2)
def _read_cached(path, modified, data_set):
    return read_archive(path, data_set)


@lru_cache(maxsize=2)
def _draw_cached(data_set, fast):
    return _stand_in(data_set, fast)
