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

from .needed import digest, is_quiet, needed_cells
from .worker import work

ANSWER = 64 * 2**20  # bytes, of one answer
PATIENCE = 1 / 4  # of the time, for a cell that may not be needed

# Each function's process is a copy of one that has made the imports, which
# take seconds, and nothing else.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["grading.worker"])
_running = []


def ways(path, name):
    """Return the lists of cells to try, the surest to end in time first.

    The cells that bind what a function uses are enough almost always, and a
    cell of another exercise, which may train for minutes or never end, cannot
    do harm. Where the student's own do more than define functions, everything
    is run as well, as in Jupyter.
    """
    sources, given = [], set()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        if not cell.metadata.get("nbgrader", {}).get("locked"):
            sources.append(cell.source)
            if cell.metadata.get("given") == digest(cell.source):
                given.add(cell.source)
    needed = needed_cells(sources, [name])
    found = [[sources[i] for i in needed]]
    others = [s for i, s in enumerate(sources) if i not in needed]
    if not needed or not all(s in given or is_quiet(s) for s in others):
        found.append(sources)
    return found


class Submitted:
    """A function that runs elsewhere; called as the function is.

    ``sources`` are the cells that define it. Each may take ``patience``
    seconds, where that is not 0, and the process ``seconds``, and
    ``memory`` in MiB beside what the imports take. A ``judge``, that of an
    exercise, is applied to each answer there.
    """

    def __init__(
        self, name, sources, patience=0, seconds=60, memory=2048, judge=None
    ):
        self.seconds, self.timed_out = seconds, False
        if judge:
            self.judge = judge
        self.folder = tempfile.TemporaryDirectory()
        self.connection, theirs = _context.Pipe()
        limits = (patience, seconds, memory)
        self.process = _context.Process(
            target=work,
            args=(theirs, self.folder.name, name, sources, judge, *limits),
        )
        self.process.start()
        theirs.close()
        self.timer = threading.Timer(seconds, self._time_out)
        self.timer.daemon = True
        self.timer.start()
        atexit.register(self.close)

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


def judge_there(check):
    """Return the check's judge, if it needs the objects of the cases."""
    values = [v for case in check.cases for v in case.values()]
    return check.judge if any(map(callable, values)) else None


def submitted(name, notebook, check):
    """Return the function of that name in a submitted notebook.

    nbgrader_config.py sets the limits. The function before this one ends.
    Of the `ways` to define it, the first that passes the check counts. After
    one that takes too long, no other is tried.
    """
    seconds = float(os.environ["GRADING_SECONDS"])
    memory = float(os.environ["GRADING_MEMORY"])
    found = ways(notebook, name)

    def start(number):
        while _running:
            _running.pop().close()
        patience = PATIENCE * seconds if number else 0
        options = (patience, seconds, memory, judge_there(check))
        function = Submitted(name, found[number], *options)
        _running.append(function)
        return function

    for number in range(len(found)) if len(found) > 1 else ():
        function = start(number)
        if check(function).passed:
            return start(number)
        if function.timed_out:
            break
    return start(0)
