"""The process in which a student's function runs; see submitted.py.

It answers one call after the other, with what can be read without trust.
"""

import copy
import io
import os
import pickle
import resource
import sys

import numpy as np
import torch

from course_utils.check.engine import agree

from .needed import plain_python


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


def define(name, sources):
    """Run the cells as a notebook does: after an error, the next one."""
    namespace, failure = {"__name__": "__main__"}, None
    for source in sources:
        try:
            exec(compile(plain_python(source), "cell", "exec"), namespace)  # noqa: S102
        except Exception as error:
            failure = error
    if callable(namespace.get(name)):
        return namespace[name]
    raise failure or NameError(f"no cell defines {name}")


def plain(value):
    """Return a value as the tensors, numbers and lists that can be sent."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    if value is None or type(value) in (bool, int, float, complex, str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    return torch.as_tensor(value).detach().cpu()


def answer(function, args, kwargs):
    """Call the function; return its answer, or what went wrong."""
    before = copy.deepcopy((args, kwargs))
    try:
        value = plain(function(*args, **kwargs))
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


def stand_alone(folder):
    """Leave the group of processes, the folder and the terminal."""
    os.setsid()
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def work(connection, folder, name, sources, seconds, memory):
    """Define the function, then answer calls until the tests are over."""
    stand_alone(folder)
    torch.set_num_threads(1)
    limit(seconds, memory)
    try:
        function = define(name, sources)
    except Exception as error:
        failure = error

        def function(*args, **kwargs):
            raise failure

    while True:
        args, kwargs = pickle.loads(connection.recv_bytes())  # noqa: S301
        reply = io.BytesIO()
        torch.save(answer(function, args, kwargs), reply)
        connection.send_bytes(reply.getvalue())
