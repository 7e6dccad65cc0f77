"""The index: names of course_utils beside the terms of the glossary.

A name leads to the page "Coming from d2l" and to the lesson that defines
it. (Entries for terms come from the glossary and from glossary_links.)
"""

import ast
import re
from pathlib import Path

from docutils import nodes
from glossary_links import GLOSSARY
from lessons import is_lesson, lesson_number
from sphinx.addnodes import index, toctree
from sphinx.transforms import SphinxTransform

PACKAGE = Path(__file__).resolve().parents[2] / "course_utils"
NAMES_PAGE = "book/coming_from_d2l"
DEFINITION = re.compile(r"^(?:def|class) (\w+)", re.MULTILINE)


def public_names():
    """Return the names in ``__all__``, without importing the package."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "__all__":
            return set(ast.literal_eval(node.value))


def entry(text, target):
    """Return the node that puts a text into the index."""
    return index(entries=[("single", text, target, "", None)])


class IndexNames(SphinxTransform):
    """Add entries where a lesson defines a name, or a table explains it."""

    default_priority = 800  # before the index is collected, at 850

    def apply(self):
        """Go through one page."""
        if is_lesson(self.env.docname):
            self.index_definitions()
        elif self.env.docname == NAMES_PAGE:
            self.index_table()

    def index_definitions(self):
        """Index each name at the first cell that defines it."""
        names = public_names()
        where = f"Lesson {lesson_number(self.env.docname)}"
        for code in list(self.document.findall(nodes.literal_block)):
            for name in DEFINITION.findall(code.astext()):
                if name in names:
                    names.remove(name)
                    target = nodes.make_id(f"code-{name}")
                    code["ids"].append(target)
                    place = code.parent.index(code)
                    heading = f"{name} (course_utils); {where}"
                    code.parent.insert(place, entry(heading, target))

    def index_table(self):
        """Index the names in the first column of the tables."""
        for row in self.document.findall(nodes.row):
            name = row[0].astext()
            if name in public_names():
                target = nodes.make_id(f"code-{name}")
                paragraph = row[0][0]
                paragraph["ids"].append(target)
                paragraph.insert(0, entry(f"{name} (course_utils)", target))


class KeepFromSearch(SphinxTransform):
    """Remove entries once they are collected, but for the glossary's.

    The search would list a page once more for each.
    """

    default_priority = 860

    def apply(self):
        """Go through one page."""
        if self.env.docname != GLOSSARY:
            for node in list(self.document.findall(index)):
                node.parent.remove(node)


def add_to_contents(app, doctree):
    """Put the index at the end of the contents."""
    if app.env.docname == app.config.root_doc:
        *_, last = doctree.findall(toctree)
        last["entries"].append((None, "genindex"))


def setup(app):
    """Register; after the contents, which are made when a page is read."""
    app.add_transform(IndexNames)
    app.add_transform(KeepFromSearch)
    app.connect("doctree-read", add_to_contents, priority=900)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
