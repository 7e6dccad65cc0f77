"""Other numbers for each student, of which the answer is asked as well.

`make assignments VARIANTS=30` draws that many rows of numbers for each
exercise in NUMBERS, no two with the same answer, and keeps them in
nbgrader/variants.json. Each student in the grade book has a row; others get
one by a hash of their id.
"""

import hashlib
import json
import os
import random
import sys
from pathlib import Path

from nbgrader.api import Gradebook

from course_utils import check
from course_utils.check.engine import Exercise, agree

# The cells of a notebook that know a student, ask, and test.
STUDENT = """\
import hashlib
import os

# Your numbers follow from your id. A hub knows it; elsewhere, write it here.
my_id = os.environ.get("JUPYTERHUB_USER", "")

if not my_id:
    raise ValueError("write your id between the quotes above, and run again")
my_hash = hashlib.sha256(my_id.encode()).hexdigest()[:8]
my_row = {students}.get(my_hash, int(my_hash, 16) % {count})"""
ASK = """\
**Your own numbers.** What does `{name}({parameters})` return for yours? Let \
`my_{name}` return that answer, worked out by hand or by your function."""
LIST = """\
numbers_of_{name} = [
    {rows},
][my_row]
print(numbers_of_{name})"""
ANSWER = """\
def my_{name}():
    ### BEGIN SOLUTION
    return {name}(*numbers_of_{name})
    ### END SOLUTION"""
TEST = """\
# This is tested when it is graded: your numbers are yours alone.
### BEGIN HIDDEN TESTS
from grading.submitted import submitted
from grading.variants import of_student
from grading.verdict import credited

exercise = of_student("{name}")
answer = submitted("my_{name}", "{notebook}", exercise)
result = exercise(answer)
print(result)
result = credited(result, exercise, answer, {points:g})
assert result.passed
result.points
### END HIDDEN TESTS"""

# What a check is called with; d(a, b) draws a whole number from a to b.
NUMBERS = {
    "receptive_field": lambda d: [[d(2, 15) for _ in range(5)]],
    "unused_cells": lambda d: [d(200, 999), d(3, 11), d(0, 5), d(50, 150)],
    "same_padding": lambda d: [d(100, 999), d(20, 99), d(2, 19)],
    "alias_frequency": lambda d: [d(9000, 99999), d(6000, 48000)],
    "conv_cost": lambda d: [
        6 * d(1, 9), 6 * d(1, 9), d(2, 7), d(8, 64), d(8, 64), d(2, 3)
    ],
    "adaptive_windows": lambda d: [d(20, 99), d(3, 7)],
    "flat_size": lambda d: [d(40, 999)],
    "nin_parameters": lambda d: [d(1, 99), d(1, 99), d(1, 11)],
    "weight_std": lambda d: [d(9, 999), d(1, 99) / 100],
    "residual_parameters": lambda d: [d(1, 99), d(1, 99), True],
}  # fmt: skip


class OwnNumbers(Exercise):
    """The check of an exercise for one case, a student's numbers."""

    def __init__(self, name, numbers):
        whole = getattr(check, name)
        super().__init__(whole.right, [numbers], whole.mistakes, whole.judge)
        self.expected = self.answer(self.right, self.cases[0])

    def __call__(self, candidate):
        """Return the `Result` of trying a function without arguments."""
        return super().__call__(lambda **numbers: candidate())


def draw_rows(name, count):
    """Draw numbers for an exercise, each row with another right answer."""
    draw = random.Random(name).randint  # noqa: S311
    rows, answers = [], []
    for _ in range(20 * count):
        numbers = NUMBERS[name](draw)
        answer = OwnNumbers(name, numbers).expected
        if not any(agree(answer, a) for a in answers):
            rows.append(numbers)
            answers.append(answer)
        if len(rows) == count:
            return rows
    sys.exit(f"{name} has {len(rows)} variants, not {count}: ask for fewer.")


def digest(student):
    """Return a text by which a notebook knows a student without an id."""
    return hashlib.sha256(student.encode()).hexdigest()[:8]


def read(course):
    """Return a course's variants; there may be none."""
    path = Path(course, "variants.json")
    none = {"count": 0, "rows": {}}
    return json.loads(path.read_text()) if path.exists() else none


def plan(course, count=None):
    """Return a course's variants; drawn anew only for another count."""
    path = course / "variants.json"
    if count == 0:
        path.unlink(missing_ok=True)
    elif count is not None and read(course)["count"] != count:
        students, book = [], course / "gradebook.db"
        if book.exists():
            with Gradebook(f"sqlite:///{book}") as gradebook:
                students = sorted(one.id for one in gradebook.students)
        found = {
            "count": count,
            "students": {
                digest(s): n % count for n, s in enumerate(students)
            },
            "rows": {name: draw_rows(name, count) for name in NUMBERS},
        }
        path.write_text(json.dumps(found))
    return read(course)


def of_student(name):
    """Return the check of the numbers of whose notebook is graded here."""
    variants, key = (
        read(os.environ["GRADING"]),
        digest(Path.cwd().parent.name),
    )
    row = variants["students"].get(key, int(key, 16) % variants["count"])
    return OwnNumbers(name, variants["rows"][name][row])


def sources(name, variants, **test):
    """Return the question, the numbers, the answer and the test."""
    parameters = ", ".join(getattr(check, name).cases[0])
    rows = ",\n    ".join(map(repr, variants["rows"][name]))
    values = {"name": name, "parameters": parameters, "rows": rows, **test}
    return [text.format(**values) for text in (ASK, LIST, ANSWER, TEST)]
