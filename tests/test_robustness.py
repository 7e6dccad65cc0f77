"""The table of what was tried: it counts what ran, no more."""

import json
import os
import subprocess
import sys
from pathlib import Path

import other_machines
import pytest
from robustness import make_row, write_rows

HERE = Path(__file__).parent
TESTS = """
import pytest

mark = pytest.mark.robustness

@mark("Data", "twice")
@pytest.mark.parametrize("i", [1, 2])
def test_twice(i):
    pass

@mark("Data", "many")
def test_many(record_property):
    record_property("cases", 20)

@mark("Nets", "fails")
@pytest.mark.parametrize("i", [1, 2])
def test_fails(i):
    assert i == 1

@mark("Nets", "fails before it starts")
def test_error(no_such_fixture):
    pass

@mark("Data", "skipped")
def test_skipped():
    pytest.skip("not here")

def test_unmarked():
    pass
"""


TWO = pytest.param(["-n", "2"], marks=pytest.mark.ci, id="xdist")


@pytest.mark.parametrize("workers", [pytest.param([], id="one"), TWO])
def test_cases_that_ran_are_counted(workers, tmp_path):
    if workers:
        pytest.importorskip("xdist")
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["robustness"]')
    (tmp_path / "test_small.py").write_text(TESTS)
    paths = [str(HERE), str(HERE.parent)]
    subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *workers]
        + ["--robustness-report", "report.json", "test_small.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
    )
    result = json.loads((tmp_path / "report.json").read_text())
    counts = {r["tried"]: (r["cases"], r["lost"]) for r in result["rows"]}
    assert counts == {
        "twice": (2, 0),
        "many": (20, 0),
        "fails": (2, 1),
        "fails before it starts": (1, 1),
    }


def test_rows_replace_those_of_their_group_alone(tmp_path):
    path = tmp_path / "report.json"
    write_rows(path, [make_row("Data", "old", 1, 0)])
    write_rows(path, [make_row("Nets", "kept", 2, 0)])
    write_rows(path, [make_row("Data", "new", 3, 0)])
    rows = json.loads(path.read_text())["rows"]
    assert [row["tried"] for row in rows] == ["new", "kept"]


def test_the_stored_table_lost_nothing():
    path = HERE.parent / "results" / "robustness.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    elsewhere = [row for row in rows if row["group"] == other_machines.GROUP]
    assert len(elsewhere) >= 3  # by a script, so `make robustness` keeps them
    for row in rows:
        assert row["cases"] > 0 and row["lost"] == 0, row
