"""Run the test suite as on other machines.

    python tests/support/other_machines.py oldest [PYTEST ARGUMENTS]

The packages are the oldest that pyproject.toml admits, or with ``newest``
the newest that there are, in an environment of their own. The suite runs in
a clone that cannot be written, in a folder with a space in its name, in
another time zone and with another hash seed. The notebooks do not run.
"""

import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ["pytest", "pytest-xdist", "hypothesis", "nbformat", "nbclient"]
TOOLS += ["nbval", "ipykernel", "pandas", "scipy"]
TOOLS += ["jupyter-book==1.0.4.post1", "sphinx-revealjs==3.2.1"]


def install(which, folder):
    """Make an environment with the oldest or newest packages admitted."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        wanted = tomllib.load(file)["project"]["dependencies"]
    if which == "oldest":
        wanted = [bound.replace(">=", "==") for bound in wanted]
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = f"{folder}/bin/python"
    for packages in (TOOLS, wanted):
        subprocess.run(
            [python, "-m", "pip", "install", *packages], check=True
        )
    return python


def run_suite(python, arguments, folder):
    """Run the suite in a clone; return pytest's exit code."""
    checkout, home = folder / "a course", folder / "home"
    subprocess.run(["git", "clone", "-q", ROOT, checkout], check=True)
    subprocess.run(["chmod", "-R", "a-w", checkout], check=True)
    home.mkdir()
    environ = {
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONPATH": str(checkout),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "20",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(home / "hypothesis"),
        "LC_ALL": "C",
        "TZ": "Pacific/Kiritimati",
    }
    command = [python, "-m", "pytest", "-q", "-ra", *arguments, "tests"]
    environ = {**os.environ, **environ}
    return subprocess.run(command, cwd=checkout, env=environ).returncode


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        python = install(sys.argv[1], f"{folder}/packages")
        sys.exit(run_suite(python, sys.argv[2:], Path(folder)))
