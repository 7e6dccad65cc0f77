"""The decks in a browser, from file://: nothing overflows, nothing loads."""

import pytest
import slides
from notebook_code import NOTEBOOKS

WIDTH, HEIGHT = 1280, 720

MEASURE = """
(index) => {
  const slide = Reveal.getSlides()[index];
  const { h, v } = Reveal.getIndices(slide);
  Reveal.slide(h, v, 99);
  const content = slide.querySelector(".content");
  const boxes = [...content.querySelectorAll(":scope > *, .part > *")]
    .map((part) => part.getBoundingClientRect());
  return {
    text: content.innerText.slice(0, 60),
    size: Number(slide.dataset.fitted),
    bottom: Math.max(...boxes.map((box) => box.bottom)),
    right: Math.max(...boxes.map((box) => box.right)),
    over: content.scrollHeight - content.clientHeight,
    images: [...content.querySelectorAll(".image img")].map((image) => ({
      height: image.getBoundingClientRect().height,
      largest: Math.min(576, 1160 * image.naturalHeight / image.naturalWidth),
    })),
    code: [...content.querySelectorAll(".code pre")]
      .map((code) => parseFloat(getComputedStyle(code).fontSize)),
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
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
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
    sizes = []
    for index in range(count):
        slide = page.evaluate(MEASURE, index)
        assert slide["over"] <= 0, slide
        assert slide["bottom"] <= HEIGHT and slide["right"] <= WIDTH, slide
        for image in slide["images"]:
            large = min(0.45 * HEIGHT, 0.7 * image["largest"])
            assert image["height"] >= large, slide
        assert all(size >= 15.9 for size in slide["code"]), slide
        sizes.append(slide["size"])
    assert min(sizes) >= 0.5
    assert sum(size < 0.7 for size in sizes) <= 0.05 * count
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


def test_a_figure_lives_and_keeps_its_keys(open_deck):
    page = open_deck("01_cross_correlation")
    figure = go_to(page, ".cx")
    place, before = current(page), figure.inner_text()
    figure.get_by_role("button").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    assert current(page) == place
    assert figure.inner_text() != before
    assert not page.trouble


def test_the_speaker_sees_the_notes(open_deck):
    page = open_deck("05_lenet")
    page.keyboard.press("ArrowRight")
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    notes = popup.value.locator(".speaker-controls-notes")
    notes.get_by_text("Fashion-MNIST", exact=False).first.wait_for()
    popup.value.close()
