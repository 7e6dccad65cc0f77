"""Every page of the built book, opened in Chromium."""

import gzip
import time
from http.server import SimpleHTTPRequestHandler
from pathlib import PurePath
from urllib.parse import unquote

import pytest
from visits import SITE, site_pages, take

LESSON = "notebooks/05_lenet.html"
HEAVIEST = 500_000  # bytes of a lesson without its figures, compressed
FIGURES = {".png", ".jpg", ".svg", ".wav"}


class Server(SimpleHTTPRequestHandler):
    """A slow one: pages come in pieces; then scripts, then pictures.

    The browser may show each piece when it is there. A computer too slow for
    that sees fewer of them, and has less to find fault with.
    """

    PIECES, PAUSE = 16, 0.1

    def copyfile(self, source, outputfile):
        """Send what a reader asks for."""
        suffix, content = PurePath(source.name).suffix, source.read()
        pieces = self.PIECES if suffix == ".html" else 1
        waits = {".html": 1, ".png": 5, ".js": self.PIECES + 2}
        size = len(content) // pieces + 1
        for start in range(0, len(content), size):
            time.sleep(self.PAUSE * waits.get(suffix, 0))
            outputfile.write(content[start : start + size])


def weigh(page, home):
    """Return the bytes that a page loaded beside figures, compressed."""
    urls = {url.partition("?")[0] for url in page.requests if home in url}
    files = [SITE / unquote(url[len(home) + 1 :]) for url in urls]
    return sum(
        len(gzip.compress(file.read_bytes(), 6))
        for file in files
        if file.suffix not in FIGURES
    )


@pytest.mark.parametrize("name", site_pages())
def test_page_as_a_reader_sees_it(new_page, site, home, name):
    """Whole without other hosts, nothing broken or too wide.

    Nothing jumps while a slow server sends it.
    """
    page = new_page(home, height=5000)
    visit = take(page, f"{home}/{name}")
    assert not page.trouble
    assert home == site.as_uri() or not visit.shifts
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
    # The security policy comes before all that loads.
    text = (site / name).read_text(encoding="utf-8")
    place = text.index('http-equiv="Content-Security-Policy"')
    assert place < min(text.index(tag) for tag in ("<script", "<link"))
    assert text.index("<meta charset") < place
    if name.startswith("notebooks/"):
        assert len(visit.formulas) > 5 and len(visit.images) > 5
        # HTML, styles, scripts and the font of formulas.
        assert weigh(page, home) <= HEAVIEST


def search(page, address, words):
    """Search from a page, with the keyboard; return the titles found."""
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
    return page.locator("#search-results li > a").all_inner_texts()


def test_search_finds_a_lesson(new_page, home):
    page = new_page(home)
    found = search(page, f"{home}/{LESSON}", "receptive field")
    assert any("Convolution" in title for title in found), found
    assert not search(page, f"{home}/search.html", "zyzzyva")


# --- The content security policy: what it keeps out, and lets in ------------

ATTACK = """
async () => {
  const script = document.createElement("script");
  script.textContent = "window.injected = true";
  document.head.append(script);
  document.body.setAttribute("onclick", "window.injected = true");
  document.body.click();
  const asked = fetch("https://example.org/").then(() => true, () => false);
  return Boolean(window.injected) || await asked;
}
"""
BROKEN = """
window.broken = [];
document.addEventListener("securitypolicyviolation",
  (event) => broken.push(event.effectiveDirective));
"""


def test_what_is_not_ours_is_kept_out(new_page, home):
    """The lesson's live figure is ours."""
    page = new_page(home)
    page.add_init_script(BROKEN)
    page.goto(f"{home}/{LESSON}")
    page.locator(".cx button").first.wait_for()
    assert page.evaluate("broken") == []
    assert not page.evaluate(ATTACK)
    assert set(page.evaluate("broken")) == {
        "script-src-elem",
        "script-src-attr",
        "connect-src",
    }
