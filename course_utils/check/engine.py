"""Try a learner's function on many cases, and name the known mistake."""

import copy
import random
from dataclasses import dataclass

import numpy as np
import torch

from ..validation import describe

TOLERANCE = 1e-4


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

    solution: callable
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
        a, b = (torch.as_tensor(v).detach().cpu().double() for v in (a, b))
    except (TypeError, ValueError, RuntimeError):
        return a == b
    return a.shape == b.shape and torch.allclose(
        a, b, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True
    )


def show(value):
    """Write a value in few words, for one line of text."""
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


def _run(function, case):
    """Call a function with its own copy of a case; return answer, error."""
    arguments = copy.deepcopy(case)
    try:
        answer = function(**arguments)
    except NotImplementedError:
        return None, "is still a stub: write its body, then check again"
    except Exception as error:
        return None, f"raised {type(error).__name__}: {error}"
    if not all(agree(arguments[k], case[k]) for k in case):
        return None, "changed its inputs; work on copies instead"
    return answer, None


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
    for number, case in enumerate(cases):
        expected = reference(**copy.deepcopy(case))
        answer, error = _run(candidate, case)
        if error is None and agree(answer, expected):
            continue
        given = ", ".join(f"{k}: {show(v)}" for k, v in case.items())
        if error is not None:
            return Result(False, f"{name}: {error}. (Called with {given}.)")
        line = (
            f"{name}: not yet, case {number + 1} of {len(cases)}. For "
            f"{given} expected {show(expected)}, got {show(answer)}."
        )
        hint = _find_hint(candidate, cases[number:], mistakes)
        return Result(False, f"{line} Hint: {hint}" if hint else line)
    return Result(True, f"{name}: passed, {len(cases)} cases.")


def _find_hint(candidate, cases, mistakes):
    """Return the hint of the mistake that answers as the candidate does."""
    for mistake in mistakes:
        if all(_same(candidate, mistake.solution, case) for case in cases):
            return mistake.hint
    return None


def _same(candidate, mistake, case):
    answer, error = _run(candidate, case)
    wrong, wrong_error = _run(mistake, case)
    if error or wrong_error:
        return bool(error) and bool(wrong_error)
    return agree(answer, wrong)
