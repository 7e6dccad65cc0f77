"""A wrong output in a notebook is found, wherever it is."""

import copy
import os
import re
import subprocess
import sys

import nbformat
import pytest
from nbval.plugin import IPyNbFile
from notebook_code import NOTEBOOKS


def wrong(text):
    """Change one digit of a text, or one letter where it has none."""
    for pattern in (r"\d", r"\w", r"."):
        found = re.search(pattern, text, re.DOTALL)
        if found:
            other = "7" if found[0] != "7" else "8"
            return text[: found.start()] + other + text[found.end() :]
    return "7"


def mutations(outputs, ignored):
    """Yield copies of a cell's outputs with one text changed in each."""
    for i, output in enumerate(outputs):
        if output.output_type == "stream":
            places = [(output, "text")]
        else:
            places = [(output.data, k) for k in output.data.keys() - ignored]
        for holder, key in places:
            mutated = copy.deepcopy(outputs)
            target = mutated[i] if holder is output else mutated[i].data
            target[key] = wrong(target[key])
            yield mutated


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_any_wrong_output_is_seen(path, request):
    """By nbval's own comparison, without running the cells."""
    file = IPyNbFile.from_parent(request.session, path=path)
    file.setup_sanitize_files()
    cases = 0
    for item in file.collect():
        outputs = item.cell.outputs
        if not outputs or not item.options["check"]:
            continue
        assert item.compare_outputs(outputs, outputs)
        for mutated in mutations(outputs, set(file.skip_compare)):
            assert not item.compare_outputs(outputs, mutated), item.name
            cases += 1
    assert cases >= 10


def test_a_wrong_output_fails_the_tests(tmp_path):
    """A lesson up to its first number, which is changed."""
    notebook = nbformat.read(NOTEBOOKS[0], as_version=4)
    index, stream = next(
        (index, output)
        for index, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", [])
        if re.search(r"\d", output.get("text", ""))
    )
    stream.text = wrong(stream.text)
    del notebook.cells[index + 1 :]
    nbformat.write(notebook, tmp_path / "lesson.ipynb")
    inline = {k: v for k, v in os.environ.items() if k != "MPLBACKEND"}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env"]
        + ["-p", "no:cacheprovider", "--color=no", "-q", "lesson.ipynb"],
        cwd=tmp_path,
        env={**inline, "COURSE_FAST": "1", "TQDM_DISABLE": "1"},
        capture_output=True,
        text=True,
    )
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    assert f"1 failed, {cells - 1} passed" in result.stdout
    assert f"Cell {cells - 1}: Cell outputs differ" in result.stdout
