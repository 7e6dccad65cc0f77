"""Each exercise's check: solutions pass, and each mistake gets its hint."""

import pytest
import torch
from answers import RIGHT, WRONG

from course_utils import check
from course_utils.check.engine import Exercise

EXERCISES = {k: v for k, v in vars(check).items() if isinstance(v, Exercise)}
MISTAKES = [
    pytest.param(name, mistake, hint, id=f"{name}: {hint}")
    for name, exercise in EXERCISES.items()
    for hint, mistake in exercise.mistakes.items()
]
each_exercise = pytest.mark.parametrize("name", EXERCISES)


def test_each_exercise_has_another_solution():
    assert len(EXERCISES) > 30
    assert set(EXERCISES) == set(RIGHT)


@each_exercise
def test_another_solution_passes(name):
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    result = EXERCISES[name](RIGHT[name])
    assert result.passed, result.line
    total = len(EXERCISES[name].cases)
    assert repr(result) == f"{name}: passed, {total} cases."
    assert torch.equal(torch.rand(3), expected)


@each_exercise
def test_no_answer_is_told_in_one_line(name):
    def stub(*args, **kwargs):
        raise NotImplementedError

    def raises(**case):
        return 1 / 0

    said = {
        stub: "not done yet. Write its body",
        raises: "raised ZeroDivisionError: division by zero",
        3: f"Pass it without parentheses: check.{name}({name})",
        (lambda **case: None): "",
    }
    for candidate, words in said.items():
        result = EXERCISES[name](candidate)
        assert not result and words in result.line
        assert result.line.startswith(f"{name}: ")
        assert "\n" not in result.line


@pytest.mark.parametrize("name, mistake, hint", MISTAKES)
def test_each_mistake_of_the_table_gets_its_own_hint(name, mistake, hint):
    result = EXERCISES[name](mistake)
    assert not result
    assert result.line.endswith(f"Hint: {hint}"), result.line


@pytest.mark.parametrize("name, mistake, words", WRONG)
def test_a_mistake_written_another_way_gets_the_hint(name, mistake, words):
    result = EXERCISES[name](mistake)
    assert not result
    assert words in result.line.partition("Hint: ")[2], result.line
