"""Fixtures of the tests that need a browser; `make test` skips them.

`make test-browser` runs them. It needs Playwright for Python, and Chromium:
the one in $CHROMIUM, or `chromium` or `google-chrome` on the path.
"""

import os
import shutil
from pathlib import Path

import pytest
from visits import SITE

HERE = Path(__file__).parent
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
    if not WANTED:
        skip = pytest.mark.skip(reason="run make test-browser")
        for item in mine:
            item.add_marker(skip)
    elif mine:
        try:
            import axe_playwright_python  # noqa: F401
            import playwright  # noqa: F401
        except ImportError:
            pytest.exit(HOW, returncode=1)
        if not find_chromium():
            pytest.exit(HOW, returncode=1)


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


# --- Figures that live ---------------------------------------------------

PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    "<title>Explorers</title><main>{}</main></html>"
)


@pytest.fixture
def load(browser, tmp_path):
    """Return a function that opens figures in a page, from file://.

    ``page.trouble`` lists errors, console lines and requests. The page's
    clock stands still: ``page.clock.run_for`` moves it, and draws frames.
    """
    contexts = []

    def open_page(*figures, width=1000, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.trouble = []
        page.on("pageerror", lambda error: page.trouble.append(str(error)))
        page.on("console", lambda line: page.trouble.append(line.text))
        page.on(
            "request",
            lambda request: (
                request.is_navigation_request()
                or request.url.startswith("blob:")  # a figure's worker
                or page.trouble.append(request.url)
            ),
        )
        file = tmp_path / f"{len(contexts)}.html"
        html = "".join(f._repr_html_() for f in figures)
        file.write_text(PAGE.format(html), encoding="utf-8")
        page.clock.install(time=0)
        page.goto(file.as_uri())
        page.clock.pause_at(3600)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def compute(browser):
    """Return a function that calls an explorer's ``math`` on many cases."""
    from course_utils.explore import figure

    page = browser.new_page()

    def call(name, function, cases):
        code = figure.script(name)
        run = f"(cases) => {{ const explorers = {{}}; {code}"
        run += f"return cases.map({function}); }}"
        return page.evaluate(run, cases)

    yield call
    page.close()
