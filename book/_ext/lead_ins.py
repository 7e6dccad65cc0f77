"""Classes for what a lesson says in Markdown alone.

A paragraph that begins with **Predict.**, **Result.** or **Myth** and a
section whose title begins with "Exercise" get a class, so that course.css
can set them apart. A folded cell in an exercise is a solution, and says so;
so does a folded output. The notebooks stay plain.
"""

import re

from docutils import nodes

LEAD_INS = {
    "predict": re.compile(r"Predict\.$"),
    "result": re.compile(r"Result\.$"),
    "myth": re.compile(r"(Myth|Slip)\b"),
}
EXERCISE = re.compile(r"Exercise \d+\.\d+\b")


def lead_in(paragraph):
    """Return the bold text at the beginning of a paragraph, or None."""
    # The parser may put an empty text in front.
    first = next((n for n in paragraph.children if n.astext()), None)
    return first if isinstance(first, nodes.strong) else None


def kind(paragraph):
    """Return the name of a paragraph's lead-in, or None."""
    bold = lead_in(paragraph)
    text = bold.astext() if bold else ""
    return next((n for n, p in LEAD_INS.items() if p.match(text)), None)


def add_classes(app, doctree):
    """Mark the paragraphs and the exercises of the page just read."""
    for paragraph in doctree.findall(nodes.paragraph):
        name = kind(paragraph)
        if name:
            paragraph["classes"] += ["lead-in", name]
    for cell in doctree.findall(nodes.container):
        if cell.get("hide_mode") == "output":
            cell["prompt_show"] = "Show the output"
            cell["prompt_hide"] = "Hide the output"
    for section in doctree.findall(nodes.section):
        if EXERCISE.match(section.next_node(nodes.title).astext()):
            section["classes"].append("exercise")
            for cell in section.findall(nodes.container):
                if cell.get("hide_mode") == "all":
                    cell["prompt_show"] = "Show a solution"
                    cell["prompt_hide"] = "Hide the solution"


def setup(app):
    """Mark each page once it is parsed."""
    app.connect("doctree-read", add_classes)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
