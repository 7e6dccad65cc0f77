"""Find the cells that a piece of code needs, by the names that it uses."""

import ast
import symtable


def plain_python(source):
    """Comment out IPython's magics and shell lines."""
    lines = source.splitlines()
    for i, line in enumerate(lines):
        if line.lstrip().startswith(("%", "!")):
            indent = line[: len(line) - len(line.lstrip())]
            lines[i] = f"{indent}pass  # {line.lstrip()}"
    return "\n".join(lines)


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

    Parameters
    ----------
    source : str

    Returns
    -------
    tuple of set of str
        Both are empty if the source is not valid Python.
    """
    try:
        nodes = ast.parse(plain_python(source)).body
    except SyntaxError:
        return set(), set()
    used, late, bound = set(), set(), set()
    for node in nodes:
        table = symtable.symtable(ast.unparse(node), "cell", "exec")
        symbols = table.get_symbols()
        here = {s.get_name() for s in symbols if s.is_referenced()}
        binds = {
            s.get_name()
            for s in symbols
            if s.is_assigned() or s.is_imported()
        }
        if isinstance(node, (ast.For, ast.With, ast.If, ast.Try, ast.While)):
            here -= binds  # such as the variable of a loop
        used |= here - bound
        late |= _globals_of(table)  # looked up when a function is called
        bound |= binds
    return used | late - bound, bound


def needed_cells(sources, wanted, end=None):
    """Return the places of the cells that names need, directly or not.

    A name comes from the last cell that binds it before it is used, or, as
    the globals of a function may, from the first one after.

    Parameters
    ----------
    sources : sequence of str
        Cells, in their order.
    wanted : iterable of str
        Names. Those that no cell binds are left out.
    end : int, optional
        Where the names are used; by default after the last cell.

    Returns
    -------
    list of int
        In ascending order.
    """
    cells = [names(source) for source in sources]
    end = len(cells) if end is None else end
    found, todo = set(), [(name, end) for name in wanted]
    while todo:
        name, place = todo.pop()
        binding = [i for i, (_, bound) in enumerate(cells) if name in bound]
        before = [i for i in binding if i < place]
        if not binding:
            continue
        cell = before[-1] if before else binding[0]
        if cell not in found:
            found.add(cell)
            todo += [(used, cell) for used in cells[cell][0]]
    return sorted(found)
