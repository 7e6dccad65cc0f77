"""What slides are made of, and what a cell gives them."""

from dataclasses import dataclass, field

from .blocks import count_words

TEXT_LINES = 12
TABLE_ROWS = 12


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

    def ends_with_formula(self):
        """Tell whether a formula is the last thing on it."""
        return bool(self.parts) and self.parts[-1].content.startswith("$$")


def markdown(text, fragment=False):
    """Return a part in Markdown."""
    return Part("markdown", text, fragment=fragment)


def is_table(part):
    """Tell whether a part is a table in Markdown."""
    return part.kind == "markdown" and "\n|" in f"\n{part.content}"


def outputs(cell):
    """Return what a cell shows; texts that follow each other are one."""
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
    found = []
    for output in cell.outputs:
        part = output_part(output, alt)
        if part and found and part.kind == found[-1].kind == "text":
            found[-1].content += f"\n{part.content}"
        elif part:
            found.append(part)
    for part in found:
        if part.kind == "text":
            part.content = cut(part.content)
    return [piece for part in found for piece in divide(part)]


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
    """Return a text without its middle, if it has many lines."""
    lines = text.splitlines()
    if len(lines) <= TEXT_LINES:
        return text
    half = TEXT_LINES // 2
    return "\n".join([*lines[:half], "…", *lines[-half:]])


def divide(part):
    """Return a long table as several, each with the heading."""
    lines = part.content.splitlines()
    rows = [line for line in lines if line.startswith("|")]
    if part.kind != "markdown" or len(rows) <= TABLE_ROWS + 2:
        return [part]
    first = lines.index(rows[0])
    before, after = lines[:first], lines[first + len(rows) :]
    body = rows[2:]
    tables = [
        [*rows[:2], *body[start : start + TABLE_ROWS]]
        for start in range(0, len(body), TABLE_ROWS)
    ]
    tables[0] = before + tables[0]
    tables[-1] = tables[-1] + after
    return [markdown("\n".join(table)) for table in tables]
