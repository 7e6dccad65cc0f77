"""Write a file whole or not at all."""

import contextlib
import os
import re
import time

DAY = 24 * 60 * 60


def _remove_leftovers(path):
    """Remove what killed processes left: nobody writes for a day."""
    name = re.compile(rf"{re.escape(path.name)}\.\d+\.tmp")
    limit = time.time() - DAY
    for other in path.parent.iterdir():
        if name.fullmatch(other.name):
            with contextlib.suppress(OSError):  # another may be faster
                if other.stat().st_mtime < limit:
                    other.unlink()


@contextlib.contextmanager
def replacing(path):
    """Open a file beside ``path`` for writing; it takes its place at the end.

    A crash leaves the old file or the new one, never half of one.

    Parameters
    ----------
    path : pathlib.Path
        Its folder must exist.

    Yields
    ------
    io.BufferedWriter
    """
    _remove_leftovers(path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
