"""Try a learner's function on many cases, and name the known mistake."""

import copy
import inspect
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from ..arguments import describe, plain
from .fence import OutOfTime, fence

TOLERANCE = 1e-4
SECONDS = 20  # for all that a check runs of the learner's code


@dataclass(frozen=True)
class Mistake:
    """A wrong solution that learners write, and what to tell them.

    Attributes
    ----------
    solution : callable
        The wrong function, with the exercise's signature.
    hint : str
        One sentence.
    """

    solution: Callable
    hint: str


class Result:
    """What a check found; shows as one line in a notebook.

    Attributes
    ----------
    passed : bool
    line : str
    """

    def __init__(self, passed, line):
        self.passed, self.line = passed, line

    def __bool__(self):
        return self.passed

    def __repr__(self):
        return self.line


def agree(a, b):
    """Tell whether two answers are equal up to rounding.

    Tensors, arrays, numbers, nets, and tuples, lists or dicts of them.
    Shapes must be equal: no broadcasting.
    """
    if isinstance(a, torch.nn.Module) and isinstance(b, torch.nn.Module):
        a, b = a.state_dict(), b.state_dict()
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(agree(a[k], b[k]) for k in a)
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(map(agree, a, b))
    try:
        a, b = (
            torch.as_tensor(plain(v)).detach().cpu().double() for v in (a, b)
        )
    except (TypeError, ValueError, RuntimeError):
        return a == b
    return a.shape == b.shape and torch.allclose(
        a, b, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True
    )


def show(value):
    """Write a value in few words, for one line of text."""
    value = plain(value)
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        is_float = value.is_floating_point()  # numpy has no bfloat16
        value = (value.double() if is_float else value).numpy()
    if isinstance(value, np.ndarray):
        text = f"shape {value.shape}"
        if value.size <= 9:
            is_float = value.dtype.kind == "f"
            value = np.round(value, 2) if is_float else value
            text += f" {value.tolist()}"
        return text
    if isinstance(value, (tuple, list)):
        return f"({', '.join(show(v) for v in value[:4])})"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value) if isinstance(value, int) else describe(value)


@dataclass
class Outcome:
    """What a call did: its answer or an error, in words, and whether right.

    Attributes
    ----------
    answer : object
    error : str
        Empty if there is an answer.
    shown : str
        The answer in few words.
    right : bool
        Whether it is the answer that was expected.
    """

    answer: object = None
    error: str = ""
    shown: str = ""
    right: bool = False


def _explain(error):
    """Say what an exception means to the one who wrote the code."""
    if isinstance(error, OutOfTime):
        return "takes too long; does a loop never end?"
    if isinstance(error, NotImplementedError):
        return "is still a stub: write its body, then check again"
    try:
        text = " ".join(str(error).split())[:200]
    except Exception:
        text = "(its message cannot be shown)"
    return f"raised {type(error).__name__}: {text}"


def call(function, arguments):
    """Call a function by its parameters' names, or by their order.

    A learner may give the parameters other names.
    """
    try:
        inspect.signature(function).bind(**arguments)
    except TypeError:
        return function(*arguments.values())
    except ValueError:
        pass  # it has no signature that can be read
    return function(**arguments)


def _run(function, case, expected, deadline):
    """Call a function with its own copy of a case, and judge the answer.

    What the function returns is as untrusted as the function: comparing
    and showing it stays within the limits, too.
    """
    arguments = copy.deepcopy(case)
    outcome, changed = Outcome(), []
    try:
        with fence(deadline - time.monotonic()) as changed:
            answer = outcome.answer = call(function, arguments)
            if not all(agree(arguments[k], case[k]) for k in case):
                outcome.error = "changed its inputs; work on copies instead"
            outcome.right = bool(agree(answer, expected))
            outcome.shown = show(answer)
    except KeyboardInterrupt:
        raise  # the reader's own
    except BaseException as error:
        outcome = Outcome(error=_explain(error))
    if changed:
        outcome.error = (
            f"assigned to {', '.join(changed[:3])}, which all other code "
            "uses; give your own variable another name"
        )
    return outcome


def run_check(name, candidate, reference, cases, mistakes=()):
    """Compare a learner's function with the reference.

    Parameters
    ----------
    name : str
        Of the exercise.
    candidate : callable
        The learner's function.
    reference : callable
        The right one.
    cases : sequence of dict
        Arguments by name, from the smallest case to the largest.
    mistakes : sequence of Mistake

    Returns
    -------
    Result
        Passed, or the smallest failing case, with a hint where the
        candidate answers as a known mistake does.
    """
    if not callable(candidate):
        return Result(
            False,
            f"{name}: expected a function, got {describe(candidate)}. "
            f"Pass it without parentheses: check.{name}({name})",
        )
    state = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        return _compare(name, candidate, reference, cases, mistakes)
    finally:
        random.setstate(state[0])
        np.random.set_state(state[1])
        torch.set_rng_state(state[2])


def _compare(name, candidate, reference, cases, mistakes):
    # A function that runs elsewhere, for grading, brings a limit of its own.
    deadline = time.monotonic() + getattr(candidate, "seconds", SECONDS)
    for number, case in enumerate(cases):
        expected = reference(**copy.deepcopy(case))
        outcome = _run(candidate, case, expected, deadline)
        if outcome.right and not outcome.error:
            continue
        given = ", ".join(f"{k}: {show(v)}" for k, v in case.items())
        if outcome.error:
            line = f"{name}: {outcome.error}. (Called with {given}.)"
            return Result(False, line)
        line = (
            f"{name}: not yet, case {number + 1} of {len(cases)}. For "
            f"{given} expected {show(expected)}, got {outcome.shown}."
        )
        hint = _find_hint(candidate, cases[number:], mistakes, deadline)
        return Result(False, f"{line} Hint: {hint}" if hint else line)
    return Result(True, f"{name}: passed, {len(cases)} cases.")


def _find_hint(candidate, cases, mistakes, deadline):
    """Return the hint of the mistake that answers as the candidate does."""
    for mistake in mistakes:
        same = all(
            _same(candidate, mistake.solution, case, deadline)
            for case in cases
        )
        if time.monotonic() > deadline:
            return None  # what was cut short is not the same
        if same:
            return mistake.hint
    return None


def _same(candidate, mistake, case, deadline):
    wrong = _run(mistake, case, None, deadline)
    mine = _run(candidate, case, wrong.answer, deadline)
    if mine.error or wrong.error:
        return bool(mine.error) and bool(wrong.error)
    return mine.right
