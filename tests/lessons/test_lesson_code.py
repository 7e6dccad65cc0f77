"""The functions that a lesson shows are those of course_utils."""

import ast
import inspect

import pytest
import torch
from notebook_code import NOTEBOOKS, definitions, lesson
from torch import nn

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


def make_net():
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.Sigmoid(), nn.Flatten(), nn.Linear(108, 4)
    )


def make_batches():
    generator = torch.Generator().manual_seed(2)
    return [
        (
            torch.rand(10, 1, 8, 8, generator=generator),
            torch.randint(0, 4, (10,), generator=generator),
        )
        for _ in range(6)
    ]


def test_the_plain_loop_learns_the_same(capsys):
    batches, seen = make_batches(), []
    for train in (
        lesson("05")[PLAIN_LOOP],
        getattr(course_utils, PLAIN_LOOP),
    ):
        net = make_net()
        torch.manual_seed(3)
        history = train(net, batches, batches[:2], 3, 0.5, "cpu")
        weights = torch.cat([p.detach().ravel() for p in net.parameters()])
        seen.append((history, weights, capsys.readouterr().out))
    (theirs, weights, printed), (ours, our_weights, our_printed) = seen
    assert torch.equal(weights, our_weights)
    assert theirs.loss == pytest.approx(ours.loss, abs=1e-6)
    assert theirs.train_acc == ours.train_acc
    assert theirs.test_acc == ours.test_acc
    # All but the examples a second are printed alike.
    words = zip(printed.split(), our_printed.split(), strict=True)
    assert sum(one != other for one, other in words) <= 1
