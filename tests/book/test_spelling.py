"""American spelling, in prose and comments."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from notebook_code import NOTEBOOKS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "index.md"]
PAGES += sorted((ROOT / "book").rglob("*.md"))
CODE = ["course_utils", "tests", "tools", "book/_ext"]
OPTIONS = ["--builtin", "clear,rare,en-GB_to_en-US"]
OPTIONS += ["--skip", "*/standin/*.js"]  # images in base64


def prose(path):
    """Return a notebook's prose, without code."""
    cells = nbformat.read(path, as_version=4).cells
    text = "\n\n".join(c.source for c in cells if c.cell_type == "markdown")
    return re.sub(r"(?ms)^(`{3,}).*?^\1", "", text)


def test_spelling(tmp_path):
    codespell = shutil.which("codespell", path=Path(sys.executable).parent)
    if not codespell:
        pytest.skip("codespell is not installed")
    for path in NOTEBOOKS:
        (tmp_path / f"{path.stem}.md").write_text(prose(path))
    result = subprocess.run(
        [codespell, *OPTIONS, *PAGES, tmp_path, *CODE],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
