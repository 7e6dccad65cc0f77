"""The functions that a lesson shows are those of course_utils."""

import ast
import inspect

import pytest
from examples import make_batches, same_weights, small_net
from notebook_code import NOTEBOOKS, definitions, lesson

import course_utils

# Lesson 05 writes this loop plainly; course_utils adds options, checks and
# checkpoints to it. The last test compares what they do.
PLAIN_LOOP = "train_ch6"


def normalized(node):
    """Return a definition's tree without docstrings and decorators."""
    node = ast.parse(ast.unparse(node)).body[0]
    for part in ast.walk(node):
        if isinstance(part, (ast.FunctionDef, ast.ClassDef)):
            part.decorator_list = []
            if ast.get_docstring(part) is not None:
                part.body = part.body[1:] or [ast.Pass()]
    return node


def methods(node):
    return {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}


def package_definition(name):
    source = inspect.getsource(getattr(course_utils, name))
    return ast.parse(source).body[0]


def shown_in_lessons():
    for path in NOTEBOOKS:
        for name, node in definitions(path).items():
            if name in course_utils.__all__ and name != PLAIN_LOOP:
                yield pytest.param(name, node, id=f"{path.stem}-{name}")


@pytest.mark.parametrize("name, node", list(shown_in_lessons()))
def test_lesson_and_package_show_the_same_code(name, node):
    theirs, ours = normalized(node), normalized(package_definition(name))
    if isinstance(theirs, ast.FunctionDef):
        assert ast.dump(theirs) == ast.dump(ours)
        return
    ours = methods(ours)
    for method, body in methods(theirs).items():
        assert ast.dump(body) == ast.dump(ours[method]), method


def test_the_tools_of_lesson_05_are_compared():
    names = {parameter.values[0] for parameter in shown_in_lessons()}
    tools = "corr2d try_gpu accuracy evaluate_accuracy init_xavier"
    assert names >= {*tools.split(), "Accumulator", "Timer"}


def test_the_plain_loop_learns_the_same(capsys):
    batches, nets, histories, printed = make_batches(), [], [], []
    for train in (lesson("05")[PLAIN_LOOP], course_utils.train_ch6):
        nets.append(small_net())
        histories.append(train(nets[-1], batches, batches[:2], 3, 0.5, "cpu"))
        printed.append(capsys.readouterr().out.split())
    theirs, ours = histories
    assert same_weights(*nets)
    assert theirs.loss == pytest.approx(ours.loss, abs=1e-6)
    assert theirs.train_acc == ours.train_acc
    assert theirs.test_acc == ours.test_acc
    # All but the examples a second are printed alike.
    words = zip(*printed, strict=True)
    assert sum(one != other for one, other in words) <= 1
