"""LeNet in the page, compared with PyTorch, layer by layer."""

import itertools
import json
import math
import random
import re

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_utils import explore

ACTIVATIONS = (nn.Sigmoid, nn.ReLU, nn.Tanh)
POOLINGS = (nn.AvgPool2d, nn.MaxPool2d)
CLASSES = [f"garment {i}" for i in range(10)]
FRAME, PAUSE = 20, 600  # ms: more than a frame; until readers are told
STILL = {"down": 0, "right": 0, "turn": 0}
# What `compute` needs to bring a figure's parameters back to arrays.
REVIVE = """
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
"""


def lenet(activation, pool, *, norm=False, seed=0):
    """Return LeNet with random weights, of a size that moves the scores."""
    torch.manual_seed(seed)
    norm2d, norm1d = (
        (nn.BatchNorm2d, nn.BatchNorm1d) if norm else (nn.Identity,) * 2
    )
    net = nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),
        norm2d(6),
        activation(),
        pool(kernel_size=2, stride=2),
        nn.Conv2d(6, 16, kernel_size=5, bias=not norm),
        norm2d(16),
        activation(),
        nn.Dropout(0.5),
        pool(kernel_size=2, stride=2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120),
        norm1d(120),
        activation(),
        nn.Linear(120, 84),
        activation(),
        nn.Linear(84, 10),
    )
    for module in net.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.xavier_uniform_(module.weight, gain=2)
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            for values in (module.weight, module.bias, module.running_mean):
                nn.init.normal_(values)
            nn.init.uniform_(module.running_var, 0.2, 3)
    return net


def images(count, seed=0):
    """Return random images of bytes from 0 to 1; zero is half of them."""
    generator = torch.Generator().manual_seed(seed)
    X = torch.randint(0, 256, (count, 1, 28, 28), generator=generator)
    holes = torch.rand(X.shape, generator=generator) < 0.5
    return X.masked_fill(holes, 0) / 255


def turned(X, degrees):
    """Turn images clockwise about their center, bilinear, zeros come in."""
    angle = math.radians(degrees)
    c, s = math.cos(angle), math.sin(angle)
    theta = torch.tensor([[c, s, 0.0], [-s, c, 0.0]])
    grid = F.affine_grid(
        theta.expand(len(X), 2, 3), X.shape, align_corners=False
    )
    return F.grid_sample(
        X, grid, mode="bilinear", padding_mode="zeros", align_corners=False
    )


def moved(X, down, right):
    """Move images by whole pixels; zeros come in."""
    h, w = X.shape[-2:]
    top, left = max(-down, 0), max(-right, 0)
    X = F.pad(X, (max(right, 0), left, max(down, 0), top))
    return X[..., top : top + h, left : left + w]


def placed(X, down, right, turn):
    """Turn, then move; on a larger ground, so that nothing is cut off."""
    margin = 24
    larger = F.pad(X, (margin,) * 4)
    X = moved(turned(larger, turn), down, right)
    return X[..., margin:-margin, margin:-margin]


def random_place(rng):
    return {
        "down": rng.randint(-10, 10),
        "right": rng.randint(-10, 10),
        "turn": rng.randint(-36, 36) * 5,
    }


def plain(figure):
    """Return a figure's parameters as JSON has them."""
    return json.loads(json.dumps(figure.params, default=lambda v: v.json))


def assert_close(actual, expected):
    torch.testing.assert_close(actual, expected, atol=1e-4, rtol=1e-4)


# --- What it computes ----------------------------------------------------


RUN = f"""([params, settings]) => {{
    {REVIVE}
    const {{ layers, images, low }} = revive(params);
    return settings.map(([i, place, at]) => {{
        const picture = math.lenet.pictures(images)[i];
        const board = math.lenet.board(picture, low);
        math.lenet.paint(board, place, at, low);
        const X = math.lenet.view(board, place);
        const {{ outputs, probabilities }} = math.lenet.forward(layers, X);
        const lists = outputs.map(({{ data }}) => Array.from(data));
        return {{ X: Array.from(X.data), outputs: lists, probabilities }};
    }});
}}"""


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("pool", POOLINGS)
def test_every_layer(compute, activation, pool, norm):
    """Of images that are moved, turned and partly erased."""
    rng, erased = random.Random(1), 0
    for seed in range(2):
        net = lenet(activation, pool, norm=norm, seed=seed).eval()
        X = images(12, seed)
        settings = [
            [i, random_place(rng), [rng.randint(0, 27), rng.randint(0, 27)]]
            for i in range(len(X))
        ]
        params = plain(explore.lenet(net, X))
        (results,) = compute("lenet", RUN, [[params, settings]])
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


VIEW = """([data, place]) => {
    const picture = { data: Float32Array.from(data), c: 1, h: 28, w: 28 };
    const board = math.lenet.board(picture, 0);
    return Array.from(math.lenet.view(board, place).data);
}"""


def views(compute, cases):
    """Return what the page sees of images at their places."""
    results = compute(
        "lenet", VIEW, [[X.flatten().tolist(), p] for X, p in cases]
    )
    return torch.tensor(results).reshape(-1, 1, 1, 28, 28)


def test_moving(compute):
    """By every whole number of pixels, it is exact."""
    cases = [
        (X, {"down": d, "right": r, "turn": 0})
        for d, r in itertools.product(range(-10, 11, 2), range(-10, 11, 5))
        for X in images(1, seed=d + 10)
    ]
    for (X, place), result in zip(cases, views(compute, cases)):
        expected = moved(X, place["down"], place["right"])
        assert torch.equal(result[0, 0], expected[0])


def test_turning(compute):
    cases = [
        (X, {**STILL, "turn": turn})
        for turn in range(-180, 181, 15)
        for X in images(2, seed=turn + 180)
    ]
    for (X, place), result in zip(cases, views(compute, cases)):
        assert_close(result, turned(X[None], place["turn"]))


def test_turning_and_moving(compute):
    rng = random.Random(2)
    cases = [(X, random_place(rng)) for X in images(60, seed=3)]
    for (X, place), result in zip(cases, views(compute, cases)):
        assert_close(result, placed(X[None], **place))


def test_what_is_moved_out_comes_back(compute):
    """A spot painted in sight moves and turns with the picture."""
    rng = random.Random(4)
    cases = []
    for _ in range(60):
        place = random_place(rng)
        cases.append([place, [rng.randint(0, 27), rng.randint(0, 27)]])
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


def test_strokes_have_no_gaps(compute):
    rng = random.Random(5)
    ends = [
        [[rng.randint(0, 27) for _ in "ij"] for _ in "ab"] for _ in "c" * 40
    ]
    results = compute(
        "lenet",
        """([from, to]) => {
            const still = { down: 0, right: 0, turn: 0 };
            const picture = math.map(28, 28, 1);
            const board = math.lenet.board(picture, 0);
            math.lenet.stroke(board, still, from, to, 0);
            return Array.from(math.lenet.view(board, still).data);
        }""",
        ends,
    )
    for (start, end), result in zip(ends, results):
        erased = torch.tensor(result).reshape(28, 28) == 0
        for t in torch.linspace(0, 1, 30):
            i, j = (round(a + (b - a) * t.item()) for a, b in zip(start, end))
            assert erased[i, j]
        box = [sorted(pair) for pair in zip(start, end)]
        for i, j in erased.nonzero().tolist():
            assert box[0][0] - 1 <= i <= box[0][1] + 1
            assert box[1][0] - 1 <= j <= box[1][1] + 1


# --- What it shows -------------------------------------------------------


@pytest.fixture
def shown(load):
    """Return a page with a net of random weights, the net, and images."""
    net, X = lenet(nn.ReLU, nn.MaxPool2d).eval(), images(4, seed=7)
    return load(explore.lenet(net, X, [3, 1, 4, 1], CLASSES)), net, X


def percentages(page):
    """Return the probabilities as the bars write them."""
    page.clock.run_for(FRAME)
    texts = page.locator(".cx-percent").all_inner_texts()
    return torch.tensor([float(text.rstrip("%")) / 100 for text in texts])


def assert_shows(page, net, X):
    with torch.no_grad():
        p = net(X)[0].softmax(0)
    torch.testing.assert_close(percentages(page), p, atol=6e-4, rtol=0)
    answer = f"Answer: {CLASSES[p.argmax()]}, {100 * p.max():.1f}%."
    assert page.locator(".cx-line").inner_text().startswith(answer)


def pixels(page, selector=".cx-view canvas"):
    """Return the red values of a canvas, from a copy that may be read."""
    return page.locator(selector).first.evaluate(
        """(canvas) => {
            const { width, height } = canvas;
            const copy = new OffscreenCanvas(width, height)
                .getContext("2d", { willReadFrequently: true });
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(0, 0, width, height);
            return Array.from(data).filter((_, p) => p % 4 === 0);
        }"""
    )


def test_shows_the_probabilities(shown):
    page, net, X = shown
    assert_shows(page, net, X[:1])
    assert "True class: garment 3." in page.locator(".cx-line").inner_text()
    assert page.locator("li", has_text="garment 3 (true)").count() == 1
    expected = (255 * X[0]).round().int().flatten().tolist()
    assert pixels(page) == expected
    assert not page.trouble


def test_sliders(shown):
    page, net, X = shown
    for down, right, turn in ((3, -2, 45), (-10, 10, -180), (0, 0, 90)):
        for name, value in (("down", down), ("right", right), ("turn", turn)):
            page.get_by_label(name).fill(str(value))
        assert_shows(page, net, placed(X[:1], down, right, turn))
    assert not page.trouble


def test_keyboard_alone(shown):
    """Pick a picture, move and turn it, erase, draw, and go back."""
    page, net, X = shown
    radio = page.get_by_role("radio").first
    radio.focus()
    radio.press("ArrowRight")
    assert_shows(page, net, X[1:2])
    page.get_by_label("right").press("ArrowRight")
    page.get_by_label("turn").press("ArrowLeft")
    X = placed(X[1:2], 0, 1, -5)
    assert_shows(page, net, X)
    page.get_by_role("button", name="reset").press("Enter")
    before = percentages(page)
    view = page.locator(".cx-view")
    view.focus()
    for key in ("ArrowUp", "ArrowLeft"):
        view.press(key)
    page.clock.run_for(PAUSE)
    line = page.locator(".cx-line")
    assert "Cursor: row 14, column 14." in line.inner_text()
    assert page.locator(".cx-window").count() == 1
    page.keyboard.down("Space")
    for _ in range(4):
        view.press("ArrowDown")
    page.keyboard.up("Space")
    view.press("ArrowDown")
    gone = images(4, seed=7)[1:2]
    gone[..., 12:19, 12:15] = 0
    assert_shows(page, net, gone)
    assert percentages(page).sub(before).abs().max() > 1e-3
    page.get_by_label("brush").select_option("draw")
    view.focus()
    page.keyboard.press("Space")
    gone[..., 17:20, 12:15] = 1
    assert_shows(page, net, gone)
    assert page.evaluate("scrollY") == 0
    assert not page.trouble


def test_pointer_erases_and_reset_restores(shown):
    page, net, X = shown
    start = pixels(page)
    box = page.locator(".cx-view").bounding_box()
    cell = box["width"] / 28

    def point(i, j):
        return box["x"] + (j + 0.5) * cell, box["y"] + (i + 0.5) * cell

    page.mouse.move(*point(5, 4))
    page.mouse.down()
    page.mouse.move(*point(5, 20))
    page.mouse.up()
    # A second stroke is not joined to the first.
    page.mouse.click(*point(20, 10))
    gone = X[:1].clone()
    gone[..., 4:7, 3:22] = 0
    gone[..., 19:22, 9:12] = 0
    assert_shows(page, net, gone)
    expected = (255 * gone).round().int().flatten().tolist()
    assert pixels(page) == expected
    page.get_by_role("button", name="reset").click()
    assert_shows(page, net, X[:1])
    assert pixels(page) == start
    assert not page.trouble


def test_touch_erases(load):
    net, X = lenet(nn.Tanh, nn.AvgPool2d).eval(), images(2)
    page = load(
        explore.lenet(net, X, classes=CLASSES), has_touch=True, width=390
    )
    before = pixels(page)
    page.locator(".cx-view").tap()
    page.clock.run_for(FRAME)
    changed = sum(a != b for a, b in zip(before, pixels(page)))
    assert 0 < changed <= 9
    action = "n => getComputedStyle(n).touchAction"
    assert page.locator(".cx-view").evaluate(action) == "none"


def test_maps_change_with_the_picture(shown):
    page, *_ = shown
    titles = page.locator(".cx-layers strong").all_inner_texts()
    assert titles == [
        "6 x 28 x 28",
        "6 x 14 x 14",
        "16 x 10 x 10",
        "16 x 5 x 5",
        "120 units",
        "84 units",
    ]
    canvases = page.locator(".cx-layers canvas")
    assert canvases.count() == 6 + 6 + 16 + 16 + 1 + 1
    layers = [f".cx-layers > :nth-child({n}) canvas" for n in range(1, 7)]
    before = [pixels(page, layer) for layer in layers]
    page.get_by_label("down").fill("6")
    page.clock.run_for(FRAME)
    for layer, old in zip(layers, before):
        assert pixels(page, layer) != old


def test_screen_readers_hear_the_answer_at_a_pause(shown):
    page, *_ = shown
    line = page.locator(".cx-line")
    assert line.get_attribute("aria-live") == "polite"
    page.get_by_label("down").fill("6")
    page.clock.run_for(FRAME)
    assert line.get_attribute("aria-live") == "off"
    page.clock.run_for(PAUSE)
    assert line.get_attribute("aria-live") == "polite"


def test_everything_has_a_name(shown):
    page, *_ = shown
    nodes = page.locator("[role=img], [role=application]").all()
    assert len(nodes) == 7
    assert all(node.get_attribute("aria-label") for node in nodes)
    for control in page.locator("input, select, button").all():
        name = "n => n.ariaLabel || n.labels?.length || n.textContent"
        assert control.evaluate(name)
    name = page.get_by_role("radio").nth(2).get_attribute("aria-label")
    assert name == "3, garment 4"


def test_two_in_one_page(load):
    """Each for itself; the radio buttons are not shared."""
    net, X = lenet(nn.ReLU, nn.MaxPool2d).eval(), images(3)
    page = load(explore.lenet(net, X), explore.lenet(net, X))
    roots = page.locator(".cx[data-live]")
    assert roots.count() == 2
    roots.nth(1).get_by_role("radio").nth(2).check(force=True)
    assert roots.nth(0).get_by_role("radio").first.is_checked()
    page.clock.run_for(FRAME)
    texts = roots.locator(".cx-bars").all_inner_texts()
    assert texts[0] != texts[1]
    assert not page.trouble


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_narrow_page(load, theme):
    """At 390 pixels, nothing sticks out of the figure."""
    net, X = lenet(nn.Sigmoid, nn.AvgPool2d).eval(), images(20)
    names = ["an uncommonly long name of a class"] * 10
    page = load(explore.lenet(net, X, [0] * 20, names), width=390)
    page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    out = page.evaluate(
        """() => {
        const { right } = document.querySelector(".cx")
          .getBoundingClientRect();
        return [...document.querySelectorAll(".cx *")]
          .filter((n) => n.getBoundingClientRect().right > right)
          .map((n) => n.outerHTML.slice(0, 80));
        }"""
    )
    assert out == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_colors_mean_the_same_for_every_picture(load):
    """The first unit's value is drawn in the range over all pictures."""
    net, X = lenet(nn.ReLU, nn.MaxPool2d).eval(), images(2, seed=8)
    X[1] /= 4
    page = load(explore.lenet(net, X))
    with torch.no_grad():
        H = net[:-1](X)
    text = page.locator(".cx-layers > :last-child .cx-title").inner_text()
    low, high = map(float, re.findall(r"[\d.]+", text)[1:])
    assert low == pytest.approx(H.min().item(), abs=6e-3)
    assert high == pytest.approx(H.max().item(), abs=6e-3)
