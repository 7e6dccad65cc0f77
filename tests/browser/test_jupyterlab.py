"""Each lesson in the real JupyterLab: opened, run, and free of errors.

Takes minutes, so it is run by .ci/run alone:
COURSE_BROWSER=1 python -m pytest -m ci tests/browser
"""

import json
import os
import shutil
import subprocess
import sys
import time

import nbformat
import pytest
from notebook_code import NOTEBOOKS, code_cells

pytestmark = pytest.mark.ci

# Returns once the last cell has run, and the notebook is saved.
RUN_ALL = """
async () => {
  await jupyterapp.commands.execute("notebook:run-all-cells");
  await jupyterapp.commands.execute("docmanager:save");
}
"""
# A notebook is open, and its kernel waits for work.
READY = """
() => {
  const widget = window.jupyterapp?.shell.currentWidget;
  const kernel = widget?.sessionContext?.session?.kernel;
  return kernel?.status === "idle";
}
"""
MINUTE = 60_000  # ms
FIGURES = ".jp-OutputArea-output img"


def environment(home):
    """Return a new user's: no settings, no data, figures in the page."""
    ours = {"COURSE_FAST": "1", "HOME": str(home)}
    ours["JUPYTER_RUNTIME_DIR"] = str(home)
    settings = ("MPLBACKEND", "COURSE_", "JUPYTER", "XDG_")
    theirs = {
        k: v for k, v in os.environ.items() if not k.startswith(settings)
    }
    return theirs | ours


def wait_for(file, server):
    """Return what the server writes down once it listens."""
    for _ in range(120):
        if file.exists():
            return json.loads(file.read_text())
        assert server.poll() is None, "JupyterLab did not start"
        time.sleep(0.5)
    pytest.fail("JupyterLab did not start in a minute")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on an empty folder; give it and an address to fill in."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "lessons"
    folder.mkdir()
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser"]
            + ["--allow-root", f"--notebook-dir={folder}"]
            + ["--LabApp.expose_app_in_browser=True"],
            env=environment(home),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        found = wait_for(home / f"jpserver-{server.pid}.json", server)
        where = f"{found['url']}lab/workspaces/{{}}/tree/{{}}"
        yield folder, f"{where}?token={found['token']}"
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_lesson_runs_in_jupyterlab(lab, new_page, path):
    folder, address = lab
    copy = shutil.copy(path, folder)
    before = nbformat.read(path, as_version=4)
    for cell in before.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(before, copy)
    page = new_page("http://127.0.0.1", 1300, 1000)
    page.goto(address.format(path.stem, path.name))
    page.wait_for_function(READY, timeout=3 * MINUTE)
    page.evaluate(RUN_ALL)
    for cell in code_cells(copy):
        for output in cell.outputs:
            assert output.output_type != "error", output
            assert output.get("name") != "stderr", output
    counts = [cell.execution_count for cell in code_cells(copy)]
    assert counts == list(range(1, len(counts) + 1))
    assert page.locator(FIGURES).count() > 0
    # Two kernels would share the cores.
    page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")
