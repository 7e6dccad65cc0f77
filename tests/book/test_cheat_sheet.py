"""Every formula, shape and count of the cheat sheet, against PyTorch.

Formulas are read from the page. Those that give a number are turned into
Python and evaluated; a formula with sums is compared with its text here,
and the same sums, written as loops, with PyTorch.
"""

import ast
import inspect
import itertools
import math
import re
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import course_utils
from course_utils import Residual, count_cost, nin_block

PAGE = Path(__file__).resolve().parents[2] / "book" / "cheat_sheet.md"
TEXT = PAGE.read_text(encoding="utf-8")


def tables():
    """Return each table of the page as a list of rows, below its heading."""
    found = re.findall(r"^\|.*\n\| :--.*\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    return [
        [
            [cell.strip() for cell in line.strip()[1:-1].split("|")]
            for line in table.splitlines()
        ]
        for table in found
    ]


SUMS, SIZES, COSTS, STEPS, LINES, LENET, NIN = tables()


def number(cell):
    return int(cell.replace(",", ""))


def to_python(tex):
    """Turn a formula of the page, right of its equals sign, into Python."""
    code = tex.strip("$").split("=")[-1]
    for old, new in (
        (r"\lfloor", "math.floor("),
        (r"\rfloor", ")"),
        (r"\lceil", "math.ceil("),
        (r"\rceil", ")"),
        (r"\ln", "math.log"),
        (r"\,", "*"),
        ("^", "**"),
    ):
        code = code.replace(old, new)
    code = re.sub(r"log (\d+)", r"log(\1)", code)
    code = re.sub(r"\\([a-z]+)", r"_\1", code)  # a Greek letter
    return re.sub(r"(\d) (\w)", r"\1 * \2", code).strip()


def pick(table, what):
    """Return the rows with this name, or else those that begin so."""
    exact = [row for row in table if row[0] == what]
    return exact or [row for row in table if row[0].startswith(what)]


def formula(table, what):
    """Return a formula of a table as a function of its variables."""
    ((_, tex, _),) = pick(table, what)
    code = compile(to_python(tex), tex, "eval")
    return lambda **values: eval(code, {"math": math}, values)


def parameters(net):
    return sum(p.numel() for p in net.parameters())


# --- Formulas with sums -----------------------------------------------------


def window_sums(X, K, flipped=False):
    """Return the sums over a, b and the channels, an output a window."""
    rows, columns = K.shape[2:]
    h_o, w_o = X.shape[1] - rows + 1, X.shape[2] - columns + 1
    Y = torch.zeros(len(K), h_o, w_o)
    for a, b in itertools.product(range(rows), range(columns)):
        # Read backward, a window ends where it would begin.
        i, j = (rows - 1 - a, columns - 1 - b) if flipped else (a, b)
        window = X[:, i : i + h_o, j : j + w_o]
        Y += torch.einsum("oc,chw->ohw", K[:, :, a, b], window)
    return Y


def cross_correlation(channels=1, outputs=1, flipped=False):
    X, u = torch.rand(channels, 5, 6), torch.rand(outputs)
    K = torch.rand(outputs, channels, 3, 2)
    kernel = K.flip(2, 3) if flipped else K
    Y = window_sums(X, K, flipped) + u[:, None, None]
    return Y, F.conv2d(X[None], kernel, u)[0]


def batch_norm(X):
    layer = nn.BatchNorm2d(X.shape[1])
    nn.init.constant_(layer.weight, 1.5)
    nn.init.constant_(layer.bias, -2.0)
    mean = X.mean((0, 2, 3), keepdim=True)
    variance = X.var((0, 2, 3), correction=0, keepdim=True)
    return 1.5 * (X - mean) / (variance + layer.eps).sqrt() - 2.0, layer(X)


def residual(X):
    block = Residual(X.shape[1]).eval()
    block(X)  # finds the channels
    inner = block.bn1(block.conv1(X)).relu()
    return (block.bn2(block.conv2(inner)) + X).relu(), block(X)


torch.manual_seed(0)
x, X = torch.randn(7), torch.randn(2, 3, 4, 5)
# What the sums give, and what PyTorch gives.
WITH_SUMS = {
    r"$Y_{ij} = u + \sum_a \sum_b K_{ab} \, X_{i+a, \, j+b}$": (
        cross_correlation()
    ),
    r"$Y_{ij} = u + \sum_a \sum_b K_{ab} \, X_{i-a, \, j-b}$": (
        cross_correlation(flipped=True)
    ),
    r"$Y_{oij} = u_o + \sum_c \sum_a \sum_b "
    r"K_{ocab} \, X_{c, \, i+a, \, j+b}$": cross_correlation(2, 3),
    r"$g_c = \frac{1}{h w} \sum_i \sum_j X_{cij}$": (
        X.sum((2, 3)) / (4 * 5),
        nn.AdaptiveAvgPool2d(1)(X).flatten(1),
    ),
    r"$p_j = e^{x_j} / \sum_l e^{x_l}$": (
        x.exp() / x.exp().sum(),
        x.softmax(0),
    ),
    r"$-\ln p_y$": (
        -x.softmax(0)[3].log(),
        F.cross_entropy(x, torch.tensor(3)),
    ),
    r"$\gamma \, (x - \mu) / \sqrt{\sigma^2 + \epsilon} + \beta$": (
        batch_norm(X)
    ),
    r"$\text{ReLU}(F(X) + X)$": residual(X),
}


@pytest.mark.parametrize("tex", [row[1] for row in SUMS])
def test_sums(tex):
    ours, theirs = WITH_SUMS[tex]
    torch.testing.assert_close(ours, theirs)


# --- Sizes ------------------------------------------------------------------

VALUES = itertools.product((11, 16, 28), (1, 2, 3, 5), (0, 1, 2), (1, 2, 3))
SETTINGS = [dict(zip("hkps", values)) for values in VALUES]


def size_after(layer, h):
    return layer(torch.zeros(1, 1, h, h)).shape[-1]


def output_size(h, k, p, s, d=1):
    layer = nn.Conv2d(1, 1, k, stride=s, padding=p, dilation=d)
    return size_after(layer, h)


def test_output_sizes():
    plain = formula(SIZES, "convolution")
    dilated = formula(SIZES, "convolution with dilation")
    spans = formula(SIZES, "pixels that a dilated")
    pooled = formula(SIZES, "pooling")
    for setting in SETTINGS:
        h, k, p, s = setting.values()
        for d in (1, 2):
            size = output_size(**setting, d=d)
            assert dilated(**setting, d=d) == size, setting
            assert plain(h=h, k=spans(k=k, d=d), p=p, s=s) == size, setting
        if p <= k // 2:
            pool = nn.MaxPool2d(k, stride=s, padding=p)
            assert pooled(**setting) == size_after(pool, h), setting
    assert nn.MaxPool2d(3).stride == 3


def test_same_padding():
    padding = formula(SIZES, "padding that keeps")
    ceiling = formula(SIZES, 'output of "same"')
    for k, h, s in itertools.product((1, 3, 5, 7), range(7, 20), (1, 2, 3)):
        size = output_size(h, k, int(padding(k=k)), s)
        assert ceiling(h=h, s=s) == size
        assert s > 1 or size == h


def test_smallest_input():
    smallest = formula(SIZES, "smallest input")
    for m, k, p, s in [(2, 3, 0, 1), (3, 11, 2, 4), (5, 3, 1, 2)]:
        h = smallest(m=m, k=k, p=p, s=s)
        assert output_size(h, k, p, s) == m
        assert output_size(h - 1, k, p, s) < m


def pixels_seen(layers):
    """Count the pixels in a row that the middle output depends on."""
    net = nn.Sequential(
        *(nn.Conv1d(1, 1, k, stride=s, bias=False) for k, s in layers)
    )
    for layer in net:
        nn.init.ones_(layer.weight)
    X = torch.zeros(1, 1, 200, requires_grad=True)
    Y = net(X)
    Y[0, 0, Y.shape[-1] // 2].backward()
    return int((X.grad != 0).sum())


def test_receptive_field():
    stacked = formula(SIZES, "receptive field, stride 1")
    grown = formula(SIZES, "receptive field grown")
    for m, k in [(1, 3), (3, 3), (4, 5)]:
        assert stacked(m=m, k=k) == pixels_seen([(k, 1)] * m)
    for layers in [[(3, 2), (5, 1)], [(3, 1), (2, 2), (3, 1), (2, 2)]]:
        r = j = 1
        for k, s in layers:
            r = grown(r=r, k=k, j=j)
            j *= s
        assert r == pixels_seen(layers)


# --- Costs ------------------------------------------------------------------


CHOSEN = dict(c_i=6, c_o=9, k=3, g=3, c=7, n_i=20, n_o=11)
DEPTHWISE = nn.Conv2d(6, 6, 3, groups=6, bias=False)
SEPARABLE = nn.Sequential(DEPTHWISE, nn.Conv2d(6, 9, 1, bias=False))
BLOCK = Residual(9, use_1x1conv=True)
BLOCK(torch.zeros(2, 6, 5, 5))  # finds the channels
PLAIN = nn.ModuleList(set(BLOCK.children()) - {BLOCK.conv3})
LAYERS = {
    "parameters of a convolution": nn.Conv2d(6, 9, 3),
    "parameters of a 1x1": nn.Conv2d(6, 9, 1),
    "parameters with groups": nn.Conv2d(6, 9, 3, groups=3),
    "weights, depthwise": SEPARABLE,
    "parameters of a dense": nn.Linear(20, 11),
    "parameters of a batch": nn.BatchNorm2d(7),
    "parameters of an NiN": nin_block(6, 9, 3, strides=1, padding=1),
    "parameters of a residual": PLAIN,
    "those of its 1x1": BLOCK.conv3,
}


@pytest.mark.parametrize("what", LAYERS)
def test_parameters(what):
    assert formula(COSTS, what)(**CHOSEN) == parameters(LAYERS[what])


def test_other_costs():
    conv = nn.Conv2d(6, 9, 3, stride=2, bias=False)
    h_o, w_o = conv(torch.zeros(1, 6, 13, 10)).shape[2:]
    count = formula(COSTS, "multiply-adds")(**CHOSEN, h_o=h_o, w_o=w_o)
    assert count == count_cost(conv, (1, 6, 13, 10))[1]
    share = formula(COSTS, "their share")(**CHOSEN)
    assert share == pytest.approx(parameters(SEPARABLE) / parameters(conv))
    # He et al. name theirs by their layers: 3, 5, 7, 9 and 18 blocks.
    layers = formula(COSTS, "layers of a CIFAR ResNet")
    names = [layers(m=m) for m in (3, 5, 7, 9, 18)]
    assert names == [20, 32, 44, 56, 110]


# --- Start and steps --------------------------------------------------------


def test_initialization():
    torch.manual_seed(0)
    conv = nn.Conv2d(40, 60, 5)
    sizes = dict(c_i=40, c_o=60, k=5)
    n_i = formula(STEPS, "inputs of a unit")(**sizes)
    n_o = formula(STEPS, "places that")(**sizes)
    assert (n_i, n_o) == nn.init._calculate_fan_in_and_fan_out(conv.weight)
    for what, init in [
        ("PyTorch's own", lambda weight: None),
        ("Xavier", nn.init.xavier_uniform_),
        ("He", lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu")),
    ]:
        init(conv.weight)
        variance = formula(STEPS, what)(n_i=n_i, n_o=n_o)
        assert conv.weight.var().item() == pytest.approx(variance, rel=0.03)


def steps_of_sgd(count, **options):
    """Return a weight of 2 after some steps; its gradient is always 3."""
    w = nn.Parameter(torch.tensor(2.0))
    sgd = torch.optim.SGD([w], lr=0.1, **options)
    for _ in range(count):
        w.grad = torch.tensor(3.0)
        sgd.step()
    return w.item()


def test_steps():
    values = dict(w=2.0, _eta=0.1, g=3.0, _lambda=0.01)
    stepped = formula(STEPS, "SGD")(**values)
    assert steps_of_sgd(1, weight_decay=0.01) == pytest.approx(stepped)
    v, w = 0.0, 2.0
    for _ in range(3):
        v = formula(STEPS, "momentum")(v=v, g=3.0, _mu=0.9)
        w -= 0.1 * v
    assert steps_of_sgd(3, momentum=0.9) == pytest.approx(w)


def test_first_loss_and_dropout():
    loss = F.cross_entropy(torch.zeros(4, 10), torch.arange(4)).item()
    assert formula(STEPS, "loss with ten")() == pytest.approx(loss, rel=1e-6)
    kept = nn.Dropout(0.3)(torch.ones(1000)).unique()
    factor = formula(STEPS, "dropout")(p=0.3)
    assert kept.tolist() == pytest.approx([0, factor])


# --- Shapes -----------------------------------------------------------------

NAMES = {"torch": torch, "nn": nn} | vars(course_utils)


def run(code, shape):
    """Return the output's shape and the parameters of a line of code."""
    X = torch.zeros(shape)
    result = eval(code.strip("`"), {**NAMES, "X": X})
    if isinstance(result, nn.Module):
        output = result.eval()(X)
        return tuple(output.shape), parameters(result)
    return tuple(result.shape), None


@pytest.mark.parametrize("row", LINES, ids=lambda row: row[0].strip("`"))
def test_one_line_each(row):
    code, before, after, count, _ = row
    shape, size = run(code, ast.literal_eval(before))
    assert shape == ast.literal_eval(after)
    assert size == (number(count) if count else None)


@pytest.mark.parametrize("name, table", [("LeNet", LENET), ("NiN", NIN)])
def test_networks(name, table):
    pattern = rf"{name} \(.*?\), ([\d,]+) parameters, on \((.*?)\):"
    total, shape = re.search(pattern, TEXT).groups()
    shape, added = ast.literal_eval(f"({shape})"), 0
    for code, after, count in table:
        shape, size = run(code, shape)
        assert (shape, size) == (ast.literal_eval(after), number(count))
        added += size
    assert added == number(total)


def test_training_lines_fit_the_functions():
    (block,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    calls = [
        node
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert len(calls) == 5
    for call in calls:
        function = getattr(course_utils, call.func.id)
        keywords = {keyword.arg: 0 for keyword in call.keywords}
        inspect.signature(function).bind(*call.args, **keywords)


def test_every_formula_is_asked_for():
    """A row that no test reads would be free to be wrong."""
    code = Path(__file__).read_text(encoding="utf-8")
    rows = SIZES + COSTS + STEPS
    names = re.findall(r"""(["'])(.+?)\1""", code)
    asked = [pick(rows, name) for _, name in names]
    assert all([row] in asked for row in rows)
