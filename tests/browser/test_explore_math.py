"""The arithmetic of the live figures, in Chromium, compared with PyTorch."""

import math
import random

import pytest
import torch
import torch.nn.functional as F
from live_figures import data_of, images, lenet
from torch import nn

from course_utils import explore


def assert_close(actual, expected):
    torch.testing.assert_close(
        actual.to(expected.dtype), expected, atol=1e-4, rtol=1e-4
    )


# --- Stacks -----------------------------------------------------------------


def seen_by(layers, n, output):
    """Return which cells of each map an output has a gradient at."""
    maps = [torch.ones(1, 1, n, dtype=torch.double, requires_grad=True)]
    for layer in layers:
        size, stride, dilation = layer.values()
        weight = torch.ones(1, 1, size, dtype=torch.double)
        maps.append(F.conv1d(maps[-1], weight, None, stride, 0, dilation))
        maps[-1].retain_grad()
    maps[-1][0, 0, output].backward()
    return [torch.nonzero(H.grad[0, 0]).flatten().tolist() for H in maps]


def test_receptive_field(compute):
    """Size, jump and the very cells of each map, against gradients."""
    rng = random.Random(6)
    choices = {
        "kernel": (1, 2, 3, 5),
        "stride": (1, 1, 2, 3),
        "dilation": (1, 1, 2, 4),
    }
    stacks = [
        [
            {name: rng.choice(sizes) for name, sizes in choices.items()}
            for _ in range(rng.randint(1, 5))
        ]
        for _ in range(120)
    ]
    results = compute(
        "receptive_field",
        """(layers) => [math.receptiveField(layers).pop(),
            math.spans(layers), math.seen(layers)]""",
        stacks,
    )
    for layers, (field, spans, seen) in zip(stacks, results):
        n = field["size"] + field["jump"]
        first, second = (seen_by(layers, n, output) for output in (0, 1))
        assert seen == first
        assert spans == [cells[-1] + 1 for cells in first]
        assert field["size"] == spans[0]
        assert field["jump"] == second[0][0]


# --- LeNet ------------------------------------------------------------------

# Paints a spot on a picture that is moved and turned, and runs the net.
FORWARD = """([params, settings]) => {
    const { layers, images, low } = revive(params);
    return settings.map(([i, place, at]) => {
        const picture = math.lenet.pictures(images)[i];
        const board = math.lenet.board(picture, low);
        math.lenet.paint(board, place, at, 1);
        const X = math.lenet.view(board, place);
        const { outputs, probabilities } = math.lenet.forward(layers, X);
        const lists = outputs.map(({ data }) => Array.from(data));
        return { X: Array.from(X.data), outputs: lists, probabilities };
    });
}"""


def placed(X, down, right, turn):
    """Turn clockwise, then move; on a larger ground: nothing is cut off."""
    X = F.pad(X, (24,) * 4)
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    theta = torch.tensor([[c, s, 0.0], [-s, c, 0.0]])
    theta = theta.expand(len(X), 2, 3)
    grid = F.affine_grid(theta, X.shape, align_corners=False)
    X = F.grid_sample(X, grid, align_corners=False)
    return torch.roll(X, (down, right), (-2, -1))[..., 24:-24, 24:-24]


def random_setting(rng, i):
    """Return an image's number, where it is, and which pixel is painted."""
    down, right = rng.randint(-10, 10), rng.randint(-10, 10)
    place = {"down": down, "right": right, "turn": rng.randint(-36, 36) * 5}
    return i, place, [rng.randint(0, 27), rng.randint(0, 27)]


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("activation", [nn.Sigmoid, nn.ReLU, nn.Tanh])
@pytest.mark.parametrize("pool", [nn.AvgPool2d, nn.MaxPool2d])
def test_every_layer(compute, activation, pool, norm):
    """Of images that are moved, turned and painted; the net had trained."""
    rng = random.Random(1)
    net, X = lenet(activation, pool, norm=norm), images(12)
    corner = 0, {"down": -10, "right": -10, "turn": 45}, [27, 27]
    settings = [corner, *(random_setting(rng, i) for i in range(len(X)))]
    figure = data_of(explore.lenet(net.train(), X))
    (results,) = compute("lenet", FORWARD, [[figure["params"], settings]])
    for (i, place, (row, column)), result in zip(settings, results):
        seen = torch.tensor(result["X"]).reshape(1, 1, 28, 28)
        assert seen[0, 0, row, column] == pytest.approx(1)
        # All but the painted spot is as PyTorch turns and moves it.
        other = (seen - placed(X[i : i + 1], **place)).abs() > 1e-4
        assert 0 < other.sum() <= 25
        assert_same_layers(net.eval(), seen, result)


@torch.no_grad()
def assert_same_layers(net, H, result):
    """Compare every layer's output, and the probabilities."""
    outputs = iter(result["outputs"])
    for layer in net:
        H = layer(H)
        if not isinstance(layer, (nn.Identity, nn.Dropout)):
            assert_close(torch.tensor(next(outputs)), H.flatten())
    assert next(outputs, None) is None
    assert_close(torch.tensor(result["probabilities"]), H[0].softmax(0))


# --- The residual path ------------------------------------------------------

DRAW = """(draw) => {
    const { blocks, ...stack } = math.residual.draw(draw);
    const pairs = blocks.map((pair) => pair.map((W) => Array.from(W)));
    return { ...stack, X: Array.from(stack.X), last: Array.from(stack.last),
        blocks: pairs };
}"""
RUN = """({ draw, depth, ...options }) =>
    math.residual.run(math.residual.draw(draw), depth, options)"""


def reference(stack, depth, scale, shortcut, norm):
    """Run the stack in PyTorch, on the numbers that the page drew."""

    def tensor(values, columns=stack["width"]):
        return torch.tensor(values, dtype=torch.double).reshape(-1, columns)

    def wrapped(Z):
        return F.batch_norm(Z, None, None, training=True) if norm else Z

    weights = [
        [(scale * tensor(W)).requires_grad_() for W in pair]
        for pair in stack["blocks"][:depth]
    ]
    kept = [tensor(stack["X"])]
    for W1, W2 in weights:
        H = kept[-1]
        Y = wrapped(F.linear(F.relu(wrapped(F.linear(H, W1))), W2))
        kept.append(F.relu(Y + H if shortcut else Y))
        kept[-1].retain_grad()
    scores = F.linear(kept[-1], tensor(stack["last"]))
    F.cross_entropy(scores, torch.tensor(stack["y"])).backward()
    return {
        "spread": [H.detach().std(dim=0).mean().item() for H in kept],
        "signal": [H.grad.norm().item() for H in kept[1:]],
        "weight": [
            torch.cat([W1.grad, W2.grad]).norm().item() for W1, W2 in weights
        ],
        "scores": scores.detach().flatten().tolist(),
    }


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("shortcut", [False, True])
def test_residual_path(compute, shortcut, norm):
    """Spreads, gradients and scores, over depths, widths, seeds, scales."""
    rng, cases = random.Random(2 * shortcut + norm), []
    for depth in [*range(1, 11), 30]:
        draw = {"blocks": depth, "width": rng.choice((8, 32)), "seed": depth}
        case = {"depth": depth, "scale": rng.randint(5, 40) / 20}
        cases.append({**case, "shortcut": shortcut, "norm": norm})
        cases[-1]["draw"] = draw
    stacks = compute("residual", DRAW, [case["draw"] for case in cases])
    runs = compute("residual", RUN, cases)
    for case, stack, run in zip(cases, stacks, runs):
        del case["draw"]
        for name, values in reference(stack, **case).items():
            # Relative: the numbers span many powers of ten.
            assert run[name] == pytest.approx(values, rel=1e-4, abs=0)


def test_residual_draw(compute):
    """Normal numbers of He's spread, the same for a seed."""
    draws = [{"blocks": 8, "width": 32, "seed": seed} for seed in (0, 0, 1)]
    one, again, other = compute("residual", DRAW, draws)
    assert one == again and other["X"] != one["X"]
    weights = torch.tensor(one["blocks"]) / (2 / 32) ** 0.5
    for power, moment in ((1, 0), (2, 1), (3, 0), (4, 3)):
        assert (weights**power).mean() == pytest.approx(moment, abs=0.15)
    assert sorted(set(one["y"])) == list(range(10))
