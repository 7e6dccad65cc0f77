"""The explorers, in Chromium: their arithmetic, compared with PyTorch's."""

import random
import re

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_utils import explore

NAMES = (
    "channels",
    "cross_correlation",
    "padding_and_stride",
    "pooling",
    "receptive_field",
    "residual",
)
CASES = 60
MINUS = "\u2212"


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


# --- What they compute ---------------------------------------------------


def conv_case(rng):
    """Return a random input, kernel and bias, and options."""
    c_in, c_out = rng.randint(1, 3), rng.randint(1, 3)
    X = torch.randn(c_in, rng.randint(3, 12), rng.randint(3, 12))
    K = torch.randn(c_out, c_in, rng.randint(1, 5), rng.randint(1, 5))
    options = {
        "padding": rng.randint(0, 3),
        "stride": rng.randint(1, 3),
        "dilation": rng.randint(1, 3),
    }
    return X, K, torch.randn(c_out), options


def test_conv(compute):
    """With padding, stride and dilation; empty where no window fits."""
    torch.manual_seed(0)
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


@pytest.mark.parametrize("flipped", [False, True])
def test_corr2d(compute, flipped):
    """Cross-correlation, and true convolution with the kernel flipped."""
    torch.manual_seed(1)
    pairs = [
        (torch.randn(9, 5 + n % 5), torch.randn(1 + n % 4, 1 + n % 3))
        for n in range(CASES)
    ]
    results = compute(
        "cross_correlation",
        "([X, K, flip]) => math.corr2d(X, flip ? math.flip(K) : K)",
        [[as_map(X), as_map(K), flipped] for X, K in pairs],
    )
    for (X, K), result in zip(pairs, results):
        K = K.flip(0, 1) if flipped else K
        assert_close(
            as_tensor(result), F.conv2d(X[None, None], K[None, None])[0]
        )


def test_products(compute):
    """The sum that is written out has the output's value."""
    torch.manual_seed(2)
    X, K = torch.randn(7, 6), torch.randn(3, 2)
    Y = F.conv2d(X[None, None], K[None, None])[0, 0]
    places = [[i, j] for i in range(Y.shape[0]) for j in range(Y.shape[1])]
    results = compute(
        "cross_correlation",
        "([X, K, i, j]) => math.products(X, K, i, j)",
        [[as_map(X), as_map(K), *place] for place in places],
    )
    for (i, j), products in zip(places, results):
        terms = torch.tensor(products)
        assert_close(terms[:, 0], X[i : i + 3, j : j + 2].flatten())
        assert_close(terms.prod(1).sum(), Y[i, j])


SETTINGS = [
    (n, k, padding, stride, dilation)
    for n in (3, 5, 8, 14)
    for k in (1, 2, 3, 7)
    for padding in (0, 1, 4)
    for stride in (1, 2, 3, 4)
    for dilation in (1, 2, 3)
]


def conv1d(n, k, *options):
    """Return an input of n ones, and its output through a kernel of ones."""
    x = torch.ones(1, 1, n, requires_grad=True)
    return x, or_none(
        F.conv1d, x, torch.ones(1, 1, k), None, *reorder(options)
    )


def reorder(options):
    padding, stride, dilation = options
    return stride, padding, dilation


def test_places(compute):
    """The formula, and that no window fits just where PyTorch refuses."""
    results = compute(
        "padding_and_stride", "(s) => math.places(...s)", SETTINGS
    )
    refused = 0
    for setting, result in zip(SETTINGS, results):
        _, y = conv1d(*setting)
        assert max(result, 0) == (0 if y is None else y.shape[-1])
        refused += y is None
    assert 0 < refused < len(SETTINGS)


def test_touched(compute):
    """A position of the input is touched where it has a gradient."""
    results = compute(
        "padding_and_stride", "(s) => math.touched(...s)", SETTINGS
    )
    for setting, result in zip(SETTINGS, results):
        n, _, padding, *_ = setting
        assert len(result) == n + 2 * padding
        x, y = conv1d(*setting)
        if y is None:
            assert not any(result)
        else:
            y.sum().backward()
            expected = (x.grad[0, 0] > 0).tolist()
            assert result[padding : padding + n] == expected


@pytest.mark.parametrize("mode", ["max", "avg"])
def test_pool_of_shifted_pictures(compute, mode):
    pool = {"max": F.max_pool2d, "avg": F.avg_pool2d}[mode]
    rng = random.Random(3)
    torch.manual_seed(3)
    cases = []
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


def test_change(compute):
    torch.manual_seed(4)
    pairs = []
    for n in range(CASES):
        X = torch.randn(5, 4)
        pairs.append((X, X + torch.randn(5, 4) * (torch.rand(5, 4) < n / 60)))
    results = compute(
        "pooling",
        "([X, Y]) => math.change(X, Y)",
        [[as_map(X), as_map(Y)] for X, Y in pairs],
    )
    for (X, Y), result in zip(pairs, results):
        assert result["count"] == int((X != Y).sum())
        assert result["of"] == 20
        assert_close(torch.tensor(result["most"]), (X - Y).abs().max())


def test_mix(compute):
    rng = random.Random(5)
    torch.manual_seed(5)
    cases = []
    for _ in range(CASES):
        c_in, c_out = rng.randint(1, 4), rng.randint(1, 4)
        X = torch.randn(c_in, rng.randint(1, 7), rng.randint(1, 7))
        cases.append((X, torch.randn(c_out, c_in, 1, 1), torch.randn(c_out)))
    results = compute(
        "channels",
        "([X, weight, bias]) => math.mix(X, weight, bias)",
        [[as_map(X), K.flatten().tolist(), b.tolist()] for X, K, b in cases],
    )
    for (X, K, bias), result in zip(cases, results):
        assert_close(as_tensor(result), F.conv2d(X[None], K, bias)[0])


def stack_case(rng):
    """Return layers of (kernel, stride, dilation), as the figure has them."""
    count = rng.randint(1, 5)
    return [
        {
            "kernel": rng.choice((1, 2, 3, 5)),
            "stride": rng.choice((1, 1, 2, 3)),
            "dilation": rng.choice((1, 1, 2, 4)),
        }
        for _ in range(count)
    ]


def build(layers):
    """Return convolutions whose weights are all 1."""
    net = nn.Sequential(
        *(
            nn.Conv1d(
                1,
                1,
                layer["kernel"],
                stride=layer["stride"],
                dilation=layer["dilation"],
                bias=False,
            )
            for layer in layers
        )
    ).double()
    for weight in net.parameters():
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
    stacks = [stack_case(rng) for _ in range(CASES)]
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


def test_dense_and_softmax(compute):
    torch.manual_seed(7)
    cases = [
        (torch.randn(n), torch.randn(m, n), torch.randn(m))
        for n, m in ((1, 1), (3, 2), (7, 10), (120, 84))
    ]
    results = compute(
        "pooling",
        """([x, weight, bias]) => {
            const y = math.dense(x, weight, bias);
            return [Array.from(y), math.softmax(y)];
        }""",
        [[x.tolist(), W.flatten().tolist(), b.tolist()] for x, W, b in cases],
    )
    for (x, W, bias), (y, p) in zip(cases, results):
        expected = F.linear(x, W, bias)
        assert_close(torch.tensor(y), expected)
        assert_close(torch.tensor(p), expected.softmax(0))


# --- What they show ------------------------------------------------------


def text(page, selector):
    return page.locator(selector).first.inner_text()


def numbers(string):
    """Return the numbers in a text that the figures wrote."""
    string = string.replace(MINUS, "-")
    return [float(v) for v in re.findall(r"-?\d+(?:\.\d+)?", string)]


def written(page, title):
    """Return the numbers written into the map with a title."""
    grid = page.locator(".cx-grid", has_text=re.compile(f"^{title}"))
    texts = grid.locator("svg text").all_text_contents()
    return [numbers(t)[0] for t in texts if t]


def choice(page, name):
    return page.get_by_role("combobox", name=name, exact=True)


def set_slider(page, name, value):
    page.get_by_label(re.compile(f"^{name}")).fill(str(value))


@pytest.mark.parametrize("flipped", [False, True])
def test_cross_correlation_shows_the_output(load, flipped):
    torch.manual_seed(8)
    X, K = torch.rand(8, 7), torch.rand(3, 3)
    page = load(explore.cross_correlation(X, K))
    for row in range(3):
        for column in range(3):
            K[row, column] = (7 * row + 3 * column) % 5 - 2
            name = f"row {row + 1}, column {column + 1}"
            page.get_by_label(name).fill(str(int(K[row, column])))
    page.get_by_label("flip").set_checked(flipped)
    page.get_by_role("button", name="all").click()
    used = K.flip(0, 1) if flipped else K
    Y = F.conv2d(X[None, None], used[None, None]).flatten()
    shown = torch.tensor(written(page, "output Y"))
    torch.testing.assert_close(shown, Y, atol=0.051, rtol=0)
    assert numbers(text(page, ".cx-line"))[-1] == pytest.approx(
        Y[-1].item(), abs=6e-4
    )
    left, result = text(page, ".cx-sum").split("=")
    products = [numbers(term) for term in left.split(" + ")]
    assert sum(x * k for x, k in products) == pytest.approx(
        numbers(result)[0], abs=0.1
    )
    assert [k for _, k in products] == used.flatten().tolist()
    assert choice(page, "kernel").input_value() == "edited"
    assert not page.trouble


def test_cross_correlation_presets_fill_the_kernel(load):
    page = load(explore.cross_correlation(K=[[1, 2]]))
    choice(page, "kernel").select_option("blur")
    page.get_by_role("button", name="all").click()
    X = torch.tensor(explore.pictures.five())[None, None]
    Y = F.conv2d(X, torch.full((1, 1, 3, 3), 1 / 9, dtype=X.dtype))
    shown = torch.tensor(written(page, "output Y"), dtype=X.dtype)
    torch.testing.assert_close(shown, Y.flatten(), atol=0.051, rtol=0)
    choice(page, "kernel").select_option("given")
    assert page.locator(".cx-numbers input").count() == 2


def test_padding_and_stride_shows_the_formula(load):
    page = load(explore.padding_and_stride())
    rng = random.Random(9)
    names = ("input n", "kernel k", "padding p", "stride s", "dilation d")
    ranges = ((3, 14), (1, 7), (0, 4), (1, 4), (1, 3))
    refused = 0
    for _ in range(CASES // 2):
        setting = [rng.randint(*limits) for limits in ranges]
        for name, value in zip(names, setting):
            set_slider(page, name, value)
        n, k, padding, stride, dilation = setting
        x, y = conv1d(*setting)
        line, formula = text(page, ".cx-line"), text(page, ".cx-sum")
        label = page.locator(".cx-view").nth(1).get_attribute("aria-label")
        if y is None:
            assert line.startswith("No window fits")
            assert formula.endswith("no window fits") and label == "no output"
            refused += 1
            continue
        out = y.shape[-1]
        assert f"{n} by {n} becomes {out} by {out}." in line
        assert formula.endswith(f"= {out}")
        assert label == f"output of {out} by {out}"
        y.sum().backward()
        missed = (torch.nonzero(x.grad[0, 0] == 0).flatten() + 1).tolist()
        assert numbers(line)[4:] == missed
    assert 0 < refused < CASES // 2
    assert not page.trouble


def test_channels_show_the_sums(load):
    torch.manual_seed(10)
    X, K, bias = torch.rand(3, 5, 6), torch.randn(2, 3), torch.randn(2)
    page = load(explore.channels(X, K, bias))
    K[1, 2], bias[0] = -1.5, 0.25
    page.get_by_label("row 2, column 3").fill("-1.5")
    page.get_by_label("row 1, column 1").nth(1).fill("0.25")
    Y = F.conv2d(X[None], K[:, :, None, None], bias)[0]
    views = page.locator(".cx-view")
    for p in (0, 13, 29):
        i, j = divmod(p, 6)
        box = views.nth(p % 6).bounding_box()
        page.mouse.move(
            box["x"] + (j + 0.5) * box["width"] / 6,
            box["y"] + (i + 0.5) * box["height"] / 5,
        )
        line = text(page, ".cx-line")
        assert line.startswith(f"Row {i + 1}, column {j + 1}:")
        expected = pytest.approx(Y[:, i, j].tolist(), abs=6e-4)
        assert numbers(line)[4:] == expected
        sums = text(page, ".cx-sum").splitlines()
        for o, written_out in enumerate(sums):
            left, result = written_out.split(" = ")[1:]
            *products, shift = [numbers(t) for t in left.split(" + ")]
            total = sum(k * x for k, x in products) + shift[0]
            assert total == pytest.approx(numbers(result)[0], abs=0.02)
            assert numbers(result)[0] == numbers(line)[4 + o]
    assert not page.trouble


def test_pooling_shows_what_changes(load):
    torch.manual_seed(11)
    X = (torch.rand(11, 9) * 4).round() / 4
    page = load(explore.pooling(X))
    pools = (lambda Z, k: Z, F.max_pool2d, F.avg_pool2d)
    for k, right, down in ((2, 1, 0), (2, 2, 2), (3, 1, 2), (4, 0, 4)):
        set_slider(page, "window", k)
        set_slider(page, "shift to the right", right)
        set_slider(page, "shift down", down)
        moved = F.pad(X, (right, 0, down, 0))[:11, :9]
        rows = page.locator("tbody tr").all()
        for row, pool in zip(rows, pools):
            before, after = (pool(Z[None, None], k) for Z in (X, moved))
            gaps = (before - after).abs()
            count, of, most = numbers(row.inner_text())
            assert (count, of) == ((gaps > 1e-6).sum(), gaps.numel())
            assert most == pytest.approx(gaps.max().item(), abs=6e-4)
    assert not page.trouble


def test_receptive_field_follows_the_edits(load):
    page = load(explore.receptive_field([(3, 1, 1)]))
    page.get_by_role("button", name="add a layer").click()
    page.get_by_role("button", name="add a layer").click()
    page.get_by_label("kernel of layer 1").select_option("5")
    page.get_by_label("stride of layer 2").select_option("2")
    page.get_by_label("dilation of layer 3").select_option("4")
    page.get_by_role("button", name="remove layer 2").click()
    page.get_by_label("stride of layer 1").select_option("3")
    layers = [
        {"kernel": 5, "stride": 3, "dilation": 1},
        {"kernel": 3, "stride": 1, "dilation": 4},
    ]
    rows = page.locator("tbody tr").all()
    assert len(rows) == 2
    for depth, row in enumerate(rows, start=1):
        seen = seen_by(build(layers[:depth]), 60, 0)
        size = int(row.locator("td").nth(3).inner_text())
        assert size == seen[-1] + 1
        assert row.locator("td").nth(4).inner_text() == "3"
    assert f"sees {size} by {size} pixels" in text(page, ".cx-line")
    assert f"input: {len(seen)} cells" in text(page, ".cx-levels")
    choice(page, "stack").select_option("one 7 x 7")
    assert "sees 7 by 7 pixels" in text(page, ".cx-line")
    assert page.get_by_role("button", name="remove layer 1").is_disabled()
    assert not page.trouble


def test_a_large_receptive_field(load):
    """So large that cells cannot be drawn: 8 layers at their limits."""
    page = load(explore.receptive_field([(11, 4, 4)] * 8))
    assert "more than the whole picture" in text(page, ".cx-line")
    assert page.locator(".cx-cone rect").count() == 9
    page.get_by_role("button", name="add a layer").click()
    assert "room for 8 layers" in text(page, ".cx-line")
    assert not page.trouble


# --- How they behave in a page -------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_twice_in_one_page(load, name):
    """Both live, each for itself, and nothing is left behind."""
    one, two = getattr(explore, name)(), getattr(explore, name)()
    empty = load()
    page = load(one, two)
    roots = page.locator(".cx[data-live]")
    assert roots.count() == 2
    before = roots.nth(1).inner_text()
    assert roots.nth(0).inner_text() == before
    assert "where JavaScript runs" not in before
    change_something(roots.nth(0))
    assert roots.nth(0).inner_text() != before
    assert roots.nth(1).inner_text() == before
    names = "Object.getOwnPropertyNames(window)"
    assert sorted(page.evaluate(names)) == sorted(empty.evaluate(names))
    for part in ("math", "ui", "Grid", "explorers"):
        assert page.evaluate(f"typeof {part}") == "undefined"
    assert page.evaluate("document.querySelectorAll('[id]').length") == 0
    assert not page.trouble


def change_something(root):
    """Move a slider or add a layer, with the keyboard alone."""
    slider = root.locator("input[type=range]")
    if slider.count():
        slider.last.focus()
        slider.last.press("ArrowRight")
    elif root.locator("input[type=number]").count():
        root.locator(".cx-view").first.focus()
        root.locator(".cx-view").first.press("ArrowUp")
    else:
        root.get_by_role("button", name="add a layer").press("Enter")


@pytest.mark.parametrize("name", NAMES)
def test_narrow_page(load, name):
    """At 390 pixels, nothing sticks out of the figure."""
    page = load(getattr(explore, name)(), width=390)
    out = page.evaluate(
        """() => {
        const right = document.querySelector(".cx")
          .getBoundingClientRect().right;
        return [...document.querySelectorAll(".cx *")]
          .filter((n) => n.getBoundingClientRect().right > right)
          .map((n) => n.outerHTML.slice(0, 80));
        }"""
    )
    assert out == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("name", NAMES)
def test_everything_has_a_name(load, name):
    """For those who listen: maps, controls, and a line that is read out."""
    page = load(getattr(explore, name)())
    views = page.locator("[role=img], [role=application]").all()
    assert views and all(v.get_attribute("aria-label") for v in views)
    for control in page.locator("input, select, button").all():
        assert control.evaluate(
            "n => n.labels?.length || n.ariaLabel || n.textContent"
        )
    assert page.locator(".cx-line[aria-live=polite]").inner_text()
    assert page.get_by_role("group").first.get_attribute("aria-label")


@pytest.mark.parametrize("name", ["cross_correlation", "padding_and_stride"])
def test_arrow_keys_move_the_window(load, name):
    page = load(getattr(explore, name)())
    shown = page.locator("output").last
    view = page.locator(".cx-view").first
    view.focus()
    page.evaluate(
        "window.kept = [];"
        "addEventListener('keydown', (e) => kept.push(e.defaultPrevented))"
    )
    w = 10 if name == "cross_correlation" else 6
    for key, place in (
        ("ArrowRight", 2),
        ("ArrowDown", 2 + w),
        ("ArrowLeft", 1 + w),
        ("ArrowLeft", 1 + w),
        ("ArrowUp", 1),
    ):
        view.press(key)
        assert numbers(shown.inner_text()) == [place, w * w]
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        view.press(key)
    # Else the page would scroll.
    assert page.evaluate("kept") == 8 * [True]
    outline = view.evaluate("n => getComputedStyle(n).outlineWidth")
    assert outline == "3px"
    # Else JupyterLab takes letters for commands, and deletes the cell.
    assert view.get_attribute("data-lm-suppress-shortcuts") == "true"


def test_pointer_moves_the_window(load):
    page = load(explore.cross_correlation())
    box = page.locator(".cx-view").first.bounding_box()
    cell = box["width"] / 12
    page.mouse.click(box["x"] + 4.5 * cell, box["y"] + 2.5 * cell)
    assert text(page, ".cx-line").startswith(
        "Cross-correlation, row 3, column 5:"
    )
    # Beyond the last place: the last one.
    page.mouse.click(box["x"] + 11.5 * cell, box["y"] + 11.5 * cell)
    assert page.locator("output").inner_text() == "100 of 100"


def test_playing(load):
    page = load(explore.cross_correlation())
    place = page.locator("input[type=range]")
    page.get_by_role("button", name="play").click()
    line = page.locator(".cx-line")
    assert line.get_attribute("aria-live") == "off"
    page.clock.run_for(1000)
    assert int(place.input_value()) > 2
    page.get_by_role("button", name="stop").click()
    assert line.get_attribute("aria-live") == "polite"
    value = place.input_value()
    page.clock.run_for(700)
    assert place.input_value() == value
    # It ends by itself.
    set_slider(page, "place", 99)
    page.get_by_role("button", name="play").click()
    page.clock.run_for(900)
    assert place.input_value() == "100"
    assert page.get_by_role("button", name="play").is_visible()


def test_reduced_motion(load):
    """It stops what plays; then each press is one step."""
    page = load(explore.cross_correlation())
    place = page.locator("input[type=range]")
    page.get_by_role("button", name="play").click()
    page.emulate_media(reduced_motion="reduce")
    step = page.get_by_role("button", name="step")
    step.wait_for()
    value = int(place.input_value())
    page.clock.run_for(700)
    assert int(place.input_value()) == value
    step.click()
    page.clock.run_for(700)
    assert int(place.input_value()) == value + 1


@pytest.mark.parametrize(
    "attribute",
    ["data-theme=dark", "data-jp-theme-light=false", "theme=dark"],
)
def test_dark_pages(load, attribute):
    """Of the site, of JupyterLab, of Colab."""
    page = load(explore.pooling())
    ground = "getComputedStyle(document.querySelector('.cx')).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    name, value = attribute.split("=")
    element = "body" if "jp" in name else "documentElement"
    page.evaluate(f"document.{element}.setAttribute('{name}', '{value}')")
    assert page.evaluate(ground) == "rgb(27, 32, 40)"


def test_without_scripts(load):
    """The reader learns where the figure lives."""
    page = load(explore.pooling(), java_script_enabled=False)
    assert "live where JavaScript runs" in text(page, ".cx p")
