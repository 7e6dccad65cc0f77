"""Read notebooks as code: their cells, and the functions they define."""

import ast
import contextlib
import sys
from pathlib import Path

import nbformat
import yaml
from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parent.parent


# The notebooks of the table of contents. What else lies in ``notebooks/``,
# such as a copy or Untitled.ipynb, is the reader's own.
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
FILES = [c["file"] for part in TOC["parts"] for c in part["chapters"]]
NOTEBOOKS = sorted(
    ROOT / f"{file}.ipynb" for file in FILES if file.startswith("notebooks/")
)


def code_cells(path):
    """Return the code cells of a notebook that hold any code."""
    notebook = nbformat.read(path, as_version=4)
    cells = [c for c in notebook.cells if c.cell_type == "code"]
    return [c for c in cells if c.source.strip()]


def tags(cell):
    """Return the cell's tags as a set."""
    return set(cell.metadata.get("tags", []))


def alt_text(cell):
    """Return what a cell's picture shows, in words; it may be empty."""
    return cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")


def describe_pictures(notebook):
    """Put the alt text of each cell into the metadata of its pictures.

    The book reads that of the cell; nbconvert's classic template, and with
    it nbgrader's feedback, that of the picture, by its MIME type.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for kind in output.get("data", {}):
                if kind.startswith("image/") and alt_text(cell):
                    about = output.metadata.setdefault(kind, {})
                    about["alt"] = alt_text(cell)


def statements(path):
    """Yield the top-level statements of a notebook, each with its text."""
    for cell in code_cells(path):
        source = TransformerManager().transform_cell(cell.source)
        for node in ast.parse(source).body:
            yield node, ast.get_source_segment(source, node)


def definitions(path):
    """Return the functions and classes that a notebook defines, by name."""
    return {
        node.name: node
        for node, _ in statements(path)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }


def find_lesson(name):
    """Return the path of the lesson whose name begins so, such as "08"."""
    found = [path for path in NOTEBOOKS if path.name.startswith(name)]
    if len(found) != 1:
        there = ", ".join(path.stem for path in NOTEBOOKS)
        sys.exit(f"{name!r} begins no lesson, or two; there are: {there}")
    return found[0]


def computes_little(node):
    """Tell whether a statement imports, defines, or sets a constant."""
    calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
    constant = isinstance(node, ast.Assign) and all(
        ast.unparse(call.func) == "try_gpu" for call in calls
    )
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    return constant or isinstance(node, kinds)


def lesson(number):
    """Run what a lesson imports, defines and sets, but none of its work.

    Returns the lesson's namespace.
    """
    path, namespace = find_lesson(number), {}
    for node, text in statements(path):
        if computes_little(node):
            # What a cell would have computed may be missing.
            with contextlib.suppress(NameError, KeyError):
                exec(compile(text, path.name, "exec"), namespace)  # noqa: S102
    return namespace
