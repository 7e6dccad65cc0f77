"""Errors of nets that learners ask about, and programs that are right."""

import copy
from pathlib import Path

import numpy as np  # noqa: F401, which the table's programs use
import pytest
import torch
from examples import make_batches, run_python, small_net
from notebook_code import lesson
from torch import nn
from torch.nn import functional as F

import course_utils as d2l
from course_utils.explaining.errors import explanation

CE = nn.CrossEntropyLoss()


class Net(nn.Module):
    """A learner's own module: layers, and a function as its forward."""

    def __init__(self, forward, **layers):
        super().__init__()
        self.run = forward
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, *inputs):
        return self.run(self, *inputs)


def lenet(**changes):
    """Return lesson 05's net with other layers at some places."""
    net = lesson("05")["lenet"]()
    for place, layer in changes.items():
        net[int(place[1:])] = layer
    return net


def gray(n=4, side=28):
    return torch.rand(n, 1, side, side)


def color(n=4, side=32):
    return torch.rand(n, 3, side, side)


def labels(n=4, classes=10):
    return torch.arange(n) % classes


def onehot(y, classes):
    return torch.eye(classes, dtype=torch.int64)[y]


def vgg():
    """Return a net with parts that have names."""
    norm, end = nn.BatchNorm2d(8), nn.Linear(8 * 15 * 15, 10)
    features = nn.Sequential(nn.Conv2d(3, 8, 3), norm, nn.MaxPool2d(2))
    head = nn.Sequential(nn.Flatten(), end)
    forward = lambda s, X: s.head(s.features(X))  # noqa: E731
    return Net(forward, features=features, head=head)


SCORES = torch.linspace(-1, 1, 40).reshape(4, 10)
conv, dense = nn.Conv2d(3, 8, 3), nn.Linear(8, 2)

TABLE = Path(__file__).with_name("planted_errors.md")
PLANTED = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and line[2] not in ":r"
]


def raised_by(function):
    with pytest.raises(Exception) as caught:
        function()
    return caught.value


def test_there_are_fifty():
    assert len({tuple(row) for row in PLANTED}) == len(PLANTED) >= 50


@pytest.mark.parametrize("call, layer, write", PLANTED)
def test_a_planted_error_gets_its_line(call, layer, write):
    seen = explanation(raised_by(lambda: eval(call)))
    assert seen is not None
    assert seen.failed == layer
    said = seen.write.replace("`", "")
    assert write in said if write else not said


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.Linear(32, 10))


def resnet():
    blocks = d2l.Residual(8), d2l.Residual(16, use_1x1conv=True, strides=2)
    start, end = nn.LazyConv2d(8, 3, padding=1), nn.LazyLinear(10)
    return nn.Sequential(start, *blocks, nn.Flatten(), end)


def recovers(self, X):
    """Try a layer that fails, and take another."""
    try:
        return self.a(X)
    except RuntimeError:
        return self.b(X)


NETS = [
    lenet, mlp, resnet,
    lambda: nn.Sequential(mlp(), nn.Unflatten(1, (5, 2)), nn.Flatten()),
    lambda: Net(lambda s, X: s.a(X[:, 0])[0][:, -1], a=nn.LSTM(28, 10)),
    lambda: Net(recovers, a=nn.Linear(9, 9), b=mlp()),
    lambda: nn.Sequential(nn.Dropout(), nn.ReLU(inplace=True), mlp()),
    lambda: nn.Sequential(nn.BatchNorm2d(1), mlp(), nn.LayerNorm(10)),
    lambda: nn.Sequential(mlp(), nn.GroupNorm(2, 10)),
    lambda: nn.utils.spectral_norm(mlp()[1]) and nn.Sequential(*mlp()),
]  # fmt: skip
LOSSES = [
    (None, labels()),
    (F.cross_entropy, labels().byte()),
    (nn.CrossEntropyLoss(label_smoothing=0.1), torch.eye(10)[:4]),
    (nn.MSELoss(), torch.eye(10)[:4]),
    (lambda y_hat, y: F.nll_loss(y_hat.log_softmax(1), y), labels()),
]


@pytest.mark.parametrize("loss, y", LOSSES)
@pytest.mark.parametrize("make", NETS)
def test_a_right_program_gets_none(make, loss, y):
    seen = d2l.explain(make(), gray(), y, loss)
    assert seen.rows[-1][0] == "loss"
    assert (seen.failed, seen.found, seen.write) == ("", "", "")


def test_softmax_before_the_loss_is_seen():
    for loss in (CE, F.cross_entropy):
        net = nn.Sequential(mlp(), nn.Softmax(1))
        seen = d2l.explain(net, gray(), labels(), loss)
        assert (seen.failed, seen.write) == ("", "no softmax before the loss")


OTHERS = [
    lambda: type("Own", (nn.Linear,), {})(8, 2)(torch.ones(2, 3)),
    lambda: Net(lambda s, X: X.missing)(gray()),
    lambda: Net(lambda s, X: 1 / 0)(gray()),
    lambda: lenet()(),
    lambda: [][1],
    lambda: torch.ones(2, 3) @ torch.ones(2, 3),
    lambda: CE(SCORES, None),
    lambda: Net(lambda s, X: X + torch.ones(8, device="meta"))(gray()),
]


@pytest.mark.parametrize("call", OTHERS)
def test_other_errors_get_none(call):
    assert explanation(raised_by(call)) is None


def test_an_error_that_does_not_come_again_gets_none():
    """The net is in another state than when it failed."""
    net = nn.Sequential(nn.Linear(9, 2))
    error = raised_by(lambda: net(torch.ones(2, 8)))
    assert explanation(error).write == "`nn.Linear(8, 2)`"
    net[0] = nn.Linear(7, 2)
    assert explanation(error) is None


def test_a_long_net_is_shown_in_part():
    net = nn.Sequential(*[nn.ReLU() for _ in range(40)], nn.Linear(2, 2))
    shown = repr(d2l.explain(net, torch.ones(1, 3))).splitlines()
    assert "29 before" in shown[2] and len(shown) < 24


def states(net):
    """Return all that a run could change."""
    modules = list(net.modules())
    return [
        torch.get_rng_state(),
        [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in modules],
        [m.training for m in modules],
        [p.grad.clone() for p in net.parameters()],
        copy.deepcopy(net.state_dict()),
    ]


@pytest.mark.parametrize("side", [6, 7])
@pytest.mark.parametrize("training", [True, False])
def test_nothing_of_the_net_is_changed(side, training, capsys):
    kept, prints = [], Net(lambda s, X: print("seen") or X)
    net = nn.Sequential(prints, nn.ReLU(inplace=True), small_net())
    net[2][0].register_forward_hook(lambda m, args, Y: kept.append(Y))
    net(torch.rand(4, 1, 6, 6)).sum().backward()
    net.train(training)
    net.last = kept[0]  # has a history
    del kept[:]
    capsys.readouterr()
    X = torch.randn(4, 1, side, side)
    before, values = states(net), X.clone()
    seen = d2l.explain(net, X, labels(classes=3))
    assert bool(seen.failed) == (side == 7)
    for old, new in zip(before, states(net), strict=True):
        torch.testing.assert_close(new, old, rtol=0, atol=0)
    assert torch.equal(X, values) and not kept
    assert capsys.readouterr().out == ""


def test_training_and_evaluation_explain_in_a_script(tmp_path):
    """Where no notebook shows it, the error carries it as a note."""
    wide = make_batches(side=7)
    lazy = nn.Sequential(nn.LazyConv2d(4, 3), *small_net()[1:])
    for call in (
        lambda: d2l.train_ch6(small_net(), wide, wide, 1, 0.1, "cpu"),
        lambda: d2l.train_ch6(lazy, wide, wide, 1, 0.1, "cpu"),
        lambda: d2l.evaluate_accuracy(small_net(), wide),
    ):
        (note,) = raised_by(call).__notes__
        assert "nn.Linear(100, 3)" in note and "| 0 " in note


CELLS = """
import torch
from IPython.core.interactiveshell import InteractiveShell
from course_utils import explain_errors, explaining, use_course_style
from torch import nn
shell = InteractiveShell.instance(colors="nocolor")
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
shell.push({"net": net, "X": torch.rand(2, 1, 32, 32)})
def run(what, cell="net(X)"):
    print("@@", what)
    assert not shell.run_cell(cell).success
run("off")
use_course_style(), use_course_style()
run("on")
run("of Python", "1 / 0")
run("interrupted", "raise KeyboardInterrupt")
explain_errors(False)
run("off again")
explain_errors()
explaining.errors.Explanation = lambda *args: 1 / 0
run("broken")
"""


def test_a_notebook_shows_it_below_the_traceback():
    output = run_python(CELLS)
    shown = dict(p.split("\n", 1) for p in output.split("@@ ")[1:])
    message, write = "mat1 and mat2 shapes cannot", "nn.Linear(1024, 10)"
    for what in ("off", "on", "off again", "broken"):
        assert message in shown[what]
        assert shown[what].count(write) == (what == "on")
    assert shown["on"].index(message) < shown["on"].index(write)
    assert shown["broken"] == shown["off again"] == shown["off"]
    assert "Error in callback" not in output
