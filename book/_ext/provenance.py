"""A line below a notebook's title: where its outputs come from.

It is made from the notebook's metadata ``course``: a dict with date,
device, versions, data and seconds, which ``make execute`` writes.
"""

import json

from docutils import nodes

PACKAGES = ("Python", "torch", "torchvision", "NumPy")


def describe_versions(versions):
    """Return such as "Python 3.11.7, torch 2.13.0", in a fixed order."""
    return ", ".join(f"{name} {versions[name.lower()]}" for name in PACKAGES)


def describe_run(run):
    """Return the line: when, on what and from which data outputs are."""
    text = f"Outputs on this page are from a run on {run['date']}: "
    text += f"{run['device']}, {describe_versions(run['versions'])}"
    if run["data"]:
        text += f"; data: {run['data']}"
    return f"{text}; {run['seconds']:,.0f} s for the whole notebook."


def add_line(app, doctree):
    """Insert the line below the title of the notebook just read."""
    run = app.env.metadata[app.env.docname].get("course")
    if run:
        text = describe_run(json.loads(run))
        line = nodes.paragraph("", text, classes=["provenance"])
        doctree.next_node(nodes.section).insert(1, line)


def setup(app):
    # After the links of the glossary, which are not for this line.
    app.connect("doctree-read", add_line, priority=600)
