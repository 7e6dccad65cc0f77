"""American spelling, in prose and comments."""

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


def test_spelling(tmp_path):
    codespell = shutil.which("codespell", path=Path(sys.executable).parent)
    if not codespell:
        pytest.skip("codespell is not installed")
    for path in NOTEBOOKS:  # their prose, without outputs
        cells = nbformat.read(path, as_version=4).cells
        text = [c.source for c in cells if c.cell_type == "markdown"]
        (tmp_path / f"{path.stem}.md").write_text("\n\n".join(text))
    result = subprocess.run(
        [codespell, *OPTIONS, *PAGES, tmp_path, *CODE],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
