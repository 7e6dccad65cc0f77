"""Show what a class believes, from what nbgrader has autograded.

python -m grading.report [FOLDER]

Reads the course in nbgrader/ of dist/ or the folder given, and writes, into
report/ there,

- instructor.html: for each exercise who passed, failed and left it, and the
  mistakes of those who failed;
- class.html: the same without names, to project;
- answers.csv: a line for each answer of each student.
"""

import csv
import math
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import nbformat
from docutils.nodes import make_id
from jinja2 import Environment, FileSystemLoader
from nbgrader.api import Gradebook
from notebook_code import NOTEBOOKS, ROOT

from course_utils import check

from .verdict import verdict

HERE = Path(__file__).parent
LESSONS = {path.stem: path for path in NOTEBOOKS}
EXERCISE = re.compile(r"### Exercise (\d+\.\d+) \([\w-]+\): (.*)")
OUTCOMES = ("passed", "failed", "left", "to mark")


@dataclass
class Answer:
    """A student's answer to a part of an exercise."""

    lesson: str
    exercise: str
    part: str  # the function, or "by hand"
    student: str
    name: str
    outcome: str
    mistake: str
    case: int
    detail: str
    is_known: bool  # the mistake has a hint of its own
    points: float
    max_points: float
    handed_in: str  # when; empty where nbgrader does not know it
    tries: int | str  # how often; empty where nbgrader does not know it


# --- Reading what nbgrader has ------------------------------------------


def count_tries(course):
    """Count hand-ins in nbgrader's exchange, if there is one.

    Returns a Counter by (student, lesson).
    """
    command = [sys.executable, "-m", "nbgrader", "list", "--inbound"]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True)
    line = r"INFO\] \S+ (\S+) (\S+) \d{4}-"  # the course, student, lesson
    return Counter(re.findall(line, "" if done.returncode else done.stderr))


def printed(path):
    """Return what each test of an autograded notebook printed, by its id."""
    said = {}
    for cell in nbformat.read(path, as_version=4).cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        texts = [o.get("text", "") for o in cell.get("outputs", ())]
        said[name] = "".join(texts).strip()
    return said


def judged_by_hand(grade):
    """Tell what became of an answer that a person marks."""
    if grade.needs_manual_grade:
        return "to mark"
    if grade.score >= grade.max_score:
        return "passed"
    return "left" if grade.manual_score is None else "failed"


def answers_of(submission, notebook, said, tries):
    """Yield the answers of a submitted notebook."""
    lesson, student = submission.name, submission.student
    name = f"{student.first_name or ''} {student.last_name or ''}".strip()
    for grade in notebook.grades:
        kind, chapter, number, part = grade.name.split("-", 3)
        found = verdict(said.get(grade.name, ""), getattr(check, part, None))
        if kind != "test":
            part, found.outcome = "by hand", judged_by_hand(grade)
        yield Answer(
            lesson=lesson,
            exercise=f"{chapter}.{number}",
            part=part,
            student=student.id,
            name=name or student.id,
            points=grade.score,
            max_points=grade.max_score,
            handed_in=str(submission.timestamp or ""),
            tries=tries[student.id, lesson] or "",
            **asdict(found),
        )


def read_class(course):
    """Return all answers, and the number of students."""
    tries, answers = count_tries(course), []
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        lessons = [a for a in gradebook.assignments if a.name in LESSONS]
        found = [one for lesson in lessons for one in lesson.submissions]
        for submission in found:
            folder = course / "autograded" / submission.student.id
            for notebook in submission.notebooks:
                path = folder / submission.name / f"{notebook.name}.ipynb"
                if path.exists():
                    said = printed(path)
                    answers += answers_of(submission, notebook, said, tries)
                else:
                    print(f"{path} is missing: it is not autograded.")
        return answers, len(gradebook.students)


# --- Counting -----------------------------------------------------------


def grouped(answers, *keys):
    """Return lists of the answers that have the same values."""
    groups = {}
    for answer in answers:
        values = tuple(getattr(answer, key) for key in keys)
        groups.setdefault(values, []).append(answer)
    return groups


def entropy(share):
    """Return the entropy in bits of an event with this probability."""
    return sum(-p * math.log2(p) for p in (share, 1 - share) if p)


class Part:
    """The answers of a class to a part of an exercise."""

    def __init__(self, answers):
        first, size = answers[0], len(answers)
        self.exercise, self.name = first.exercise, first.part
        self.size, self.max_points = size, first.max_points
        groups = grouped(answers, "outcome")
        self.people = {name: groups.get((name,), []) for name in OUTCOMES}
        self.counts = {
            name: len(group) for name, group in self.people.items()
        }
        judged = [a for a in answers if a.outcome != "to mark"]
        self.judged = len(judged)
        count = max(self.judged, 1)
        self.mean = sum(a.points for a in judged) / count
        self.entropy = entropy(self.counts["passed"] / count)
        # The mistakes, those first that most have made.
        failed = [
            answer for answer in self.people["failed"] if answer.mistake
        ]
        self.mistakes = sorted(
            (sorted(group, key=lambda a: (a.case, len(a.detail)))
             for group in grouped(failed, "mistake").values()),
            key=len, reverse=True,
        )  # fmt: skip


def parts_of(answers):
    """Return a lesson's parts, those first that divide the class most."""
    groups = grouped(answers, "exercise", "part").values()
    parts = [Part(group) for group in groups]
    return sorted(parts, key=lambda p: (-p.entropy, -p.counts["failed"]))


# --- Writing ------------------------------------------------------------


def book_address(folder):
    """Return where the book is: its address, or as built here."""
    text = (ROOT / "_config.yml").read_text(encoding="utf-8")
    address = re.search(r'^  baseurl: "(.+)"', text, re.M)
    built = os.path.relpath(ROOT / "_build" / "html", folder)
    return address[1].rstrip("/") if address else Path(built).as_posix()


def lessons_of(answers, folder):
    """Yield what the pages show of each lesson."""
    text = (HERE / "sections.toml").read_text(encoding="utf-8")
    sections, book = tomllib.loads(text), book_address(folder)
    for (lesson,), group in grouped(answers, "lesson").items():
        cells = nbformat.read(LESSONS[lesson], as_version=4).cells
        titles = [EXERCISE.match(cell.source) for cell in cells]
        titles = dict(title.groups() for title in titles if title)
        page = f"{book}/notebooks/{lesson}.html#"
        teach = [
            (name, page + make_id(name)) for name in sections[lesson[:2]]
        ]
        yield {
            "title": cells[0].source.splitlines()[0].removeprefix("# "),
            "titles": titles,
            "sections": dict(zip(titles, teach)),
            "handed_in": len({answer.student for answer in group}),
            "parts": parts_of(group),
        }


def write(answers, size, folder):
    """Write the two pages and the table."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "answers.csv", "w", newline="", encoding="utf-8") as f:
        table = csv.DictWriter(f, [field.name for field in fields(Answer)])
        table.writeheader()
        table.writerows(map(asdict, answers))
    loader = FileSystemLoader(HERE)
    page = Environment(loader=loader, autoescape=True, trim_blocks=True)
    template = page.get_template("report.html.j2")
    lessons = list(lessons_of(answers, folder))
    known = any(answer.tries for answer in answers)
    for name, named in (("instructor", True), ("class", False)):
        text = template.render(
            lessons=lessons, size=size, named=named, tries_known=known
        )
        (folder / f"{name}.html").write_text(text, encoding="utf-8")


def main(folder):
    """Report on the course in a folder."""
    course, report = folder / "nbgrader", folder / "report"
    has_grades = (course / "gradebook.db").exists()
    answers, size = read_class(course) if has_grades else ([], 0)
    if not answers:
        sys.exit(
            f"{course} has no grades. Put what was handed in into its "
            "submitted/, and run there: nbgrader autograde LESSON"
        )
    write(answers, size, report)
    print(f"The report is in {os.path.relpath(report)}/")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist")
