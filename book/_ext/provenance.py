"""A line below a notebook's title: where its outputs come from.

It is made from the notebook's metadata ``course``: a dict with date,
device, versions, data and seconds, which ``make execute`` writes.
"""

import json
from pathlib import Path

from docutils import nodes

PACKAGES = ("Python", "torch", "torchvision", "NumPy")


def describe_versions(versions):
    """Return such as "Python 3.11.7, torch 2.13.0", in a fixed order."""
    known = [name for name in PACKAGES if name.lower() in versions]
    return ", ".join(f"{name} {versions[name.lower()]}" for name in known)


def describe_run(run):
    """Return the line: when, on what and from which data outputs are."""
    text = f"Outputs on this page are from a run on {run['date']}: "
    text += f"{run['device']}, {describe_versions(run['versions'])}"
    if run.get("data"):
        text += f"; data: {run['data']}"
    if run.get("seconds"):
        text += f"; {run['seconds']:,.0f} s for the whole notebook"
    return f"{text}."


def add_line(app, doctree):
    """Insert the line below the title of the notebook just read."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix == ".ipynb":
        metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
        if "course" in metadata:
            text = describe_run(metadata["course"])
            line = nodes.paragraph("", text, classes=["provenance"])
            doctree.next_node(nodes.section).insert(1, line)


def setup(app):
    app.connect("doctree-read", add_line, priority=400)
