"""A student's function, as the tests see it: it runs in another process.

The tests run in a kernel in which no cell of the student is ever run. What
the function does to its own process, or to the modules there, does not reach
them, and a function that never ends, or takes all memory, costs its own
exercise only.
"""

import atexit
import io
import multiprocessing
import os
import pickle
import signal
import tempfile
import threading

import nbformat
import torch

from .needed import needed_cells
from .worker import work

ANSWER = 64 * 2**20  # bytes, of one answer

# Each function's process is a copy of one that has made the imports, which
# take seconds, and nothing else.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["grading.worker"])
_running = []


def cells_of(path, name):
    """Return the sources of a notebook's cells that a function needs.

    Only these are run, so that a cell of another exercise cannot do harm.
    """
    notebook = nbformat.read(path, as_version=4)
    sources = [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "code"
        and not cell.metadata.get("nbgrader", {}).get("locked")
    ]
    return [sources[i] for i in needed_cells(sources, [name])]


class Submitted:
    """A function that runs elsewhere; called as the function is.

    Parameters
    ----------
    name : str
        Of the function.
    sources : list of str
        The cells that define it.
    seconds : float, optional
        Until its process is ended.
    memory : float, optional
        In MiB, beside what the imports take.
    """

    def __init__(self, name, sources, seconds=60, memory=2048):
        self.seconds, self.timed_out = seconds, False
        self.folder = tempfile.TemporaryDirectory()
        self.connection, theirs = _context.Pipe()
        self.process = _context.Process(
            target=work,
            args=(theirs, self.folder.name, name, sources, seconds, memory),
        )
        self.process.start()
        theirs.close()
        self.timer = threading.Timer(seconds, self._time_out)
        self.timer.daemon = True
        self.timer.start()

    def __call__(self, *args, **kwargs):
        try:
            self.connection.send_bytes(pickle.dumps((args, kwargs)))
            data = self.connection.recv_bytes(ANSWER)
        except (EOFError, OSError) as error:
            raise self._ended() from error
        # Never unpickled: this is from the student's process.
        reply = torch.load(io.BytesIO(data), weights_only=True)
        if "error" in reply:
            name, text = reply["error"]
            known = NotImplementedError if name == "stub" else Exception
            raise type(str(name), (known,), {})(str(text)[:500])
        return reply["answer"]

    def _ended(self):
        self.close()
        if self.timed_out:
            return TimeoutError(f"no answer within {self.seconds} seconds")
        return ChildProcessError("the code ended its own process")

    def _time_out(self):
        self.timed_out = True
        self._kill()

    def _kill(self):
        for end in (os.kill, os.killpg):  # it may lead a group, or not yet
            try:
                end(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def close(self):
        """End the function's process, and those that it started."""
        self.timer.cancel()
        self._kill()
        self.process.join()
        self.connection.close()
        self.folder.cleanup()


def submitted(name, notebook):
    """Return the function of that name in a submitted notebook.

    Parameters
    ----------
    name : str
    notebook : str
        Its file name, in the present folder.

    Notes
    -----
    nbgrader_config.py sets the limits. The function before this one ends.

    Returns
    -------
    Submitted
    """
    while _running:
        _running.pop().close()
    function = Submitted(
        name,
        cells_of(notebook, name),
        seconds=float(os.environ["GRADING_SECONDS"]),
        memory=float(os.environ["GRADING_MEMORY"]),
    )
    _running.append(function)
    atexit.register(function.close)
    return function
