"""LeNet in the page: as PyTorch, step for step, and as a reader uses it."""

import itertools
import json
import re

import pytest
import torch
from serving import serving
from torch import nn
from torch.nn import functional as F
from visits import Visit, listen

from course_utils import explore

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
POOLS = {"average": nn.AvgPool2d, "max": nn.MaxPool2d}
STARTS = {"xavier": 1, "wide": 4, "he": 2**0.5}
STEPS, BATCHES = 50, 3
SMALL, LARGE = 5, 33  # images; 33 are more than the engine takes at once
TOLERANCE = {"Float64Array": 1e-4, "Float32Array": 1e-3}
LESSON = "notebooks/05_lenet.html"

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


def lenet(activation, pool, gain):
    """Return LeNet in double precision."""
    act, pool = ACTIVATIONS[activation], POOLS[pool]
    net = nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), act(), pool(2)),
        *(nn.Conv2d(6, 16, 5), act(), pool(2), nn.Flatten()),
        *(nn.Linear(400, 120), act(), nn.Linear(120, 84), act()),
        nn.Linear(84, 10),
    ).double()
    for layer in net:
        if hasattr(layer, "weight"):
            nn.init.xavier_uniform_(layer.weight, gain)
    return net


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
        net = lenet(activation, pool, gain)
        flat = iter(numbers_of(net))
        layers = [{"weight": w, "bias": next(flat)} for w in flat]
        lr = 0.02 if momentum else 0.1
        settings = {"lr": lr, "momentum": momentum}
        settings.update(activation=activation, pool=pool)
        case = {"numbers": numbers, "settings": settings, "batch": batch}
        case.update(X=X.flatten().tolist(), y=y.tolist(), layers=layers)
        cases.append(json.dumps({**case, "steps": STEPS}))
        losses = train(net, X, y, batch, lr, momentum)
        expected.append((losses, numbers_of(net), TOLERANCE[numbers]))
    found = map(json.loads, compute("train_lenet", TRAIN, cases))
    for (losses, weights), (wanted, others, rel) in zip(found, expected):
        assert losses == pytest.approx(wanted, rel=rel)
        for w, v in zip(weights, others):
            torch.testing.assert_close(
                torch.tensor(w), torch.tensor(v), rtol=rel, atol=rel / 1000
            )


def assert_close(actual, expected):
    assert actual.item() == pytest.approx(expected.item(), rel=0.2)


def test_starts_are_those_of_pytorch(compute):
    """Uniform, and as wide; biases as PyTorch has them."""
    torch.manual_seed(0)
    drawn = compute("train_lenet", DRAW, [[start] for start in STARTS])
    for (start, gain), layers in zip(STARTS.items(), drawn):
        net = lenet("relu", "max", gain)
        theirs = [layer for layer in net if hasattr(layer, "weight")]
        for layer, (weight, bias) in zip(theirs, layers, strict=True):
            if start == "he":
                nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            ours, his = torch.tensor(weight), layer.weight.detach()
            assert_close(ours.abs().max(), his.abs().max())
            assert_close(ours.abs().mean(), his.abs().mean())
            assert ours.mean().abs() < 0.2 * ours.abs().mean()
            bound = his[0].numel() ** -0.5
            assert len(bias) == len(his)
            assert bound / 2 < max(map(abs, bias)) <= bound


# --- As the reader uses it --------------------------------------------------


def choose(page, **chosen):
    for name, value in chosen.items():
        name = name.replace("_", " ")
        select = page.get_by_role("combobox", name=name, exact=True)
        select.select_option(value)


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
    # Another setting: the answer is gone, and a guess is asked for.
    choose(page, momentum="0.9")
    assert button.is_disabled()
    assert points(page, "cx-this") == [0, 0, 0]
    assert not page.trouble


def test_the_plateau_is_seen(page):
    choose(page, story="the plateau at 2.303")
    guess(page)
    press(page, "train")
    assert "Right: 10%" in says(page, "You said .under 20%.")
    press(page, "pause")
    loss = re.search(r"loss ([\d.]+)", says(page, "Epoch"))[1]
    assert float(loss) == pytest.approx(2.303, abs=0.1)
    spread = page.get_by_role("img", name="spread of the scores")
    assert float(spread.get_attribute("aria-label").split()[-1]) < 0.02


def test_pause_holds_it(page):
    guess(page)
    press(page, "train")
    says(page, "Epoch")
    press(page, "pause")
    page.wait_for_timeout(500)  # what was under way has come
    before = page.locator(".cx").inner_text()
    page.wait_for_timeout(500)
    assert page.locator(".cx").inner_text() == before
    press(page, "reset")
    says(page, "Press train")
    assert points(page, "cx-this") == [0, 0, 0]


def test_every_story_sets_what_there_is(page):
    stories = page.get_by_label("story").locator("option").all_inner_texts()
    seen = set()
    for story in stories:
        choose(page, story=story)
        selects = page.locator("select").all()
        chosen = tuple(select.input_value() for select in selects)
        assert all(chosen), story
        seen.add(chosen[1:])
        guess(page)
        press(page, "one batch")
        says(page, r"loss \d")
    assert len(seen) == len(stories) == 4


def test_the_short_batch_can_be_left_out(page):
    choose(page, story="the short last batch")
    for use, steps in (("used", 16), ("left out", 15)):
        choose(page, short_last_batch=use)
        guess(page)
        for _ in range(steps):
            press(page, "one batch")
        says(page, "Epoch 1:")
        dots = page.locator(".cx-chart circle").count()
        assert dots == (use == "used")


def test_two_runs_stand_in_one_plot(page):
    guess(page)
    press(page, "one batch")
    says(page, "Epoch 0.02")
    press(page, "keep this run")
    choose(page, start="He")
    guess(page)
    press(page, "one batch")
    says(page, "Epoch 0.02")
    assert points(page, "cx-other") == points(page, "cx-this") == [1, 1, 1]
    kept = page.get_by_text("Gray, dashed:").inner_text()
    assert "with start Xavier; test accuracy" in kept


def test_the_net_is_asked_about_a_picture(page):
    press(page, "next test picture")
    page.get_by_text("ankle boot (true)").wait_for()
    press(page, "clear")
    page.get_by_text("(true)").wait_for(state="hidden")
    before = says(page, "The net says")
    pad = page.get_by_role("application")
    pad.focus()
    page.keyboard.down("Space")
    for key in ("ArrowDown", "ArrowRight") * 5:
        pad.press(key)
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


@pytest.mark.parametrize("where", ["disk", "server"])
@pytest.mark.parametrize("name", [LESSON, "index.html"])
def test_the_site_has_the_images(browser, site, where, name):
    """They load when asked for; no rule of the page's policy is broken."""
    with serving(site) as address:
        home = site.as_uri() if where == "disk" else address
        page, visit = browser.new_page(), Visit()
        listen(page, visit)
        page.goto(f"{home}/{name}")
        figure = page.locator('[data-explorer^="train_lenet"]')
        figure.scroll_into_view_if_needed()
        guess(figure)
        assert not any("fashion_mnist" in url for url in visit.requests)
        press(figure, "one batch")
        says(figure, "Epoch 0.02")
        assert not visit.messages and not visit.failures
        page.close()
