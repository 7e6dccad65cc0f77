"""Figures and sounds that are fetched when a reader comes near them.

A picture gets its size, so that the text does not jump when it arrives,
and is loaded lazily. A sound, which a notebook stores within its output,
becomes a file that is fetched when it is played. The script of a live figure
becomes a file if it is large, so that the text does not wait for it.
"""

import base64
import hashlib
import re
from pathlib import Path
from types import MethodType

from docutils import nodes
from sphinx.util.images import get_image_size
from sphinx.util.osutil import relative_uri

SOUND = re.compile(r'src="data:audio/wav;base64,([^"]+)"')
SCRIPT = re.compile(r"<script>\n(.*)</script>", re.DOTALL)
LIVE = 'data-explorer="'
LARGE = 100_000  # characters; a figure without data of its own has 30,000


def visit_image(translator, node):
    """Write an image as ever, and add its width and height."""
    path = Path(translator.builder.srcdir, node["uri"])
    size = get_image_size(path) if path.is_file() else None
    node["loading"] = "lazy"
    MethodType(type(translator).visit_image, translator)(node)
    if size:
        tag = f'<img width="{size[0]}" height="{size[1]}" '
        translator.body[-1] = translator.body[-1].replace("<img ", tag, 1)


def write_files(app, doctree, docname):
    """Replace sounds and large scripts in a page's outputs by files."""
    if app.builder.format != "html":
        return
    folder = app.builder.imagedir
    here = relative_uri(app.builder.get_target_uri(docname), folder)

    def write(content, ending):
        name = f"{hashlib.sha256(content).hexdigest()[:16]}.{ending}"
        path = Path(app.outdir, folder, name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return f"{here}/{name}"

    def write_sound(match):
        return f'src="{write(base64.b64decode(match[1]), "wav")}"'

    def write_script(match):
        if len(match[1]) < LARGE:
            return match[0]
        path = write(match[1].encode(), "js")
        return f'<script defer src="{path}"></script>'

    for output in doctree.findall(nodes.raw):
        before = output.astext()
        text, sounds = SOUND.subn(write_sound, before)
        if sounds:
            text = text.replace("<audio ", '<audio preload="none" ')
        if LIVE in text:
            text = SCRIPT.sub(write_script, text)
        if text != before:
            output.replace_self(nodes.raw("", text, format="html"))


def setup(app):
    """Take over images; move sounds and scripts once a page is complete."""
    app.add_node(nodes.image, override=True, html=(visit_image, None))
    app.connect("doctree-resolved", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
