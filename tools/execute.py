"""Run lessons in full and store their outputs.

python tools/execute.py [--time | --figures] [LESSON ...]

LESSON is the beginning of a notebook's name, such as 05; without one all
are run. Figures and tables go into the notebook, measured tables also into
``results/``, and the notebook's metadata say when, where and on which data
it ran. A notebook is written only when it ran to its end on real data.

How long it took goes into ``results/costs.json``, for each kind of computer,
and from there into the lesson's cost line. ``--time`` stores this alone. To
time a CPU without instructions for bfloat16 on one that has them, set
ONEDNN_MAX_CPU_ISA=AVX2 and ATEN_CPU_CAPABILITY=avx2.

``--figures`` runs nothing: after a change of a live figure's style or
script, or of a cell's alt text, it puts the data stored in a lesson into
new figures.
"""

import argparse
import json
import os
import re
import sys
import time
from html import unescape

import nbformat
from nbclient import NotebookClient
from notebook_code import NOTEBOOKS, ROOT, describe_pictures, find_lesson

from course_utils.explore.figure import Figure

RESULTS = ROOT / "results"
COSTS = RESULTS / "costs.json"
COST_LINE = re.compile(r"The whole notebook takes [^.]*\.")

# Asked in the notebook's own kernel after its last cell.
PROVENANCE = """
import json as _json
import course_utils as _course
from course_utils.device import computes_bfloat16 as _computes_bfloat16
from course_utils.sources import in_use as _in_use
_device, _data = _course.try_gpu(), "; ".join(_in_use.values())
_word = "with" if _computes_bfloat16(_device) else "without"
_kind = "GPU" if _device.type == "cuda" else f"CPU {_word} bfloat16"
print(_json.dumps({**_course.environment(), "data": _data, "kind": _kind}))
"""
STORED = re.compile(  # title, name and data of a live figure
    r'aria-label="([^"]*)".*\nstart\("(\w+)", "[^"]+", (.*)\);\n\}\)\(\);',
    re.DOTALL,
)


def run(notebook):
    """Execute a notebook in place; return its kernel's provenance."""
    asked = nbformat.v4.new_code_cell(PROVENANCE)
    notebook.cells.append(asked)
    NotebookClient(
        notebook,
        timeout=None,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(ROOT / "notebooks")}},
    ).execute()
    notebook.cells.remove(asked)
    return json.loads(asked.outputs[0].text)


def duration(seconds):
    """Say how long that is, such as "9 seconds" or "4 minutes"."""
    if seconds < 100:
        return f"{seconds} seconds"
    return f"{round(seconds / 60)} minutes"


def cost_line(costs):
    """Return the sentence that says how long a lesson takes, and where."""
    parts = []
    for kind, cost in costs.items():
        cores = re.search(r"\d+ cores", cost["device"])
        where = f"a {kind} ({cost['device']})"
        if cores:
            where = f"{cores[0]} {kind.removeprefix('CPU ')}"
        parts.append(f"{duration(cost['seconds'])} on {where}")
    return f"The whole notebook takes about {', '.join(parts)}."


def store_cost(path, course, kind):
    """Keep how long a lesson took; return its new cost line."""
    costs = json.loads(COSTS.read_text(encoding="utf-8"))
    lesson = costs.setdefault(path.stem, {})
    lesson[kind] = {
        key: course[key] for key in ("seconds", "date", "device", "versions")
    }
    costs[path.stem] = dict(sorted(lesson.items()))
    costs = dict(sorted(costs.items()))
    COSTS.write_text(f"{json.dumps(costs, indent=1)}\n", encoding="utf-8")
    return cost_line(costs[path.stem])


def execute(path, time_only):
    """Run one notebook and write it back."""
    notebook = nbformat.read(path, as_version=4)
    print(f"{path.name}: running", flush=True)
    start = time.monotonic()
    course = run(notebook)
    course["seconds"] = round(time.monotonic() - start)
    if "stand-in" in course["data"]:
        sys.exit(
            f"{path.name}: it ran on {course['data']}, so its outputs were "
            "not stored. `python -m course_utils.data` says what is missing."
        )
    line = store_cost(path, course, course.pop("kind"))
    if time_only:
        notebook = nbformat.read(path, as_version=4)
    else:
        notebook.metadata["language_info"] = {"name": "python"}  # no version
        notebook.metadata["course"] = course
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)  # JupyterLab's timing
        describe_pictures(notebook)
    first = notebook.cells[0]
    first.source = COST_LINE.sub(line, first.source)
    nbformat.write(notebook, path)
    print(
        f"{path.name}: {course['seconds']} s, {course['data'] or 'no data'}"
    )


def refreshed(html):
    """Return HTML; a live figure gets the scripts and styles of today."""
    if 'data-explorer="' not in html:
        return html
    title, name, params = STORED.search(html).groups()
    return Figure(name, unescape(title), json.loads(params))._repr_html_()


def refresh_figures(path):
    """Write the figures of one notebook anew."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output.data["text/html"] = refreshed(output.data["text/html"])
    describe_pictures(notebook)
    nbformat.write(notebook, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", metavar="LESSON")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--time", action="store_true")
    what.add_argument("--figures", action="store_true")
    options = parser.parse_args()
    if os.environ.get("COURSE_FAST"):
        sys.exit("COURSE_FAST is set: unset it, outputs come from full runs")
    if not options.time:
        os.environ["COURSE_RESULTS"] = str(RESULTS)
    # A progress bar would stay in the outputs.
    os.environ["TQDM_DISABLE"] = "1"
    for path in [find_lesson(name) for name in options.lessons] or NOTEBOOKS:
        if options.figures:
            refresh_figures(path)
        else:
            execute(path, options.time)


if __name__ == "__main__":
    main()
