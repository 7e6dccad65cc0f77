"""Notes for whoever marks: points, known mistakes, what to look for."""

from course_utils import check

# An open-ended answer has no solution to compare with.
RUBRIC = [
    (
        4,
        "an experiment that can answer the question: one thing changed at a "
        "time, and choices made on other data than the result",
    ),
    (
        3,
        "numbers, with what is needed to get them again: settings, seeds, "
        "and how far apart repeated runs are",
    ),
    (
        3,
        "a conclusion that follows from the numbers, and says what they do "
        "not show",
    ),
]


def points_text(points):
    """Write points, such as "1 point" and "0.5 points"."""
    return f"{points:g} point{'' if points == 1 else 's'}"


def summary(exercise):
    """Say in a line what an exercise is worth, and who marks it."""
    parts = exercise.parts()
    tested = sum(part.points for part in parts if part.kind == "check")
    by_hand = sum(part.points for part in parts) - tested
    if tested and by_hand:
        shares = f": {tested:g} by the test, {by_hand:g} by hand"
    else:
        shares = ", by the test" if tested else ", by hand"
    return f"{points_text(tested + by_hand)}{shares}."


def _table(left, right, rows):
    lines = [f"| {left} | {right} |", "|:--|--:|"]
    return "\n".join(lines + [f"| {text} | {n:g} |" for text, n in rows])


def _checked(part):
    hints = getattr(check, part.name).mistakes
    rows = [(hint, part.points) for hint in hints]
    return (
        f"`{part.name}`, by the test: {points_text(part.points)}, or 0 where "
        "a case fails. The test names these mistakes:\n\n"
        + _table("mistake, in the words of its hint", "points lost", rows)
    )


def notes(exercise):
    """Return the marking notes of an exercise, as Markdown."""
    found = [f"**Marking exercise {exercise.number}.** {summary(exercise)}"]
    for part in exercise.parts():
        if part.kind == "check":
            found.append(_checked(part))
            continue
        what = "code" if part.kind == "code" else "answer"
        found.append(
            f"The {what}, by hand: {points_text(part.points)}. Compare with "
            "the solution; another way that answers the question is as good."
        )
    if exercise.level == "open-ended":
        rows = [(text, points) for points, text in RUBRIC]
        found.append(_table("what to look for", "of 10 points", rows))
    return "\n\n".join(found)
