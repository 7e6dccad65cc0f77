"""The notebooks as files: outputs stored, complete, readable, and small.

That their outputs are right is for nbval, which `make test` runs over
them in fast mode.
"""

import json
import re
import subprocess
import sys

import execute
import nbformat
import pytest
from execute import refreshed
from notebook_code import NOTEBOOKS, alt_text, code_cells, tags

LESSONS = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
MAX_BYTES, MAX_PNG_BYTES = 1_500_000, 150_000


@LESSONS
def test_was_run_from_top_to_bottom(path):
    cells = code_cells(path)
    counts = [cell.execution_count for cell in cells]
    assert counts == list(range(1, len(counts) + 1))
    with_outputs = [cell for cell in cells if cell.outputs]
    assert len(with_outputs) >= 10
    ignored = [c for c in with_outputs if "nbval-ignore-output" in tags(c)]
    assert len(ignored) <= 0.4 * len(with_outputs), "most are compared"


@LESSONS
def test_outputs(path):
    """No error, no warning; figures small, with alt text, and of today."""
    for cell in code_cells(path):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr"
            data = output.get("data", {})
            if "image/png" in data:
                assert len(data["image/png"]) * 3 / 4 < MAX_PNG_BYTES
                alt = output.metadata.get("image/png", {}).get("alt")
                assert alt, f"no alt text: {cell.source[:60]}"
                assert alt == alt_text(cell), "run tools/execute.py --figures"
            html = data.get("text/html", "")
            assert html == refreshed(html), "run tools/execute.py --figures"


@LESSONS
def test_file_is_small_and_names_no_path_of_a_machine(path):
    assert path.stat().st_size < MAX_BYTES
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(home|root|tmp|Users|work)/", text)


@LESSONS
def test_says_where_and_on_what_it_ran(path):
    """And the minutes that were measured, on both kinds of computers."""
    notebook = nbformat.read(path, as_version=4)
    course = notebook.metadata["course"]
    assert set(course) == {"date", "device", "versions", "data", "seconds"}
    assert "stand-in" not in course["data"]
    costs = json.loads(execute.COSTS.read_text(encoding="utf-8"))[path.stem]
    for kind in ("CPU with bfloat16", "CPU without bfloat16"):
        assert costs[kind]["device"].startswith("CPU, 2 cores (")
    line = execute.cost_line(costs)
    assert line in notebook.cells[0].source, "make execute writes this line"


@LESSONS
def test_is_short_and_says_how_long_it_is_read(path):
    """A minute for 200 words, and half a one for a prediction."""
    notebook = nbformat.read(path, as_version=4)
    texts = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    text = "\n".join(texts)
    words = len(text.split())
    assert words <= 4_200
    assert len(text.partition("## Check yourself")[0].split()) <= 3_000
    minutes = round(words / 200 + text.count("**Predict.**") / 2)
    assert f"Reading takes {minutes} minutes." in texts[0]
    shown, folded = [], []
    for cell in code_cells(path):
        hidden = any(tag.startswith("hide") for tag in tags(cell))
        lines = folded if hidden else shown
        lines += filter(str.strip, cell.source.splitlines())
    assert len(shown) <= 400 and len(shown + folded) <= 650


@LESSONS
def test_code(path):
    """Solutions are marked and folded; what is folded is so in JupyterLab."""
    for number, cell in enumerate(code_cells(path)):
        begins = cell.source.count("### BEGIN SOLUTION")
        assert begins == cell.source.count("### END SOLUTION")
        assert not begins or {"hide-cell", "solution"} <= tags(cell)
        if number and tags(cell) & {"hide-input", "hide-cell"}:
            assert cell.metadata["jupyter"]["source_hidden"]
        # On a CPU without bfloat16 such a cell takes ten times as long.
        for word in ("autocast", "bfloat16"):
            assert word not in cell.source, "train_ch6(..., amp=True) decides"


@LESSONS
def test_has_exercises_with_solutions_and_checks(path):
    notebook = nbformat.read(path, as_version=4)
    text = "\n".join(c.source for c in notebook.cells)
    exercises = re.findall(r"^### Exercise \d+\.\d", text, re.M)
    prose = text.count("<summary>Solution</summary>")
    code = text.count("### BEGIN SOLUTION")
    assert len(exercises) >= 4
    assert prose + code >= len(exercises)
    assert len(re.findall(r"^check\.\w+\(", text, re.M)) >= 2


def test_setup_cells_are_the_same():
    firsts = [code_cells(path)[0] for path in NOTEBOOKS]
    assert len({cell.source for cell in firsts}) == 1
    assert all("setup-cell" in tags(cell) for cell in firsts)


def test_a_wrong_kernel_is_named(path=NOTEBOOKS[0]):
    """The course is beside the lesson; -S hides the installed packages."""
    code = code_cells(path)[0].source.replace("%pip", "pass  # ")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=path.parent,
        capture_output=True,
        text=True,
    )
    last = done.stderr.splitlines()[-1]
    assert f"Python, {sys.executable}, has no torch." in last
    assert "`make lab`" in last and ".venv" in last
