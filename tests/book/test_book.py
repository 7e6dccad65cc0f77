"""The book builds without a warning, stands alone, and says what it shows."""

import copy
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
import yaml
from notebook_code import NOTEBOOKS

pytest.importorskip("jupyter_book")
bs4 = pytest.importorskip("bs4")

ROOT = Path(__file__).resolve().parents[2]
RUN = {
    "date": "2026-01-31",
    "device": "CPU, 2 cores (Example)",
    "versions": {
        "numpy": "2.4.0",
        "python": "3.11.7",
        "torch": "2.13.0",
        "torchvision": "0.28.0",
    },
    "data": "Fashion-MNIST",
    "seconds": 1312.4,
}
RESULT = {
    "title": "A net on Fashion-MNIST",
    "data": "Fashion-MNIST",
    "date": RUN["date"],
    "device": RUN["device"],
    "versions": RUN["versions"],
    "rows": [
        {"name": "ours", "parameters": 61706, "test_acc": 0.81234}
        | {"source": "this run"}
    ],
    "published": [
        {"name": "theirs", "test_acc": 0.8, "source": "Example (1999)"}
    ],
}


COMPARISON = {
    **{key: RESULT[key] for key in ("data", "date", "device", "versions")},
    "title": "How the cost grows",
    "text": "What `train_ch6` takes.",
    "figure": {
        "file": "growth.svg",
        "alt": "Time against depth: 0.97 (expected 1).",
    },
    "columns": {"name": "what grows", "exponent": "measured"},
    "rows": [{"name": "depth", "exponent": 0.97, "times": [1, 2]}],
    "published": [],
}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"/>'


def load_extension(name):
    path = ROOT / "book" / "_ext" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sys.path.insert(0, str(ROOT / "book" / "_ext"))  # they import each other

glossary_links = load_extension("glossary_links")
mathml = load_extension("mathml")
not_found = load_extension("not_found")
page_meta = load_extension("page_meta")
provenance = load_extension("provenance")


def build(source, output):
    """Build a book as `make book` does; return the finished process."""
    # The package has no __main__, and its script may not be on the path.
    program = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", program, "build", str(source)]
    options = ["-W", "-n", "--keep-going", "--path-output", str(output)]
    return subprocess.run(
        [*command, *options],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1"},
        cwd=source,
    )


def read(path):
    return bs4.BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The real book: its folder of pages, and each page parsed."""
    output = tmp_path_factory.mktemp("book")
    process = build(ROOT, output)
    assert process.returncode == 0, process.stderr
    assert "WARNING" not in process.stderr
    html = output / "_build" / "html"
    return html, {path: read(path) for path in sorted(html.rglob("*.html"))}


def toc_pages():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [c["file"] for part in toc["parts"] for c in part["chapters"]]
    return [toc["root"], *chapters]


@pytest.mark.parametrize("page", toc_pages())
def test_page_is_there_and_has_a_title(book, page):
    html, pages = book
    soup = pages[html / f"{page}.html"]
    assert soup.h1.get_text(strip=True)
    assert soup.title.get_text(strip=True)


def references(soup):
    """Return what a page loads by itself: scripts, styles, pictures."""
    for tag in soup.find_all(["script", "link", "img", "iframe", "source"]):
        for name in ("src", "href", "srcset"):
            if tag.get(name):
                yield tag[name]


def test_nothing_is_loaded_from_another_host(book):
    html, pages = book
    for path, soup in pages.items():
        for address in references(soup):
            parts = urlsplit(address)
            if parts.scheme == "data" or address == "#":
                continue
            assert not parts.scheme and not parts.netloc, (path, address)
            target = (path.parent / unquote(parts.path)).resolve()
            assert target.is_file(), (path, address)


def test_styles_load_nothing_from_another_host(book):
    html, _ = book
    for path in html.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"(?:url\(|@import)[\s'\"]*(?:https?:)?//", text)
        assert not found, path


def test_formulas_are_mathml(book):
    _, pages = book
    total = 0
    for path, soup in pages.items():
        formulas = soup.select("span.math, div.math")
        for formula in formulas:
            assert formula.find("math"), (path, formula)
            assert "\\" not in formula.get_text(), (path, formula)
        total += len(formulas)
        scripts = [s.get("src", "") + s.get_text() for s in soup("script")]
        assert not any("mathjax" in s.lower() for s in scripts), path
        rest = copy.copy(soup)
        for code in rest(["pre", "code", "script", "style"]):
            code.extract()
        text = rest.get_text()
        assert "\\(" not in text and "\\[" not in text, path
        assert "$$" not in text and "\\frac" not in text, path
    assert total > 0


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


def test_pictures_have_alt_text(book):
    _, pages = book
    for path, soup in pages.items():
        for img in soup.find_all("img"):
            assert img.get("alt"), (path, img.get("src"))


def test_notebooks_say_where_their_outputs_are_from(book):
    html, pages = book
    for source in NOTEBOOKS:
        metadata = nbformat.read(source, as_version=4).metadata
        soup = pages[html / "notebooks" / f"{source.stem}.html"]
        line = soup.select_one("h1 + p.provenance")
        if "course" in metadata:
            assert line.get_text() == provenance.describe_run(metadata.course)
        else:
            assert line is None


def lesson_pages(book):
    html, pages = book
    return {
        name: pages[html / f"{name}.html"]
        for name in toc_pages()
        if name.startswith("notebooks/")
    }


def test_terms_are_linked_once_in_each_lesson(book):
    for name, soup in lesson_pages(book).items():
        terms = soup.select("article .term")
        assert len(terms) >= 10, name
        entries = [term.parent["href"] for term in terms]
        assert len(set(entries)) == len(entries), name
        for term, entry in zip(terms, entries):
            assert entry.startswith("../book/glossary.html#term-"), name
            assert not term.find_parent(
                ["h1", "h2", "h3", "pre", "table", "details", "figcaption"]
            ), (name, term)


def test_neighbors_have_their_names(book):
    html, pages = book
    names = toc_pages()
    soups = [pages[html / f"{name}.html"] for name in names]
    titles = [soup.title.get_text().split(" \u2014 ")[0] for soup in soups]
    for place, soup in enumerate(soups):
        for side, neighbor in ((".left-prev", -1), (".right-next", 1)):
            link = soup.select_one(f".prev-next-area {side}")
            if 0 <= place + neighbor < len(names):
                name = link.select_one(".prev-next-title").get_text()
                assert name == titles[place + neighbor]
            else:
                assert link is None


def test_index_has_terms_and_functions(book):
    html, pages = book
    links = {
        link.get_text(): link["href"]
        for link in pages[html / "genindex.html"].select(".genindextable a")
    }
    assert links["stride"] == "book/glossary.html#term-stride"
    names = "book/coming_from_d2l.html"
    assert links["corr2d (course_utils)"] == f"{names}#code-corr2d"
    (item,) = pages[html / "genindex.html"].select(
        f"li:has(> a[href='{names}#code-corr2d'])"
    )
    assert item.li.a["href"] == (
        "notebooks/01_cross_correlation.html#code-corr2d"
    )
    for path, soup in pages.items():
        if path.parent != html / "_static":
            *_, last = soup.select("nav.bd-links a")
            assert last.get_text(strip=True) == "Index", path
            here = path.name == "genindex.html"
            assert here or last["href"].endswith("genindex.html"), path


def test_search_index_is_a_script_that_finds(book):
    """As a script, a page that was opened from a file may load it."""
    html, _ = book
    text = (html / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("Search.setIndex(")[:-1])
    found = index["terms"]["dilat"]  # the stem of "dilation"
    names = [index["docnames"][n] for n in found]
    assert "notebooks/04_pooling" in names
    # Lines of text below a result are fetched, which a file may not do. The
    # option has to be set between the options and the search.
    scripts = [str(script) for script in read(html / "search.html")("script")]
    places = [
        next(n for n, script in enumerate(scripts) if part in script)
        for part in (
            "documentation_options.js",
            'SHOW_SEARCH_SUMMARY = location.protocol !== "file:"',
            "searchtools.js",
            "searchindex.js",
        )
    ]
    assert places == sorted(places)


def test_descriptions_are_the_questions(book):
    for name, soup in lesson_pages(book).items():
        notebook = nbformat.read(ROOT / f"{name}.ipynb", as_version=4)
        (question,) = re.findall(
            r"^\*\*(.*\?)\*\*$", notebook.cells[0].source, re.MULTILINE
        )
        for tag in ("[name=description]", "[property='og:description']"):
            assert soup.select_one(f"meta{tag}")["content"] == question


def test_every_page_has_a_description(book):
    html, pages = book
    for path, soup in pages.items():
        if "_static" not in path.parts:
            meta = soup.select("meta[name=description]")
            assert len(meta) == 1 and meta[0]["content"], path


# --- The style ------------------------------------------------------------


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in parts
    ]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear))


@pytest.mark.parametrize(
    "theme, ground", [("light", "#ffffff"), ("dark", "")]
)
def test_colors_of_text_have_contrast(theme, ground):
    """At least 4.5 to 1, which WCAG 2 asks for at level AA."""
    css = ROOT / "book" / "_static" / "course.css"
    pattern = rf'html\[data-theme="{theme}"\][^{{]*\{{(.*?)\}}'
    block = re.search(pattern, css.read_text(encoding="utf-8"), re.DOTALL)[1]
    colors = dict(re.findall(r"--([\w-]+): (#\w{6});", block))
    ground = ground or colors["pst-color-background"]
    names = ("predict", "result", "myth")
    text = [f"course-{name}" for name in names] + ["pst-color-link"]
    for name in text:
        for behind in (ground, colors["course-fold-ground"]):
            light, dark = sorted(
                map(luminance, (colors[name], behind)), reverse=True
            )
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, behind)


# --- A small book, with what the real one may not have yet ---------------


LESSON = """# A lesson on stride

**What does a stride do?**

Text, $x^2$, `stride`, [stride](https://example.org), a fast-stride, a max
pooling of strides, a
stride, *pooling*, and a spread.

**Predict.** What is a *spread*?

<details><summary>Answer</summary>

Dilation.

</details>

| stride | dilation |
| :-- | :-- |
| 1 | 2 |

## Exercises

**Myth: all is well.** Not so.

### Exercise 1.1 (core): more

**Result.** It is 3.
"""
GLOSSARY = """# Glossary

```{glossary}
stride
  A step.

pooling
  Fewer numbers.

max pooling
  The largest number.

dilation
  A spacing.

spread
  A width.
```
"""


def write_notebook(path, source, metadata):
    cells = [
        nbformat.v4.new_markdown_cell(LESSON),
        nbformat.v4.new_code_cell(source, id="code"),
    ]
    cells[0]["id"] = "text"
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    path.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, path)


SETUP = "# Set-up\n\nFetch it.\n\n```{clone-course}\n```\n"
ADDRESS = re.compile(r'(?m)^  url: ".*"$')  # what `make stamp` fills in


def write_small_book(folder, *, index="# Small\n", url=""):
    """Lay out a book of five pages with the real book's settings."""
    for part in ("_static", "_templates"):
        shutil.copytree(ROOT / "book" / part, folder / "book" / part)
    for page in ("references.bib", "results.md"):
        shutil.copy(ROOT / "book" / page, folder / "book" / page)
    text = (ROOT / "_config.yml").read_text(encoding="utf-8")
    text, count = ADDRESS.subn(f'  url: "{url}"', text)
    assert count == 1
    settings = yaml.safe_load(text)
    extensions = settings["sphinx"]["local_extensions"]
    for name in extensions:
        extensions[name] = str(ROOT / "book" / "_ext")
    (folder / "_config.yml").write_text(yaml.safe_dump(settings))
    (folder / "book" / "glossary.md").write_text(GLOSSARY)
    (folder / "book" / "setup.md").write_text(SETUP)
    pages = ("notebooks/01_lesson", "book/results", "book/glossary")
    chapters = [{"file": page} for page in (*pages, "book/setup")]
    toc = {"format": "jb-book", "root": "index", "chapters": chapters}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc))
    (folder / "index.md").write_text(index)
    trace = folder / "executed"
    write_notebook(
        folder / "notebooks" / "01_lesson.ipynb",
        f"open({str(trace)!r}, 'w')",
        {"course": RUN, "language_info": {"name": "python"}},
    )
    return folder


MAP = """# Small

```{course-map}
# Group
01_lesson | First | Why? |
02_later | Second | And then? | 1
03_last | Third | At last? | 1 2
```
"""


@pytest.fixture(scope="module")
def small_book(tmp_path_factory):
    """A book whose notebook has metadata, before there are results."""
    folder = write_small_book(tmp_path_factory.mktemp("small"), index=MAP)
    process = build(folder, folder)
    assert process.returncode == 0, process.stderr
    return folder


def small_page(folder, name):
    return read(folder / "_build" / "html" / f"{name}.html")


def test_provenance_line(small_book):
    line = small_page(small_book, "notebooks/01_lesson").select_one(
        "h1 + p.provenance"
    )
    assert line.get_text() == (
        "Outputs on this page are from a run on 2026-01-31: CPU, 2 cores "
        "(Example), Python 3.11.7, torch 2.13.0, torchvision 0.28.0, "
        "NumPy 2.4.0; data: Fashion-MNIST; 1,312 s for the whole notebook."
    )


def test_first_uses_in_prose_are_linked(small_book):
    """Neither in headings, code, links, tables, answers nor other words."""
    soup = small_page(small_book, "notebooks/01_lesson")
    links = [
        (" ".join(term.get_text().split()), term.parent["href"])
        for term in soup.select("article .term")
    ]
    page = "../book/glossary.html#term-"
    assert links == [
        ("max pooling", f"{page}max-pooling"),
        ("strides", f"{page}stride"),
        ("pooling", f"{page}pooling"),
        ("spread", f"{page}spread"),
    ]
    (spread,) = soup.select("em .term:-soup-contains('spread')")
    assert spread.find_parent("p")["class"] == ["lead-in", "predict"]


def test_lead_ins_and_exercises_have_classes(small_book):
    article = small_page(small_book, "notebooks/01_lesson").article
    kinds = [p["class"][1] for p in article.select("p.lead-in")]
    assert kinds == ["predict", "myth", "result"]
    (heading,) = article.select("section.exercise > h3")
    assert heading.get_text().startswith("Exercise 1.1 (core): more")


def test_notebook_can_be_downloaded(small_book):
    links = small_page(small_book, "notebooks/01_lesson").select(".launch a")
    names = [link.get_text() for link in links]
    assert names == ["Download notebook", "JupyterLab"]
    assert links[0].has_attr("download")
    file = small_book / "_build" / "html" / "notebooks" / links[0]["href"]
    notebook = nbformat.reads(file.read_text(), as_version=4)
    assert notebook.cells[0].source == LESSON
    assert links[1]["href"] == "../book/setup.html"
    assert "git clone" not in small_page(small_book, "book/setup").get_text()


def test_building_executes_nothing(small_book):
    assert not (small_book / "executed").exists()


def test_map_links_only_lessons_that_are_there(small_book):
    _, *lessons = small_page(small_book, "index").select(".course-map li")
    assert [bool(lesson.a) for lesson in lessons] == [True, False, False]
    assert lessons[0].a["href"] == "notebooks/01_lesson.html"
    assert "in preparation" in lessons[1].get_text()
    assert "in preparation" not in lessons[0].get_text()


def test_map_draws_an_arc_past_a_lesson(small_book):
    course = small_page(small_book, "index").select_one(".course-map")
    (arc,) = course.select(".course-arcs i")  # from row 2 to row 4
    assert arc["style"] == "grid-row: 2 / 4; --reach: 2"
    assert arc.parent["aria-hidden"] == "true"
    texts = [uses.get_text() for uses in course.select(".course-uses")]
    assert texts == [
        "The first step.",
        "Builds on lesson 1.",
        "Builds on lessons 1 and 2.",
    ]


def test_map_says_what_the_lessons_say():
    """A lesson names those that it uses in "Before you start"."""
    text = (ROOT / "index.md").read_text(encoding="utf-8")
    rows = re.findall(r"^(\d\d)_\w+ \|.*\|([ \d]*)$", text, re.MULTILINE)
    uses = {int(number): set(map(int, row.split())) for number, row in rows}
    assert list(uses) == list(range(1, 9))
    for path in NOTEBOOKS:
        (before,) = re.findall(
            r"^\*\*Before you start\.\*\*.*$",
            nbformat.read(path, as_version=4).cells[0].source,
            re.MULTILINE,
        )
        named = re.findall(r"(\d\d)_\w+\.ipynb|Lesson (\d\d)", before)
        numbers = {int(link or word) for link, word in named}
        assert uses[int(path.name[:2])] == numbers, path.name


def test_results_page_follows_the_files(small_book):
    """Without a file a sentence, then a table as soon as there is one."""
    before = small_page(small_book, "book/results")
    assert "No results yet" in before.article.get_text()
    assert not before.article.find("table")

    (small_book / "results").mkdir()
    file = small_book / "results" / "01_lesson.json"
    file.write_text(json.dumps(RESULT))
    more = small_book / "results" / "bench-growth.json"
    more.write_text(json.dumps(COMPARISON))
    (small_book / "results" / "growth.svg").write_text(SVG)
    process = build(small_book, small_book)
    assert process.returncode == 0, process.stderr

    article = small_page(small_book, "book/results").article
    assert article.h2.get_text().startswith(RESULT["title"])
    cells = [
        [cell.get_text(strip=True) for cell in row.find_all(["th", "td"])]
        for row in article.table.find_all("tr")
    ]
    assert cells == [
        ["net", "parameters", "test acc", "source"],
        ["ours", "61,706", "0.812", "this run"],
        ["theirs", "", "0.800", "Example (1999)"],
    ]
    line = article.select_one("p.provenance").get_text()
    for part in ("Fashion-MNIST", RUN["device"], RUN["date"], "torch 2.13.0"):
        assert part in line

    # A comparison has a text of its own, columns of its own, and a figure.
    section = article.select_one("#results-bench-growth")
    assert section.p.code.get_text() == "train_ch6"
    cells = [cell.get_text() for cell in section.table.find_all("td")]
    assert cells == ["depth", "0.97"]
    assert section.img["alt"] == "Time against depth: 0.97 (expected 1)."
    page_folder = small_book / "_build" / "html" / "book"
    assert (page_folder / section.img["src"]).exists()


def test_a_broken_formula_fails_the_build(tmp_path):
    index = "# Broken\n\nFine: $x$. Broken: $\\nosuchmacro{x}$.\n"
    folder = write_small_book(tmp_path, index=index)
    process = build(folder, folder)
    assert process.returncode != 0
    assert "nosuchmacro" in process.stderr
    assert "MathML" in process.stderr


# --- A book that knows its address ------------------------------------------


@pytest.fixture(scope="module")
def stamped_book(tmp_path_factory):
    """The small book of the repository github.com/owner/name."""
    folder = tmp_path_factory.mktemp("stamped")
    write_small_book(folder, url="https://github.com/owner/name")
    process = build(folder, folder)
    assert process.returncode == 0, process.stderr
    return folder


def test_an_address_gives_lessons_a_colab_button(small_book, stamped_book):
    colab = "a[href^='https://colab.research.google.com/']"
    lesson = "notebooks/01_lesson"
    assert not small_page(small_book, lesson).select(colab)
    (button,) = small_page(stamped_book, lesson).select(colab)
    assert button.get_text() == "Colab"
    assert button["href"].endswith(
        f"/github/owner/name/blob/main/{lesson}.ipynb"
    )
    setup = small_page(stamped_book, "book/setup").get_text()
    assert "git clone https://github.com/owner/name\ncd name\n" in setup


def test_an_address_gives_pages_a_picture(small_book, stamped_book):
    site = "https://owner.github.io/name/"
    lesson = "notebooks/01_lesson"
    head = small_page(stamped_book, lesson).head
    assert head.select_one("[rel=canonical]")["href"] == (
        f"{site}{lesson}.html"
    )
    picture = head.select_one("[property='og:image']")["content"]
    path = picture.removeprefix(site)
    data = (stamped_book / "_build" / "html" / path).read_bytes()
    size = [int.from_bytes(data[i : i + 4], "big") for i in (16, 20)]
    assert size == [1200, 630] and len(data) < 100_000

    head = small_page(small_book, lesson).head
    assert not head.select("[property='og:image'], [rel=canonical]")
    assert head.select_one("[property='og:title']")["content"] == (
        "A lesson on stride"
    )


def test_the_missing_page_works_at_any_depth(small_book, stamped_book):
    names = ("href", "src", "action")
    checked = 0
    for tag in small_page(stamped_book, "404").find_all(True):
        for value in (tag.get(name) for name in names if tag.get(name)):
            parts = urlsplit(value)
            if parts.path and not parts.netloc and parts.scheme != "data":
                path = parts.path.removeprefix("/name/")
                assert path != parts.path, tag
                file = (
                    stamped_book / "_build" / "html" / (path or "index.html")
                )
                assert file.is_file(), tag
                checked += 1
    assert checked > 10
    form = small_page(small_book, "404").select_one("article form")
    assert form["action"] == "search.html"


def test_the_workflow_stamps_the_site():
    path = ROOT / ".github" / "workflows" / "pages.yml"
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    steps = [step.get("run") for step in jobs["build"]["steps"]]
    stamp = steps.index('make stamp REPO="$GITHUB_REPOSITORY"')
    assert stamp < steps.index("make book")


# --- The extensions' functions ------------------------------------------


@pytest.mark.parametrize(
    "tex, parts",
    [
        (r"\frac{a}{b}", ["<mfrac>", "<mi>a</mi>", "<mi>b</mi>"]),
        (r"\lfloor x \rfloor", ["⌊", "⌋"]),
        (r"\mathbf{K}_{i,j}", ["<msub>", "𝐊"]),
        (r"\sum_{a=0}^{k-1}", ["∑", "<mi>a</mi>"]),
        (r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}", ["<mtable>", "["]),
        (r"\max(x, 0)", ['<mo lspace="0" rspace="0">max</mo>']),
        (r"\max_a b", ["max</mo>", "<mi>b</mi>"]),
        (r"\ln 10", ['&ApplyFunction;</mo><mspace width="0.1667em">']),
        (r"2 \tanh(a)", ['2</mn><mspace width="0.1667em">']),
        (r"|x|", ['<mo lspace="0" rspace="0" stretchy="false">|']),
        (r"\lVert w \rVert^2", ['stretchy="false">‖</mo>\n  <mi>w']),
        (r"\lVert w \rVert", ['<mi>w</mi>\n  <mo lspace="0" rspace="0"']),
        (r"\left\| x \right\|", ['<mo lspace="0" rspace="0">‖']),
    ],
)
def test_to_mathml(tex, parts):
    for display in (False, True):
        html = mathml.to_mathml(tex, display=display)
        assert html.startswith("<math ") and html.endswith("</math>")
        assert ('display="block"' in html) == display
        assert "\\" not in html
        for part in parts:
            assert part in html


@pytest.mark.parametrize(
    "tex",
    [
        "",
        " ",
        r"\nosuchmacro",
        r"\frac{1",
        r"\begin{tikz}\end{tikz}",
        r"\frac",
    ]
    + [r"x_", r"}", r"\left( x"],
)
def test_to_mathml_refuses(tex):
    with pytest.raises(ValueError):
        mathml.to_mathml(tex, display=False)


def test_describe_run_leaves_out_what_is_not_there():
    run = {key: RUN[key] for key in ("date", "device")}
    run["versions"] = {"torch": "2.13.0"}
    assert provenance.describe_run(run | {"data": ""}) == (
        "Outputs on this page are from a run on 2026-01-31: CPU, 2 cores "
        "(Example), torch 2.13.0."
    )
    with pytest.raises(KeyError):
        provenance.describe_run({"date": "2026-01-31"})


def test_plurals():
    words = ("kernel", "batch", "1x1 convolution", "Toeplitz matrix", "bias")
    assert [glossary_links.plural(word) for word in words] == [
        "kernels",
        "batches",
        "1x1 convolutions",
        "Toeplitz matrices",
        "biases",
    ]


def test_longer_terms_come_first():
    forms = glossary_links.spellings(["batch", "batch normalization"])
    pattern = glossary_links.make_pattern(forms)
    text = "Batch  normalization, batch norm, mini-batch, batches"
    found = [" ".join(match.split()) for match in pattern.findall(text)]
    assert found == ["Batch normalization", "batch norm", "batches"]
    assert forms["Batch norm"] == forms["batch norm"] == "batch normalization"


@pytest.mark.parametrize(
    "repository, address",
    [
        ("https://github.com/owner/name", "https://owner.github.io/name/"),
        ("https://github.com/Owner/a.b/", "https://owner.github.io/a.b/"),
        ("https://github.com/me/me.github.io", "https://me.github.io/"),
    ],
)
def test_pages_address(repository, address):
    assert page_meta.pages_address(repository) == address


def test_shorten_ends_with_a_sentence_or_a_word():
    sentence = "A sentence that is neither long nor short, all in all."
    assert page_meta.shorten(sentence) == sentence
    long = " ".join([sentence] * 5)
    assert page_meta.shorten(long) == " ".join([sentence] * 3)
    words = page_meta.shorten("word " * 80)
    assert words.endswith("word …") and len(words) <= page_meta.LONGEST


@pytest.mark.parametrize(
    "before, after",
    [
        ('href="a/b.html"', 'href="/n/a/b.html"'),
        ('src="./c.js"', 'src="/n/c.js"'),
        ('href="#top"', 'href="#top"'),
        ('href="https://a.org"', 'href="https://a.org"'),
        ('data-content_root="./"', 'data-content_root="/n/"'),
    ],
)
def test_root_links(before, after):
    assert not_found.root_links(before, "/n/") == after


def test_a_large_live_figure_does_not_hold_up_the_text(book):
    """Its script, with LeNet's weights, is a file that comes later."""
    html, pages = book
    page = html / "notebooks" / "05_lenet.html"
    (script,) = pages[page].select("script[src*=_images]")
    assert script.has_attr("defer")
    code = (page.parent / script["src"]).read_text(encoding="utf-8")
    assert 'start("lenet", ' in code
    assert 'start("lenet", ' not in page.read_text(encoding="utf-8")
