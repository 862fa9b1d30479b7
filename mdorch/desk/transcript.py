"""What a run printed: as it is, or told as a story, where its program speaks in events."""

from __future__ import annotations

from collections.abc import Iterator

from mdorch.desk.record import output_of
from mdorch.desk.site import Site
from mdorch.desk.times import price
from mdorch.facts import Own, Run
from mdorch.frozen import Frozen
from mdorch.world.agents.events import Event, Kind, Language, line, parsed
from mdorch.world.runs import Runs
from mdorch.world.tail import Tail

LONGEST = 2000  # characters of a line that nobody understands
_TROUBLE = (Kind.BARRED, Kind.DENIED, Kind.ERROR, Kind.LIMIT, Kind.RETRY)


class Said(Frozen):
    """One piece of a story. `kind`: text, tool, file, trouble, note, done, failed, or raw for what is not
    understood; `tool` what was used, `text` what was said, or what it was used on."""

    kind: str
    text: str
    tool: str = ""


class Output:
    """The two streams of a run, each time what is new: raw bytes of standard output, then of error.
    `is_there`: its folder has not been cleared away."""

    def __init__(self, site: Site, run: Run) -> None:
        paths = output_of(site, run)
        self.is_there = any(path.parent.is_dir() for path in paths)
        self.tails = [Tail(path) for path in paths]

    def new(self, stream: int) -> Iterator[bytes]:
        return self.tails[stream].new()


class Story:
    """Standard output as events. `is_told` is false where its program speaks in none."""

    def __init__(self, site: Site, run: Run) -> None:
        self._language: Language | None = Runs(site.dot).language(run.id)
        self._rest = b""
        self._text = ""  # what is being said, piece by piece

    @property
    def is_told(self) -> bool:
        return self._language is not None

    def more(self, data: bytes, last: bool) -> Iterator[Said]:
        """What the next bytes tell; `last`: there will be no more."""
        if self._language is None:
            return
        lines, end, rest = (self._rest + data).rpartition(b"\n")
        self._rest = b"" if last else rest
        whole = [*(lines.split(b"\n") if end else ()), *([rest] if last and rest else ())]
        for event in parsed(whole, self._language):
            yield from self._told(event)
        if last:
            yield from self._spoken()

    def _told(self, event: Event | str) -> Iterator[Said]:
        if isinstance(event, Event) and event.kind is Kind.TEXT and event.adds:
            self._text += event.text
            return
        yield from self._spoken()
        if isinstance(event, str):
            if event.strip():
                yield Said("raw", event[:LONGEST])
        elif told := _said(event):
            yield told

    def _spoken(self) -> Iterator[Said]:
        if self._text:
            yield Said("text", self._text)
            self._text = ""


def _said(event: Event) -> Said | None:
    if event.kind is Kind.TEXT:
        return Said("text", event.text) if event.text else None
    if event.kind in (Kind.TOOL, Kind.FILE):
        return Said(event.kind.value, line(event.text), event.tool)
    if event.kind in _TROUBLE:
        return Said("trouble", " ".join(filter(None, (event.kind.value, event.tool, line(event.text)))))
    if event.kind is Kind.STARTED:
        return Said("note", f"session {event.session}" if event.session else "") if event.session else None
    if event.own is None:
        return None
    turns = f"{event.turns} turns" if event.turns else ""
    used = ", ".join(filter(None, (turns, price(event.tokens, event.usd))))
    if event.own in (Own.DONE, Own.DENIED):
        return Said("done", used)
    return Said("failed", ": ".join(filter(None, (line(event.text) or event.own.value, used))))
