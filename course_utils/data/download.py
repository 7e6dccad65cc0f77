"""Fetch a data set from the first mirror that has it, unharmed."""

import queue
import ssl
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .archive import Arrays

PROBE_SECONDS = 8
READ_SECONDS = 10
# A mirror that trickles is given up: it has this long for a file, and a
# second more for each so many bytes.
PATIENCE_SECONDS = 30
SLOWEST_BYTES = 20_000
# More than any file of the data sets has; some servers never end.
MAX_BYTES = 300_000_000
CHUNK_BYTES = 1 << 16
UNTRUSTED = "certificate not trusted"
ABOUT_CERTIFICATES = (
    "This network seems to look into encrypted connections: set "
    "REQUESTS_CA_BUNDLE to the file of its certificate, which its "
    "administrators have, and restart Python"
)


class NoMirror(Exception):
    """No mirror gave the data set; the text says what each one did."""


class Offline(NoMirror):
    """No server answered at all, so asking for other files is in vain."""


class NoRoom(NoMirror):
    """This computer cannot take the files; no other mirror would help."""


def _is_of_certificate(error):
    """Tell whether an error goes back to a certificate not trusted."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return True
    # urllib3 and requests keep what they wrap among the arguments.
    causes = (*error.args, getattr(error, "reason", None))
    return any(
        isinstance(cause, Exception) and _is_of_certificate(cause)
        for cause in causes
    )


def _probe(url, answers):
    """Note whether a mirror answers at all."""
    import requests

    try:
        with requests.get(url, stream=True, timeout=PROBE_SECONDS) as reply:
            reply.raise_for_status()
        answers[url] = "reachable"
    except requests.RequestException as error:
        # With a reply: an error status, or redirects without end.
        answers[url] = type(error).__name__
        if error.response is not None:
            answers[url] = f"status {error.response.status_code}"
        elif _is_of_certificate(error):
            answers[url] = UNTRUSTED


def reachable_mirrors(mirrors, file_name):
    """Return the mirrors that answer, in their order.

    All are asked at once, in threads: looking up a name has no time limit
    of its own, and a dead network must not cost more than
    ``PROBE_SECONDS``.

    Raises
    ------
    Offline
        If no server answers.
    NoMirror
        If servers answer, but none has the file, or the certificates of
        those that may have it are not trusted.
    """
    answers: dict[str, str] = {}
    urls = {mirror: mirror + file_name for mirror in mirrors}
    threads = [
        threading.Thread(target=_probe, args=(url, answers), daemon=True)
        for url in urls.values()
    ]
    deadline = time.monotonic() + PROBE_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    said = {m: answers.get(urls[m], "no answer") for m in mirrors}
    found = [m for m in mirrors if said[m] == "reachable"]
    if not found:
        words = said.values()
        answered = any(
            word.startswith(("status", UNTRUSTED)) for word in words
        )
        text = "; ".join(f"{mirror}: {word}" for mirror, word in said.items())
        if UNTRUSTED in words:
            text = f"{text}. {ABOUT_CERTIFICATES}"
        raise (NoMirror if answered else Offline)(text)
    return found


def find_mirrors(data_set):
    """Return the mirrors of a data set that answer, in their order.

    Raises
    ------
    Offline, NoMirror
        As :func:`reachable_mirrors`.
    """
    from torchvision import datasets

    first_files = {
        "fashion_mnist": datasets.FashionMNIST.resources[-1][0],
        "cifar10": datasets.CIFAR10.filename,
    }
    return reachable_mirrors(data_set.mirrors, first_files[data_set.name])


def _receive(url, chunks):
    """Put a file's content into a queue, then None, or what went wrong."""
    import requests

    try:
        with requests.get(url, stream=True, timeout=READ_SECONDS) as reply:
            reply.raise_for_status()
            for chunk in reply.iter_content(CHUNK_BYTES):
                chunks.put(chunk)
        chunks.put(None)
    except Exception as error:  # whatever it is, the next mirror may do
        chunks.put(error)


def _save(url, path, _):
    """Download one file, in the form in which pooch calls it.

    A thread receives, because only the wait for a queue has a limit of its
    own: the time-out of a connection starts anew with every byte.
    """
    # A few: a thread that was given up stops at a full queue.
    chunks: queue.Queue = queue.Queue(maxsize=8)
    threading.Thread(target=_receive, args=(url, chunks), daemon=True).start()
    limit = time.monotonic() + PATIENCE_SECONDS
    received = 0
    with (
        open(path, "wb") as file,
        tqdm(unit="B", unit_scale=True, ncols=70) as bar,
    ):
        while True:
            try:
                left = max(0, limit - time.monotonic())
                chunk = chunks.get(timeout=left)
            except queue.Empty:
                raise NoMirror(f"too slow, {received:,} bytes") from None
            if chunk is None:
                return
            if isinstance(chunk, Exception):
                raise NoMirror(f"{type(chunk).__name__}: {chunk}") from chunk
            received += len(chunk)
            if received > MAX_BYTES:
                raise NoMirror(f"no end after {received:,} bytes")
            file.write(chunk)
            bar.update(len(chunk))
            limit += len(chunk) / SLOWEST_BYTES


def fetch(file_name, md5, mirrors, folder):
    """Download one file and check its MD5, mirror after mirror.

    Parameters
    ----------
    file_name, md5 : str
    mirrors : list of str
        One that fails goes to the end of the list.
    folder : pathlib.Path
        Where the file goes; nothing partial is left there.

    Raises
    ------
    NoMirror
        If no mirror gave the right bytes.
    OSError
        If the file cannot be written.
    """
    import pooch

    pooch.get_logger().setLevel("WARNING")  # the bar says it all
    failures = []
    for mirror in tuple(mirrors):
        try:
            pooch.retrieve(
                url=mirror + file_name,
                known_hash=f"md5:{md5}",
                fname=file_name,
                path=folder,
                downloader=_save,
            )
            return
        except (NoMirror, ValueError) as error:  # ValueError: other bytes
            failures.append(f"{mirror}: {error}")
            mirrors.append(mirrors.pop(0))
    raise NoMirror("; ".join(failures))


def _fashion_mnist(mirrors, root):
    from torchvision.datasets import FashionMNIST

    folder = root / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    for file_name, md5 in FashionMNIST.resources:
        fetch(file_name, md5, mirrors, folder)
    # The files are there and right, so this unpacks and reads only.
    return [
        FashionMNIST(str(root), train=train, download=True)
        for train in (True, False)
    ]


def _cifar10(mirrors, root):
    from torchvision.datasets import CIFAR10

    fetch(CIFAR10.filename, CIFAR10.tgz_md5, mirrors, root)
    return [
        CIFAR10(str(root), train=train, download=True)
        for train in (True, False)
    ]


_READERS = {"fashion_mnist": _fashion_mnist, "cifar10": _cifar10}


def download(data_set, mirrors):
    """Download a data set; torchvision unpacks and reads it.

    Parameters
    ----------
    data_set : DataSet
    mirrors : sequence of str
        What :func:`find_mirrors` found.

    Returns
    -------
    Arrays

    Raises
    ------
    NoMirror
        If no mirror gave the right bytes.
    NoRoom
        If the files cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            read = _READERS[data_set.name]
            train, test = read(list(mirrors), Path(folder))
    except OSError as error:
        raise NoRoom(
            f"the download cannot be written: {error}; make room in the "
            "folder for temporary files, or set TMPDIR to another"
        ) from error
    return Arrays(
        x_train=np.asarray(train.data),
        y_train=np.asarray(train.targets, dtype=np.uint8),
        x_test=np.asarray(test.data),
        y_test=np.asarray(test.targets, dtype=np.uint8),
        source=data_set.title,
    )
