"""The index: names of course_utils beside the terms of the glossary.

A name leads to the page "Coming from d2l" and to the lesson that defines
it. Entries go straight to Sphinx's index: as nodes of a page, the search
would list the page once more for each.
"""

import ast
import re
from pathlib import Path

from docutils import nodes
from lessons import is_lesson, lesson_number
from sphinx.addnodes import toctree

PACKAGE = Path(__file__).resolve().parents[2] / "course_utils"
NAMES_PAGE = "book/coming_from_d2l"
DEFINITION = re.compile(r"^(?:def|class) (\w+)", re.MULTILINE)


def public_names():
    """Return the names in ``__all__``, without importing the package."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            return set(ast.literal_eval(node.value))


def add_entry(env, text, target):
    """Put a text into the index, for a place of the page being read."""
    entries = env.get_domain("index").entries[env.docname]
    entries.append(("single", text, target, "", None))


def index_names(app, doctree):
    """Index each name where a lesson defines it, or a table explains it."""
    where, found = "", []
    if is_lesson(app.env.docname):
        where = f"; Lesson {lesson_number(app.env.docname)}"
        for code in doctree.findall(nodes.literal_block):
            found += [(n, code) for n in DEFINITION.findall(code.astext())]
    elif app.env.docname == NAMES_PAGE:
        found = [(r[0].astext(), r[0][0]) for r in doctree.findall(nodes.row)]
    names = public_names()
    for name, node in found:
        if name in names:
            names.remove(name)  # the first place alone
            target = nodes.make_id(f"code-{name}")
            node["ids"].append(target)
            add_entry(app.env, f"{name} (course_utils){where}", target)


def add_to_contents(app, doctree):
    """Put the index at the end of the contents."""
    if app.env.docname == app.config.root_doc:
        *_, last = doctree.findall(toctree)
        last["entries"].append((None, "genindex"))


def setup(app):
    """Register; after the contents, which are made when a page is read."""
    app.connect("doctree-read", index_names)
    app.connect("doctree-read", add_to_contents, priority=900)
