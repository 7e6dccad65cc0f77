"""Put parts on slides: each below what introduces it, if there is room."""

from .cells import code_slides, count_lines, lead_lines, output_slides
from .figures import bears, is_widget
from .parts import Slide, is_table, is_wide, markdown
from .prose import count_words

POINTS = 70  # words
LONE = 10  # words of a point that may stand alone
CONCLUDED = 14  # lines on a slide, with a table or a text at its end
HEADING, BELOW_HEADING = 2, 12  # lines of a heading, and of code below it


class Stack:
    """Slides, in order, and what the next one is introduced by.

    Attributes
    ----------
    slides : list of Slide
    section, title : str
        Of the next slide.
    lead : str
        A text that introduces what is shown next.
    fresh : bool
        Whether the last slide has a heading, and room below.
    """

    def __init__(self):
        self.slides, self.section, self.title = [], "", ""
        self.lead, self.fresh = "", False

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

    def speak(self):
        """Show the lead at once, on a slide before what it introduces."""
        lead, self.lead = self.lead, ""
        if not lead:
            return
        said = markdown(f"{lead[:-1]}." if lead.endswith(":") else lead)
        if not self.fresh and self.slide.bears(lead, POINTS):
            self.slide.parts.append(said)
        else:
            self.show(said)

    def points(self, keys):
        """Show sentences as points, on the last slide while there is room.

        A short one is not worth a slide of its own.
        """
        for key in keys:
            if not self.slide.bears(key, POINTS):
                if key is keys[-1] and count_words(key) < LONE:
                    return
                lead, self.lead = self.lead, ""
                self.show()
                self.lead = lead
            self.slide.parts.append(markdown(f"- {key}"))

    def conclude(self, result):
        """Show a result below its table or text, if there is room."""
        last = self.slide.parts[-1] if self.slide.parts else None
        lines = sum(p.content.count("\n") + 1 for p in self.slide.parts)
        small = last and lines <= CONCLUDED and not is_wide(last)
        if small and (last.kind == "text" or is_table(last)):
            self.slide.parts.append(result)
        else:
            self.show(result)

    def display(self, parts):
        """Show figures, tables and results."""
        for together in output_slides(parts):
            if together[0].content.startswith("**Result.**"):
                self.conclude(together[0])
            else:
                self.make_room(together)
                self.show(*together)

    def make_room(self, parts):
        """Show the lead before a figure that has no room for it."""
        large = [
            p
            for p in parts
            if p.kind == "image" or is_widget(p) or is_table(p)
        ]
        if large and not bears(large[0], self.lead, self.above()):
            self.speak()
            self.fresh = self.fresh and not self.texts()

    def texts(self):
        """Return the texts below the last slide's heading."""
        return [p.content for p in self.slide.parts if p.content[0] != "#"]

    def above(self):
        """Return how many lines are taken by a heading and below it."""
        if not self.fresh:
            return 0
        return HEADING + sum(map(lead_lines, self.texts()))

    def listing(self, source, texts):
        """Show code, with what it prints; not cramped below other things."""
        below = self.above() + lead_lines(self.lead)
        together = code_slides(source, texts, below)
        cramped = self.fresh and count_lines(source) > BELOW_HEADING
        if cramped or len(together) > len(code_slides(source, texts)):
            self.speak()
            together = code_slides(source, texts, self.above())
        for parts in together:
            self.show(*parts)
