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
from examples import run_python
from live_figures import NAMES, example_figure
from torch import nn

from course_utils import explore

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 60_000


@pytest.fixture(params=[n for n in NAMES if n != "lenet"])
def html(request):
    return example_figure(request.param)._repr_html_()


def test_html_stands_alone(html):
    """Nothing is loaded, and nothing reaches out of the script."""
    text = html.replace("http://www.w3.org/2000/svg", "")  # a name
    for word in ("http", "src=", "href=", "url(", "@import", "fetch("):
        assert word not in text
    assert not re.search(r"\bid=|\.id\b|window\.\w+ =|Math\.random", text)
    assert len(html.encode()) < MOST_BYTES


def test_html_is_one_root_a_style_and_a_script(html):
    soup = bs4.BeautifulSoup(html, "html.parser")
    names = [tag.name for tag in soup.find_all(recursive=False)]
    assert names == ["div", "style", "script"]
    key = soup.div["data-explorer"]
    assert soup.script.get_text().count(f'"{key}"') == 1
    assert soup.div["aria-label"] in soup.div.get_text()
    lines = html.splitlines()
    assert not [n for n in lines if n.strip().startswith(("//", "/*", "*/"))]
    assert not [n for n in lines if n != n.lstrip()]


def test_same_html_in_another_process():
    """Whatever the hash seed is; nbval compares outputs of new kernels."""
    code = (
        "from course_utils import explore\n"
        "print(explore.channels()._repr_html_())\n"
        "print(explore.channels())"
    )
    figure = explore.channels()
    expected = f"{figure._repr_html_()}\n{figure}"
    assert run_python(code, cwd=ROOT).strip() == expected.strip()
    assert repr(figure) == (
        "<explore.channels: Channels mixed by a 1x1 kernel>"
    )


def key_of(figure):
    return re.search(r'data-explorer="(.*?)"', figure._repr_html_())[1]


def test_other_arguments_another_key():
    figures = [explore.padding_and_stride(stride=s) for s in (1, 2, 3)]
    assert len(set(map(key_of, figures))) == 3


def test_a_text_cannot_end_the_script():
    params = {"text": "</script><script>"}
    html = explore.figure.Figure("pooling", "<b>", params)._repr_html_()
    assert html.count("</script>") == 1 and "<b>" not in html


@pytest.mark.parametrize(
    "name, value, limits",
    [
        ("n", 2, "3 to 14"),
        ("kernel", 0, "1 to 7"),
        ("padding", -1, "0 to 4"),
        ("stride", 1.5, "1 to 4"),
        ("dilation", True, "1 to 3"),
    ],
)
def test_settings_that_do_not_fit(name, value, limits):
    message = f"^{name}: expected an integer from {limits}"
    with pytest.raises(ValueError, match=message):
        explore.padding_and_stride(**{name: value})


@pytest.mark.parametrize("experiments", [{}, {"one": {"recipe": {0: 0.5}}}])
def test_a_gain_needs_two_recipes(experiments):
    with pytest.raises(ValueError, match="two recipes or more"):
        explore.gain(experiments)


def test_no_such_walk():
    with pytest.raises(ValueError, match="^operation: expected one of .*pad"):
        explore.walk("stride")


# --- LeNet ------------------------------------------------------------------


def lenet():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),
        nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Conv2d(6, 16, kernel_size=5),
        nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120),
        nn.Sigmoid(),
        nn.Linear(120, 84),
        nn.Sigmoid(),
        nn.Linear(84, 10),
    )


def with_layer(i, layer):
    net = lenet()
    net[i] = layer
    return net


X = (255 * torch.rand(3, 1, 28, 28)).round() / 255


def test_rows():
    """One row for each layer with its activation, in the lesson's shapes."""
    rows = explore.lenet(lenet(), X).params["rows"]
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


@pytest.mark.parametrize(
    "same", [X[:, 0], X.numpy(), X[:, 0].double().numpy(), X.double()]
)
def test_images_of_any_kind(same):
    """(n, 1, h, w) and (n, h, w), tensors or arrays, are the same."""
    html = explore.lenet(lenet(), X)._repr_html_()
    assert explore.lenet(lenet(), same)._repr_html_() == html


def test_net_is_not_changed():
    """Neither its mode, its precision, its weights, nor its gradients."""
    net = lenet().train().double()
    net[1] = nn.ReLU(inplace=True)
    net.append(nn.Dropout(0.5))
    net(X.double()).sum().backward()
    before = copy.deepcopy(net.state_dict())
    gradient = net[0].weight.grad.clone()
    explore.lenet(net, X)
    assert all(layer.training for layer in net)
    for name, value in net.state_dict().items():
        assert value.dtype == torch.double
        assert torch.equal(value, before[name])
    assert torch.equal(net[0].weight.grad, gradient)


def test_net_in_training():
    """Batch norm takes what it has learned, not the images' own mean."""
    net = lenet().insert(1, nn.BatchNorm2d(6))
    used = explore.lenet(net.eval(), X)._repr_html_()
    assert explore.lenet(net.train(), X)._repr_html_() == used


def test_net_of_another_precision():
    net = lenet().bfloat16()
    figure = explore.lenet(net, X.bfloat16())
    same = explore.lenet(net.float(), X.bfloat16().float())
    assert figure._repr_html_() == same._repr_html_()


def diverged():
    net = lenet()
    net[3].weight.data[0, 0, 0, 0] = float("nan")
    return net


@pytest.mark.parametrize(
    "net, message",
    [
        (nn.Linear(784, 10), "expected an nn.Sequential"),
        (nn.Sequential(), "expected an nn.Sequential"),
        (with_layer(1, nn.GELU()), "layers of the types Conv2d.*got GELU"),
        (with_layer(11, nn.LazyLinear(10)), "got LazyLinear"),
        (
            with_layer(0, nn.Conv2d(1, 6, 5, padding="same")),
            "expected padding to be one number",
        ),
        (
            with_layer(0, nn.Conv2d(1, 6, 5, padding=(2, 1))),
            "expected padding to be one number",
        ),
        (
            with_layer(
                0, nn.Conv2d(1, 6, 5, padding=2, padding_mode="reflect")
            ),
            "expected padding_mode=zeros",
        ),
        (with_layer(3, nn.Conv2d(6, 16, 5, groups=2)), "expected groups=1"),
        (with_layer(2, nn.AvgPool2d(3, 2, padding=1)), "expected padding=0"),
        (with_layer(2, nn.MaxPool2d(2, ceil_mode=True)), "ceil_mode=False"),
        (with_layer(2, nn.MaxPool2d((2, 1))), "kernel_size to be one number"),
        (with_layer(6, nn.Identity()), "an nn.Flatten before Linear"),
        (with_layer(11, nn.Linear(84, 1)), "two scores or more"),
        (with_layer(7, nn.Linear(400, 150)), "at most 65,000 weights"),
        (
            with_layer(1, nn.BatchNorm2d(6, track_running_stats=False)),
            "expected track_running_stats=True",
        ),
        (diverged(), "expected finite weights"),
    ],
)
def test_net_that_does_not_fit(net, message):
    with pytest.raises(ValueError, match=f"^net: .*{message}"):
        explore.lenet(net, X)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"X": torch.rand(21, 1, 28, 28)}, "X: expected 1 to 20 square"),
        ({"X": torch.rand(2, 3, 28, 28)}, "X: expected 1 to 20 square gray"),
        ({"X": torch.rand(2, 1, 28, 24)}, "X: expected 1 to 20 square"),
        ({"X": torch.rand(2, 1, 32, 32)}, "X: expected images that fit"),
        ({"X": torch.full((1, 28, 28), torch.nan)}, "X: expected finite"),
        ({"X": "a boot"}, "X: expected 1 to 20 square gray images"),
        ({"y": [0, 1]}, "y: expected 3 integers from 0 to 9"),
        ({"y": [0, 1, 10]}, "y: expected 3 integers from 0 to 9"),
        ({"y": [0, -1, 2]}, "y: expected 3 integers from 0 to 9"),
        ({"y": 5}, "y: expected 3 integers from 0 to 9"),
        ({"classes": ["boot", "bag"]}, "classes: expected 10 names"),
        ({"classes": "0123456789"}, "classes: expected 10 names"),
    ],
)
def test_what_does_not_fit_the_net(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        explore.lenet(lenet(), **{"X": X, **arguments})


def test_names_are_escaped():
    """A class may have any name."""
    names = ["</script><b>"] * 10
    html = explore.lenet(lenet(), X, torch.tensor([1, 2, 3]), names)
    assert html._repr_html_().count("</script>") == 1


def test_scripts_are_packaged(tmp_path):
    """Installed from a wheel, the figures are whole."""
    source = tmp_path / "source"
    shutil.copytree(ROOT / "course_utils", source / "course_utils")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    command = "pip wheel --no-deps --no-build-isolation --quiet ."
    subprocess.run(
        [sys.executable, "-m", *command.split(), "--wheel-dir", tmp_path],
        check=True,
        cwd=source,
    )
    (wheel,) = tmp_path.glob("*.whl")
    packed = {n for n in zipfile.ZipFile(wheel).namelist() if "explore" in n}
    folder = ROOT / "course_utils" / "explore"
    files = {
        str(path.relative_to(ROOT))
        for path in folder.rglob("*.*")
        if path.suffix in (".py", ".js", ".css")
    }
    assert packed == files
