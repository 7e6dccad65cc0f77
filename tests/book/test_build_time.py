"""What a build of the book must not spend its time on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATHS = [str(ROOT / "tools"), str(ROOT / "book" / "_ext")]


def imported_by(code):
    """Return the names of the modules that code imports, as a set."""
    found = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(PATHS)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(found.stdout.split())


def test_make_book_compiles_no_grammars():
    pytest.importorskip("jupyter_book")
    names = imported_by("import build_book, jupyter_book.config")
    assert "jupyter_book.config" in names and "jsonschema" in names
    assert "lark" not in names
    assert "tools/build_book.py" in (ROOT / "Makefile").read_text()


def test_matplotlib_waits_for_the_first_card():
    pytest.importorskip("sphinx")
    names = imported_by("import page_meta")
    assert "social_card" in names and "matplotlib" not in names
