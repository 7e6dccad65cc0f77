"""Explorers of LeNet and of the shortcut: what they take, and refuse."""

import copy

import pytest
import torch
from torch import nn

from course_utils import explore


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


@pytest.mark.parametrize("scale", [1, 0.9])
def test_size_of_the_html(scale):
    """With 20 images, as bytes or as floats."""
    images = scale * torch.ones(20, 1, 28, 28)
    html = explore.lenet(lenet(), images)._repr_html_()
    assert len(html.encode()) < 450_000


def test_images_are_bytes_where_these_are_exact():
    exact = explore.lenet(lenet(), X).params["images"].json
    assert exact["dtype"] == "uint8"
    normalized = explore.lenet(lenet(), (X - 0.5) / 0.5).params
    assert normalized["images"].json["dtype"] == "float32"
    assert normalized["low"] < -0.9


def test_shapes_of_images():
    """(n, 1, h, w) and (n, h, w), tensors or arrays, are the same."""
    html = explore.lenet(lenet(), X)._repr_html_()
    for same in (X[:, 0], X.numpy(), X[:, 0].numpy()):
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
    net = with_layer(1, nn.Sequential(nn.BatchNorm2d(6), nn.ReLU()))
    net = nn.Sequential(net[0], *net[1], *net[2:])
    used = explore.lenet(net.eval(), X)._repr_html_()
    assert explore.lenet(net.train(), X)._repr_html_() == used


@pytest.mark.parametrize("dtype", [torch.half, torch.bfloat16, torch.double])
def test_other_precisions(dtype):
    net = lenet().to(dtype)
    figure = explore.lenet(net, X.to(dtype))
    same = explore.lenet(net.float(), X.to(dtype).float())
    assert figure._repr_html_() == same._repr_html_()


NETS = [
    (nn.Linear(784, 10), "net: expected an nn.Sequential"),
    (nn.Sequential(), "net: expected an nn.Sequential"),
    (with_layer(1, nn.GELU()), "net: expected layers of the types Conv2d"),
    (with_layer(1, nn.GELU()), "got GELU"),
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
        with_layer(0, nn.Conv2d(1, 6, 5, padding=2, padding_mode="reflect")),
        "expected padding_mode=zeros",
    ),
    (with_layer(3, nn.Conv2d(6, 16, 5, groups=2)), "expected groups=1"),
    (with_layer(2, nn.AvgPool2d(3, 2, padding=1)), "expected padding=0"),
    (with_layer(2, nn.MaxPool2d(2, ceil_mode=True)), "ceil_mode=False"),
    (with_layer(2, nn.MaxPool2d((2, 1))), "kernel_size to be one number"),
    (with_layer(6, nn.Identity()), "expected an nn.Flatten before Linear"),
    (with_layer(7, nn.Linear(256, 120)), "expected images that fit the net"),
    (with_layer(11, nn.Linear(84, 1)), "two scores or more"),
    (with_layer(7, nn.Linear(400, 150)), "expected at most 65,000 weights"),
    (
        with_layer(1, nn.BatchNorm2d(6, track_running_stats=False)),
        "expected track_running_stats=True",
    ),
]


@pytest.mark.parametrize(("net", "message"), NETS)
def test_net_that_does_not_fit(net, message):
    with pytest.raises(ValueError, match=message):
        explore.lenet(net, X)


def test_net_that_diverged():
    net = lenet()
    net[3].weight.data[0, 0, 0, 0] = float("nan")
    with pytest.raises(ValueError, match="net: expected finite weights"):
        explore.lenet(net, X)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (torch.rand(21, 1, 28, 28), "X: expected .* images 1 to 20"),
        (torch.rand(2, 3, 28, 28), "X: expected .* channel 1 to 1"),
        (torch.rand(2, 1, 28, 24), "X: expected square images, got 28 by 24"),
        (torch.rand(2, 1, 32, 32), "X: expected images that fit the net"),
        (torch.full((1, 28, 28), torch.nan), "X: expected finite numbers"),
        ("a boot", "X: expected numbers"),
    ],
)
def test_bad_images(images, message):
    with pytest.raises(ValueError, match=message):
        explore.lenet(lenet(), images)


@pytest.mark.parametrize("y", [[0, 1], [0, 1, 10], [0, -1, 2]])
def test_bad_labels(y):
    with pytest.raises(
        ValueError, match="y: expected 3 integers from 0 to 9"
    ):
        explore.lenet(lenet(), X, y)


def test_bad_classes():
    with pytest.raises(ValueError, match="classes: expected 10 names"):
        explore.lenet(lenet(), X, classes=["boot", "bag"])


def test_names_are_escaped():
    """A class may have any name."""
    names = ["</script><b>"] * 10
    html = explore.lenet(lenet(), X, torch.tensor([1, 2, 3]), names)
    assert html._repr_html_().count("</script>") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"blocks": 0}, "blocks: expected an integer from 1 to 30"),
        ({"blocks": 31}, "blocks: expected an integer from 1 to 30"),
        ({"scale": 0.1}, "scale: expected 0.25 to 2"),
        ({"scale": "1"}, "scale: expected a number"),
        ({"seed": -1}, "seed: expected an integer >= 0"),
    ],
)
def test_bad_arguments_of_residual(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        explore.residual(**arguments)
