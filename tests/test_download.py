"""Downloads, from a server on this computer that can misbehave."""

import contextlib
import dataclasses
import gzip
import hashlib
import http.server
import io
import json
import os
import pickle
import socket
import struct
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from examples import random_arrays

from course_utils.data import DATA_SETS, download, load_arrays, sources

torchvision = pytest.importorskip("torchvision")

NAMES = list(DATA_SETS)


def md5(content):
    return hashlib.md5(content).hexdigest()


# What the real servers have, in small.


def idx(array):
    """Write an array of bytes as an IDX file, gzipped."""
    head = struct.pack(">HBB", 0, 8, array.ndim)
    head += struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(head + array.tobytes(), mtime=0)


def fashion_mnist_files(parts):
    return {
        "train-images-idx3-ubyte.gz": idx(parts["x_train"]),
        "train-labels-idx1-ubyte.gz": idx(parts["y_train"]),
        "t10k-images-idx3-ubyte.gz": idx(parts["x_test"]),
        "t10k-labels-idx1-ubyte.gz": idx(parts["y_test"]),
    }


def cifar10_members(parts):
    """Return the files of the archive: pickled batches and their names."""

    def batch(x, y):
        planes = x.transpose(0, 3, 1, 2).reshape(len(x), -1)
        return pickle.dumps({"data": planes, "labels": y.tolist()})

    x, y = parts["x_train"], parts["y_train"]
    members = {
        f"data_batch_{i + 1}": batch(x[i::5], y[i::5]) for i in range(5)
    }
    members["test_batch"] = batch(parts["x_test"], parts["y_test"])
    classes = list(DATA_SETS["cifar10"].classes)
    members["batches.meta"] = pickle.dumps({"label_names": classes})
    return members


def cifar10_files(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return {"cifar-10-python.tar.gz": buffer.getvalue()}


class Server:
    """A file server; folders in the URL choose how it misbehaves."""

    def __init__(self, files):
        self.files, self.requests = files, []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.answer(self)

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/"

    def answer(self, request):
        manner, name = request.path.strip("/").split("/")
        self.requests.append((manner, name))
        content = self.files[name]
        if manner == "missing":
            request.send_error(404)
            return
        if manner == "wrong":
            content = content[:-1] + bytes([content[-1] ^ 1])
        if manner == "slow":
            time.sleep(0.3)
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        # Whoever only probes has gone before the content comes.
        with contextlib.suppress(OSError):
            half = len(content) // 2
            request.wfile.write(
                content[:half] if manner == "cut" else content
            )

    def downloads(self, manner):
        """Count requests by file, without the first one, which probes."""
        names = [n for m, n in self.requests if m == manner]
        return len(names) - 1


@contextlib.contextmanager
def running(server):
    """Run a server in a thread."""
    thread = threading.Thread(target=server.http.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()


@contextlib.contextmanager
def silent_socket():
    """Give the address of one that accepts and never answers."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        yield f"http://127.0.0.1:{silent.getsockname()[1]}/"


@pytest.fixture(params=NAMES)
def served(request, monkeypatch):
    """Serve a small data set; torchvision knows its MD5 sums."""
    name = request.param
    parts = random_arrays(name)
    if name == "fashion_mnist":
        files = fashion_mnist_files(parts)
        known = [(n, md5(content)) for n, content in files.items()]
        data_set = torchvision.datasets.FashionMNIST
        monkeypatch.setattr(data_set, "resources", known)
    else:
        members = cifar10_members(parts)
        files = cifar10_files(members)
        data_set = torchvision.datasets.CIFAR10
        sums = {n: md5(content) for n, content in members.items()}
        train = [
            [f"data_batch_{i}", sums[f"data_batch_{i}"]] for i in range(1, 6)
        ]
        monkeypatch.setattr(data_set, "train_list", train)
        monkeypatch.setattr(
            data_set, "test_list", [["test_batch", sums["test_batch"]]]
        )
        meta = {**data_set.meta, "md5": sums["batches.meta"]}
        monkeypatch.setattr(data_set, "meta", meta)
        monkeypatch.setattr(
            data_set, "tgz_md5", md5(files[data_set.filename])
        )
        # The five batches hold every fifth image each.
        order = np.concatenate([np.arange(60)[i::5] for i in range(5)])
        parts["x_train"] = parts["x_train"][order]
        parts["y_train"] = parts["y_train"][order]
    monkeypatch.setattr(sources, "find_mirrors", download.find_mirrors)
    with running(Server(files)) as server:
        server.name, server.parts = name, parts
        yield server


def use_mirrors(monkeypatch, name, mirrors):
    data_set = dataclasses.replace(DATA_SETS[name], mirrors=tuple(mirrors))
    monkeypatch.setitem(DATA_SETS, name, data_set)


def assert_arrived(arrays, server):
    for key, value in server.parts.items():
        np.testing.assert_array_equal(getattr(arrays, key), value)
    assert arrays.source == DATA_SETS[server.name].title


def assert_nothing_partial(folder, name, kept):
    names = {p.name for p in folder.iterdir()} if folder.exists() else set()
    left = names - {f"{name}.npz.lock"}
    assert left == ({f"{name}.npz"} if kept else set())


def closed_port():
    """Return the address of a port where nobody listens."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{s.getsockname()[1]}/"


@pytest.mark.parametrize(
    "first", ["good", "wrong", "cut", "missing", "closed"]
)
def test_download(first, served, monkeypatch, tmp_path):
    """Whatever the first mirror does, the second one makes it good."""
    url = closed_port() if first == "closed" else f"{served.url}{first}/"
    use_mirrors(monkeypatch, served.name, [url, f"{served.url}good/"])
    assert_arrived(load_arrays(served.name), served)
    assert_nothing_partial(tmp_path / "data", served.name, kept=True)
    if first in ("wrong", "cut"):
        assert served.downloads(first) >= 1
    if first == "missing":
        assert served.downloads(first) == 0  # the probe told
    # The file is kept: nothing is asked for a second time.
    count = len(served.requests)
    sources._read_cached.cache_clear()
    assert_arrived(load_arrays(served.name), served)
    assert len(served.requests) == count


@pytest.mark.parametrize("manner", ["wrong", "cut", "missing"])
def test_no_mirror_is_good(manner, served, monkeypatch, tmp_path):
    use_mirrors(monkeypatch, served.name, [f"{served.url}{manner}/"] * 2)
    with pytest.raises(ConnectionError) as error:
        load_arrays(served.name, allow_stand_in=False)
    assert served.url in str(error.value)
    assert_nothing_partial(tmp_path / "data", served.name, kept=False)


def test_a_dead_network_is_seen_by_the_probe(monkeypatch):
    """Refused connections are Offline; a server without the file is not."""
    urls = [closed_port(), closed_port()]
    use_mirrors(monkeypatch, "cifar10", urls)
    with pytest.raises(download.Offline) as error:
        download.find_mirrors(DATA_SETS["cifar10"])
    assert all(f"{url}: ConnectionError" in str(error.value) for url in urls)


def test_a_mirror_that_hangs_is_left_behind(monkeypatch):
    """It accepts the connection and says nothing; the other one answers."""
    monkeypatch.setattr(download, "PROBE_SECONDS", 1)
    with (
        running(Server({"file": b"content"})) as server,
        silent_socket() as mute,
    ):
        good = f"{server.url}good/"
        assert download.reachable_mirrors([mute, good], "file") == [good]
        with pytest.raises(download.NoMirror, match=mute):
            download.reachable_mirrors([mute], "file")


def test_an_interrupted_download_leaves_nothing(
    served, monkeypatch, tmp_path
):
    """As when the learner stops the cell."""

    def interrupted(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(sources, "write_archive", interrupted)
    use_mirrors(monkeypatch, served.name, [f"{served.url}good/"])
    with pytest.raises(KeyboardInterrupt):
        load_arrays(served.name)
    assert_nothing_partial(tmp_path / "data", served.name, kept=False)


# In a process of its own: torchvision is told the small files' sums.
CHILD = """
import dataclasses, json, sys
import course_utils
from course_utils.data import DATA_SETS, load_arrays
from torchvision.datasets import FashionMNIST

url, resources, folder = json.loads(sys.argv[1])
FashionMNIST.resources = [tuple(pair) for pair in resources]
DATA_SETS["fashion_mnist"] = dataclasses.replace(
    DATA_SETS["fashion_mnist"], mirrors=(url,)
)
print("ready", flush=True)
sys.stdin.readline()
arrays = load_arrays("fashion_mnist", folder, allow_stand_in=False)
print(len(arrays.x_train), arrays.source)
"""


@pytest.mark.parametrize("served", ["fashion_mnist"], indirect=True)
def test_two_processes_fetch_once(served, tmp_path):
    """Both start at the same moment; one waits and reads the file."""
    resources = torchvision.datasets.FashionMNIST.resources
    arguments = json.dumps(
        [f"{served.url}slow/", resources, str(tmp_path / "data")]
    )
    root = str(Path(sources.__file__).parents[2])
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, arguments],
            env={**os.environ, "PYTHONPATH": root},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for child in children:
        assert child.stdout.readline() == "ready\n", child.stderr.read()
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        out, err = child.communicate()
        assert out == "60 Fashion-MNIST\n", err
    # One probe a process, and the four files once.
    assert len(served.requests) == 2 + 4
    assert_nothing_partial(tmp_path / "data", "fashion_mnist", kept=True)
