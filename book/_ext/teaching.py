"""The directive ``lesson-plan`` and the role ``exercise``, for instructors.

A line of the plan is a week: lesson | exercises to assign | exercises for
those who want more. Minutes of reading come from the lesson's cost line,
those of running from ``results/costs.json`` (``make execute``). An
exercise that is not there is a warning, so that a build with ``-W`` fails.
"""

import json
import os.path
import re
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

logger = logging.getLogger(__name__)

EXERCISE_COLUMNS = ("Assign", "For those who want more")
EXERCISE = re.compile(r"^### (Exercise (\d+\.\d+) .*)$", re.MULTILINE)
READING = re.compile(r"Reading takes (?:about )?([\d to]+) minutes")


def duration(seconds):
    """Return such as "37 s" or "8 min"."""
    return f"{seconds} s" if seconds < 100 else f"{seconds / 60:.0f} min"


class Lesson:
    """What a plan says of a notebook."""

    def __init__(self, path):
        notebook = json.loads(Path(path).read_text(encoding="utf-8"))
        self.name = Path(path).stem
        self.text = "\n\n".join(
            "".join(cell["source"])
            for cell in notebook["cells"]
            if cell["cell_type"] == "markdown"
        )
        self.title = self.text.split("\n", 1)[0].removeprefix("# ")

    @property
    def reading(self):
        """Minutes of reading, such as "30 to 40"."""
        return READING.search(self.text)[1]

    @property
    def exercises(self):
        """Number: heading, of each exercise."""
        return {number: head for head, number in EXERCISE.findall(self.text)}


def read_costs(env):
    """Return lesson: kind of computer: what running it took there."""
    path = Path(env.srcdir, "results", "costs.json")
    env.note_dependency(str(path))
    return json.loads(path.read_text(encoding="utf-8"))


def run_time(cost, kind):
    """Return a lesson's time on a kind of computer, or "not measured"."""
    if kind not in cost:
        return "not measured"
    return duration(cost[kind]["seconds"])


def find_lesson(env, number):
    """Return the lesson of a number, or None."""
    folder = Path(env.srcdir, "notebooks")
    found = sorted(folder.glob(f"{int(number):02d}_*.ipynb"))
    if not found:
        return None
    env.note_dependency(str(found[0]))
    return Lesson(found[0])


def link(env, text, lesson, anchor=""):
    """Return a link to a lesson's page, from the page being read."""
    here = os.path.dirname(env.docname)
    page = os.path.relpath(f"notebooks/{lesson.name}.html", here)
    uri = Path(page).as_posix() + (f"#{anchor}" if anchor else "")
    return nodes.reference("", text, refuri=uri, internal=True)


def exercise_link(env, number, location):
    """Return a link to an exercise, and warn if there is none."""
    lesson = find_lesson(env, number.split(".")[0])
    heading = lesson.exercises.get(number) if lesson else None
    if heading is None:
        logger.warning("there is no exercise %s", number, location=location)
        return nodes.Text(number)
    return link(env, number, lesson, nodes.make_id(heading))


class ExerciseRole(SphinxRole):
    """A link to an exercise by its number."""

    def run(self):
        """Return the link."""
        found = exercise_link(self.env, self.text, self.get_location())
        return [found], []


class LessonPlan(SphinxDirective):
    """A table with a lesson a week."""

    has_content = True

    def run(self):
        """Return the table, and a line on where the lessons ran."""
        weeks = [line.split("|") for line in self.content if line.strip()]
        lessons = [find_lesson(self.env, week[0]) for week in weeks]
        costs = read_costs(self.env)
        kinds = sorted({kind for cost in costs.values() for kind in cost})
        columns = ["Week", "Lesson", "Reading, minutes"]
        columns += [f"Run on a {kind}" for kind in kinds]
        columns += EXERCISE_COLUMNS
        body = nodes.tbody()
        for week, (lesson, parts) in enumerate(zip(lessons, weeks), 1):
            cost = costs.get(lesson.name, {})
            cells = [[nodes.Text(str(week))]]
            cells.append([link(self.env, lesson.title, lesson)])
            cells.append([nodes.Text(lesson.reading)])
            cells += [[nodes.Text(run_time(cost, kind))] for kind in kinds]
            cells += [self.exercises(numbers) for numbers in parts[1:]]
            body += self.row(cells)
        head = nodes.thead("", self.row([[nodes.Text(c)] for c in columns]))
        group = nodes.tgroup("", cols=len(columns))
        group += [nodes.colspec(colwidth=1) for _ in columns]
        group += [head, body]
        where = {
            c["device"] for cost in costs.values() for c in cost.values()
        }
        line = f"Whole notebooks, timed on: {'; '.join(sorted(where))}."
        note = nodes.paragraph("", line, classes=["provenance"])
        return [nodes.table("", group), note]

    def exercises(self, numbers):
        """Return links to exercises, with commas."""
        found = []
        for number in numbers.split():
            found += [nodes.Text(", ")] if found else []
            found.append(exercise_link(self.env, number, self.get_location()))
        return found

    def row(self, cells):
        """Return a row of the table."""
        row = nodes.row()
        for cell in cells:
            row += nodes.entry("", nodes.paragraph("", "", *cell))
        return row


def setup(app):
    """Register the directive and the role."""
    app.add_directive("lesson-plan", LessonPlan)
    app.add_role("exercise", ExerciseRole())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
