"""How answers are written: JSON that is valid Unicode, and server-sent events.

Bytes of the page that are not UTF-8 come as lone surrogates; they become U+FFFD, as in any other reader that
replaces what it cannot decode.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response


def encoded(data: Any) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def event(name: str, data: Any) -> bytes:
    """One event (https://html.spec.whatwg.org/multipage/server-sent-events.html): JSON, on one line."""
    return b"event: " + name.encode() + b"\ndata: " + encoded(data) + b"\n\n"


class Answer(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return encoded(content)
