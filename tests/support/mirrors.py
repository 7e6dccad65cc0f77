"""A server on this computer that plays the mirrors, and misbehaves."""

import contextlib
import dataclasses
import gzip
import hashlib
import http.server
import io
import pickle
import socket
import struct
import tarfile
import threading
import time

import numpy as np
import pytest
from examples import random_arrays  # before torchvision
from torchvision.datasets import CIFAR10, FashionMNIST

from course_utils import sources
from course_utils.sources import DATA_SETS, download


def md5(content):
    return hashlib.md5(content).hexdigest()


# What the real servers have, in small.


def idx(array):
    """Write an array of bytes as an IDX file, gzipped."""
    head = struct.pack(">HBB", 0, 8, array.ndim)
    head += struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(head + array.tobytes(), mtime=0)


def serve_fashion_mnist(parts, monkeypatch):
    """Return the four files; torchvision knows their MD5 sums."""
    files = {
        "train-images-idx3-ubyte.gz": idx(parts["x_train"]),
        "train-labels-idx1-ubyte.gz": idx(parts["y_train"]),
        "t10k-images-idx3-ubyte.gz": idx(parts["x_test"]),
        "t10k-labels-idx1-ubyte.gz": idx(parts["y_test"]),
    }
    known = [(name, md5(content)) for name, content in files.items()]
    monkeypatch.setattr(FashionMNIST, "resources", known)
    return files


def serve_cifar10(parts, monkeypatch):
    """Return the archive of pickled batches; torchvision knows its MD5s."""

    def batch(x, y):
        planes = x.transpose(0, 3, 1, 2).reshape(len(x), -1)
        return pickle.dumps({"data": planes, "labels": y.tolist()})

    xs, ys = np.split(parts["x_train"], 5), np.split(parts["y_train"], 5)
    members = {f"data_batch_{i + 1}": batch(xs[i], ys[i]) for i in range(5)}
    members["test_batch"] = batch(parts["x_test"], parts["y_test"])
    members["batches.meta"] = pickle.dumps({"label_names": ["a"] * 10})
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    sums = [[name, md5(content)] for name, content in members.items()]
    monkeypatch.setattr(CIFAR10, "train_list", sums[:5])
    monkeypatch.setattr(CIFAR10, "test_list", sums[5:6])
    monkeypatch.setitem(CIFAR10.meta, "md5", sums[6][1])
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5(buffer.getvalue()))
    return {CIFAR10.filename: buffer.getvalue()}


SERVE = {"fashion_mnist": serve_fashion_mnist, "cifar10": serve_cifar10}


class Server:
    """A file server; the folder in the URL says how it misbehaves.

    ``good`` gives the file, ``slow`` in parts.
    """

    def __init__(self, files):
        self.files, self.asked = files, []
        self.silence = threading.Event()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                manner, name = self.path.strip("/").split("/")
                server.asked.append((manner, name))
                with contextlib.suppress(OSError):  # who asked may be gone
                    getattr(server, manner)(self, server.files[name])

            def log_message(self, *args):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/"

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
        half = len(content) // 2
        self.send(request, content[:half], len(content))
        time.sleep(0.1)
        request.wfile.write(content[half:])

    def missing(self, request, content):
        request.send_error(404)

    def wrong(self, request, content):
        self.send(request, content[:-1] + bytes([content[-1] ^ 1]))

    def cut(self, request, content):
        self.send(request, content[: len(content) // 2], len(content))

    def reset(self, request, content):
        """Drop the connection in the middle, as a crashed server does."""
        at_once = struct.pack("ii", 1, 0)
        request.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, at_once
        )
        self.cut(request, content)

    def garbled(self, request, content):
        """Answer in no known protocol."""
        request.wfile.write(b"220 ready\r\n\r\n")

    def stall(self, request, content):
        self.cut(request, content)
        self.silence.wait(20)


@pytest.fixture(params=SERVE)
def served(request, monkeypatch):
    """Serve a small data set to what downloads the real ones."""
    parts = random_arrays(request.param)
    server = Server(SERVE[request.param](parts, monkeypatch))
    server.name, server.parts = request.param, parts
    monkeypatch.setattr(sources, "download", download)
    thread = threading.Thread(target=server.http.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.silence.set()
    server.http.shutdown()
    thread.join()
    server.http.server_close()


def with_mirrors(name, *mirrors):
    """Return what is known of a data set, with other mirrors."""
    return dataclasses.replace(DATA_SETS[name], mirrors=mirrors)


def assert_arrived(arrays, server):
    for key, value in server.parts.items():
        np.testing.assert_array_equal(arrays[key], value)
    assert arrays["source"] == DATA_SETS[server.name].title


def closed_port():
    """Return the URL of a port where nobody listens."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{s.getsockname()[1]}/"
