"""A web server for the built book, on a free port of this computer."""

import contextlib
import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Handler(SimpleHTTPRequestHandler):
    """Files of a folder, and no word about them."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        """Print nothing."""


@contextlib.contextmanager
def serving(folder, handler=Handler):
    """Serve a folder; give the address."""
    handler = functools.partial(handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
