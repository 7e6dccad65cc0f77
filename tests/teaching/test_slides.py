"""`make slides`: what of a lesson is on its slides, and what a file loads."""

import re

import nbformat
import pytest
import slides
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)
from notebook_code import NOTEBOOKS, code_cells, tags

bs4 = pytest.importorskip("bs4")
pytest.importorskip("sphinx_revealjs")

LESSONS = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
LEFT_OUT = "References and further reading"


def parse(page):
    return bs4.BeautifulSoup(page, "html.parser")


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """The decks of all lessons: name, and the parsed page."""
    paths = slides.build(tmp_path_factory.mktemp("slides"))
    assert all(path.stat().st_size < 2_000_000 for path in paths)
    return {path.stem: parse(path.read_text("utf-8")) for path in paths}


def lesson_text(path):
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(c.source for c in cells if c.cell_type == "markdown")


@LESSONS
def test_a_deck_loads_nothing(decks, path):
    deck = decks[path.stem]
    for tag in deck.find_all(["script", "link", "img", "iframe", "audio"]):
        for name in ("src", "href", "srcset"):
            assert tag.get(name, "data:").startswith("data:"), tag.name
    for style in deck.find_all("style"):
        text = style.get_text()
        assert "@import" not in text
        loaded = re.findall(r"url\([\"']?(.{5})", text)
        assert set(loaded) <= {"data:"}


@LESSONS
def test_each_section_has_a_slide_that_opens_it(decks, path):
    text = re.sub(r"^```.*?^```$", "", lesson_text(path), flags=re.S | re.M)
    sections = [
        parse(slides.markdown(title)).get_text().strip()
        for title in re.findall(r"^##? (.+)$", text, re.M)
        if title != LEFT_OUT
    ]
    deck = decks[path.stem].select_one(".slides")
    assert [h.get_text() for h in deck.select("h1, h2")] == sections
    for section in deck.find_all("section", recursive=False):
        first, *others = section.find_all("section", recursive=False)
        assert first.select_one("h1, h2") and not first.get("data-section")
        title = first.select_one("h1, h2").get_text()
        for slide in others:
            assert slide["data-section"] == title
            assert slide.select_one("h1, h2") is None


@LESSONS
def test_formulas_are_mathml(decks, path):
    deck = decks[path.stem].select_one(".slides")
    assert deck.find("math")
    for part in deck.select(".jp-RenderedMarkdown"):
        for code in part.find_all(["code", "pre"]):
            code.extract()
        text = part.get_text()
        assert "$" not in text and "\\" not in text, text[:200]


@LESSONS
def test_every_question_is_there_and_its_answer_comes_later(decks, path):
    questions = [
        slide
        for slide in decks[path.stem].select("section section")
        if slide.find("strong", string="Predict.")
    ]
    asked = lesson_text(path).count("**Predict.**")
    assert len(questions) == asked > 3
    for question in questions:
        assert len(question.select(".fragment")) == 1, question.get_text()


@LESSONS
def test_every_figure_is_there_with_its_alt_text(decks, path):
    images = decks[path.stem].select(".slides img")
    assert all(image["alt"] for image in images)
    count = sum(
        "image/png" in output.get("data", {})
        for cell in code_cells(path)
        if not tags(cell) & {"solution", "hide-output", "remove-output"}
        for output in cell.outputs
    )
    assert len(images) == count


@LESSONS
def test_exercises_and_what_a_page_hides_are_left_out(decks, path):
    text = decks[path.stem].find("body").get_text()
    for hidden in ("BEGIN SOLUTION", "use_course_style()", "find_spec("):
        assert hidden not in text
    assert not re.search(r"Exercise \d\.\d \(|^check\.", text, re.M)


@LESSONS
def test_links_lead_to_decks_or_out(decks, path):
    for link in decks[path.stem].select(".slides a"):
        name = link["href"].partition("#")[0]
        assert name.removesuffix(".html") in decks or "://" in name, name


def code(source, *tags, text="", kind=None):
    """Return a code cell that printed this text."""
    metadata = {"tags": list(tags)}
    if kind:
        metadata["slideshow"] = {"slide_type": kind}
    outputs = [new_output("stream", text=text)] if text else []
    return new_code_cell(source, outputs=outputs, metadata=metadata)


def test_marks_and_tags_say_what_is_shown():
    cells = [
        new_markdown_cell("# A & B"),
        code("shown = 1", text="one"),
        code("folded = 2", "hide-input", text="two"),
        code("long = 3", "slide-output", text="three"),
        code("quiet = 4", "hide-output", text="never"),
        code("setup = 5", "setup-cell", text="never"),
        code("hidden = 6", "hide-cell", text="never"),
        code("skipped = 7", text="never", kind="skip"),
        new_markdown_cell(
            "told", metadata={"slideshow": {"slide_type": "notes"}}
        ),
    ]
    page = parse(slides.deck_html(new_notebook(cells=cells)))
    assert page.title.get_text() == "A & B"
    assert page.aside.get_text().strip() == "told"
    text = page.select_one(".slides").get_text()
    for word in ("shown", "one", "two", "three", "quiet"):
        assert word in text
    for word in ("folded", "long", "never", "setup", "hidden", "skipped"):
        assert word not in text


@pytest.mark.parametrize(
    "source, parts",
    [
        ("$x_1$ and $y$", ["<msub>", "<mi>y</mi>"]),
        ("`$HOME` costs $2$", ["<code>$HOME</code>", "<mn>2</mn>"]),
        ("$$\n\\frac{a}{b}\n$$", ['display="block"', "<mfrac>"]),
        ("[Two](02_x.ipynb#a)", ['href="02_x.html#a"']),
        ("| a |\n| - |\n| $|x|$ |", ["<table>", "<mi>x</mi>"]),
        ("See [results](../book/results.md).", ["<p>See results.</p>"]),
        ("Zhang {cite}`zhang2023d2l`.", ["<p>Zhang.</p>"]),
    ],
)
def test_markdown(source, parts):
    html = slides.markdown(source)
    for part in parts:
        assert part in html
