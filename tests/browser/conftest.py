"""Fixtures of the tests that need a browser; `make test` skips them.

`make test-browser` runs them. It needs Playwright for Python, and Chromium:
the one in $CHROMIUM, or `chromium` or `google-chrome` on the path.
"""

import functools
import os
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest
from visits import SITE, listen

from course_utils.explore import figure

HERE = Path(__file__).parent
START = figure.FILES / "js" / "start.js"
WANTED = os.environ.get("COURSE_BROWSER") == "1"
HOW = (
    "The browser tests need Chromium, and Playwright and axe for Python:\n"
    '  .venv/bin/python -m pip install -c requirements.txt -e ".[browser]"\n'
    "  sudo apt-get install chromium    (or set CHROMIUM to your Chrome)\n"
)


def find_chromium():
    """Return the path of a Chromium or Chrome, or None."""
    names = (os.environ.get("CHROMIUM"), "chromium", "google-chrome")
    return next(filter(None, (shutil.which(n) for n in names if n)), None)


def pytest_collection_modifyitems(items):
    """Skip everything in this folder unless the browser is wanted."""
    mine = [item for item in items if HERE in item.path.parents]
    if mine and WANTED:
        packages = map(find_spec, ("axe_playwright_python", "playwright"))
        if not all(packages) or not find_chromium():
            pytest.exit(HOW, returncode=1)
    for item in mine:
        if not WANTED:
            item.add_marker(pytest.mark.skip("run make test-browser"))


@pytest.fixture(scope="session")
def browser():
    """Return Chromium, without a window and without a network of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site():
    """Return the folder of the built book."""
    if not (SITE / "index.html").exists():
        pytest.fail("There is no book in _build/html: run make book first.")
    return SITE


@pytest.fixture(params=["disk", "server"])
def home(request, site):
    """Return the address of the book: on the disk, then on a web server.

    A module may have a ``Server`` of its own.
    """
    if request.param == "disk":
        yield site.as_uri()
    else:
        kind = getattr(request.module, "Server", SimpleHTTPRequestHandler)
        handler = functools.partial(kind, directory=str(site))
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()


@pytest.fixture
def new_page(browser):
    """Return a function that opens an empty page of a reader of its own.

    ``page.requests`` and ``page.trouble`` are those of ``listen``.
    """
    pages = []

    def make(home, width=1440, height=900, **options):
        size = {"width": width, "height": height}
        pages.append(browser.new_page(viewport=size, **options))
        listen(pages[-1], home)
        return pages[-1]

    yield make
    for page in pages:
        page.close()


# --- Figures that live ---------------------------------------------------

PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    "<title>Explorers</title><main>{}</main></html>"
)


@pytest.fixture
def load(new_page, tmp_path):
    """Return a function that opens figures in a page, from file://.

    The page's clock stands still: ``page.clock.run_for`` moves it, and draws
    frames.
    """

    def load_page(*figures, width=1000, **options):
        html = "".join(f._repr_html_() for f in figures)
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.html"
        file.write_text(PAGE.format(html), encoding="utf-8")
        page = new_page(file.as_uri(), width, **options)
        page.clock.install(time=0)
        page.goto(file.as_uri())
        page.clock.pause_at(3600)
        return page

    return load_page


@pytest.fixture
def compute(new_page):
    """Return a function that calls an explorer's ``math`` on many cases."""

    def call(name, function, cases):
        code = figure.script(name) + START.read_text(encoding="utf-8")
        run = f"(cases) => {{ const explorers = {{}}; {code}"
        run += f"return cases.map({function}); }}"
        return new_page("").evaluate(run, cases)

    return call
