"""The image for a JupyterHub: `.binder/` says what the course needs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.nightly
def test_the_described_environment_runs_a_lesson(tmp_path):
    """As repo2docker does: postBuild, then another home folder."""
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
