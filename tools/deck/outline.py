"""Choose what of a lesson is shown on slides, by rule.

One idea a slide: a question with its answer, a formula, a table, a piece of
code with what it prints, a figure. Of the prose, the beginning of each
section and the sentences that introduce a term in bold are shown; all of it
is in the speaker's notes. Exercises are left out.

A cell's slide type, as JupyterLab's property inspector sets it, comes before
the rule: "skip" leaves the cell out, "notes" puts it into the notes, "slide"
and "subslide" show all of it on a slide of its own.
"""

from .blocks import (
    BOLD,
    count_words,
    first_sentences,
    key_sentences,
    read_blocks,
    sentences,
)
from .parts import Slide, code_parts, markdown, outputs

LEFT_OUT = ("Exercises", "References and further reading")
OPENING, LEAD, ANSWER, POINTS = 40, 32, 60, 70  # words
SHOWN_ON_ONE = 21  # lines of code and of output
TAKEN_BY_QUESTION = ("formula", "list", "table")
SHOWN_BELOW = ("code", "fence", *TAKEN_BY_QUESTION)


class Outline:
    """Goes through a lesson's blocks and collects slides."""

    def __init__(self, notebook):
        self.slides, self.section = [], ""
        self.lead = ""  # what the next thing is introduced by
        self.asked = None  # the slide of a question without its answer
        self.choices = None  # the slide of a question with choices
        self.begun = self.left_out = False
        self.fresh = False  # the last slide has a heading, and room below
        blocks = read_blocks(notebook)
        for block, after in zip(blocks, [*blocks[1:], None]):
            self.follow(block, after.kind if after else "")

    @property
    def slide(self):
        """The slide made last."""
        return self.slides[-1]

    def show(self, *parts, opens=False):
        """Add a slide, below the sentence that introduces it.

        Below a heading there is room for what comes first.
        """
        lead = [markdown(self.lead)] if self.lead else []
        self.lead = ""
        if self.fresh and not opens:
            self.slide.parts += [*lead, *parts]
        else:
            self.slides.append(
                Slide(self.section, [*lead, *parts], [], opens)
            )
        self.fresh = False

    def follow(self, block, after):
        """Take one block."""
        if block.kind == "heading2":
            self.begun = True
            self.left_out = block.text[3:] in LEFT_OUT
        if self.left_out:
            return
        chosen = block.cell.metadata.get("slideshow", {}).get("slide_type")
        if chosen == "skip":
            return
        if chosen == "notes":
            self.slide.notes.append(block.cell.source)
        elif chosen in ("slide", "subslide"):
            self.whole(block)
        else:
            if block.kind not in ("answer", "prose", *TAKEN_BY_QUESTION):
                self.asked = None
            getattr(self, block.kind)(block, after)

    def whole(self, block):
        """Show all of a cell, at its first block."""
        if block.kind == "code":
            self.show(*code_parts(block.cell), *outputs(block.cell))
        elif block.cell.source.startswith(block.text):
            self.show(markdown(block.cell.source))

    def heading1(self, block, after):
        self.section = block.text[2:]
        self.show(opens=True)
        self.fresh = True

    def heading2(self, block, after):
        self.section = block.text[3:]
        self.lead, self.choices = "", None
        self.show(opens=True)
        self.fresh = True

    def heading3(self, block, after):
        self.lead = ""
        self.show(markdown(block.text))
        self.fresh = True

    def prose(self, block, after):
        text, keys = block.text, key_sentences(block.text)
        self.slide.notes.append(text)
        if self.asked:
            self.asked.parts.append(markdown(text))
        elif not self.begun:
            self.introduction(text, after)
        elif after == "question":
            return
        elif BOLD.match(text) and after not in SHOWN_BELOW:
            self.statement(text)
        elif after in SHOWN_BELOW:
            self.lead = short(text, keys)
            self.points([key for key in keys if key not in self.lead])
        elif self.fresh:
            opening = first_sentences(text, OPENING)
            self.show(markdown(opening))
            self.points([key for key in keys if key not in opening])
        else:
            self.points(keys)

    def introduction(self, text, after):
        """Show the lesson's question and its goals, not its cost."""
        if self.fresh:
            self.show(markdown(text))
        elif after == "list":
            self.lead = text

    def points(self, keys):
        """Show sentences as points, on the last slide while there is room."""
        for key in keys:
            only_text = all(p.kind == "markdown" for p in self.slide.parts)
            only_text = only_text and not self.asked
            room = self.slide.words() + count_words(key) <= POINTS
            if not (only_text and room):
                lead, self.lead = self.lead, ""
                self.show()
                self.lead = lead
            self.slide.parts.append(markdown(f"- {key}"))

    def statement(self, text):
        """Show a paragraph that begins with a title in bold."""
        title = BOLD.match(text)[0]
        body = first_sentences(text[len(title) :].strip(), OPENING)
        note = self.slide.notes.pop()
        is_myth = title.startswith("**Myth")
        self.show(markdown(f"### {title[2:-2]}"), markdown(body, is_myth))
        self.slide.notes.append(note)

    def predict(self, block, after):
        self.lead = ""
        self.show(markdown(block.text))
        self.asked = self.slide

    def answer(self, block, after):
        if self.choices:
            self.choice(block)
        elif self.asked:
            shown = first_paragraphs(block.text, ANSWER)
            self.asked.parts.append(markdown(shown, fragment=True))
            self.asked.notes.append(block.text)
            self.asked = None
        else:
            self.slide.notes.append(f"{block.title}: {block.text}")

    def question(self, block, after):
        self.show(markdown(block.text))
        self.choices = self.slide

    def choice(self, block):
        """Show a choice; the answer of the right one comes at the end."""
        place = len(self.choices.parts)
        if self.choices.parts[-1].fragment:
            place -= 1
        self.choices.parts.insert(place, markdown(f"- {block.title}"))
        if block.text.startswith("Right"):
            letter = block.title[0]
            right = markdown(f"**{letter}.** {block.text}", fragment=True)
            self.choices.parts.append(right)
        self.choices.notes.append(f"{block.title}: {block.text}")

    def thing(self, block, after):
        if self.asked:
            self.asked.parts.append(markdown(block.text))
        else:
            self.show(markdown(block.text))

    formula = list = table = thing

    def fence(self, block, after):
        self.slide.notes.append(block.text)

    def result(self, block, after):
        self.show(markdown(block.text))

    def code(self, block, after):
        cell = block.cell
        tags = set(cell.metadata.get("tags", []))
        if tags & {"setup-cell", "solution"} or is_import(cell.source):
            return
        found = outputs(cell)
        if tags & {"hide-output", "remove-output"}:
            found = []
        # Code that draws or that formats a table is not the point.
        shown = all(part.kind == "text" for part in found)
        shown = shown and "hide-input" not in tags
        together = [*(code_parts(cell) if shown else []), *found]
        lines = sum(part.content.count("\n") + 1 for part in together)
        if shown and lines <= SHOWN_ON_ONE:
            together = [together] if together else []
        else:
            together = [[part] for part in together]
        for parts in together:
            self.show(*parts)
        self.lead = ""


def short(text, keys):
    """Return what of a paragraph introduces the thing below it."""
    if count_words(text) <= LEAD:
        return " ".join(text.split())
    last = sentences(text)[-1]
    candidates = [last] if last.endswith(":") else keys
    fitting = [s for s in candidates if count_words(s) <= LEAD]
    return fitting[0] if fitting else ""


def first_paragraphs(text, most):
    """Return as many first paragraphs as have at most ``most`` words."""
    kept = []
    for paragraph in text.split("\n\n"):
        if kept and count_words("\n".join([*kept, paragraph])) > most:
            break
        kept.append(paragraph)
    return "\n\n".join(kept)


def is_import(source):
    """Tell whether a cell imports first of all, as each second cell does."""
    return source.startswith(("import ", "from ")) and (
        "use_course_style()" in source
    )
