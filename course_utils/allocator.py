"""Freed memory stays with a training run, where the C library is glibc.

A training step frees its activations and asks for as much again in the
next. By default glibc hands large blocks back to the system each time, and
the system fills them with zeros when they return: measured with LeNet on a
CPU, that is up to a third of a step. The results do not depend on it.
After the run it goes back, since the next net has blocks of other sizes.
"""

import contextlib
import ctypes
import functools
import platform

# Numbers of glibc's malloc.h, and the largest threshold that it takes.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGEST_BLOCK, KEPT = 32 * 2**20, 2**30  # bytes


@functools.cache
def keep_freed_memory():
    """Keep up to a gigabyte of freed memory for the next allocation.

    Returns
    -------
    bool
        Whether the C library could be told; it is told once.
    """
    try:
        library = platform.libc_ver()[0]
    except OSError:  # it opens Python's own file, which Windows may forbid
        return False
    if library != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(
        mallopt(M_MMAP_THRESHOLD, LARGEST_BLOCK)
        and mallopt(M_TRIM_THRESHOLD, KEPT)
    )


@contextlib.contextmanager
def freed_memory_kept(device):
    """Keep freed memory within the block, and hand it back at its end.

    Parameters
    ----------
    device : torch.device
        On any but a CPU this does nothing.
    """
    kept = device.type == "cpu" and keep_freed_memory()
    try:
        yield
    finally:
        if kept:
            ctypes.CDLL(None).malloc_trim(0)
