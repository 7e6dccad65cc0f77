"""Right and wrong answers to the exercises, one file a lesson.

They take another road than the checks, so that they do not repeat what they
test: a solution for each exercise, and mistakes as a learner would write
them, each with a few words of the hint that it should get.
"""

import importlib
import pkgutil

LESSONS = [
    importlib.import_module(f"answers.{module.name}")
    for module in pkgutil.iter_modules(__path__)
]
RIGHT = {f.__name__: f for lesson in LESSONS for f in lesson.RIGHT}
WRONG = [row for lesson in LESSONS for row in lesson.WRONG]
