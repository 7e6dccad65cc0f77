"""Write a file whole or not at all."""

import contextlib
import os


@contextlib.contextmanager
def replacing(path):
    """Open a file beside ``path`` for writing; it takes its place at the end.

    A crash leaves the old file or the new one, never half of one. What a
    killed process leaves beside it, the next one overwrites.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
