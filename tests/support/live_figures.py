"""What the live figures that take something are shown with in tests."""

import json

import torch
from torch import nn

from course_utils import explore
from course_utils.explore.figure import FILES

# Of the pairs of A, one is alone, three differ much, three differ little.
EXPERIMENTS = {
    "first experiment": {
        "base": {0: 0.71, 1: 0.72, 2: 0.74},
        "better": {0: 0.81, 1: 0.83, 2: 0.86},
        "alike": {0: 0.72, 1: 0.70, 2: 0.78},
        "one run": {1: 0.9},
        "another seed": {7: 0.8},
    },
    "second experiment": {"x": {0: 0.5, 1: 0.6}, "y": {0: 0.6, 1: 0.7}},
}


# Of all figures: each is drawn by a script of its name.
NAMES = sorted(
    path.stem
    for path in FILES.joinpath("js").iterdir()
    if f"explorers.{path.stem} = " in path.read_text(encoding="utf-8")
)


def example_figure(name):
    """Return a live figure, with an example where it takes something."""
    if name.endswith("_walk"):
        return explore.walk(name.removesuffix("_walk"))
    if name == "lenet":
        answers = [0] * 20, ["a long name of a class"] * 10
        return explore.lenet(lenet().eval(), images(20), *answers)
    return getattr(explore, name)(*[EXPERIMENTS] * (name == "gain"))


def choose(page, name, option):
    """Choose an option in a figure that a page shows."""
    page.get_by_role("combobox", name=name, exact=True).select_option(option)


def data_of(figure):
    """Return a figure's name and parameters, as they come to the page."""
    params = json.dumps(figure.params, default=lambda value: value.json)
    return {"name": figure.name, "params": json.loads(params)}


def lenet(activation=nn.ReLU, pool=nn.MaxPool2d, *, norm=False, gain=2):
    """Return LeNet with random weights, of a size that moves the scores."""
    torch.manual_seed(0)
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
            nn.init.xavier_uniform_(module.weight, gain)
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            for values in (module.weight, module.bias, module.running_mean):
                nn.init.normal_(values)
            nn.init.uniform_(module.running_var, 0.2, 3)
    return net


def images(count):
    """Return random images of bytes from 0 to 1; zero is half of them."""
    generator = torch.Generator().manual_seed(7)
    X = torch.randint(0, 256, (count, 1, 28, 28), generator=generator)
    holes = torch.rand(X.shape, generator=generator) < 0.5
    return X.masked_fill(holes, 0) / 255
