"""Figures and sounds that are fetched when a reader comes near them.

A picture gets its size, so that the text does not jump when it arrives, and
is loaded lazily. A sound, which a notebook stores within its output, becomes
a file that is fetched when it is played. So does the script of a live figure
if it is large; it is fetched when the figure is a screen away. The directive
``live-figure`` shows one of a lesson on another page.
"""

import base64
import hashlib
import re
from pathlib import Path
from types import MethodType

import nbformat
from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from sphinx.util.images import get_image_size
from sphinx.util.osutil import relative_uri

SOUND = re.compile(r'<audio (.*?)src="data:audio/wav;base64,([^"]+)"', re.S)
LARGE = 100_000  # characters; a figure without data of its own has 30,000
SCRIPT = re.compile(rf"<script>\n(\(\(\) => .{{{LARGE},}})</script>", re.S)
NEAR = "_static/near.js"


def visit_image(translator, node):
    """Write an image as ever, and add its width and height."""
    size = get_image_size(Path(translator.builder.srcdir, node["uri"]))
    node["loading"] = "lazy"
    MethodType(type(translator).visit_image, translator)(node)
    if size:
        tag = f'<img width="{size[0]}" height="{size[1]}" '
        translator.body[-1] = translator.body[-1].replace("<img ", tag, 1)


def write_files(app, doctree, docname):
    """Replace sounds and large scripts in a page's outputs by files."""
    folder = app.builder.imagedir
    page = app.builder.get_target_uri(docname)
    here, near = (relative_uri(page, to) for to in (folder, NEAR))

    def write(content, ending):
        name = f"{hashlib.sha256(content).hexdigest()[:16]}.{ending}"
        path = Path(app.outdir, folder, name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return f'src="{here}/{name}"'

    def sound(match):
        source = write(base64.b64decode(match[2]), "wav")
        return f'<audio preload="none" {match[1]}{source}'

    def script(match):
        source = write(match[1].encode(), "js")
        return f'<script src="{near}" data-{source}></script>'

    for output in list(doctree.findall(nodes.raw)):
        text = SCRIPT.sub(script, SOUND.sub(sound, output.astext()))
        if text != output.astext():
            output.replace_self(nodes.raw("", text, format="html"))


class LiveFigure(SphinxDirective):
    """A lesson's live figure: the notebook's path, the figure's name."""

    required_arguments = 2

    def run(self):
        """Return what the lesson's cell has stored."""
        path = Path(self.env.srcdir, self.arguments[0])
        self.env.note_dependency(str(path))
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                html = output.get("data", {}).get("text/html", "")
                if f'data-explorer="{self.arguments[1]}-' in html:
                    return [nodes.raw("", html, format="html")]
        raise self.error(f"{path} has no figure {self.arguments[1]}")


def setup(app):
    app.add_directive("live-figure", LiveFigure)
    app.add_node(nodes.image, override=True, html=(visit_image, None))
    app.connect("doctree-resolved", write_files)
