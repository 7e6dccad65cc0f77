"""A server on this computer that plays the mirrors, and misbehaves."""

import contextlib
import dataclasses
import gzip
import hashlib
import http.server
import io
import pickle
import socket
import ssl
import struct
import tarfile
import threading
import time

import numpy as np
import pytest
import urllib3.connection
from examples import random_arrays

from course_utils.data import DATA_SETS, download, sources

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
    """A file server; folders in the URL choose how it misbehaves.

    ``good`` gives the file, ``slow`` a little later and in parts.
    """

    def __init__(self, files):
        self.files, self.requests = files, []
        self.patience = 20  # seconds after which it stops to trickle
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                manner, name = self.path.strip("/").split("/")
                server.requests.append((manner, name))
                answer = getattr(server, manner)
                # Whoever only probes has gone before the content comes.
                with contextlib.suppress(OSError):
                    answer(self, server.files[name])

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/"

    def downloads(self, manner):
        """Count requests by file, without the first one, which probes."""
        names = [n for m, n in self.requests if m == manner]
        return len(names) - 1

    def send(self, request, content, length=None):
        """Send content under a length that may be another."""
        request.send_response(200)
        length = len(content) if length is None else length
        request.send_header("Content-Length", str(length))
        request.end_headers()
        request.wfile.write(content)

    def good(self, request, content):
        self.send(request, content)

    def slow(self, request, content):
        time.sleep(0.1)
        half = len(content) // 2
        self.send(request, content[:half], len(content))
        time.sleep(0.1)
        request.wfile.write(content[half:])

    def missing(self, request, content):
        request.send_error(404)

    def broken(self, request, content):
        request.send_error(500)

    def gone(self, request, content):
        """Answer the probe, and no more."""
        if self.downloads("gone"):
            request.send_error(404)
        else:
            self.send(request, content)

    def wrong(self, request, content):
        self.send(request, content[:-1] + bytes([content[-1] ^ 1]))

    def page(self, request, content):
        """Answer as the network of a hotel does."""
        self.send(request, b"<html>Please log in</html>")

    def empty(self, request, content):
        self.send(request, b"")

    def cut(self, request, content):
        self.send(request, content[: len(content) // 2], len(content))

    def short(self, request, content):
        self.send(request, content, len(content) // 2)

    def long(self, request, content):
        self.send(request, content, len(content) + 100)

    def reset(self, request, content):
        """Drop the connection in the middle, as a crashed server does."""
        at_once = struct.pack("ii", 1, 0)
        request.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, at_once
        )
        self.cut(request, content)

    def loop(self, request, content):
        request.send_response(302)
        request.send_header("Location", request.path)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def trickle(self, request, content):
        self.send(request, b"", len(content))
        for i in range(self.patience * 10):
            request.wfile.write(content[i : i + 1])
            time.sleep(0.1)

    def stall(self, request, content):
        self.cut(request, content)
        time.sleep(self.patience)

    def endless(self, request, content):
        request.send_response(200)
        request.end_headers()
        for _ in range(1000):
            request.wfile.write(bytes(1 << 16))


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
    datasets = pytest.importorskip("torchvision").datasets
    name = request.param
    parts = random_arrays(name)
    if name == "fashion_mnist":
        files = fashion_mnist_files(parts)
        known = [(n, md5(content)) for n, content in files.items()]
        data_set = datasets.FashionMNIST
        monkeypatch.setattr(data_set, "resources", known)
    else:
        members = cifar10_members(parts)
        files = cifar10_files(members)
        data_set = datasets.CIFAR10
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


def no_such_name(monkeypatch):
    """Return the address of a host that no name server knows."""
    look_up = socket.getaddrinfo

    def getaddrinfo(host, *args, **kwargs):
        if host == "mirror.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name not known")
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return "http://mirror.invalid/"


def untrusted(monkeypatch):
    """Return the address of a host whose certificate nobody knows."""

    def connect(connection):
        raise ssl.SSLCertVerificationError("in the words of some language")

    monkeypatch.setattr(
        urllib3.connection.HTTPSConnection, "connect", connect
    )
    return "https://mirror.invalid/"
