"""Many saves that nobody watched, among them an old buffer perhaps: what was deleted in one of them."""

from __future__ import annotations

from mdorch.daemon.stale import repair
from mdorch.world.versions import Kept, Kind
from tests.daemon.test_stale import LATER, NOTED, block, ours


def test_what_was_cleared_away_while_nobody_watched_stays_away() -> None:
    """An old buffer undid facts, then somebody cleaned up: of what was saved since then, facts come back."""
    old = "".join(f"- old {n}\n" for n in range(20))
    base = NOTED + old
    noted = NOTED + "- later\n" + old
    handed = noted + block("B-1")
    taken = handed.replace("Signal\n", "Signal\n<!-- mdorch: taken B-1.1 00c0ffee 2026-11-22T16:40:00Z -->\n")
    fresh = taken + block("A-1")
    last = fresh.replace("A-1 | Waiting", "A-1 | Complete").replace("- later\n", "- later\n- put in late\n")
    versions = [Kept("5", 5.0, last.encode(), Kind.OURS)]
    versions += [Kept(str(n), float(n), text.encode()) for n, text in ((4, fresh), (3, taken), (2, handed))]
    versions += [Kept("1", 1.0, noted.encode()), Kept("0", 0.0, base.encode(), Kind.OURS)]
    cleaned = NOTED + "- typed\n" + "- old 19\n"
    watched = repair(versions, last.encode(), cleaned.encode(), LATER)
    assert watched is not None, "one save alone is one old buffer"
    assert b"- later\n" in watched.merged
    found = repair(versions, last.encode(), cleaned.encode(), LATER, unwatched=True)
    assert found is not None
    facts = cleaned.replace("A-1 | Waiting", "A-1 | Complete") + block("A-1")
    assert found.merged.decode() == facts
    assert "- later\n" not in "".join(found.lost)
    few = base.replace("- old 0\n", "") + "- typed\n"
    still = repair(versions, last.encode(), few.encode(), LATER, unwatched=True)
    assert still is not None
    assert b"- later\n" in still.merged, "few lines that are gone say nothing"


def test_a_page_that_was_cleared_of_all_that_may_go_is_as_it_was_meant() -> None:
    old = "".join(f"- old {n}\n" for n in range(20))
    base, noted = NOTED + old, NOTED + old + "- later\n"
    last = noted + block("A-1", "<!-- mdorch: taken A-1.1 00c0ffee 2026-11-22T16:40:00Z -->\n")
    versions = ours(last, noted, base)
    saved = (NOTED + "- typed\n").encode()
    assert repair(versions, last.encode(), saved, LATER, unwatched=True) is None
