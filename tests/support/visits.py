"""Open a page as a reader does, and write down what happened."""

from pathlib import Path
from types import SimpleNamespace

SITE = Path(__file__).parents[2] / "_build" / "html"
WIDTHS = {"desktop": 1440, "tablet": 768, "phone": 390}

# How far things have jumped, and what.
SHIFTS = """
() => {
  const observer = new PerformanceObserver(() => {});
  observer.observe({ type: "layout-shift", buffered: true });
  return observer.takeRecords().filter((entry) => !entry.hadRecentInput)
    .map(({ value, sources }) =>
      [value, sources.map(({ node }) => node?.nodeName)]);
}
"""

# A reader's eyes go down the page; pictures load when they come near.
SCROLL = """
async () => {
  const wait = () => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(done)));
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
    scrollTo({ top: y, behavior: "instant" });
    await wait();
  }
  const shown = [...document.images].filter((image) =>
    !image.complete && image.checkVisibility());
  await Promise.all(shown.map((image) => new Promise((done) => {
    image.onload = image.onerror = done;
  })));
  await wait();
}
"""

OPEN_FOLDS = """
for (const fold of document.querySelectorAll("details")) fold.open = true;
"""

# Text outside code; formulas; pictures. Run with all folds open.
LOOK = r"""
() => {
  const silent = "code, pre, script, style, noscript, kbd, textarea, math";
  const walker = document.createTreeWalker(
    document.body, NodeFilter.SHOW_TEXT);
  const raw = [];
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    if (/\$|\\[([a-zA-Z]/.test(data) && !parentElement.closest(silent)) {
      raw.push(data.trim());
    }
  }
  const formulas = [...document.querySelectorAll(".math")].map((node) => {
    const math = node.querySelector("math");
    const box = math?.getBoundingClientRect();
    return {
      text: math?.textContent.trim() ?? "",
      seen: Boolean(box && box.width > 1 && box.height > 1),
      broken: Boolean(node.querySelector("merror, code, .problematic")),
    };
  });
  const images = [...document.images].map((image) => ({
    name: image.getAttribute("src").slice(0, 80),
    alt: image.alt,
    sized: image.hasAttribute("width") && image.hasAttribute("height"),
    true_shape: Math.abs(
      image.getAttribute("width") / image.getAttribute("height") -
      image.naturalWidth / image.naturalHeight) < 0.02,
    lazy: image.loading === "lazy",
    loaded: image.complete && image.naturalWidth > 0,
    figure: Boolean(image.closest("article")),
  }));
  return { raw, formulas, images };
}
"""

# How far a page is wider than the window.
OVERFLOW = """
document.documentElement.scrollWidth - document.documentElement.clientWidth
"""


def listen(page, home):
    """Keep on a page what it requests from now on, and what goes wrong.

    A request that leaves ``home`` is trouble; so is what the console says.
    """
    page.requests, page.trouble = [], []
    inside = (home, "data:", "blob:", "about:")

    def on_request(request):
        page.requests.append(request.url)
        if not request.url.startswith(inside):
            page.trouble.append(f"to elsewhere: {request.url}")

    def on_failure(request):
        if request.failure != "net::ERR_ABORTED":  # the reader went on
            page.trouble.append(f"{request.failure}: {request.url}")

    def on_response(response):
        if response.status >= 400:
            page.trouble.append(f"{response.status}: {response.url}")

    def on_message(message):
        if message.type in ("error", "warning"):
            page.trouble.append(f"{message.type}: {message.text}")

    page.on("request", on_request)
    page.on("requestfailed", on_failure)
    page.on("response", on_response)
    page.on("console", on_message)
    page.on("pageerror", lambda error: page.trouble.append(str(error)))


def take(page, address):
    """Open an address, read it to the end at three widths, and report."""
    page.goto(address)
    page.evaluate(SCROLL)
    shifts = page.evaluate(SHIFTS)
    page.evaluate(OPEN_FOLDS)
    page.evaluate(SCROLL)
    visit = SimpleNamespace(shifts=shifts, **page.evaluate(LOOK))
    visit.overflow = {}
    for name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        visit.overflow[name] = page.evaluate(OVERFLOW)
    return visit


def site_pages():
    """Return the pages of the built book, by name."""
    return sorted(
        path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html")
    )
