"""The quiz of "Check yourself": what it says and keeps, and the folds."""

import json
import re

import pytest

FIRST = "notebooks/01_cross_correlation.html"
LESSON = "notebooks/05_lenet.html"
REVIEW = "book/review.html"
BLOCKED = """
Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("blocked", "SecurityError"); },
});
"""


@pytest.fixture
def reader(new_page, home):
    """Return a function that opens a page in one reader's browser."""
    page = new_page(home)

    def visit(name):
        page.goto("about:blank")
        page.goto(f"{home}/{name}")
        return page

    yield visit
    assert not page.trouble


def lesson(page, site):
    page.goto((site / LESSON).as_uri())
    return page


def answer(page, name, *, right):
    """Choose from the keyboard; return the answer, and that of the fold."""
    block = page.locator(f"[data-question='{name}']")
    key = block.get_attribute("data-right")
    letter = key if right else "ABC".replace(key, "")[0]
    radio = block.locator(f"input[value={letter}]")
    radio.focus()
    radio.press("Space")
    radio.press("Enter")
    fold = block.locator("details", has_text=f"{letter}. ").first
    text = fold.locator("p").text_content()
    return block.get_by_role("status").inner_text(), text


def score(page):
    """Return how many are right, of how many."""
    text = page.locator(".score").inner_text()
    return [int(n) for n in re.search(r"(\d+) of (\d+)", text).groups()]


def listed(page):
    """Return the names of the questions that a page shows."""
    blocks = page.locator("[data-question]:visible").all()
    return [block.get_attribute("data-question") for block in blocks]


def test_choices_are_answered_and_the_first_is_kept(reader):
    page = reader(LESSON)
    assert score(page) == [0, 3]
    said, text = answer(page, "5.1", right=True)
    assert said == text and score(page) == [1, 3]
    for right in (False, True):
        said, text = answer(page, "5.2", right=right)
        assert text in said and score(page) == [1, 3]
    page = reader(LESSON)
    checked = page.locator(".quiz input:checked")
    assert checked.count() == 1 and checked.get_attribute("name") == "5.1"
    again = page.locator("[data-question]:has(.again)")
    assert again.get_attribute("data-question") == "5.2"
    answer(page, "5.1", right=False)  # reads on: it was right before
    answer(page, "5.2", right=True)
    assert score(page) == [2, 3] and not again.count()


def test_review_has_what_was_missed(reader):
    answer(reader(FIRST), "1.3", right=False)
    page = reader(LESSON)
    answer(page, "5.1", right=True)
    answer(page, "5.2", right=False)
    page = reader(REVIEW)
    assert listed(page) == ["1.3", "5.2"] and score(page) == [1, 24]
    answer(page, "5.2", right=True)
    page = reader(REVIEW)
    assert listed(page) == ["1.3"] and score(page) == [2, 24]
    page.locator(".review > p:visible a[href*='#check-yourself']").click()
    page.wait_for_url(f"**/{FIRST}#check-yourself")
    assert page.locator(".again").is_visible()


def test_answers_are_saved_forgotten_and_loaded(reader, tmp_path):
    answer(reader(FIRST), "1.1", right=True)
    answer(reader(LESSON), "5.2", right=False)
    page = reader(REVIEW)
    page.on("dialog", lambda dialog: dialog.accept())
    save, load, forget = page.locator(".quiz-tools button").all()
    with page.expect_download() as download:
        save.click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert set(json.loads(file.read_text())) == {"1.1", "5.2"}
    forget.click()
    assert not listed(page) and score(reader(REVIEW)) == [0, 24]
    before = page.locator(".score").inner_text()
    (tmp_path / "other.json").write_text('{"cells": [1]}')
    for path in (tmp_path / "other.json", file):
        with page.expect_file_chooser() as chooser:
            load.click()
        chooser.value.set_files(path)
        page.wait_for_function(
            "(text) => document.querySelector('.score').innerText !== text",
            arg=before,
        )
        before = page.locator(".score").inner_text()
        assert listed(page) == (["5.2"] if path == file else [])
    assert score(reader(LESSON)) == [0, 3]
    assert score(reader(FIRST)) == [1, 3]


def test_folds_stay_where_no_script_runs(new_page, site):
    page = lesson(new_page("", java_script_enabled=False), site)
    folds = page.locator("[data-question] details")
    assert folds.locator("visible=true").count() == folds.count() == 9
    folds.first.locator("summary").click()
    assert folds.first.locator("p").is_visible()
    assert not page.locator(".quiz, .score").count()


def test_quiz_works_where_nothing_can_be_kept(new_page, site):
    kept = lesson(new_page(""), site).locator(".score").inner_text()
    page = new_page("")
    page.add_init_script(BLOCKED)
    lesson(page, site)
    assert page.locator(".score").inner_text() != kept  # says so
    answer(page, "5.1", right=True)
    answer(page, "5.2", right=False)
    assert score(page) == [1, 3]
    page.reload()
    assert score(page) == [0, 3]


def test_paper_shows_all_answers(new_page, site):
    page = lesson(new_page(""), site)
    answer(page, "5.1", right=False)
    assert not page.locator("[data-question] details:visible").count()
    page.emulate_media(media="print")
    assert page.locator("[data-question] details p:visible").count() == 9
    assert not page.locator(".quiz:visible, .score:visible").count()
