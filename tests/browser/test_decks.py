"""The decks in a browser, from file://: nothing overflows, nothing loads."""

import pytest
import slides
from notebook_code import NOTEBOOKS

MEASURE = """
(index) => {
  const slide = Reveal.getSlides()[index];
  const { h, v } = Reveal.getIndices(slide);
  Reveal.slide(h, v, 99);
  const parts = [...slide.children].filter((part) => part.tagName != "ASIDE");
  return {
    text: slide.innerText.slice(0, 60),
    over: slide.scrollHeight - slide.clientHeight,
    wide: slide.scrollWidth - slide.clientWidth,
    bottom: Math.max(...parts.map((p) => p.getBoundingClientRect().bottom)),
    size: Math.min(...parts.map((part) => Number(part.style.zoom || 1))),
    images: [...slide.querySelectorAll(".jp-RenderedImage img")]
      .map((image) => image.getBoundingClientRect().width),
  };
}
"""


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    return {p.stem: p for p in slides.build(tmp_path_factory.mktemp("decks"))}


@pytest.fixture
def open_deck(browser, decks):
    """Return a function that opens a deck, and lists what goes wrong."""
    pages = []

    def open_page(name):
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        pages.append(page)
        page.trouble = []
        page.on("pageerror", lambda error: page.trouble.append(str(error)))
        page.on("console", lambda line: page.trouble.append(line.text))
        page.on(
            "request",
            lambda request: (
                request.url.startswith(("data:", decks[name].as_uri()))
                or page.trouble.append(request.url)
            ),
        )
        page.goto(decks[name].as_uri())
        page.wait_for_function("Reveal.isReady()")
        return page

    yield open_page
    for page in pages:
        page.close()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_slide_fits(open_deck, path):
    page = open_deck(path.stem)
    count = page.evaluate("Reveal.getTotalSlides()")
    assert count > 20
    small = 0
    for index in range(count):
        slide = page.evaluate(MEASURE, index)
        assert slide["text"].strip() or slide["images"]
        assert slide["over"] <= 0 and slide["wide"] <= 0, slide
        assert slide["bottom"] <= 720, slide
        assert all(width > 400 for width in slide["images"]), slide
        small += slide["size"] < 0.75
    assert small <= 0.1 * count
    assert not page.trouble


def go_to(page, selector):
    """Go to the first slide that has such an element; return it."""
    page.evaluate(
        """(selector) => {
          const has = (slide) => slide.querySelector(selector);
          const { h, v } = Reveal.getIndices(Reveal.getSlides().find(has));
          Reveal.slide(h, v);
        }""",
        selector,
    )
    return page.locator(f".present .present {selector}").first


def current(page):
    return page.evaluate("Reveal.getSlidePastCount()")


def test_the_answer_comes_with_the_next_key(open_deck):
    page = open_deck("01_cross_correlation")
    answer = go_to(page, ".fragment")
    question = current(page)
    assert not answer.is_visible()
    page.keyboard.press("ArrowRight")
    answer.wait_for()
    assert current(page) == question
    page.keyboard.press("ArrowRight")
    assert current(page) == question + 1


def test_a_click_opens_the_choice_that_the_class_made(open_deck):
    page = open_deck("01_cross_correlation")
    second = go_to(page, "details + details")
    second.locator("summary").click()
    second.locator(".fragment").wait_for()
    first = page.locator(".present .present details .fragment").first
    assert not first.is_visible()
    page.keyboard.press("ArrowRight")
    first.wait_for()
    assert second.locator(".fragment").is_visible()


def test_a_figure_that_grows_still_fits(open_deck):
    page = open_deck("01_cross_correlation")
    go_to(page, ".cx-cone")
    figure = page.locator(".present .present .cx")
    zoom = "figure => figure.currentCSSZoom"
    before = figure.evaluate(zoom)
    for _ in range(3):
        figure.get_by_role("button", name="add a layer").click()
    page.wait_for_function(
        "Reveal.getCurrentSlide().scrollHeight <= innerHeight"
    )
    assert figure.evaluate(zoom) < before
    assert not page.trouble


def test_a_figure_lives_and_keeps_its_keys(open_deck):
    page = open_deck("01_cross_correlation")
    figure = go_to(page, ".cx")
    place, before = current(page), figure.inner_text()
    figure.get_by_role("button", name="step").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    assert current(page) == place
    assert figure.inner_text() != before
    assert not page.trouble


def test_the_speaker_sees_the_notes(open_deck):
    page = open_deck("05_lenet")
    go_to(page, "aside.notes")
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    notes = popup.value.locator(".speaker-controls-notes")
    notes.get_by_text("which copy of the data set").first.wait_for()
    popup.value.close()
