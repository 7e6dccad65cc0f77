"""The scripts behind `make stamp` and `make execute`, and the Makefile."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from notebook_code import NOTEBOOKS, lessons

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path):
    """A copy of what the scripts read and write."""
    for folder in ("tools", "notebooks", "results"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for file in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / file, tmp_path)
    for path in tmp_path.rglob("*"):
        path.chmod(0o755)  # the checkout may be for reading only
    return tmp_path


def run(tree, script, *arguments, **environment):
    keep = {k: v for k, v in os.environ.items() if k != "COURSE_FAST"}
    return subprocess.run(
        [sys.executable, tree / "tools" / script, *arguments],
        capture_output=True,
        text=True,
        env={**keep, "PYTHONPATH": str(ROOT), **environment},
    )


def contents(tree):
    files = [*lessons(tree), tree / "_config.yml"]
    return {path.name: path.read_bytes() for path in files}


def test_stamp_writes_the_address_and_takes_it_out(tree):
    run(tree, "stamp.py", "")
    before = contents(tree)
    assert run(tree, "stamp.py", "some-one/the.course").returncode == 0
    for name, content in contents(tree).items():
        assert content != before[name], name
        assert b"some-one/the.course" in content, name
    run(tree, "stamp.py", "")
    assert contents(tree) == before


@pytest.mark.parametrize("repo", ["someone", "a/b/c", 'a/b"; x', "a b/c"])
def test_stamp_refuses_what_is_no_address(tree, repo):
    before = contents(tree)
    found = run(tree, "stamp.py", repo)
    assert found.returncode != 0
    assert "expected owner/name" in found.stderr and repo in found.stderr
    assert contents(tree) == before


def write_notebook(tree, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    path = tree / "notebooks" / "99_try.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    toc = tree / "_toc.yml"
    text = toc.read_text(encoding="utf-8")
    first = "      - file: notebooks/01"
    assert first in text
    new = f"      - file: notebooks/99_try\n{first}"
    toc.write_text(text.replace(first, new), encoding="utf-8")
    return path


def test_execute_stores_outputs_and_where_they_are_from(tree):
    drawing = "from PIL import Image\nImage.new('L', (2, 2))"
    path = write_notebook(
        tree, "import course_utils", "print(6 * 7)", drawing
    )
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[2].metadata["mystnb"] = {"image": {"alt": "A dot."}}
    nbformat.write(notebook, path)
    found = run(tree, "execute.py", "99")
    assert found.returncode == 0, found.stderr
    notebook = nbformat.read(path, as_version=4)
    assert notebook.cells[1].outputs[0].text == "42\n"
    assert [c.execution_count for c in notebook.cells] == [1, 2, 3]
    shown = notebook.cells[2].outputs[0]
    assert shown.metadata["image/png"] == {"alt": "A dot."}
    assert notebook.metadata.course.data == ""
    assert "torch" in notebook.metadata.course.versions


LIMITS = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}


def test_execute_states_the_minutes_that_it_measured(tree):
    """For each kind of CPU; timing the second leaves the outputs alone."""
    path = write_notebook(tree, "import course_utils", "print(6 * 7)")
    notebook = nbformat.read(path, as_version=4)
    text = "**Cost.** The whole notebook takes years. Reading takes a day."
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(text))
    nbformat.write(notebook, path)
    costs = tree / "results" / "costs.json"
    costs.write_text('{"99_try": {"GPU": {"seconds": 200, "device": "A"}}}')
    found = run(tree, "execute.py", "--time", "99", **LIMITS)
    assert found.returncode == 0, found.stderr
    notebook = nbformat.read(path, as_version=4)
    assert not notebook.cells[2].outputs
    cost = json.loads(costs.read_text())["99_try"]
    assert list(cost) == ["CPU without bfloat16", "GPU"]
    seconds = cost["CPU without bfloat16"]["seconds"]
    text = notebook.cells[0].source
    assert f"takes about {seconds} seconds on" in text
    assert "CPU cores without instructions for bfloat16" in text
    assert text.endswith("3 minutes on a GPU (A). Reading takes a day.")


def test_execute_keeps_no_outputs_from_a_stand_in(tree, tmp_path):
    loading = (
        "from course_utils import sources\n"
        "sources._in_use['cifar10'] = 'stand-in pictures'"
    )
    path = write_notebook(tree, loading)
    before = path.read_bytes()
    found = run(tree, "execute.py", "99")
    assert found.returncode != 0 and "not stored" in found.stderr
    assert path.read_bytes() == before


def test_execute_keeps_the_file_when_a_cell_fails(tree):
    path = write_notebook(tree, "1 / 0")
    before = path.read_bytes()
    found = run(tree, "execute.py", "99")
    assert found.returncode != 0 and "ZeroDivisionError" in found.stderr
    assert path.read_bytes() == before


def test_execute_names_the_lessons_there_are(tree):
    found = run(tree, "execute.py", "42")
    assert found.returncode != 0 and "05_lenet" in found.stderr


def test_execute_refuses_fast_mode(tree):
    found = run(tree, "execute.py", "01", COURSE_FAST="1")
    assert found.returncode != 0 and "COURSE_FAST" in found.stderr


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
def test_make_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split()
    shown = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert set(re.findall(r"^  make ([\w-]+) ", shown, re.M)) == set(phony)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
def test_stray_notebooks_are_no_lessons(tree):
    """A new notebook, a copy and a file that is none change nothing."""
    copy = (ROOT / "notebooks" / "05_lenet.ipynb").read_text("utf-8")
    strays = {
        "Untitled.ipynb": "",
        "05_lenet-Copy1.ipynb": copy,
        "my own notes.ipynb": "{",
        ".ipynb_checkpoints/05_lenet-checkpoint.ipynb": copy,
    }
    for name, text in strays.items():
        path = tree / "notebooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert [path.name for path in lessons(tree)] == [
        path.name for path in NOTEBOOKS
    ]
    shown = subprocess.run(
        ["make", "--no-print-directory", "-f", ROOT / "Makefile"]
        + ["--eval", "names:; @echo $(NOTEBOOKS)", "names"],
        cwd=tree,
        capture_output=True,
        text=True,
    ).stdout
    assert shown.split() == [f"notebooks/{path.name}" for path in NOTEBOOKS]
    for script, *arguments in (("stamp.py", "a/b"), ("refresh_figures.py",)):
        found = run(tree, script, *arguments)
        assert found.returncode == 0, found.stderr
    for name, text in strays.items():
        path = tree / "notebooks" / name
        assert path.read_text(encoding="utf-8") == text
