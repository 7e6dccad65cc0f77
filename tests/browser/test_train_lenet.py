"""LeNet in the page: as PyTorch, step for step, and as a reader uses it."""

import itertools
import json
import re

import pytest
import torch
from live_figures import choose, lenet
from torch import nn
from torch.nn import functional as F

from course_utils import explore

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
POOLS = {"average": nn.AvgPool2d, "max": nn.MaxPool2d}
STARTS = {"xavier": 1, "wide": 4, "he": 2**0.5}
STEPS, BATCHES = 50, 3
SMALL, LARGE = 5, 33  # images; 33 are more than the engine takes at once
TOLERANCE = {"Float64Array": 1e-4, "Float32Array": 1e-3}

# Cases go there and back as JSON: Playwright takes a minute for the numbers.
TRAIN = """(json) => {
  const {numbers, settings, layers, X, y, batch, steps} = JSON.parse(json);
  const Numbers = globalThis[numbers];
  const engine = math.trainLenet(Numbers);
  const net = engine.create(layers, settings);
  const images = Numbers.from(X), classes = Int32Array.from(y);
  const losses = [];
  for (let s = 0; s < steps; s++) {
    const from = (s * batch) % y.length, to = from + batch;
    const part = images.subarray(784 * from, 784 * to);
    const labels = classes.subarray(from, to);
    losses.push(engine.step(net, part, labels, settings).loss);
  }
  const weights = net.layers.flatMap((l) => [l.weight, l.bias]);
  return JSON.stringify([losses, weights.map((w) => Array.from(w))]);
}"""
DRAW = """([start]) => math.trainLenet(Float64Array).draw(start, 0)
  .map(({weight, bias}) => [weight, bias].map((w) => Array.from(w)))"""


# --- As in PyTorch ----------------------------------------------------------


def numbers_of(net):
    return [p.detach().flatten().tolist() for p in net.parameters()]


def train(net, X, y, batch, lr, momentum):
    """Return the losses of the steps that the page makes, too."""
    optimizer = torch.optim.SGD(net.parameters(), lr, momentum)
    losses = []
    for s in range(STEPS):
        part = slice(batch * (s % BATCHES), batch * (s % BATCHES + 1))
        loss = F.cross_entropy(net(X[part].view(-1, 1, 28, 28)), y[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_it_learns_as_pytorch_does(compute, activation):
    """The losses and the weights of 50 steps, for every setting."""
    cases, expected = [], []
    for pool, gain, momentum, numbers in itertools.product(
        POOLS, STARTS.values(), (0, 0.9), TOLERANCE
    ):
        if numbers == "Float32Array" and (gain > 1 or momentum):
            continue
        batch = LARGE if pool == "max" and gain == 4 else SMALL
        X = torch.rand(BATCHES * batch, 784).double()
        y = torch.randint(10, (BATCHES * batch,))
        net = lenet(ACTIVATIONS[activation], POOLS[pool], gain=gain)
        net.double().eval()  # without dropout
        flat = iter(numbers_of(net))
        layers = [{"weight": w, "bias": next(flat)} for w in flat]
        settings = {"lr": 0.02 if momentum else 0.1, "momentum": momentum}
        names = {"activation": activation, "pool": pool}
        case = {"numbers": numbers, "settings": settings | names}
        case |= {"X": X.flatten().tolist(), "y": y.tolist(), "batch": batch}
        cases.append(json.dumps(case | {"layers": layers, "steps": STEPS}))
        losses = train(net, X, y, batch, **settings)
        expected.append((losses, numbers_of(net), TOLERANCE[numbers]))
    found = map(json.loads, compute("train_lenet", TRAIN, cases))
    for (losses, weights), (wanted, others, rel) in zip(found, expected):
        assert losses == pytest.approx(wanted, rel=rel)
        for w, v in zip(weights, others):
            torch.testing.assert_close(
                torch.tensor(w), torch.tensor(v), rtol=rel, atol=rel / 1000
            )


def test_starts_are_those_of_pytorch(compute):
    """Uniform, and as wide; biases as PyTorch has them."""
    torch.manual_seed(0)
    drawn = compute("train_lenet", DRAW, [[start] for start in STARTS])
    for (start, gain), layers in zip(STARTS.items(), drawn):
        net = lenet(gain=gain)
        theirs = [layer for layer in net if hasattr(layer, "weight")]
        for layer, (weight, bias) in zip(theirs, layers, strict=True):
            if start == "he":
                nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            ours, his = torch.tensor(weight), layer.weight.detach()
            for size in (torch.max, torch.mean):
                wanted = pytest.approx(size(his.abs()).item(), rel=0.2)
                assert size(ours.abs()).item() == wanted
            assert ours.mean().abs() < 0.2 * ours.abs().mean()
            bound = his[0].numel() ** -0.5
            assert len(bias) == len(his)
            assert bound / 2 < max(map(abs, bias)) <= bound


# --- As the reader uses it --------------------------------------------------


def guess(page, place=0):
    page.get_by_role("radio").nth(place).check()


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def says(page, words):
    """Wait for a line that says such words; return it."""
    line = page.locator(".cx-line", has_text=re.compile(words))
    line.wait_for(timeout=60_000)
    return line.inner_text()


def points(page, kind):
    """Return how many points the lines of a kind have, chart by chart."""
    lines = page.locator(f".cx-chart > svg polyline.{kind}").all()
    return [len(line.get_attribute("points").split()) for line in lines]


@pytest.fixture
def page(load):
    """The figure with its images, on a page from file://."""
    return load(explore.train_lenet(embed=True))


def test_a_guess_comes_first_then_it_learns(page):
    button = page.get_by_role("button", name="train")
    assert button.is_disabled()
    guess(page, 2)
    press(page, "one batch")
    says(page, "Epoch 0.02")
    assert points(page, "cx-this") == [1, 1, 1]
    press(page, "train")
    said = says(page, "You said .over 60%.")
    press(page, "pause")
    right = float(re.search(r"([\d.]+)% after 3 epochs", said)[1])
    assert ("Right" in said) == (right > 60)
    assert points(page, "cx-this")[0] >= 3 * 61
    assert all(n > 30 for n in points(page, "cx-layer-1"))
    page.wait_for_timeout(500)  # what was under way has come
    before = page.locator(".cx").inner_text()
    page.wait_for_timeout(500)
    assert page.locator(".cx").inner_text() == before
    # Another setting: the answer is gone, and a guess is asked for.
    choose(page, "momentum", "0.9")
    assert button.is_disabled()
    assert points(page, "cx-this") == [0, 0, 0]
    assert not page.trouble


def test_the_plateau_is_seen(page):
    choose(page, "story", "the plateau at 2.303")
    guess(page)
    press(page, "train")
    assert "Right: 10%" in says(page, "You said .under 20%.")
    press(page, "pause")
    loss = re.search(r"loss ([\d.]+)", says(page, "Epoch"))[1]
    assert float(loss) == pytest.approx(2.303, abs=0.1)
    spread = page.get_by_role("img", name="spread of the scores")
    assert float(spread.get_attribute("aria-label").split()[-1]) < 0.02


def test_every_story_sets_what_there_is(page):
    stories = page.get_by_label("story").locator("option").all_inner_texts()
    seen = set()
    for story in stories:
        choose(page, "story", story)
        chosen = [s.input_value() for s in page.locator("select").all()]
        assert all(chosen), story
        seen.add(tuple(chosen[1:]))
    assert len(seen) == len(stories) == 4


def test_the_short_batch_can_be_left_out(page):
    choose(page, "story", "the short last batch")
    for use, steps in (("used", 16), ("left out", 15)):
        choose(page, "short last batch", use)
        guess(page)
        for _ in range(steps):
            press(page, "one batch")
        says(page, "Epoch 1:")
        dots = page.locator(".cx-chart circle").count()
        assert dots == (use == "used")


def test_two_runs_stand_in_one_plot(page):
    for start in ("Xavier", "He"):
        choose(page, "start", start)
        guess(page)
        press(page, "one batch")
        says(page, "Epoch 0.02")
        if start == "Xavier":
            press(page, "keep this run")
    assert points(page, "cx-other") == points(page, "cx-this") == [1, 1, 1]
    kept = page.get_by_text("Gray, dashed:").inner_text()
    assert "with start Xavier; test accuracy" in kept
    press(page, "reset")
    says(page, "Press train")
    assert points(page, "cx-this") == [0, 0, 0]


def test_the_net_is_asked_about_a_picture(page):
    press(page, "next test picture")
    page.get_by_text("ankle boot (true)").wait_for()
    press(page, "clear")
    page.get_by_text("(true)").wait_for(state="hidden")
    before = says(page, "The net says")
    page.get_by_role("application").focus()
    page.keyboard.down("Space")
    for key in ("ArrowDown", "ArrowRight") * 5:
        page.keyboard.press(key)
    page.keyboard.up("Space")
    page.locator(".cx-line", has_text=before).wait_for(state="detached")
    assert not page.trouble


def test_reduced_motion_draws_once_an_epoch(load):
    page = load(explore.train_lenet(embed=True), reduced_motion="reduce")
    guess(page)
    press(page, "train")
    assert says(page, "Epoch").startswith("Epoch 1:")
    press(page, "pause")


def test_without_the_images_it_says_what_to_do(load):
    page = load(explore.train_lenet())
    guess(page)
    press(page, "train")
    says(page, r"explore.train_lenet\(embed=True\)")


@pytest.mark.parametrize("name", ["notebooks/05_lenet.html", "index.html"])
def test_the_site_has_the_images(new_page, home, name):
    """They load when asked for; no rule of the page's policy is broken."""
    page = new_page(home)
    page.goto(f"{home}/{name}")
    figure = page.locator('[data-explorer^="train_lenet"]')
    figure.scroll_into_view_if_needed()
    guess(figure)
    assert not any("fashion_mnist" in url for url in page.requests)
    press(figure, "one batch")
    says(figure, "Epoch 0.02")
    assert not page.trouble
