"""Figures and sounds that are fetched when a reader comes near them.

A picture gets its size, so that the text does not jump when it arrives,
and is loaded lazily. A sound, which a notebook stores within its output,
becomes a file that is fetched when it is played.
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


def visit_image(translator, node):
    """Write an image as ever, and add its width and height."""
    path = Path(translator.builder.srcdir, node["uri"])
    size = get_image_size(path) if path.is_file() else None
    node["loading"] = "lazy"
    MethodType(type(translator).visit_image, translator)(node)
    if size:
        tag = f'<img width="{size[0]}" height="{size[1]}" '
        translator.body[-1] = translator.body[-1].replace("<img ", tag, 1)


def write_sounds(app, doctree, docname):
    """Replace the sounds within a page's outputs by files."""
    if app.builder.format != "html":
        return
    folder = app.builder.imagedir
    here = relative_uri(app.builder.get_target_uri(docname), folder)

    def write(match):
        content = base64.b64decode(match[1])
        name = f"{hashlib.sha256(content).hexdigest()[:16]}.wav"
        path = Path(app.outdir, folder, name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return f'src="{here}/{name}"'

    for output in doctree.findall(nodes.raw):
        text, count = SOUND.subn(write, output.astext())
        if count:
            text = text.replace("<audio ", '<audio preload="none" ')
            output.replace_self(nodes.raw("", text, format="html"))


def setup(app):
    """Take over images; move the sounds once a page is complete."""
    app.add_node(nodes.image, override=True, html=(visit_image, None))
    app.connect("doctree-resolved", write_sounds)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
