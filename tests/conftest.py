"""Fixtures that all tests share: no network, no setting from outside."""

import os

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings

os.environ["MPLBACKEND"] = "Agg"

from course_utils.data import DATA_SETS, TensorLoader, sources  # noqa: E402
from course_utils.data.download import Offline  # noqa: E402

pytest.register_assert_rewrite("check_tests")

# The nets here are small: more threads only wait for each other.
torch.set_num_threads(1)

# Where the real files are, before the tests look elsewhere.
REAL_DATA = os.environ.get("COURSE_DATA")

settings.register_profile(
    "course",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("course")


def no_network(data_set):
    raise Offline("the tests have no network")


@pytest.fixture(autouse=True)
def clean_state(monkeypatch, tmp_path):
    """Start each test with an empty data folder, no network, no cache."""
    monkeypatch.delenv("COURSE_FAST", raising=False)
    monkeypatch.delenv("COURSE_RESULTS", raising=False)
    monkeypatch.delenv("COURSE_RECORD", raising=False)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sources, "_offline", "")
    monkeypatch.setattr(sources, "_failed", {})
    monkeypatch.setattr(sources, "find_mirrors", no_network)
    sources._read_cached.cache_clear()
    sources._draw_cached.cache_clear()
    torch.manual_seed(0)


def random_arrays(name, train=60, test=20, seed=0):
    """Return a small data set of noise, as keyword arguments of savez."""
    rng = np.random.default_rng(seed)
    parts = {}
    for split, count in (("train", train), ("test", test)):
        shape = (count, *DATA_SETS[name].image_shape)
        parts[f"x_{split}"] = rng.integers(0, 256, shape, dtype=np.uint8)
        parts[f"y_{split}"] = (np.arange(count) % 10).astype(np.uint8)
    return parts


@pytest.fixture
def data_folder(tmp_path):
    """Put a small file for both data sets where COURSE_DATA points."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in DATA_SETS:
        np.savez(folder / f"{name}.npz", **random_arrays(name), source=name)
    return folder


@pytest.fixture
def real_data(monkeypatch):
    """Point COURSE_DATA to the real files, or skip."""
    if not REAL_DATA or not os.path.isdir(REAL_DATA):
        pytest.skip("COURSE_DATA is not set to a folder of real data")
    monkeypatch.setenv("COURSE_DATA", REAL_DATA)
    return REAL_DATA


def make_batches(num_batches=6, batch_size=8, classes=3, side=6, seed=0):
    """Return a list of random batches that a net can learn."""
    generator = torch.Generator().manual_seed(seed)
    batches = []
    for _ in range(num_batches):
        y = torch.randint(classes, (batch_size,), generator=generator)
        X = torch.rand(batch_size, 1, side, side, generator=generator)
        X[torch.arange(batch_size), 0, y] += 2.0
        batches.append((X, y))
    return batches


def make_loader(count=50, batch_size=8, seed=None, **options):
    """Return a shuffling TensorLoader over noise with three classes."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, 6, 6), dtype=np.uint8)
    labels = torch.arange(count) % 3
    return TensorLoader(
        torch.from_numpy(images),
        labels,
        batch_size,
        shuffle=True,
        device="cpu",
        seed=seed,
        **options,
    )


def small_net(seed=0):
    """Return a net with a convolution, batch norm and dropout."""
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Dropout(0.3),
        torch.nn.Linear(64, 3),
    )


def same_weights(a, b):
    """Tell whether two nets are equal, bit for bit."""
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def pytest_generate_tests(metafunc):
    """Hand the tests of checks the importing module's functions."""
    if hasattr(metafunc.module, "SOLUTIONS"):
        if "solution" in metafunc.fixturenames:
            metafunc.parametrize(
                "solution",
                metafunc.module.SOLUTIONS,
                ids=lambda function: function.__name__,
            )
        if "mistake" in metafunc.fixturenames:
            metafunc.parametrize(
                "name, mistake, hint", metafunc.module.MISTAKES
            )
