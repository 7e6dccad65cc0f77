"""Where the data come from: a file, a download, or the stand-in."""

import contextlib
import hashlib
import multiprocessing
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import filelock
import numpy as np
import pytest
import torch
from examples import random_arrays
from mirrors import address, assert_arrived, use_mirrors
from torch import nn
from victims import fetch, finish, kill_at_random_moments, start

import course_utils as cu
from course_utils import data, sources, standin
from course_utils.sources import DATA_SETS, load_arrays

FASHION = "fashion_mnist"
LOADERS = {
    "fashion_mnist": cu.load_data_fashion_mnist,
    "cifar10": cu.load_data_cifar10,
}
each_set = pytest.mark.parametrize("name", DATA_SETS)
only_fashion = pytest.mark.parametrize("served", [FASHION], indirect=True)


def names_in(folder):
    """Return the names in a folder that are not a lock's."""
    there = folder.iterdir() if folder.exists() else ()
    return {p.name for p in there if p.suffix != ".lock"}


# A file that is there.


@each_set
def test_file_under_course_data(name, data_folder):
    arrays = load_arrays(name)
    for key, value in random_arrays(name).items():
        np.testing.assert_array_equal(getattr(arrays, key), value)
    assert arrays.source == name


@pytest.mark.parametrize("as_type", [str, Path])
def test_root_goes_before_course_data(as_type, data_folder, tmp_path):
    """A compressed file with more keys, in an odd folder, will do."""
    root = tmp_path / "größe 'a' & \"b\"; $HOME 50% #1" / "-r"
    root.mkdir(parents=True)
    parts = random_arrays("cifar10", seed=1)
    np.savez_compressed(root / "cifar10.npz", **parts, note="more")
    assert load_arrays("cifar10", as_type(root)).source == "CIFAR-10"
    assert load_arrays("cifar10").source == "cifar10"
    loader = cu.load_data_cifar10(8, root=as_type(root))[0]
    assert loader.source == "CIFAR-10"


def test_cache_folder_by_default(monkeypatch):
    monkeypatch.delenv("COURSE_DATA")
    assert sources.data_folder().name == "course_utils"
    assert sources.data_folder("~/x") == Path.home() / "x"


def test_a_user_without_a_home(monkeypatch, tmp_path):
    """As in some containers: the system does not know who this is."""

    def unknown(number):
        raise KeyError(number)

    for name in ("HOME", "XDG_CACHE_HOME", "COURSE_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pytest.importorskip("pwd"), "getpwuid", unknown)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert sources.data_folder() == tmp_path / "course_utils"


def test_a_new_file_is_read_anew(data_folder):
    assert load_arrays("cifar10") is load_arrays("cifar10")
    path = data_folder / "cifar10.npz"
    np.savez(path, **random_arrays("cifar10"), source="changed")
    os.utime(path, ns=(1, 1))
    assert load_arrays("cifar10").source == "changed"


# A file that is damaged.


def npz(**changes):
    """Return a function that writes a file with some keys changed."""

    def write(path):
        parts = {**random_arrays(FASHION), **changes}
        parts = {k: v for k, v in parts.items() if v is not None}
        np.savez(path, **parts)

    return write


def cut(path):
    npz()(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(0.99 * len(content))])


def flip_bytes(path):
    """Damage the middle; the zip's checksum tells."""
    np.savez_compressed(path, **random_arrays(FASHION))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(64)
    path.write_bytes(content)


labels = np.arange(60) % 10
DAMAGED = {
    "text": (lambda path: path.write_text("<html>404</html>"), "cannot be"),
    "folder": (Path.mkdir, "cannot be read"),
    "cut": (cut, "cannot be read"),
    "flipped bytes": (flip_bytes, "cannot be read"),
    "object array": (
        npz(y_test=np.array([{}] * 20, dtype=object)),
        "cannot be read",
    ),
    "key missing": (npz(y_test=None), "it has no y_test"),
    "two missing": (npz(x_train=None, y_train=None), "x_train, y_train"),
    "color images": (
        npz(x_test=np.zeros((20, 28, 28, 3), np.uint8)),
        r"x_test should be uint8 of shape \(n, 28, 28\)",
    ),
    "no images": (npz(x_test=np.zeros((0, 28, 28), np.uint8)), "x_test"),
    "too few labels": (npz(y_train=labels[:59]), r"int64 of \(59,\)"),
    "float labels": (npz(y_train=labels / 1.0), "float64"),
    "label 10": (npz(y_train=labels + 1), "from 1 to 10"),
    "label -1": (npz(y_train=labels - 1), "from -1 to 8"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damaged_file(kind, tmp_path):
    """The message names the file, the damage, and what to do."""
    write, reason = DAMAGED[kind]
    path = tmp_path / f"{FASHION}.npz"
    write(path)
    with pytest.raises(ValueError, match=reason) as error:
        cu.load_data_fashion_mnist(8, root=tmp_path)
    assert f"{path} is damaged" in str(error.value)
    assert "Delete it" in str(error.value)


def test_course_data_is_a_file(monkeypatch, tmp_path, capsys):
    path = tmp_path / "a file"
    path.write_text("")
    monkeypatch.setenv("COURSE_DATA", str(path))
    with pytest.raises(NotADirectoryError, match="COURSE_DATA: expected a f"):
        cu.load_data_cifar10(8)
    with pytest.raises(NotADirectoryError, match="root: expected a folder"):
        cu.load_data_cifar10(8, root=path)
    assert data.main([]) == 1
    assert "expected a folder" in capsys.readouterr().out


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
    assert source in sources.sources_in_use()
    assert (len(train_iter.labels), len(test_iter.labels)) == (4096, 1024)
    net = nn.Sequential(nn.Flatten(), nn.LazyLinear(10))
    history = cu.train_ch6(net, train_iter, test_iter, 1, 0.1, "cpu")
    assert history.source == source
    first = capsys.readouterr().out.splitlines()[0]
    assert first == f"training on cpu with {source}"


def test_a_dead_network_is_waited_for_once(monkeypatch):
    calls = []

    def download(data_set):
        calls.append(data_set.name)
        raise ConnectionError("dead")

    monkeypatch.setattr(sources, "download", download)
    for _ in range(2):
        for name in DATA_SETS:
            with pytest.warns(UserWarning, match="dead"):
                load_arrays(name)
    assert calls == list(DATA_SETS)


def test_no_stand_in(monkeypatch, tmp_path):
    with pytest.raises(ConnectionError, match="Copy cifar10.npz there") as e:
        load_arrays("cifar10", allow_stand_in=False)
    assert "COURSE_DATA" in str(e.value) and str(tmp_path) in str(e.value)
    monkeypatch.setenv("COURSE_FAST", "1")
    with pytest.raises(ConnectionError, match="fast mode downloads nothing"):
        load_arrays("cifar10", allow_stand_in=False)


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
        load_arrays(name)


@each_set
def test_stand_in_is_the_same_each_time(name):
    """Of the right shape, without repetition, all classes in turn."""
    arrays = sources.Arrays(**standin.load(name))
    again = standin.load(name)
    images = []
    for split, num in (("train", 4096), ("test", 1024)):
        x, y = getattr(arrays, f"x_{split}"), getattr(arrays, f"y_{split}")
        assert x.dtype == y.dtype == np.uint8
        assert x.shape == (num, *DATA_SETS[name].image_shape)
        np.testing.assert_array_equal(y, np.arange(num) % 10)
        np.testing.assert_array_equal(x, again[f"x_{split}"])
        assert (x.reshape(num, -1).std(axis=1) > 5).all()
        images += [image.tobytes() for image in x]
    assert len(set(images)) == 5120


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
    real, sample = load_arrays(FASHION, real_data), standin.load(FASHION)
    for split in ("train", "test"):
        x, y = getattr(real, f"x_{split}"), getattr(real, f"y_{split}")
        classes = {i.tobytes(): c for i, c in zip(x, y.tolist())}
        found = [classes.get(i.tobytes()) for i in sample[f"x_{split}"]]
        assert found == sample[f"y_{split}"].tolist()


def test_shape_tells_the_drawn_things_apart():
    """A convolutional net learns what a linear one cannot."""
    with pytest.warns(UserWarning):
        loaders = cu.load_data_cifar10(32, device="cpu", seed=0)
    linear = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))
    convolutional = nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=2), nn.ReLU(),
        nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 10),
    )  # fmt: skip
    adam = {"optimizer": torch.optim.Adam, "seed": 0}
    by_pixel = cu.train_ch6(linear, *loaders, 4, 1e-3, "cpu", **adam)
    by_shape = cu.train_ch6(convolutional, *loaders, 4, 3e-3, "cpu", **adam)
    assert 0.2 < by_pixel.test_acc[-1] < 0.6
    assert by_shape.test_acc[-1] > by_pixel.test_acc[-1] + 0.2


# A download, from a server on this computer that can misbehave.

FAULTS = {
    "closed": "refused",
    "no name": "Name not known",
    "untrusted": "certificate not trusted.*SSL_CERT_FILE",
    "missing": "404",
    "wrong": "corrupted",
    "cut": "corrupted",
    "reset": "reset",
    "garbled": "220 ready",
    "loop": "302",
    "stall": "timed out",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_mirror_with_a_fault(fault, served, monkeypatch, tmp_path):
    """Alone it is named; with another one behind it nobody notices."""
    url = address(fault, served, monkeypatch)
    if fault == "stall":
        monkeypatch.setattr(sources, "SECONDS", 0.5)
    use_mirrors(monkeypatch, served.name, url)
    with pytest.raises(ConnectionError, match=FAULTS[fault]) as error:
        load_arrays(served.name, allow_stand_in=False)
    assert url in str(error.value)
    assert f"Copy {served.name}.npz there" in str(error.value)
    assert not names_in(tmp_path / "data")
    monkeypatch.setattr(sources, "_failed", {})
    use_mirrors(monkeypatch, served.name, url, f"{served.url}good/")
    assert_arrived(load_arrays(served.name), served)
    assert names_in(tmp_path / "data") == {f"{served.name}.npz"}


def test_download_is_kept(served, monkeypatch):
    """The first mirror is enough, and is asked no second time."""
    mirrors = f"{served.url}slow/", f"{served.url}good/"
    use_mirrors(monkeypatch, served.name, *mirrors)
    assert_arrived(load_arrays(served.name), served)
    # torchvision asks for redirects first.
    asked = [("slow", name) for name in served.files for _ in range(2)]
    assert served.asked == asked
    assert_arrived(load_arrays(served.name), served)
    assert served.asked == asked


@pytest.fixture
def mirror(served, monkeypatch):
    """Serve Fashion-MNIST from one good mirror."""
    use_mirrors(monkeypatch, FASHION, f"{served.url}good/")
    return served


@only_fashion
def test_an_interrupted_download_leaves_nothing(
    mirror, monkeypatch, tmp_path
):
    """As when the learner stops the cell."""

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load_arrays(FASHION)
    assert not names_in(tmp_path / "data")


def known_sums():
    from torchvision.datasets import FashionMNIST

    return FashionMNIST.resources


@only_fashion
def test_processes_at_once_fetch_once(served, tmp_path):
    """One downloads; the others wait and read its file."""
    barrier = multiprocessing.get_context("forkserver").Barrier(4)
    arguments = f"{served.url}slow/", known_sums(), str(tmp_path)
    children = [start(fetch, *arguments, 0, barrier) for _ in range(4)]
    for child in children:
        finish(child)
    assert len(served.asked) == 2 * len(served.files)
    assert_arrived(load_arrays(FASHION, tmp_path), served)


@pytest.mark.nightly
@only_fashion
def test_kill_at_random_moments(served, tmp_path, record_property):
    """Nothing partial under the name, and the next start is right."""
    record_property("cases", 20)
    folders = []

    def make():
        folders.append(tmp_path / str(len(folders)))
        url = f"{served.url}slow/"
        return start(fetch, url, known_sums(), str(folders[-1]), 0.2)

    def check():
        if (folders[-1] / f"{FASHION}.npz").exists():
            assert_arrived(load_arrays(FASHION, folders[-1]), served)
        url = f"{served.url}good/"
        finish(start(fetch, url, known_sums(), str(folders[-1])))
        assert_arrived(load_arrays(FASHION, folders[-1]), served)

    kill_at_random_moments(20, make, check)


# Disks that are full or cannot be written.


@contextlib.contextmanager
def file_limit(size):
    """Limit the size of a file to be written, as a quota does."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@only_fashion
def test_no_room_for_the_npz(mirror, tmp_path):
    """The images are used, and the warning says that they are not kept."""
    quota = max(map(len, mirror.files.values())) + 2000
    with pytest.warns(UserWarning, match="cannot be kept in .*too large"):
        with file_limit(quota):
            assert_arrived(load_arrays(FASHION), mirror)
    assert not names_in(tmp_path / "data")


@only_fashion
def test_no_room_for_the_download(mirror, monkeypatch, tmp_path):
    """No other mirror is tried in vain, and room can be made at once."""
    use_mirrors(monkeypatch, FASHION, *[f"{mirror.url}good/"] * 2)
    with pytest.raises(ConnectionError, match="too large.*make room"):
        with file_limit(20_000):
            load_arrays(FASHION, allow_stand_in=False)
    assert len(mirror.asked) == 2  # for redirects, and for the file
    assert not names_in(tmp_path / "data")
    assert_arrived(load_arrays(FASHION), mirror)


def denied(*args, **kwargs):
    raise PermissionError(13, "Permission denied")


@only_fashion
def test_read_only_folder(mirror, monkeypatch, tmp_path):
    """Simulated, because permissions do not bind root."""
    for target in ("filelock.FileLock.acquire", "os.replace"):
        monkeypatch.setattr(target, denied)
    with pytest.warns(UserWarning, match="cannot be kept") as caught:
        assert_arrived(load_arrays(FASHION), mirror)
    assert "COURSE_DATA" in str(caught[0].message)
    assert not names_in(tmp_path / "data")


@only_fashion
def test_file_system_without_locks(mirror, monkeypatch, tmp_path):
    def refused(*args, **kwargs):
        raise NotImplementedError("no flock here")

    monkeypatch.setattr(filelock.FileLock, "acquire", refused)
    assert_arrived(load_arrays(FASHION), mirror)
    assert names_in(tmp_path / "data") == {f"{FASHION}.npz"}


@only_fashion
def test_a_link_to_nowhere_is_replaced(mirror, tmp_path):
    path = tmp_path / f"{FASHION}.npz"
    path.symlink_to(tmp_path / "nowhere.npz")
    assert_arrived(load_arrays(FASHION, tmp_path), mirror)
    assert path.is_file() and not path.is_symlink()


# python -m course_utils.data


def test_command_names_what_is_there_and_what_is_damaged(data_folder, capsys):
    assert data.main([]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"folder: {data_folder}",
        "Fashion-MNIST: 60 training and 20 test images (fashion_mnist)",
        "CIFAR-10: 60 training and 20 test images (cifar10)",
    ]
    (data_folder / "fashion_mnist.npz").write_bytes(b"no")
    (data_folder / "cifar10.npz").unlink()
    assert data.main([]) == 1
    out = capsys.readouterr().out
    assert "is damaged" in out and "could not be downloaded" in out
    assert "stand-in" not in out


@only_fashion
def test_command_fetches(mirror, data_folder, capsys):
    (data_folder / f"{FASHION}.npz").unlink()
    assert data.main([]) == 0
    assert "20 test images (Fashion-MNIST)" in capsys.readouterr().out


def test_command_in_a_process_of_its_own(data_folder):
    (data_folder / "cifar10.npz").unlink()
    root = Path(cu.__file__).parents[1]
    result = subprocess.run(
        [sys.executable, "-m", "course_utils.data", "--no-download"],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "Fashion-MNIST: 60 training" in result.stdout
    assert "CIFAR-10: not there" in result.stdout
    assert not result.stderr
