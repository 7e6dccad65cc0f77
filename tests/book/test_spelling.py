"""Spelling, and one word for one thing, in prose and comments."""

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

# The course writes American English, and these words.
TERMS = {
    r"\w*(colour|behaviour|neighbour|favour)\w*": "-or",
    r"grey(?!scale)\w*": "gray",
    r"\w*labell(ed|ing)": "-labeled",
    r"\w*modell(ed|ing)": "-modeled",
    r"cancell(ed|ing)": "canceled",
    r"cent(re|red|ring)": "center",
    r"(normalis|initialis|optimis|visualis|regularis|generalis)\w*": "-iz-",
    r"(summaris|organis|recognis|memoris|minimis|maximis)\w*": "-iz-",
    r"analys(e|ed|ing)": "analyze",
    r"programmes?": "program",
    r"artefacts?": "artifact",
    r"whilst": "while",
    r"back[- ]propagat\w*": "backpropagation",
    r"hyper-parameters?": "hyperparameter",
    r"datasets?": "data set",
    r"fully[- ]connected layers?": "dense layer",
    r"drop-out": "dropout",
    r"soft-max": "softmax",
    r"(mini-?batch|minibatch)(es)?": "batch",
    r"(e-mail|web-site|note-book)s?": "one word",
}
# Where another word is right: titles of works, and d2l's own words.
QUOTED = re.compile(
    r'"[^"]*"|“[^”]*”|`[^`]*`|\*[^*]*\*|\$[^$]*\$|\]\([^)]*\)'
)


def prose(path):
    """Return a page's or notebook's prose, without code and quotations."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = nbformat.reads(text, 4).cells
        text = "\n\n".join(
            c.source for c in cells if c.cell_type == "markdown"
        )
    text = re.sub(r"(?ms)^(`{3,}|:{3,}).*?^\1", "", text)
    return QUOTED.sub("", text)


@pytest.mark.parametrize("path", PAGES + NOTEBOOKS, ids=lambda p: p.name)
def test_words_of_the_course(path):
    text, wrong = prose(path), []
    for pattern, instead in TERMS.items():
        for match in re.finditer(rf"\b({pattern})\b", text, re.I):
            wrong.append(f"{match[0]}: write {instead}")
    assert not wrong


def test_the_list_finds_words():
    text = "The normalised colours of mini-batches behave; modelled in grey."
    found = [
        match[0]
        for pattern in TERMS
        for match in re.finditer(rf"\b({pattern})\b", text, re.I)
    ]
    assert {"normalised", "colours", "modelled", "grey"} <= set(found)


def test_spelling(tmp_path):
    """Prose of pages and notebooks, and all code with its comments."""
    codespell = shutil.which("codespell", path=Path(sys.executable).parent)
    if not codespell:
        pytest.skip("codespell is not installed")
    for path in NOTEBOOKS:
        (tmp_path / f"{path.stem}.md").write_text(prose(path))
    result = subprocess.run(
        [codespell, *map(str, PAGES), str(tmp_path), *CODE],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
