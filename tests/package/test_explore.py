"""The figures' HTML and what LeNet takes; tests/browser has what they do."""

import copy
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import bs4
import pytest
import torch
from live_figures import EXPERIMENTS, NAMES, example_figure, lenet
from torch import nn

from course_utils import explore

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 60_000


@pytest.mark.parametrize("name", [n for n in NAMES if n != "lenet"])
def test_html_is_small_and_one_root_a_style_and_a_script(name):
    html = example_figure(name)._repr_html_()
    assert len(html.encode()) < MOST_BYTES
    assert "Math.random" not in html
    soup = bs4.BeautifulSoup(html, "html.parser")
    names = [tag.name for tag in soup.find_all(recursive=False)]
    assert names == ["div", "style", "script"]
    key = soup.div["data-explorer"]
    assert soup.script.get_text().count(f'"{key}"') == 1
    assert soup.div["aria-label"] in soup.div.get_text()


def test_other_data_another_key():
    runs = EXPERIMENTS["first experiment"]
    html = [explore.gain({name: runs})._repr_html_() for name in "aab"]
    keys = re.findall('<div .*data-explorer="(.*?)"', "".join(html))
    assert keys[0] == keys[1] != keys[2]


def test_a_text_cannot_end_the_script():
    params = {"text": "</script><script>"}
    html = explore.figure.Figure("pooling", "<b>", params)._repr_html_()
    assert html.count("</script>") == 1 and "<b>" not in html


# --- LeNet ------------------------------------------------------------------


X = (255 * torch.rand(3, 1, 28, 28)).round() / 255


def test_rows():
    """One row for each layer with its activation, in the lesson's shapes."""
    net = lenet(nn.Sigmoid, nn.AvgPool2d)
    rows = explore.lenet(net, X).params["rows"]
    assert [(row["title"], row["shape"]) for row in rows] == [
        ("convolution 5x5, sigmoid", [6, 28, 28]),
        ("average pooling 2x2", [6, 14, 14]),
        ("convolution 5x5, sigmoid", [16, 10, 10]),
        ("average pooling 2x2", [16, 5, 5]),
        ("dense, sigmoid", [120, 1, 1]),
        ("dense, sigmoid", [84, 1, 1]),
    ]


@pytest.mark.parametrize("scale, dtype", [(1, "uint8"), (0.9, "float32")])
def test_images_are_bytes_where_these_are_exact(scale, dtype):
    """The HTML stays small with 20 images of either kind."""
    images = scale * torch.ones(20, 1, 28, 28)
    figure = explore.lenet(lenet(), images)
    assert figure.params["images"].json["dtype"] == dtype
    assert len(figure._repr_html_().encode()) < 450_000


def test_net_is_not_changed():
    """Neither its mode, its precision, its weights, nor its gradients."""
    net = lenet().train().double()
    net(X.double()).sum().backward()
    before = copy.deepcopy(net.state_dict())
    gradient = net[0].weight.grad.clone()
    explore.lenet(net, X)
    assert all(layer.training for layer in net)
    for name, value in net.state_dict().items():
        assert value.dtype == torch.double
        assert torch.equal(value, before[name])
    assert torch.equal(net[0].weight.grad, gradient)


CASES = [
    ({"net": nn.Linear(784, 10)}, "net: expected an nn.Sequential"),
    ({"net": nn.Sequential()}, "net: expected two finite scores"),
    ({2: nn.GELU()}, "net: expected layers of the types Conv2d.*got GELU"),
    ({15: nn.LazyLinear(10)}, "net: .*got LazyLinear"),
    ({0: nn.Conv2d(1, 6, 5, padding="same")}, "net: .*padding in numbers"),
    ({4: nn.Conv2d(6, 16, 5, groups=2)}, "net: expected groups=1"),
    ({3: nn.AvgPool2d(3, 2, padding=1)}, "net: expected padding=0"),
    ({9: nn.Identity()}, "net: expected an nn.Flatten before"),
    ({15: nn.Linear(84, 1)}, "net: expected two finite scores or more"),
    ({10: nn.Linear(400, 150)}, "net: expected at most 65,000 weights"),
    ({"X": X / 0}, "net: expected two finite scores"),
    ({"X": torch.rand(21, 1, 28, 28)}, "X: expected 1 to 20 square gray"),
    ({"X": torch.rand(2, 3, 28, 28)}, "X: expected 1 to 20 square gray"),
    ({"X": torch.rand(2, 1, 28, 24)}, "X: expected 1 to 20 square gray"),
    ({"X": X.numpy()}, "X: expected a floating-point tensor with 4 axes"),
    ({"y": [0, 1]}, "y: expected 3 integers from 0 to 9"),
    ({"y": torch.tensor([0, -1, 2])}, "y: expected 3 integers from 0 to 9"),
    ({"y": 5}, "y: expected 3 integers from 0 to 9"),
    ({"classes": ["boot", "bag"]}, "classes: expected 10 names"),
]


@pytest.mark.parametrize("changes, message", CASES)
def test_what_does_not_fit(changes, message):
    """An argument by its name, or one of the net's layers by its place."""
    arguments = {"net": lenet(), "X": X}
    for place, value in changes.items():
        if type(place) is int:
            arguments["net"][place] = value
        else:
            arguments[place] = value
    with pytest.raises(ValueError, match=f"^{message}"):
        explore.lenet(**arguments)


def test_scripts_are_packaged(tmp_path):
    """Installed from a wheel, the figures are whole."""
    shutil.copytree(ROOT / "course_utils", tmp_path / "course_utils")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    command = "-m pip wheel --no-deps --no-build-isolation --quiet ."
    command = [sys.executable, *command.split()]
    subprocess.run(command, check=True, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    files = (ROOT / "course_utils").rglob("*.*s")  # also .css
    files = {path.relative_to(ROOT).as_posix() for path in files}
    assert files and files <= set(zipfile.ZipFile(wheel).namelist())
