"""The real book: it builds without a warning, and its parts are there."""

import json
import re
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from books import ROOT, build, read
from notebook_code import NOTEBOOKS

import course_utils as cu


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The folder of the pages, and each page parsed."""
    output = tmp_path_factory.mktemp("book")
    process = build(ROOT, output)
    assert process.returncode == 0, process.stderr
    assert "WARNING" not in process.stderr
    html = output / "_build" / "html"
    return html, {path: read(path) for path in sorted(html.rglob("*.html"))}


def test_links_lead_somewhere(book):
    html, pages = book
    names = {
        path: {tag["id"] for tag in soup.find_all(id=True)}
        for path, soup in pages.items()
    }
    for path, soup in pages.items():
        for link in soup.find_all("a", href=True):
            parts = urlsplit(link["href"])
            if parts.scheme or parts.netloc:
                continue
            target = path
            if parts.path:
                target = (path.parent / unquote(parts.path)).resolve()
            assert target.is_file(), (path, link["href"])
            if parts.fragment and target in names:
                fragment = unquote(parts.fragment)
                assert fragment in names[target], (path, link["href"])


@pytest.mark.parametrize("source", NOTEBOOKS, ids=lambda path: path.stem)
def test_lesson_page(book, source):
    """Its provenance, its question as description, and its terms."""
    html, pages = book
    notebook = nbformat.read(source, as_version=4)
    soup = pages[html / "notebooks" / f"{source.stem}.html"]
    line = soup.select_one("h1 + p.provenance").get_text()
    run = notebook.metadata.course
    for part in (run.date, run.device, run.data, *run.versions.values()):
        assert part in line
    assert f"{run.seconds} s" in line
    (question,) = re.findall(
        r"^\*\*(.*\?)\*\*$", notebook.cells[0].source, re.MULTILINE
    )
    for tag in ("[name=description]", "[property='og:description']"):
        assert soup.select_one(f"meta{tag}")["content"] == question
    terms = soup.select("article .term")
    entries = [term.parent["href"] for term in terms]
    assert len(set(entries)) == len(entries) >= 10
    for term, entry in zip(terms, entries):
        assert entry.startswith("../book/glossary.html#term-")
        assert not term.find_parent(
            ["h1", "h2", "h3", "pre", "table", "details", "figcaption"]
        ), term
    (download,) = soup.select("a[download]")
    file = (html / "notebooks" / download["href"]).resolve()
    assert file.read_bytes() == source.read_bytes()


def test_index_has_terms_and_where_they_are_used(book):
    html, pages = book
    soup = pages[html / "genindex.html"]
    (term,) = soup.select("a[href='book/glossary.html#term-stride']")
    lesson = "notebooks/02_padding_and_stride.html#term-stride"
    assert term.parent.select_one(f"a[href='{lesson}']")
    for path, soup in pages.items():
        *_, last = soup.select("nav.bd-links a")
        assert last.get_text(strip=True) == "Index", path


def test_a_large_live_figure_does_not_hold_up_the_text(book):
    """Its script, with LeNet's weights, is a file that comes later."""
    html, pages = book
    page = html / "notebooks" / "05_lenet.html"
    (tag,) = pages[page].select("script[data-src]")
    code = (page.parent / tag["data-src"]).read_text(encoding="utf-8")
    assert 'start("lenet", ' in code
    assert 'start("lenet", ' not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "results").glob("*.json")), ids=lambda p: p.stem
)
def test_a_stored_table_is_that_of_its_rows(path):
    result = json.loads(path.read_text(encoding="utf-8"))
    if "table" in result:
        table = cu.Table("name", "title", "data", "cpu")
        table.rows, table.published = result["rows"], result["published"]
        assert repr(table).startswith(f"{result['table']}\n\n")
