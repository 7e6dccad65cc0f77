"""The notebooks as files: outputs stored, complete, readable, and small.

That their outputs are right is for nbval, which `make test` runs over
them in fast mode.
"""

import base64
import json
import re
import subprocess
import sys

import execute
import nbconvert
import nbformat
import pytest
from execute import refreshed
from notebook_code import NOTEBOOKS, alt_text, code_cells, tags

LESSONS = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
MAX_BYTES, MAX_PNG_BYTES, MAX_COLUMNS = 1_500_000, 150_000, 78


def with_outputs(path):
    return [cell for cell in code_cells(path) if cell.outputs]


def pngs(cell):
    for output in cell.outputs:
        if "image/png" in output.get("data", {}):
            yield base64.b64decode(output.data["image/png"])


def test_a_notebook_in_git_is_a_lesson():
    """_toc.yml names it; any other there is a reader's own."""
    found = subprocess.run(
        ["git", "ls-files", "-z", "*.ipynb"],
        cwd=NOTEBOOKS[0].parent,
        capture_output=True,
        text=True,
    )
    if found.returncode:
        pytest.skip("this is no checkout of git")
    names = {path.name for path in NOTEBOOKS}
    assert set(filter(None, found.stdout.split("\0"))) <= names


@LESSONS
def test_was_run_from_top_to_bottom(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@LESSONS
def test_has_outputs_and_no_error(path):
    assert len(with_outputs(path)) >= 10
    kinds = [o.output_type for c in with_outputs(path) for o in c.outputs]
    assert "error" not in kinds


@LESSONS
def test_no_warning_is_stored(path):
    for cell in with_outputs(path):
        assert all(o.get("name") != "stderr" for o in cell.outputs)


@LESSONS
def test_most_outputs_are_compared(path):
    cells = with_outputs(path)
    ignored = [c for c in cells if "nbval-ignore-output" in tags(c)]
    assert len(ignored) <= 0.4 * len(cells)


@LESSONS
def test_says_where_and_on_what_it_ran(path):
    course = nbformat.read(path, as_version=4).metadata["course"]
    assert set(course) == {"date", "device", "versions", "data", "seconds"}
    assert "stand-in" not in course["data"]


@LESSONS
def test_stated_minutes_are_measured_ones(path):
    costs = json.loads(execute.COSTS.read_text(encoding="utf-8"))[path.stem]
    for kind in ("CPU with bfloat16", "CPU without bfloat16"):
        assert costs[kind]["device"].startswith("CPU, 2 cores (")
    first = nbformat.read(path, as_version=4).cells[0].source
    line = execute.cost_line(costs)
    assert line in first, "make execute writes this line"


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
def test_no_cell_names_a_dtype_for_speed(path):
    """On a CPU without bfloat16 such a cell takes ten times as long."""
    for cell in code_cells(path):
        for word in ("autocast", "bfloat16"):
            assert word not in cell.source, "train_ch6(..., amp=True) decides"


@LESSONS
def test_is_small_enough(path):
    assert path.stat().st_size < MAX_BYTES
    for cell in with_outputs(path):
        assert all(len(png) < MAX_PNG_BYTES for png in pngs(cell))


@LESSONS
def test_figures_have_alt_text(path):
    """In the cell for the book, in the picture for nbconvert."""
    for cell in with_outputs(path):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                alt = output.metadata.get("image/png", {}).get("alt")
                assert alt, f"no alt text: {cell.source[:60]}"
                assert alt == alt_text(cell), "run tools/execute.py --figures"


@LESSONS
def test_exported_figures_have_alt_text(path):
    exporter = nbconvert.HTMLExporter(template_name="classic")
    page = exporter.from_filename(path)[0]
    figures = re.findall(r"<img [^>]*>", page)
    stored = sum(len(list(pngs(cell))) for cell in with_outputs(path))
    assert len(figures) >= stored > 0
    assert not any("No description has been" in tag for tag in figures)


@LESSONS
def test_live_figures_are_those_of_the_package(path):
    for cell in with_outputs(path):
        for output in cell.outputs:
            html = output.get("data", {}).get("text/html", "")
            assert html == refreshed(html), "run tools/execute.py --figures"


@LESSONS
def test_code_fits_the_page(path):
    for cell in code_cells(path):
        for line in cell.source.splitlines():
            assert len(line) <= MAX_COLUMNS, line


@LESSONS
def test_solutions_are_marked_and_folded(path):
    for cell in code_cells(path):
        begins = cell.source.count("### BEGIN SOLUTION")
        assert begins == cell.source.count("### END SOLUTION")
        if begins:
            assert {"hide-cell", "solution"} <= tags(cell)


@LESSONS
def test_drawing_code_is_folded_in_jupyterlab_too(path):
    for cell in code_cells(path)[1:]:
        if tags(cell) & {"hide-input", "hide-cell"}:
            assert cell.metadata["jupyter"]["source_hidden"]


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


@LESSONS
def test_no_path_of_a_machine_is_stored(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"/(home|root|tmp|Users|work)/", text)


def test_setup_cells_are_the_same():
    firsts = {code_cells(path)[0].source for path in NOTEBOOKS}
    assert len(firsts) == 1
    assert all("setup-cell" in tags(code_cells(p)[0]) for p in NOTEBOOKS)


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
