"""Add a lesson: its notebook, its checks, their tests, and its entries.

python tools/lesson.py NN_NAME TITLE

Makes the files from those in tools/template/, names the lesson in _toc.yml,
README.md and on the start page, and runs the notebook, so that the new
lesson builds and passes its tests from the start. Nothing is overwritten.
"""

import copy
import os
import re
import sys
from pathlib import Path

import nbformat
import yaml
from execute import execute
from notebook_code import NOTEBOOKS

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "tools" / "template"
NAME = re.compile(r"\d\d(_[a-z0-9]+)+")
LONGEST_TITLE = 48  # fits on a line of the new files


def fail(problem):
    """End with a message for the author."""
    sys.exit(f"make lesson: {problem}")


def check_names(name, title):
    """End unless name and title are good and new."""
    example = 'such as NAME=09_transposed_convolution TITLE="..."'
    if not NAME.fullmatch(name) or name.startswith("00"):
        fail(
            "NAME: expected two digits and words in small letters, joined "
            f"by _, {example}; got {name!r}"
        )
    for path in NOTEBOOKS:
        if path.name[:2] == name[:2]:
            fail(f"NAME: the number {name[:2]} is taken by {path.name}")
    if not title.strip():
        fail(f"TITLE: expected the lesson's title, {example}")
    if not re.fullmatch(r"[\w ,.:;?!'()/+-]+", title):
        fail(f"TITLE: expected letters, digits and , . : ; ?, got {title!r}")
    if len(title) > LONGEST_TITLE:
        fail(
            f"TITLE: expected at most {LONGEST_TITLE} characters, got "
            f"{len(title)}"
        )


def previous_lesson(name):
    """Return the path of the last lesson before this one."""
    before = [path for path in NOTEBOOKS if path.name < name]
    return before[-1] if before else fail("NAME: no lesson is before it")


def title_of(notebook):
    """Return the heading of a notebook."""
    return notebook.cells[0].source.splitlines()[0].removeprefix("# ")


def fill(text, values):
    """Replace {{WORD}} by its value, and the NN of names by the number."""
    text = re.sub(r"{{(\w+)}}", lambda found: values[found[1]], text)
    return re.sub(r"_NN\b", f"_{values['NN']}", text)


def new_notebook(values, previous):
    """Return the template, filled, with the set-up cell of all lessons."""
    notebook = nbformat.read(TEMPLATE / "lesson.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = fill(cell.source, values)
    setup = next(c for c in previous.cells if c.cell_type == "code")
    setup = copy.deepcopy(setup)
    setup.outputs, setup.execution_count = [], None
    notebook.cells.insert(1, setup)
    return notebook


def entries(name, title, previous):
    """Yield (file, pattern of the previous lesson's entry, new entry)."""
    stem, nn = previous.stem, name[:2]
    yield (
        "_toc.yml",
        rf"( *)- file: notebooks/{stem}\n(?:\1 +.*\n)*",
        f"      - file: notebooks/{name}\n"
        f'        title: "{int(nn)}. {title}"\n',
    )
    yield (
        "README.md",
        rf"\| {stem[:2]} \| .*\n",
        f"| {nn} | [{title}](notebooks/{name}.ipynb) | what it builds |\n",
    )
    yield (
        "course_utils/check/__init__.py",
        rf"from \.lesson{stem[:2]} import .*\n",
        f"from .lesson{nn} import *  # noqa: F403\n",
    )
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    start = f"{toc['root']}.md"
    line = rf"{stem} \|.*\n"
    found = re.search(line, (ROOT / start).read_text(encoding="utf-8"))
    # A map with a fourth field names there the lessons that one builds on.
    uses = f" | {int(stem[:2])}" if found and found[0].count("|") > 2 else ""
    yield start, line, f"{name} | {title} | Its question?{uses}\n"


def with_entry(file, pattern, entry):
    """Return a file's text with an entry after the one that matches."""
    text = (ROOT / file).read_text(encoding="utf-8")
    text, count = re.subn(
        rf"^{pattern}", lambda m: m[0] + entry, text, count=1, flags=re.M
    )
    return text if count else fail(f"{file}: no entry of the lesson before")


def check_free(paths):
    """End if one of the files is there already."""
    for path in paths:
        if path.exists():
            fail(f"{path.relative_to(ROOT)} is there already")


def cost(notebook):
    """Say how long a notebook took when it ran."""
    run = notebook.metadata.course
    where = run["device"].split(" (")[0].removeprefix("CPU, ")
    where = where.replace("2 cores", "two CPU cores")
    seconds = max(1, run["seconds"])
    return f"The whole notebook takes about {seconds} seconds on {where}."


def run_and_time(path):
    """Execute the notebook and write its time into the text."""
    execute(path, allow_stand_in=False)
    notebook = nbformat.read(path, as_version=4)
    first = notebook.cells[0]
    first.source = fill(first.source, {"COST": cost(notebook), "NN": ""})
    nbformat.write(notebook, path)


def new_files(name, title, previous):
    """Return path: text of the files that a lesson adds."""
    nn, before = name[:2], nbformat.read(previous, as_version=4)
    values = {
        "NN": nn,
        "NUMBER": str(int(nn)),
        "TITLE": title,
        "PREVIOUS": previous.stem,
        "PREVIOUS_TITLE": title_of(before),
        "COST": "{{COST}}",  # known once it ran
    }
    notebook = nbformat.writes(new_notebook(values, before)) + "\n"
    check, test_check = (
        fill((TEMPLATE / f"{part}.py").read_text(encoding="utf-8"), values)
        for part in ("check", "test_check")
    )
    return {
        ROOT / "notebooks" / f"{name}.ipynb": notebook,
        ROOT / "course_utils" / "check" / f"lesson{nn}.py": check,
        ROOT / "tests" / f"test_check_lesson{nn}.py": test_check,
    }


def main(name, title):
    check_names(name, title)
    previous = previous_lesson(name)
    new = new_files(name, title, previous)
    check_free(new)
    changed = {
        ROOT / file: with_entry(file, pattern, entry)
        for file, pattern, entry in entries(name, title, previous)
    }
    # Nothing is written before all of it is known to be possible.
    for path, text in {**new, **changed}.items():
        path.write_text(text, encoding="utf-8")
        done = "wrote" if path in new else "added an entry to"
        print(f"{done} {path.relative_to(ROOT)}")
    run_and_time(ROOT / "notebooks" / f"{name}.ipynb")


if __name__ == "__main__":
    if os.environ.get("COURSE_FAST"):
        fail("COURSE_FAST is set: unset it, outputs come from full runs")
    main(*sys.argv[1:]) if len(sys.argv) == 3 else sys.exit(__doc__)
