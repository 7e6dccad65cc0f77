"""No page has a fault that axe-core finds, in light and in dark."""

import pytest
from visits import OPEN_FOLDS, WIDTHS, site_pages

axe = pytest.importorskip("axe_playwright_python.base")

RUN = 'axe.run({ resultTypes: ["violations"] })'

# axe looks at each colored word of the code, which takes minutes. A block
# that has no color that is new on its page becomes plain text.
PLAIN = """
const seen = new Set();
for (const block of document.querySelectorAll(".highlight pre")) {
  const names = [...block.querySelectorAll("span")].map((s) => s.className);
  if (names.every((name) => seen.has(name))) {
    block.textContent = block.textContent;
  }
  names.forEach((name) => seen.add(name));
}
"""
# The theme and formulas.js let the keyboard reach what scrolls, the theme a
# third of a second after the window has changed.
REACHABLE = """
() => [...document.querySelectorAll(
  "pre, .pst-scrollable-table-container, .cell_output > .output, .math"
)].every((node) => node.tabIndex === 0 ||
  getComputedStyle(node).overflowX === "visible" ||
  node.scrollWidth <= node.clientWidth + 1)
"""


# A quiz shows what it says about an answer, right or wrong.
ANSWER = """
for (const form of document.querySelectorAll(".quiz")) {
  form.querySelector("input").checked = true;
  form.requestSubmit();
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", site_pages())
def test_axe_finds_nothing(new_page, site, name, scheme):
    """Readers' computers are set to the scheme, and without motion."""
    page = new_page("", color_scheme=scheme, reduced_motion="reduce")
    page.goto((site / name).as_uri())
    page.evaluate(OPEN_FOLDS)
    assert not page.evaluate("document.getAnimations().length")
    page.evaluate(ANSWER)
    page.evaluate(PLAIN)
    page.evaluate(axe.AXE_SCRIPT)
    found = []
    for width in (WIDTHS["desktop"], WIDTHS["phone"]):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(REACHABLE)
        violations = page.evaluate(RUN)["violations"]
        found += [(width, v["help"], v["nodes"][0]) for v in violations]
    assert not found
