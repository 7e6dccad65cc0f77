"""Build a book as `make book` does, and read its pages."""

import os
import subprocess
import sys
from pathlib import Path

import bs4

ROOT = Path(__file__).resolve().parents[2]
EXTENSIONS = ROOT / "book" / "_ext"
sys.path.append(str(EXTENSIONS))  # they import each other


def build(source, output):
    """Build the book in a folder; return the finished process."""
    options = ["--path-output", str(output)]
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / "build_book.py"), *options],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1"},
        cwd=source,
    )


def read(path):
    """Return a page, parsed."""
    return bs4.BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
