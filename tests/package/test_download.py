"""Downloads, from a server on this computer that can misbehave."""

import pytest
from mirrors import (
    Server,
    assert_arrived,
    assert_nothing_partial,
    closed_port,
    no_such_name,
    running,
    silent_socket,
    untrusted,
    use_mirrors,
)

from course_utils.data import DATA_SETS, download, load_arrays, sources

# Each is a method of Server, but the first three.
FAULTS = {
    "closed": "a mirror that refuses the connection",
    "no name": "a mirror whose name is not known (no DNS)",
    "untrusted": "a mirror whose certificate is not trusted (a proxy)",
    "missing": "a mirror without the file (404)",
    "gone": "a mirror that loses the file after the probe",
    "broken": "a mirror that fails (500)",
    "wrong": "a mirror with other bytes",
    "page": "a network that answers with its log-in page",
    "empty": "a mirror that sends nothing",
    "cut": "a mirror that stops in the middle",
    "reset": "a mirror that drops the connection",
    "short": "a mirror that states too small a length",
    "long": "a mirror that states too large a length",
    "loop": "a mirror that redirects in a circle",
    "trickle": "a mirror that trickles",
    "stall": "a mirror that falls silent in the middle",
    "endless": "a mirror that never ends",
}
SLOW = ("trickle", "stall")
NO_SERVER = ("closed", "no name", "untrusted")
SEEN_BY_PROBE = (*NO_SERVER, "missing", "broken", "loop")


@pytest.fixture(autouse=True)
def small_limits(monkeypatch):
    monkeypatch.setattr(download, "MAX_BYTES", 1_000_000)
    monkeypatch.setattr(download, "SLOWEST_BYTES", 1e9)


def address(fault, server, monkeypatch):
    """Return the URL of a mirror with a fault."""
    if fault in SLOW:
        monkeypatch.setattr(download, "PATIENCE_SECONDS", 1.5)
    if fault == "closed":
        return closed_port()
    if fault == "no name":
        return no_such_name(monkeypatch)
    if fault == "untrusted":
        return untrusted(monkeypatch)
    return f"{server.url}{fault}/"


@pytest.mark.parametrize("fault", FAULTS)
def test_the_next_mirror_makes_it_good(fault, served, monkeypatch, tmp_path):
    url = address(fault, served, monkeypatch)
    use_mirrors(monkeypatch, served.name, [url, f"{served.url}good/"])
    assert_arrived(load_arrays(served.name), served)
    assert_nothing_partial(tmp_path / "data", served.name, kept=True)
    # It is asked for one file at most: the next ones come from elsewhere.
    asked = 0 if fault in SEEN_BY_PROBE else 1
    if fault not in (*NO_SERVER, "loop"):
        assert served.downloads(fault) == asked


@pytest.mark.parametrize("fault", FAULTS)
def test_no_mirror_is_good(fault, served, monkeypatch, tmp_path):
    url = address(fault, served, monkeypatch)
    use_mirrors(monkeypatch, served.name, [url])
    with pytest.raises(ConnectionError) as error:
        load_arrays(served.name, allow_stand_in=False)
    text = str(error.value)
    assert url in text and f"Copy {served.name}.npz there" in text
    assert ("too slow" in text) is (fault in SLOW)
    assert ("no end" in text) is (fault == "endless")
    assert ("no server answered" in text) is (fault in ("closed", "no name"))
    assert ("set REQUESTS_CA_BUNDLE" in text) is (fault == "untrusted")
    assert_nothing_partial(tmp_path / "data", served.name, kept=False)


@pytest.mark.parametrize("first", ["good", "slow"])
def test_the_first_good_mirror_wins(first, served, monkeypatch, tmp_path):
    second = {"good": "slow", "slow": "good"}[first]
    urls = [f"{served.url}{first}/", f"{served.url}{second}/"]
    use_mirrors(monkeypatch, served.name, urls)
    assert_arrived(load_arrays(served.name), served)
    assert_nothing_partial(tmp_path / "data", served.name, kept=True)
    assert served.downloads(first) == len(served.files)
    assert served.downloads(second) == 0
    # The file is kept: nothing is asked for a second time.
    count = len(served.requests)
    sources._read_cached.cache_clear()
    assert_arrived(load_arrays(served.name), served)
    assert len(served.requests) == count


@pytest.mark.parametrize("served", ["fashion_mnist"], indirect=True)
def test_each_file_may_come_from_another_mirror(served, monkeypatch):
    """One lacks the first file, the other one the second."""
    first, second, *_ = served.files

    def half(request, content):
        manner, name = request.path.strip("/").split("/")
        if name == {"a": first, "b": second}[manner]:
            request.send_error(404)
        else:
            served.send(request, content)

    served.a = served.b = half
    urls = [f"{served.url}a/", f"{served.url}b/"]
    use_mirrors(monkeypatch, served.name, urls)
    assert_arrived(load_arrays(served.name), served)


def test_a_dead_network_is_seen_by_the_probe(monkeypatch):
    """Refused connections are Offline; a server without the file is not."""
    urls = [closed_port(), no_such_name(monkeypatch)]
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
