"""Old buffers and deliberate changes, told apart by versions alone."""

from __future__ import annotations

import pytest

from mdorch.daemon.stale import repair
from mdorch.world.versions import Kept, Kind

EMPTY = ("| A-1 | Waiting |", "| B-1 | Waiting |", "| C-1 | Waiting |")
BLOCK = "\n## Agent Handoff Signal\n\n**Task**: A-1\n"


def page(*rows: str, agents: tuple[str, ...] = (), tail: str = "") -> bytes:
    return (
        "# P\n\n" + "".join(f"{a}\n" for a in agents) + "\n" + "".join(f"{r}\n" for r in rows) + tail
    ).encode()


def row(task: str, status: str) -> str:
    return f"| {task} | {status} |"


START = page(*EMPTY)
CLAIMED = page(row("A-1", "In Progress"), *EMPTY[1:], agents=("| dev | A-1 |",))
HANDED = CLAIMED + BLOCK.encode()
FOLDED = page(row("A-1", "Complete"), *EMPTY[1:], tail=BLOCK.replace("\n\n**", "\n<!-- taken -->\n\n**", 1))


def seen(*newest: bytes) -> list[Kept]:
    """Versions, newest first; all but those with a block that we have not taken yet are ours."""
    whose = (Kind.SEEN if data == HANDED else Kind.OURS for data in newest)
    return [
        Kept(str(n), float(n), data, kind) for n, (data, kind) in enumerate(zip(newest, whose, strict=True))
    ]


@pytest.mark.parametrize(
    ("last", "before", "saved", "merged"),
    [
        # a buffer from before the claim, with an edit of its own: both stand
        (
            CLAIMED,
            [START],
            page(*EMPTY, row("D-1", "Waiting")),
            CLAIMED.replace(b"| C-1 | Waiting |\n", b"| C-1 | Waiting |\n| D-1 | Waiting |\n"),
        ),
        # the same buffer without any edit: everything of ours comes back
        (CLAIMED, [START], START, CLAIMED),
        # a buffer from before a handoff: the block comes back, with its mark
        (FOLDED, [HANDED, CLAIMED, START], CLAIMED, FOLDED),
        # a deliberate edit of the last version
        (FOLDED, [HANDED, CLAIMED, START], FOLDED.replace(b"B-1 | Waiting", b"B-1 | On Hold"), None),
        # a block that a person deletes on its own stays deleted
        (FOLDED, [HANDED, CLAIMED, START], page(row("A-1", "Complete"), *EMPTY[1:]), None),
        # a row that a person deletes on its own
        (CLAIMED, [START], CLAIMED.replace(b"| C-1 | Waiting |\n", b""), None),
        # one single word typed back
        (page(row("A-1", "Ready"), *EMPTY[1:]), [START], START, None),
    ],
)
def test_repairs(last: bytes, before: list[bytes], saved: bytes, merged: bytes | None) -> None:
    found = repair(seen(last, *before), last, saved)
    assert (found.merged if found else None) == merged


def test_what_was_lost_is_told() -> None:
    found = repair(seen(FOLDED, HANDED, CLAIMED, START), FOLDED, CLAIMED)
    assert found is not None
    assert any("taken" in text for text in found.lost)
    assert found.ancestor.data == CLAIMED


def test_what_people_wrote_they_may_take_away_again() -> None:
    """Two of them at once, seen as one save: nearer to the page before the row than to the one with it."""
    longer = page(*EMPTY, row("D-1", "Waiting"))
    saved = page(row("A-1", "On Hold"), *EMPTY[1:])
    assert repair([Kept("1", 1.0, longer), Kept("0", 0.0, START, Kind.OURS)], longer, saved) is None


def test_nearness_is_counted_in_lines_not_in_places() -> None:
    """From the oldest version everything differs, in one single place; the save was made from the next."""
    tasks = ("A-1", "B-1", "C-1", "D-1", "E-1")
    oldest, before = page(*(row(t, "Draft") for t in tasks)), page(*(row(t, "Waiting") for t in tasks))
    last = before.replace(b"C-1 | Waiting", b"C-1 | In Progress").replace(
        b"# P\n\n", b"# P\n\n| dev | C-1 |\n"
    )
    saved = before.replace(b"A-1 | Waiting", b"A-1 | On Hold").replace(b"E-1 | Waiting", b"E-1 | On Hold")
    found = repair(seen(last, before, oldest), last, saved)
    assert found is not None
    assert found.ancestor.data == before
    assert b"C-1 | In Progress" in found.merged
    assert b"A-1 | On Hold" in found.merged
