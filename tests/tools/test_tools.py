"""The scripts behind `make stamp` and `make execute`, and the Makefile."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import execute
import nbformat
import pytest
import stamp
from notebook_code import NOTEBOOKS

ROOT = Path(__file__).resolve().parents[2]


# make stamp


@pytest.fixture
def contents(tmp_path, monkeypatch):
    """A function that reads what is stamped: copies of the files."""
    copies = [Path(shutil.copy(path, tmp_path)) for path in NOTEBOOKS]
    monkeypatch.setattr(stamp, "NOTEBOOKS", copies)
    monkeypatch.setattr(stamp, "ROOT", tmp_path)
    config = Path(shutil.copy(ROOT / "_config.yml", tmp_path))
    return lambda: {p.name: p.read_bytes() for p in [*copies, config]}


def test_stamp_writes_the_address_and_takes_it_out(contents):
    stamp.main("")
    before = contents()
    stamp.main("some-one/the.course")
    for name, content in contents().items():
        assert content != before[name], name
        assert b"some-one/the.course" in content, name
    stamp.main("")
    assert contents() == before


@pytest.mark.parametrize("repo", ["someone", "a/b/c", 'a/b"; x', "a b/c"])
def test_stamp_refuses_what_is_no_address(contents, repo):
    before = contents()
    with pytest.raises(SystemExit, match=rf"expected owner/name.*{repo}"):
        stamp.main(repo)
    assert contents() == before


# make execute


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that writes cells into a lesson, and executes that."""
    path = tmp_path / "99_try.ipynb"
    costs = tmp_path / "costs.json"
    costs.write_text('{"99_try": {"GPU": {"seconds": 200, "device": "A"}}}')
    monkeypatch.setattr(execute, "NOTEBOOKS", [path])
    monkeypatch.setattr(execute, "RESULTS", tmp_path)
    monkeypatch.setattr(execute, "COSTS", costs)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def run(*sources, options=("99",)):
        text = "**Cost.** The whole notebook takes years. Reading, a day."
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        cells.insert(0, nbformat.v4.new_markdown_cell(text))
        cells[-1].metadata["mystnb"] = {"image": {"alt": "A dot."}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        before = path.read_bytes()
        monkeypatch.setattr(sys, "argv", ["execute.py", *options])
        try:
            execute.main()
        except BaseException:
            assert path.read_bytes() == before
            raise
        return nbformat.read(path, as_version=4)

    return run


def test_execute_stores_outputs_and_where_they_are_from(run):
    pieces = "print(6, flush=True); print(7)"
    drawing = "from PIL import Image\nImage.new('L', (2, 2))"
    notebook = run("import course_utils", pieces, drawing)
    cells = notebook.cells[1:]
    assert [output.text for output in cells[1].outputs] == ["6\n7\n"]
    assert [cell.execution_count for cell in cells] == [1, 2, 3]
    shown = cells[2].outputs[0]
    assert shown.metadata["image/png"] == {"alt": "A dot."}
    assert notebook.metadata.course.data == ""
    assert "torch" in notebook.metadata.course.versions


def test_execute_states_the_minutes_that_it_measured(run, monkeypatch):
    """For each kind of CPU; timing the second leaves the outputs alone."""
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "avx2")
    notebook = run("print(6 * 7)", options=("--time", "99"))
    assert not notebook.cells[1].outputs
    cost = json.loads(execute.COSTS.read_text())["99_try"]
    assert list(cost) == ["CPU without bfloat16", "GPU"]
    seconds = cost["CPU without bfloat16"]["seconds"]
    text = notebook.cells[0].source
    assert f"takes about {seconds} seconds on" in text
    assert "CPU cores without instructions for bfloat16" in text
    assert text.endswith("3 minutes on a GPU (A). Reading, a day.")


def test_execute_keeps_no_outputs_from_a_stand_in(run):
    loading = (
        "from course_utils import sources\n"
        "sources.in_use['cifar10'] = 'stand-in pictures'"
    )
    with pytest.raises(SystemExit, match="not stored"):
        run(loading)


def test_execute_keeps_the_file_when_a_cell_fails(run):
    with pytest.raises(Exception, match="ZeroDivisionError"):
        run("1 / 0")


def test_execute_names_the_lessons_there_are(run):
    with pytest.raises(SystemExit, match="there are: 99_try"):
        run(options=("42",))


def test_execute_refuses_fast_mode(run, monkeypatch):
    monkeypatch.setenv("COURSE_FAST", "1")
    with pytest.raises(SystemExit, match="COURSE_FAST"):
        run()


# The Makefile


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
def test_make_lists_its_targets_and_finds_the_lessons():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    command = ["make", "--no-print-directory", "help", "names"]
    command += ["--eval", "names:; @echo $(NOTEBOOKS)"]
    shown = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split()
    assert set(re.findall(r"^  make ([\w-]+) ", shown, re.M)) == set(phony)
    names = [str(path.relative_to(ROOT)) for path in NOTEBOOKS]
    assert shown.splitlines()[-1].split() == names
