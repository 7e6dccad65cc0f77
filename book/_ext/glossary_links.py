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
from sphinx.addnodes import pending_xref, toctree

BLOCK = re.compile(r"^```\{glossary\}\n(.*?)^```", re.MULTILINE | re.DOTALL)

# Words that the lessons also use in their everyday sense: linked only where
# a lesson sets them in italics or bold, as it does where it explains them.
EVERYDAY = {"edge", "gain", "loss", "same padding", "spread", "stage"}

# Where no term is linked: text that is set apart, and what code printed.
APART = (
    nodes.title,
    nodes.literal,
    nodes.math,
    nodes.FixedTextElement,
    nodes.reference,
    nodes.table,
    pending_xref,
)
OUTPUT = {"cell_input", "cell_output", "provenance"}


def read_terms(text):
    """Return the terms of the glossary, given as its Markdown."""
    lines = "".join(BLOCK.findall(text)).splitlines()
    return [line for line in lines if line and not line[0].isspace()]


def spellings(terms):
    """Return a dict from each spelling of a term to the term."""
    forms = {term: term for term in terms}
    forms["batch norm"] = "batch normalization"
    return forms | {form[0].upper() + form[1:]: forms[form] for form in forms}


def make_pattern(forms):
    """Return a regular expression for whole words; longer terms first.

    A line may break within a term, and a plural may follow it.
    """
    longest_first = sorted(forms, key=len, reverse=True)
    words = "|".join(
        r"\s+".join(map(re.escape, form.split())) for form in longest_first
    )
    return re.compile(rf"(?<![\w-])({words})(?:e?s)?(?![\w-])")


def is_apart(node):
    """Return whether what a node holds is not running prose."""
    if isinstance(node, nodes.section):  # titles, which are quotations
        return node.next_node(nodes.title).astext().startswith("References")
    bold = isinstance(node, nodes.strong) and node is lead_in(node.parent)
    return bold or isinstance(node, APART) or OUTPUT & set(node["classes"])


def is_prose(node):
    """Return whether a node stands in running prose."""
    parent = node.parent
    return parent is None or (not is_apart(parent) and is_prose(parent))


def join_lines(document):
    """Make one text of each run of texts; the parser cuts them at lines."""
    for element in document.findall(nodes.TextElement):
        joined = []
        for kind, group in itertools.groupby(element.children, type):
            texts, run = kind is nodes.Text, list(group)
            joined += [nodes.Text("".join(run))] if texts else run
        element[:] = joined


def prose(document):
    """Return the text nodes of running prose, without folded answers."""
    found, folded = [], 0
    for node in document.findall():
        if isinstance(node, nodes.raw):
            folded += node.astext().count("<details")
            folded -= node.astext().count("</details")
        elif isinstance(node, nodes.Text) and not folded and is_prose(node):
            found.append(node)
    return found


def link_terms(app, doctree):
    """Turn the first use of each term in a lesson into a link."""
    if not lesson_number(app.env.docname):
        return
    path = Path(app.env.doc2path("book/glossary"))
    app.env.note_dependency(str(path))
    forms = spellings(read_terms(path.read_text(encoding="utf-8")))
    pattern, seen = make_pattern(forms), set()
    join_lines(doctree)
    for text in prose(doctree):
        parts, end = [], 0
        explained = isinstance(text.parent, (nodes.emphasis, nodes.strong))
        for match in pattern.finditer(text):
            term = forms[" ".join(match[1].split())]
            if term not in seen and (explained or term not in EVERYDAY):
                seen.add(term)
                parts.append(nodes.Text(text[end : match.start()]))
                parts.append(link(app.env, term, match.group()))
                end = match.end()
        text.parent.replace(text, [*parts, nodes.Text(text[end:])])


def link(env, term, text):
    """Return a link to a term's entry, and put it into the index."""
    name = nodes.make_id(f"term-{term}")
    # As a node of the page, the search would list the page once more.
    entry = f"{term}; Lesson {lesson_number(env.docname)}"
    entries = env.get_domain("index").entries[env.docname]
    entries.append(("single", entry, name, "", None))
    return pending_xref(
        "",
        nodes.inline("", text, ids=[name], classes=["term"]),
        refdomain="std",
        reftype="term",
        reftarget=term,
        refdoc=env.docname,
        refexplicit=True,
        refwarn=True,
    )


def add_index(app, doctree):
    """Put the index at the end of the contents."""
    if app.env.docname == app.config.root_doc:
        *_, last = doctree.findall(toctree)
        last["entries"].append((None, "genindex"))


def setup(app):
    app.connect("doctree-read", link_terms)
    # After the contents, which are made when a page is read.
    app.connect("doctree-read", add_index, priority=900)
