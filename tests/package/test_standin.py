"""The drawn data: layout, repeatability, and what a net can learn from it."""

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.data import standin

SHAPES = {"fashion_mnist": (28, 28), "cifar10": (32, 32, 3)}
each_set = pytest.mark.parametrize("name", SHAPES)


@each_set
@pytest.mark.parametrize("split", ["train", "test"])
def test_layout(name, split):
    x, y = standin.draw(name, split, 2000)
    assert x.dtype == y.dtype == np.uint8
    assert x.shape == (2000, *SHAPES[name]) and y.shape == (2000,)
    for chunk in y.reshape(2, 1000):
        assert (np.bincount(chunk, minlength=10) == 100).all()
        assert not (np.diff(chunk.astype(int)) >= 0).all(), "not shuffled"


@each_set
def test_pictures_use_the_range_of_gray(name):
    x, y = standin.draw(name, "train", 1000)
    assert x.min() == 0 and x.max() >= 250
    spread = x.reshape(1000, -1).std(axis=1)
    assert (spread > 5).all(), f"{(spread <= 5).sum()} pictures are empty"


@each_set
def test_no_two_pictures_are_the_same(name):
    x = np.concatenate(
        [standin.draw(name, split, 1500)[0] for split in ("train", "test")]
    )
    assert len({picture.tobytes() for picture in x}) == 3000


@each_set
@pytest.mark.parametrize("num", [1, 1000, 1234])
def test_fewer_images_are_the_first_of_more(name, num):
    x, y = standin.draw(name, "train", num)
    more_x, more_y = standin.draw(name, "train", 2048)
    np.testing.assert_array_equal(x, more_x[:num])
    np.testing.assert_array_equal(y, more_y[:num])


@each_set
def test_same_seed_same_bytes(name):
    first, again, other = (
        standin.draw(name, "test", 500, seed=s) for s in (3, 3, 4)
    )
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert (
        (first[0] != other[0]).any(axis=tuple(range(1, other[0].ndim))).all()
    )


def test_the_whole_split_is_drawn_by_default(monkeypatch):
    monkeypatch.setitem(standin.garments.NUM_IMAGES, "test", 1500)
    x, y = standin.draw("fashion_mnist", "test")
    assert len(x) == len(y) == 1500


def test_splits_are_as_large_as_the_real_ones():
    assert standin.garments.NUM_IMAGES == {"train": 60000, "test": 10000}
    assert standin.things.NUM_IMAGES == {"train": 50000, "test": 10000}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("mnist", "train"), "name"),
        (("cifar10", "valid"), "split"),
        (("cifar10", "train", 0), "num"),
        (("cifar10", "train", 50_001), "num"),
        (("fashion_mnist", "test", 10_001), "num"),
    ],
)
def test_errors_name_the_argument(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}: "):
        standin.draw(*arguments)


def load(name, split, num=None):
    """Return images as float (n, c, h, w) from 0 to 1, and labels."""
    x, y = standin.draw(name, split, num)
    x = torch.from_numpy(x).reshape(len(x), *SHAPES[name][:2], -1)
    return x.permute(0, 3, 1, 2).float() / 255, torch.from_numpy(y).long()


def linear(name):
    return nn.Sequential(nn.Flatten(), nn.Linear(np.prod(SHAPES[name]), 10))


def lenet(name):
    channels, flat = (1, 400) if name == "fashion_mnist" else (3, 576)
    return nn.Sequential(
        nn.Conv2d(channels, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(flat, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
        nn.Linear(84, 10),
    )  # fmt: skip


def trained_accuracy(net, train, test, num_epochs, lr, batch_size):
    """Train with Adam; return the accuracy on the test images."""
    X, y = train
    optimizer = torch.optim.Adam(net.parameters(), lr)
    for _ in range(num_epochs):
        for batch in torch.randperm(len(X)).split(batch_size):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(X[batch]), y[batch]).backward()
            optimizer.step()
    with torch.no_grad():
        y_hat = torch.cat([net(part) for part in test[0].split(1000)])
    return (y_hat.argmax(1) == test[1]).float().mean().item()


@pytest.fixture
def one_thread():
    """Nets as small as these gain nothing from more, and then disturb."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@each_set
def test_shape_is_what_tells_the_classes_apart(name, one_thread):
    """A convolutional net learns from 10,000 images, a linear one cannot."""
    torch.manual_seed(0)
    train, test = load(name, "train", 10_000), load(name, "test", 2000)
    by_pixel = trained_accuracy(linear(name), train, test, 10, 1e-3, 256)
    by_shape = trained_accuracy(lenet(name), train, test, 6, 3e-3, 64)
    assert 0.2 < by_pixel < 0.75
    assert by_shape > 0.8


@pytest.mark.slow
@each_set
def test_lenet_passes_85_percent_in_three_epochs(name, one_thread):
    torch.manual_seed(0)
    train, test = load(name, "train"), load(name, "test")
    assert trained_accuracy(linear(name), train, test, 15, 1e-3, 256) < 0.75
    assert trained_accuracy(lenet(name), train, test, 3, 2e-3, 128) > 0.85
