"""Rules of the theme's styles are left out only where no page uses them."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("tinycss2")
sys.path.append(str(Path(__file__).resolve().parents[2] / "book" / "_ext"))

from lean_css import can_match, lean, used_names  # noqa: E402

PAGE = '<p id="top" class="note wide">A</p><script>add("shown")</script>'
USED = used_names([PAGE], ['node.classList.add("open-menu")'])


def test_used_names():
    assert {"top", "note", "wide", "shown", "open-menu"} <= USED
    assert "p" not in USED and "A" not in USED


@pytest.mark.parametrize(
    "selector, expected",
    [
        ("p", True),
        ("*", True),
        (".note.wide > p", True),
        ("#top:hover", True),
        (".open-menu", True),
        (".gone", False),
        (".note .gone", False),
        ("#gone", False),
        ("p:not(.gone)", True),
        (":is(.gone, .note) p", True),
        ('a[href=".gone"]', True),
        (r".note\:wide", False),
    ],
)
def test_can_match(selector, expected):
    assert can_match(selector, USED) == expected


def test_lean_keeps_what_is_used():
    css = (
        "/* text */ .note, .gone { color: red }\n.gone { color: blue }\n"
        "@media print { .gone { top: 0 } .wide { top: 0 } }\n"
        "@media screen { .gone { top: 0 } }\n"
        '@font-face { font-family: "Icons" }\n'
        "@keyframes turn { from { top: 0 } }\n"
    )
    text = lean(css, USED)
    assert ".gone" not in text and "Icons" not in text
    assert ".note{color: red}" in text
    assert "@media print{.wide{top: 0}}" in text
    assert "screen" not in text and "@keyframes turn" in text
