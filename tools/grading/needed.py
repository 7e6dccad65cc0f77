"""Find the cells that a piece of code needs, by the names that it uses."""

import ast
import builtins
import importlib.util
import re
import symtable

from IPython.core.inputtransformer2 import TransformerManager

# Magics whose code runs in the notebook, and those that change nothing.
RUNNING = {"capture", "prun", "time", "timeit"}
HARMLESS = {"config", "load_ext", "matplotlib", "pinfo", "pinfo2", "pip"}
# What may bind any name, or do what no name tells of: names and attributes.
HIDDEN_NAMES = set(
    "__builtins__ builtins compile eval exec get_ipython globals locals open "
    "vars".split()
)
HIDDEN_ATTRIBUTES = {"chdir", "environ", "write_bytes", "write_text"}
BLOCKS = (ast.For, ast.If, ast.Try, ast.While, ast.With, ast.ExceptHandler)
HEADS = (ast.expr, ast.withitem)
FILE = re.compile(r"[\w./-]*\w\.\w+")


class _Magics(ast.NodeTransformer):
    """Puts the code that a magic runs in the place of its call."""

    def visit_Expr(self, node):
        match node.value:
            case ast.Call(
                func=ast.Attribute(attr="run_line_magic" | "run_cell_magic"),
                args=[ast.Constant(name), *more, ast.Constant(code)],
            ):
                if name in HARMLESS:
                    return ast.Pass()
                if (
                    name == "capture"
                    and more
                    and more[0].value.isidentifier()
                ):
                    code = f"{more[0].value} = None\n{code}"
                if name in RUNNING:
                    return parse(code).body or ast.Pass()
        return node


def parse(source):
    """Return a cell as a syntax tree, empty where it is not valid."""
    try:
        tree = ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError):
        return ast.Module([], [])
    return ast.fix_missing_locations(_Magics().visit(tree))


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


def _simple(node):
    """Return the names that a statement uses, uses late, and binds."""
    table = symtable.symtable(ast.unparse(node), "cell", "exec")
    symbols = table.get_symbols()
    bound = {
        s.get_name() for s in symbols if s.is_assigned() or s.is_imported()
    }
    used = {s.get_name() for s in symbols if s.is_referenced()}
    if isinstance(node, ast.AugAssign):
        used |= bound
    # The globals of a function are looked up when it is called.
    return used, _globals_of(table), bound


def _compound(node):
    """Return the same for a statement with blocks of statements."""
    used, late, bound = set(), set(), set()
    for child in ast.iter_child_nodes(node):
        for part in ast.walk(child) if isinstance(child, HEADS) else ():
            if isinstance(part, ast.Name):
                reads = isinstance(part.ctx, ast.Load)
                (used if reads else bound).add(part.id)
    for field in ("body", "handlers", "orelse", "finalbody"):
        block = getattr(node, field, [])
        parts = _sequence(block)
        used |= parts[0] - bound
        late |= parts[1]
        bound |= parts[2]
    if isinstance(node, (ast.If, ast.Try)):
        used |= bound  # perhaps it does not bind them
    elif isinstance(node, ast.ExceptHandler):
        used.discard(node.name)
    return used, late, bound


def _sequence(nodes):
    """Return the same for statements that follow each other."""
    used, late, bound = set(), set(), set()
    for node in nodes:
        parts = (_compound if isinstance(node, BLOCKS) else _simple)(node)
        used |= parts[0] - bound
        late |= parts[1]
        bound |= parts[2]
    return used, late, bound


def names(source):
    """Return what a cell uses from other cells, and what it binds.

    Parameters
    ----------
    source : str

    Returns
    -------
    tuple of set of str
        Both are empty if the source is not valid.
    """
    used, late, bound = _sequence(parse(source).body)
    return used | late - bound, bound


def _root(node):
    """Return the name at the beginning of such as ``a.b[0].c``, or None."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _items(*nodes):
    """Yield expressions, and those of which tuples and lists consist."""
    for node in nodes:
        inside = getattr(node, "elts", None)
        yield from [node] if inside is None else _items(*inside)


def _is_installed(module):
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


class Cell:
    """What a cell does, as far as its text tells.

    Attributes
    ----------
    source : str
    used, bound : set of str
        See `names`.
    imported, defined : set of str
        Those of ``bound`` that an import binds, or ``def`` or ``class``.
    attached, stored : set of str
        Names of which it uses an attribute or an item; of which it sets one.
    inside : dict of str to set of str
        What each of its functions and classes speaks of.
    aliases : list of set of str
        Names that may be those of one object.
    files : set of str
        Files that it names, and modules that are not installed.
    hidden : bool
        Whether it may bind any name, or do what no name tells of.
    """

    def __init__(self, source):
        self.source = source
        self.used, self.bound = names(source)
        self.imported, self.defined = set(), set()
        self.attached, self.stored = set(), set()
        self.inside, self.aliases, self.files = {}, [], set()
        self.hidden = False
        for node in ast.walk(parse(source)):
            self._note(node)

    def _note(self, node):
        """Note what a part of the code does."""
        self.hidden |= getattr(node, "id", None) in HIDDEN_NAMES
        self.hidden |= getattr(node, "attr", None) in HIDDEN_ATTRIBUTES
        match node:
            case ast.Import() | ast.ImportFrom():
                self._note_import(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.defined.add(node.name)
                parts = list(ast.walk(node))
                said = {p.id for p in parts if isinstance(p, ast.Name)}
                self.inside[node.name] = said
            case ast.Attribute() | ast.Subscript():
                reads = isinstance(node.ctx, ast.Load)
                (self.attached if reads else self.stored).add(_root(node))
            case ast.Call(
                func=ast.Name("setattr" | "delattr"), args=[to, *_]
            ):
                self.stored.add(_root(to))
            case ast.Assign(targets=targets, value=value):
                found = set(map(_root, _items(*targets, value)))
                self.aliases.append(found - {None})
            case ast.Constant(value=str(text)) if FILE.fullmatch(text):
                self.files.add(text)

    def _note_import(self, node):
        self.imported |= {
            (n.asname or n.name).partition(".")[0] for n in node.names
        }
        self.hidden |= "*" in self.imported
        found = [n.name for n in node.names]
        if isinstance(node, ast.ImportFrom):
            found = [node.module or ""]
        modules = {name.partition(".")[0] for name in found} - {""}
        self.files |= {m for m in modules if not _is_installed(m)}


def _filling(cells, name, start, stop):
    """Return the cells that may change what cells bound a name to.

    They are those that speak of it, or of a function that does. Of a
    function or a class those count that use its attributes, and of what is
    imported those that set one.
    """
    places = range(start, stop)
    if name in cells[start].imported:
        return [i for i in places if name in cells[i].stored]
    if name in cells[start].defined:
        return [
            i for i in places if name in cells[i].attached | cells[i].stored
        ]
    known = {name}
    for cell in cells[start:stop]:
        known |= {n for group in cell.aliases if group & known for n in group}
        known |= {f for f, said in cell.inside.items() if said & known}
    return [i for i in places if cells[i].used & known]


def _providing(cells, name, place, filled):
    """Return the cells from which code at a place may have a name."""
    binding = [i for i, cell in enumerate(cells) if name in cell.bound]
    before = [i for i in binding if i < place]
    if not filled:
        return before[-1:] or binding[:1]
    if not binding:
        known = hasattr(builtins, name)  # a star import may hide it
        return [
            i
            for i, cell in enumerate(cells)
            if cell.hidden and ("*" in cell.imported or not known)
        ]
    anew = [i for i in binding if name not in cells[i].used]
    after = [i for i in anew if i > max(binding[0], place)]
    stop = after[0] if after else len(cells)
    # All that bind it: the last one may fail.
    return [*before, *binding[:1], *_filling(cells, name, binding[0], stop)]


def needed_cells(sources, wanted, end=None, filled=True):
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
    filled : bool
        Whether to return also what may change the objects that the names
        are bound to, and what makes the files that the cells speak of.

    Returns
    -------
    list of int
        In ascending order.
    """
    cells = [Cell(source) for source in sources]
    end = len(cells) if end is None else end
    found, seen, todo = set(), set(), [(name, end) for name in wanted]
    while todo:
        name, place = todo.pop()
        if (name, place) in seen:
            continue
        seen.add((name, place))
        new = set(_providing(cells, name, place, filled)) - found
        while new:
            i = new.pop()
            found.add(i)
            todo += [(used, i) for used in cells[i].used]
            if filled:
                new |= {
                    other
                    for other, cell in enumerate(cells)
                    if any(file in cell.source for file in cells[i].files)
                } - found
    return sorted(found)


def is_sure(sources, places):
    """Return whether no other cell can matter, as far as their texts tell."""
    cells = [Cell(source) for source in sources]
    bound = {*dir(builtins), "display"}.union(*(cell.bound for cell in cells))
    return all(
        cell.used <= bound if i in places else not cell.hidden
        for i, cell in enumerate(cells)
    )
