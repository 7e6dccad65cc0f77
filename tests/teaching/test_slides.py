"""`make slides`: what of a lesson is on its slides, and what a file loads."""

import base64
import re

import nbformat
import pytest
import slides
from deck.outline import Outline
from deck.parts import Part, divide
from deck.prose import sentences
from deck.render import PANEL, markdown
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from notebook_code import NOTEBOOKS, code_cells, tags

bs4 = pytest.importorskip("bs4")
pytest.importorskip("sphinx_revealjs")

LESSONS = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
TEMPLATE = slides.ROOT / "tools" / "template" / "lesson.ipynb"


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """The decks of all lessons: name, and the parsed page."""
    paths = slides.build(tmp_path_factory.mktemp("slides"))
    return {
        path.stem: bs4.BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for path in paths
    }


def shown(deck):
    """Return the text of all slides, without notes."""
    return "\n".join(c.get_text() for c in deck.select(".content"))


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
def test_formulas_are_mathml(decks, path):
    deck = decks[path.stem]
    assert deck.find("math")
    for part in deck.select(".part.markdown, aside"):
        for code in part.find_all(["code", "pre"]):
            code.extract()
        text = part.get_text()
        assert "$" not in text and "\\" not in text, text[:200]


@LESSONS
def test_every_question_is_there_and_its_answer_comes_later(decks, path):
    notebook = nbformat.read(path, as_version=4)
    text = "\n".join(c.source for c in notebook.cells)
    asked = text.count("**Predict.**")
    questions = [
        content
        for content in decks[path.stem].select(".content")
        if content.find("strong", string="Predict.")
    ]
    assert len(questions) == asked > 3
    for question in questions:
        assert len(question.select(".fragment")) == 1, question.get_text()


@LESSONS
def test_every_figure_is_there_with_its_alt_text(decks, path):
    images = decks[path.stem].select(".part.image img")
    assert all(image["alt"] for image in images)
    count = sum(
        "image/png" in output.get("data", {})
        for cell in code_cells(path)
        if not tags(cell) & {"solution", "hide-output", "remove-output"}
        for output in cell.outputs
    )
    assert len(images) == count


@LESSONS
def test_exercises_and_their_solutions_are_left_out(decks, path):
    text = decks[path.stem].find("body").get_text()
    for hidden in ("BEGIN SOLUTION", "check.", "importlib.util.find_spec"):
        assert hidden not in shown(decks[path.stem])
    assert not re.search(r"Exercise \d\.\d \(", text)


@LESSONS
def test_each_slide_has_a_title(decks, path):
    slides = decks[path.stem].select("section:not(:has(section))")
    assert len(slides) > 20
    for slide in slides:
        assert slide.select_one("h1, h2").get_text()


@LESSONS
def test_no_slide_begins_in_the_middle(path):
    """Neither of a sentence nor of a thought."""
    for slide in Outline(nbformat.read(path, as_version=4)).slides:
        first = slide.parts[0].content.removeprefix("- ")
        if slide.parts[0].kind == "markdown":
            assert not first[0].islower(), first
            assert not first.startswith(("Its ", "They ", "Then ")), first


@LESSONS
def test_a_figure_has_a_caption_or_a_text(decks, path):
    """Or none, where the caption would be about one panel alone."""
    for content in decks[path.stem].select(".content:has(.image)"):
        alt = content.select_one(".image img")["alt"]
        caption = content.select_one(".caption")
        text = content.select_one(".markdown p")
        if caption:
            assert not text and alt.startswith(caption.get_text())
        else:
            assert text or PANEL.match(alt), alt


@LESSONS
def test_links_lead_to_decks_or_out(decks, path):
    for link in decks[path.stem].select(".content a"):
        name = link["href"].partition("#")[0]
        assert name.removesuffix(".html") in decks or "://" in name, name


@LESSONS
def test_nothing_is_told_twice_in_a_row(path):
    told = set()
    for slide in Outline(nbformat.read(path, as_version=4)).slides:
        before, told = told, set()
        for part in slide.parts:
            if part.kind == "markdown":
                text = part.content.removeprefix("- ")
                told |= {s for s in sentences(text) if len(s) > 30}
        assert not before & told


@LESSONS
def test_nothing_points_to_what_is_not_on_slides(decks, path):
    away = r"(next|two) cells?\b|(cells|lines) above|Exercise \d|further down"
    away += r"|next paragraph|see below|table below"
    for content in decks[path.stem].select(".content"):
        for part in content.select(".markdown"):
            assert not re.search(away, part.get_text()), part.get_text()


@LESSONS
def test_slides_have_little_text(path):
    made = Outline(nbformat.read(path, as_version=4)).slides
    assert all(slide.parts for slide in made)
    prose = [
        slide.words()
        for slide in made
        if not any("|" in p.content or p.fragment for p in slide.parts)
        and slide.section != "Summary"
    ]
    assert sum(prose) / len(prose) < 35
    assert sorted(prose)[int(0.95 * len(prose))] <= 90


def lesson(*cells):
    """Return the slides of a small lesson with these cells in a section."""
    first = [new_markdown_cell("# Title\n\n**Why?**")]
    notebook = nbformat.v4.new_notebook(cells=[*first, *cells])
    return Outline(notebook).slides[1:]


def text_of(slide):
    return [part.content for part in slide.parts]


def code(source, *outputs, **metadata):
    return new_code_cell(source, outputs=list(outputs), metadata=metadata)


def printed(text):
    return new_output("stream", text=text)


def png(width, height):
    """Return what an image of this size begins with."""
    start = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return base64.b64encode(start + size + b"\0" * 9).decode()


def test_code_stands_with_what_it_prints_and_its_introduction():
    made = lesson(
        new_markdown_cell("## Part\n\nOpening.\n\nLook at this:"),
        code("1 + 1", printed("2\n")),
    )
    assert [text_of(slide) for slide in made] == [
        ["Opening."],
        ["Look at this:", "1 + 1", "2"],
    ]
    assert made[0].notes == ["Opening.", "Look at this:"]


def test_terms_are_points_and_the_rest_is_in_the_notes():
    long = " ".join(["word"] * 40)
    text = f"First {long}. A **kernel** slides. Then {long}."
    (slide,) = lesson(new_markdown_cell(f"## Part\n\n{text}"))
    assert text_of(slide)[1:] == ["- A **kernel** slides."]
    assert slide.notes == [text]


def test_a_sentence_comes_with_the_one_that_it_leans_on():
    long = " ".join(["word"] * 40)
    text = f"First {long}. Jolts go in. Its answer is the **response**."
    (slide,) = lesson(new_markdown_cell(f"## Part\n\n{text}"))
    assert text_of(slide)[1:] == [
        "- Jolts go in. Its answer is the **response**."
    ]
    text = f"First {long}. This {long}. It is a **lost** word."
    (slide,) = lesson(new_markdown_cell(f"## Part\n\n{text}"))
    assert len(slide.parts) == 1


def test_a_short_question_comes_with_its_situation():
    question = "**Predict.** What does the same kernel find?"
    answer = "<details><summary>Answer</summary>\nNothing.\n</details>"
    before = "## Part\n\nOpening.\n\nTurn the picture on its side."
    made = lesson(new_markdown_cell(f"{before}\n\n{question}\n\n{answer}"))
    assert text_of(made[-1]) == [
        "Turn the picture on its side.",
        question,
        "Nothing.",
    ]
    made = lesson(
        new_markdown_cell(f"{before}\n\n{question}\n\n{answer}\n\nA **x**.")
    )
    assert len(made[1].parts) == 3  # nothing is shown below an answer


def test_a_formula_keeps_the_end_of_its_sentence():
    text = "Opening.\n\nIt reaches over\n\n$$k$$\n\npixels. All hold."
    *_, slide = lesson(new_markdown_cell(f"## Part\n\n{text}"))
    assert text_of(slide) == ["It reaches over", "$$k$$", "pixels."]


def test_a_result_stands_below_its_table():
    table = {"text/markdown": "| n |\n| - |\n| 1 |"}
    result = {"text/markdown": "**Result.** One."}
    made = lesson(
        new_markdown_cell("## Part\n\nOpening."),
        code("t", new_output("display_data", data=table)),
        code("r", new_output("display_data", data=result)),
    )
    assert [text_of(slide) for slide in made] == [
        ["Opening.", table["text/markdown"], result["text/markdown"]]
    ]


def test_sounds_share_a_slide_with_their_names():
    outputs = []
    for name in ("The chirp:", "Half of it:"):
        outputs.append({"text/markdown": name})
        outputs.append({"text/html": f"<audio title='{name}'>"})
    (slide,) = lesson(
        new_markdown_cell("## Part"),
        code("x", *[new_output("display_data", data=d) for d in outputs]),
    )
    assert [part.kind for part in slide.parts] == ["markdown", "html"] * 2


def test_code_that_draws_is_not_shown():
    figure = new_output("display_data", data={"image/png": png(100, 100)})
    alt = {"image": {"alt": "A line."}}
    (slide,) = lesson(
        new_markdown_cell("## Part"), code("plt.plot()", figure, mystnb=alt)
    )
    assert [(p.kind, p.alt) for p in slide.parts] == [("image", "A line.")]


def test_a_long_table_goes_over_several_slides():
    rows = [f"| {i} |" for i in range(20)]
    table = "\n".join(["| n |", "| - |", *rows, "", "Below."])
    data = {"text/markdown": table}
    made = lesson(
        new_markdown_cell("## Part"),
        code("t", new_output("display_data", data=data)),
    )
    first, second = (slide.parts[0].content for slide in made)
    assert first.splitlines() == ["| n |", "| - |", *rows[:10]]
    assert second.splitlines()[:3] == ["| n |", "| - |", "| 10 |"]
    assert second.endswith("| 19 |\n\nBelow.")


def test_a_column_that_is_empty_on_a_slide_is_left_out():
    rows = ["| n | of |", "| - | - |", "| 1 | |", "| $|x|$ | |"]
    (table,) = divide(Part("markdown", "\n".join([*rows, "", "Below."])))
    expected = ["| n |", "| - |", "| 1 |", "| $|x|$ |", "", "Below."]
    assert table.content.splitlines() == expected
    full = Part("markdown", "\n".join([*rows, "| 2 | 3 |"]))
    assert divide(full) == [full]


TOLD = (
    "Representations become progressively more abstract, layer by layer. " * 4
)


def test_a_text_that_shrinks_a_figure_comes_before_it():
    """A wide one leaves room for the same text; a heading has room for it."""
    for size, expected in [
        ((100, 60), [["Opening.", TOLD.strip()], [""]]),
        ((300, 100), [["Opening."], [TOLD.strip(), ""]]),
    ]:
        figure = new_output("display_data", data={"image/png": png(*size)})
        made = lesson(
            new_markdown_cell(f"## Part\n\nOpening.\n\n{TOLD}"),
            code("plt.plot()", figure, mystnb={"image": {"alt": "A line."}}),
        )
        texts = [
            [p.content if p.kind == "markdown" else "" for p in slide.parts]
            for slide in made
        ]
        assert texts == expected


def test_a_live_figure_stands_alone_or_below_one_line():
    widget = new_output("display_data", data={"text/html": "<div>"})
    for text, counts in [("Opening.\n\nMove it.", [1, 2]), (TOLD, [1, 1])]:
        made = lesson(
            new_markdown_cell(f"## Part\n\n{text}"), code("f()", widget)
        )
        assert [len(slide.parts) for slide in made] == counts


def test_a_myth_comes_before_what_is_true():
    made = lesson(
        new_markdown_cell("## Paper and folklore\n\n**Myth: x.** Not so.")
    )
    statement, truth = made[0].parts
    assert statement.content == "### Myth: x" and not statement.fragment
    assert truth.content == "Not so." and truth.fragment


def test_only_the_right_choice_is_answered():
    choices = "\n\n".join(
        f"<details><summary>{name}</summary>\n\n{text}\n\n</details>"
        for name, text in [("A. 1", "No."), ("B. 2", "Right."), ("C. 3", "N")]
    )
    (slide,) = lesson(
        new_markdown_cell(
            f"## Check yourself\n\nThree.\n\n**1.** Q?\n\n{choices}"
        )
    )
    assert text_of(slide) == [
        "**1.** Q?",
        "- A. 1",
        "- B. 2",
        "- C. 3",
        "**B.** Right.",
    ]
    assert [p.fragment for p in slide.parts] == [False] * 4 + [True]


@pytest.mark.parametrize("kind", ["skip", "notes", "slide"])
def test_a_slide_type_comes_before_the_rule(kind):
    text = "**Predict.** What?\n\n<details><summary>Answer</summary>\n\nIt."
    text += "\n\n</details>"
    cell = new_markdown_cell(
        text, metadata={"slideshow": {"slide_type": kind}}
    )
    made = lesson(new_markdown_cell("## Part\n\nOpening."), cell)
    expected = {"skip": 0, "notes": 0, "slide": 1}[kind]
    assert len(made) == 1 + expected
    assert (text in made[0].notes) == (kind == "notes")
    if kind == "slide":
        assert text_of(made[1]) == [text]


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
    html = markdown(source)
    for part in parts:
        assert part in html


def test_the_template_of_a_lesson_makes_a_deck():
    made = Outline(nbformat.read(TEMPLATE, as_version=4)).slides
    assert len(made) > 10
