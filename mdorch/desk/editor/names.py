"""Names of a page in an editor: where they are defined, where they stand, and other names for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from mdorch.board.mentions import Mention, mentions, named_at
from mdorch.board.read import Reading, read
from mdorch.board.task import Need, NeedKind
from mdorch.config.errors import Trouble
from mdorch.desk.editor.change import Change
from mdorch.desk.editor.draft import Draft
from mdorch.desk.find import NOT_SO
from mdorch.frozen import Frozen
from mdorch.page import cells
from mdorch.page.source import Source

_MARK = re.compile(r"(?<=\s)[0-9a-f]{8}(?=\s+\S+\s*-->)")


class Place(Frozen):
    """Columns of a line, from 0, of the text itself; or the beginning of the file at `path`."""

    line: int = 0
    start: int = 0
    end: int = 0
    path: Path | None = None


def named(draft: Draft, line: int, column: int) -> tuple[str, Mention] | None:
    """What is named at a place: ("task" or "agent", the name and its columns)."""
    return named_at(draft.places, line, column, draft.agents)


def definitions(draft: Draft, line: int, column: int) -> list[Place]:
    """The rows of a task, and on such a row the section that is its body; the file of an agent."""
    found = named(draft, line, column)
    if found is None:
        return []
    kind, mention = found
    if kind == "agent":
        persona = draft.site.persona(mention.name)
        return [Place(path=Path(persona.path))] if persona else []
    rows = [m for m in mentions(draft.places, mention.name, "task") if m.role == "id"]
    body = draft.reading.board.bodies.get(mention.name)
    if body and mention.role == "id":
        return [Place(body[0] - 2)]  # the last line of its heading
    return [Place(row.line, row.start, row.end) for row in rows]


def references(draft: Draft, line: int, column: int) -> list[Mention]:
    """Everywhere that the page names it, its own row included."""
    found = named(draft, line, column)
    return mentions(draft.places, found[1].name, found[0]) if found else []


def rename(draft: Draft, line: int, column: int, new: str) -> list[Change]:
    """Another id for a task, everywhere on the page; taken handoffs stay taken. Raises Trouble: the page
    would not mean the same."""
    name, new = renamable(draft, line, column).name, new.strip()
    _check(draft, name, new)
    places = [m for m in mentions(draft.places, name, "task") if not m.wide]
    changes = [Change(m.line, m.start, m.line, m.end, new) for m in places]
    renamed = _read(draft, applied(draft.reading.source, changes))
    changes += _marks(draft.reading, renamed)
    _compare(draft.reading, _read(draft, applied(draft.reading.source, changes)), name, new)
    return changes


def renamable(draft: Draft, line: int, column: int) -> Mention:
    """The id at a place. Raises Trouble where none is: agents are named by files and programs, too."""
    found = named(draft, line, column)
    if found is None or found[0] != "task":
        raise Trouble("there is no id of a task here", "", NOT_SO)
    return found[1]


def _check(draft: Draft, name: str, new: str) -> None:
    if not new or cells.norm(new) != new or re.search(r"[\s,;|`*<>\[\]()~]", new):
        raise Trouble(f"“{new}” cannot be an id", "one word, without commas and brackets", NOT_SO)
    if new != name and (new in draft.places.ids or new in draft.reading.board.archived):
        raise Trouble(f"there is a task {new} already", "choose another id", NOT_SO)


def applied(source: Source, changes: list[Change]) -> bytes:
    """The page after changes that each stay in one line and do not overlap."""
    lines = [source.line(n) + source.ending(n) for n in range(source.line_count)]
    for change in sorted(changes, key=lambda c: (c.line, c.start), reverse=True):
        text = lines[change.line]
        lines[change.line] = text[: change.start] + change.text + text[change.end :]
    head = source.data[:3] if source.bom else b""
    return head + "".join(lines).encode("utf-8", "surrogateescape")


def _read(draft: Draft, data: bytes) -> Reading:
    return read(data, draft.site.companions(), draft.site.known_agents(), draft.reading)


def _marks(before: Reading, after: Reading) -> list[Change]:
    """A taken-mark names the words of its block: where those are others now, so must be the mark, or the
    block would act once more."""
    found = []
    for old, new in zip(before.board.handoffs, after.board.handoffs, strict=False):
        if old.mark is None or old.digest == new.digest:
            continue
        for line in range(old.line - 1, old.end - 1):
            text = before.source.lines[line]
            digest = _MARK.search(text) if "mdorch:" in text and old.digest in text else None
            if digest and digest[0] == old.digest:
                found.append(Change(line, *(digest.start(), line, digest.end()), new.digest))
    return found


def _compare(before: Reading, after: Reading, name: str, new: str) -> None:
    """Raises Trouble unless the page means the same with the other id."""
    old, fresh = before.board, after.board
    hint = "write those ids out first, or choose an id that they mean, too"
    if len(old.tasks) != len(fresh.tasks) or len(old.handoffs) != len(fresh.handoffs):
        raise Trouble(f"with the id {new} the page would read otherwise", "choose another id", NOT_SO)
    for was, now in zip(old.tasks, fresh.tasks, strict=True):
        called = new if was.id == name else was.id
        if now.id != called or now.status is not was.status or now.draft != was.draft:
            raise Trouble(f"line {was.line} would be another task", "choose another id", NOT_SO)
        meant = [_meaning(need, old.pools, name, new) for need in was.needs]
        if meant != [_meaning(need, fresh.pools, "", "") for need in now.needs]:
            message = f"what {was.id} (line {was.line}) requires is a range or a pattern around {name}"
            raise Trouble(message, hint, NOT_SO)
    for block, again in zip(old.handoffs, fresh.handoffs, strict=True):
        task = new if block.task == name else block.task
        if again.task != task or again.taken != block.taken or again.valid != block.valid:
            raise Trouble(f"the handoff in line {block.line} would read otherwise", "", NOT_SO)


def _meaning(need: Need, pools: Mapping[str, tuple[int, ...]], name: str, new: str) -> tuple[object, ...]:
    if need.kind is NeedKind.TASK:
        return need.kind, new if need.id == name else need.id
    if need.kind is NeedKind.POOL:
        return need.kind, pools[need.id]
    return (need.kind,)
