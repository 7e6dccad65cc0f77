"""Read notebooks as code: their cells, and the functions they define."""

import ast
from pathlib import Path

import nbformat
import yaml
from IPython.core.inputtransformer2 import TransformerManager

ROOT = Path(__file__).resolve().parent.parent


def lessons(root):
    """Return the paths of the notebooks that ``_toc.yml`` names, by name.

    What else lies in ``notebooks/``, such as a copy or Untitled.ipynb, is
    the reader's own.
    """
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    files = [c["file"] for part in toc["parts"] for c in part["chapters"]]
    return sorted(
        root / f"{file}.ipynb"
        for file in files
        if file.startswith("notebooks/")
    )


NOTEBOOKS = lessons(ROOT)


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


def python_source(cell):
    """Return a cell's source as the Python that IPython makes of it."""
    return TransformerManager().transform_cell(cell.source)


def definitions(path):
    """Return the functions and classes that a notebook defines.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    dict of str to ast.AST
    """
    found = {}
    for cell in code_cells(path):
        for node in ast.parse(python_source(cell)).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found[node.name] = node
    return found


def run_definitions(path, names, namespace):
    """Execute definitions of a notebook in a namespace, and return it."""
    nodes = definitions(path)
    for name in names:
        exec(compile(ast.unparse(nodes[name]), str(path), "exec"), namespace)  # noqa: S102
    return namespace
