"""What slides are made of, and what a cell gives them."""

import re
from dataclasses import dataclass, field

from notebook_code import alt_text

from .prose import count_words

TEXT_LINES = 12
WIDE = 8  # columns of a table that fills a slide
TABLE_ROWS, TABLE_CELLS = 12, 84
# A line that begins a block of printed text: not the next row of a tensor.
LABEL = re.compile(r"(?!tensor\()[^\W\d]")
# What stands between the cells of a table: no | within a formula or code.
CELL = re.compile(r"(?:\$[^$]*\$|`[^`]*`|\\\||[^|])+")


@dataclass
class Part:
    """A piece of a slide: Markdown, code, text, an image or HTML."""

    kind: str
    content: str
    alt: str = ""
    fragment: bool = False


@dataclass
class Slide:
    """What is shown at once.

    Attributes
    ----------
    section : str
        Of the lesson.
    title : str
        Of a part of the section; may be empty.
    parts : list of Part
    notes : list of str
        Markdown, for the speaker.
    opens : bool
        Whether the slide is the first of its section.
    """

    section: str
    title: str = ""
    parts: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    opens: bool = False

    def words(self):
        """Count the words of its Markdown."""
        return sum(
            count_words(p.content) for p in self.parts if p.kind == "markdown"
        )

    def bears(self, text, most):
        """Tell whether it is prose, and has room for more of it."""
        return self.words() + count_words(text) <= most and all(
            p.kind == "markdown"
            and not p.fragment
            and not is_table(p)
            and not p.content.startswith(("**Predict.", "**Result."))
            for p in self.parts
        )

    def ends_with_formula(self):
        """Tell whether a formula is the last thing on it."""
        return bool(self.parts) and self.parts[-1].content.startswith("$$")


def markdown(text, fragment=False):
    """Return a part in Markdown."""
    return Part("markdown", text, fragment=fragment)


def is_table(part):
    """Tell whether a part is a table in Markdown."""
    return part.kind == "markdown" and "\n|" in f"\n{part.content}"


def is_wide(part):
    """Tell whether a part is a table of many columns."""
    row = part.content.partition("\n")[0]
    return is_table(part) and len(CELL.findall(row)) > WIDE


def outputs(cell):
    """Return what a cell shows; texts that follow each other are one."""
    found = []
    for output in cell.outputs:
        part = output_part(output, alt_text(cell))
        if part and found and part.kind == found[-1].kind == "text":
            found[-1].content += f"\n{part.content}"
        elif part:
            found.append(part)
    for part in found:
        if part.kind == "text":
            part.content = cut(part.content)
    return [piece for part in found for piece in divide(part)]


def shown_outputs(cell):
    """Return what a cell shows, if its output is not hidden."""
    tags = set(cell.metadata.get("tags", []))
    return [] if tags & {"hide-output", "remove-output"} else outputs(cell)


def draws(cell):
    """Tell whether a cell shows more than text."""
    return any(part.kind != "text" for part in shown_outputs(cell))


def output_part(output, alt):
    """Return the part for one output, or None."""
    if output.output_type == "stream":
        return Part("text", output.text.rstrip())
    data = output.get("data", {})
    if "image/png" in data:
        return Part("image", data["image/png"], alt)
    if "text/markdown" in data:
        return markdown(data["text/markdown"])
    if "text/html" in data:
        return Part("html", data["text/html"])
    if "text/plain" in data:
        return Part("text", data["text/plain"])
    return None


def cut(text):
    """Return a text without its middle, if it has many lines.

    A tensor, or what is printed below a label, is left whole if it can be.
    """
    lines = text.splitlines()
    if len(lines) <= TEXT_LINES:
        return text
    half = TEXT_LINES // 2
    borders = [
        index
        for index, line in enumerate(lines)
        if index and (not lines[index - 1].strip() or LABEL.match(line))
    ]
    before = max((b for b in borders if b <= half), default=half)
    after = min((b for b in borders if b >= len(lines) - half), default=-half)
    return "\n".join([*lines[:before], "…", *lines[after:]])


def divide(part):
    """Return a long table as several, each with the heading."""
    lines = part.content.splitlines()
    rows = [line for line in lines if line.startswith("|")]
    if part.kind != "markdown" or len(rows) < 3:
        return [part]
    first = lines.index(rows[0])
    before, after = lines[:first], lines[first + len(rows) :]
    body = rows[2:]
    most = min(TABLE_ROWS, TABLE_CELLS // len(CELL.findall(rows[0])))
    most = -(-len(body) // -(-len(body) // most))  # tables of about a length
    tables = [
        without_empty_columns([*rows[:2], *body[start : start + most]])
        for start in range(0, len(body), most)
    ]
    tables[0] = before + tables[0]
    tables[-1] = tables[-1] + after
    return [markdown("\n".join(table)) for table in tables]


def without_empty_columns(rows):
    """Return a table's rows without the columns that are empty in all."""
    cells = [[c.strip() for c in CELL.findall(row)] for row in rows]
    if len({len(row) for row in cells}) > 1:
        return rows
    empty = [
        not any(row[column] for row in cells[2:])
        for column in range(len(cells[0]))
    ]
    if not any(empty):
        return rows
    return [
        f"| {' | '.join(c for c, gone in zip(row, empty) if not gone)} |"
        for row in cells
    ]
