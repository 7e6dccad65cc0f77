"""Call a learner's code so that it can neither hang nor spoil the kernel.

A check runs code that is not finished: it may loop forever, exit, print
without end, ask for all memory or assign to torch's own functions. Here it
is stopped, and what it changed is set back. This is no protection against
malice: code that wants to can still end the process.
"""

import contextlib
import ctypes
import io
import os
import signal
import sys
import threading

import torch

from .shared_names import set_back, snapshot

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore

AGAIN = 0.1  # seconds, where code caught the first interrupt
CHARACTERS = 2000  # printed by one call


class OutOfTime(BaseException):
    """The time is up; no ``except Exception`` catches it."""


class Shortened(io.TextIOBase):
    """A text file that passes on the first characters only."""

    def __init__(self, file):
        self.file, self.left = file, CHARACTERS

    def write(self, text):
        """Write what still fits."""
        if self.left > 0:
            self.file.write(text[: self.left])
            self.left -= len(text)
            if self.left <= 0:
                self.file.write("\n... (the check shows no more of this)\n")
        return len(text)

    def flush(self):
        """Flush the file itself."""
        self.file.flush()


def _cleans_up(frame):
    """Tell whether a thread is in this file's own code.

    An interrupt there would leave the timer running for ever; the next one
    comes soon.
    """
    if frame and frame.f_code.co_filename == contextlib.__file__:
        return True
    while frame and frame.f_code.co_filename != __file__:
        frame = frame.f_back
    return frame is not None


@contextlib.contextmanager
def _alarm(seconds):
    """Raise OutOfTime in the main thread, again and again."""

    def interrupt(number, frame):
        if not _cleans_up(frame):
            raise OutOfTime

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)


@contextlib.contextmanager
def _watcher(seconds):
    """Do so in any thread, and on Windows; a sleep is not cut short."""
    ident, done = threading.get_ident(), threading.Event()
    thread = ctypes.c_ulong(ident)
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def watch():
        wait = seconds
        while not done.wait(wait):
            if not _cleans_up(sys._current_frames().get(ident)):
                raise_in(thread, ctypes.py_object(OutOfTime))
            wait = AGAIN

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        # One interrupt at most is still on its way. It arrives here, or the
        # one sent here takes its place: if it were taken back, Python 3.11
        # would go on looking for it, and with a debugger stand still.
        try:
            done.set()
            watching.join()
            raise_in(thread, ctypes.py_object(OutOfTime))
        except OutOfTime:
            done.set()
            watching.join()


def _time_limit(seconds):
    is_main = threading.current_thread() is threading.main_thread()
    use_alarm = is_main and hasattr(signal, "setitimer")
    return (_alarm if use_alarm else _watcher)(max(seconds, AGAIN))


@contextlib.contextmanager
def _memory_limit():
    """Let the process grow by half of the computer's memory, on Linux.

    Not beside a GPU, whose driver asks for more addresses than that.
    """
    statm = "/proc/self/statm"
    if not resource or not os.path.exists(statm) or torch.cuda.is_available():
        yield
        return
    with open(statm, encoding="ascii") as file:
        used = int(file.read().split()[0])
    pages = used + os.sysconf("SC_PHYS_PAGES") // 2
    before = resource.getrlimit(resource.RLIMIT_AS)
    limits = [n for n in before if n != resource.RLIM_INFINITY]
    limit = min(pages * os.sysconf("SC_PAGE_SIZE"), *limits, 2**62)
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@contextlib.contextmanager
def _settings():
    """Set back what code can set for the whole process."""
    limit, grad = sys.getrecursionlimit(), torch.is_grad_enabled()
    dtype, folder = torch.get_default_dtype(), os.getcwd()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        torch.set_grad_enabled(grad)
        torch.set_default_dtype(dtype)
        os.chdir(folder)


def _for_children_only(leave):
    """Make a way to end a process that only a forked one can go."""
    process = os.getpid()

    def leave_if_child(*args):
        if os.getpid() != process:
            leave(*args)
        raise SystemExit("the code tried to end Python")

    return leave_if_child


@contextlib.contextmanager
def fence(seconds):
    """Run the code inside with limits of time, memory and printing.

    Parameters
    ----------
    seconds : float

    Yields
    ------
    list of str
        At the end, what the code assigned to in shared modules.

    Raises
    ------
    OutOfTime
        When the seconds are over.
    """
    saved = snapshot()
    ways_out = os._exit, os.abort
    changed: list[str] = []
    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(_settings())
            for redirect, file in (
                (contextlib.redirect_stdout, sys.stdout),
                (contextlib.redirect_stderr, sys.stderr),
            ):
                stack.enter_context(redirect(Shortened(file)))
            os._exit, os.abort = map(_for_children_only, ways_out)
            stack.enter_context(_memory_limit())
            stack.enter_context(_time_limit(seconds))
            yield changed
    finally:
        os._exit, os.abort = ways_out
        changed += set_back(saved)
