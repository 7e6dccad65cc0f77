"""Write today's scripts around the live figures stored in the lessons.

python tools/refresh_figures.py

A live figure in a notebook is HTML with its style, its script and its data.
After a change of style or script this puts the stored data into the new
HTML, so that no lesson has to run, and no net to be trained, again. The
same after a change of a cell's alt text, which its pictures carry too.
"""

import copy
import json
import re
from html import unescape

import nbformat
from notebook_code import NOTEBOOKS, describe_pictures

from course_utils.explore.figure import Figure

LIVE = 'data-explorer="'
STORED = re.compile(
    r'aria-label="([^"]*)".*\nstart\("(\w+)", "[^"]+", (.*)\);\n\}\)\(\);',
    re.DOTALL,
)


def figure_outputs(notebook):
    """Return the data of the outputs that hold a live figure."""
    return [
        output.data
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if LIVE in output.get("data", {}).get("text/html", "")
    ]


def refreshed(html):
    """Return a figure's HTML with the scripts and styles of today."""
    title, name, params = STORED.search(html).groups()
    return Figure(name, unescape(title), json.loads(params))._repr_html_()


def main():
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        before = copy.deepcopy(notebook)
        for data in figure_outputs(notebook):
            data["text/html"] = refreshed(data["text/html"])
        describe_pictures(notebook)
        if notebook != before:
            nbformat.write(notebook, path)
            print(f"{path.name}: figures written anew")


if __name__ == "__main__":
    main()
