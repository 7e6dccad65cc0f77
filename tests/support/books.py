"""Build a book as `make book` does, and read its pages."""

import os
import subprocess
import sys
from pathlib import Path

import bs4

ROOT = Path(__file__).resolve().parents[2]
EXTENSIONS = ROOT / "book" / "_ext"
sys.path.append(str(EXTENSIONS))  # they import each other


def build(source, output, before=""):
    """Build the book in a folder; return the finished process.

    ``before`` is code that the process runs first.
    """
    # The package has no __main__, and its script may not be on the path.
    program = f"{before}from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", program, "build", str(source)]
    options = ["-W", "-n", "--keep-going", "--path-output", str(output)]
    return subprocess.run(
        [*command, *options],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1"},
        cwd=source,
    )


def read(path):
    """Return a page, parsed."""
    return bs4.BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
