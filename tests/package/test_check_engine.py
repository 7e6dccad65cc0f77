"""The engine of the checks: what it says to a learner's function."""

import random

import numpy as np
import pytest
import torch

from course_utils.check.engine import Exercise, agree

CASES = [(torch.arange(n, dtype=torch.float32), n) for n in range(1, 6)]


def times(a, b, added=1, most=9):
    """Multiply, then add 1."""
    return a * min(b, most) + added


def run(candidate, cases=CASES, right=times, mistakes=None):
    return Exercise(right, cases, mistakes or {})(candidate)


def test_passing_up_to_rounding():
    assert run(lambda a, b: times(a, b) * (1 + 1e-6))
    assert not run(lambda a, b: times(a, b) * (1 + 1e-3))


@pytest.mark.parametrize("kind", [np.float32, np.array, torch.tensor])
def test_numbers_of_other_kinds(kind):
    """As answers and as what is shown of them."""

    def double(x):
        return 2 * x

    cases = [(0.5,), (1.5,)]
    assert run(lambda x: kind(2 * x), cases, double)
    line = run(lambda x: kind(3 * x), cases, double).line
    assert "For x: 0.5 expected 1, got 1.5." in line


def test_failing_names_the_smallest_case():
    result = run(lambda a, b: times(a, b) if b < 3 else a)
    assert not result
    assert result.line == (
        "times: not yet, case 3 of 5. For a: shape (3,) [0.0, 1.0, 2.0], "
        "b: 3 expected shape (3,) [1.0, 4.0, 7.0], got shape (3,) "
        "[0.0, 1.0, 2.0]."
    )


@pytest.mark.parametrize(
    "candidate",
    [
        lambda a, b: None,
        lambda a, b: "text",
        lambda a, b: {"y": a},
        lambda a, b: [a, a],
        lambda a, b: times(a, b)[None],  # broadcasts, is not equal
        lambda a, b: times(a, b)[0],
        lambda a, b: float("nan"),
        lambda a, b: a.bfloat16(),
        lambda a, b: (times(a, b),),
        lambda a, b: torch.nn.Linear(1, 1),
        lambda a, b: np.array(["x", None], dtype=object),
    ],
)
def test_answers_of_another_kind(candidate):
    result = run(candidate, CASES[1:])
    assert not result and "case 1 of 4" in result.line
    assert "\n" not in result.line


@pytest.mark.parametrize(
    "candidate, words",
    [
        (lambda a, b: a[99], "raised IndexError: index 99"),
        (lambda a: a, "raised TypeError"),
        (lambda a, b: 1 / 0, "raised ZeroDivisionError"),
    ],
)
def test_raising(candidate, words):
    result = run(candidate)
    assert not result and words in result.line
    assert "Called with a: shape (1,) [0.0], b: 1" in result.line


def test_parameters_may_have_other_names():
    assert run(lambda x, y: times(x, y))
    assert run(lambda b, a: times(a, b))


def test_changing_the_input():
    def candidate(a, b):
        a *= b
        return a + 1

    result = run(candidate, CASES[1:])
    assert not result and "changed its inputs" in result.line
    assert torch.equal(CASES[1][0], torch.arange(2.0))


def test_nets_and_dicts_as_inputs():
    """A copy of a net is no changed net; changed weights are."""
    cases = [(torch.nn.Linear(2, 1), {"x": torch.ones(2)})]

    def forward(net, options):
        return net(options["x"])

    def spoils(net, options):
        answer = forward(net, options)
        torch.nn.init.zeros_(net.bias)
        return answer

    assert run(forward, cases, forward)
    assert "changed its inputs" in run(spoils, cases, forward).line


def test_random_states_are_restored():
    def candidate(a, b):
        draw()
        raise ValueError

    def draw():
        return random.random(), np.random.rand(), torch.rand(1).item()

    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = draw()
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    run(candidate)
    assert draw() == expected


MISTAKES = {
    "add one": lambda a, b: a * b,
    "b is cut at 3": {"most": 3},
    "index": lambda a, b: a[99],
}


@pytest.mark.parametrize(
    "candidate, case, hint",
    [
        (lambda a, b: b * a, 1, "add one"),
        # Cases that pass do not count against the hint.
        (lambda a, b: a * min(b, 3) + 1, 4, "b is cut at 3"),
        (lambda a, b: a * b + 2, 1, ""),
        # One case in common is not enough: all that are left must agree.
        (lambda a, b: a * b if b < 4 else a, 1, ""),
    ],
)
def test_hint_for_a_known_mistake(candidate, case, hint):
    line = run(candidate, mistakes=MISTAKES).line
    assert f"not yet, case {case} of 5" in line
    assert line.partition(" Hint: ")[2] == hint


def test_many_right_answers():
    """A judge sees the answer and the case."""
    split = Exercise(
        lambda total: (total, 0),
        [(1,), (5,)],
        {"the sum is wrong": lambda total: (total, 1)},
        judge=lambda answer, total: sum(answer) == total,
    )
    assert split(lambda total: (1, total - 1))
    assert split(lambda total: (0, 0)).line.endswith("the sum is wrong")


@pytest.mark.parametrize(
    "a, b, expected",
    [
        (torch.ones(3), torch.ones(3), True),
        (torch.ones(3), torch.ones(1), False),
        (torch.ones(3), torch.ones(1, 3), False),
        (torch.ones(1), 1.0, False),
        (torch.tensor(1), 1.0, True),
        (np.ones(2), torch.ones(2), True),
        (torch.ones(2, dtype=torch.int64), torch.ones(2), True),
        (float("nan"), float("nan"), True),
        (float("inf"), 1e30, False),
        ((1, torch.ones(2)), [1, torch.ones(2)], True),
        ((1,), (1, 1), False),
        ({"a": 1.5}, {"a": 1.5}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"b": 1}, False),
        ("max", "max", True),
        ("max", "avg", False),
        (None, None, True),
        (None, 0, False),
        (torch.ones(2, requires_grad=True), torch.ones(2), True),
    ],
)
def test_agree(a, b, expected):
    assert agree(a, b) is expected
    assert agree(b, a) is expected
