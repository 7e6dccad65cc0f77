"""The directive ``course-map``: the lessons, each a link once it is there.

One lesson a line: file name | title | question. A line that starts with
``#`` begins a group.
"""

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.util.docutils import SphinxDirective

FOLDER = "notebooks"
MISSING = "in preparation"


class CourseMap(SphinxDirective):
    """Lists of lessons, in groups."""

    has_content = True

    def run(self):
        """Return one container that holds the groups."""
        course = nodes.container(classes=["course-map"])
        for line in self.content:
            if line.startswith("#"):
                group = nodes.container(classes=["course-group"])
                heading = nodes.paragraph("", line.strip("# "))
                heading["classes"] = ["course-group-title"]
                lessons = nodes.bullet_list()
                group += [heading, lessons]
                course += group
            elif line.strip():
                lessons += self.lesson(*map(str.strip, line.split("|")))
        return [course]

    def lesson(self, name, title, question):
        """Return the list item of one lesson."""
        docname = f"{FOLDER}/{name}"
        number = nodes.inline("", str(int(name[:2])))
        number["classes"] = ["course-number"]
        heading = nodes.paragraph("", "", number, nodes.Text(" "))
        heading["classes"] = ["course-lesson-title"]
        item = nodes.list_item("", heading)
        if docname in self.env.found_docs:
            heading += self.link(docname, title)
        else:
            item["classes"] = ["missing"]
            heading += nodes.Text(f"{title} ")
            heading += nodes.inline("", MISSING, classes=["course-state"])
        item += nodes.paragraph("", question)
        return item

    def link(self, docname, title):
        """Return a reference to a lesson's page."""
        reference = pending_xref(
            "",
            nodes.inline("", title),
            refdomain="std",
            reftype="doc",
            reftarget=f"/{docname}",
            refdoc=self.env.docname,
            refexplicit=True,
            refwarn=True,
        )
        return reference


def setup(app):
    """Register the directive."""
    app.add_directive("course-map", CourseMap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
