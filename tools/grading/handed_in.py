"""Put right what students hand in by mistake, before nbgrader reads it.

nbgrader leaves a submission out whose file has another name, is empty, or
is no notebook, and its student gets no feedback. Here each of them becomes
a notebook that can be graded, and says at its top what happened.
"""

import json
import os
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook


def read(path):
    """Return a notebook, in whichever encoding it is, and the encoding.

    Raises ValueError if it is none; the message says why.
    """
    data = Path(path).read_bytes()
    if not data.strip():
        raise ValueError("it is empty")
    encoding = json.detect_encoding(data)
    try:
        notebook = nbformat.reads(data.decode(encoding), as_version=4)
        if all(hasattr(cell, "source") for cell in notebook.cells):
            return notebook, encoding
    except Exception as error:
        text = " ".join(str(error).split())[:100]
        raise ValueError(f"it is no notebook ({text})") from error
    raise ValueError("it is no notebook (a cell has no source)")


def grade_ids(notebook):
    """Return the names by which nbgrader knows a notebook's cells."""
    found = (cell.metadata.get("nbgrader") for cell in notebook.cells)
    return {one.get("grade_id") for one in found if isinstance(one, dict)}


def choose(paths, wanted, asked):
    """Return the notebook to grade, and what to say of it, in sentences.

    Nothing is said if all is as it should be: a file with the wanted name
    and cells with the ids that the assignment asked for.
    """
    readable, said = {}, []
    names = {os.path.basename(path): path for path in paths}
    if wanted not in names:
        said.append(f"There was no `{wanted}`.")
    for name, path in names.items():
        try:
            readable[name] = read(path)
        except ValueError as error:
            said.append(f"`{name}` cannot be read: {error}.")
    if wanted in readable:
        notebook, encoding = readable[wanted]
        if encoding == "utf-8":
            return notebook, []
        return notebook, [f"`{wanted}` was in {encoding}, not in UTF-8."]
    shared = {n: len(asked & grade_ids(b)) for n, (b, _) in readable.items()}
    best = max(shared, key=shared.get, default=None)
    if best and shared[best]:
        said.append(f"`{best}` has this lesson's exercises and was graded.")
        return readable[best][0], said
    said += [f"`{name}` has no exercise of this lesson." for name in readable]
    return new_notebook(), [*said, "So there was nothing to grade."]


def put_right(assignment, notebooks, **_):
    """Have one notebook of the right name; nbgrader calls it beforehand.

    The list of paths of what a student handed in is changed.
    """
    wanted = f"{assignment}.ipynb"
    asked = grade_ids(read(Path("source", assignment, wanted))[0])
    notebook, said = choose(notebooks, wanted, asked)
    path = Path(notebooks[0]).parent / wanted
    if said:
        print(f"{path}: {' '.join(said)}", flush=True)
        text = f"**How this was handed in.** {' '.join(said)}"
        notebook.cells.insert(0, new_markdown_cell(text))
        if path.exists():
            path.replace(f"{path}.handed_in")
        nbformat.write(notebook, path)
    notebooks[:] = [str(path)]
