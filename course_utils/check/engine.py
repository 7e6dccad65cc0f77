"""An exercise: a right function, cases, and the mistakes that learners make.

Its check tries a learner's function on each case, and names the mistake.
"""

import contextlib
import copy
import functools
import inspect
import random

import numpy as np
import torch

from ..arguments import describe, plain

TOLERANCE = 1e-4


class Result:
    """Whether a check passed, and the line that a notebook shows."""

    def __init__(self, passed, line):
        self.passed, self.line = passed, line

    def __bool__(self):
        return self.passed

    def __repr__(self):
        return self.line


class Failed(Exception):
    """What a function did in place of an answer, in words."""


def agree(a, b):
    """Tell whether two answers are equal up to rounding.

    Tensors, arrays, numbers, texts, nets, and tuples, lists or dicts of
    them. Shapes must be equal: no broadcasting.
    """
    modules = torch.nn.Module
    a, b = (v.state_dict() if isinstance(v, modules) else v for v in (a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(agree(a[k], b[k]) for k in a)
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(map(agree, a, b))
    try:
        a, b = (
            torch.as_tensor(plain(v)).detach().cpu().double() for v in (a, b)
        )
    except (TypeError, ValueError, RuntimeError):  # no numbers
        return a is b or (isinstance(a, str) and a == b)
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
        return f"({', '.join(map(show, value[:4]))})"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value) if isinstance(value, int) else describe(value)


def written(case):
    """Write a case's arguments with their names."""
    return ", ".join(f"{name}: {show(v)}" for name, v in case.items())


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


@contextlib.contextmanager
def same_random_states(seed=None):
    """Set the random number generators back to where they were.

    A seed is for torch on the CPU, until then.
    """
    python, numpy = random.getstate(), np.random.get_state()
    has_gpu = torch.cuda.is_initialized()
    gpus = range(torch.cuda.device_count()) if has_gpu else ()
    with torch.random.fork_rng(devices=gpus):
        if seed is not None:
            torch.default_generator.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)


class Exercise:
    """The check of an exercise, and what it knows.

    Parameters
    ----------
    right : callable
        Solves the exercise; has its name and says what it asks for.
    cases : iterable of tuple
        Arguments in the order of ``right``, from small to large. A
        generator may draw them at random: each time the same.
    mistakes : dict of str to callable or dict
        The wrong functions that learners write, by the hint for each. A
        dict has options of ``right`` that make it wrong.
    judge : callable, optional
        ``judge(answer, **case)`` is compared in place of the answer, where
        many answers are right; it gets the objects that the function got.
        A function that has a ``judge`` has applied it where these are.
    """

    def __init__(self, right, cases, mistakes, judge=None):
        names = inspect.signature(right).parameters
        self.name, self.__doc__ = right.__name__, right.__doc__
        self.right, self.judge = right, judge
        self.mistakes = {
            hint: functools.partial(right, **wrong)
            if isinstance(wrong, dict)
            else wrong
            for hint, wrong in mistakes.items()
        }
        with same_random_states(seed=0):
            self.cases = [dict(zip(names, case)) for case in cases]

    def answer(self, function, case):
        """Return a function's answer to a copy of a case, or raise Failed."""
        arguments = copy.deepcopy(case)
        try:
            answer = call(function, arguments)
            if self.judge and not hasattr(function, "judge"):
                answer = self.judge(answer, **arguments)
        except NotImplementedError:
            text = "not done yet. Write its body, then check again."
            raise Failed(text) from None
        except Exception as error:
            text = " ".join(str(error).split())[:200]
            reason = f"raised {type(error).__name__}: {text}."
        else:
            if agree(arguments, case):
                return answer
            reason = "changed its inputs; work on copies instead."
        raise Failed(f"{reason} (Called with {written(case)}.)")

    def __call__(self, candidate):
        """Return the `Result` of trying a learner's function."""
        if not callable(candidate):
            return Result(
                False,
                f"{self.name}: expected a function, got "
                f"{describe(candidate)}. Pass it without parentheses: "
                f"check.{self.name}({self.name})",
            )
        with same_random_states():
            return self._check(candidate)

    def _check(self, candidate):
        for number, case in enumerate(self.cases):
            expected = self.answer(self.right, case)
            try:
                answer = self.answer(candidate, case)
            except Failed as reason:
                return Result(False, f"{self.name}: {reason}")
            if agree(answer, expected):
                continue
            line = (
                f"{self.name}: not yet, case {number + 1} of "
                f"{len(self.cases)}. For {written(case)} expected "
                f"{show(expected)}, got {show(answer)}."
            )
            hint = self._hint(candidate, self.cases[number:])
            return Result(False, f"{line} Hint: {hint}" if hint else line)
        return Result(True, f"{self.name}: passed, {len(self.cases)} cases.")

    def _hint(self, candidate, cases):
        """Return the hint of the mistake that answers as the candidate."""

        def answer(function, case):
            try:
                return self.answer(function, case)
            except Failed:
                return Failed

        mine = [answer(candidate, case) for case in cases]
        for hint, mistake in self.mistakes.items():
            # One after the other: most differ in the first case.
            others = (answer(mistake, case) for case in cases)
            if all(map(agree, mine, others)):
                return hint
        return None


def exercise(cases, mistakes, judge=None):
    """Make an exercise of the right function below; see `Exercise`."""
    return lambda right: Exercise(right, cases, mistakes, judge)


SIZES = range(1, 13)  # of random cases, from small to large


def integer(low, high):
    """Draw a whole number from low to high - 1."""
    return int(torch.randint(low, high, ()))
