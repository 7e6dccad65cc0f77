"""Link the words of the glossary where a lesson first uses them.

The notebooks stay plain Markdown: the links are set when the book is
built, in running prose only. Each is an entry of Sphinx's index, too, which
stands at the end of the contents.
"""

import itertools
import re
from pathlib import Path

from docutils import nodes
from lessons import lead_in, lesson_number
from sphinx.addnodes import toctree
from sphinx.util.nodes import make_id

# A line, and below it an indented one: what it means.
TERM = re.compile(r"^(\S.*)\n  \S", re.MULTILINE)

# Words that the lessons also use in their everyday sense: linked only where
# a lesson sets them in italics or bold, as it does where it explains them.
EVERYDAY = {"edge", "gain", "loss", "same padding", "spread", "stage"}

# Where a paragraph is prose: not in tables or captions, nor if code wrote it.
PLACES = nodes.section, nodes.Sequential, nodes.list_item
SET_OFF = nodes.emphasis, nodes.strong


def make_pattern(forms):
    """Return a regular expression for whole words; longer terms first.

    A line may break within a term, and a plural may follow it.
    """
    longest_first = sorted(forms, key=len, reverse=True)
    words = "|".join(map(re.escape, longest_first)).replace(r"\ ", r"\s+")
    return re.compile(rf"(?i)(?<![\w-])({words})(?:e?s)?(?![\w-])")


def join_lines(document):
    """Make one text of each run of texts; the parser cuts them at lines."""
    for element in document.findall(nodes.TextElement):
        joined = []
        for kind, group in itertools.groupby(element.children, type):
            texts, run = kind is nodes.Text, list(group)
            joined += [nodes.Text("".join(run))] if texts else run
        element[:] = joined


def is_prose(text, paragraph):
    """Return whether a text stands in a paragraph, plain or set off."""
    parent = text.parent
    set_off = isinstance(parent, SET_OFF) and parent is not lead_in(paragraph)
    return parent is paragraph or (set_off and parent.parent is paragraph)


def prose(parent):
    """Return the texts of running prose in a node, without folded answers."""
    found, folded = [], 0
    for node in parent:
        if isinstance(node, nodes.raw):
            folded += node.astext().count("<details")
            folded -= node.astext().count("</details")
        elif isinstance(node, nodes.title):
            if node.astext().startswith("References"):  # to others' titles
                break
        elif isinstance(node, nodes.paragraph) and not folded:
            texts = node.findall(nodes.Text)
            found += [text for text in texts if is_prose(text, node)]
        elif isinstance(node, PLACES) and not folded:
            found += prose(node)
    return found


def link_terms(app, doctree):
    """Turn the first use of each term in a lesson into a link."""
    if not lesson_number(app.env.docname):
        return
    path = Path(app.env.doc2path("book/glossary"))
    app.env.note_dependency(str(path))
    terms = TERM.findall(path.read_text(encoding="utf-8"))
    forms = {term.lower(): term for term in terms}
    forms["batch norm"] = "batch normalization"
    pattern, seen = make_pattern(forms), set()
    join_lines(doctree)
    for text in prose(doctree):
        parts, end = [], 0
        explained = isinstance(text.parent, SET_OFF)
        for match in pattern.finditer(text):
            term = forms[" ".join(match[1].lower().split())]
            if term not in seen and (explained or term not in EVERYDAY):
                seen.add(term)
                parts.append(nodes.Text(text[end : match.start()]))
                parts.append(link(app.env, doctree, term, match.group()))
                end = match.end()
        text.parent.replace(text, [*parts, nodes.Text(text[end:])])


def link(env, document, term, text):
    """Return a link to a term's entry, and put it into the index."""
    name = make_id(env, document, "term", term)
    # As a node of the page, the search would list the page once more.
    entry = f"{term}; Lesson {lesson_number(env.docname)}"
    entries = env.get_domain("index").entries[env.docname]
    entries.append(("single", entry, name, "", None))
    word = nodes.inline("", text, ids=[name], classes=["term"])
    place = f"../book/glossary.html#{name}"
    return nodes.reference("", "", word, internal=True, refuri=place)


def add_index(app, doctree):
    """Put the index at the end of the contents."""
    if app.env.docname == app.config.root_doc:
        *_, last = doctree.findall(toctree)
        last["entries"].append((None, "genindex"))


def setup(app):
    app.connect("doctree-read", link_terms)
    # After the contents, which are made when a page is read.
    app.connect("doctree-read", add_index, priority=900)
