"""Errors of nets that learners ask about, and programs that are right."""

import copy
import random

import numpy as np
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
    features = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)
    )
    head = nn.Sequential(nn.Flatten(), nn.Linear(8 * 15 * 15, 10))

    def forward(self, X):
        return self.head(self.features(X))

    return Net(forward, features=features, head=head)


def unfinished(self, X):
    self.conv(X)


def lstm_net():
    return nn.Sequential(nn.LSTM(8, 16, batch_first=True), nn.Linear(16, 2))


SCORES = torch.linspace(-1, 1, 40).reshape(4, 10)
conv, dense = nn.Conv2d(3, 8, 3), nn.Linear(8, 2)
conv_part = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.MaxPool2d(2))

# What was called, the layer that fails, and what to write.
PLANTED = [
    # A dense layer's number
    (lambda: lenet()(gray(side=32)), "7", "nn.Linear(576, 120), as 576 = 16 x 6 x 6"),
    (lambda: lenet(_7=nn.Linear(784, 120))(gray()), "7", "nn.Linear(400, 120)"),
    (lambda: lenet(_9=nn.Linear(84, 84))(gray()), "9", "nn.Linear(120, 84)"),
    (lambda: lenet(_6=nn.Identity())(gray()), "7", "nn.Flatten() before it"),
    (lambda: nn.Sequential(nn.Linear(784, 10))(gray()), "0", "nn.Flatten() before it"),
    (lambda: nn.Linear(100, 10)(gray()), "net", "nn.Flatten(), nn.Linear(784, 10)"),
    (lambda: vgg()(color(side=28)), "head.1", "nn.Linear(1352, 10), as 1352 = 8 x 13 x 13"),
    (lambda: nn.Sequential(nn.Flatten(), nn.LazyLinear(8), nn.Linear(9, 2))(gray()), "2", "nn.Linear(8, 2)"),
    # Channels and the order of axes
    (lambda: lenet()(color()), "0", "nn.Conv2d(3, 6, ...), or X = X.mean(1, keepdim=True)"),
    (lambda: vgg()(gray()), "features.0", "nn.Conv2d(1, 8, ...), or X = X.expand(-1, 3, -1, -1)"),
    (lambda: vgg()(torch.rand(4, 4, 32, 32)), "features.0", "X[:, :3]"),
    (lambda: vgg()(torch.rand(4, 32, 32, 3)), "features.0", "X = X.permute(0, 3, 1, 2)"),
    (lambda: vgg()(torch.rand(32, 32, 3)), "features.0", "X = X.permute(2, 0, 1)[None]"),
    (lambda: lenet(_3=nn.Conv2d(8, 16, 5))(gray()), "3", "nn.Conv2d(6, 16, ...)"),
    (lambda: lenet()(gray().squeeze(1)), "0", "X = X.unsqueeze(1)"),
    (lambda: nn.Conv2d(4, 4, 3, groups=4)(color()), "net", "nn.Conv2d(3, 4, groups=3, ...)"),
    (lambda: nn.ConvTranspose2d(16, 8, 2)(torch.rand(4, 8, 7, 7)), "net", "nn.ConvTranspose2d(8, 8, ...)"),
    (lambda: nn.Conv2d(3, 8, 3, groups=2), "Conv2d", "groups=1"),
    # The batch axis and the number of axes
    (lambda: lenet()(gray()[0]), "7", "X = X.unsqueeze(0)"),
    (lambda: lenet()(gray().flatten(1)), "0", "X = X.reshape(-1, 1, 28, 28)"),
    (lambda: lenet()(gray()[0, 0]), "0", "X = X[None, None]"),
    (lambda: vgg()(color()[0]), "features.1", "X = X.unsqueeze(0)"),
    (lambda: nn.MaxPool2d(2)(torch.rand(8, 8)), "net", ""),
    (lambda: nn.Conv1d(3, 8, 3)(color()), "net", "nn.Conv2d"),
    # Batch norm and other norms
    (lambda: nn.BatchNorm1d(6)(torch.rand(4, 6, 5, 5)), "net", "nn.BatchNorm2d(6)"),
    (lambda: nn.BatchNorm2d(6)(torch.rand(4, 6)), "net", "nn.BatchNorm1d(6)"),
    (lambda: nn.Sequential(conv, nn.BatchNorm2d(16))(color()), "1", "nn.BatchNorm2d(8)"),
    (lambda: nn.BatchNorm1d(6)(torch.rand(1, 6)), "net", "net.eval()"),
    (lambda: nn.BatchNorm2d(3)(torch.rand(1, 3, 1, 1)), "net", "drop_last=True"),
    (lambda: nn.GroupNorm(2, 6)(torch.rand(4, 8, 5, 5)), "net", "nn.GroupNorm(2, 8)"),
    (lambda: nn.LayerNorm(6)(torch.rand(4, 8)), "net", "nn.LayerNorm(8)"),
    # A kernel on an image that has become too small
    (lambda: lenet()(gray(side=8)), "3", "padding=1"),
    (lambda: nn.Sequential(nn.AvgPool2d(2), nn.MaxPool2d(3))(gray(side=5)), "1", "one pooling less"),
    # dtypes and devices
    (lambda: vgg()((255 * color()).byte()), "features.0", "X = X.float() / 255"),
    (lambda: nn.Linear(8, 2)(torch.from_numpy(np.ones((4, 8)))), "net", "X = X.float()"),
    (lambda: nn.Linear(8, 2)(torch.ones(4, 8).long()), "net", "X = X.float()"),
    (lambda: nn.Linear(8, 2).double()(torch.ones(4, 8)), "net", "X = X.to(torch.float64)"),
    (lambda: nn.Linear(8, 2)(torch.ones(4, 8, device="meta")), "net", "X = X.to('cpu')"),
    (lambda: nn.Linear(8, 2, device="meta")(torch.ones(4, 8)), "net", "X = X.to('meta')"),
    (lambda: nn.Sequential(dense, nn.Linear(2, 2, device="meta"))(torch.ones(4, 8)), "1", "net.to(device)"),
    (lambda: Net(lambda s, X: X + torch.ones(8, device="meta"))(torch.ones(8)), "net", ""),
    (lambda: CE(SCORES, labels().to("meta")), "loss", "y = y.to('cpu')"),
    # No tensor
    (lambda: lenet()(gray().numpy()), "0", "torch.as_tensor(X, dtype=torch.float32)"),
    (lambda: lenet()([gray(), labels()]), "0", "X, y = batch"),
    (lambda: nn.Sequential(Net(unfinished, conv=conv), dense)(color()), "1", "return in the forward of 0"),
    (lambda: lstm_net()(torch.rand(4, 5, 8)), "1", "[0] after the layer before"),
    # Sequences and words
    (lambda: nn.LSTM(28, 64)(torch.rand(4, 10, 32)), "net", "nn.LSTM(32, 64, ...)"),
    (lambda: nn.GRU(28, 64)(gray()), "net", ""),
    (lambda: nn.Embedding(10, 4)(torch.rand(3)), "net", "X = X.long()"),
    (lambda: nn.Embedding(10, 4)(torch.tensor([3, 12])), "net", "nn.Embedding(13, 4)"),
    (lambda: nn.MultiheadAttention(8, 2)(*[torch.rand(5, 4, 6)] * 3), "net", "nn.MultiheadAttention(6, 2)"),
    # Shapes in a forward
    (lambda: Net(lambda s, X: s.conv(X) + X, conv=nn.Conv2d(3, 8, 3, padding=1))(color()), "net", "nn.Conv2d(3, 8, kernel_size=1) on the shortcut"),
    (lambda: d2l.Residual(8, strides=2)(torch.rand(4, 8, 6, 6)), "net", "nn.Conv2d(8, 8, kernel_size=1, stride=2)"),
    (lambda: Net(lambda s, X: torch.cat([s.conv(X), X], 1), conv=conv)(color()), "net", ""),
    (lambda: Net(lambda s, X: X.view(-1, 400))(torch.rand(2, 16, 6, 6)), "net", "flatten(1), which gives (2, 576)"),
    (lambda: Net(lambda s, X: X.transpose(1, 2).view(4, -1))(color()), "net", "reshape(4, -1)"),
    # Labels and losses
    (lambda: CE(SCORES, labels().float()), "loss", "y = y.long()"),
    (lambda: CE(SCORES, labels().int()), "loss", "y = y.long()"),
    (lambda: CE(SCORES, onehot(labels(), 10)), "loss", "y = y.argmax(dim=1)"),
    (lambda: F.cross_entropy(SCORES, onehot(labels(), 10)), "loss", "y = y.argmax(dim=1)"),
    (lambda: CE(SCORES, onehot(labels(), 9)), "loss", ""),
    (lambda: CE(SCORES, labels()[:, None]), "loss", "y = y.squeeze(1).long()"),
    (lambda: CE(SCORES, 7 + labels()), "loss", "11 outputs in the last layer"),
    (lambda: CE(SCORES[:, :4], 1 + labels()), "loss", "y = y - 1"),
    (lambda: CE(SCORES, labels() - 1), "loss", ""),
    (lambda: CE(SCORES.view(-1, 20), labels()), "loss", "x.flatten(1)"),
    (lambda: CE(SCORES[:, :, None, None], labels()), "loss", "nn.Flatten() last"),
    (lambda: F.nll_loss(SCORES.log_softmax(1), labels().float()), "loss", "y = y.long()"),
    (lambda: nn.BCEWithLogitsLoss()(SCORES[:, :1], torch.ones(4)), "loss", "y = y.reshape(4, 1)"),
    (lambda: nn.BCEWithLogitsLoss()(SCORES[:, 0], labels()), "loss", "y = y.float()"),
    (lambda: nn.MSELoss()(SCORES, labels()), "loss", ""),
]  # fmt: skip


@pytest.mark.parametrize("call, layer, write", PLANTED)
def test_a_planted_error_gets_its_line(call, layer, write):
    with pytest.raises(Exception) as caught:
        call()
    seen = explanation(caught.value)
    assert seen is not None
    assert seen.failed == layer
    said = seen.write.replace("`", "")
    assert write in said if write else not said


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.Linear(32, 10))


def nin():
    blocks = d2l.nin_block(1, 8, 5, 1, 2), d2l.nin_block(8, 10, 3, 1, 1)
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten())


def resnet():
    blocks = d2l.Residual(8), d2l.Residual(16, use_1x1conv=True, strides=2)
    start, end = nn.LazyConv2d(8, 3, padding=1), nn.LazyLinear(10)
    return nn.Sequential(start, *blocks, nn.Flatten(), end)


def recurrent():
    net = nn.LSTM(28, 16, batch_first=True)
    last = nn.Linear(16, 10)
    return Net(lambda s, X: s.b(s.a(X[:, 0])[0][:, -1]), a=net, b=last)


def recovers(self, X):
    """Try a layer that fails, and take another."""
    try:
        return self.a(X)
    except RuntimeError:
        return self.b(X)


NETS = [
    lenet, mlp, nin, resnet, recurrent,
    lambda: Net(recovers, a=nn.Linear(9, 9), b=mlp()),
    lambda: nn.Sequential(nn.Dropout(), nn.ReLU(inplace=True), mlp()),
    lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), mlp()[:1], nn.Linear(2704, 10)),
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


@pytest.mark.parametrize(
    "loss, y, write",
    [
        (CE, labels(), "no softmax before the loss"),
        (nn.NLLLoss(), labels(), "`nn.CrossEntropyLoss()`"),
        (F.mse_loss, torch.ones(4, 1), ""),
    ],
)
def test_a_fault_without_an_error_is_seen(loss, y, write):
    seen = d2l.explain(nn.Sequential(mlp(), nn.Softmax(1)), gray(), y, loss)
    assert not seen.failed and seen.found and seen.write == write


def raised_by(function):
    with pytest.raises(Exception) as caught:
        function()
    return caught.value


@pytest.mark.parametrize(
    "call",
    [
        lambda: Net(lambda s, X: X.missing)(gray()),
        lambda: Net(lambda s, X: 1 / 0)(gray()),
        lambda: Net(lambda s, X: s.run.count)(gray()),
        lambda: lenet()(),
        lambda: [][1],
        lambda: torch.ones(2, 3) @ torch.ones(2, 3),
        lambda: CE(SCORES, None),
        lambda: nn.Conv2d(2, 4, 3, groups=0),
        lambda: nn.Softmax(4)(SCORES),
        lambda: next(iter([]) for _ in ()),
    ],
)
def test_other_errors_get_none(call):
    assert explanation(raised_by(call)) is None


def test_an_error_that_does_not_come_again_gets_none():
    """The net is in another state than when it failed."""
    net = Net(lambda s, X: s.layer(X), layer=nn.Linear(9, 2))
    error = raised_by(lambda: net(torch.ones(2, 8)))
    assert explanation(error).write == "`nn.Linear(8, 2)`"
    net.layer = nn.Linear(7, 2)
    assert explanation(error) is None


def test_a_long_net_is_shown_in_part():
    net = nn.Sequential(*[nn.ReLU() for _ in range(40)], nn.Linear(2, 2))
    shown = repr(d2l.explain(net, torch.ones(1, 3))).splitlines()
    assert "29 before" in shown[2] and len(shown) < 24


def states(net):
    generators = random.getstate()[1], tuple(np.random.get_state()[1])
    hooks = [len(m._forward_hooks) for m in net.modules()]
    hooks += [len(m._forward_pre_hooks) for m in net.modules()]
    gradients = [None if p.grad is None else p.grad.clone() for p in net.parameters()]
    modes = [m.training for m in net.modules()]
    return generators, torch.get_rng_state(), hooks, gradients, modes, copy.deepcopy(net.state_dict())  # fmt: skip


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
    for call in (
        lambda: d2l.train_ch6(small_net(), wide, wide, 1, 0.1, "cpu"),
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
    print("---", what)
    assert not shell.run_cell(cell).success
run("off")
use_course_style(), use_course_style()
run("on")
run("of Python", "1 / 0")
run("interrupted", "raise KeyboardInterrupt")
explain_errors(False)
run("off again")
explain_errors()
explaining.errors.explained = lambda trace: 1 / 0
run("broken")
"""


def test_a_notebook_shows_it_below_the_traceback():
    parts = run_python(CELLS).split("--- ")[1:]
    shown = {}
    for part in parts:
        what, _, text = part.partition("\n")
        shown[what] = text
    message, write = "mat1 and mat2 shapes cannot", "nn.Linear(1024, 10)"
    for what in ("off", "on", "off again", "broken"):
        assert message in shown[what]
        assert shown[what].count(write) == (what == "on")
    assert shown["on"].index(message) < shown["on"].index(write)
    assert shown["broken"] == shown["off again"] == shown["off"]
    assert "Error in callback" not in "".join(parts)
