"""Choose what of a lesson is shown on slides, by rule.

One idea a slide: a question with its answer, a formula, a table, a piece of
code with what it prints, a figure. Each can be understood alone: it has a
title, and what introduces it; a sentence that begins with "Its" or "Then"
comes with the one before it. Of the prose, the beginning of each section and
the sentences that introduce a term in bold are shown; all of it is in the
speaker's notes. Exercises are left out.

A cell's slide type, as JupyterLab's property inspector sets it, comes before
the rule: "skip" leaves the cell out, "notes" puts it into the notes, "slide"
and "subslide" show all of it on a slide of its own.
"""

from .blocks import (
    TITLE,
    count_words,
    first_sentences,
    introduction,
    key_sentences,
    read_blocks,
    sentences,
    situation,
)
from .cells import code_slides, output_slides
from .parts import Slide, is_table, markdown, outputs

LEFT_OUT = ("Exercises", "References and further reading")
OPENING, ANSWER, POINTS = 40, 60, 70  # words
ASKED, SHORT = 25, 12  # words of a question that needs its context
LONE = 10  # words of a point that may stand alone
CONCLUDED = 14  # lines on a slide, with a table or a text at its end
TAKEN_BY_QUESTION = ("formula", "list", "table")
SHOWN_BELOW = ("code", "fence", *TAKEN_BY_QUESTION)


class Outline:
    """Goes through a lesson's blocks and collects slides."""

    def __init__(self, notebook):
        self.slides, self.section, self.title = [], "", ""
        self.lead = ""  # what the next thing is introduced by
        self.context, self.repeated = "", False  # of the next question
        self.asked = None  # the slide of a question without its answer
        self.choices = None  # the slide of a question with choices
        self.begun = self.left_out = False
        self.fresh = False  # the last slide has a heading, and room below
        blocks = read_blocks(notebook)
        for block, after in zip(blocks, [*blocks[1:], None]):
            self.follow(block, after.kind if after else "")
        self.slides = [s for s in self.slides if s.parts or s.opens]

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
            made = Slide(self.section, self.title, [*lead, *parts], [], opens)
            self.slides.append(made)
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
            found = [markdown(f"```python\n{block.cell.source}\n```")]
            self.show(*found, *outputs(block.cell))
        elif block.cell.source.startswith(block.text):
            self.show(markdown(block.cell.source))

    def heading1(self, block, after):
        self.section = block.text[2:]
        self.show(opens=True)
        self.fresh = True

    def heading2(self, block, after):
        self.section, self.title = block.text[3:], ""
        self.lead, self.choices = "", None
        self.show(opens=True)
        self.fresh = True

    def heading3(self, block, after):
        self.lead, self.title = "", ""
        self.show(markdown(block.text))
        self.title = block.text[4:]
        self.fresh = True

    def prose(self, block, after):
        text = block.text
        self.slide.notes.append(text)
        if self.asked:
            self.asked.parts.append(markdown(text))
        elif not self.begun:
            self.introduction(text, after)
        elif after == "question":
            return
        elif TITLE.match(text) and after not in SHOWN_BELOW:
            self.statement(text)
        else:
            self.explain(self.finish(text), after)

    def finish(self, text):
        """Show the end of a formula's sentence; return what follows it."""
        if not text[0].islower():
            return text
        end, *others = sentences(text)
        if self.slide.ends_with_formula():
            self.slide.parts.append(markdown(end))
        return " ".join(others)

    def explain(self, text, after):
        """Show a paragraph's beginning, its terms, or what it leads to."""
        keys = key_sentences(text, self.slide.ends_with_formula())
        shown = ""
        self.repeated = self.fresh
        if after in SHOWN_BELOW:
            shown = self.lead = introduction(text)
        elif self.fresh and text:
            shown = first_sentences(text, OPENING)
            self.show(markdown(shown))
        if after == "predict":
            self.context = situation(text)
        keys = [unseen(key, shown) for key in keys]
        self.points([key for key in keys if key])

    def introduction(self, text, after):
        """Show the lesson's question and its goals, not its cost."""
        if self.fresh:
            self.show(markdown(text))
        elif after == "list":
            self.lead = text

    def points(self, keys):
        """Show sentences as points, on the last slide while there is room.

        A short one is not worth a slide of its own.
        """
        for key in keys:
            only_text = all(
                p.kind == "markdown" and not p.fragment
                for p in self.slide.parts
            )
            room = self.slide.words() + count_words(key) <= POINTS
            if not (only_text and room):
                if key is keys[-1] and count_words(key) < LONE:
                    return
                lead, self.lead = self.lead, ""
                self.show()
                self.lead = lead
            self.slide.parts.append(markdown(f"- {key}"))

    def statement(self, text):
        """Show a paragraph that begins with a title in bold."""
        title = TITLE.match(text)[0]
        body = first_sentences(text[len(title) :].strip(), OPENING)
        note = self.slide.notes.pop()
        is_myth = title.startswith("**Myth")
        heading = f"### {title[2:-2].removesuffix('.')}"
        self.show(markdown(heading), markdown(body, is_myth))
        self.slide.notes.append(note)

    def predict(self, block, after):
        self.lead = ""
        if count_words(block.text) <= (SHORT if self.repeated else ASKED):
            self.lead = self.context
        self.context = ""
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
        self.conclude(markdown(block.text))

    def conclude(self, result):
        """Show a result below its table or text, if there is room."""
        last = self.slide.parts[-1] if self.slide.parts else None
        lines = sum(p.content.count("\n") + 1 for p in self.slide.parts)
        small = last and lines <= CONCLUDED
        if small and (last.kind == "text" or is_table(last)):
            self.slide.parts.append(result)
        else:
            self.show(result)

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
        if shown and "hide-input" not in tags:
            together = code_slides(cell.source, found)
        else:
            together = output_slides(found)
        for parts in together:
            if parts[0].content.startswith("**Result.**"):
                self.conclude(parts[0])
            else:
                self.show(*parts)
        self.lead = ""


def unseen(text, shown):
    """Return those sentences of a text that are not shown yet."""
    return " ".join(s for s in sentences(text) if s not in shown)


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
