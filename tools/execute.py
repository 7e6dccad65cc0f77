"""Run lessons in full and store their outputs.

python tools/execute.py [--allow-stand-in] [LESSON ...]

LESSON is the beginning of a notebook's name, such as 05; without one all
are run. Figures and tables go into the notebook, measured tables also into
``results/``, and the notebook's metadata say when, where and on which data
it ran. A notebook is written only when it ran to its end on real data.
"""

import argparse
import json
import os
import sys
import time

import nbformat
from nbclient import NotebookClient
from notebook_code import NOTEBOOKS, ROOT, describe_pictures

RESULTS = ROOT / "results"

# Asked in the notebook's own kernel after its last cell.
PROVENANCE = """
import json as _json
import course_utils as _course
from course_utils.data.sources import sources_in_use as _sources
print(_json.dumps({**_course.environment(), "data": "; ".join(_sources())}))
"""


def find_notebooks(names):
    """Return the notebooks whose names begin with one of ``names``."""
    for name in names:
        if not any(path.name.startswith(name) for path in NOTEBOOKS):
            there = ", ".join(path.stem for path in NOTEBOOKS)
            sys.exit(f"no lesson begins with {name!r}; there are: {there}")
    return [p for p in NOTEBOOKS if p.name.startswith(tuple(names or [""]))]


def run(notebook):
    """Execute a notebook in place; return its kernel's provenance."""
    client = NotebookClient(
        notebook,
        timeout=None,
        record_timing=False,
        resources={"metadata": {"path": str(ROOT / "notebooks")}},
    )
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        count = len(notebook.cells)
        notebook.cells.append(nbformat.v4.new_code_cell(PROVENANCE))
        asked = client.execute_cell(notebook.cells[-1], count)
        notebook.cells.pop()
    return json.loads(asked.outputs[0].text)


def clean(notebook, course):
    """Keep only the metadata that do not change from run to run."""
    notebook.metadata = {
        "kernelspec": {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
        "course": course,
    }
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    describe_pictures(notebook)


def execute(path, allow_stand_in):
    """Run one notebook and write it back."""
    notebook = nbformat.read(path, as_version=4)
    print(f"{path.name}: running", flush=True)
    start = time.monotonic()
    course = run(notebook)
    course["seconds"] = round(time.monotonic() - start)
    if "stand-in" in course["data"] and not allow_stand_in:
        sys.exit(
            f"{path.name}: it ran on {course['data']}, so its outputs were "
            "not stored. `python -m course_utils.data` says what is missing."
        )
    clean(notebook, course)
    temporary = path.with_suffix(".tmp")
    nbformat.write(notebook, temporary)
    os.replace(temporary, path)
    print(
        f"{path.name}: {course['seconds']} s, {course['data'] or 'no data'}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", metavar="LESSON")
    parser.add_argument("--allow-stand-in", action="store_true")
    options = parser.parse_args()
    if os.environ.get("COURSE_FAST"):
        sys.exit("COURSE_FAST is set: unset it, outputs come from full runs")
    os.environ["COURSE_RESULTS"] = str(RESULTS)
    # A progress bar would stay in the outputs.
    os.environ["TQDM_DISABLE"] = "1"
    for path in find_notebooks(options.lessons):
        execute(path, options.allow_stand_in)


if __name__ == "__main__":
    main()
