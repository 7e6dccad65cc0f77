"""Link the words of the glossary where a lesson first uses them.

The notebooks stay plain Markdown: the links are set when the book is
built, in running prose only. Each link is an entry of the index, too.
"""

import re
from pathlib import Path

from docutils import nodes
from lead_ins import lead_in
from lessons import is_lesson, lesson_number
from sphinx.addnodes import index, pending_xref
from sphinx.transforms import SphinxTransform

GLOSSARY = "book/glossary"
BLOCK = re.compile(r"^```\{glossary\}\n(.*?)^```", re.MULTILINE | re.DOTALL)

# Words that the lessons also use in their everyday sense: linked only where
# a lesson sets them in italics or bold, as it does where it explains them.
EVERYDAY = {"edge", "gain", "loss", "same padding", "spread", "stage"}

# Where no term is linked: text that is set apart, and what code printed.
APART = (
    nodes.title,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.reference,
    nodes.table,
    pending_xref,
)
OUTPUT = {"cell_input", "cell_output", "provenance"}
SOURCES = "References"  # a section of titles, which are quotations

IRREGULAR = {"matrix": "matrices"}
SHORT = {"batch norm": "batch normalization"}


def read_terms(text):
    """Return the terms of the glossary, given as its Markdown."""
    lines = "".join(BLOCK.findall(text)).splitlines()
    return [line for line in lines if line and not line[0].isspace()]


def plural(term):
    """Return the plural of a term; of its last word, if it has several."""
    head, last = re.fullmatch(r"(.*?)([^\s-]+)", term).groups()
    if last in IRREGULAR:
        return head + IRREGULAR[last]
    if re.search(r"[^aeiou]y$", last):
        return f"{head}{last[:-1]}ies"
    return term + ("es" if re.search(r"(s|x|ch|sh)$", last) else "s")


def spellings(terms):
    """Return a dict from each spelling of a term to the term."""
    forms = {}
    for term in terms:
        forms[term] = forms[plural(term)] = term
    forms |= {short: term for short, term in SHORT.items() if term in terms}
    return forms | {form[0].upper() + form[1:]: forms[form] for form in forms}


def make_pattern(forms):
    """Return a regular expression for whole words; longer terms first.

    A line may break within a term. "Max pooling" is not "pooling".
    """
    longest_first = sorted(forms, key=len, reverse=True)
    words = "|".join(
        r"\s+".join(map(re.escape, form.split())) for form in longest_first
    )
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")


def is_apart(node):
    """Return whether what a node holds is not running prose."""
    if isinstance(node, nodes.section):
        return node.next_node(nodes.title).astext().startswith(SOURCES)
    if isinstance(node, nodes.strong) and node is lead_in(node.parent):
        return True
    return isinstance(node, APART) or bool(OUTPUT & set(node["classes"]))


def is_prose(text):
    """Return whether a text node stands in running prose."""
    node = text.parent
    while node is not None:
        if is_apart(node):
            return False
        node = node.parent
    return True


def join_lines(document):
    """Make one text of each run of texts; the parser cuts them at lines."""
    for element in document.findall(nodes.TextElement):
        joined = []
        for child in element.children:
            both = joined[-1:] + [child]
            if len(both) == 2 and all(
                isinstance(n, nodes.Text) for n in both
            ):
                joined[-1] = nodes.Text("".join(both))
            else:
                joined.append(child)
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


class LinkTerms(SphinxTransform):
    """Turn the first use of each term into a link to its entry."""

    default_priority = 800  # before the index is collected, at 850

    def apply(self):
        """Go through the running prose of a lesson."""
        if not is_lesson(self.env.docname):
            return
        path = Path(self.env.doc2path(GLOSSARY))
        if not path.exists():
            return
        self.env.note_dependency(str(path))
        forms = spellings(read_terms(path.read_text(encoding="utf-8")))
        pattern = make_pattern(forms)
        seen = set()
        join_lines(self.document)
        for text in prose(self.document):
            parts = self.split(text, pattern, forms, seen)
            if len(parts) > 1:
                text.parent.replace(text, parts)

    def split(self, text, pattern, forms, seen):
        """Return a text as nodes, with a link for each term that is new."""
        parts, end = [], 0
        explained = isinstance(text.parent, (nodes.emphasis, nodes.strong))
        for match in pattern.finditer(text):
            term = forms[" ".join(match.group().split())]
            if term not in seen and (explained or term not in EVERYDAY):
                seen.add(term)
                parts.append(nodes.Text(text[end : match.start()]))
                parts += self.link(term, match.group())
                end = match.end()
        return [*parts, nodes.Text(text[end:])]

    def link(self, term, text):
        """Return an entry for the index, and the link."""
        name = nodes.make_id(f"term-{term}")
        label = nodes.inline("", text, ids=[name], classes=["term"])
        entry = f"{term}; Lesson {lesson_number(self.env.docname)}"
        link = pending_xref(
            "",
            label,
            refdomain="std",
            reftype="term",
            reftarget=term,
            refdoc=self.env.docname,
            refexplicit=True,
            refwarn=True,
        )
        return [index(entries=[("single", entry, name, "", None)]), link]


def setup(app):
    """Register the transform."""
    app.add_transform(LinkTerms)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
