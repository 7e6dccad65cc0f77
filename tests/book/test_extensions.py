"""What the book's extensions do, in small books and with small texts."""

import json
import re
import shutil
from urllib.parse import urlsplit

import nbformat
import pytest
import yaml
from books import EXTENSIONS, ROOT, build, read
from docutils import nodes
from sphinx.errors import ExtensionError

import mathml  # isort: skip
import page_meta  # isort: skip
import quiz  # isort: skip

RUN = {
    "date": "2026-01-31",
    "device": "CPU, 2 cores (Example)",
    "versions": {"python": "3.11", "torch": "2.13"}
    | {"torchvision": "0.28", "numpy": "2.4"},
    "data": "Fashion-MNIST",
    "seconds": 1312.4,
}
RESULT = RUN | {
    "title": "A net on Fashion-MNIST",
    "table": "| net | test acc |\n| :-- | --: |\n| ours | 0.812 |",
}
COMPARISON = RUN | {
    "title": "How the cost grows",
    "text": "What `train_ch6` takes.",
    "columns": {"name": "what grows", "exponent": "measured"},
    "rows": [{"name": "depth", "exponent": 0.97, "times": [1, 2]}],
}
COSTS = {
    "01_lesson": {
        "CPU": {"seconds": 37, "device": "CPU, 2 cores (Example)"},
        "GPU": {"seconds": 120, "device": "GPU (Example)"},
    }
}
LESSON = """# A lesson on stride

**What does a stride do?**

Text, $x^2$, `stride`, [stride](https://example.org), a fast-stride, a max
pooling of strides, a
stride, *pooling*, Batch norm, and a spread.

**Predict.** What is a *spread*?

<details><summary>Answer</summary>

Dilation.

</details>

**Predict, run, explain.**

| stride | dilation |
| :-- | :-- |
| 1 | 2 |

## Exercises

**Myth: all is well.** Not so.

### Exercise 1.1 (core): more

**Result.** It is 3.
"""
TERMS = ["stride", "pooling", "max pooling", "dilation", "spread", "batch"]
TERMS += ["batch normalization"]
INDEX = """# Small

Exercise [1.1](#exercise-1.1) takes {run-time}`01_lesson, CPU` or
{run-time}`01_lesson, GPU`; {run-time}`01_lesson, TPU`.
On {run-time}`devices`.
"""
MODULES = "import atexit, sys; atexit.register(lambda: print(*sys.modules));"


def write_small_book(folder, *, index=INDEX, url=""):
    """Lay out a book of four pages with the real book's settings."""
    for part in ("_static", "_templates"):
        shutil.copytree(ROOT / "book" / part, folder / "book" / part)
    shutil.copy(ROOT / "book" / "references.bib", folder / "book")
    results = folder / "book" / "results.md"
    results.write_text("# Results\n\n```{results}\n```\n")
    text = (ROOT / "_config.yml").read_text(encoding="utf-8")
    # What `make stamp` fills in.
    text, count = re.subn(r'(?m)^  url: ".*"$', f'  url: "{url}"', text)
    assert count == 1
    settings = yaml.safe_load(text)
    extensions = settings["sphinx"]["local_extensions"]
    settings["sphinx"]["local_extensions"] = dict.fromkeys(
        extensions, str(EXTENSIONS)
    )
    settings["sphinx"]["config"]["html_static_path"] = ["book/_static"]
    (folder / "_config.yml").write_text(yaml.safe_dump(settings))
    glossary = "\n\n".join(f"{term}\n  A word." for term in TERMS)
    (folder / "book" / "glossary.md").write_text(
        f"# Glossary\n\n```{{glossary}}\n{glossary}\n```\n"
    )
    pages = ("notebooks/01_lesson", "book/results", "book/glossary")
    chapters = [{"file": page} for page in pages]
    toc = {"format": "jb-book", "root": "index", "chapters": chapters}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc))
    (folder / "index.md").write_text(index)
    (folder / "results").mkdir()
    (folder / "results" / "costs.json").write_text(json.dumps(COSTS))
    trace = folder / "executed"
    cells = [
        nbformat.v4.new_markdown_cell(LESSON, id="text"),
        nbformat.v4.new_code_cell(f"open({str(trace)!r}, 'w')", id="code"),
    ]
    metadata = {"course": RUN, "language_info": {"name": "python"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    (folder / "notebooks").mkdir()
    nbformat.write(notebook, folder / "notebooks" / "01_lesson.ipynb")
    return folder


def built(folder, **options):
    """Build a small book; return its folder, with what was imported."""
    process = build(write_small_book(folder, **options), folder, MODULES)
    assert process.returncode == 0, process.stderr
    (folder / "modules").write_text(process.stdout.splitlines()[-1])
    return folder


@pytest.fixture(scope="module")
def small_book(tmp_path_factory):
    """A book that does not know its address."""
    return built(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def stamped_book(tmp_path_factory):
    """The small book of the repository github.com/owner/name."""
    url = "https://github.com/owner/name"
    return built(tmp_path_factory.mktemp("stamped"), url=url)


def page(folder, name):
    return read(folder / "_build" / "html" / f"{name}.html")


def test_first_uses_in_prose_are_linked(small_book):
    """Neither in headings, code, links, tables, answers nor other words."""
    soup = page(small_book, "notebooks/01_lesson")
    links = [
        (" ".join(term.get_text().split()), term.parent["href"])
        for term in soup.select("article .term")
    ]
    glossary = "../book/glossary.html#term-"
    assert links == [
        ("max pooling", f"{glossary}max-pooling"),
        ("strides", f"{glossary}stride"),
        ("pooling", f"{glossary}pooling"),
        ("Batch norm", f"{glossary}batch-normalization"),
        ("spread", f"{glossary}spread"),
    ]
    (spread,) = soup.select("em .term:-soup-contains('spread')")
    assert spread.find_parent("p")["class"] == ["lead-in", "predict"]


def test_lead_ins_and_exercises_are_marked(small_book):
    article = page(small_book, "notebooks/01_lesson").article
    kinds = [p["class"][1] for p in article.select("p.lead-in")]
    assert kinds == ["predict", "myth", "result"]
    (heading,) = article.select("section.exercise > h3")
    assert heading.get_text().startswith("Exercise 1.1 (core): more")
    link = page(small_book, "index").select_one("article a[href*=lesson]")
    section = heading.parent["id"]
    assert link["href"] == f"notebooks/01_lesson.html#{section}"
    text = " ".join(link.find_parent("p").get_text().split())
    assert text == (
        "Exercise 1.1 takes 37 s or 2 min; not measured. "
        "On CPU, 2 cores (Example); GPU (Example)."
    )


def test_building_executes_nothing_and_imports_no_torch(small_book):
    assert not (small_book / "executed").exists()
    names = set((small_book / "modules").read_text().split())
    assert "results_page" in names
    assert not {"torch", "matplotlib"} & names


def test_results_page_follows_the_files(small_book):
    """A file that is new is there after the next build."""
    assert not page(small_book, "book/results").article.find("table")
    for name, result in (("01_lesson", RESULT), ("bench-grow", COMPARISON)):
        file = small_book / "results" / f"{name}.json"
        file.write_text(json.dumps(result))
    process = build(small_book, small_book)
    assert process.returncode == 0, process.stderr

    sections = page(small_book, "book/results").select("section section")
    tables = [section.select_one(".results table") for section in sections]
    cells = [
        [row.get_text("|", strip=True) for row in t("tr")] for t in tables
    ]
    assert cells == [
        ["net|test acc", "ours|0.812"],
        ["what grows|measured", "depth|0.97"],
    ]
    for table, section in zip(tables, sections):
        assert len(table.select("td.text-right")) == 1
        line = section.select_one("p.provenance").get_text()
        for part in ("data", "device", "date"):
            assert RUN[part] in line
    assert sections[1].h2.get_text().startswith(COMPARISON["title"])
    assert sections[1].select_one("p code")


def test_what_is_not_there_fails_the_build(tmp_path):
    text = r"$\nosuchmacro{x}$, [1.9](#exercise-1.9)"
    folder = write_small_book(tmp_path, index=f"# Broken\n\n{text}\n")
    process = build(folder, folder)
    assert process.returncode != 0
    for warning in ("nosuchmacro.*to MathML", "not found: 'exercise-1.9'"):
        assert re.search(warning, process.stderr)


def test_an_address_gives_lessons_a_colab_button_and_a_picture(
    small_book, stamped_book
):
    lesson, site = "notebooks/01_lesson", "https://owner.github.io/name/"
    colab = "a[href^='https://colab.research.google.com/']"
    soup = page(stamped_book, lesson)
    (button,) = soup.select(colab)
    assert button.get_text(strip=True) == "Colab"
    assert button["href"].endswith(
        f"/github/owner/name/blob/main/{lesson}.ipynb"
    )
    assert soup.select("a[href='https://github.com/owner/name']")
    address = f"{site}{lesson}.html"
    assert soup.select_one("[rel=canonical]")["href"] == address
    assert soup.select_one("[property='og:url']")["content"] == address
    picture = soup.select_one("[property='og:image']")["content"]
    path = picture.removeprefix(site)
    data = (stamped_book / "_build" / "html" / path).read_bytes()
    size = [int.from_bytes(data[i : i + 4], "big") for i in (16, 20)]
    assert size == [1200, 630] and len(data) < 100_000

    soup = page(small_book, lesson)
    assert not soup.select(f"{colab}, a[href*=github], [rel=canonical]")
    assert not soup.select("[property='og:url'], [property='og:image']")
    title = soup.select_one("[property='og:title']")["content"]
    assert title == "A lesson on stride"


def test_the_missing_page_works_at_any_depth(small_book, stamped_book):
    html, checked = stamped_book / "_build" / "html", 0
    for tag in page(stamped_book, "404").find_all(True):
        for value in (tag.get(name) for name in ("href", "src", "action")):
            parts = urlsplit(value or "")
            if parts.path and not parts.netloc and parts.scheme != "data":
                path = parts.path.removeprefix("/name/")
                assert path != parts.path, tag
                assert (html / (path or "index.html")).is_file(), tag
                checked += 1
    assert checked > 10
    form = page(small_book, "404").select_one("article form")
    assert form["action"] == "search.html"


@pytest.mark.parametrize(
    "tex, parts",
    [
        (r"\mathbf{K}_{i,j}", ["<msub>", "𝐊"]),
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
    [r"\nosuchmacro", r"\frac{1", r"\begin{tikz}\end{tikz}", r"\frac"]
    + [r"x_", r"}", r"\left( x"],
)
def test_to_mathml_refuses(tex):
    with pytest.raises(ValueError):
        mathml.to_mathml(tex, display=False)


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


def test_the_workflow_stamps_the_site():
    path = ROOT / ".github" / "workflows" / "pages.yml"
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    steps = [step.get("run") for step in jobs["build"]["steps"]]
    stamp = steps.index('make stamp REPO="$GITHUB_REPOSITORY"')
    assert stamp < steps.index("make book")


@pytest.mark.parametrize("answers", [["No."], ["Right.", "No.", "Right."]])
def test_question_without_one_right_choice_is_an_error(answers):
    question = nodes.paragraph("", "", nodes.strong("", "2."))
    section = nodes.section("", question)
    for letter, answer in zip("ABC", answers):
        html = f"<details><summary>{letter}. A choice</summary>\n"
        section += [nodes.raw("", html), nodes.paragraph("", answer)]
    with pytest.raises(ExtensionError, match=r"4\.2"):
        quiz.mark_questions(section, 4)
