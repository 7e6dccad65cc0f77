"""The process in which a student's function runs; see submitted.py.

It answers one call after the other, with what can be read without trust.
"""

import copy
import io
import os
import pickle
import resource
import shutil
import signal
import sys

import numpy as np
import torch
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from course_utils.check.engine import agree, call


def limit(seconds, memory):
    """Limit the time, the memory beside what is in use, and files."""
    # A process that outlives the tests, or that it starts, ends by itself.
    seconds = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # elsewhere the system ignores the limit
        with open("/proc/self/statm") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        most = used + int(memory * 2**20)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


class Notebook(InteractiveShell):
    """IPython without a screen: what only shows something does nothing."""

    def enable_gui(self, gui=None):
        """Open no window."""

    def showtraceback(self, *args, **kwargs):
        """Print no error: `define` returns it."""

    showsyntaxerror = showtraceback

    def run_line_magic(self, magic_name, line, _stack_depth=1):
        """Run a magic; one that is not here costs no other line."""
        try:
            return super().run_line_magic(magic_name, line, _stack_depth + 1)
        except Exception:
            return None


def out_of_time(*_):
    """Interrupt a cell."""
    raise TimeoutError("the cell took too long")


def define(name, sources, patience=0):
    """Run cells as a notebook does: after an error, the next one.

    A cell is interrupted after ``patience`` seconds; 0 is no limit. Returns
    what the name is bound to in the end.
    """
    for kind in (Notebook, InteractiveShell):  # get_ipython() is ours
        kind.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False
    shell, failure = Notebook.instance(config=config), None
    if patience:
        signal.signal(signal.SIGALRM, out_of_time)
    for source in sources:
        signal.setitimer(signal.ITIMER_REAL, patience)
        result = shell.run_cell(source, store_history=True)
        signal.setitimer(signal.ITIMER_REAL, 0)
        failure = result.error_before_exec or result.error_in_exec or failure
    if callable(shell.user_ns.get(name)):
        return shell.user_ns[name]
    raise failure or NotImplementedError(f"No cell defines {name}.")


def plain(value):
    """Return a value as the tensors, numbers and lists that can be sent."""
    if isinstance(value, torch.nn.Module):
        value = value.state_dict()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    if value is None or type(value) in (bool, int, float, complex, str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    return torch.as_tensor(value).detach().cpu()


def answer(function, judge, args, kwargs):
    """Call the function; return its answer, or what went wrong."""
    before = copy.deepcopy((args, kwargs))
    try:
        value = call(function, kwargs) if kwargs else function(*args)
        # Here, where the answer still has the parameters that it was given.
        value = plain(judge(value, **kwargs) if judge else value)
    except NotImplementedError as error:
        return {"error": ("stub", str(error))}
    except Exception as error:
        return {"error": (type(error).__name__, str(error))}
    if not agree(
        [*args, *kwargs.values()], [*before[0], *before[1].values()]
    ):
        text = "it changed its inputs; work on copies instead"
        return {"error": ("InputsChanged", text)}
    return {"answer": value}


def stand_alone(folder, handed_in):
    """Leave the group of processes, the folder and the terminal.

    What was handed in beside the notebook comes along, and can be imported.
    """
    os.setsid()
    notebooks = shutil.ignore_patterns("*.ipynb", ".*")
    shutil.copytree(handed_in, folder, ignore=notebooks, dirs_exist_ok=True)
    os.chdir(folder)
    sys.path.insert(0, "")
    student = os.path.basename(os.path.dirname(handed_in))
    os.environ.update(IPYTHONDIR=f"{folder}/.ipython", PIP_NO_INDEX="1")
    os.environ["JUPYTERHUB_USER"] = student  # whoever was written in
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def work(connection, folder, name, sources, judge, *limits):
    """Define the function, then answer calls until the tests are over."""
    stand_alone(folder, os.getcwd())
    torch.set_num_threads(1)
    patience, seconds, memory = limits
    limit(seconds, memory)
    try:
        function = define(name, sources, patience)
    except Exception as error:
        failure = error

        def function(*args, **kwargs):
            raise failure

    while True:
        args, kwargs = pickle.loads(connection.recv_bytes())  # noqa: S301
        reply = io.BytesIO()
        torch.save(answer(function, judge, args, kwargs), reply)
        connection.send_bytes(reply.getvalue())
