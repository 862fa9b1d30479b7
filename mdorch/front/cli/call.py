"""One call of a command: what was asked for, the site it speaks of, and where its answer goes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mdorch.desk.site import Site, open_site
from mdorch.front.cli.screen import Screen


@dataclass
class Call:
    """What was asked for besides the command's own arguments."""

    page: str | None = None
    config: str | None = None
    json: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @cached_property
    def screen(self) -> Screen:
        return Screen(sys.stdout, self.environ)

    @cached_property
    def messages(self) -> Screen:
        """Standard error."""
        return Screen(sys.stderr, self.environ)

    @cached_property
    def site(self) -> Site:
        """Page and configuration. Raises Trouble."""
        return open_site(self.page, self.config, self.environ)

    @cached_property
    def lost_site(self) -> Site:
        """The same where the page itself may be gone. Raises Trouble."""
        return open_site(self.page, self.config, self.environ, must_exist=False)

    @property
    def now(self) -> float:
        return time.time()

    @property
    def interactive(self) -> bool:
        """Whether there is somebody to ask."""
        return sys.stdin.isatty() and self.screen.terminal

    def rail(self, what: str, own: str = "") -> None:
        """Refuse what agents may not do; `own` is the task where it is allowed for a run's own one."""
        from mdorch.desk.rail import rail

        rail(self.environ, what, own)

    def fence(self, text: str) -> None:
        """Refuse what a run says that is over; the text is kept aside."""
        from mdorch.desk.rail import fence

        fence(self.site, self.environ, text)

    def answer(self, data: Any) -> None:
        """Print an answer as JSON: compact into pipes, laid out for a reader."""
        self.screen.write(self.answered(data))

    def answered(self, data: Any) -> str:
        """What `answer` prints."""
        return _json(data, self.screen) + "\n"

    def confirm(self, question: str) -> bool:
        """Ask on the terminal; an end of input is a no."""
        self.screen.write(question + " [y/N] ")
        self.screen.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")


def _json(data: Any, screen: Screen) -> str:
    """JSON that is valid Unicode and holds no character that a terminal would obey.

    Bytes of the page that are not UTF-8 come as lone surrogates; they become U+FFFD, as in any other
    reader that replaces what it cannot decode.
    """
    import json
    import re

    indent = 2 if screen.terminal else None
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    if text.isascii() and "\x7f" not in text:
        return text
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if not screen.unicode:
        return json.dumps(json.loads(text), indent=indent)
    suspect = "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
    return re.sub(suspect, lambda found: f"\\u{ord(found[0]):04x}", text)
