"""What a lesson says in Markdown alone gets classes and labels.

A paragraph that begins with **Predict.**, **Result.** or **Myth** and a
section whose title begins with "Exercise" get a class, so that course.css
can set them apart. A folded cell in an exercise is a solution, and says so;
so does a folded output. Exercise 5.2 has the label `exercise-5.2`, for links
from other pages. The notebooks stay plain.
"""

import re

from docutils import nodes

LEAD_IN = re.compile(r"(Predict|Result)\.$|Myth\b")
EXERCISE = re.compile(r"Exercise (\d+\.\d+)\b")


def lesson_number(docname):
    """Return such as 5 for ``notebooks/05_lenet``, None for other pages."""
    match = re.match(r"notebooks/(\d\d)_", docname)
    return int(match[1]) if match else None


def lead_in(paragraph):
    """Return the bold text at the beginning of a paragraph, or None."""
    # The parser may put an empty text in front.
    first = next((n for n in paragraph.children if n.astext()), None)
    return first if isinstance(first, nodes.strong) else None


def set_prompts(node, mode, text):
    """Set what folded cells say."""
    for cell in node.findall(nodes.container):
        if cell.get("hide_mode") == mode:
            cell["prompt_show"] = f"Show {text}"
            cell["prompt_hide"] = f"Hide {text}"


def mark(app, doctree):
    """Mark the paragraphs, folds and exercises of the page just read."""
    for paragraph in doctree.findall(nodes.paragraph):
        bold = lead_in(paragraph)
        if bold and (match := LEAD_IN.match(bold.astext())):
            paragraph["classes"] += ["lead-in", (match[1] or "myth").lower()]
    set_prompts(doctree, "output", "the output")
    labels = app.env.get_domain("std").anonlabels
    for section in doctree.findall(nodes.section):
        exercise = EXERCISE.match(section.next_node(nodes.title).astext())
        if exercise:
            section["classes"].append("exercise")
            place = app.env.docname, section["ids"][0]
            labels[f"exercise-{exercise[1]}"] = place
            set_prompts(section, "all", "a solution")


def setup(app):
    app.connect("doctree-read", mark)
