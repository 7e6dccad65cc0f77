"""The points of a test, by CREDIT in nbgrader_config.py; and its result."""

import json
import os
from types import SimpleNamespace

from IPython.display import display

# nbgrader_config.py imports this in each of its commands, and the rest of
# what is needed here takes seconds to import.


def as_setting(credit):
    """Return CREDIT as a text for the kernels, or raise ValueError."""
    if credit not in (None, "cases"):
        from course_utils import check

        exercises = [e for e in vars(check).values() if hasattr(e, "own")]
        known = {"any"}.union(*(e.mistakes for e in exercises))
        is_rule = isinstance(credit, dict) and credit.keys() <= known
        if not is_rule or not all(0 <= s <= 1 for s in credit.values()):
            raise ValueError(
                'CREDIT is None, "cases", or a dict with a share from 0 to 1 '
                f"for a hint of a check, or for any; got {credit!r}"
            )
    return json.dumps(credit)


def share_of_cases(exercise, function):
    """Return the share of an exercise's cases to which an answer is right."""
    from course_utils.check.engine import Failed, agree

    count = 0
    for case in exercise.cases:
        try:
            answer = exercise.answer(function, case)
        except Failed:
            continue
        count += agree(answer, exercise.answer(exercise.right, case))
    return count / len(exercise.cases)


def credited(result, exercise, function, points):
    """Return whether a test gets points, and how many; show it.

    What is shown carries the check's result, which the report reads.
    """
    rule = json.loads(os.environ["GRADING_CREDIT"])
    share = float(result.passed)
    if rule == "cases" and not share:
        share = share_of_cases(exercise, function)
    elif rule and result.hint:
        share = rule.get(result.hint, rule.get("any", 0))
    given = round(points * share, 2)
    text = {"text/plain": f"{given:g} of {points:g} points"}
    display(text, raw=True, metadata={"result": vars(result)})
    return SimpleNamespace(passed=share > 0, points=given)
