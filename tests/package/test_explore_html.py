"""The explorers' HTML and arguments; tests/browser has what they do."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from examples import run_python

from course_utils import explore

ROOT = Path(__file__).resolve().parents[2]
NAMES = (
    "channels",
    "cross_correlation",
    "padding_and_stride",
    "pooling",
    "receptive_field",
    "residual",
)
MOST_BYTES = 60_000


@pytest.fixture(params=NAMES)
def html(request):
    return getattr(explore, request.param)()._repr_html_()


def test_html_stands_alone(html):
    """Nothing is loaded, and nothing reaches out of the script."""
    text = html.replace("http://www.w3.org/2000/svg", "")  # a name
    for word in ("http", "src=", "href=", "url(", "@import", "fetch("):
        assert word not in text
    assert not re.search(r"\bid=|\.id\b|window\.\w+ =|Math\.random", text)
    assert len(html.encode()) < MOST_BYTES


def test_html_is_one_root_a_style_and_a_script(html):
    bs4 = pytest.importorskip("bs4")
    soup = bs4.BeautifulSoup(html, "html.parser")
    names = [tag.name for tag in soup.find_all(recursive=False)]
    assert names == ["div", "style", "script"]
    key = soup.div["data-explorer"]
    assert soup.script.get_text().count(f'"{key}"') == 1
    assert soup.div["aria-label"] in soup.div.get_text()


def test_html_is_without_comments(html):
    lines = html.splitlines()
    assert not [n for n in lines if n.strip().startswith(("//", "/*", "*/"))]
    assert not [n for n in lines if n != n.lstrip()]


@pytest.mark.parametrize("name", NAMES)
def test_same_arguments_same_html(name):
    one, two = getattr(explore, name)(), getattr(explore, name)()
    assert one._repr_html_() == two._repr_html_()
    assert repr(one) == repr(two)
    assert repr(one).startswith(f"<explore.{name}: ")
    assert "\n" not in repr(one) and len(repr(one)) < 79


def test_same_html_in_another_process():
    """Whatever the hash seed is; nbval compares outputs of new kernels."""
    code = (
        "from course_utils import explore\n"
        "print(explore.channels()._repr_html_())"
    )
    printed = run_python(code, cwd=ROOT)
    assert printed.strip() == explore.channels()._repr_html_().strip()


def key_of(figure):
    return re.search(r'data-explorer="(.*?)"', figure._repr_html_())[1]


def test_other_arguments_another_key():
    keys = {key_of(explore.pooling(k=k)) for k in (2, 3, 4)}
    assert len(keys) == 3


def test_arrays_lists_and_tensors_are_alike():
    rows = [[0.0, 0.5, 1.0], [1.0, 0.0, 0.25], [0.0, 1.0, 0.0]]
    K = [[1, -1]]
    figures = [
        explore.cross_correlation(rows, K),
        explore.cross_correlation(np.array(rows), np.array(K)),
        explore.cross_correlation(
            torch.tensor(rows, requires_grad=True), torch.tensor(K)
        ),
    ]
    assert len({key_of(figure) for figure in figures}) == 1


def test_a_text_cannot_end_the_script():
    figure = explore.figure.Figure(
        "pooling", "<b>", {"text": "</script><script>"}
    )
    html = figure._repr_html_()
    assert html.count("</script>") == 1 and "<b>" not in html


@pytest.mark.parametrize(
    "name, arguments, message",
    [
        ("cross_correlation", {"X": torch.zeros(2, 3, 4)}, "X: .*height"),
        ("cross_correlation", {"X": np.zeros((65, 3))}, "X: .*1 to 64"),
        ("cross_correlation", {"X": np.zeros((0, 3))}, "X: "),
        ("cross_correlation", {"X": [[1.0, float("nan")]]}, "X: .*finite"),
        ("cross_correlation", {"X": [[1, 2], [3]]}, "X: .*numbers"),
        ("cross_correlation", {"X": "five"}, "X: .*numbers"),
        (
            "cross_correlation",
            {"X": [[1, 2]], "K": [[1], [2]]},
            "K: .*1 to 1",
        ),
        ("cross_correlation", {"K": np.zeros((8, 8))}, "K: .*1 to 7"),
        ("cross_correlation", {"X": [[1, 2]]}, "K: .*1 to 1"),
        ("padding_and_stride", {"n": 2}, "n: .*3 to 14"),
        ("padding_and_stride", {"kernel": 0}, "kernel: .*1 to 7"),
        ("padding_and_stride", {"padding": -1}, "padding: .*0 to 4"),
        ("padding_and_stride", {"stride": 1.5}, "stride: .*1 to 4"),
        ("padding_and_stride", {"dilation": True}, "dilation: .*1 to 3"),
        ("channels", {"X": torch.zeros(5, 4, 4)}, "X: .*1 to 4"),
        ("channels", {"weight": [[1, 2]]}, "weight: .*3 to 3"),
        ("channels", {"bias": [1, 2, 3]}, "bias: .*2 to 2"),
        ("pooling", {"X": np.zeros((3, 8))}, "X: .*4 to 64"),
        ("pooling", {"k": 5}, "k: .*2 to 4"),
        ("receptive_field", {"layers": []}, "layers: .*1 to 8"),
        ("receptive_field", {"layers": [(3, 1, 1)] * 9}, "layers: .*1 to 8"),
        ("receptive_field", {"layers": [3]}, r"layers\[0\]: .*kernel"),
        (
            "receptive_field",
            {"layers": [(3, 5, 1)]},
            r"\[0\], stride: .*1 to",
        ),
        ("receptive_field", {"image": 31}, "image: .*28"),
    ],
)
def test_arguments_that_do_not_fit(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(explore, name)(**arguments)


def test_scripts_are_packaged(tmp_path):
    """Installed from a wheel, the explorers are whole."""
    source = tmp_path / "source"
    shutil.copytree(ROOT / "course_utils", source / "course_utils")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    command = "pip wheel --no-deps --no-build-isolation --quiet ."
    subprocess.run(
        [sys.executable, "-m", *command.split(), "--wheel-dir", tmp_path],
        check=True,
        cwd=source,
    )
    (wheel,) = tmp_path.glob("*.whl")
    packed = {n for n in zipfile.ZipFile(wheel).namelist() if "explore" in n}
    folder = ROOT / "course_utils" / "explore"
    files = {
        str(path.relative_to(ROOT))
        for path in folder.rglob("*.*")
        if path.suffix in (".py", ".js", ".css")
    }
    assert packed == files
