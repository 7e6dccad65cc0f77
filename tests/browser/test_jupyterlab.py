"""Each lesson in the real JupyterLab: opened, run, and free of errors.

Takes minutes, so it is run by .ci/run alone:
COURSE_BROWSER=1 python -m pytest -m ci tests/browser
"""

import os
import secrets
import shutil
import socket
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


def free_port():
    """Return a port that nobody listens at."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, server):
    """Return once the server answers."""
    for _ in range(120):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert server.poll() is None, "JupyterLab did not start"
            time.sleep(0.5)
    pytest.fail("JupyterLab did not answer")


def environment(home, token):
    """Return a new user's: no settings, no data, figures in the page."""
    ours = {
        "COURSE_FAST": "1",
        "COURSE_DATA": str(home / "data"),
        "JUPYTER_TOKEN": token,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    without = {"MPLBACKEND", "COURSE_RESULTS"}
    return {k: v for k, v in os.environ.items() if k not in without} | ours


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on an empty folder; give it and an address to fill in."""
    home = tmp_path_factory.mktemp("lab")
    folder, token, port = home / "lessons", secrets.token_hex(8), free_port()
    folder.mkdir()
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser"]
            + ["--allow-root", f"--port={port}", f"--notebook-dir={folder}"]
            + ["--LabApp.expose_app_in_browser=True"],
            env=environment(home, token),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(port, server)
        where = f"http://127.0.0.1:{port}/lab/workspaces/{{}}/tree/{{}}"
        yield folder, f"{where}?token={token}"
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def page(browser):
    """A page whose kernel is ended behind it: two would share the cores."""
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    yield page
    page.evaluate("window.jupyterapp?.serviceManager.sessions.shutdownAll()")
    page.close()


def faults(notebook):
    """Return what a learner must not see: errors, and warnings."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                yield output.ename, output.evalue
            elif output.get("name") == "stderr":
                yield "stderr", output.text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_lesson_runs_in_jupyterlab(lab, page, path):
    folder, address = lab
    copy = shutil.copy(path, folder)
    before = nbformat.read(path, as_version=4)
    for cell in before.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(before, copy)
    page.goto(address.format(path.stem, path.name))
    page.wait_for_function(READY, timeout=3 * MINUTE)
    page.evaluate(RUN_ALL)
    assert not list(faults(nbformat.read(copy, as_version=4)))
    counts = [cell.execution_count for cell in code_cells(copy)]
    assert counts == list(range(1, len(counts) + 1))
    assert page.locator(FIGURES).count() > 0
