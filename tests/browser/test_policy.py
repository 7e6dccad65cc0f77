"""The pages' content security policy: what it keeps out, and lets in.

That the pages themselves break no rule of it is tested with each page in
test_pages.py: the browser would write an error to the console.
"""

import pytest
from serving import serving
from visits import site_pages

LESSON = "notebooks/01_cross_correlation.html"
INJECT = """
() => {
  const script = document.createElement("script");
  script.textContent = "window.injected = true";
  document.head.append(script);
  const link = document.createElement("a");
  link.setAttribute("onclick", "window.injected = true");
  document.body.append(link);
  link.click();
  return Boolean(window.injected);
}
"""
ASK = "() => fetch('https://example.org/').then(() => true, () => false)"
BROKEN = """
window.broken = [];
document.addEventListener("securitypolicyviolation",
  (event) => broken.push(event.effectiveDirective));
"""


@pytest.fixture(params=["disk", "server"])
def lesson(request, browser, site):
    """Open a lesson that has a live figure."""
    with serving(site) as address:
        home = site.as_uri() if request.param == "disk" else address
        page = browser.new_page()
        page.add_init_script(BROKEN)
        page.goto(f"{home}/{LESSON}")
        yield page
        page.close()


def test_live_figure_runs(lesson):
    lesson.locator(".cx button").first.wait_for()
    assert lesson.evaluate("broken") == []


def test_what_is_not_ours_is_kept_out(lesson):
    assert not lesson.evaluate(INJECT)
    assert not lesson.evaluate(ASK)
    assert set(lesson.evaluate("broken")) == {
        "script-src-elem",
        "script-src-attr",
        "connect-src",
    }


@pytest.mark.parametrize("name", site_pages())
def test_policy_comes_before_all_that_loads(site, name):
    text = (site / name).read_text(encoding="utf-8")
    place = text.index('http-equiv="Content-Security-Policy"')
    assert place < min(text.index(tag) for tag in ("<script", "<link"))
    assert text.index("<meta charset") < place
