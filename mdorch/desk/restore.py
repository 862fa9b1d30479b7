"""Versions of the page that were kept, and the way back to one of them.

A version is named by the first letters of its hash; `last` is the newest that was believed and is not what
the page says now. Going back is a change like any other: through the one door, in the history, and what it
replaces is kept first, so that it can be taken back too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from typing import Any

from mdorch.config.errors import FAILED, Trouble
from mdorch.desk.find import NOT_SO
from mdorch.desk.halt import wake
from mdorch.desk.propose import COMMANDED, Outdated
from mdorch.desk.site import Site
from mdorch.desk.times import iso, local
from mdorch.frozen import Frozen
from mdorch.page.diff import changes
from mdorch.world.errors import PageError, PageMissing, Stale
from mdorch.world.journal import Journal
from mdorch.world.redo import digest
from mdorch.world.versions import Kept, Kind, Versions, short

LAST = "last"
LOOKED_AT = 200  # lines
_WHOSE = {Kind.SEEN: "saved", Kind.OURS: "mdorch", Kind.OLD: "old buffer", Kind.DOUBTFUL: "not believed"}


class Way(Frozen):
    """From the page as it is now (`before`; None: there is none) to a version."""

    version: Kept
    before: bytes | None


def versions_answer(site: Site, limit: int | None) -> dict[str, Any]:
    """`mdorch history --versions --json`: newest first. `gone` and `new` count lines: what the page would
    lose and get by going back."""
    page = _page(site)
    now = (page or b"").splitlines(True)
    kept = islice(_each_once(Versions(site.dot)), limit)
    return {"versions": [_answer(version, now, version.data == page) for version in kept]}


def find_way(site: Site, name: str) -> Way:
    """What `mdorch history --restore NAME` would do. Raises Trouble where no version is meant, or several."""
    page, kept = _page(site), _each_once(Versions(site.dot))
    if name == LAST:
        found = [v for v in kept if v.kind in (Kind.SEEN, Kind.OURS) and v.data != page][:1]
    else:
        found = [v for v in kept if len(name) >= 4 and name_of(v).startswith(name.lower())]
    if len(found) == 1:
        return Way(found[0], page)
    what = f"several versions begin with {name}" if found else f"there is no version {name}"
    raise Trouble(what, "mdorch history --versions lists them", NOT_SO)


def script(way: Way) -> Iterator[tuple[str, str]]:
    """What going back does to the page, as lines with a sign: `+`, `-`, or a blank for one that stays."""
    old, new = (way.before or b"").splitlines(), way.version.data.splitlines()
    done = 0
    for a, b, c, d in [*changes(old, new), (len(old), len(old), len(new), len(new))]:
        for sign, lines in ((" ", old[done:a]), ("-", old[a:b]), ("+", new[c:d])):
            yield from ((sign, line.decode("utf-8", "surrogateescape")) for line in lines)
        done = b


def outline(site: Site, name: str) -> dict[str, Any]:
    """What going back to a version would do, for somebody who is asked: as in `versions_answer`, with the
    lines that would go (`-`) and come (`+`), as many as one looks at. `seen` is the digest of the page that
    it is told of, "" where there is none. Raises Trouble."""
    way = find_way(site, name)
    page = (way.before or b"").splitlines(True)
    moved = [[sign, line] for sign, line in script(way) if sign != " "]
    seen = "" if way.before is None else digest(way.before)
    answer = _answer(way.version, page, way.version.data == way.before)
    return {**answer, "lines": moved[:LOOKED_AT], "seen": seen}


def bring_back(site: Site, name: str, now: float, seen: str) -> str:
    """Make the page a version again; what was done, in words. `seen`: as for `propose`. Raises Trouble."""
    way = find_way(site, name)
    if way.before is not None and seen not in ("", digest(way.before)):
        raise Outdated(site, digest(way.before))
    go_back(site, way, now)
    return f"{site.page.name} is as it was at {local(way.version.time)} ({name_of(way.version)})"


def go_back(site: Site, way: Way, now: float) -> None:
    """Make the page what that version was. Raises Trouble where somebody saved since `find_way`."""
    version = way.version
    with closing(Journal.open(site.dot, check=False)) as journal:
        if way.before is not None:
            Versions(site.dot).keep(way.before, now, Kind.DOUBTFUL if journal.get("hold") else Kind.SEEN)
        with journal.batch():
            for fact in (COMMANDED, "accepted"):
                journal.set(fact, digest(version.data))
            journal.note(now, "command", text=f"went back to {name_of(version)}, {local(version.time)}")
        try:
            if way.before is None:
                with site.page.open("xb") as file:
                    file.write(version.data)
            else:
                site.page_file(journal).replace(way.before, version.data)
        except (Stale, FileExistsError):
            raise Trouble(
                f"{site.page} was saved meanwhile: nothing is written", "look again", FAILED
            ) from None
        except (PageError, OSError) as error:
            raise Trouble(str(error), exit_code=FAILED) from None
    wake(site)


def name_of(version: Kept) -> str:
    return short(version.name)


def _page(site: Site) -> bytes | None:
    try:
        return site.page_file().read().data
    except PageMissing:
        return None


def _each_once(versions: Versions) -> Iterator[Kept]:
    """Of equal versions the newest."""
    met: set[str] = set()
    for version in versions.all():
        if (name := name_of(version)) not in met:
            met.add(name)
            yield version


def _answer(version: Kept, page: list[bytes], is_page: bool) -> dict[str, Any]:
    found = [] if is_page else changes(page, version.data.splitlines(True))
    return {
        "version": name_of(version),
        "time": iso(version.time),
        "by": _WHOSE[version.kind],
        "size": len(version.data),
        "gone": sum(b - a for a, b, _, _ in found),
        "new": sum(d - c for _, _, c, d in found),
        "page": is_page,
    }
