"""Run the test suite as on other machines.

    python tests/support/other_machines.py oldest [PYTHON] [PYTEST ARGUMENTS]

The packages are the oldest that pyproject.toml admits, or with ``newest``
the newest that there are; they go into an environment of their own, which
PYTHON makes. With ``--ready`` PYTHON is that of an environment that has
all, and the first word is only its name.

The suite runs in a copy of the repository, in a folder with a space in its
name that cannot be written, in another time zone and with another hash seed,
on one core. The notebooks do not run.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAY_NOT = "--bounding-set=-dac_override,-dac_read_search"
TOOLS = ["pytest", "pytest-xdist", "hypothesis", "nbformat", "nbclient"]
TOOLS += ["nbval", "ipykernel", "pandas", "scipy"]
TOOLS += ["jupyter-book==1.0.4.post1", "sphinx-revealjs==3.2.1"]
VERSIONS = (
    "import platform, numpy, torch;"
    "print(platform.python_version(), torch.__version__, numpy.__version__)"
)


def bounds():
    """Return pyproject's dependencies, such as ``torch>=2.6``."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^dependencies = \[(.*?)^\]", text, re.M | re.S)[1]
    return re.findall(r'"(.+)"', block)


def install(python, which, folder):
    """Make an environment with the oldest or newest packages admitted."""
    subprocess.run([python, "-m", "venv", folder], check=True)
    here = f"{folder}/bin/python"
    pins = [line.replace(">=", "==") for line in bounds()]
    wanted = bounds() if which == "newest" else pins
    subprocess.run([here, "-m", "pip", "install", *TOOLS], check=True)
    subprocess.run([here, "-m", "pip", "install", *wanted], check=True)
    return here


def copy_of_the_repository(folder):
    """Copy the tracked files into a folder, and let nobody write there."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    for name in filter(None, names.stdout.decode().split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
        os.chmod(target, (ROOT / name).stat().st_mode & 0o555)
    for path, _, _ in os.walk(folder):
        os.chmod(path, 0o555)


def run_suite(python, arguments):
    """Run the suite; return pytest's counts by outcome."""
    with tempfile.TemporaryDirectory() as temporary:
        os.chmod(temporary, 0o755)
        checkout = Path(temporary, "a course")
        checkout.mkdir()
        copy_of_the_repository(checkout)
        home = Path(temporary, "home")
        home.mkdir()
        os.chmod(home, 0o777)
        command = [python, "-m", "pytest", "-q", "-ra", *arguments]
        command += ["--continue-on-collection-errors", "tests"]
        if shutil.which("taskset"):
            command = ["taskset", "-c", "0", *command]
        if os.geteuid() == 0:  # root could write everywhere
            command = ["setpriv", MAY_NOT, *command]
        environ = {
            **os.environ,
            "HOME": str(home),
            "TMPDIR": str(home),
            "PYTHONPATH": str(checkout),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "20",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(home / "hypothesis"),
            "LC_ALL": "C",
            "TZ": "Pacific/Kiritimati",
        }
        result = subprocess.run(
            command,
            cwd=checkout,
            env=environ,
            capture_output=True,
            text=True,
        )
        print(result.stdout[-20000:], result.stderr[-2000:])
        last = result.stdout.strip().splitlines()[-1]
        return {k: int(n) for n, k in re.findall(r"(\d+) ([a-z]+)", last)}


def main():
    """Run, and say what was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help='"oldest" or "newest"')
    parser.add_argument("python", nargs="?", default=sys.executable)
    parser.add_argument("--ready", action="store_true")
    options, arguments = parser.parse_known_args()
    python = options.python
    with tempfile.TemporaryDirectory() as folder:
        if not options.ready:
            python = install(python, options.name, folder)
            os.chmod(folder, 0o755)
        versions = subprocess.run(
            [python, "-c", VERSIONS], capture_output=True, text=True
        ).stdout.split()
        counts = run_suite(python, arguments)
    here = "Python {}, torch {}, numpy {}".format(*versions)
    print(options.name, here, counts)
    lost = counts.get("failed", 0) + counts.get("error", 0)
    lost += counts.get("errors", 0)
    cases = counts.get("passed", 0) + lost
    return bool(lost or not cases)


if __name__ == "__main__":
    sys.exit(main())
