"""Batches: their shapes, their order, and augmentation."""

import numpy as np
import pytest
import torch
from examples import make_loader
from hypothesis import given
from hypothesis import strategies as st

import course_utils as cu
from course_utils.loaders import (
    TensorLoader,
    cutout,
    random_crop,
    random_flip,
)

SHAPES = {"fashion_mnist": (1, 28, 28), "cifar10": (3, 32, 32)}


@pytest.mark.parametrize("name, shape", SHAPES.items())
def test_batches(name, shape, data_folder):
    """60 training and 20 test images, in batches of 16."""
    loaders = getattr(cu, f"load_data_{name}")(16, device="cpu", seed=0)
    for data_iter, total in zip(loaders, (60, 20)):
        batches = list(data_iter)
        assert len(batches) == len(data_iter) == -(-total // 16)
        assert [len(y) for _, y in batches[:-1]] == [16] * (total // 16)
        for X, y in batches:
            assert X.shape == (len(y), *shape)
            assert X.dtype == torch.float32 and y.dtype == torch.int64
        assert data_iter.classes[0] in ("T-shirt/top", "airplane")
        assert len(data_iter.classes) == 10
        assert data_iter.source == name
        assert data_iter.images.dtype == torch.uint8


def order(loader):
    """Return the labels of one pass, as images know them."""
    return torch.cat([y for _, y in loader]).tolist()


def numbered(count, seed=None, shuffle=True, **options):
    """Return a loader whose labels number the images."""
    images = torch.arange(count, dtype=torch.uint8).view(-1, 1, 1)
    images = images.expand(count, 6, 6)
    options |= {"shuffle": shuffle, "seed": seed, "device": "cpu"}
    return TensorLoader(images, torch.arange(count), 8, **options)


def test_shuffle_by_generator():
    first, second = numbered(30, seed=3), numbered(30, seed=3)
    torch.manual_seed(1)
    epochs = [order(first) for _ in range(3)]
    torch.manual_seed(2)
    assert [order(second) for _ in range(3)] == epochs
    assert all(sorted(epoch) == list(range(30)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2] != list(range(30))
    assert order(numbered(30, seed=4)) != epochs[0]


@pytest.mark.parametrize("shuffle", [True, False])
def test_images_stay_with_their_labels(shuffle):
    for X, y in numbered(30, shuffle=shuffle):
        assert torch.equal((X[:, 0, 0, 0] * 255).round().long(), y)


@pytest.mark.parametrize("kind", [float, np.float64, torch.tensor])
def test_normalize(kind, data_folder):
    """NumPy's are float64, which no batch becomes: a Mac's GPU has none."""
    mean, std = [[kind(v) for v in m] for m in ((0.1, 0.2, 0), (0.4, 0.5, 1))]
    plain = next(iter(cu.load_data_cifar10(20, device="cpu")[1]))[0]
    loader = cu.load_data_cifar10(20, normalize=(mean, std), device="cpu")[1]
    X = next(iter(loader))[0]
    for c in range(3):
        expected = (plain[:, c] - mean[c]) / std[c]
        torch.testing.assert_close(X[:, c], expected)


def test_batches_are_made_where_the_images_are():
    """On "meta", where an operation with a tensor of the CPU fails."""
    loader = TensorLoader(
        torch.zeros(8, 6, 6, dtype=torch.uint8),
        torch.arange(8),
        4,
        shuffle=True,
        resize=9,
        normalize=((0.5,), (0.5,)),
        device="meta",
        **AUGMENT,
    )
    for X, y in loader:
        assert X.device == y.device == torch.device("meta")
        assert X.dtype == torch.float32 and X.shape == (4, 1, 9, 9)


# Augmentation, against one image after another.

batches = st.tuples(
    st.integers(1, 5), st.sampled_from([1, 3]), *[st.integers(2, 7)] * 2
)


def images_and_generators(shape, seed):
    """Return images without zeros, and a generator for each version."""
    generator = torch.Generator().manual_seed(seed)
    X = torch.randint(1, 256, shape, generator=generator, dtype=torch.uint8)
    return X, *(torch.Generator().manual_seed(seed) for _ in range(2))


@given(shape=batches, seed=st.integers(0, 1000))
def test_random_flip(shape, seed):
    X, generator, same = images_and_generators(shape, seed)
    mirrored = torch.rand(len(X), generator=same) < 0.5
    expected = [
        image.flip(2) if m else image for image, m in zip(X, mirrored)
    ]
    assert torch.equal(random_flip(X, generator), torch.stack(expected))


@given(shape=batches, padding=st.integers(1, 4), seed=st.integers(0, 1000))
def test_random_crop(shape, padding, seed):
    X, generator, same = images_and_generators(shape, seed)
    n, _, h, w = shape
    tops, lefts = torch.randint(0, 2 * padding + 1, (2, n), generator=same)
    expected = torch.zeros_like(X)
    for i in range(n):
        for row in range(h):
            for column in range(w):
                y = row + int(tops[i]) - padding
                x = column + int(lefts[i]) - padding
                if 0 <= y < h and 0 <= x < w:
                    expected[i, :, row, column] = X[i, :, y, x]
    assert torch.equal(random_crop(X, padding, generator), expected)


@given(shape=batches, size=st.integers(1, 5), seed=st.integers(0, 1000))
def test_cutout(shape, size, seed):
    X, generator, same = images_and_generators(shape, seed)
    n, _, h, w = shape
    centers = torch.rand(2, n, 1, generator=same)
    expected = X.clone()
    for i in range(n):
        top = int(centers[0, i, 0] * h) - size // 2
        left = int(centers[1, i, 0] * w) - size // 2
        rows = slice(max(top, 0), max(top + size, 0))
        columns = slice(max(left, 0), max(left + size, 0))
        expected[i, :, rows, columns] = 0
    assert torch.equal(cutout(X, size, generator), expected)


AUGMENT = {"flip": True, "crop": 1, "cutout": 2}


def test_only_training_images_are_augmented(data_folder):
    plain = cu.load_data_cifar10(60, device="cpu", seed=0)
    augmented = cu.load_data_cifar10(60, device="cpu", seed=0, **AUGMENT)
    pairs = [
        (next(iter(a))[0], next(iter(b))[0]) for a, b in zip(plain, augmented)
    ]
    assert not torch.equal(*pairs[0])
    assert torch.equal(*pairs[1])


@pytest.mark.parametrize("seed", [None, 5])
def test_augmentation_follows_the_seed(seed):
    def batches():
        torch.manual_seed(1 if seed is None else torch.seed() % 100)
        return torch.cat([X for X, _ in make_loader(seed=seed, **AUGMENT)])

    assert torch.equal(batches(), batches())


def test_changing_a_loader_leaves_the_next_one_alone(data_folder):
    first, _ = cu.load_data_cifar10(8, device="cpu")
    before = first.images.clone()
    first.images.zero_()
    first.labels.zero_()
    second, _ = cu.load_data_cifar10(8, device="cpu")
    assert torch.equal(second.images, before)
    assert second.labels.any()


def test_subset():
    """It has its images, the options that are given, and the others."""
    loader = numbered(50, seed=1, flip=True, normalize=((0.5,), (0.25,)))
    part = loader.subset(torch.arange(10, 30), batch_size=7)
    assert sorted(order(part)) == list(range(10, 30))
    assert part.flip and part.batch_size == 7
    assert part.generator is None  # two orders from one seed are one
    part = loader.subset(slice(5), shuffle=False)
    normalized, _ = next(iter(part))
    part = loader.subset(torch.arange(50) < 5, shuffle=False, normalize=None)
    X, y = next(iter(part))
    assert y.tolist() == [0, 1, 2, 3, 4]
    assert torch.equal(X[4, 0], torch.full((6, 6), 4 / 255))
    torch.testing.assert_close(normalized, (X - 0.5) / 0.25)
