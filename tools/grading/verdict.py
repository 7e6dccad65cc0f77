"""What the line of a check says, and the points that it is worth."""

import json
import os
import re
from types import SimpleNamespace

PASSED = re.compile(r"\w+: passed, \d+ cases?\.$")
LEFT = re.compile(r"$|\w+: (not done yet|raised NameError: no cell defines)")
CASE = re.compile(r"\w+: (?:not yet, case (\d+) of \d+\. )?(.*)", re.S)
OTHER = re.compile(r"\w+: (?:raised (\w+):|(changed its inputs))")


def verdict(line, exercise):
    """Read a check's line; it is empty where no test ran.

    Returns a dict: the ``outcome``, which is passed, failed or left; the
    ``mistake``, in the words of its hint if it ``is_known``; the number of
    the smallest ``case`` that fails, or 0; and its ``detail``.
    """
    found = {"mistake": "", "case": 0, "detail": "", "is_known": False}
    if PASSED.match(line) or LEFT.match(line):
        return found | {"outcome": "left" if LEFT.match(line) else "passed"}
    hints = getattr(exercise, "mistakes", ())
    hint = next((h for h in hints if line.endswith(f" Hint: {h}")), "")
    other, (case, detail) = OTHER.match(line), CASE.match(line).groups()
    if other:
        hint = f"raises {other[1]}" if other[1] else other[2]
    return {
        "outcome": "failed",
        "mistake": hint or "another mistake",
        "case": int(case or 0),
        "detail": detail.removesuffix(f" Hint: {hint}"),
        "is_known": hint in hints,
    }


def as_setting(credit):
    """Return CREDIT as a text for the kernels, or raise ValueError."""
    if credit not in (None, "cases"):
        from course_utils import check

        known = {"any"}.union(
            *(getattr(c, "mistakes", ()) for c in vars(check).values())
        )
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
    """Return whether a test gets points, by CREDIT, and how many."""
    rule = json.loads(os.environ["GRADING_CREDIT"])
    share = float(result.passed)
    if rule == "cases" and not share:
        share = share_of_cases(exercise, function)
    elif rule and not share:
        said = verdict(str(result), exercise)
        default = rule.get("any", 0) if said["is_known"] else 0
        share = rule.get(said["mistake"], default)
    return SimpleNamespace(passed=share > 0, points=round(points * share, 2))
