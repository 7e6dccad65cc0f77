"""The data on a computer that fails: disks, folders, killed processes."""

import contextlib
import multiprocessing
import os
import subprocess
import tempfile

import filelock
import numpy as np
import pytest
from examples import random_arrays
from mirrors import assert_arrived, assert_nothing_partial, use_mirrors
from victims import fetch, finish, kill_at_random_moments, start

from course_utils.data import data_folder as find_folder
from course_utils.data import load_arrays, sources

NAME = "fashion_mnist"


@pytest.fixture
def mirror(served, monkeypatch):
    """Serve Fashion-MNIST from one good mirror."""
    use_mirrors(monkeypatch, NAME, [f"{served.url}good/"])
    return served


only_garments = pytest.mark.parametrize("served", [NAME], indirect=True)


def downloaded_sums():
    from torchvision.datasets import FashionMNIST

    return FashionMNIST.resources


def read(path):
    """Return a file's arrays with the source, as load_arrays does."""
    return sources.read_archive(path, sources.DATA_SETS[NAME])


# Several processes, and processes that die.


@only_garments
@pytest.mark.parametrize("count", [2, 8])
def test_processes_at_once_fetch_once(count, served, tmp_path):
    """One downloads; the others wait and read its file."""
    folder = tmp_path / "data"
    barrier = multiprocessing.get_context("forkserver").Barrier(count)
    arguments = f"{served.url}slow/", downloaded_sums(), str(folder)
    children = [start(fetch, *arguments, 0, barrier) for _ in range(count)]
    for child in children:
        finish(child)
    # One probe a process, and each of the four files once.
    assert len(served.requests) == count + 4
    assert_arrived(read(folder / f"{NAME}.npz"), served)
    assert_nothing_partial(folder, NAME, kept=True)


@pytest.mark.ci
@only_garments
def test_kill_at_random_moments(served, tmp_path, record_property):
    """Nothing partial under the name, and the next start is right."""
    record_property("cases", 20)
    folders, sums = [], downloaded_sums()

    def make():
        folders.append(tmp_path / str(len(folders)))
        url = f"{served.url}slow/"
        return start(fetch, url, sums, str(folders[-1]), 0.2)

    def check():
        path = folders[-1] / f"{NAME}.npz"
        if path.exists():
            assert_arrived(read(path), served)
        finish(start(fetch, f"{served.url}good/", sums, str(folders[-1])))
        assert_arrived(read(path), served)

    kill_at_random_moments(20, make, check)


# Disks that are full or cannot be written.


@pytest.fixture
def mount(tmp_path):
    """Return a function that makes a small file system, or skip."""
    mounted = []

    def make(options):
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("mounting is not permitted here")
        mounted.append(folder)
        return folder

    yield make
    for folder in mounted:
        subprocess.run(["umount", folder], check=True)


@contextlib.contextmanager
def file_limit(size):
    """Limit the size of a file to be written.

    Only inside a test: pytest itself may write to a log that is larger.
    """
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def full_disk(mount, kind):
    folder = mount("size=64k")
    room = {"full": 0, "room for half": 32_000, "one page": 4096}[kind]
    (folder / "ballast").write_bytes(bytes(65536 - room))
    return folder


KINDS = pytest.mark.parametrize("kind", ["full", "one page", "room for half"])


@only_garments
@KINDS
def test_data_folder_on_a_full_disk(kind, mirror, mount):
    """The images are used, and the warning says that they are not kept."""
    folder = full_disk(mount, kind)
    with pytest.warns(UserWarning, match="cannot be kept in") as caught:
        assert_arrived(load_arrays(NAME, folder), mirror)
    text = str(caught[0].message)
    assert "No space left" in text and "Set COURSE_DATA" in text
    assert {p.name for p in folder.iterdir()} <= {
        "ballast",
        f"{NAME}.npz.lock",
    }
    (folder / "ballast").unlink()
    sources._read_cached.cache_clear()
    bigger = mount("size=1m")
    assert_arrived(load_arrays(NAME, bigger), mirror)
    assert_nothing_partial(bigger, NAME, kept=True)


@only_garments
@KINDS
def test_temporary_folder_on_a_full_disk(
    kind, mirror, mount, monkeypatch, tmp_path
):
    """No other mirror is tried in vain, and room can be made at once."""
    disk = full_disk(mount, kind)
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    use_mirrors(monkeypatch, NAME, [f"{mirror.url}good/"] * 2)
    with pytest.raises(ConnectionError, match="No space left") as error:
        load_arrays(NAME, allow_stand_in=False)
    assert "make room" in str(error.value) and "TMPDIR" in str(error.value)
    assert len({name for _, name in mirror.requests}) <= len(mirror.files)
    assert [p.name for p in disk.iterdir()] == ["ballast"]
    assert_nothing_partial(tmp_path / "data", NAME, kept=False)
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert_arrived(load_arrays(NAME), mirror)


@only_garments
def test_quota_on_the_data_folder(mirror, tmp_path):
    """The downloaded files fit, the npz of all of them does not."""
    quota = max(map(len, mirror.files.values())) + 1000
    with pytest.warns(UserWarning, match="cannot be kept in .*too large"):
        with file_limit(quota):
            assert_arrived(load_arrays(NAME), mirror)
    assert_nothing_partial(tmp_path / "data", NAME, kept=False)


@only_garments
def test_quota_on_the_download(mirror, tmp_path):
    with pytest.raises(ConnectionError, match="too large.*make room"):
        with file_limit(20_000):
            load_arrays(NAME, allow_stand_in=False)
    assert_nothing_partial(tmp_path / "data", NAME, kept=False)
    assert_arrived(load_arrays(NAME), mirror)


@only_garments
def test_read_only_folder(mirror, mount, tmp_path):
    """By its mode, or, since modes do not bind root, by its mount."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        folder = mount("ro")
    else:
        folder = tmp_path / "read only"
        folder.mkdir(mode=0o500)
    with pytest.warns(UserWarning, match="cannot be kept") as caught:
        assert_arrived(load_arrays(NAME, folder), mirror)
    assert "COURSE_DATA" in str(caught[0].message)
    assert not list(folder.iterdir())


@only_garments
def test_file_system_without_locks(mirror, monkeypatch, tmp_path):
    def refused(*args, **options):
        raise NotImplementedError("no flock here")

    monkeypatch.setattr(filelock.FileLock, "acquire", refused)
    assert_arrived(load_arrays(NAME), mirror)
    assert_nothing_partial(tmp_path / "data", NAME, kept=True)


# Homes, names and links.


@pytest.fixture
def no_home(monkeypatch, tmp_path):
    """Be a user whom the system does not know, as in some containers."""
    pwd = pytest.importorskip("pwd")

    def unknown(number):
        raise KeyError(number)

    for name in ("HOME", "XDG_CACHE_HOME", "COURSE_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@only_garments
def test_no_home(no_home, mirror, tmp_path):
    assert_arrived(load_arrays(NAME), mirror)
    assert_nothing_partial(tmp_path / "course_utils", NAME, kept=True)


@pytest.mark.parametrize("origin", ["root", "COURSE_DATA"])
def test_no_home_but_a_path_in_it(origin, no_home, monkeypatch):
    if origin == "COURSE_DATA":
        monkeypatch.setenv("COURSE_DATA", "~/data")
    with pytest.raises(ValueError, match=f"{origin}: .* has no home folder"):
        find_folder("~/data" if origin == "root" else None)


@only_garments
def test_home_that_is_not_there(mirror, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.delenv("COURSE_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "cache"))
    with pytest.warns(UserWarning, match="cannot be kept"):
        assert_arrived(load_arrays(NAME), mirror)


@only_garments
@pytest.mark.parametrize(
    "folder",
    [
        "two words",
        "größe",
        "данные 数据",
        "'a' & \"b\"; $HOME",
        "50% #1",
        "-r",
    ],
)
def test_path(folder, mirror, tmp_path):
    folder = tmp_path / folder / "data"
    assert_arrived(load_arrays(NAME, folder), mirror)
    assert_nothing_partial(folder, NAME, kept=True)
    sources._read_cached.cache_clear()
    assert_arrived(load_arrays(NAME, str(folder)), mirror)


def linked_folder(folder, path):
    (folder / "real").mkdir()
    path.parent.symlink_to(folder / "real")


def linked_file(folder, path):
    path.parent.mkdir()
    np.savez(folder / "elsewhere.npz", **random_arrays(NAME), source="linked")
    path.symlink_to(folder / "elsewhere.npz")


def dangling_file(folder, path):
    path.parent.mkdir()
    path.symlink_to(folder / "nowhere.npz")


def circle(folder, path):
    path.parent.mkdir()
    path.symlink_to(path)


@only_garments
@pytest.mark.parametrize(
    "link",
    [linked_folder, linked_file, dangling_file, circle],
    ids=lambda function: function.__name__,
)
def test_link(link, mirror, tmp_path):
    path = tmp_path / "data" / f"{NAME}.npz"
    link(tmp_path, path)
    for _ in range(2):
        arrays = load_arrays(NAME)
        if link is linked_file:
            assert arrays.source == "linked"
            assert not mirror.requests
        else:
            assert_arrived(arrays, mirror)
        sources._read_cached.cache_clear()
    assert_nothing_partial(path.parent, NAME, kept=True)


@only_garments
def test_folder_that_links_to_nowhere(mirror, tmp_path):
    (tmp_path / "data").symlink_to(tmp_path / "nowhere")
    with pytest.warns(UserWarning, match="cannot be kept"):
        assert_arrived(load_arrays(NAME), mirror)
