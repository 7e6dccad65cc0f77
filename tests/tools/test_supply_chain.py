"""What the course installs, fetches and runs: pinned, named, and not more."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
REQUIREMENTS = sorted(ROOT.glob("requirements*.txt"))
CODE = [
    path
    for folder in ("course_utils", "tools", "book/_ext")
    for path in (ROOT / folder).rglob("*.py")
]


def calls(path):
    """Yield each call of a file: its name as written, and the node."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def keyword(node, name):
    """Return what a call gives for a keyword, as written; or None."""
    values = {k.arg: ast.unparse(k.value) for k in node.keywords}
    return values.get(name)


@pytest.mark.parametrize("path", CODE, ids=lambda p: p.name)
def test_no_code_runs_from_data(path):
    """The package evaluates nothing; tools do so with notebooks alone."""
    runners = {"exec"} if ROOT / "tools" in path.parents else set()
    for name, node in calls(path):
        assert name not in {"eval", "exec"} - runners, name
        assert name not in {"os.system", "os.popen"}, name
        assert keyword(node, "shell") in (None, "False"), name
        if name == "torch.load":
            assert keyword(node, "weights_only") == "True", path
        if name == "np.load":
            assert keyword(node, "allow_pickle") == "False", path
        if path.name != "worker.py":  # reads what its parent process sent
            assert name not in {"pickle.load", "pickle.loads"}, name


def test_package_fetches_data_only():
    """Addresses stand in the catalog, and files are checked by MD5."""
    for path in (ROOT / "course_utils").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name != "catalog.py":
            assert not re.search(r"https?://", text), path
        for name, _ in calls(path):
            assert "subprocess" not in name and "urlopen" not in name, path


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_workflow_has_few_rights_and_pinned_actions(path):
    text = path.read_text(encoding="utf-8")
    assert re.search(r"^permissions: \{\}", text, re.M)
    used = re.findall(r"uses: (\S+)(.*)", text)
    assert used
    for action, comment in used:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action
    for right, value in re.findall(
        r"^ {6}([\w-]+): (write|read)", text, re.M
    ):
        allowed = {("contents", "read")}
        if path.name == "pages.yml":
            allowed |= {("pages", "write"), ("id-token", "write")}
        assert (right, value) in allowed, right
    checkouts = text.count("actions/checkout@")
    assert text.count("persist-credentials: false") == checkouts
    # What others write, such as a branch's name, is no part of a command.
    assert not re.search(r"\$\{\{\s*github\.(event|head_ref)", text)


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda p: p.name)
def test_requirements_are_pinned(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.split("#")[0].strip()
        if line and line != "-c constraints.txt":
            assert re.fullmatch(r"[\w.-]+==[\w.]+", line), line


def test_constraints_are_pinned():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    names = [
        re.fullmatch(r"([\w.-]+)==[\w.]+", x) for x in lines if x[0] != "#"
    ]
    assert len(names) > 100 and all(names)
