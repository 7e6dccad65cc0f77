"""What the course installs, and what its workflows run: pinned, no more.

Code from data, shells and pickles are the business of ruff's rules S.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FOR_PAGES = {"pages: write", "id-token: write"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_workflow_has_few_rights_and_pinned_actions(path):
    text = path.read_text(encoding="utf-8")
    assert re.search(r"^permissions: \{\}", text, re.M)
    rights = set(re.findall(r"^ {6}([\w-]+: (?:write|read))", text, re.M))
    allowed = FOR_PAGES if path.name == "pages.yml" else set()
    assert rights <= {"contents: read"} | allowed
    used = re.findall(r"uses: (.*)", text)
    assert used
    for action in used:
        pinned = r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+"
        assert re.fullmatch(pinned, action), action
    checkouts = text.count("actions/checkout@")
    assert text.count("persist-credentials: false") == checkouts
    # What others write, such as a branch's name, is no part of a command.
    assert not re.search(r"\$\{\{\s*github\.(event|head_ref)", text)


def test_requirements_are_pinned():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    pins = [line for line in lines if line]
    assert len(pins) > 100
    for line in pins:
        assert re.fullmatch(r"[\w.-]+==[\w.]+(; .+)?", line), line
