"""What agent programs say while they work, in one form for all of them, and what it comes to.

Each program prints one JSON object a line, in a language of its own. Its adapter translates a line into
events; an `Account` is what all events of a run come to so far. All of it is pure: lines in, records out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Protocol

from mdorch.facts import Own
from mdorch.frozen import Frozen
from mdorch.world.keeper.words import LONGEST, last_words, plain

Line = Mapping[str, Any]
_ENOUGH = 4 * LONGEST  # characters, of which a line for people is made
_MUCH = 100 * LONGEST  # characters, among which its first line is looked for
_USED_ON = (
    *("command", "file_path", "filePath", "notebook_path", "path", "pattern", "url", "query", "prompt"),
    "description",
)


class Kind(StrEnum):
    STARTED = "started"
    TEXT = "text"  # the agent said something
    TOOL = "tool"  # it uses a tool: its name, and on what
    FILE = "file"  # it touched a file
    DENIED = "denied"  # it was not allowed to
    ERROR = "error"  # something went wrong; what becomes of it is said later
    BARRED = "barred"  # its account is not let in: logged out, or with a wrong key
    LIMIT = "limit"  # the usage of its account is used up
    RETRY = "retry"  # the model did not answer, and is asked again
    RESULT = "result"  # how it ended, in its own view; the last one counts


class Event(Frozen):
    """One thing that happened. `text` is what was said, what a tool was used on, or what is wrong.

    `session`: by which the program can go on. `until`: when a limit ends, in epoch seconds; 0.0: unknown.
    `own`, `turns`: with RESULT, and as `tool` one that it was not allowed to use. `tokens` and `usd` are the
    whole so far, or where `adds` more than that; so is a text.
    """

    kind: Kind
    text: str = ""
    tool: str = ""
    session: str = ""
    until: float = 0.0
    own: Own | None = None
    turns: int | None = None
    tokens: int | None = None
    usd: float | None = None
    adds: bool = False


class Account(Frozen):
    """What the events of a run come to. `last` is the last one in a few words, `said` the last words of the
    agent, `fault` the last thing that went wrong, `denied` what it was not allowed to do."""

    session: str = ""
    last: str = ""
    said: str = ""
    fault: str = ""
    denied: str = ""
    tail: str = ""  # the end of the text that is being said, piece by piece
    barred: bool = False
    limit: float | None = None
    own: Own | None = None
    turns: int | None = None
    tokens: int | None = None
    usd: float | None = None


class Language(Protocol):
    """What of an adapter understands its program."""

    def read(self, line: Line) -> Iterable[Event]: ...

    def hear(self, line: str) -> Iterable[Event]: ...


def parsed(lines: Iterable[bytes], language: Language) -> Iterator[Event | str]:
    """The events of these lines; a line that means nothing comes as it is."""
    for line in lines:
        found = _object(line)
        if found is None:
            text = line.decode("utf-8", "replace")
            events = list(language.hear(text))
            yield from events or (text,)
            continue
        try:
            yield from list(language.read(found))
        except (AttributeError, KeyError, TypeError, ValueError):  # of another version, of another shape
            continue


def _object(line: bytes) -> Line | None:
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def account(before: Account, events: Iterable[Event | str]) -> Account:
    """The account after these events, too. Words are made fit for people only once, at the end: a run may
    print a hundred events a second."""
    now = {name: getattr(before, name) for name in Account.__slots__}
    last: Event | None = None
    said = ""
    for event in events:
        if isinstance(event, str):
            continue
        last = event
        now["tail"] = (now["tail"] + event.text)[-_ENOUGH:] if event.adds else ""
        if event.kind in (Kind.TEXT, Kind.RESULT) and event.text:
            said = now["tail"] or event.text
        _add(now, event)
    if last is None:
        return before
    now["last"] = told(last)
    now["said"] = last_words(said[-_ENOUGH:].encode("utf-8", "replace")) or now["said"]
    return Account(**now)


def _add(now: dict[str, Any], event: Event) -> None:
    if event.session:
        now["session"] = event.session
    if event.tokens is not None:
        now["tokens"] = event.tokens + ((now["tokens"] or 0) if event.adds else 0)
    if event.usd is not None:
        now["usd"] = event.usd + ((now["usd"] or 0.0) if event.adds else 0.0)
    match event.kind:
        case Kind.ERROR | Kind.RETRY | Kind.BARRED:
            now["barred"] = now["barred"] or event.kind is Kind.BARRED
            now["fault"] = line(event.text) or now["fault"]
        case Kind.DENIED:
            now["denied"] = line(event.text) or event.tool
        case Kind.LIMIT:
            now["limit"] = event.until
            now["fault"] = line(event.text) or now["fault"]
        case Kind.RESULT:
            now["own"], now["turns"] = event.own, event.turns or now["turns"]
            now["denied"] = now["denied"] or event.tool
            if event.own not in (Own.DONE, Own.DENIED):
                now["fault"] = line(event.text) or now["fault"]


def used_on(used: Any) -> str:
    """What a tool is used on, by its arguments: what matters most for a person."""
    if not isinstance(used, Mapping):
        return ""
    return next((str(used[key]) for key in _USED_ON if used.get(key)), "")


def told(event: Event) -> str:
    """An event in one line."""
    text = line(event.text)
    if event.kind in (Kind.TOOL, Kind.FILE, Kind.DENIED):
        said = f"{event.tool}: {text}" if event.tool and text else event.tool or text
        return f"denied {said}" if event.kind is Kind.DENIED else said
    if event.kind in (Kind.STARTED, Kind.RETRY, Kind.LIMIT, Kind.ERROR, Kind.BARRED):
        return f"{event.kind}: {text}" if text else event.kind.value
    return text or event.kind.value


def line(text: str) -> str:
    """The first line of a text that says anything, fit for a terminal."""
    for part in text[:_MUCH].splitlines():
        if found := plain(part[:_ENOUGH]):
            return found if len(found) <= LONGEST else found[: LONGEST - 1] + "…"
    return ""
