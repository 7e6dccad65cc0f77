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

from .blocks import read_blocks
from .parts import draws, markdown, outputs, shown_outputs
from .prose import (
    LEAD,
    TITLE,
    count_words,
    first_sentences,
    introduction,
    key_sentences,
    self_contained,
    sentences,
    situation,
)
from .shown_code import shown_code
from .stack import Stack

LEFT_OUT = ("Exercises", "References and further reading")
OPENING, ANSWER = 40, 60  # words
ASKED = 25  # words of a question that needs its context
TAKEN_BY_QUESTION = ("formula", "list", "table")
SHOWN_BELOW = ("code", "fence", *TAKEN_BY_QUESTION)


class Outline(Stack):
    """Goes through a lesson's blocks and collects slides."""

    def __init__(self, notebook):
        super().__init__()
        self.context = ""  # of the next question
        self.asked = None  # the slide of a question without its answer
        self.choices = None  # the slide of a question with choices
        self.begun = False
        blocks = list(without_exercises(read_blocks(notebook)))
        cells = [b.cell for b in blocks if b.kind == "code" and not chosen(b)]
        self.sources = shown_code(cells, draws)
        for block, after in zip(blocks, [*blocks[1:], None]):
            self.follow(block, after.kind if after else "")
        self.slides = list(without_empty(self.slides))

    def follow(self, block, after):
        """Take one block."""
        choice = chosen(block)
        if choice == "skip":
            return
        if choice == "notes":
            self.slide.notes.append(block.cell.source)
        elif choice:
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
        self.section, self.title, self.begun = block.text[3:], "", True
        self.lead, self.choices = "", None
        self.show(opens=True)
        self.fresh = True

    def heading3(self, block, after):
        self.lead, self.title = "", ""
        self.show(markdown(block.text))
        self.title = block.text[4:]
        self.fresh = True

    def prose(self, block, after):
        self.slide.notes.append(block.text)
        text = self_contained(block.text)
        if not text:
            return
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
        if after == "predict":
            self.context = situation(text)
        if after in SHOWN_BELOW:
            self.introduce(text, keys)
            return
        shown = ""
        if self.fresh and text:
            shown = first_sentences(text, OPENING)
            self.show(markdown(shown))
        self.points(unseen(keys, shown))

    def introduce(self, text, keys):
        """Keep what introduces the next thing; show the terms, in order."""
        text = " ".join(text.split())
        lead = introduction(text)
        keys = unseen(keys, lead)
        place = text.find(sentences(lead)[-1]) if lead else len(text)
        self.points([key for key in keys if text.find(key) < place])
        later = [key for key in keys if text.find(key) >= place]
        self.lead = " ".join([lead, *later]).strip()
        if later and count_words(self.lead) > LEAD:
            self.lead = lead
            self.speak()
            self.points(later)

    def introduction(self, text, after):
        """Show the lesson's question and its goals, not its cost."""
        if self.fresh:
            self.show(markdown(text))
        elif after == "list":
            self.lead = text

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
        if count_words(block.text) <= ASKED and self.is_new(self.context):
            self.lead = self.context
        self.context = ""
        self.show(markdown(block.text))
        self.asked = self.slide

    def is_new(self, context):
        """Tell whether a question's context is still to be told.

        Points that tell nothing else go, for the question to tell them.
        """
        told = unseen(
            [context], " ".join(p.content for p in self.slide.parts)
        )
        if told == [context]:
            return True
        points = [p.content.removeprefix("- ") for p in self.slide.parts]
        if self.slide.opens or unseen(points, context):
            return False
        self.slide.parts = []
        return True

    def answer(self, block, after):
        if self.choices:
            self.choice(block)
        elif self.asked:
            shown = first_paragraphs(self_contained(block.text), ANSWER)
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

    def code(self, block, after):
        """Show a cell's code, if it is to be seen, and what it shows."""
        cell = block.cell
        if set(cell.metadata.get("tags", [])) & {"setup-cell", "solution"}:
            return
        found = shown_outputs(cell)
        source = self.sources.get(id(cell))
        if source:
            self.listing(source, [] if draws(cell) else found)
        if draws(cell) or not source:
            self.display(found)
        self.lead = ""


def without_exercises(blocks):
    """Return the blocks of the sections that slides are made of."""
    left_out = False
    for block in blocks:
        if block.kind == "heading2":
            left_out = block.text[3:] in LEFT_OUT
        if not left_out:
            yield block


def without_empty(slides):
    """Return the slides that show anything, with the notes of all."""
    notes = []
    for slide in slides:
        if slide.parts or slide.opens:
            slide.notes[:0], notes = notes, []
            yield slide
        else:
            notes += slide.notes


def chosen(block):
    """Return the slide type that a cell was given; empty for none."""
    choice = block.cell.metadata.get("slideshow", {}).get("slide_type")
    return choice if choice in ("skip", "notes", "slide", "subslide") else ""


def unseen(texts, shown):
    """Return those sentences of each text that are not shown yet."""
    left = [
        " ".join(s for s in sentences(text) if s not in shown)
        for text in texts
    ]
    return [text for text in left if text]


def first_paragraphs(text, most):
    """Return as many first paragraphs as have at most ``most`` words."""
    kept = []
    for paragraph in text.split("\n\n"):
        if kept and count_words("\n".join([*kept, paragraph])) > most:
            break
        kept.append(paragraph)
    return "\n\n".join(kept)
