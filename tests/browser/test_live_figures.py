"""The live figures in Chromium: what they show, and how they behave."""

import base64
import io
import random
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from live_figures import (
    EXPERIMENTS,
    NAMES,
    choose,
    data_of,
    example_figure,
    images,
    lenet,
)
from PIL import Image
from scipy.stats import t

from course_utils import explore
from course_utils.explore.figure import Figure, Packed

FRAME, PAUSE = 20, 600  # ms: more than a frame; until readers are told
CLASSES = [f"garment {i}" for i in range(10)]
WALKS = ["cross_correlation", *(n for n in NAMES if n.endswith("_walk"))]
# PyTorch's names for the page's options of pooling.
POOLING = {"k": "kernel_size", "ceil": "ceil_mode"}
POOLING["counted"] = "count_include_pad"


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


# --- What they show ---------------------------------------------------------


def test_the_kernel_is_edited_and_flipped(load):
    X, K = torch.rand(8, 7), torch.rand(3, 3)
    params = {"X": Packed(X), "K": Packed(K)}
    page = load(Figure("cross_correlation", "", params))
    choose(page, "example", "a digit")
    page.get_by_label("row 2, column 3").fill("-1.5")
    K[1, 2] = -1.5

    def assert_shows(kernel):
        page.get_by_role("button", name="all").click()
        Y = F.conv2d(X[None, None], kernel[None, None]).flatten()
        shown = written(page, "output")
        torch.testing.assert_close(shown, Y, atol=0.051, rtol=0)

    assert_shows(K)
    page.get_by_label("flip").check()
    assert_shows(K.flip(0, 1))
    choose(page, "kernel", "blur")
    assert_shows(torch.full((3, 3), 1 / 9))
    assert not page.trouble


# --- Walks ------------------------------------------------------------------


# The examples that a figure offers, as it draws them.
EXAMPLES = """(figure) => {
    const [walk, seen] = [math.walk, []];
    math.walk = (example) => {
        const { X, K, gray, digits, ...options } = example;
        const list = (Z) => Z && { ...Z, data: Array.from(Z.data) };
        seen.push({ X: list(X), K: list(K), options });
        return walk(example);
    };
    explorers[figure.name](ui.html("div"), revive(figure.params));
    return seen.slice(0, -1);
}"""


def output_of(X, K, options):
    """Return what PyTorch makes of an example."""
    image = torch.tensor(X["data"]).float().reshape(1, -1, X["h"], X["w"])
    if K:
        kernel = torch.tensor(K["data"]).float()
        kernel = kernel.reshape(-1, X["c"], K["h"], K["w"])
        return F.conv2d(image, kernel, **options)
    options = {POOLING.get(k, k): v for k, v in options.items()}
    pool = {"max": F.max_pool2d, "avg": F.avg_pool2d}[options.pop("mode")]
    return pool(image, **options)


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


def assert_adds_up(lines):
    """A sum that is written out gives the number behind it."""
    for line in lines.split("\n"):
        left, _, result = line.rpartition("=")
        terms = numbers(left.split(": ")[-1])
        if "\u00d7" in left:
            terms = [x * k for x, k in zip(terms[::2], terms[1::2])]
        if "\u00d7" in left or " + " in left:
            assert sum(terms) == pytest.approx(numbers(result)[0], abs=1e-3)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", WALKS)
def test_walk_goes_through_its_examples(load, compute, name, width):
    """Each place gives PyTorch's number, and nothing beside it moves."""
    figure = example_figure(name)
    page = load(figure, width=width)
    chooser = page.get_by_role("combobox", name="example", exact=True)
    options = chooser.locator("option").all_inner_texts()
    (examples,) = compute(name, EXAMPLES, [data_of(figure)])
    for option, example in zip(options, examples, strict=True):
        chooser.select_option(option)
        Y = output_of(**example)
        # A convolution fills one map after the other, a pooling all at once.
        expected = Y[0].flatten(1).T if "pool" in name else Y.reshape(-1, 1)
        steps = page.evaluate(SWEEP)
        assert len(steps) == len(expected)
        for n, (step, y) in enumerate(zip(steps, expected), 1):
            assert_adds_up(step["line"])
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
    assert not page.trouble


def test_padding_and_stride_shows_the_formula(load):
    """The size, and what no window touches; none where PyTorch refuses."""
    figure, rng, refused = explore.padding_and_stride(), random.Random(0), 0
    page = load(figure)
    for _ in range(40):
        setting = []
        for name, limits in figure.params.items():
            setting.append(rng.randint(limits["min"], limits["max"]))
            set_slider(page, name, setting[-1])
        n, k, padding, stride, dilation = setting
        line, x = text(page, ".cx-line"), torch.ones(1, 1, n)
        x.requires_grad_()
        try:
            y = F.conv1d(
                x, torch.ones(1, 1, k), None, stride, padding, dilation
            )
        except RuntimeError:
            assert line.startswith("No window fits")
            refused += 1
            continue
        y.sum().backward()
        out = y.shape[-1]
        assert f"{n} by {n} becomes {out} by {out}." in line
        assert text(page, ".cx-sum").endswith(f"= {out}")
        missed = (torch.nonzero(x.grad[0, 0] == 0).flatten() + 1).tolist()
        assert numbers(line)[4:] == missed
    assert 0 < refused < 20
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
    for view, (i, j) in enumerate([(0, 0), (2, 1), (4, 5)]):
        grid = page.locator(".cx-view").nth(2 * view)
        cell = grid.bounding_box()["width"] / 6
        grid.hover(position={"x": (j + 0.5) * cell, "y": (i + 0.5) * cell})
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
    add = page.get_by_role("button", name="add a layer")
    add.click()
    for n in (2, 3):
        page.get_by_role("button", name=f"remove layer {n}").click()
    page.get_by_label("kernel of layer 1").select_option("5")
    page.get_by_label("stride of layer 1").select_option("3")
    page.get_by_label("dilation of layer 2").select_option("4")
    sizes = page.locator("tbody tr td:nth-child(5)").all_inner_texts()
    # 5 pixels; then two more of 4 places, each 3 pixels on.
    assert sizes == ["5", "29"]
    assert "sees 29 by 29 pixels" in text(page, ".cx-line")
    choose(page, "stack", "one 7 x 7")
    assert "sees 7 by 7 pixels" in text(page, ".cx-line")
    assert page.get_by_role("button", name="remove layer 1").is_disabled()
    for _ in range(8):
        add.click()
    assert "room for 8 layers" in text(page, ".cx-line")
    assert not page.trouble


CURVES = """() => [...document.querySelectorAll(".cx-chart")].map((chart) =>
    chart.querySelector("polyline:not(.cx-pale)").getAttribute("points")
        .split(" ").map((point) => Number(point.split(",")[1])))"""


def test_residual_follows_the_controls(load):
    """The strong curve of each chart, and the line about the four nets."""
    page, lines = load(explore.residual()), []
    assert [len(c) for c in page.evaluate(CURVES)] == [28, 27, 27]
    for role, name, key in (
        ("checkbox", "shortcut", "Space"),
        ("checkbox", "batch norm", "Space"),
        ("slider", "weights", "ArrowLeft"),
        ("button", "other weights", "Enter"),
        ("checkbox", "shortcut", "Space"),
    ):
        before = page.evaluate(CURVES)
        page.get_by_role(role, name=name).press(key)
        after = page.evaluate(CURVES)
        assert all(a != b for a, b in zip(before, after))
        lines.append(text(page, ".cx-line"))
    assert len(set(lines)) == 5
    starts = [line.split(" the shortcut")[0] for line in lines]
    assert starts == [*["With"] * 4, "Without"]
    page.get_by_role("slider", name="blocks").press("ArrowRight")
    assert [len(c) for c in page.evaluate(CURVES)] == [29, 28, 28]
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
    """Return a canvas as an array of shape (h, w, 4)."""
    url = page.locator(selector).first.evaluate("node => node.toDataURL()")
    png = base64.b64decode(url.partition(",")[2])
    return torch.tensor(np.array(Image.open(io.BytesIO(png))))


def test_lenet_by_keyboard_alone(shown):
    """Pick a picture, move it, go back; erase, and draw."""
    page, net, X = shown
    assert_shows(page, net, X[:1])
    assert "True class: garment 3." in text(page, ".cx-line")
    assert torch.equal(pixels(page)[..., 0], (255 * X[0, 0]).round().byte())
    page.get_by_role("radio").first.press("ArrowRight")
    X = X[1:2]
    assert_shows(page, net, X)
    page.get_by_label("right").press("ArrowRight")
    assert_shows(page, net, F.pad(X, (1, -1)))
    page.get_by_role("button", name="reset").press("Enter")
    assert_shows(page, net, X)
    view = page.locator(".cx-view")
    view.press("ArrowUp")
    page.clock.run_for(PAUSE)
    assert "Cursor: row 14, column 15." in text(page, ".cx-line")
    page.keyboard.down("Space")
    for _ in range(4):
        view.press("ArrowDown")
    page.keyboard.up("Space")
    view.press("ArrowDown")
    X[..., 12:19, 13:16] = 0
    assert_shows(page, net, X)
    page.get_by_label("brush").select_option("draw")
    view.press("Space")
    X[..., 17:20, 13:16] = 1
    assert_shows(page, net, X)
    assert page.evaluate("scrollY") == 0


def test_lenet_by_pointer(shown):
    """A stroke erases, a second is not joined to it; all layers follow."""
    page, net, X = shown
    layers = [f".cx-layers > :nth-child({n}) canvas" for n in range(1, 7)]
    before = [pixels(page, layer) for layer in layers]
    view, line = page.locator(".cx-view"), page.locator(".cx-line")
    box = view.bounding_box()
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
    after = [pixels(page, layer) for layer in layers]
    assert not any(map(torch.equal, before, after))
    # Who listens hears the answer at a pause.
    assert line.get_attribute("aria-live") == "off"
    page.clock.run_for(PAUSE)
    assert line.get_attribute("aria-live") == "polite"
    # Else a finger would scroll the page.
    assert view.evaluate("n => getComputedStyle(n).touchAction") == "none"


GAINS = {
    ("better", "base"): "You may say: trained like this, better ends above",
    ("base", "better"): "You may say: trained like this, better ends above",
    ("alike", "base"): "do not show which of the two is better",
    ("one run", "base"): "One pair of runs: one run ended 0.180 above base",
    ("another seed", "base"): "nothing to compare",
    ("base", "base"): "Choose two different recipes",
}


def half_of(n, deviation):
    """Return half of a 95% interval: by SciPy's Student's t."""
    return t.ppf(0.975, n - 1) * deviation / n**0.5


def test_gain_says_what_may_be_said(load):
    page = load(example_figure("gain"))
    for (a, b), sentence in GAINS.items():
        choose(page, "recipe A", a)
        choose(page, "recipe B", b)
        line = text(page, ".cx-line").replace("\u2212", "-")
        assert sentence in line
        if "pairs" not in line:
            continue
        runs = [EXPERIMENTS["first experiment"][name] for name in (a, b)]
        gains = torch.tensor([runs[0][s] - runs[1][s] for s in range(3)])
        mean, deviation = gains.mean().item(), gains.std().item()
        ends = (mean - half_of(3, deviation), mean + half_of(3, deviation))
        assert f"{mean:.3f} on average over 3 pairs" in line
        assert "95% interval {:.3f} to {:.3f}".format(*ends) in line
        if "do not show" in line:
            more = range(3, 101)
            enough = [n for n in more if half_of(n, deviation) < abs(mean)]
            assert f"{enough[0]} pairs would be enough" in line
    assert "at 3 intervals" in text(page, ".cx-looked")
    choose(page, "experiment", "second experiment")
    assert "0.100 on average over 2 pairs" in text(page, ".cx-line")
    assert page.locator("table tbody tr").count() == 2
    assert not page.trouble


# --- How all behave in a page -----------------------------------------------


def change_something(root):
    """With the keyboard alone."""
    kinds = ("input[type=range]", "select", ".cx-view")
    control = next(c for c in map(root.locator, kinds) if c.count()).first
    control.press("ArrowRight")
    control.press("ArrowRight")


@pytest.mark.parametrize("name", NAMES)
def test_twice_in_a_narrow_page(load, name):
    """Both live, each for itself, within the page; nothing is left behind."""
    figure = example_figure(name)
    empty, page = load(), load(figure, figure, width=390)
    roots = page.locator(".cx[data-live]")
    assert roots.count() == 2
    before = roots.nth(1).inner_text()
    assert roots.nth(0).inner_text() == before
    assert "where JavaScript runs" not in before
    assert page.locator(".cx-line[aria-live=polite]").first.inner_text()
    change_something(roots.nth(0))
    page.clock.run_for(FRAME)
    assert roots.nth(0).inner_text() != before
    assert roots.nth(1).inner_text() == before
    names = "Object.getOwnPropertyNames(window)"
    assert sorted(page.evaluate(names)) == sorted(empty.evaluate(names))
    assert page.evaluate("document.querySelectorAll('[id]').length") == 0
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert not page.trouble


def test_keys_and_pointer_move_the_window(load):
    page, w = load(explore.padding_and_stride()), 3
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
    # A click on the last cell goes to the last place there is.
    box = view.bounding_box()
    view.click(position={"x": box["width"] - 3, "y": box["height"] - 3})
    assert numbers(shown.inner_text()) == [w * w, w * w]


def test_playing(load):
    """It ends by itself, and out of sight; not with reduced motion."""
    page = load(explore.cross_correlation())
    choose(page, "example", "a digit")
    place, line = page.locator("input[type=range]"), page.locator(".cx-line")
    play = page.get_by_role("button", name="play")
    play.click()
    assert line.get_attribute("aria-live") == "off"
    page.clock.run_for(1000)
    assert int(place.input_value()) > 2
    page.get_by_role("button", name="stop").click()
    assert line.get_attribute("aria-live") == "polite"
    set_slider(page, "place", 98)
    play.click()
    page.clock.run_for(1200)
    assert place.input_value() == "100"
    play.click()
    page.evaluate("document.body.style.paddingTop = '3000px'")
    play.wait_for()
    page.evaluate("document.body.style.paddingTop = 0")
    page.emulate_media(reduced_motion="reduce")
    play.wait_for(state="hidden")
    set_slider(page, "place", 5)
    for name, after in (("step", "6"), ("back", "5"), ("back", "4")):
        page.get_by_role("button", name=name).press("Enter")
        page.clock.run_for(700)
        assert place.input_value() == after
    duration = "node => getComputedStyle(node).transitionDuration"
    assert page.locator(".cx-window").first.evaluate(duration) == "0s"


def test_dark_pages(load):
    """Of the site, of JupyterLab, of Colab."""
    ground = "getComputedStyle(document.querySelector('.cx')).backgroundColor"
    for element, name, value in (
        ("html", "data-theme", "dark"),
        ("body", "data-jp-theme-light", "false"),
        ("html", "theme", "dark"),
    ):
        page = load(explore.pooling())
        assert page.evaluate(ground) == "rgb(255, 255, 255)"
        change = f"node => node.setAttribute('{name}', '{value}')"
        page.locator(element).evaluate(change)
        assert page.evaluate(ground) == "rgb(27, 32, 40)"


def test_without_scripts(load):
    """The reader learns where the figure lives."""
    page = load(explore.pooling(), java_script_enabled=False)
    assert "live where JavaScript runs" in text(page, ".cx p")
