"""Prerequisite cells: what a row waits for, read against the ids and groups of the page.

The language is small and closed: ids, ranges, patterns, `All above`, `All`, `Phase 2`. What does not
resolve to rows of this page becomes an UNRESOLVED need, which is never met: a task that waits for
something unknown costs a question, a task that starts too early costs money.

Wildcards are not spelled out into ids. A page where ten thousand rows each say `All above` would mean
fifty million edges; instead each wildcard names a *pool*, one shared list of row indexes, and the
sum of all pools has a limit so that no page can fill the memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from mdorch.board.rownames import LONGEST, NOTHING_ARCHIVED, Archived, Numbered, RowKey, matches
from mdorch.board.task import Need, NeedKind
from mdorch.board.words import drop_signs, is_none, words
from mdorch.page import cells

POOL_LIMIT = 500_000  # members over all pools, and rows looked at for patterns

_SEPARATORS = re.compile(r"[,;+&\n、，；]|\s(?:and|AND|And)\s|<br ?/?>")
_SHORTHAND = re.compile(r"(\S*?)(\d+)((?:/\d+)+)")
_RANGE = re.compile(r"(\S*?)(\d+)\s*(\.{2,3}|…|–|—|-|\bto\b|\bthrough\b)\s*(\S*?)(\d+)")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_REMARK = re.compile(r"\([^()]*\)$")
_WORD = re.compile(r"[^\s,;&+/()]+")
_ABOVE = frozenset(
    {"all above", "all of the above", "all the above", "everything above", "above", "all previous"}
)
_ALL = frozenset(
    {"all", "all others", "all other tasks", "all other", "all tasks", "everything", "everything else"}
)


_MET = Need(NeedKind.TASK, "", archived=True)  # a wildcard of which every row is archived: no need at all


class Requirements:
    """Reads the cells of one page; collects the pools that its wildcards name."""

    def __init__(self, rows: Sequence[RowKey], archived: Archived = NOTHING_ARCHIVED) -> None:
        self._rows = rows
        self._archived = archived
        self.pools: dict[str, tuple[int, ...]] = {}
        self._room = POOL_LIMIT
        self._ids: dict[str, list[int]] = {}
        for index, row in enumerate(rows):
            if row.id:
                self._ids.setdefault(row.id, []).append(index)
        self._sections: dict[int, list[int]] | None = None
        self._folded: dict[str, str] | None = None
        self._numbered = Numbered(rows, archived)
        self._groups: dict[str, list[int]] | None = None
        self._read: dict[str, tuple[Need, ...]] = {}
        self._settled: set[str] = set()  # texts that mean the same in every row

    @property
    def is_plain(self) -> bool:
        """Whether no wildcard has been read: then cells mean the same while the rows keep their names."""
        return not self.pools and self._room == POOL_LIMIT

    def read(self, text: str, index: int) -> tuple[Need, ...]:
        """The needs that the cell value `text` of row `index` names. Never raises."""
        if self._known(text):
            return (self._one(text),)
        if is_none(text) or self._is_remarked_none(text):
            return ()
        needs = self._read.get(text)
        if needs is None:
            needs = self._read[text] = tuple(need for need in self._parts(text) if need is not _MET)
            if not any(need.kind in (NeedKind.POOL, NeedKind.ABOVE) for need in needs):
                self._settled.add(text)
        if text in self._settled:
            return needs
        return tuple(need for one in needs if (need := self._for_row(one, index)) is not _MET)

    def _is_remarked_none(self, text: str) -> bool:
        """`None (start here)`, `(none)`. A remark that names a row is in doubt, and so is `(T-1)`."""
        remark = _REMARK.search(text)
        if remark is None:
            return False
        said = text[: remark.start()].strip() or remark[0][1:-1]
        named = (word for word in _WORD.findall(remark[0]) if not word.isdecimal())
        return is_none(said) and not any(map(self._known, named))

    def members(self, need: Need) -> tuple[int, ...]:
        """The rows that a need of a `blocks` cell names; none for one that did not resolve."""
        if need.kind is NeedKind.TASK:
            return tuple(self._ids.get(need.id, ()))
        return self.pools.get(need.id, ()) if need.kind is NeedKind.POOL else ()

    def similar(self, text: str) -> str:
        """An id that differs from `text` in case or a leading `#` alone, for the remedy; else ""."""
        if self._folded is None:
            self._folded = {i.lstrip("#").casefold(): i for i in self._ids}
        return self._folded.get(text.lstrip("#").casefold(), "")

    def _for_row(self, need: Need, index: int) -> Need:
        """A wildcard as one row means it: it must match something besides the row itself."""
        if need.kind is NeedKind.ABOVE:
            section = self._rows[index].section
            key = f"above {section}"
            if key not in self.pools:
                self._keep(key, self._by_section().get(section, ()))
            pool = self.pools[key]
            if pool and pool[0] < index:
                return Need(NeedKind.ABOVE, need.text, key)
            return _MET if self._archived.ids else Need(NeedKind.UNRESOLVED, need.text)
        if need.kind is NeedKind.POOL and self.pools[need.id] in ((), (index,)):
            return _MET if self._were_archived(need.id) else Need(NeedKind.UNRESOLVED, need.text)
        return need

    def _were_archived(self, key: str) -> bool:
        """Whether archived rows belonged to the pool of this key."""
        if key == "all":
            return bool(self._archived.ids)
        if key.startswith("group "):
            return key.removeprefix("group ") in self._archived.groups
        return any(matches(key, name) for name in self._archived.ids)

    def _known(self, text: str) -> bool:
        return text in self._ids or text in self._archived.ids

    def _by_section(self) -> dict[int, list[int]]:
        if self._sections is None:
            self._sections = {}
            for index, row in enumerate(self._rows):
                self._sections.setdefault(row.section, []).append(index)
        return self._sections

    def _has_room(self, members: int) -> bool:
        """Whether that many more members may be looked at; if so, they count."""
        if members > self._room:
            return False
        self._room -= members
        return True

    def _keep(self, key: str, members: Sequence[int]) -> bool:
        """Make a pool of the members that were not cancelled; False where there is no room for it."""
        room = self._has_room(len(members))
        self.pools[key] = tuple(i for i in members if not self._rows[i].cancelled) if room else ()
        return room

    # -- parts of a cell ------------------------------------------------------------------------

    def _parts(self, text: str) -> Iterable[Need]:
        if len(text) <= LONGEST:
            whole = self._wildcard(text.strip())
            if whole:
                yield whole
                return
        for part in _split(text) if len(text) <= LONGEST else _split.__wrapped__(text):
            yield from self._part(part)

    def _part(self, part: str) -> Iterable[Need]:
        if self._known(part):
            return (self._one(part),)
        if is_none(part) or self._is_remarked_none(part):
            return ()
        if len(part) > LONGEST:
            return (Need(NeedKind.UNRESOLVED, part),)
        return (
            self._shorthand(part)
            or _some(self._range(part))
            or _some(self._pattern(part))
            or self._alternatives(part)
            or _some(self._wildcard(part))
            or self._spaced(drop_signs(part))
            or (Need(NeedKind.UNRESOLVED, part),)
        )

    def _one(self, part: str) -> Need:
        if part in self._ids:
            return Need(NeedKind.TASK, part, part)
        if part in self._archived.ids:
            return Need(NeedKind.TASK, part, part, archived=True)
        return Need(NeedKind.UNRESOLVED, part)

    def _shorthand(self, part: str) -> tuple[Need, ...]:
        """`WS11-03/04/05`: one prefix, several numbers."""
        found = _SHORTHAND.fullmatch(part) if "/" in part else None
        if not found:
            return ()
        prefix, first, more = found.groups()
        return tuple(self._one(prefix + number) for number in (first, *more[1:].split("/")))

    def _alternatives(self, part: str) -> tuple[Need, ...]:
        """`A-1/B-2`, where every piece is an id."""
        pieces = [piece.strip() for piece in part.split("/")]
        return tuple(map(self._one, pieces)) if len(pieces) > 1 and any(map(self._known, pieces)) else ()

    def _spaced(self, part: str) -> tuple[Need, ...]:
        pieces = part.split()
        return tuple(map(self._one, pieces)) if pieces and all(map(self._known, pieces)) else ()

    def _range(self, part: str) -> Need | None:
        """`A-001..A-004`: every number between must be a row. A dash counts only between two ids."""
        if part in self.pools:
            return self._pool(part, part, ())
        found = _RANGE.fullmatch(part)
        if not found:
            return None
        prefix, low, sign, again, high = found.groups()
        if again not in ("", prefix) or int(low[-18:]) > int(high[-18:]):
            return None
        ends = self._known(prefix + low) and self._known((again or prefix) + high.rjust(len(low), "0"))
        if sign in "–—-" and not (ends and again):
            return None
        members = self._numbered.between(prefix, (int(low), int(high)), self._has_room) if ends else None
        if members is None:
            return Need(NeedKind.UNRESOLVED, part)
        return self._pool(part, part, members) if members else _MET

    def _pattern(self, part: str) -> Need | None:
        """`TEST-*`"""
        if "*" not in part or part.strip("*") == "" or any(c.isspace() for c in part):
            return None
        if part in self.pools:
            return self._pool(part, part, ())
        if not self._has_room(len(self._rows)):
            return Need(NeedKind.UNRESOLVED, part)
        return self._pool(part, part, [i for i, row in enumerate(self._rows) if matches(part, row.id)])

    def _wildcard(self, part: str) -> Need | None:
        """`All above`, `All`, `Phase 2`, or the name of a group or sub-heading."""
        said = words(part)
        if said in _ABOVE:
            return Need(NeedKind.ABOVE, part)
        if said in _ALL or part == "*":
            return self._pool("all", part, range(len(self._rows)))
        if not said:
            return None
        if self._groups is None:
            self._groups = {}
            for index, row in enumerate(self._rows):
                for group in set(row.groups):
                    self._groups.setdefault(group, []).append(index)
        for name in (said, _bare_group(said)):
            if name in self._groups:
                return self._pool(f"group {name}", part, self._groups[name])
            if name in self._archived.groups:
                return _MET
        return None

    def _pool(self, key: str, text: str, members: Sequence[int]) -> Need:
        if key in self.pools or self._keep(key, members):
            return Need(NeedKind.POOL, text, key)
        return Need(NeedKind.UNRESOLVED, text)


def _some(need: Need | None) -> tuple[Need, ...]:
    return (need,) if need else ()


@lru_cache(maxsize=16_384)
def _split(text: str) -> tuple[str, ...]:
    """The values of the parts of a cell, whatever they name."""
    return tuple(map(cells.value, _SEPARATORS.split(_LINK.sub(r"\1", text))))


@lru_cache(maxsize=8192)
def _bare_group(said: str) -> str:
    """`all phase 2 tasks`, `phase 2 complete` -> `phase 2`."""
    for lead in ("all of ", "all "):
        said = said.removeprefix(lead)
    for tail in (" tasks", " complete", " completed", " done"):
        said = said.removesuffix(tail)
    return said
