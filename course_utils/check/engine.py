"""An exercise: a right function, cases, and the mistakes that learners make.

Its check tries a learner's function on each case, and names the mistake.
"""

import contextlib
import copy
import functools
import inspect
import math
import random
import zlib

import numpy as np
import torch

from ..arguments import describe, plain, require

TOLERANCE = 1e-4
SIZES = range(1, 13)  # of random cases, from small to large


class Result:
    """What a check found out, and the line that a notebook shows.

    The ``outcome`` is passed, failed, or left where nothing is written yet.
    ``case`` is the number of the smallest that fails, ``hint`` that of a
    known mistake; ``error`` says what a function did in place of an answer.
    """

    def __init__(self, outcome, line, case=0, hint="", error=""):
        self.outcome, self.passed = outcome, outcome == "passed"
        self.line = f"{line} Hint: {hint}" if hint else line
        self.case, self.hint, self.error = case, hint, error

    def __bool__(self):
        return self.passed

    def __repr__(self):
        return self.line


class Failed(Exception):
    """What a function did in place of an answer: whole, and in two words."""

    def __init__(self, text, error=""):
        super().__init__(text)
        self.error = error


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
        both = callable(a) and callable(b)  # whatever they do
        return both or a is b or (isinstance(a, str) and a == b)
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
    texts = [f"{name}: {show(v)}" for name, v in case.items()]
    return ", ".join(texts) or "your numbers"


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
    draw : callable, optional
        ``draw(size)`` returns a random case; one of each of SIZES follows
        ``cases``.
    own : int
        The size of a case that a student can get of one's own; 0 is none.
    """

    def __init__(self, right, cases, mistakes, judge=None, draw=None, own=0):
        names = inspect.signature(right).parameters
        self.name, self.__doc__ = right.__name__, right.__doc__
        self.right, self.judge, self.draw, self.own = right, judge, draw, own
        self.mistakes = {
            hint: functools.partial(right, **wrong)
            if isinstance(wrong, dict)
            else wrong
            for hint, wrong in mistakes.items()
        }
        with same_random_states(seed=0):
            cases = [*cases, *(map(draw, SIZES) if draw else ())]
        self.cases = [dict(zip(names, case)) for case in cases]

    def answer(self, function, case):
        """Return a function's answer to a copy of a case, or raise Failed."""
        arguments = copy.deepcopy(case)
        try:
            answer = call(function, arguments)
            if self.judge and not hasattr(function, "judge"):
                answer = self.judge(answer, **arguments)
        except NotImplementedError as error:
            todo = str(error) or "Write its body, then check again."
            raise Failed(f"not done yet. {todo}") from None
        except Exception as error:
            text, kind = " ".join(str(error).split()), type(error).__name__
            reason, what = f"raised {kind}: {text[:200]}.", f"raises {kind}"
        else:
            if agree(arguments, case):
                return answer
            reason = "changed its inputs; work on copies instead."
            what = "changes its inputs"
        raise Failed(f"{reason} (Called with {written(case)}.)", what)

    def __call__(self, candidate):
        """Return the `Result` of trying a learner's function."""
        if not callable(candidate):
            return Result(
                "failed",
                f"{self.name}: expected a function, got "
                f"{describe(candidate)}. Pass it without parentheses: "
                f"check.{self.name}({self.name})",
            )
        with same_random_states():
            return self._check(candidate)

    def _check(self, candidate):
        count = len(self.cases)
        for number, case in enumerate(self.cases, 1):
            expected = self.answer(self.right, case)
            try:
                answer = self.answer(candidate, case)
            except Failed as reason:
                outcome = "failed" if reason.error else "left"
                line = f"{self.name}: {reason}"
                return Result(outcome, line, error=reason.error)
            if not agree(answer, expected):
                line = (
                    f"{self.name}: not yet, case {number} of {count}. For "
                    f"{written(case)} expected {show(expected)}, got "
                    f"{show(answer)}."
                )
                hint = self._hint(candidate, self.cases[number - 1 :])
                return Result("failed", line, number, hint)
        cases = "case" if count == 1 else "cases"
        return Result("passed", f"{self.name}: passed, {count} {cases}.")

    def numbers(self, student, seed):
        """Draw the case of a student, by id: arguments in their order."""
        require("id", student, "your id, such as 'ada'", student)
        text = f"{self.name} {student} {seed}"
        with same_random_states(seed=zlib.crc32(text.encode())):
            return list(self.draw(self.own))

    def of_student(self, student, seed):
        """Return the exercise that asks for the answer to those numbers."""
        functions = self.right, *self.mistakes.values()
        numbers = self.numbers(student, seed)
        right, *wrong = (functools.partial(f, *numbers) for f in functions)
        right.__name__ = f"my_{self.name}"  # type: ignore[attr-defined]
        return Exercise(right, [()], dict(zip(self.mistakes, wrong)))

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
        return ""


def exercise(cases=(), **settings):
    """Make an exercise of the right function below; see `Exercise`."""
    return lambda right: Exercise(right, cases, **settings)


def shuffled(*shape):
    """Return whole numbers from 1 in random order: nothing is symmetric."""
    generator = torch.Generator().manual_seed(sum(shape) + 1)
    numbers = torch.randperm(math.prod(shape), generator=generator) + 1
    return numbers.float().reshape(shape)


def integer(low, high):
    """Draw a whole number from low to high - 1."""
    return int(torch.randint(low, high, ()))
