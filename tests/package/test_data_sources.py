"""Where the data come from: a file, a download, or the stand-in."""

import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from examples import random_arrays

import course_utils as cu
from course_utils.data import DATA_SETS, load_arrays, sources
from course_utils.data import __main__ as command
from course_utils.data import data_folder as find_folder
from course_utils.data.archive import Arrays
from course_utils.data.download import NoMirror, Offline

NAMES = list(DATA_SETS)
LOADERS = {
    "fashion_mnist": cu.load_data_fashion_mnist,
    "cifar10": cu.load_data_cifar10,
}


def fake_draw(name, split, num=None, *, seed=0):
    """Stand in for the stand-in, which takes half a minute when whole."""
    parts = random_arrays(name, num or 40, num or 40, seed)
    return parts[f"x_{split}"], parts[f"y_{split}"]


@pytest.fixture
def quick_stand_in(monkeypatch):
    monkeypatch.setattr(sources.standin, "draw", fake_draw)


# A file that is there.


@pytest.mark.parametrize("name", NAMES)
def test_file_under_course_data(name, data_folder):
    arrays = load_arrays(name)
    expected = random_arrays(name)
    for key, value in expected.items():
        np.testing.assert_array_equal(getattr(arrays, key), value)
    assert arrays.source == name


@pytest.mark.parametrize("as_type", [str, Path])
def test_root_goes_before_course_data(as_type, data_folder, tmp_path):
    root = tmp_path / "elsewhere"
    root.mkdir()
    parts = random_arrays("cifar10", seed=1)
    np.savez(root / "cifar10.npz", **parts, source="the other one")
    assert load_arrays("cifar10", as_type(root)).source == "the other one"
    assert load_arrays("cifar10").source == "cifar10"
    loader = cu.load_data_cifar10(8, root=as_type(root))[0]
    assert loader.source == "the other one"


def test_cache_folder_by_default(monkeypatch):
    monkeypatch.delenv("COURSE_DATA")
    assert find_folder().name == "course_utils"
    assert find_folder("~/x") == Path.home() / "x"


def test_source_defaults_to_the_title(data_folder):
    np.savez(data_folder / "cifar10.npz", **random_arrays("cifar10"))
    assert load_arrays("cifar10").source == "CIFAR-10"


def test_compressed_file_and_more_keys(data_folder):
    parts = random_arrays("cifar10")
    np.savez_compressed(data_folder / "cifar10.npz", **parts, note="more")
    assert len(load_arrays("cifar10").x_train) == 60


def test_a_new_file_is_read_anew(data_folder):
    assert load_arrays("cifar10").source == "cifar10"
    path = data_folder / "cifar10.npz"
    np.savez(path, **random_arrays("cifar10"), source="changed")
    os.utime(path, ns=(1, 1))
    assert load_arrays("cifar10").source == "changed"


# A file that is damaged.


def change(**changes):
    """Return a function that writes a file with some keys changed."""

    def write(path):
        parts = {**random_arrays("fashion_mnist"), **changes}
        parts = {k: v for k, v in parts.items() if v is not None}
        np.savez(path, **parts)

    return write


def cut(share):
    def write(path):
        np.savez(path, **random_arrays("fashion_mnist"))
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])

    return write


def flip_bytes(path):
    """Damage the middle; the zip's checksum tells."""
    np.savez_compressed(path, **random_arrays("fashion_mnist"))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(64)
    path.write_bytes(content)


def pickled(path):
    path.write_bytes(pickle.dumps({"x_train": 1}))


def one_array(path):
    with open(path, "wb") as file:
        np.save(file, np.zeros(3))


labels = np.arange(60) % 10
DAMAGED = {
    "empty": (lambda path: path.write_bytes(b""), "cannot be read"),
    "text": (lambda path: path.write_text("<html>404</html>"), "cannot be"),
    "cut in half": (cut(0.5), "cannot be read"),
    "cut at the end": (cut(0.99), "cannot be read"),
    "flipped bytes": (flip_bytes, "cannot be read"),
    "a pickle": (pickled, "cannot be read"),
    "one array": (one_array, "cannot be read"),
    "object array": (
        change(y_test=np.array([{}] * 20, dtype=object)),
        "cannot be read",
    ),
    "key missing": (change(y_test=None), "it has no y_test"),
    "two missing": (change(x_train=None, y_test=None), "x_train, y_test"),
    "float images": (change(x_train=np.zeros((60, 28, 28))), "float64"),
    "color images": (
        change(x_test=np.zeros((20, 28, 28, 3), np.uint8)),
        r"x_test should be uint8 of shape \(n, 28, 28\)",
    ),
    "other size": (change(x_train=np.zeros((60, 32, 32), np.uint8)), "32"),
    "no images": (
        change(
            x_test=np.zeros((0, 28, 28), np.uint8),
            y_test=np.zeros(0, np.uint8),
        ),
        "x_test",
    ),
    "a scalar": (change(x_train=np.uint8(3)), "x_train"),
    "too few labels": (change(y_train=labels[:59]), "60 integers"),
    "float labels": (change(y_train=labels / 1.0), "float64"),
    "label 10": (change(y_train=labels + 1), "it runs from 1 to 10"),
    "label -1": (change(y_train=labels - 1), "it runs from -1 to 8"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damaged_file(kind, data_folder):
    """The message names the file, the damage, and what to do."""
    write, reason = DAMAGED[kind]
    path = data_folder / "fashion_mnist.npz"
    write(path)
    with pytest.raises(ValueError, match=reason) as error:
        cu.load_data_fashion_mnist(8)
    assert f"{path} is damaged" in str(error.value)
    assert "Delete it" in str(error.value)


def test_a_pickle_is_not_run(data_folder, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "run"),)

    array = np.array([Evil()], dtype=object)
    change(y_test=array)(data_folder / "fashion_mnist.npz")
    with pytest.raises(ValueError, match="damaged"):
        load_arrays("fashion_mnist")
    assert not (tmp_path / "run").exists()


def test_folder_where_the_file_should_be(tmp_path):
    (tmp_path / "data" / "cifar10.npz").mkdir(parents=True)
    with pytest.raises(ValueError, match="expected a file, found a folder"):
        cu.load_data_cifar10(8)


def test_course_data_is_a_file(monkeypatch, tmp_path):
    path = tmp_path / "a file"
    path.write_text("")
    monkeypatch.setenv("COURSE_DATA", str(path))
    with pytest.raises(NotADirectoryError, match="COURSE_DATA: expected a f"):
        cu.load_data_cifar10(8)
    with pytest.raises(NotADirectoryError, match="root: expected a folder"):
        cu.load_data_cifar10(8, root=path)


# Nothing there and no network: the stand-in, and never in silence.


@pytest.mark.parametrize("name", NAMES)
def test_stand_in_is_warned_about(name, quick_stand_in):
    with pytest.warns(UserWarning, match="stand-in") as caught:
        arrays = load_arrays(name)
    title = DATA_SETS[name].title
    assert arrays.source.startswith("stand-in")
    assert f"not {title}" in arrays.source
    text = str(caught[0].message)
    assert f"{name}.npz" in text and "COURSE_DATA" in text
    assert "the tests have no network" in text


@pytest.mark.parametrize("name", NAMES)
def test_source_is_carried(name, quick_stand_in, capsys):
    with pytest.warns(UserWarning):
        train_iter, test_iter = LOADERS[name](20)
    source = train_iter.source
    assert source == test_iter.source and "stand-in" in source
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(10))
    history = cu.train_ch6(net, train_iter, test_iter, 1, 0.1, "cpu")
    assert history.source == source
    first = capsys.readouterr().out.splitlines()[0]
    assert first == f"training on cpu with {source}"
    history = cu.train_ch5(
        net,
        train_iter,
        test_iter,
        torch.nn.CrossEntropyLoss(),
        1,
        20,
        "cpu",
        0.1,
    )
    assert history.source == source
    assert source in capsys.readouterr().out.splitlines()[0]


def test_one_probe_a_process(monkeypatch, quick_stand_in):
    """A dead network is waited for once, not once a data set."""
    probes = []

    def find_mirrors(data_set):
        probes.append(data_set.name)
        raise Offline("dead")

    monkeypatch.setattr(sources, "find_mirrors", find_mirrors)
    for _ in range(2):
        for name in NAMES:
            with pytest.warns(UserWarning, match="no server answered"):
                load_arrays(name)
    assert probes == [NAMES[0]]


def test_a_missing_file_says_nothing_of_the_other(
    monkeypatch, quick_stand_in
):
    """Servers that answer without the file: only that set is given up."""
    probes = []

    def find_mirrors(data_set):
        probes.append(data_set.name)
        raise NoMirror(f"{data_set.name}: status 404")

    monkeypatch.setattr(sources, "find_mirrors", find_mirrors)
    for _ in range(2):
        for name in NAMES:
            with pytest.warns(UserWarning, match=f"{name}: status 404"):
                load_arrays(name)
    assert probes == list(NAMES)


def test_the_network_is_probed_by_its_own_code(monkeypatch, quick_stand_in):
    """The same from below: requests fail, and each mirror is named."""
    import requests

    from course_utils.data import download

    calls = []

    def get(url, **options):
        calls.append(url)
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(requests, "get", get)
    monkeypatch.setattr(sources, "find_mirrors", download.find_mirrors)
    mirrors = DATA_SETS["cifar10"].mirrors
    with pytest.warns(UserWarning, match="ConnectionError") as caught:
        load_arrays("cifar10")
    assert all(m in str(caught[0].message) for m in mirrors)
    assert len(calls) == len(mirrors)
    with pytest.warns(UserWarning, match="stand-in"):
        load_arrays("fashion_mnist")
    assert len(calls) == len(mirrors)


def test_no_stand_in(data_folder):
    (data_folder / "cifar10.npz").unlink()
    with pytest.raises(ConnectionError) as error:
        load_arrays("cifar10", allow_stand_in=False)
    text = str(error.value)
    assert "Copy cifar10.npz there" in text and "COURSE_DATA" in text
    assert str(data_folder) in text


def test_no_stand_in_in_fast_mode(monkeypatch):
    monkeypatch.setenv("COURSE_FAST", "1")
    with pytest.raises(ConnectionError, match="fast mode downloads nothing"):
        load_arrays("cifar10", allow_stand_in=False)


@pytest.mark.parametrize("name", NAMES)
def test_fast_mode_stays_off_the_network(name, monkeypatch):
    """It draws its few images, with no warning, but with the source."""

    def find_mirrors(data_set):
        raise AssertionError("fast mode must not download")

    monkeypatch.setattr(sources, "find_mirrors", find_mirrors)
    monkeypatch.setenv("COURSE_FAST", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train_iter, test_iter = LOADERS[name](256)
    assert (len(train_iter.images), len(test_iter.images)) == (2048, 1024)
    assert "stand-in" in train_iter.source
    shape = (DATA_SETS[name].image_shape + (1,))[:3]
    assert train_iter.images.shape[1:] == (shape[2], *shape[:2])
    assert set(train_iter.labels.tolist()) == set(range(10))


def test_fast_mode_is_off_by_0(monkeypatch):
    from course_utils.fast import fast_mode

    for value, expected in (("1", True), ("0", False), ("", False)):
        monkeypatch.setenv("COURSE_FAST", value)
        assert fast_mode() is expected


def test_the_stand_in_is_drawn_once(monkeypatch):
    calls = []

    def draw(*args):
        calls.append(args)
        return fake_draw(*args)

    monkeypatch.setattr(sources.standin, "draw", draw)
    monkeypatch.setenv("COURSE_FAST", "1")
    for _ in range(3):
        load_arrays("cifar10")
    assert len(calls) == 2  # train and test


# A download that can or cannot be kept.


@pytest.fixture
def fake_download(monkeypatch):
    """Let every download succeed, with a few images of noise."""

    def download(data_set, mirrors):
        return Arrays(**random_arrays(data_set.name), source=data_set.title)

    monkeypatch.setattr(sources, "find_mirrors", lambda data_set: ["a"])
    monkeypatch.setattr(sources, "download", download)


def test_download_is_kept(monkeypatch, fake_download, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        arrays = load_arrays("cifar10")
    assert arrays.source == "CIFAR-10"
    names = {p.name for p in (tmp_path / "data").iterdir()}
    assert names - {"cifar10.npz.lock"} == {"cifar10.npz"}
    monkeypatch.undo()
    kept = load_arrays("cifar10", tmp_path / "data")
    np.testing.assert_array_equal(kept.x_train, arrays.x_train)


def denied(*args, **kwargs):
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize(
    "targets",
    [
        ["pathlib.Path.mkdir"],
        ["os.replace"],
        ["filelock.FileLock.acquire", "os.replace"],
    ],
    ids=" ".join,
)
def test_read_only_folder(targets, monkeypatch, fake_download, tmp_path):
    """The download is used, and the warning says that it is not kept.

    Simulated, because permissions do not bind root, who runs containers.
    """
    for target in targets:
        monkeypatch.setattr(target, denied)
    with pytest.warns(UserWarning, match="cannot be kept") as caught:
        arrays = load_arrays("cifar10")
    monkeypatch.undo()
    assert arrays.source == "CIFAR-10"
    assert "COURSE_DATA" in str(caught[0].message)
    folder = tmp_path / "data"
    left = {p.name for p in folder.iterdir()} if folder.exists() else set()
    assert left <= {"cifar10.npz.lock"}


# python -m course_utils.data


def test_command_with_everything_there(data_folder, capsys):
    assert command.main([]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"folder: {data_folder}",
        "Fashion-MNIST: 60 training and 20 test images (fashion_mnist)",
        "CIFAR-10: 60 training and 20 test images (cifar10)",
    ]


def test_command_names_what_is_damaged(data_folder, capsys):
    (data_folder / "fashion_mnist.npz").write_bytes(b"no")
    assert command.main([]) == 1
    out = capsys.readouterr().out
    assert "is damaged" in out and "CIFAR-10: 60 training" in out


def test_command_without_network(capsys):
    assert command.main([]) == 1
    out = capsys.readouterr().out
    assert out.count("could not be downloaded") == 2
    assert "stand-in" not in out


def test_command_fetches(fake_download, tmp_path, capsys):
    assert command.main([]) == 0
    assert (tmp_path / "data" / "cifar10.npz").exists()


def test_command_without_download(monkeypatch, data_folder, capsys):
    monkeypatch.setattr(sources, "find_mirrors", denied)
    (data_folder / "cifar10.npz").unlink()
    assert command.main(["--no-download"]) == 1
    out = capsys.readouterr().out
    assert "CIFAR-10: not there (cifar10.npz)" in out
    assert "Fashion-MNIST: 60 training" in out


def test_command_with_a_file_as_folder(monkeypatch, tmp_path, capsys):
    path = tmp_path / "a file"
    path.write_text("")
    monkeypatch.setenv("COURSE_DATA", str(path))
    assert command.main([]) == 1
    assert "expected a folder" in capsys.readouterr().out


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
