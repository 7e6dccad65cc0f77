"""What every exercise's check must do; each lesson's tests import these.

They see the module that imports them: its SOLUTIONS, right functions that
have their exercise's name, and its MISTAKES, (name, wrong function, hint).
"""

import torch

from course_utils import check


def run_check_of(solution):
    return getattr(check, solution.__name__)(solution)


def test_solution_passes(solution):
    result = run_check_of(solution)
    assert result.passed, result.line
    assert result.line.startswith(f"{solution.__name__}: passed")


def test_stub_is_told_to_write_its_body(solution):
    def stub(*args, **kwargs):
        raise NotImplementedError

    result = getattr(check, solution.__name__)(stub)
    assert not result.passed
    assert "is still a stub: write its body" in result.line


def test_mistake_gets_its_own_hint(name, mistake, hint):
    result = getattr(check, name)(mistake)
    assert not result.passed
    assert "Hint: " in result.line, result.line
    assert hint in result.line.split("Hint: ")[1]


def test_check_leaves_the_random_state_alone(solution):
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    run_check_of(solution)
    assert torch.equal(torch.rand(3), expected)
