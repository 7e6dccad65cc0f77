"""The image for a JupyterHub: `.binder/` says what the course needs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINDER = ROOT / ".binder"


def pins(path):
    """Return the lines of a requirements file, as pip reads it."""
    found = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.split(" #")[0].strip()
        included = re.fullmatch(r"-[rc] (.+)", line)
        if included:
            found |= pins(path.parent / included[1])
        elif line and not line.startswith("#"):
            found.add(line)
    return found


def test_packages_are_those_of_the_course():
    course = pins(ROOT / "requirements.txt")
    assert any(pin.startswith("torch==") for pin in course)
    assert pins(BINDER / "requirements.txt") == course


def test_python_is_the_one_that_the_course_is_tested_with():
    version = (BINDER / "runtime.txt").read_text().strip()
    workflow = (ROOT / ".github/workflows/tests.yml").read_text()
    tested = re.search(r'python-version: "(.+)"', workflow)[1]
    assert version == f"python-{tested}"


def test_post_build_is_a_program_whose_files_are_there():
    path = BINDER / "postBuild"
    assert os.access(path, os.X_OK)
    text = path.read_text()
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -e" in text
    for name in re.findall(r"-r (\S+)", text):
        assert (ROOT / name).is_file()
    assert not re.search(r"(-e|--editable) \.", text)


@pytest.mark.ci
def test_the_described_environment_runs_a_lesson(tmp_path):
    """As repo2docker does: packages, postBuild; then another home folder."""
    source, home = tmp_path / "source", tmp_path / "home"
    ignored = shutil.ignore_patterns(
        ".git", ".venv", ".data", "_build", "build", "dist", "*.egg-info"
    )
    shutil.copytree(ROOT, source, ignore=ignored)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"])
    bin_ = tmp_path / "env" / "bin"
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    env["PATH"] = f"{bin_}{os.pathsep}{env['PATH']}"

    def run(*command, folder=source, **settings):
        process = subprocess.run(
            command,
            cwd=folder,
            env={**env, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.returncode == 0, process.stdout[-3000:]

    run("pip", "install", "-q", "-r", ".binder/requirements.txt")
    run("./.binder/postBuild")
    home.mkdir()
    lesson = "01_cross_correlation.ipynb"
    shutil.copy(source / "notebooks" / lesson, home)
    # A hub's volume covers the folder that the image was built in.
    shutil.rmtree(source)
    run("jupyter", "execute", lesson, folder=home, COURSE_FAST="1")
    read = "from course_utils.results import RECORDINGS as folder; "
    read += "assert list(folder.glob('*.json'))"
    run("python", "-c", read, folder=home)
