"""A figure that lives: one root element with its style, script and data.

The script is one function that leaves no global behind: the shared parts
(``SHARED``), those of ``ALSO`` for a figure that makes what they define,
``js/<name>_math.js`` if there is one, ``js/<name>.js``, ``js/start.js``. It
starts each root that does not live yet: one figure can stand twice.

The contract of a figure, in ``js/<name>.js``::

    explorers.<name> = (root, params) => { ... };

- ``root`` is an empty element, not yet in the document; the function
  appends what it draws. ``params`` is what Python passed to ``Figure``. An
  array (``Packed``) arrives as ``{data, shape, c, h, w}``: a typed array,
  and the last three axes, each 1 where there is none.
- Pure functions on ``math`` compute, so that a test can compare them with
  PyTorch. ``ui``, ``Grid``, ``Controls``, ``MatrixInput`` and ``Line`` draw;
  class names begin with ``cx-``, and ``js/<name>.css`` adds to style.css.
- A ``Line`` says what is shown; each ``Grid`` has a label; the keyboard does
  all. Nothing moves by itself, nor where the reader wants reduced motion.
- No id attributes, no ``Math.random`` (fixed seeds instead), no request, if
  not for images that the reader asks for. No comment behind code and no
  template string over lines: see ``_read``.
"""

import base64
import hashlib
import json
import re
from html import escape
from importlib import resources

import numpy as np

FILES = resources.files(__package__)
SHARED = ("math", "ui", "grid", "controls")
ALSO = {"walk": "Walk", "picture": "Painter"}
DTYPES = {"float32": "<f4", "uint8": "u1"}


class Packed:
    """An array on its way to JavaScript, as base64; dtype: see DTYPES."""

    def __init__(self, array, dtype="float32"):
        array = np.ascontiguousarray(array, dtype=DTYPES[dtype])
        text = base64.b64encode(array.tobytes()).decode("ascii")
        self.json = {"dtype": dtype, "shape": array.shape, "base64": text}


def _read(name, *, optional=False):
    """Return a file of this package, without comments and indentation."""
    file = FILES.joinpath(name)
    if optional and not file.is_file():
        return ""
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"(?m)^\s*(//.*)?\n?", "", text)


def _parts(name):
    """Return the names of a figure's files, in the order of its script."""
    code = _read(f"js/{name}.js")
    also = [part for part, kind in ALSO.items() if f"new {kind}(" in code]
    return *SHARED, *also, f"{name}_math", name


def script(name):
    """Return the JavaScript of an explorer, without what starts it."""
    parts = (_read(f"js/{p}.js", optional=True) for p in _parts(name))
    return "".join(parts)


class Figure:
    """What a figure's function returns; a notebook shows its HTML.

    ``name`` is a file in ``js/``, ``title`` a few words, ``params`` a dict of
    JSON values and ``Packed`` arrays.
    """

    def __init__(self, name, title, params):
        self.name, self.title, self.params = name, title, params

    def __repr__(self):
        return f"<explore.{self.name}: {self.title}>"

    def _repr_html_(self):
        """Return the HTML, the same for the same parameters."""
        params = json.dumps(self.params, default=lambda value: value.json)
        params = params.replace("<", "\\u003c")  # no </script> in a text
        digest = hashlib.sha256(f"{self.name} {params}".encode()).hexdigest()
        key = f"{self.name}-{digest[:10]}"
        code = script(self.name) + _read("js/start.js")
        css = _read("style.css")
        for part in _parts(self.name):
            css += _read(f"js/{part}.css", optional=True)
        title = escape(self.title)
        return (
            f'<div class="cx" role="group" aria-label="{title}" '
            f'data-explorer="{key}"><p>{title}. This figure is live where '
            "JavaScript runs: on the course's site, in Colab, and in a "
            "notebook that you trust.</p></div>\n"
            f"<style>\n{css}</style>\n"
            '<script>\n(() => {\n"use strict";\nconst explorers = {};\n'
            f'{code}start("{self.name}", "{key}", {params});\n'
            "})();\n</script>"
        )
