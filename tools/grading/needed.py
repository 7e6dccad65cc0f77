"""Find the cells that a piece of code needs, by the names that it uses."""

import ast
import hashlib
import symtable

from IPython.core.inputtransformer2 import TransformerManager

# Statements that do nothing but bind names, or end the cell.
QUIET = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Raise)
# Within these, a name that is bound is bound before it is used; but perhaps
# it is not bound at all in `if` and `try`.
BLOCKS = (ast.For, ast.While, ast.With)
PERHAPS = (ast.If, ast.Try, ast.AugAssign)


def parse(source):
    """Return a cell's statements, as IPython reads it; none if it cannot."""
    try:
        return ast.parse(TransformerManager().transform_cell(source)).body
    except (SyntaxError, ValueError):
        return []


def _globals_of(table):
    """Return the global names that the functions of a scope use."""
    names = set()
    for child in table.get_children():
        names |= {
            s.get_name()
            for s in child.get_symbols()
            if s.is_global() and s.is_referenced()
        }
        names |= _globals_of(child)
    return names


def names(source):
    """Return what a cell uses from other cells, and what it binds.

    Both are sets of names, empty if the source is not valid.
    """
    used, late, bound = set(), set(), set()
    for node in parse(source):
        table = symtable.symtable(ast.unparse(node), "cell", "exec")
        symbols = table.get_symbols()
        new = {
            s.get_name()
            for s in symbols
            if s.is_assigned() or s.is_imported()
        }
        read = {s.get_name() for s in symbols if s.is_referenced()}
        if isinstance(node, BLOCKS):
            read -= new
        elif isinstance(node, PERHAPS):
            read |= new
        used |= read - bound
        # The globals of a function are looked up when it is called.
        late |= _globals_of(table)
        bound |= new
    return used | late - bound, bound


def needed_cells(sources, wanted):
    """Return the places of the cells that names need, directly or not.

    A name comes from the last cell that binds it before it is used, or, as
    the globals of a function may, from the first one after. The wanted names
    are used after the last cell; those that no cell binds are left out.
    """
    cells = [names(source) for source in sources]
    found, todo = set(), [(name, len(cells)) for name in wanted]
    while todo:
        name, place = todo.pop()
        binding = [i for i, (_, bound) in enumerate(cells) if name in bound]
        before = [i for i in binding if i < place]
        for i in before[-1:] or binding[:1]:
            if i not in found:
                found.add(i)
                todo += [(used, i) for used in cells[i][0]]
    return sorted(found)


def is_quiet(source):
    """Tell whether a cell only defines what other cells have to name."""
    nodes = parse(source)
    parts = [part for node in nodes for part in ast.iter_child_nodes(node)]
    return (
        bool(nodes or not source.strip())
        and all(isinstance(node, QUIET) for node in nodes)
        and not any(getattr(node, "decorator_list", ()) for node in nodes)
        and not any(getattr(part, "name", "") == "*" for part in parts)
    )


def digest(source):
    """Return a text by which a cell of the lesson is known as unchanged."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]
