"""Every page of the built book, opened in Chromium from the disk."""

import gzip
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from serving import Handler, serving
from visits import SITE, WIDTHS, other_hosts, site_pages, take

LESSON = "notebooks/05_lenet.html"
SERVED = ["index.html", "search.html", LESSON]
HEAVIEST = 500_000  # bytes of a lesson without its figures, compressed
FIGURES = {".png", ".jpg", ".svg", ".wav"}


@pytest.fixture(scope="module")
def context(browser):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context
    context.close()


@pytest.fixture(scope="module")
def server(site):
    with serving(site) as address:
        yield address


@pytest.fixture(scope="module")
def visited(context, site):
    """A function that visits a page once, however often it is asked."""
    seen = {}

    def visit(name):
        if name not in seen:
            seen[name] = take(context, (site / name).as_uri())
        return seen[name]

    return visit


each_page = pytest.mark.parametrize("name", site_pages())


@each_page
def test_page_as_a_reader_sees_it(visited, name):
    """Whole without other hosts, no wider than any window, nothing broken."""
    visit = visited(name)
    assert not other_hosts(visit, SITE.as_uri())
    assert not visit.failures
    assert not visit.messages
    assert not any(visit.overflow.values()), visit.overflow
    assert not visit.raw
    for formula in visit.formulas:
        assert formula["text"] and formula["seen"], formula
        assert not formula["broken"], formula
    for image in visit.images:
        assert image["loaded"] and image["alt"], image
        if image["figure"]:
            assert image["sized"] and image["true_shape"], image
            assert image["lazy"], image


def test_a_lesson_has_what_is_looked_at(visited):
    visit = visited(LESSON)
    assert len(visit.formulas) > 5 and len(visit.images) > 5
    assert set(visit.overflow) == set(WIDTHS)


class Slow(Handler):
    """A server whose pages come in pieces; then scripts, then pictures.

    The browser may show each piece when it is there. A computer too slow for
    that sees fewer of them, and has less to find fault with.
    """

    PIECES, PAUSE = 16, 0.1

    def send_head(self):
        path = Path(self.translate_path(self.path))
        if path.suffix == ".html":
            return self.send_pieces(path.read_bytes())
        if path.suffix == ".js":
            time.sleep((self.PIECES + 2) * self.PAUSE)
        if path.suffix in FIGURES:
            time.sleep(5 * self.PAUSE)
        return super().send_head()

    def send_pieces(self, page):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        size = len(page) // self.PIECES + 1
        for start in range(0, len(page), size):
            self.wfile.write(page[start : start + size])
            time.sleep(self.PAUSE)


@pytest.fixture(scope="module")
def slow_server(site):
    with serving(site, Slow) as address:
        yield address


@each_page
def test_nothing_jumps(browser, slow_server, name):
    size = {"width": 1440, "height": 5000}
    with browser.new_context(viewport=size) as context:
        assert not take(context, f"{slow_server}/{name}").shifts


@pytest.mark.parametrize("name", SERVED)
def test_page_stands_alone_on_a_server(context, server, name):
    visit = take(context, f"{server}/{name}")
    assert not other_hosts(visit, server)
    assert not visit.failures
    assert not visit.messages


def weigh(visit):
    """Return the bytes that a visit loads beside figures, compressed."""
    urls = {url for url in visit.requests if url.startswith("file:")}
    paths = [Path(unquote(urlsplit(url).path)) for url in urls]
    return sum(
        len(gzip.compress(path.read_bytes(), 6))
        for path in paths
        if path.suffix not in FIGURES
    )


@pytest.mark.parametrize(
    "name", [name for name in site_pages() if name[:10] == "notebooks/"]
)
def test_lessons_are_light(visited, name):
    """HTML, styles, scripts and the font of formulas."""
    assert weigh(visited(name)) <= HEAVIEST


def search(context, address, words):
    """Search from a page, with the keyboard; return the titles found."""
    page = context.new_page()
    page.goto(address)
    page.keyboard.press("Control+k")
    field = page.locator("input[type=search]:visible")
    field.fill(words)
    field.press("Enter")
    page.wait_for_selector("#search-results .search-summary")
    page.wait_for_function(
        "!document.querySelector('.search-summary').textContent"
        ".includes('Searching')"
    )
    titles = page.locator("#search-results li > a").all_inner_texts()
    page.close()
    return titles


@pytest.mark.parametrize("where", ["disk", "server"])
def test_search_finds_a_lesson(context, site, server, where):
    home = site.as_uri() if where == "disk" else server
    found = search(context, f"{home}/{LESSON}", "receptive field")
    assert any("Convolution" in title for title in found), found
    assert not search(context, f"{home}/search.html", "zyzzyva")
