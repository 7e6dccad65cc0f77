"""Checks that are given hostile code: one line soon, and a usable kernel."""

import builtins
import inspect
import math
import os
import pickle
import signal
import sys
import threading
import time

import numpy as np
import pytest
import torch
from examples import run_python

from course_utils import check
from course_utils.check import engine, fence, shared_names

SECONDS = 1  # instead of 10, so that the tests are short


@pytest.fixture(autouse=True)
def short_time(monkeypatch):
    monkeypatch.setattr(engine, "SECONDS", SECONDS)


def loop(n, k, p, s):
    while True:
        pass


def loop_that_catches_all(n, k, p, s):
    while True:
        try:
            math.sqrt(2)
        except:  # noqa: E722
            pass


def sleep(n, k, p, s):
    time.sleep(1000)


def loop_in_torch(n, k, p, s):
    X = torch.ones(50, 50)
    while True:
        X = X @ X


def loop_in_the_answer(n, k, p, s):
    class Answer:
        def __eq__(self, other):
            return loop(n, k, p, s)

    return Answer()


def endless_print(n, k, p, s):
    while True:
        print("again")


def leave(n, k, p, s):
    sys.exit(3)


def leave_by_quit(n, k, p, s):
    raise SystemExit


def end_the_process(n, k, p, s):
    os._exit(3)


def abort_the_process(n, k, p, s):
    os.abort()


def giant_print(n, k, p, s):
    print("x" * 10**7)
    return -1


def recurse(n, k, p, s):
    return recurse(n, k, p, s)


def recurse_deeper(n, k, p, s):
    sys.setrecursionlimit(3000)
    return recurse(n, k, p, s)


def take_all_memory(n, k, p, s):
    return bytearray(10**15)


def take_all_memory_slowly(n, k, p, s):
    parts = []
    while True:
        parts.append(torch.empty(2**30))  # 4 GiB that nobody touches


def take_all_memory_in_torch(n, k, p, s):
    return torch.ones(10**14)


class Hostile:
    """An answer that cannot be compared, shown or converted."""

    def refuse(self, *args):
        raise RuntimeError("line one\nline two")

    __eq__ = __repr__ = __len__ = __bool__ = __float__ = __array__ = refuse
    __hash__ = None


def hostile_answer(n, k, p, s):
    return Hostile()


def answer_in_itself(n, k, p, s):
    answer = []
    answer.append(answer)
    return answer


def giant_answer(n, k, p, s):
    return [0] * 10**6


def its_own_error(n, k, p, s):
    class Error(BaseException):
        def __str__(self):
            raise ValueError

    raise Error


def patch_allclose(n, k, p, s):
    torch.allclose = lambda *a, **k: True
    return -1


def patch_relu(n, k, p, s):
    torch.nn.functional.relu = lambda X: X
    return (n + 2 * p - k) % s


def patch_a_layer(n, k, p, s):
    torch.nn.Conv2d.forward = lambda self, X: X
    torch.nn.Conv2d.new_name = 1
    return (n + 2 * p - k) % s


def patch_builtins(n, k, p, s):
    builtins.len = lambda value: 0
    return 0


def delete_a_function(n, k, p, s):
    del torch.relu
    return 0


def set_defaults(n, k, p, s):
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    np.random.seed(0), torch.manual_seed(0)
    sys.setrecursionlimit(100_000)
    os.chdir("/")
    return -1


HOSTILE = {
    loop: "takes too long",
    loop_that_catches_all: "takes too long",
    sleep: "takes too long",
    loop_in_torch: "takes too long",
    loop_in_the_answer: "takes too long",
    endless_print: "takes too long",
    leave: "raised SystemExit: 3",
    leave_by_quit: "raised SystemExit",
    end_the_process: "tried to end Python",
    abort_the_process: "tried to end Python",
    giant_print: "not yet",
    recurse: "raised RecursionError",
    recurse_deeper: "raised RecursionError",
    take_all_memory: "raised MemoryError",
    take_all_memory_slowly: "raised RuntimeError",
    take_all_memory_in_torch: "raised RuntimeError",
    hostile_answer: "raised RuntimeError: line one line two",
    answer_in_itself: "raised RecursionError",
    giant_answer: "not yet",
    its_own_error: "raised Error: (its message cannot be shown)",
    patch_allclose: "assigned to torch.allclose",
    patch_relu: "assigned to torch.nn.functional.relu",
    patch_a_layer: "assigned to Conv2d.forward",
    patch_builtins: "assigned to builtins.len",
    delete_a_function: "assigned to torch.relu",
    set_defaults: "not yet",
}


def right(n, k, p, s):
    return (n + 2 * p - k) % s


def state():
    """Return what the code could have changed for all that comes after."""
    draw = torch.rand(1).item(), np.random.rand()
    return (
        *draw,
        [vars(owner).copy() for owner in shared_names.SHARED],
        sys.getrecursionlimit(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        os.getcwd(),
        sys.stdout,
        fence.resource and fence.resource.getrlimit(fence.resource.RLIMIT_AS),
    )


def seeded_state():
    torch.manual_seed(1), np.random.seed(1)
    return state()


@pytest.mark.parametrize("candidate", HOSTILE, ids=lambda f: f.__name__)
def test_answer_and_usable_kernel(candidate, capsys):
    if candidate is take_all_memory_slowly and sys.platform != "linux":
        pytest.skip("only Linux limits what a process may reserve")
    before, threads = seeded_state(), set(threading.enumerate())
    torch.manual_seed(1), np.random.seed(1)
    result = check.unused_cells(candidate)
    assert state() == before
    assert set(threading.enumerate()) <= threads
    assert not result and HOSTILE[candidate] in result.line, result.line
    assert "\n" not in result.line and len(result.line) < 500
    printed = capsys.readouterr().out
    assert len(printed) < 12 * fence.CHARACTERS
    assert check.unused_cells(right)


@pytest.mark.parametrize("name", ["loop", "loop_that_catches_all", "leave"])
def test_in_another_thread(name):
    """As on Windows: without the signal of a timer."""
    results = []

    def run():
        results.append(check.unused_cells(globals()[name]))
        results.append(check.unused_cells(right))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert not results[0] and HOSTILE[globals()[name]] in results[0].line
    assert results[1]


@pytest.mark.parametrize("in_thread", [False, True])
def test_nothing_is_left_running(in_thread, monkeypatch):
    """Interrupts that come all the time, also while it cleans up."""
    monkeypatch.setattr(fence, "AGAIN", 1e-4)
    monkeypatch.setattr(engine, "SECONDS", 0)
    lines = []

    def run():
        for _ in range(40):
            lines.append(check.unused_cells(loop).line)

    if in_thread:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    else:
        run()
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
    assert len(lines) == 40 and all("takes too long" in x for x in lines)
    time.sleep(0.05)  # one on its way would come here


# Python 3.11 stands still in a traced function while it looks for an
# interrupt that was taken back.
TRACED = """
import sys, threading
from course_utils import check

def run():
    print(check.unused_cells(lambda n, k, p, s: 0).line)

thread = threading.Thread(target=run)
thread.start()
thread.join()
sys.settrace(lambda frame, event, argument: None)
(lambda: None)()
sys.settrace(None)
print("goes on")
"""


def test_a_debugger_goes_on_after_a_check():
    printed = run_python(TRACED, timeout=60)
    assert "expected 1, got 0" in printed
    assert printed.endswith("goes on\n")


def test_interrupt_is_the_readers_own():
    """Ctrl-C ends the check, and is no mistake of the code."""

    def candidate(n, k, p, s):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check.unused_cells(candidate)


def test_a_hint_needs_time():
    """Code that is cut short is not like a mistake that is cut short."""
    calls = []

    def slow(n):
        calls.append(n)
        if len(calls) > 1:
            time.sleep(1000)
        return -1

    result = engine.run_check(
        "slow",
        slow,
        lambda n: n,
        [{"n": 1}, {"n": 2}],
        [engine.Mistake(lambda n: time.sleep(1000), "another mistake")],
    )
    assert "not yet" in result.line and "Hint" not in result.line


def test_pickling_is_no_assignment(monkeypatch):
    """Python then notes the names of slots in the class itself."""
    if "__slotnames__" in vars(torch.Tensor):
        del torch.Tensor.__slotnames__

    def candidate(n, k, p, s):
        pickle.loads(pickle.dumps(torch.ones(2)))
        return right(n, k, p, s)

    assert check.unused_cells(candidate)


def test_small_prints_are_seen(capsys):
    def candidate(n, k, p, s):
        print("n is", n)
        return right(n, k, p, s)

    assert check.unused_cells(candidate)
    assert "n is 3\n" in capsys.readouterr().out


KERNEL = """
from course_utils import check
from course_utils.check import engine
engine.SECONDS = 1
{source}
result = check.unused_cells({name})
assert not result
print(result)
"""


@pytest.mark.ci
def test_in_a_kernel():
    """The cell ends with one line, and the kernel goes on."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    functions = [loop, loop_that_catches_all, sleep, leave, end_the_process]
    cells = ["import math, os, sys, time"]
    for function in functions:
        source = inspect.getsource(function)
        cells.append(KERNEL.format(source=source, name=function.__name__))
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbclient.NotebookClient(notebook, timeout=60).execute()
    for function, cell in zip(functions, notebook.cells[1:]):
        (output,) = cell.outputs
        assert HOSTILE[function] in output.text


# Runs in a process of its own: a child that does not end would go on with
# the tests.
FORKING = """
import multiprocessing
from course_utils import check

def in_a_child(n, k, p, s):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    context.Process(target=lambda: queue.put((n + 2 * p - k) % s)).start()
    return queue.get(timeout=20)

print(check.unused_cells(in_a_child).line)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes to fork")
def test_a_forked_process_ends():
    """And does not go on with what comes after the check."""
    printed = run_python(FORKING, timeout=60)
    assert printed.count("\n") == 1 and "passed" in printed


def test_what_torch_wraps_is_no_assignment():
    """It wraps manual_seed when an optimizer is made for the first time."""
    code = (
        "import torch; from course_utils import check\n"
        "def right(n, k, p, s):\n"
        "    torch.optim.SGD([torch.zeros(1, requires_grad=True)]).step()\n"
        "    return (n + 2 * p - k) % s\n"
        "print(check.unused_cells(right).line)"
    )
    printed = run_python(code, timeout=60)
    assert "passed" in printed


@pytest.mark.parametrize("value", [torch.ones(2), np.ones(2)])
def test_a_constant_is_set_back_from_an_array(value):
    """Which has no truth value to compare by."""
    leave, pi = os._exit, math.pi

    def candidate(n, k, p, s):
        math.pi = value
        return 0

    try:
        result = check.unused_cells(candidate)
        assert "assigned to math.pi" in result.line
        assert math.pi is pi and os._exit is leave
    finally:
        math.pi = pi
