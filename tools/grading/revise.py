"""Bring a corrected lesson to notebooks that were handed out before.

python -m grading.revise [STUDENTS]

Makes dist/ anew, and releases again what had been released. In notebooks
below the folder STUDENTS, corrected cells take the place of those that the
student did not change; grading does the same with what is handed in.
"""

import copy
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

from .needed import digest

NOTE = "correction"  # the id of the cell that lists what changed


def settings(cell):
    """Return what nbgrader knows of a cell."""
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, dict) else {}


def first_line(cell):
    """Return words by which a reader finds a cell."""
    line = (cell.source.strip() or "an empty cell").splitlines()[0]
    return f"`{line[:60]}`"


def merge(notebook, release):
    """Bring a student's notebook, which is changed, to what is released.

    A cell is known by its id, or by nbgrader's. What a student wrote has
    another digest than the cell had when it was released; it stays, and
    where it was moved to. Returns a line for each cell that was corrected,
    put in or taken out, or that was corrected and is kept as written.
    """
    now = {cell.id: cell for cell in release.cells}
    ids = {settings(cell).get("grade_id"): cell.id for cell in release.cells}
    cells, said = {}, []
    for place, cell in enumerate(notebook.cells):
        given, name = cell.metadata.get("given"), cell.get("id")
        if name not in now:
            name = ids.get(settings(cell).get("grade_id") or place, place)
        wanted = now.get(name)
        cell.metadata.pop("nbgrader", None)
        if wanted is None or name in cells:  # gone, the student's, or a copy
            if given == digest(cell.source):
                said.append(f"taken out: {first_line(cell)}")
            else:
                cells[place] = cell
            continue
        locked = settings(wanted).get("locked")
        is_theirs = given != digest(cell.source) and not locked
        if is_theirs or cell.source == wanted.source:  # with its outputs
            cells[name] = cell
            for key in {"nbgrader", "given"} & wanted.metadata.keys():
                cell.metadata[key] = copy.deepcopy(wanted.metadata[key])
            if is_theirs and given not in (None, cell.metadata.get("given")):
                said.append(f"kept as written: {first_line(cell)}")
        else:
            cells[name] = copy.deepcopy(wanted)
            said.append(f"corrected: {first_line(wanted)}")
    order, after = list(cells), 0
    for cell in release.cells:
        if cell.id not in cells:
            order.insert(after, cell.id)
            cells[cell.id] = copy.deepcopy(cell)
            said.append(f"put in: {first_line(cell)}")
        after = order.index(cell.id) + 1
    notebook.cells = [cells[name] for name in order]
    return said


def released(lesson, course):
    """Return the path of the notebook that was handed out of a lesson."""
    return course / "release" / lesson / f"{lesson}.ipynb"


def release(lesson, course):
    """Release a lesson again; say what changed."""
    path = released(lesson, course)
    data, old = path.read_bytes(), nbformat.read(path, 4)
    command = ["-m", "nbgrader", "generate_assignment", lesson, "--force"]
    done = subprocess.run([sys.executable, *command], cwd=course)
    if done.returncode:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        sys.exit(
            f"nbgrader did not release {lesson}, for the reason above. Once "
            "it has graded a lesson, no graded cell can come or go."
        )
    return merge(old, nbformat.read(path, 4))


def handed_out(lesson, students, root):
    """Return students' notebooks: none hidden, and none of the course."""
    folder = Path(students).resolve()
    return [
        path
        for path in sorted(folder.rglob(f"{lesson}.ipynb"))
        if root not in path.parents
        and not any(part[0] == "." for part in path.relative_to(folder).parts)
    ]


def note(said):
    """Return the cell that lists what changed."""
    text = "\n- ".join(["**Cells were corrected or put back.**\n", *said])
    return new_markdown_cell(text, id=NOTE)


def revise(path, course):
    """Correct a student's notebook in its place; say what changed."""
    notebook = nbformat.read(path, 4)
    notebook.cells = [c for c in notebook.cells if c.get("id") != NOTE]
    said = merge(notebook, nbformat.read(released(path.stem, course), 4))
    if said:
        path.with_name(f"{path.name}.before").write_bytes(path.read_bytes())
        notebook.cells.insert(0, note(said))
        nbformat.write(notebook, path)
    return said


def main(dist, students=None):
    """Release again what had been released, and merge it into notebooks."""
    from assignments import build
    from notebook_code import NOTEBOOKS, ROOT

    course = dist / "nbgrader"
    if students and not Path(students).is_dir():
        sys.exit(f"{students} is no folder with notebooks of students.")
    lessons = [p.stem for p in NOTEBOOKS if released(p.stem, course).exists()]
    if not lessons:
        sys.exit(f"{course} has no release/: nothing was handed out of it.")
    build(dist)
    for lesson in lessons:
        print(lesson, *release(lesson, course), sep="\n- ")
        for path in handed_out(lesson, students, ROOT) if students else ():
            print(path, *revise(path, course), sep="\n- ")


if __name__ == "__main__":
    main(Path("dist"), *sys.argv[1:])
