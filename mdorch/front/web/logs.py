"""What a run prints, as it prints it: the same story as `mdorch logs` tells, without what terminals obey."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from mdorch.desk.record import is_running, run_of
from mdorch.desk.transcript import Output, Story
from mdorch.facts import Run
from mdorch.front.text import clean_lines, without_escapes
from mdorch.front.web.hub import Hub
from mdorch.front.web.wire import event

PACE = 0.25  # seconds between two looks at a run at work
LAST = 2000  # pieces of what was printed before that are told
LONGEST = 20_000  # characters of a piece


class Pieces:
    """What is new of a run's output, in pieces: `kind`, `tool` and `text` as in `desk.transcript.Said`, and
    the kinds `out` and `err` for what it printed as it is."""

    def __init__(self, hub: Hub, run: Run) -> None:
        self._output = Output(hub.live.site, run)
        self._story = Story(hub.live.site, run)
        self._rest = [b"", b""]
        self.is_there = self._output.is_there

    def new(self, last: bool) -> list[dict[str, str]]:
        """`last`: there will be no more, so that a line without an end is one."""
        found: deque[dict[str, str]] = deque(maxlen=LAST)
        for stream, kind in enumerate(("out", "err")):
            for data in self._output.new(stream):
                found.extend(self._told(stream, kind, data, False))
            if last:
                found.extend(self._told(stream, kind, b"", True))
        return list(found)

    def _told(self, stream: int, kind: str, data: bytes, last: bool) -> list[dict[str, str]]:
        if stream == 0 and self._story.is_told:
            return [_piece(said.kind, said.text, said.tool) for said in self._story.more(data, last)]
        lines, end, rest = (self._rest[stream] + data).rpartition(b"\n")
        self._rest[stream] = b"" if last or len(rest) > LONGEST else rest
        whole = lines + end + (b"" if self._rest[stream] else rest)
        return [_piece(kind, whole.decode("utf-8", "replace"))] if whole else []


def _piece(kind: str, text: str, tool: str = "") -> dict[str, str]:
    return {"kind": kind, "text": clean_lines(without_escapes(text))[-LONGEST:], "tool": tool}


def follow(hub: Hub, task: str, attempt: int | None) -> AsyncIterator[bytes]:
    """The stream of a run's output, until it ends. Raises Trouble where there is no such run."""
    run = run_of(hub.live.site, task, attempt)
    return _stream(hub, run, Pieces(hub, run))


async def _stream(hub: Hub, run: Run, pieces: Pieces) -> AsyncIterator[bytes]:
    head: dict[str, Any] = {"run": run.id, "agent": run.agent, "is_there": pieces.is_there}
    yield event("run", head)
    while not hub.closed:
        running, new = await asyncio.to_thread(_glance, hub, run, pieces)
        if new:
            yield event("pieces", new)
        if not running:
            yield event("end", {})
            return
        await asyncio.sleep(PACE)


def _glance(hub: Hub, run: Run, pieces: Pieces) -> tuple[bool, list[dict[str, str]]]:
    """Asked before it is read: what is printed in between is read, and nothing is printed after the end."""
    running = is_running(hub.live.site, run)
    return running, pieces.new(not running)
