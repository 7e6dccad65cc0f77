"""Open a page as a reader does, and write down what happened."""

from dataclasses import dataclass, field
from pathlib import Path

SITE = Path(__file__).parents[2] / "_build" / "html"
WIDTHS = {"desktop": 1440, "tablet": 768, "phone": 390}

# What a page is asked before it loads: to note how far things jump.
WATCH_SHIFTS = """
{
  const shifts = [];
  const note = (entries) => {
    for (const entry of entries) {
      const nodes = entry.sources.map((source) => source.node?.nodeName);
      if (!entry.hadRecentInput) shifts.push([entry.value, nodes]);
    }
  };
  const observer = new PerformanceObserver((list) =>
    note(list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  window.shifts = () => {
    note(observer.takeRecords());
    return shifts;
  };
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

# What sticks out to the right of the window, unless it scrolls by itself.
OVERFLOW = """
() => {
  const page = document.documentElement;
  if (page.scrollWidth <= page.clientWidth) return [];
  const scrolls = (node) => node && node !== document.body &&
    (getComputedStyle(node).overflowX !== "visible" ||
      scrolls(node.parentElement));
  const wide = [...document.querySelectorAll("body *")].filter((node) =>
    node.getBoundingClientRect().right > page.clientWidth + 1 &&
    !scrolls(node.parentElement));
  return [`page: ${page.scrollWidth} of ${page.clientWidth} px`,
    ...wide.slice(0, 5).map((node) => node.outerHTML.slice(0, 120))];
}
"""


@dataclass
class Visit:
    """What was seen on one page."""

    requests: list = field(default_factory=list)
    failures: list = field(default_factory=list)
    messages: list = field(default_factory=list)
    overflow: dict = field(default_factory=dict)
    shifts: list = field(default_factory=list)
    raw: list = field(default_factory=list)
    formulas: list = field(default_factory=list)
    images: list = field(default_factory=list)


def listen(page, visit):
    """Write down requests, failures and console messages from now on."""

    def on_message(message):
        if message.type in ("error", "warning"):
            visit.messages.append(f"{message.type}: {message.text}")

    def on_response(response):
        if response.status >= 400:
            visit.failures.append(f"{response.status}: {response.url}")

    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("response", on_response)
    page.on(
        "requestfailed",
        lambda request: visit.failures.append(
            f"{request.failure}: {request.url}"
        ),
    )
    page.on("console", on_message)
    page.on(
        "pageerror", lambda error: visit.messages.append(f"error: {error}")
    )


def take(context, address):
    """Open an address, read it to the end at three widths, and report."""
    page, visit = context.new_page(), Visit()
    listen(page, visit)
    page.add_init_script(WATCH_SHIFTS)
    page.goto(address)
    page.evaluate(SCROLL)
    visit.shifts = page.evaluate("window.shifts()")
    page.evaluate(OPEN_FOLDS)
    page.evaluate(SCROLL)
    for name, value in page.evaluate(LOOK).items():
        setattr(visit, name, value)
    for name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        visit.overflow[name] = page.evaluate(OVERFLOW)
    page.close()
    return visit


def other_hosts(visit, home):
    """Return the requests that left the site."""
    inside = (home, "data:", "blob:", "about:")
    return [url for url in visit.requests if not url.startswith(inside)]


def site_pages():
    """Return the pages of the built book, by name."""
    return sorted(
        path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html")
    )
