"""Show what a class believes, from what nbgrader has autograded.

python -m grading.report [FOLDER]

Reads the course in nbgrader/ of dist/ or the folder given. Writes, into
report/ there, instructor.html, class.html, which has no names, and
answers.csv, a line for each answer.
"""

import math
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import nbformat
import pandas as pd
from docutils.nodes import make_id
from jinja2 import Environment, FileSystemLoader
from nbgrader.api import Gradebook
from notebook_code import NOTEBOOKS, ROOT

HERE = Path(__file__).parent
LESSONS = {path.stem: path for path in NOTEBOOKS}
EXERCISE = re.compile(r"### Exercise (\d+\.\d+) \([\w-]+\): (.*)")
OUTCOMES = ("passed", "failed", "left", "to mark")


def count_tries(course):
    """Count hand-ins in the exchange, if any, by student and lesson."""
    command = [sys.executable, "-m", "nbgrader", "list", "--inbound"]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True)
    line = r"INFO\] \S+ (\S+) (\S+) \d{4}-"  # the course, student, lesson
    return Counter(re.findall(line, "" if done.returncode else done.stderr))


def results_of(path):
    """Return what each test of an autograded notebook found, by its id.

    A cell without a test, or whose test did not run, found nothing.
    """
    found = {}
    for cell in nbformat.read(path, as_version=4).cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        told = [o.get("metadata", {}) for o in cell.get("outputs", ())]
        found[name] = next((t["result"] for t in told if "result" in t), {})
    return found


def judged_by_hand(grade):
    """Tell what became of an answer that a person marks."""
    if grade.needs_manual_grade:
        return "to mark"
    if grade.score >= grade.max_score:
        return "passed"
    return "left" if grade.manual_score is None else "failed"


def answers_of(submission, results, tries):
    """Yield the answers of a student to a lesson, as dicts."""
    lesson, student = submission.name, submission.student
    name = f"{student.first_name or ''} {student.last_name or ''}".strip()
    for grade in submission.notebooks[0].grades:
        kind, chapter, number, part = grade.name.split("-", 3)
        # What is marked by hand shows what its student likes.
        found = results.get(grade.name, {}) if kind == "test" else {}
        outcome, hint = found.get("outcome", "left"), found.get("hint", "")
        if kind != "test":
            is_there = grade.name in results
            part = "by hand"
            outcome = judged_by_hand(grade) if is_there else "left"
        mistake = hint or found.get("error") or "another mistake"
        yield {
            "lesson": lesson,
            "exercise": f"{chapter}.{number}",
            "part": part,
            "student": student.id,
            "name": name or student.id,
            "outcome": outcome,
            "mistake": mistake if found and outcome == "failed" else "",
            "is_known": bool(hint),
            "case": found.get("case", 0),
            "detail": found.get("line", "").removesuffix(f" Hint: {hint}"),
            "points": grade.score,
            "max_points": grade.max_score,
            "handed_in": submission.timestamp,
            "tries": tries[student.id, lesson] or "not known",
        }


def read_class(course):
    """Return all answers, and the number of students."""
    tries, answers = count_tries(course), []
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        lessons = [a for a in gradebook.assignments if a.name in LESSONS]
        for one in [one for lesson in lessons for one in lesson.submissions]:
            folder = course / "autograded" / one.student.id / one.name
            path = folder / f"{one.name}.ipynb"
            if path.exists():
                answers += answers_of(one, results_of(path), tries)
            else:
                print(f"{path} is missing: it is not autograded.")
        return answers, len(gradebook.students)


def grouped(answers, *keys):
    """Return lists of the answers that have the same values, by these."""
    groups = pd.DataFrame(answers).groupby([*keys], sort=False)
    return {values: group.to_dict("records") for values, group in groups}


def entropy(share):
    """Return the entropy in bits of an event with this probability."""
    return sum(-p * math.log2(p) for p in (share, 1 - share) if p)


def part_of(answers):
    """Return what the pages show of a class's answers to a question."""
    groups = grouped(answers, "outcome")
    people = {name: groups.get((name,), []) for name in OUTCOMES}
    judged = [answer for answer in answers if answer["outcome"] != "to mark"]
    failed = [answer for answer in people["failed"] if answer["mistake"]]
    smallest = [
        sorted(group, key=lambda a: (a["case"], len(a["detail"])))
        for group in (grouped(failed, "mistake") if failed else {}).values()
    ]
    return {
        **answers[0],
        "size": len(answers),
        "people": people,
        "judged": len(judged),
        "mean": sum(a["points"] for a in judged) / max(len(judged), 1),
        "entropy": entropy(len(people["passed"]) / max(len(judged), 1)),
        "mistakes": sorted(smallest, key=len, reverse=True),
    }


def lessons_of(answers, folder):
    """Yield what the pages show of each lesson."""
    sections = tomllib.loads((HERE / "sections.toml").read_text())
    book = Path(os.path.relpath(ROOT / "_build/html/notebooks", folder))
    for (lesson,), group in grouped(answers, "lesson").items():
        cells = nbformat.read(LESSONS[lesson], as_version=4).cells
        titles = [EXERCISE.match(cell.source) for cell in cells]
        titles = dict(title.groups() for title in titles if title)
        page = (book / f"{lesson}.html").as_posix()
        teach = [(s, f"{page}#{make_id(s)}") for s in sections[lesson[:2]]]
        parts = map(part_of, grouped(group, "exercise", "part").values())
        yield {
            "title": cells[0].source.splitlines()[0].removeprefix("# "),
            "titles": titles,
            "sections": dict(zip(titles, teach)),
            "handed_in": len({answer["student"] for answer in group}),
            "parts": sorted(parts, key=lambda part: -part["entropy"]),
        }


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
    report.mkdir(exist_ok=True)
    pd.DataFrame(answers).to_csv(report / "answers.csv", index=False)
    pages = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True
    )
    lessons = list(lessons_of(answers, report))
    for name in ("instructor", "class"):
        text = pages.get_template("report.html.j2").render(
            lessons=lessons,
            size=size,
            named=name == "instructor",
        )
        (report / f"{name}.html").write_text(text, encoding="utf-8")
    print(f"The report is in {os.path.relpath(report)}/")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist")
