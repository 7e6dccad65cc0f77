"""The live figures in Chromium: what they show, and how they behave."""

import re

import pytest
import torch
import torch.nn.functional as F
from live_figures import NAMES, example_figure, images, lenet

from course_utils import explore
from course_utils.explore import pictures
from course_utils.explore.figure import Figure, Packed
from course_utils.explore.figures import SOBEL

FRAME, PAUSE = 20, 600  # ms: more than a frame; until readers are told
CLASSES = [f"garment {i}" for i in range(10)]
each_figure = pytest.mark.parametrize("name", NAMES)


def text(page, selector):
    return page.locator(selector).first.inner_text()


def numbers(string):
    """Return the numbers in a text that the figures wrote."""
    string = string.replace("\u2212", "-")
    return [float(v) for v in re.findall(r"-?\d+(?:\.\d+)?", string)]


def written(page, title):
    """Return the numbers written into the map with a title."""
    grid = page.locator(".cx-grid:visible", has_text=re.compile(f"^{title}"))
    texts = grid.locator("svg text").all_text_contents()
    return torch.tensor([numbers(t)[0] for t in texts if t])


def set_slider(page, name, value):
    page.get_by_label(re.compile(f"^{name}")).fill(str(value))


def choose(page, name, option):
    page.get_by_role("combobox", name=name, exact=True).select_option(option)


# --- What they show ---------------------------------------------------------


@pytest.mark.parametrize("flipped", [False, True])
def test_cross_correlation_shows_the_output(load, flipped):
    X, K = torch.rand(8, 7), torch.rand(3, 3)
    params = {"X": Packed(X), "K": Packed(K)}
    page = load(Figure("cross_correlation", "", params))
    choose(page, "example", "a digit")
    for row in range(3):
        for column in range(3):
            K[row, column] = (7 * row + 3 * column) % 5 - 2
            name = f"row {row + 1}, column {column + 1}"
            page.get_by_label(name).fill(str(int(K[row, column])))
    page.get_by_label("flip").set_checked(flipped)
    page.get_by_role("button", name="all").click()
    used = K.flip(0, 1) if flipped else K
    Y = F.conv2d(X[None, None], used[None, None]).flatten()
    shown = written(page, "output")
    torch.testing.assert_close(shown, Y, atol=0.051, rtol=0)
    left, result = text(page, ".cx-sum").split("=")
    products = [numbers(t) for t in left.split(": ")[1].split(" + ")]
    assert sum(x * k for x, k in products) == pytest.approx(
        numbers(result)[0], abs=0.1
    )
    assert [k for _, k in products] == used.flatten().tolist()
    choose(page, "kernel", "blur")
    page.get_by_role("button", name="all").click()
    Y = F.avg_pool2d(X[None, None], 3, stride=1).flatten()
    shown = written(page, "output")
    torch.testing.assert_close(shown, Y, atol=0.051, rtol=0)
    assert not page.trouble


# --- Walks ------------------------------------------------------------------


def count(*shape, start=0):
    """Return a batch of one that counts from a number on."""
    size = torch.Size(shape).numel()
    return (
        torch.arange(start, start + size).float().reshape(1, -1, *shape[1:])
    )


def ones(h, w):
    return torch.ones(1, 1, h, w)


NUMBERS, GRID = count(1, 3, 3), count(1, 4, 4)
TWO = torch.cat([NUMBERS, NUMBERS + 1], 1)
K_TWO = torch.cat([count(1, 2, 2), count(1, 2, 2, start=1)], 1)
BAND = torch.ones(1, 1, 6, 8)
BAND[..., 2:6] = 0
JOLTS = torch.tensor([8.0, 0, 0, 4, 0, 0])[None, None, None]
RESPONSE = torch.tensor([1, 0.5, 0.25, 0.125])[None, None, None]
PIXEL = torch.zeros(1, 1, 11, 9)
PIXEL[..., 5, 4] = 1
LETTER = torch.tensor([[7, 4, 6, 4, 4]]).T.bitwise_and(
    torch.tensor([4, 2, 1])
)
conv = F.conv2d
EXAMPLES = {
    "cross_correlation": [
        conv(NUMBERS, count(1, 2, 2)),
        conv(
            torch.tensor(pictures.five()).float()[None, None],
            torch.tensor(SOBEL).float()[None, None],
        ),
        conv(BAND, torch.tensor([[[[1.0, -1]]]])),
        conv(BAND.mT, torch.tensor([[[[1.0, -1]]]])),
        conv(JOLTS, RESPONSE, padding=(0, 3)),
        conv(PIXEL, (LETTER > 0).float()[None, None]),
    ],
    "walk padding": [
        conv(NUMBERS, count(1, 2, 2), padding=1),
        conv(NUMBERS, count(1, 2, 2)),
        conv(NUMBERS, count(1, 2, 2), padding=1, stride=(3, 2)),
        conv(NUMBERS, count(1, 2, 2), padding=1, dilation=2),
        conv(count(1, 8, 8), ones(3, 3), padding=1),
        conv(count(1, 8, 8), ones(5, 3), padding=(2, 1)),
        conv(count(1, 8, 8), ones(3, 3), padding=1, stride=2),
        conv(count(1, 8, 8), ones(3, 5), padding=(0, 1), stride=(3, 4)),
        conv(count(1, 7, 7), ones(3, 3)),
        conv(count(1, 7, 7), ones(3, 3), stride=2),
        conv(count(1, 7, 7), ones(3, 3), dilation=2),
    ],
    "walk channels": [
        conv(TWO, K_TWO),
        conv(TWO, torch.cat([K_TWO, K_TWO + 1, K_TWO + 2])),
    ],
    "walk pooling": [
        F.max_pool2d(NUMBERS, 2, 1),
        F.avg_pool2d(NUMBERS, 2, 1),
        F.max_pool2d(GRID, 3),
        F.max_pool2d(GRID, 3, ceil_mode=True),
        F.max_pool2d(GRID, 3, 2, 1),
        F.max_pool2d(GRID, (2, 3), padding=(0, 1)),
        F.max_pool2d(-GRID - 1, 3, 2, 1),
        F.max_pool2d(torch.cat([GRID, GRID + 1], 1), 3, 2, 1),
        F.avg_pool2d(ones(4, 4), 3, 1, 1),
        F.avg_pool2d(ones(4, 4), 3, 1, 1, count_include_pad=False),
    ],
}
# Goes to each place; says what is written, and where all elements are.
SWEEP = """() => {
    const place = document.querySelector("input[type=range]");
    const elements = [...document.querySelectorAll(".cx :not(svg, svg *)")];
    const views = [...document.querySelectorAll(".cx-view")];
    const outputs = views.filter((view) =>
        view.ariaLabel.startsWith("output") && !view.parentNode.hidden);
    return Array.from({ length: Number(place.max) }, (_, n) => {
        place.value = n + 1;
        place.dispatchEvent(new Event("input"));
        const texts = outputs.flatMap((view) =>
            [...view.querySelectorAll("text")].map((t) => t.textContent));
        const boxes = elements.map((element) => {
            const { x, y, width, height } = element.getBoundingClientRect();
            return [x, y, width, height];
        });
        const line = document.querySelector(".cx-line").textContent;
        return { line, filled: texts.filter(Boolean).length, boxes };
    });
}"""


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_walk_goes_through_the_lessons_examples(load, name, width):
    """Each place gives PyTorch's number, and nothing beside it moves."""
    page = load(example_figure(name), width=width)
    chooser = page.get_by_role("combobox", name="example", exact=True)
    options = chooser.locator("option").all_inner_texts()
    for option, Y in zip(options, EXAMPLES[name], strict=True):
        chooser.select_option(option)
        # A convolution fills one map after the other, a pooling all at once.
        expected = Y[0].flatten(1).T if "pool" in name else Y.reshape(-1, 1)
        steps = page.evaluate(SWEEP)
        assert len(steps) == len(expected)
        for n, (step, y) in enumerate(zip(steps, expected), 1):
            found = re.findall("(?:=|is)\u00a0([^\u00a0\\s]+)", step["line"])
            shown = [numbers(v)[0] for v in found[-len(y) :]]
            assert shown == pytest.approx(y.tolist(), abs=1e-4), option
            assert step["filled"] == n * len(y)
            assert step["boxes"] == steps[0]["boxes"], option
        shown = written(page, "output")
        atol = 0.051 if option == "a digit" else 0.0051
        torch.testing.assert_close(shown, Y.flatten(), atol=atol, rtol=0)
    slider = page.get_by_role("slider", name="place")
    for key, place in (("Home", 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
        slider.press(key)
        assert slider.input_value() == str(place)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not page.trouble


@pytest.mark.parametrize(
    "setting", [(8, 3, 1, 2, 1), (9, 2, 0, 3, 2), (14, 7, 4, 4, 1)]
)
def test_padding_and_stride_shows_the_formula(load, setting):
    page = load(explore.padding_and_stride())
    names = ("input n", "kernel k", "padding p", "stride s", "dilation d")
    for name, value in zip(names, setting):
        set_slider(page, name, value)
    n, k, padding, stride, dilation = setting
    x = torch.ones(1, 1, n, requires_grad=True)
    y = F.conv1d(x, torch.ones(1, 1, k), None, stride, padding, dilation)
    y.sum().backward()
    line, out = text(page, ".cx-line"), y.shape[-1]
    assert f"{n} by {n} becomes {out} by {out}." in line
    assert text(page, ".cx-sum").endswith(f"= {out}")
    missed = (torch.nonzero(x.grad[0, 0] == 0).flatten() + 1).tolist()
    assert numbers(line)[4:] == missed
    for name, value in (("padding p", 0), ("input n", 3), ("kernel k", 7)):
        set_slider(page, name, value)
    assert text(page, ".cx-line").startswith("No window fits")
    assert not page.trouble


def test_channels_show_the_sums(load):
    X, K, bias = torch.rand(3, 5, 6), torch.randn(2, 3), torch.randn(2)
    arrays = {"X": X, "weight": K, "bias": bias[:, None]}
    params = {name: Packed(array) for name, array in arrays.items()}
    page = load(Figure("channels", "", params))
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
    assert not page.trouble


def test_pooling_shows_what_changes(load):
    X = (torch.rand(11, 9) * 4).round() / 4
    params = {"X": Packed(X), "k": 2, "largest": 4}
    page = load(Figure("pooling", "", params))
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
    page = load(explore.receptive_field())
    page.get_by_role("button", name="add a layer").click()
    page.get_by_role("button", name="remove layer 2").click()
    page.get_by_label("kernel of layer 1").select_option("5")
    page.get_by_label("stride of layer 1").select_option("3")
    page.get_by_label("dilation of layer 2").select_option("4")
    page.get_by_role("button", name="remove layer 3").click()
    sizes = [row.locator("td").nth(3) for row in page.locator("tr").all()[1:]]
    # 5 pixels; then two more of 4 places, each 3 pixels on.
    assert [size.inner_text() for size in sizes] == ["5", "29"]
    assert "sees 29 by 29 pixels" in text(page, ".cx-line")
    choose(page, "stack", "one 7 x 7")
    assert "sees 7 by 7 pixels" in text(page, ".cx-line")
    assert page.get_by_role("button", name="remove layer 1").is_disabled()
    for _ in range(7):
        page.get_by_role("button", name="add a layer").click()
    page.get_by_label("stride of layer 1").select_option("4")
    page.get_by_label("stride of layer 2").select_option("4")
    page.get_by_label("stride of layer 3").select_option("4")
    assert "more than the whole picture" in text(page, ".cx-line")
    page.get_by_role("button", name="add a layer").click()
    assert "room for 8 layers" in text(page, ".cx-line")
    assert not page.trouble


def number(string):
    """Read a number as the figure writes it, such as 2.9 times 10^-7."""
    digits, _, power = string.replace(",", "").partition("\u00b710")
    signs = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075", "012345")
    signs |= str.maketrans("\u2076\u2077\u2078\u2079\u207b", "6789-")
    return float(digits) * 10 ** int(power.translate(signs) or 0)


def test_residual_says_what_the_lesson_says(load):
    """The four nets of lesson 08, before training."""
    page = load(explore.residual())
    switch, ratios = page.get_by_role("checkbox", name="shortcut"), {}
    for norm in (True, False):
        page.get_by_role("checkbox", name="batch").set_checked(norm)
        for shortcut in (True, False):
            switch.set_checked(shortcut)
            line = text(page, ".cx-line")
            assert line.startswith("With the" if shortcut else "Without the")
            signal, weight = re.findall(r"(\S+) times", line)[:2]
            ratios[shortcut, norm] = number(signal), number(weight)
    # Plain with batch norm explodes toward the input, residual does not.
    assert min(ratios[False, True]) > 100 * max(ratios[True, True])
    # Plain without batch norm: the weights' gradients are all alike.
    assert 0.1 < ratios[False, False][1] < 10
    assert not page.trouble


def curves(page):
    """Return the heights of each chart's strong curve, from the top."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".cx-chart")].map((chart) =>
            chart.querySelector("polyline:not(.cx-pale)")
                .getAttribute("points").split(" ")
                .map((point) => Number(point.split(",")[1])))"""
    )


def test_residual_curves_follow_the_controls(load):
    page = load(explore.residual())
    assert [len(c) for c in curves(page)] == [28, 27, 27]
    for role, name, key in (
        ("checkbox", "shortcut", "Space"),
        ("checkbox", "batch norm", "Space"),
        ("slider", "weights", "ArrowLeft"),
        ("button", "other weights", "Enter"),
    ):
        before = curves(page)
        page.get_by_role(role, name=name).press(key)
        assert all(a != b for a, b in zip(before, curves(page)))
    page.get_by_role("slider", name="blocks").press("ArrowRight")
    assert [len(c) for c in curves(page)] == [29, 28, 28]
    assert not page.trouble


# --- LeNet ------------------------------------------------------------------


@pytest.fixture
def shown(load):
    """Return a page with a net of random weights, the net, and images."""
    net, X = lenet().eval(), images(4)
    return load(explore.lenet(net, X, [3, 1, 4, 1], CLASSES)), net, X


def assert_shows(page, net, X):
    """The page has the probabilities of an image, and says the answer."""
    with torch.no_grad():
        p = net(X)[0].softmax(0)
    page.clock.run_for(FRAME)
    texts = page.locator(".cx-percent").all_inner_texts()
    percent = torch.tensor([float(t.rstrip("%")) / 100 for t in texts])
    torch.testing.assert_close(percent, p, atol=6e-4, rtol=0)
    answer = f"Answer: {CLASSES[p.argmax()]}, {100 * p.max():.1f}%."
    assert text(page, ".cx-line").startswith(answer)
    assert not page.trouble


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


def test_lenet_by_keyboard_alone(shown):
    """Pick a picture, move it, go back; erase, and draw."""
    page, net, X = shown
    assert_shows(page, net, X[:1])
    assert "True class: garment 3." in text(page, ".cx-line")
    assert pixels(page) == (255 * X[0]).round().int().flatten().tolist()
    page.get_by_role("radio").first.press("ArrowRight")
    X = X[1:2]
    assert_shows(page, net, X)
    page.get_by_label("right").press("ArrowRight")
    assert_shows(page, net, F.pad(X, (1, -1)))
    page.get_by_role("button", name="reset").press("Enter")
    assert_shows(page, net, X)
    view = page.locator(".cx-view")
    view.press("ArrowUp")
    view.press("ArrowLeft")
    page.clock.run_for(PAUSE)
    assert "Cursor: row 14, column 14." in text(page, ".cx-line")
    page.keyboard.down("Space")
    for _ in range(4):
        view.press("ArrowDown")
    page.keyboard.up("Space")
    view.press("ArrowDown")
    X[..., 12:19, 12:15] = 0
    assert_shows(page, net, X)
    page.get_by_label("brush").select_option("draw")
    view.press("Space")
    X[..., 17:20, 12:15] = 1
    assert_shows(page, net, X)
    assert page.evaluate("scrollY") == 0


def test_lenet_by_pointer(shown):
    """A stroke erases, a second is not joined to it, reset restores."""
    page, net, X = shown
    box = page.locator(".cx-view").bounding_box()
    cell = box["width"] / 28

    def point(i, j):
        return box["x"] + (j + 0.5) * cell, box["y"] + (i + 0.5) * cell

    page.mouse.move(*point(5, 4))
    page.mouse.down()
    page.mouse.move(*point(5, 20))
    page.mouse.up()
    page.mouse.click(*point(20, 10))
    gone = X[:1].clone()
    gone[..., 4:7, 3:22] = 0
    gone[..., 19:22, 9:12] = 0
    assert_shows(page, net, gone)
    page.get_by_role("button", name="reset").click()
    assert_shows(page, net, X[:1])


def test_lenet_by_touch(load):
    page = load(example_figure("lenet"), has_touch=True, width=390)
    before = pixels(page)
    page.locator(".cx-view").tap()
    page.clock.run_for(FRAME)
    changed = sum(a != b for a, b in zip(before, pixels(page)))
    assert 0 < changed <= 9
    action = "n => getComputedStyle(n).touchAction"
    assert page.locator(".cx-view").evaluate(action) == "none"


def test_lenet_maps_change_with_the_picture(shown):
    """And who listens hears the answer at a pause."""
    page, *_ = shown
    titles = page.locator(".cx-layers strong").all_inner_texts()
    assert titles[:3] == ["6 x 28 x 28", "6 x 14 x 14", "16 x 10 x 10"]
    assert titles[3:] == ["16 x 5 x 5", "120 units", "84 units"]
    layers = [f".cx-layers > :nth-child({n}) canvas" for n in range(1, 7)]
    before = [pixels(page, layer) for layer in layers]
    line = page.locator(".cx-line")
    page.get_by_label("down").fill("6")
    page.clock.run_for(FRAME)
    assert line.get_attribute("aria-live") == "off"
    for layer, old in zip(layers, before):
        assert pixels(page, layer) != old
    page.clock.run_for(PAUSE)
    assert line.get_attribute("aria-live") == "polite"


GAINS = {
    ("better", "base"): "You may say: trained like this, better ends above",
    ("base", "better"): "You may say: trained like this, better ends above",
    ("alike", "base"): "do not show which of the two is better",
    ("one run", "base"): "One pair of runs: one run ended 0.180 above base",
    ("another seed", "base"): "nothing to compare",
    ("base", "base"): "Choose two different recipes",
}


def test_gain_says_what_may_be_said(load):
    page = load(example_figure("gain"))
    for recipes, sentence in GAINS.items():
        choose(page, "recipe A", recipes[0])
        choose(page, "recipe B", recipes[1])
        assert sentence in text(page, ".cx-line")
    assert "at 3 intervals" in text(page, ".cx-looked")
    choose(page, "experiment", "second experiment")
    line = "0.100 on average over 2 pairs, 95% interval 0.100 to 0.100"
    assert line in text(page, ".cx-line")
    assert page.locator("table tbody tr").count() == 2
    assert not page.trouble


# --- How all behave in a page -----------------------------------------------


def change_something(root):
    """With the keyboard alone."""
    slider = root.locator("input[type=range]")
    if slider.count():
        slider.last.press("ArrowRight")
    elif root.locator("input[type=number]").count():
        root.locator(".cx-view").first.press("ArrowUp")
    elif root.get_by_label("story").count():
        root.get_by_label("story").press("ArrowDown")
    elif root.locator("select").count():
        root.locator("select").last.press("ArrowDown")
    else:
        root.get_by_role("button", name="add a layer").press("Enter")


@each_figure
def test_twice_in_one_page(load, name):
    """Both live, each for itself, and nothing is left behind."""
    empty, page = load(), load(example_figure(name), example_figure(name))
    roots = page.locator(".cx[data-live]")
    assert roots.count() == 2
    before = roots.nth(1).inner_text()
    assert roots.nth(0).inner_text() == before
    assert "where JavaScript runs" not in before
    change_something(roots.nth(0))
    page.clock.run_for(FRAME)
    assert roots.nth(0).inner_text() != before
    assert roots.nth(1).inner_text() == before
    names = "Object.getOwnPropertyNames(window)"
    assert sorted(page.evaluate(names)) == sorted(empty.evaluate(names))
    assert page.evaluate("document.querySelectorAll('[id]').length") == 0
    assert not page.trouble


@each_figure
def test_narrow_page_and_names(load, name):
    """At 390 pixels nothing sticks out; and all that one uses has a name."""
    page = load(example_figure(name), width=390)
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
    views = page.locator("[role=img], [role=application]").all()
    assert views and all(v.get_attribute("aria-label") for v in views)
    for control in page.locator("input, select, button").all():
        assert control.evaluate(
            "n => n.labels?.length || n.ariaLabel || n.textContent"
        )
    assert page.locator(".cx-line[aria-live=polite]").first.inner_text()
    assert page.get_by_role("group").first.get_attribute("aria-label")


@pytest.mark.parametrize(
    "name, w", [("cross_correlation", 2), ("padding_and_stride", 6)]
)
def test_arrow_keys_move_the_window(load, name, w):
    page = load(example_figure(name))
    shown = page.locator("output").last
    view = page.locator(".cx-view").first
    page.evaluate(
        "window.kept = [];"
        "addEventListener('keydown', (e) => kept.push(e.defaultPrevented))"
    )
    keys = ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowUp")
    for key, place in zip(keys, (2, 2 + w, 1 + w, 1 + w, 1)):
        view.press(key)
        assert numbers(shown.inner_text()) == [place, w * w]
    # Else the page would scroll.
    assert page.evaluate("kept") == 5 * [True]
    outline = view.evaluate("n => getComputedStyle(n).outlineWidth")
    assert outline == "3px"
    # Else JupyterLab takes letters for commands, and deletes the cell.
    assert view.get_attribute("data-lm-suppress-shortcuts") == "true"


def test_pointer_moves_the_window(load):
    page = load(explore.cross_correlation())
    choose(page, "example", "a digit")
    box = page.locator(".cx-view").first.bounding_box()
    cell = box["width"] / 12
    page.mouse.click(box["x"] + 4.5 * cell, box["y"] + 2.5 * cell)
    assert numbers(text(page, ".cx-line"))[:2] == [3, 5]
    # Beyond the last place: the last one.
    page.mouse.click(box["x"] + 11.5 * cell, box["y"] + 11.5 * cell)
    assert page.locator("output").inner_text() == "100 of 100"


def test_playing(load):
    """It ends by itself, and out of sight; not with reduced motion."""
    page = load(explore.cross_correlation())
    choose(page, "example", "a digit")
    place, line = page.locator("input[type=range]"), page.locator(".cx-line")
    page.get_by_role("button", name="play").click()
    assert line.get_attribute("aria-live") == "off"
    page.clock.run_for(1000)
    assert int(place.input_value()) > 2
    page.get_by_role("button", name="stop").click()
    assert line.get_attribute("aria-live") == "polite"
    set_slider(page, "place", 98)
    page.get_by_role("button", name="play").click()
    page.clock.run_for(1200)
    assert place.input_value() == "100"
    assert page.get_by_role("button", name="play").is_visible()
    page.get_by_role("button", name="play").click()
    page.evaluate("document.body.style.paddingTop = '3000px'")
    page.get_by_role("button", name="play").wait_for()
    page.evaluate("document.body.style.paddingTop = 0")
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("button", name="play").wait_for(state="hidden")
    set_slider(page, "place", 5)
    for name, after in (("step", "6"), ("back", "5"), ("back", "4")):
        page.get_by_role("button", name=name).press("Enter")
        page.clock.run_for(700)
        assert place.input_value() == after
    duration = page.locator(".cx-window").first.evaluate(
        "n => getComputedStyle(n).transitionDuration"
    )
    assert duration == "0s"


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
