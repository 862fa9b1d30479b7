"""An address on this machine that takes notices, or does something else with them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hook:
    """`answers` are the codes to give, the last one again and again; `got` what was posted. While `open` is
    not set, nothing is answered."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers) or [200]
        self.got: list[dict[str, Any]] = []
        self.open = threading.Event()
        self.open.set()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.open.wait(60)
                hook.got.append(json.loads(body))
                self.send_response(hook.answers.pop(0) if len(hook.answers) > 1 else hook.answers[0])
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/secret-path"


@contextmanager
def hook(*answers: int) -> Iterator[Hook]:
    made = Hook(*answers)
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.open.set()
        made.server.shutdown()
        made.server.server_close()
        thread.join()
