"""The residual path in the page, compared with PyTorch and its autograd."""

import random
import re

import pytest
import torch
import torch.nn.functional as F

from course_utils import explore

NAMES = ("spread", "signal", "weight", "scores")


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


def random_case(rng):
    return {
        "draw": {
            "blocks": rng.randint(10, 14),
            "width": rng.choice((8, 16, 32)),
            "seed": rng.randrange(10**6),
        },
        "depth": rng.randint(1, 10),
        "scale": rng.randint(5, 40) / 20,
    }


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


def assert_close(actual, expected):
    """Compare at 1e-4, relative: the numbers span many powers of ten."""
    torch.testing.assert_close(
        torch.tensor(actual, dtype=torch.double),
        torch.tensor(expected, dtype=torch.double),
        atol=0,
        rtol=1e-4,
    )


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("shortcut", [False, True])
def test_run(compute, shortcut, norm):
    """Spreads, gradients and scores, over depths, widths, seeds, scales."""
    rng = random.Random(2 * shortcut + norm)
    cases = [random_case(rng) for _ in range(40)]
    for case in cases:
        case.update(shortcut=shortcut, norm=norm)
    stacks = compute("residual", DRAW, [case["draw"] for case in cases])
    runs = compute("residual", RUN, cases)
    for case, stack, run in zip(cases, stacks, runs):
        expected = reference(
            stack, case["depth"], case["scale"], shortcut, norm
        )
        for name in NAMES:
            assert_close(run[name], expected[name])


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("shortcut", [False, True])
def test_run_at_full_depth(compute, shortcut, norm):
    """As the figure has it: 30 blocks of 32 units."""
    draw = {"blocks": 30, "width": 32, "seed": 0}
    (stack,) = compute("residual", DRAW, [draw])
    for scale in (0.25, 1, 2):
        case = {"draw": draw, "depth": 30, "scale": scale}
        case.update(shortcut=shortcut, norm=norm)
        (run,) = compute("residual", RUN, [case])
        expected = reference(stack, 30, scale, shortcut, norm)
        for name in NAMES:
            assert_close(run[name], expected[name])


def test_draw(compute):
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


# --- What it shows -------------------------------------------------------


def line(page):
    return page.locator(".cx-line").inner_text()


def switch(page, name):
    return page.get_by_role("checkbox", name=name)


def lengths(page):
    """Return the heights of each chart's strong curve, from the top."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".cx-chart")].map((chart) =>
            chart.querySelector("polyline:not(.cx-pale)")
                .getAttribute("points").split(" ")
                .map((point) => Number(point.split(",")[1])))"""
    )


def figures(stack, depth, scale, norm):
    """Return the text's numbers for both positions of the switch."""
    runs = [
        reference(stack, depth, scale, shortcut, norm)
        for shortcut in (False, True)
    ]
    return [
        (run["signal"][0] / run["signal"][-1], run["spread"][-1])
        for run in runs
    ]


def number(text):
    """Read a number as the figure writes it, such as 2.9 times 10^-7."""
    digits, _, power = text.replace(",", "").partition("\u00b710")
    small = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
    for value, sign in enumerate(small):
        power = power.replace(sign, str(value))
    return float(digits) * 10 ** int(power.replace("\u207b", "-") or 0)


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("scale", [0.3, 1])
def test_text_says_what_was_computed(load, compute, scale, norm):
    page = load(explore.residual(20, scale, norm, seed=5))
    draw = {"blocks": 20, "width": 32, "seed": 5}
    (stack,) = compute("residual", DRAW, [draw])
    without, with_it = figures(stack, 20, scale, norm)
    for checked in (False, True):
        switch(page, "shortcut").set_checked(checked)
        first, second = (with_it, without) if checked else (without, with_it)
        text = line(page)
        start = "With the shortcut," if checked else "Without the shortcut,"
        assert text.startswith(start)
        signal = text.split("block 1 is ")[1].split(" times")[0]
        spread = text.split("with a spread of ")[1].split(". With")[0]
        other = text.split(": ")[1].split(" times")[0]
        assert number(signal) == pytest.approx(first[0], rel=0.06)
        assert number(spread) == pytest.approx(first[1], rel=0.06)
        assert number(other) == pytest.approx(second[0], rel=0.06)
    assert not page.trouble


def test_what_the_lesson_says(load):
    """The four nets of lesson 08, before training."""
    page = load(explore.residual())
    ratios = {}
    for norm in (True, False):
        switch(page, "batch norm").set_checked(norm)
        for shortcut in (True, False):
            switch(page, "shortcut").set_checked(shortcut)
            signal, weight = re.findall(r"(\S+) times", line(page))[:2]
            ratios[shortcut, norm] = number(signal), number(weight)
    # Plain with batch norm explodes toward the input, residual does not.
    assert min(ratios[False, True]) > 100 * max(ratios[True, True])
    # Plain without batch norm: the weights' gradients are all alike.
    assert 0.1 < ratios[False, False][1] < 10


def test_curves_follow_the_controls(load):
    page = load(explore.residual())
    assert [len(c) for c in lengths(page)] == [28, 27, 27]
    before = lengths(page)
    switch(page, "shortcut").press("Space")
    assert switch(page, "shortcut").is_checked()
    assert all(a != b for a, b in zip(before, lengths(page)))
    formula = page.locator(".cx-sum").inner_text()
    assert formula.endswith("+ H)")
    before = lengths(page)
    switch(page, "batch norm").press("Space")
    assert all(a != b for a, b in zip(before, lengths(page)))
    before = lengths(page)
    page.get_by_role("slider", name="weights").press("ArrowLeft")
    assert all(a != b for a, b in zip(before, lengths(page)))
    page.get_by_role("slider", name="blocks").press("ArrowRight")
    assert [len(c) for c in lengths(page)] == [29, 28, 28]
    before = lengths(page)
    page.get_by_role("button", name="other weights").press("Enter")
    assert all(a != b for a, b in zip(before, lengths(page)))
    assert not page.trouble


@pytest.mark.parametrize("depth", [1, 2, 6, 7, 30])
@pytest.mark.parametrize("scale", [0.25, 2])
def test_everything_stays_in_the_frame(load, depth, scale):
    """Curves and labels, at the ends of the sliders."""
    page = load(explore.residual(depth, scale, False), width=390)
    for checked in (False, True):
        switch(page, "shortcut").set_checked(checked)
        out = page.evaluate(
            """() => [...document.querySelectorAll(".cx-chart svg")]
            .flatMap((svg) => {
                const frame = svg.getBoundingClientRect();
                return [...svg.querySelectorAll("text, polyline")]
                    .filter((n) => {
                        const box = n.getBoundingClientRect();
                        return box.left < frame.left - 1
                            || box.right > frame.right + 1
                            || box.top < frame.top - 1
                            || box.bottom > frame.bottom + 1
                            || !(box.width >= 0);
                    })
                    .map((n) => n.outerHTML.slice(0, 80));
            })"""
        )
        assert out == []
        assert "NaN" not in page.locator(".cx-charts").inner_html()
        assert "NaN" not in line(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert not page.trouble


def test_everything_has_a_name(load):
    page = load(explore.residual())
    charts = page.get_by_role("img").all()
    assert len(charts) == 3
    for chart, start in zip(charts, ("spread", "gradient", "gradient")):
        assert chart.get_attribute("aria-label").startswith(start)
    assert page.locator(".cx-line[aria-live=polite]").inner_text()
    for control in page.locator("input, button").all():
        assert control.evaluate("n => n.labels?.length || n.textContent")
