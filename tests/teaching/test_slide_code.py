"""Code on slides: what slides speak of is there, whole, and can be read."""

import ast
import re

import nbformat
import pytest
from deck.listing import MOST, divide_code
from deck.outline import LEFT_OUT, Outline
from deck.parts import cut
from deck.shown_code import is_hidden
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from notebook_code import NOTEBOOKS

LESSONS = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def solid(text):
    """Return a text without its empty lines."""
    return "\n".join(line for line in text.splitlines() if line.strip())


def code_parts(notebook):
    slides = Outline(notebook).slides
    return [p for s in slides for p in s.parts if p.kind == "code"]


def visible_cells(notebook):
    """Return the cells whose code a reader of the lesson sees."""
    left_out = False
    for cell in notebook.cells:
        title = re.search(r"^## (.*)$", cell.source, re.M)
        if cell.cell_type == "markdown" and title:
            left_out = title[1] in LEFT_OUT
        if cell.cell_type == "code" and not left_out and not is_hidden(cell):
            yield cell


@LESSONS
def test_what_slides_use_is_on_a_slide_whole(path):
    notebook = nbformat.read(path, as_version=4)
    shown = "\n".join(solid(part.content) for part in code_parts(notebook))
    used = {n.id for n in ast.walk(ast.parse(shown)) if hasattr(n, "id")}
    found = 0
    for cell in visible_cells(notebook):
        for node in ast.parse(cell.source).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                code = ast.get_source_segment(cell.source, node)
                if node.name in used:
                    found += 1
                    assert solid(code) in shown, node.name
    assert found > 3


@LESSONS
def test_a_cell_that_prints_is_shown_whole(path):
    notebook = nbformat.read(path, as_version=4)
    shown = "\n".join(solid(part.content) for part in code_parts(notebook))
    for cell in visible_cells(notebook):
        kinds = {output.output_type for output in cell.outputs}
        if kinds == {"stream"}:
            assert solid(cell.source) in shown


@LESSONS
def test_code_is_short_enough_to_be_read(path):
    for part in code_parts(nbformat.read(path, as_version=4)):
        assert part.content.count("\n") < MOST


def lines(name, count):
    return f"def {name}():\n" + "\n".join(
        f"    step_{i}()" for i in range(count)
    )


def test_code_is_divided_between_functions():
    source = f"{lines('one', 12)}\n\n\n{lines('two', 12)}\n\n\none()"
    _, slides = divide_code(source)
    assert slides == [
        (lines("one", 12), ""),
        (f"{lines('two', 12)}\n\n\none()", ""),
    ]


def test_a_class_is_divided_between_methods():
    method = "    def f(self):\n" + "\n".join(["        self.x()"] * 9)
    source = f"class Net:\n{method}\n\n{method}\n\n{method}"
    _, slides = divide_code(source)
    assert [owner for _, owner in slides] == ["", "Net"]
    assert "\n\n".join(code for code, _ in slides) == source


def test_a_long_function_is_divided_into_halves_at_a_statement():
    body = "    call(\n        1,\n        2,\n    )\n" * 10
    source = f'def f():\n    """Do it."""\n{body}    return 1'
    _, slides = divide_code(source)
    assert [owner for _, owner in slides] == ["", "f"]
    assert all(code.endswith((")", "return 1")) for code, _ in slides)
    assert slides[1][0].startswith("    call(")
    assert "\n".join(code for code, _ in slides) == source


def test_a_comment_stays_with_what_it_is_about():
    steps = "\n".join(["# Take\n# a step.\nstep()"] * 12)
    _, (*_, (last, _)) = divide_code(steps)
    assert last.startswith("# Take")


def test_a_list_that_is_too_long_is_divided_anywhere():
    source = "x = [\n" + "    1,\n" * 60 + "]"
    _, slides = divide_code(source)
    assert len(slides) == 3
    assert "\n".join(code for code, _ in slides) == source


def lesson(*cells):
    """Return what a small lesson with these cells shows below its heading."""
    first = [new_markdown_cell("# Title\n\n**Why?**\n\n## Part")]
    slides = Outline(nbformat.v4.new_notebook(cells=[*first, *cells])).slides
    return [[p.content for p in slide.parts] for slide in slides[1:]]


def code(source, output=None, **metadata):
    outputs = [output] if output else []
    return new_code_cell(source, outputs=outputs, metadata=metadata)


TABLE = new_output(
    "display_data", data={"text/markdown": "| n |\n| - |\n| 1 |"}
)


def test_the_second_slide_of_a_function_says_so():
    first, second = lesson(code(lines("f", 40)))
    assert first[0].startswith("def f") and len(first) == 1
    assert second[0] == "`f`, continued:"


def test_of_code_that_formats_a_table_functions_are_shown_that_are_called():
    cell = code(
        "def f():\n    return 1\n\n\ndef g():\n    f()\n\n\nt = 1", TABLE
    )
    made = lesson(cell, code("g()"))
    assert made[0] == ["def f():\n    return 1\n\n\ndef g():\n    f()"]
    assert made[-1] == ["g()"]
    assert lesson(cell)[0][0].startswith("| n |")


def test_a_cell_that_draws_is_shown_if_its_result_is_read():
    cell = code("net = f()\nseen = train(net)", TABLE)
    assert lesson(cell, code("print(net)"))[0] == [cell.source]
    assert len(lesson(cell, code("for net in x:\n    net()"))[0][0]) < 20
    assert len(lesson(cell, code("net = 1\nnet"))[0][0]) < 20


def test_hidden_code_stays_hidden():
    hidden = code("def f():\n    return 1", tags=["hide-input"])
    assert lesson(hidden, code("f()")) == [["f()"]]


def test_long_output_is_cut_between_its_blocks():
    tensor = (
        "tensor([[1, 2],\n        [3, 4],\n        [5, 6],\n        [7, 8]])"
    )
    text = "\n".join(f"{name}:\n{tensor}" for name in "ABCD")
    assert cut(text) == f"A:\n{tensor}\n…\nD:\n{tensor}"
    log = "\n".join(f"epoch {i}" for i in range(40))
    assert cut(log).splitlines()[5:7] == ["epoch 5", "…"]
    assert cut(log).splitlines()[-6] == "epoch 34"
