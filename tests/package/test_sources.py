"""Where the data come from: a file, a download, or the stand-in."""

import hashlib
import multiprocessing
import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from examples import random_arrays
from mirrors import assert_arrived, closed_port, with_mirrors
from torch import nn
from torchvision.datasets import FashionMNIST
from victims import fetch, finish, kill_at_random_moments, start

import course_utils as cu
from course_utils import data, sources, standin
from course_utils.sources import DATA_SETS, load_arrays, read_or_download

FASHION = "fashion_mnist"
LOADERS = {name: getattr(cu, f"load_data_{name}") for name in DATA_SETS}
each_set = pytest.mark.parametrize("name", DATA_SETS)
only_fashion = pytest.mark.parametrize("served", [FASHION], indirect=True)


def names_in(folder):
    """Return the names in a folder that are not a lock's."""
    there = folder.iterdir() if folder.exists() else ()
    return {p.name for p in there if p.suffix != ".lock"}


# A file that is there.


@each_set
def test_file_under_course_data(name, data_folder):
    """A compressed file with more keys will do, and a new one is read."""
    arrays = load_arrays(DATA_SETS[name])
    for key, value in random_arrays(name).items():
        np.testing.assert_array_equal(arrays[key], value)
    assert arrays["source"] == name
    assert load_arrays(DATA_SETS[name]) is arrays
    path = data_folder / f"{name}.npz"
    np.savez_compressed(path, **random_arrays(name, seed=1), note="more")
    os.utime(path, ns=(1, 1))
    assert LOADERS[name](8)[0].source == DATA_SETS[name].title


def test_cache_folder_by_default(monkeypatch):
    monkeypatch.delenv("COURSE_DATA")
    assert sources.data_folder().name == "course_utils"
    monkeypatch.setenv("COURSE_DATA", "~/x")
    assert sources.data_folder() == Path.home() / "x"


# A file that is damaged.


def npz(**changes):
    """Return a function that writes a file with some keys changed."""

    def write(path):
        parts = {**random_arrays(FASHION), **changes}
        parts = {k: v for k, v in parts.items() if v is not None}
        np.savez(path, **parts)

    return write


def with_a_hole(path):
    """Damage the images; the zip's checksum tells."""
    content = bytearray(path.read_bytes())
    content[1000:1064] = bytes(64)
    path.write_bytes(content)


labels = np.arange(60) % 10
DAMAGED = {
    "text": (lambda path: path.write_text("<html>404</html>"), "pickle"),
    "cut": (lambda path: os.truncate(path, 9000), "not a zip file"),
    "hole": (with_a_hole, "CRC"),
    "object array": (npz(y_test=np.array([{}] * 20)), "Object arrays"),
    "key missing": (npz(y_test=None), "y_test"),
    "color images": (
        npz(x_test=np.zeros((20, 28, 28, 3), np.uint8)),
        r"uint8 images \(n, \*\(28, 28\)\) .* not uint8 \(20, 28, 28, 3\)",
    ),
    "too few labels": (npz(y_train=labels[:59]), r"int64 \(59,\)"),
    "float labels": (npz(y_train=labels / 1.0), "float64"),
    "label 10": (npz(y_train=labels + 1), "0 to 9, .* 1 to 10. Mend"),
    "label -1": (npz(y_train=labels - 1), "0 to 9, .* -1 to 8. Mend"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damaged_file(kind, data_folder):
    """The message names the file, the damage, and what to do."""
    write, reason = DAMAGED[kind]
    path = data_folder / f"{FASHION}.npz"
    write(path)
    with pytest.raises(ValueError, match=reason) as error:
        cu.load_data_fashion_mnist(8)
    said = str(error.value)
    damaged = said.startswith(f"{path} is damaged") and "Delete it" in said
    unfit = said.startswith(f"{path} should have") and "Mend it" in said
    assert damaged != unfit


# Nothing there and no network: the stand-in, and never in silence.


@each_set
def test_stand_in_is_named(name, capsys):
    """By a warning of one line, the loaders, and the history."""
    with pytest.warns(UserWarning, match="stand-in") as caught:
        train_iter, test_iter = LOADERS[name](512)
    text = str(caught[0].message)
    assert f"{name}.npz" in text and "COURSE_DATA" in text
    assert "the tests have no network" in text and "\n" not in text
    source = train_iter.source
    assert source == test_iter.source and source.startswith("stand-in: ")
    assert DATA_SETS[name].title in source
    assert source in sources.in_use.values()
    assert (len(train_iter.labels), len(test_iter.labels)) == (4096, 1024)
    net = nn.Sequential(nn.Flatten(), nn.LazyLinear(10))
    history = cu.train_ch6(net, train_iter, test_iter, 1, 0.1, "cpu")
    assert history.source == source
    first = capsys.readouterr().out.splitlines()[0]
    assert first == f"training on cpu with {source}"


@each_set
def test_fast_mode_stays_off_the_network(name, monkeypatch):
    """It takes a few images, with no warning, but with the source."""

    def download(data_set):
        raise AssertionError("fast mode must not download")

    monkeypatch.setattr(sources, "download", download)
    monkeypatch.setenv("COURSE_FAST", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train_iter, test_iter = LOADERS[name](256)
    assert (len(train_iter.images), len(test_iter.images)) == (2048, 1024)
    assert "stand-in" in train_iter.source
    assert train_iter.labels.bincount().min() >= 204
    monkeypatch.setenv("COURSE_FAST", "0")
    with pytest.raises(AssertionError, match="must not download"):
        LOADERS[name](256)


@each_set
def test_stand_in_is_the_same_each_time(name):
    """Of the right shape, without repetition, all classes in turn."""
    arrays, images = standin.load(name), []
    standin.load.cache_clear()
    again = standin.load(name)
    for split, num in (("train", 4096), ("test", 1024)):
        x, y = arrays[f"x_{split}"], arrays[f"y_{split}"]
        assert x.dtype == y.dtype == np.uint8
        assert x.shape == (num, *DATA_SETS[name].image_shape)
        np.testing.assert_array_equal(y, np.arange(num) % 10)
        np.testing.assert_array_equal(x, again[f"x_{split}"])
        assert (x.reshape(num, -1).std(axis=1) > 5).all()
        images += [image.tobytes() for image in x]
    assert len(set(images)) == 5120


def test_the_sprites_are_in_the_order_of_the_labels():
    text = standin.SHEET.with_name("things.txt").read_text()
    names = tuple(block.split()[0] for block in text.split("\n\n"))
    assert names == DATA_SETS["cifar10"].classes


def test_the_sample_is_the_sheet_image_by_image():
    """In the order that its description states, so that none was chosen."""
    arrays = standin.load(FASHION)
    for split in ("x_train", "x_test"):
        for c in range(10):
            images = arrays[split][c::10]
            sums = [hashlib.sha256(i.tobytes()).hexdigest() for i in images]
            assert sums == sorted(sums)


@pytest.mark.real_data
def test_the_sample_is_real(real_data):
    """Each image is one of Fashion-MNIST's, with its label and split."""
    real, sample = load_arrays(DATA_SETS[FASHION]), standin.load(FASHION)
    for split in ("train", "test"):
        x, y = real[f"x_{split}"], real[f"y_{split}"]
        classes = {i.tobytes(): c for i, c in zip(x, y.tolist())}
        found = [classes.get(i.tobytes()) for i in sample[f"x_{split}"]]
        assert found == sample[f"y_{split}"].tolist()


# A download, from a server on this computer that can misbehave.

FAULTS = {
    "closed": "refused",
    "missing": "404",
    "wrong": "corrupted",
    "cut": "corrupted",
    "reset": "reset",
    "garbled": "220 ready",
    "stall": "timed out",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_mirror_with_a_fault(fault, served, monkeypatch, tmp_path):
    """Alone it is named; with another one behind it nobody notices."""
    url = closed_port() if fault == "closed" else f"{served.url}{fault}/"
    if fault == "stall":
        monkeypatch.setattr(sources, "SECONDS", 0.5)
    with pytest.raises(ConnectionError, match=FAULTS[fault]) as error:
        read_or_download(with_mirrors(served.name, url))
    assert url in str(error.value)
    assert f"Copy {served.name}.npz there" in str(error.value)
    assert not names_in(tmp_path / "data")
    asked = len(served.asked)
    with pytest.raises(ConnectionError, match=FAULTS[fault]):
        read_or_download(with_mirrors(served.name, url))
    assert len(served.asked) == asked  # a dead network is waited for once
    both = with_mirrors(served.name, url, f"{served.url}good/")
    assert_arrived(read_or_download(both), served)
    assert names_in(tmp_path / "data") == {f"{served.name}.npz"}


def test_download_is_kept(served):
    """The first mirror is enough, and is asked no second time."""
    urls = f"{served.url}slow/", f"{served.url}good/"
    data_set = with_mirrors(served.name, *urls)
    # torchvision asks for redirects first.
    asked = [("slow", name) for name in served.files for _ in range(2)]
    for _ in range(2):
        assert_arrived(load_arrays(data_set), served)
        assert served.asked == asked


@only_fashion
def test_processes_at_once_fetch_once(served, tmp_path, monkeypatch):
    """One downloads; the others wait and read its file."""
    barrier = multiprocessing.get_context("forkserver").Barrier(4)
    arguments = f"{served.url}slow/", FashionMNIST.resources, str(tmp_path)
    children = [start(fetch, *arguments, 0, barrier) for _ in range(4)]
    for child in children:
        finish(child)
    assert len(served.asked) == 2 * len(served.files)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert_arrived(load_arrays(DATA_SETS[FASHION]), served)


@pytest.mark.nightly
@only_fashion
def test_kill_at_random_moments(served, tmp_path, monkeypatch):
    """Nothing partial under the name, and the next start is right."""
    folders = []

    def make():
        folders.append(tmp_path / str(len(folders)))
        url = f"{served.url}slow/"
        folder = str(folders[-1])
        return start(fetch, url, FashionMNIST.resources, folder, 0.2)

    def check():
        monkeypatch.setenv("COURSE_DATA", str(folders[-1]))
        if (folders[-1] / f"{FASHION}.npz").exists():
            assert_arrived(load_arrays(DATA_SETS[FASHION]), served)
        url, folder = f"{served.url}good/", str(folders[-1])
        finish(start(fetch, url, FashionMNIST.resources, folder))
        assert_arrived(load_arrays(DATA_SETS[FASHION]), served)

    kill_at_random_moments(20, make, check)


def test_a_folder_that_cannot_be_made(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "file"))
    assert data.main() == 1
    assert capsys.readouterr().out.count("set COURSE_DATA to a folder") == 2


def test_command_names_what_is_there_and_what_is_damaged(data_folder, capsys):
    assert data.main() == 0
    assert capsys.readouterr().out.splitlines() == [
        f"folder: {data_folder}",
        "Fashion-MNIST: 60 training and 20 test images (fashion_mnist)",
        "CIFAR-10: 60 training and 20 test images (cifar10)",
    ]
    (data_folder / "fashion_mnist.npz").write_bytes(b"no")
    (data_folder / "cifar10.npz").unlink()
    assert data.main() == 1
    out = capsys.readouterr().out
    assert "is damaged" in out and "could not be downloaded" in out
    assert "stand-in" not in out
