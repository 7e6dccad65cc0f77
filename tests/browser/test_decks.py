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
def open_deck(new_page, decks):
    """Return a function that opens a deck."""

    def open_page(name):
        address = decks[name].as_uri()
        page = new_page(address, width=1280, height=720)
        page.goto(address)
        page.wait_for_function("Reveal.isReady()")
        return page

    return open_page


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


def test_the_answer_comes_with_the_next_key_or_a_click(open_deck):
    page = open_deck("01_cross_correlation")
    answer = go_to(page, ".fragment")
    question = current(page)
    assert not answer.is_visible()
    page.keyboard.press("ArrowRight")
    answer.wait_for()
    assert current(page) == question
    page.keyboard.press("ArrowRight")
    assert current(page) == question + 1
    second = go_to(page, "details + details")  # the class chose it
    second.locator("summary").click()
    second.locator(".fragment").wait_for()
    first = page.locator(".present .present details .fragment").first
    assert not first.is_visible()
    page.keyboard.press("ArrowRight")
    first.wait_for()
    assert second.locator(".fragment").is_visible()


def test_a_figure_lives_keeps_its_keys_and_still_fits(open_deck):
    page = open_deck("01_cross_correlation")
    figure = go_to(page, ".cx")
    place, before = current(page), figure.inner_text()
    figure.get_by_role("button", name="step").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    assert current(page) == place
    assert figure.inner_text() != before
    figure = go_to(page, ".cx:has(.cx-cone)")
    zoom = "figure => figure.currentCSSZoom"
    before = figure.evaluate(zoom)
    for _ in range(3):
        figure.get_by_role("button", name="add a layer").click()
    page.wait_for_function(
        "Reveal.getCurrentSlide().scrollHeight <= innerHeight"
    )
    assert figure.evaluate(zoom) < before
    assert not page.trouble


def test_the_speaker_sees_the_notes(open_deck):
    page = open_deck("05_lenet")
    go_to(page, "aside.notes")
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    notes = popup.value.locator(".speaker-controls-notes")
    notes.get_by_text("which copy of the data set").first.wait_for()
    popup.value.close()
