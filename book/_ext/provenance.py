"""A line below a notebook's title: where its outputs come from.

It is made from the notebook's metadata ``course``: a dict with date,
device, versions, data and seconds, which ``make execute`` writes.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

logger = logging.getLogger(__name__)

# Package name and its spelling, in the order of the line.
PACKAGES = {
    "python": "Python",
    "torch": "torch",
    "torchvision": "torchvision",
    "numpy": "NumPy",
}


def describe_versions(versions):
    """Return such as "Python 3.11.7, torch 2.13.0", in a fixed order."""
    return ", ".join(
        f"{spelling} {versions[name]}"
        for name, spelling in PACKAGES.items()
        if name in versions
    )


def describe_run(run):
    """Return the provenance line of a notebook's run.

    Parameters
    ----------
    run : dict
        date, device and versions; optionally data and seconds.

    Returns
    -------
    str

    Raises
    ------
    KeyError
        If date, device or versions is missing.
    """
    parts = [
        f"Outputs on this page are from a run on {run['date']}: "
        f"{run['device']}, {describe_versions(run['versions'])}"
    ]
    if run.get("data"):
        parts.append(f"data: {run['data']}")
    if run.get("seconds"):
        parts.append(f"{run['seconds']:,.0f} s for the whole notebook")
    return "; ".join(parts) + "."


def add_line(app, doctree):
    """Insert the line below the title of the notebook just read."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    metadata = json.loads(path.read_text(encoding="utf-8"))["metadata"]
    run = metadata.get("course")
    title = next(iter(doctree.findall(nodes.title)), None)
    if not run or title is None:
        return
    try:
        text = describe_run(run)
    except KeyError as error:
        logger.warning(
            "the notebook's metadata 'course' has no %s",
            error,
            location=app.env.docname,
        )
        return
    line = nodes.paragraph("", text, classes=["provenance"])
    title.parent.insert(title.parent.index(title) + 1, line)


def setup(app):
    """Read each notebook's metadata once it is parsed."""
    app.connect("doctree-read", add_line)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
