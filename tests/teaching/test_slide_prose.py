"""Sentences on slides: each can be understood where it stands."""

import pytest
from deck.prose import introduction, key_sentences, self_contained, situation


@pytest.mark.parametrize(
    "text, left",
    [
        ("Not the deepest: run the next two cells.", "Not the deepest."),
        ("A tone of 2 kHz. The next two cells show why.", "A tone of 2 kHz."),
        ("The cells above fill this table. Rows are nets.", "Rows are nets."),
        (
            "Rows are nets; the lines above say where. It ran.",
            "Rows are nets.",
        ),
        ("It hardly changes: see below.", "It hardly changes."),
        ("So 71 are enough. Exercise 8.4 asks why.", "So 71 are enough."),
        ("They put it first (Exercise 8.5).", "They put it first."),
        ("Move it. (It comes further down. With 1 it rests.)", "Move it."),
        ("**Myth: x.** The table above shows it. No.", "**Myth: x.** No."),
        ("The biases are the subject of the next paragraphs.", ""),
        ("Tones above 4 kHz go down.", "Tones above 4 kHz go down."),
        (
            "- see below\n- go\n\nHow? See further down.",
            "- see below\n- go\n\nHow?",
        ),
    ],
)
def test_what_points_elsewhere_is_left_out(text, left):
    assert self_contained(text) == left


@pytest.mark.parametrize(
    "text, told",
    [
        ("So we take a new network.", "We take a new network."),
        ("It has no weights. Take the first row.", "Take the first row."),
        ("In one, all are random. In the other, none is.", ""),
        ("The line that decides:", ""),
        ("It reaches over", "It reaches over"),
        ("Here is the block.", "Here is the block."),
    ],
)
def test_a_text_that_introduces_stands_alone(text, told):
    assert introduction(text) == told
    assert situation(text) == told


def test_a_term_comes_with_what_it_leans_on():
    text = "There are two steps. One after the other, they are a **pair**."
    assert key_sentences(text) == []
    text = f"First depth, then width. {text.split('. ')[1]}"
    assert key_sentences(text) == [text]
