"""Choose the code of a lesson that is on slides.

A cell that prints is shown whole, and so is one that draws if it computes
what a later slide reads. Of others that draw, or that format a table, the
functions are shown that a later slide calls.
"""

import ast

SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr)
DEFINITION = (ast.FunctionDef, ast.ClassDef)
HIDDEN = {"setup-cell", "solution", "hide-input", "remove-input"}


def is_import(source):
    """Tell whether a cell imports first of all, as each second cell does."""
    return source.startswith(("import ", "from ")) and (
        "use_course_style()" in source
    )


def is_hidden(cell):
    """Tell whether a cell's code stays hidden."""
    tags = set(cell.metadata.get("tags", []))
    return bool(tags & HIDDEN) or is_import(cell.source)


def shown_code(cells, draws):
    """Return the code to show of each cell; empty for none.

    Parameters
    ----------
    cells : list of NotebookNode
        The code cells that slides are made of, in order.
    draws : callable
        Tells of a cell whether it shows more than text.

    Returns
    -------
    dict of int to str
        By the ``id`` of the cell.
    """
    found, needed = {}, set()
    for cell in reversed(cells):
        kept = ""
        if not is_hidden(cell):
            every = not draws(cell) or computes(cell.source, needed)
            kept = keep_needed(cell.source, needed, every)
        found[id(cell)] = kept
    return found


def computes(source, needed):
    """Tell whether code binds needed names to more than functions."""
    return any(
        bound(node) & needed
        for node in ast.parse(source).body
        if not isinstance(node, DEFINITION)
    )


def keep_needed(source, needed, every):
    """Return the statements that bind needed names, or every one.

    ``needed`` is brought from what is needed after the code to what is needed
    before it.
    """
    kept, end = [], source.count("\n") + 1
    lines = source.splitlines()
    body = ast.parse(source).body
    starts = [0, *[node.end_lineno for node in body]]
    for start, node in zip(reversed(starts[:-1]), reversed(body)):
        if every or bound(node) & needed:
            kept.insert(0, "\n".join(lines[start:end]))
            needed -= bound(node)
            needed |= read(node)
        end = start
    return "\n".join(kept).strip("\n")


def bound(node):
    """Return the names that a statement binds at the top level."""
    if isinstance(node, DEFINITION):
        return {node.name}
    return {
        n.id
        for n in ast.walk(node)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }


def read(node):
    """Return the names that a statement reads and does not bind before.

    What is bound within a function, a loop or a comprehension is its own.
    """
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    loaded = {n.id for n in names if isinstance(n.ctx, ast.Load)}
    own = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    for part in ast.walk(node):
        if isinstance(part, (ast.comprehension, ast.stmt)) and (
            part is not node or not isinstance(part, SIMPLE)
        ):
            own |= bound(part)
    left = loaded - own
    if isinstance(node, DEFINITION):
        return left
    added = [n.target for n in ast.walk(node) if isinstance(n, ast.AugAssign)]
    return left | {n.id for n in added if isinstance(n, ast.Name)}
