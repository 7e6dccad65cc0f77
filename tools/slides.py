"""Make a deck of slides of each lesson, for reveal.js.

python tools/slides.py [FOLDER]

Writes, into dist/slides/ or the folder given, one HTML file for each lesson.
It holds all that it needs: open it in a browser, with or without internet.
What is on the slides is in tools/deck/outline.py.
"""

import os
import sys
from pathlib import Path

import nbformat
from deck.outline import Outline
from deck.render import deck_html
from notebook_code import NOTEBOOKS

ROOT = Path(__file__).resolve().parent.parent


def build(folder):
    """Write a deck for each lesson; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for path in NOTEBOOKS:
        slides = Outline(nbformat.read(path, as_version=4)).slides
        title = slides[0].section
        deck = folder / f"{path.stem}.html"
        deck.write_text(deck_html(slides, title), encoding="utf-8")
        paths.append(deck)
    return paths


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist/slides"
    made = build(folder)
    print(f"{len(made)} decks are in {os.path.relpath(folder)}/")
