"""What the line of a check says, and the points that it is worth."""

import json
import os
import re
from dataclasses import dataclass
from types import SimpleNamespace

CASE = re.compile(r"\w+: not yet, case (\d+) of \d+\. (.*)", re.S)
PASSED = re.compile(r"\w+: passed, \d+ cases?\.$")
LEFT = re.compile(r"\w+: (not done yet|raised NameError: no cell defines)")
RAISED = re.compile(r"\w+: raised (\w+):")


@dataclass
class Verdict:
    """What became of an answer: it passed, failed, or was left."""

    outcome: str
    mistake: str = ""  # in the words of the check's hint, where it is known
    case: int = 0  # the smallest that fails, from 1
    detail: str = ""  # that case, and the answer to it
    is_known: bool = False


def verdict(line, exercise):
    """Read a check's line; no line is that of a test that did not run."""
    if PASSED.match(line):
        return Verdict("passed")
    if not line or LEFT.match(line):
        return Verdict("left")
    known = getattr(exercise, "mistakes", ())
    hint = next((h for h in known if line.endswith(f" Hint: {h}")), None)
    raised, case = RAISED.match(line), CASE.match(line)
    if raised:
        mistake = f"raises {raised[1]}"
    elif "changed its inputs" in line:
        mistake = "changes its inputs"
    else:
        mistake = hint or "another mistake"
    number, detail = (
        (int(case[1]), case[2]) if case else (0, line.partition(": ")[2])
    )
    detail = detail.removesuffix(f" Hint: {hint}")
    return Verdict("failed", mistake, number, detail, hint is not None)


def as_setting(credit):
    """Return CREDIT as a text for the kernels.

    Raises ValueError if it is no rule, or names a hint that no check has.
    """
    if isinstance(credit, dict):
        from course_utils import check

        checks = vars(check).values()
        known = {h for c in checks for h in getattr(c, "mistakes", ())}
        unknown = set(credit) - known - {"any"}
        if unknown:
            raise ValueError(
                f"CREDIT: no check has the hint {min(unknown)!r}"
            )
        if not all(0 <= share <= 1 for share in credit.values()):
            raise ValueError(f"CREDIT: shares are from 0 to 1, got {credit}")
    elif credit not in (None, "cases"):
        raise ValueError(
            'CREDIT: expected None, "cases" or a dict of shares by hint, got '
            f"{credit!r}"
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
    """Return what a test needs: ``passed``, if it gets any, and ``points``.

    The rule is CREDIT in nbgrader_config.py. The function is called again
    only where its share of cases counts.
    """
    rule = json.loads(os.environ.get("GRADING_CREDIT", "null"))
    share = float(result.passed)
    if not share and rule == "cases":
        share = share_of_cases(exercise, function)
    elif not share and rule:
        said = verdict(str(result), exercise)
        default = rule.get("any", 0) if said.is_known else 0
        share = rule.get(said.mistake, default)
    return SimpleNamespace(passed=share > 0, points=round(points * share, 2))
