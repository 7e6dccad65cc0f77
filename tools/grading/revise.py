"""Bring a corrected lesson to notebooks that were handed out before.

python -m grading.revise [STUDENTS]

Makes dist/ anew, and releases again what had been released. What was handed
out goes to dist/nbgrader/earlier/, by which grading knows it. In notebooks
below the folder STUDENTS, corrected cells take the place of those that the
student did not change.
"""

import copy
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

NOTE = "correction"  # the id of the cell that lists what changed


def settings(cell):
    """Return what nbgrader knows of a cell."""
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, dict) else {}


def called(cells):
    """Return words for each cell, by its id: its heading, and what it is."""
    heading, names = "The beginning", {}
    for cell in cells:
        if cell.cell_type == "markdown" and cell.source.startswith("#"):
            heading = cell.source.splitlines()[0].lstrip("# ")
        kind = "test" if settings(cell).get("locked") else cell.cell_type
        names[cell.id] = f"{heading}, {kind} `{cell.id}`"
    return names


def merge(notebook, versions):
    """Bring a student's notebook, which is changed, to the last version.

    A cell is known by its id, or by nbgrader's. What the student wrote, moved
    or deleted stays so. Returns a line for each cell that was corrected, is
    new or gone, or is kept as the student wrote it.
    """
    theirs = {cell.source for cell in notebook.cells}
    made = [{cell.source for cell in one.cells} for one in versions]
    # The student's version differs least; in doubt it is the last.
    least = min(range(len(made)), key=lambda n: (len(theirs ^ made[n]), -n))
    base, new = versions[least], versions[-1]
    if base is new:
        return []
    old = {cell.id: cell.source for cell in base.cells}
    now = {cell.id: cell for cell in new.cells}
    ids = {settings(cell).get("grade_id"): cell.id for cell in base.cells}
    names, cells, said = called(base.cells) | called(new.cells), {}, []
    for place, cell in enumerate(notebook.cells):
        name = cell.get("id")
        if name not in old:
            name = ids.get(settings(cell).get("grade_id") or place, place)
        if name not in old or name in cells:  # the student's own, or a copy
            cells[place] = cell
            continue
        cells[name], wanted = cell, now.get(name)
        is_theirs = cell.source != old[name]
        if wanted is None and not is_theirs:
            del cells[name]
            said.append(f"gone: {names[name]}")
        elif wanted and cell.source != wanted.source:
            if settings(wanted).get("locked") or not is_theirs:
                cells[name] = copy.deepcopy(wanted)
                said.append(f"corrected: {names[name]}")
            elif wanted.source != old[name]:
                said.append(f"kept as written: {names[name]}")
    order, after = list(cells), 0
    for cell in new.cells:
        if cell.id in cells:
            after = order.index(cell.id) + 1
        elif cell.id not in old:
            order.insert(after, cell.id)
            cells[cell.id], after = copy.deepcopy(cell), after + 1
            said.append(f"new: {names[cell.id]}")
    notebook.cells = [cells[name] for name in order]
    return said


def versions_of(lesson, course):
    """Return what was handed out of a lesson, the present version last."""
    earlier = (course / "earlier" / lesson).glob("*.ipynb")
    paths = sorted(earlier, key=lambda path: int(path.stem))
    release = course / "release" / lesson / f"{lesson}.ipynb"
    return [nbformat.read(p, 4) for p in [*paths, release] if p.exists()]


def release(lesson, course):
    """Release a lesson again, keep the last version, say what changed."""
    path = course / "release" / lesson / f"{lesson}.ipynb"
    old, data = nbformat.read(path, 4), path.read_bytes()
    command = ["-m", "nbgrader", "generate_assignment", lesson, "--force"]
    done = subprocess.run([sys.executable, *command], cwd=course)
    if done.returncode:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        sys.exit(
            f"nbgrader did not release {lesson}, for the reason above. Once "
            "it has graded a lesson, no graded cell can come or go."
        )
    said = merge(copy.deepcopy(old), [old, nbformat.read(path, 4)])
    if said:
        folder = course / "earlier" / lesson
        folder.mkdir(parents=True, exist_ok=True)
        count = len(list(folder.glob("*.ipynb")))
        (folder / f"{count}.ipynb").write_bytes(data)
    return said


def handed_out(lesson, students, root):
    """Return students' notebooks: none hidden, and none of the course."""
    folder = Path(students).resolve()
    return [
        path
        for path in sorted(folder.rglob(f"{lesson}.ipynb"))
        if root not in path.parents
        and not any(part[0] == "." for part in path.relative_to(folder).parts)
    ]


def revise(path, course):
    """Correct a student's notebook in its place; say what changed."""
    notebook = nbformat.read(path, 4)
    notebook.cells = [c for c in notebook.cells if c.get("id") != NOTE]
    said = merge(notebook, versions_of(path.stem, course))
    if said:
        path.with_name(f"{path.name}.before").write_bytes(path.read_bytes())
        text = "\n- ".join(["**This lesson was corrected.**\n", *said])
        notebook.cells.insert(0, new_markdown_cell(text, id=NOTE))
        nbformat.write(notebook, path)
    return said


def main(dist, students=None):
    """Release again what had been released, and merge it into notebooks."""
    from assignments import build
    from notebook_code import NOTEBOOKS, ROOT

    course = dist / "nbgrader"
    if students and not Path(students).is_dir():
        sys.exit(f"{students} is no folder with notebooks of students.")
    released = [p.stem for p in NOTEBOOKS if versions_of(p.stem, course)]
    if not released:
        sys.exit(f"{course} has no release/: nothing was handed out of it.")
    build(dist)
    for lesson in released:
        print(lesson, *release(lesson, course), sep="\n- ")
        for path in handed_out(lesson, students, ROOT) if students else ():
            print(path, *revise(path, course), sep="\n- ")


if __name__ == "__main__":
    from notebook_code import ROOT

    main(ROOT / "dist", *sys.argv[1:])
