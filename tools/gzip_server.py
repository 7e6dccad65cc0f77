"""A web server for the built book that compresses, as hosts of pages do.

`http.server` sends files as they are. Weights and loading times would then
not be those that a reader has.
"""

import gzip
import io
import threading
from contextlib import contextmanager
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TEXT = {".html", ".css", ".js", ".svg", ".json", ".txt"}


@cache
def compressed(path, modified):
    """Return a file's bytes, compressed; the time is part of the key."""
    return gzip.compress(path.read_bytes(), 6)


class Handler(SimpleHTTPRequestHandler):
    """Files, compressed where that makes them smaller."""

    protocol_version = "HTTP/1.1"

    def send_head(self):
        """Answer with the compressed file where that makes sense."""
        path = Path(self.translate_path(self.path))
        wanted = "gzip" in self.headers.get("Accept-Encoding", "")
        if not wanted or path.suffix not in TEXT or not path.is_file():
            return super().send_head()
        body = compressed(path, path.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Vary", "Accept-Encoding")
        self.end_headers()
        return io.BytesIO(body)

    def end_headers(self):
        """Let a browser keep what it has for as long as GitHub Pages."""
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def log_message(self, *args):
        """Print nothing."""


@contextmanager
def serving(folder, handler=Handler):
    """Serve a folder on a free port of this computer; give its address."""
    handler = partial(handler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
