"""The questions of "Check yourself", as a quiz in the page and for review.

A notebook has them in plain Markdown: a paragraph that begins with **1.**,
and a fold for each choice. The answer of the right one begins with "Right".
Here each question gets a name, such as 5.2, and the letter of its right
choice; quiz.js makes the quiz. The directive ``review`` shows all questions.
"""

import functools
import re
from pathlib import Path

import nbformat
from docutils import nodes
from lessons import lead_in, lesson_number
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

SCRIPT = Path(__file__).with_name("quiz.js")
RIGHT = re.compile(r"<summary>([A-Z])\. .*\s+Right\b")
LESSON = re.compile(  # its title, its questions
    r"(?ms)\A# (.*?)\n.*^## Check yourself\n.*?(^\*\*1\..*?)(?=^## |\Z)"
)
raw = functools.partial(nodes.raw, "", format="html")


def script(env):
    """Return the script, which stands below the questions in the page."""
    env.note_dependency(str(SCRIPT))
    return raw(f"<script>\n{SCRIPT.read_text(encoding='utf-8')}</script>")


def right_choice(name, parts):
    """Return the letter of a question's right choice."""
    letters = RIGHT.findall("\n".join(part.astext() for part in parts))
    if len(letters) != 1:
        raise ExtensionError(
            f"Question {name} has {len(letters)} answers that begin with "
            '"Right". Begin the answer of one choice with it.'
        )
    return letters[0]


def mark_questions(parent, lesson):
    """Put each question that a node holds into a named ``div``."""
    end = len(parent)
    for start in reversed(range(end)):
        bold = lead_in(parent[start])
        if bold and (number := re.match(r"\d(?=\.$)", bold.astext())):
            name, parts = f"{lesson}.{number[0]}", parent[start:end]
            right = right_choice(name, parts)
            div = f'<div data-question="{name}" data-right="{right}">'
            parent[start:end] = [raw(div), *parts, raw("</div>")]
            end = start


def add_quiz(app, doctree):
    """Make a quiz of the section in the lesson just read."""
    lesson = lesson_number(app.env.docname)
    for section in list(doctree.findall(nodes.section)):
        if lesson and "check-yourself" in section["ids"]:
            mark_questions(section, lesson)
            section += script(app.env)


class Review(SphinxDirective):
    """The questions of all lessons, those of each below a link to it."""

    def run(self):
        self.env.note_reread()  # any lesson may have changed
        docs = sorted(filter(lesson_number, self.env.found_docs))
        groups = [node for doc in docs for node in self.group(doc)]
        return [*groups, script(self.env)]

    def group(self, doc):
        """Return one lesson's questions."""
        cells = nbformat.read(self.env.doc2path(doc), as_version=4).cells
        text = "\n\n".join(cell.source for cell in cells)
        lesson, group = lesson_number(doc), nodes.Element()
        for title, questions in LESSON.findall(text):
            link = f"[Lesson {lesson}. {title}](/{doc}.ipynb#check-yourself)"
            lines = [link, "", *questions.splitlines()]
            self.state.nested_parse(lines, self.content_offset, group)
            mark_questions(group, lesson)
        return [raw('<div class="review">'), *group, raw("</div>")]


def setup(app):
    app.add_directive("review", Review)
    app.connect("doctree-read", add_quiz)
