"""The lessons by number, and the role ``lesson``.

``{lesson}`5` `` is "Lesson 5", a link once the lesson is there.
"""

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.util.docutils import SphinxRole

FOLDER = "notebooks/"


def is_lesson(docname):
    """Return whether a page is a lesson."""
    return docname.startswith(FOLDER)


def lesson_number(docname):
    """Return such as 5 for ``notebooks/05_lenet``."""
    return int(docname.removeprefix(FOLDER)[:2])


def find_lesson(env, number):
    """Return the page of a lesson, or None while it is in preparation."""
    prefix = f"{FOLDER}{number:02d}_"
    found = (name for name in env.found_docs if name.startswith(prefix))
    return next(found, None)


def page_link(env, docname, text):
    """Return a reference to a page."""
    return pending_xref(
        "",
        nodes.inline("", text),
        refdomain="std",
        reftype="doc",
        reftarget=f"/{docname}",
        refdoc=env.docname,
        refexplicit=True,
        refwarn=True,
    )


class LessonRole(SphinxRole):
    """The words "Lesson 5", linked if the lesson is there."""

    def run(self):
        """Return the link, or the words alone."""
        text = f"Lesson\u00a0{self.text}"
        docname = find_lesson(self.env, int(self.text))
        if docname is None:
            return [nodes.Text(text)], []
        return [page_link(self.env, docname, text)], []


def setup(app):
    """Register the role."""
    app.add_role("lesson", LessonRole())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
