"""The scripts behind `make stamp` and `make execute`, and the Makefile."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import execute
import nbformat
import notebook_code
import pytest
from notebook_code import NOTEBOOKS

ROOT = Path(__file__).resolve().parents[2]


# make execute


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that writes cells into a lesson, and executes that."""
    path = tmp_path / "99_try.ipynb"
    costs = tmp_path / "costs.json"
    costs.write_text('{"99_try": {"GPU": {"seconds": 200, "device": "A"}}}')
    monkeypatch.setattr(notebook_code, "NOTEBOOKS", [path])
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
    assert "cores without bfloat16" in text
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


def make(*arguments, folder=ROOT):
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


NAMES = [str(path.relative_to(ROOT)) for path in NOTEBOOKS]
needs_make = pytest.mark.skipif(not shutil.which("make"), reason="no make")


@needs_make
def test_make_lists_its_targets_and_finds_the_lessons():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    shown = make("help", "names", "--eval", "names:; @echo $(NOTEBOOKS)")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split()
    listed = re.findall(r"^  make ([\w-]+) ", shown.stdout, re.M)
    assert set(listed) == set(phony)
    assert shown.stdout.splitlines()[-1].split() == NAMES


@needs_make
def test_stamp_writes_the_address_and_takes_it_out(tmp_path):
    for name in ["Makefile", "_toc.yml", "_config.yml", *NAMES]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)

    def stamp(repo):
        done = make("stamp", f"REPO={repo}", folder=tmp_path)
        files = ["_config.yml", *NAMES]
        return done, [(tmp_path / name).read_bytes() for name in files]

    _, before = stamp("")
    for repo in ("someone", "a/b/c", 'a/b"; x', "a b/c", "$(x)/b"):
        done, after = stamp(repo)
        assert done.returncode and after == before
        assert "REPO: expected owner/name" in done.stdout
    done, after = stamp("some-one/the.course")
    assert not done.returncode
    assert all(b"some-one/the.course" in content for content in after)
    assert stamp("")[1] == before
    assert not list(tmp_path.rglob("*.bak"))


@needs_make
def test_gpu_steps_go_on_where_they_stopped(tmp_path):
    """A step that fails is tried again, one that is done is not."""
    (tmp_path / "python").write_text("#!/bin/sh\ntest ! -e $1\n")
    (tmp_path / "python").chmod(0o755)
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "tools").mkdir()
    broken = tmp_path / "tools" / "runs.py"
    broken.touch()
    steps = [".runs/gpu/time-05", ".runs/gpu/runs", ".runs/gpu/bench"]

    def take():
        options = ["--keep-going", "--silent", "RUN=./python"]
        done = make(*options, *steps, folder=tmp_path)
        found = {p.name for p in (tmp_path / ".runs" / "gpu").iterdir()}
        return done.returncode, found

    assert take() == (2, {"time-05", "bench"})
    broken.unlink()
    before = (tmp_path / steps[0]).stat().st_mtime_ns
    assert take() == (0, {"time-05", "bench", "runs"})
    assert (tmp_path / steps[0]).stat().st_mtime_ns == before
