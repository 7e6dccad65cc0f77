"""The directive ``course-map``: the lessons, and which uses which.

One lesson a line: file name | title | question | lessons that it uses. A
line that starts with ``#`` begins a group. An arc is drawn from a lesson to
each that uses it; between neighbors, the line through the numbers says it.
The arcs say nothing that the text does not.
"""

from docutils import nodes
from lessons import FOLDER, page_link
from sphinx.util.docutils import SphinxDirective

MISSING = "in preparation"


def in_words(numbers):
    """Return such as "Builds on lessons 1, 2 and 3."."""
    if not numbers:
        return "The first step."
    words = ", ".join(map(str, numbers[:-1]))
    words += f" and {numbers[-1]}" if words else str(numbers[-1])
    return f"Builds on lesson{'s' * (len(numbers) > 1)} {words}."


class CourseMap(SphinxDirective):
    """One list of lessons in rows of a grid, with arcs beside it."""

    has_content = True

    def run(self):
        """Return the container that holds the map."""
        lessons = nodes.bullet_list()
        rows = {}
        far = []
        for line in filter(str.strip, self.content):
            if line.startswith("#"):
                lessons += self.group(line.strip("# "))
                continue
            fields = [field.strip() for field in line.split("|")]
            number = int(fields[0][:2])
            uses = [int(word) for word in fields[3].split()]
            lessons += self.lesson(number, uses, *fields[:3])
            rows[number] = len(lessons)
            far += [(use, number) for use in uses if number - use > 1]
        drawing = "".join(
            f'<i class="from-{start}" style="grid-row: {rows[start]} / '
            f'{rows[end]}; --reach: {end - start}"></i>'
            for start, end in far
        )
        course = nodes.container(classes=["course-map"])
        arcs = f'<div class="course-arcs" aria-hidden="true">{drawing}</div>'
        course += [lessons, nodes.raw("", arcs, format="html")]
        return [course]

    def group(self, title):
        """Return the row that names a group."""
        heading = nodes.paragraph("", title)
        return nodes.list_item("", heading, classes=["course-group"])

    def lesson(self, number, uses, name, title, question):
        """Return the row of one lesson."""
        heading = nodes.paragraph(classes=["course-lesson"])
        heading += nodes.inline("", str(number), classes=["course-number"])
        heading += nodes.Text(" ")
        item = nodes.list_item("", heading)
        if FOLDER + name in self.env.found_docs:
            heading += page_link(self.env, FOLDER + name, title)
        else:
            item["classes"].append("missing")
            heading += nodes.Text(f"{title} ")
            heading += nodes.inline("", MISSING, classes=["course-state"])
        item += nodes.paragraph("", question)
        item += nodes.paragraph("", in_words(uses), classes=["course-uses"])
        return item


def setup(app):
    """Register the directive."""
    app.add_directive("course-map", CourseMap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
