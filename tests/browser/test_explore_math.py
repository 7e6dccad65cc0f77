"""The arithmetic of the live figures, in Chromium, compared with PyTorch."""

import json
import math
import random

import pytest
import torch
import torch.nn.functional as F
from live_figures import images, lenet
from torch import nn

from course_utils import explore

CASES = 60


def as_map(X):
    """Return a tensor as the scripts have it: (c,) h, w."""
    h, w = X.shape[-2:]
    c = X.shape[-3] if X.ndim > 2 else 1
    data = X.flatten().tolist()
    return {"data": data, "shape": list(X.shape), "c": c, "h": h, "w": w}


def as_tensor(Y):
    """Return a map that a script returned, as (c, h, w)."""
    return torch.tensor(Y["data"]).reshape(Y["c"], Y["h"], Y["w"])


def assert_close(actual, expected):
    torch.testing.assert_close(
        actual.to(expected.dtype), expected, atol=1e-4, rtol=1e-4
    )


def or_none(function, *args, **kwargs):
    """Return a function's value, or None where PyTorch refuses."""
    try:
        return function(*args, **kwargs)
    except RuntimeError:
        return None


# --- One operation ----------------------------------------------------------


def conv_case(rng):
    """Return a random input, kernel and bias, and options."""
    c_in, c_out = rng.randint(1, 3), rng.randint(1, 3)
    X = torch.randn(c_in, rng.randint(3, 12), rng.randint(3, 12))
    K = torch.randn(c_out, c_in, rng.randint(1, 5), rng.randint(1, 5))
    options = {
        "padding": [rng.randint(0, 3), rng.randint(0, 3)],
        "stride": [rng.randint(1, 3), rng.randint(1, 3)],
        "dilation": rng.randint(1, 3),
    }
    return X, K, torch.randn(c_out), options


def test_conv(compute):
    """With padding, stride and dilation; empty where no window fits."""
    rng = random.Random(0)
    cases = [conv_case(rng) for _ in range(3 * CASES)]
    results = compute(
        "cross_correlation",
        """([X, K, bias, options]) => math.conv(
            { ...X, data: Float32Array.from(X.data) }, K, bias, options)""",
        [[as_map(X), as_map(K), b.tolist(), o] for X, K, b, o in cases],
    )
    refused = 0
    for (X, K, bias, options), result in zip(cases, results):
        expected = or_none(F.conv2d, X[None], K, bias, **options)
        if expected is None:
            assert result["h"] * result["w"] == 0
            refused += 1
        else:
            assert_close(as_tensor(result), expected[0])
    assert 0 < refused < CASES


SETTINGS = [
    (n, k, padding, stride, dilation)
    for n in (3, 5, 8, 14)
    for k in (1, 2, 3, 7)
    for padding in (0, 1, 4)
    for stride in (1, 2, 3, 4)
    for dilation in (1, 2, 3)
]


def test_places(compute):
    """How many there are, none where PyTorch refuses, and what they touch."""
    results = compute(
        "padding_and_stride",
        "(s) => [math.places(...s), math.touched(...s)]",
        SETTINGS,
    )
    refused = 0
    for setting, (places, touched) in zip(SETTINGS, results):
        n, k, padding, stride, dilation = setting
        x, K = torch.ones(1, 1, n, requires_grad=True), torch.ones(1, 1, k)
        y = or_none(F.conv1d, x, K, None, stride, padding, dilation)
        assert len(touched) == n + 2 * padding
        if y is None:
            assert places <= 0 and not any(touched)
            refused += 1
        else:
            assert places == y.shape[-1]
            y.sum().backward()
            expected = (x.grad[0, 0] > 0).tolist()
            assert touched[padding : padding + n] == expected
    assert 0 < refused < len(SETTINGS)


@pytest.mark.parametrize("mode", ["max", "avg"])
def test_pool_of_shifted_pictures(compute, mode):
    pool = {"max": F.max_pool2d, "avg": F.avg_pool2d}[mode]
    rng, cases = random.Random(3), []
    for _ in range(CASES):
        X = torch.randn(rng.randint(1, 3), rng.randint(4, 9), 8)
        numbers = [rng.randint(1, 4), rng.randint(1, 4)]
        cases.append((X, numbers, [rng.randint(0, 3), rng.randint(0, 3)]))
    results = compute(
        "pooling",
        f"([X, [k, s], move]) => math.pool(math.shift(X, ...move), k, s, "
        f"'{mode}')",
        [[as_map(X), *rest] for X, *rest in cases],
    )
    for (X, (k, stride), (down, right)), result in zip(cases, results):
        h, w = X.shape[1:]
        shifted = F.pad(X, (right, 0, down, 0))[:, :h, :w]
        assert_close(as_tensor(result), pool(shifted[None], k, stride)[0])


def test_pool_at_the_border(compute):
    """With a padding, with windows that hang over, and what a mean counts."""
    rng, cases = random.Random(5), []
    for _ in range(CASES):
        X, k = torch.randn(2, rng.randint(4, 9), 8), [2, rng.randint(2, 4)]
        stride = [rng.randint(1, 4), rng.randint(1, 4)]
        padding = [rng.randint(0, 1), rng.randint(0, 1)]
        flags = {"ceil": rng.random() < 0.5, "counted": rng.random() < 0.5}
        cases.append([X, k, stride, {"padding": padding, **flags}])
    results = compute(
        "pooling",
        """([X, k, stride, options]) => ["max", "avg"].map(
            (mode) => math.pool(X, k, stride, mode, options))""",
        [[as_map(X), *rest] for X, *rest in cases],
    )
    for (X, k, stride, options), (most, mean) in zip(cases, results):
        ceil, padding = options["ceil"], options["padding"]
        where = (X[None], k, stride, padding)
        expected = F.max_pool2d(*where, ceil_mode=ceil)[0]
        assert_close(as_tensor(most), expected)
        expected = F.avg_pool2d(*where, ceil, options["counted"])[0]
        assert_close(as_tensor(mean), expected)


def test_steps_of_a_walk(compute):
    """The products of all channels, at each place, add up to the output."""
    rng = random.Random(0)
    cases = [conv_case(rng) for _ in range(CASES)]
    results = compute(
        "padding_walk",
        """([X, K, options]) => {
            X = { ...X, data: Float32Array.from(X.data) };
            K = { ...K, data: Float32Array.from(K.data) };
            K.c = K.shape[0] * K.shape[1];
            const walk = math.walk({ X, K, ...options });
            const { c, h, w } = walk.Y;
            const places = Array.from({ length: c * h * w }, (_, p) => p);
            const data = places.map((p) => {
                const [i, j] = [Math.floor(p / w) % h, p % w];
                const o = Math.floor(p / (h * w));
                return Array.from({ length: X.c }, (_, channel) =>
                    math.sum(math.step(walk, channel, o, i, j).products.data)
                ).reduce((a, b) => a + b);
            });
            return { data, c, h, w };
        }""",
        [[as_map(X), as_map(K), options] for X, K, _, options in cases],
    )
    seen = 0
    for (X, K, _, options), result in zip(cases, results):
        expected = or_none(F.conv2d, X[None], K, **options)
        if expected is not None:
            assert_close(as_tensor(result), expected[0])
            seen += 1
    assert seen > CASES / 2


# --- Stacks -----------------------------------------------------------------


def build(layers):
    """Return convolutions whose weights are all 1."""
    net = nn.Sequential()
    for layer in layers:
        size, *options = layer.values()
        net.append(nn.Conv1d(1, 1, size, options[0], 0, options[1]))
    for weight in net.double().parameters():
        nn.init.ones_(weight)
    return net


def seen_by(net, n, output):
    """Return the input positions that an output has a gradient at."""
    x = torch.ones(1, 1, n, dtype=torch.double, requires_grad=True)
    net(x)[0, 0, output].backward()
    return torch.nonzero(x.grad[0, 0]).flatten().tolist()


def test_receptive_field(compute):
    """Size, jump and the very pixels, against gradients."""
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
        for _ in range(CASES)
    ]
    results = compute(
        "receptive_field",
        """(layers) => ({
            fields: math.receptiveField(layers),
            spans: math.spans(layers),
            seen: math.seen(layers),
        })""",
        stacks,
    )
    for layers, result in zip(stacks, results):
        for depth in range(1, len(layers) + 1):
            net, field = build(layers[:depth]), result["fields"][depth]
            n = field["size"] + field["jump"]
            first, second = (seen_by(net, n, output) for output in (0, 1))
            assert field["size"] == first[-1] - first[0] + 1
            assert field["jump"] == second[0] - first[0]
            # What the output sees of the map below the last `depth` layers.
            top = layers[-depth:]
            below = seen_by(build(top), result["spans"][-1 - depth], 0)
            assert result["seen"][-1 - depth] == below
            assert result["spans"][-1 - depth] == below[-1] + 1


# --- LeNet ------------------------------------------------------------------

# Brings a figure's parameters back to arrays, and runs the net.
FORWARD = """([params, settings]) => {
    const revive = (value) => {
        if (value === null || typeof value !== "object") return value;
        if (Array.isArray(value)) return value.map(revive);
        if (!("base64" in value)) return Object.fromEntries(
            Object.entries(value).map(([k, v]) => [k, revive(v)]));
        const bytes = Uint8Array.from(atob(value.base64),
            (c) => c.charCodeAt(0));
        const types = { float32: Float32Array, uint8: Uint8Array };
        const data = new types[value.dtype](bytes.buffer);
        return { data, shape: value.shape };
    };
    const { layers, images, low } = revive(params);
    return settings.map(([i, place, at]) => {
        const picture = math.lenet.pictures(images)[i];
        const board = math.lenet.board(picture, low);
        math.lenet.paint(board, place, at, low);
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


def random_place(rng):
    return {
        "down": rng.randint(-10, 10),
        "right": rng.randint(-10, 10),
        "turn": rng.randint(-36, 36) * 5,
    }


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("activation", [nn.Sigmoid, nn.ReLU, nn.Tanh])
@pytest.mark.parametrize("pool", [nn.AvgPool2d, nn.MaxPool2d])
def test_every_layer(compute, activation, pool, norm):
    """Of images that are moved, turned and partly erased."""
    rng = random.Random(1)
    net, X = lenet(activation, pool, norm=norm).eval(), images(6)
    settings = [
        [i, random_place(rng), [rng.randint(0, 27), rng.randint(0, 27)]]
        for i in range(len(X))
    ]
    params = explore.lenet(net, X).params
    params = json.loads(json.dumps(params, default=lambda v: v.json))
    (results,) = compute("lenet", FORWARD, [[params, settings]])
    erased = 0
    for (i, place, _), result in zip(settings, results):
        seen = torch.tensor(result["X"]).reshape(1, 1, 28, 28)
        # All but the erased spot is as PyTorch turns and moves it.
        other = (seen - placed(X[i : i + 1], **place)).abs() > 1e-4
        assert other.sum() <= 25
        erased += int(other.sum())
        assert_same_layers(net, seen, result)
    assert erased > 0


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


def test_what_is_moved_out_comes_back(compute):
    """A spot painted in sight moves and turns with the picture."""
    rng = random.Random(4)
    cases = [
        [random_place(rng), [rng.randint(0, 27), rng.randint(0, 27)]]
        for _ in range(CASES)
    ]
    results = compute(
        "lenet",
        """([place, at]) => {
            const board = math.lenet.board(math.map(28, 28), 0);
            math.lenet.paint(board, place, at, 1);
            const there = math.lenet.view(board, place);
            return {
                count: board.data.reduce((a, b) => a + b),
                seen: there.data[at[0] * 28 + at[1]],
            };
        }""",
        cases,
    )
    for result in results:
        assert result["count"] == 9
        assert result["seen"] == pytest.approx(1)


# --- The residual path ------------------------------------------------------

DRAW = """(draw) => {
    const { X, y, last, width, blocks } = math.residual.draw(draw);
    const pairs = blocks.map((pair) => pair.map((W) => Array.from(W)));
    return { X: Array.from(X), y, last: Array.from(last), width,
        blocks: pairs };
}"""
RUN = """({ draw, depth, scale, shortcut, norm }) => {
    const stack = math.residual.draw(draw);
    const options = { scale, shortcut, norm };
    return math.residual.run(stack, depth, options);
}"""


def reference(stack, depth, scale, shortcut, norm):
    """Run the stack in PyTorch, on the numbers that the page drew."""
    width = stack["width"]

    def tensor(values, rows):
        return torch.tensor(values, dtype=torch.double).reshape(rows, -1)

    def wrapped(Z):
        return F.batch_norm(Z, None, None, training=True) if norm else Z

    X, last = tensor(stack["X"], 32), tensor(stack["last"], 10)
    weights = [
        [(scale * tensor(W, width)).requires_grad_() for W in pair]
        for pair in stack["blocks"][:depth]
    ]
    kept = [X]
    for W1, W2 in weights:
        H = kept[-1]
        Y = wrapped(F.linear(F.relu(wrapped(F.linear(H, W1))), W2))
        out = F.relu(Y + H if shortcut else Y)
        out.requires_grad_().retain_grad()
        kept.append(out)
    scores = F.linear(kept[-1], last)
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
    rng = random.Random(2 * shortcut + norm)
    cases = []
    for depth in [*range(1, 11), 30]:
        draw = {"blocks": depth, "width": rng.choice((8, 32)), "seed": depth}
        case = {
            "draw": draw,
            "depth": depth,
            "scale": rng.randint(5, 40) / 20,
        }
        cases.append({**case, "shortcut": shortcut, "norm": norm})
    stacks = compute("residual", DRAW, [case["draw"] for case in cases])
    runs = compute("residual", RUN, cases)
    for case, stack, run in zip(cases, stacks, runs):
        expected = reference(
            stack, case["depth"], case["scale"], shortcut, norm
        )
        for name, values in expected.items():
            # Relative: the numbers span many powers of ten.
            assert run[name] == pytest.approx(values, rel=1e-4, abs=0)


def test_residual_draw(compute):
    """Normal numbers, the same for a seed, others for another."""
    draws = [
        {"blocks": 8, "width": 32, "seed": 0},
        {"blocks": 9, "width": 32, "seed": 0},
        {"blocks": 8, "width": 32, "seed": 1},
    ]
    one, deeper, other = compute("residual", DRAW, draws)
    assert deeper["X"] == one["X"] and deeper["blocks"][:8] == one["blocks"]
    assert other["X"] != one["X"]
    weights = [v for pair in one["blocks"] for W in pair for v in W]
    weights = torch.tensor(weights) / (2 / 32) ** 0.5
    for power, moment in ((1, 0), (2, 1), (3, 0), (4, 3)):
        assert (weights**power).mean() == pytest.approx(moment, abs=0.15)
    assert sorted(set(one["y"])) == list(range(10))


# --- The gain of a recipe ---------------------------------------------------

# Two-sided 95% quantiles of Student's t, from printed tables.
T95 = {
    1: 12.706,
    2: 4.303,
    3: 3.182,
    4: 2.776,
    9: 2.262,
    30: 2.042,
    99: 1.984,
}


def test_interval_of_a_gain(compute):
    quantiles = compute("gain", "math.t95", list(T95))
    assert quantiles == pytest.approx(list(T95.values()), abs=6e-4)
    a, b = {0: 0.3, 1: 0.5, 2: 0.9, 5: 1.0}, {0: 0.2, 1: 0.3, 2: 0.6, 4: 0.0}
    (gain,) = compute("gain", "([a, b]) => math.gain(a, b)", [[a, b]])
    # Differences 0.1, 0.2, 0.3: mean 0.2, standard deviation 0.1.
    assert gain["seeds"] == ["0", "1", "2"]
    assert gain["mean"] == pytest.approx(0.2)
    assert gain["half"] == pytest.approx(4.303 * 0.1 / math.sqrt(3), rel=1e-3)


def test_pairs_needed(compute):
    """The first number with t * 0.1 / sqrt(n) below the mean, by tables."""
    cases = [{"mean": m, "deviation": 0.1} for m in (0.2, 0.1, -0.1, 0.01)]
    needed = compute("gain", "math.pairsNeeded", cases)
    assert needed == [4, 7, 7, None]
