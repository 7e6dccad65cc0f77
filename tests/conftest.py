"""Fixtures that all tests share: no network, no setting from outside."""

import os

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings

os.environ["MPLBACKEND"] = "Agg"

from examples import random_arrays  # noqa: E402

from course_utils import sources  # noqa: E402

pytest_plugins = ["mirrors"]

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
    raise ConnectionError("the tests have no network")


@pytest.fixture(autouse=True)
def clean_state(monkeypatch, tmp_path):
    """Start each test with an empty data folder, no network, no cache."""
    monkeypatch.delenv("COURSE_FAST", raising=False)
    monkeypatch.delenv("COURSE_RESULTS", raising=False)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sources, "download", no_network)
    monkeypatch.setattr(sources, "_failures", {})
    sources._read.cache_clear()
    torch.manual_seed(0)


@pytest.fixture
def data_folder(tmp_path):
    """Put a small file for both data sets where COURSE_DATA points."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in sources.DATA_SETS:
        np.savez(folder / f"{name}.npz", **random_arrays(name), source=name)
    return folder


@pytest.fixture
def real_data(monkeypatch):
    """Point COURSE_DATA to the real files, or skip."""
    if not REAL_DATA or not os.path.isdir(REAL_DATA):
        pytest.skip("COURSE_DATA is not set to a folder of real data")
    monkeypatch.setenv("COURSE_DATA", REAL_DATA)
    return REAL_DATA
