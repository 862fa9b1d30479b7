"""Old buffers and deliberate changes, told apart by versions alone."""

from __future__ import annotations

import pytest

from mdorch.daemon.stale import repair
from mdorch.frozen import replace
from mdorch.page.merge import Clash
from mdorch.world.versions import Kept, Kind

LATER = 1000.0
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
    found = repair(seen(last, *before), last, saved, LATER)
    assert (found.merged if found else None) == merged


def test_what_was_lost_is_told() -> None:
    found = repair(seen(FOLDED, HANDED, CLAIMED, START), FOLDED, CLAIMED, LATER)
    assert found is not None
    assert any("taken" in text for text in found.lost)
    assert found.ancestor.data == CLAIMED


def test_what_people_wrote_they_may_take_away_again() -> None:
    """Two of them at once, seen as one save: nearer to the page before the row than to the one with it."""
    longer = page(*EMPTY, row("D-1", "Waiting"))
    saved = page(row("A-1", "On Hold"), *EMPTY[1:])
    assert repair([Kept("1", 1.0, longer), Kept("0", 0.0, START, Kind.OURS)], longer, saved, LATER) is None


def test_nearness_is_counted_in_lines_not_in_places() -> None:
    """From the oldest version everything differs, in one single place; the save was made from the next."""
    tasks = ("A-1", "B-1", "C-1", "D-1", "E-1")
    oldest, before = page(*(row(t, "Draft") for t in tasks)), page(*(row(t, "Waiting") for t in tasks))
    last = before.replace(b"C-1 | Waiting", b"C-1 | In Progress").replace(
        b"# P\n\n", b"# P\n\n| dev | C-1 |\n"
    )
    saved = before.replace(b"A-1 | Waiting", b"A-1 | On Hold").replace(b"E-1 | Waiting", b"E-1 | On Hold")
    found = repair(seen(last, before, oldest), last, saved, LATER)
    assert found is not None
    assert found.ancestor.data == before
    assert b"C-1 | In Progress" in found.merged
    assert b"A-1 | On Hold" in found.merged


NOTED = "# P\n\n| A-1 | Waiting |  |\n| B-1 | Waiting |  |\n"


def ours(*newest: str) -> list[Kept]:
    """Versions, newest first, all written by us."""
    return [Kept(str(n), float(n), text.encode(), Kind.OURS) for n, text in enumerate(newest)]


def mended(*newest: str, saved: str) -> str | None:
    found = repair(ours(*newest), newest[0].encode(), saved.encode(), LATER)
    return found.merged.decode() if found else None


def test_an_old_buffer_and_a_change_in_one_row() -> None:
    done = NOTED.replace("| A-1 | Waiting |", "| A-1 | Complete |")
    typed = NOTED.replace("| A-1 | Waiting |  |", "| A-1 | Waiting | typed |")
    found = repair(ours(done, NOTED), done.encode(), typed.encode(), LATER)
    assert found is not None
    assert found.merged.decode() == NOTED.replace("| A-1 | Waiting |  |", "| A-1 | Complete | typed |")
    assert found.clashes == (Clash(2, 1, stands=b"Complete", gave_way=b"Waiting"),), "it may have been meant"
    assert found.lost == ("| A-1 | Complete |  |\n",)


def test_where_both_changed_one_cell_the_save_stands_and_the_clash_is_told() -> None:
    done = NOTED.replace("A-1 | Waiting |  ", "A-1 | Complete | by us ").replace(
        "B-1 | Waiting", "B-1 | Blocked"
    )
    typed = NOTED.replace("A-1 | Waiting |  ", "A-1 | Waiting | typed ")
    found = repair(ours(done, NOTED), done.encode(), typed.encode(), LATER)
    assert found is not None
    assert found.merged.decode() == done.replace("by us", "typed")
    assert found.clashes == (Clash(2, 2, stands=b"typed", gave_way=b"by us"),)


def block(task: str, mark: str = "") -> str:
    return f"\n## Agent Handoff Signal\n{mark}\n**Task**: {task}\n**Status**: COMPLETE\n"


def test_a_save_that_holds_anything_newer_was_made_from_it() -> None:
    """Somebody cleans up: both blocks go, and a line of prose; the statuses that came with them stay."""
    both = NOTED + block("A-1") + block("B-1")
    last = both.replace("Waiting", "Complete").replace("Signal\n", "Signal\n<!-- taken -->\n")
    cleaned = NOTED.replace("Waiting", "Complete").replace("# P", "# Plan")
    assert mended(last, both, NOTED, saved=cleaned) is None
    assert mended(last, both, NOTED, saved=NOTED.replace("# P", "# Plan")) == last.replace("# P", "# Plan")


def test_a_block_that_came_beside_an_old_buffer_is_not_the_one_that_was_lost() -> None:
    """All of its lines but one are those of the block that the buffer lacks."""
    last = NOTED.replace("A-1 | Waiting", "A-1 | Complete") + block("A-1", "<!-- taken -->\n")
    saved = NOTED + block("B-1")
    merged = mended(last, NOTED + block("A-1"), NOTED, saved=saved)
    assert merged == last + block("B-1")


@pytest.mark.parametrize(
    ("status", "meant"), [("Blocked", True), ("Failed", True), ("In Progress", True), ("Complete", False)]
)
def test_rows_that_had_stopped_may_be_opened_again_at_once(status: str, meant: bool) -> None:
    last = NOTED.replace("| Waiting |  |", f"| {status} | exit 1 |")
    assert mended(last, NOTED, saved=NOTED) == (None if meant else last)


def test_a_handoff_that_is_not_taken_yet_comes_back() -> None:
    """The run goes on, so nothing of ours came after the block."""
    handed = NOTED + block("A-1")
    saved = NOTED.replace("B-1 | Waiting |  ", "B-1 | Waiting | typed ")
    versions = [Kept("1", 1.0, handed.encode()), Kept("0", 0.0, NOTED.encode(), Kind.OURS)]
    found = repair(versions, handed.encode(), saved.encode(), LATER)
    assert found is not None
    assert found.merged.decode() == saved + block("A-1")
    assert repair(versions, handed.encode(), NOTED.encode(), LATER) is None, "on its own it may go"


@pytest.mark.parametrize(("later", "merged"), [(0.5, True), (10.0, False)])
def test_programs_that_write_what_they_read_a_moment_before(later: float, merged: bool) -> None:
    mine = NOTED.replace("A-1 | Waiting |  ", "A-1 | Draft | mine ")
    yours = NOTED.replace("# P\n", "# P\n\nyours\n")
    versions = [Kept("1", 1.0, mine.encode()), Kept("0", 0.0, NOTED.encode())]
    found = repair(versions, mine.encode(), yours.encode(), 1.0 + later)
    assert (found is not None) == merged
    assert repair(versions, mine.encode(), NOTED.encode(), 1.0 + later) is None, "who undoes, means it"
    if found:
        assert found.merged.decode() == mine.replace("# P\n", "# P\n\nyours\n")


def test_a_row_that_somebody_added_comes_back_with_what_is_ours() -> None:
    added = NOTED + "| C-1 | Waiting |  |\n"
    last = added.replace("A-1 | Waiting", "A-1 | In Progress")
    versions = [
        Kept("2", 2.0, last.encode(), Kind.OURS),
        Kept("1", 1.0, added.encode()),
        Kept("0", 0.0, NOTED.encode(), Kind.OURS),
    ]
    saved = NOTED.replace("B-1 | Waiting |  ", "B-1 | Waiting | typed ")
    found = repair(versions, last.encode(), saved.encode(), LATER)
    assert found is not None
    assert found.merged.decode() == last.replace("B-1 | Waiting |  ", "B-1 | Waiting | typed ")


@pytest.mark.parametrize(("kind", "now"), [(Kind.OURS, 1000.0), (Kind.SEEN, 102.0)])
def test_a_new_row_that_is_edited_beside_another_stands_there_once(kind: Kind, now: float) -> None:
    """The row is ours (an issue that an agent found), or somebody added it a moment ago."""
    added = NOTED + "| T-2 | On Hold |  |\n"
    saved = NOTED.replace("A-1 | Waiting", "A-1 | Backlog") + "| T-2 | Waiting | typed |\n"
    versions = [Kept("2", 101.0, added.encode(), kind), Kept("1", 100.0, NOTED.encode())]
    assert repair(versions, added.encode(), saved.encode(), now) is None


def test_what_came_and_went_again_says_nothing() -> None:
    """The buffer is from before the run, and lacks the agent's row as the last version does."""
    claimed = NOTED.replace("# P\n", "# P\n\n| dev | A-1 |\n").replace("A-1 | Waiting", "A-1 | In Progress")
    last = NOTED.replace("| A-1 | Waiting |  |", "| A-1 | Complete | exit 0 |")
    saved = NOTED.replace("B-1 | Waiting |  ", "B-1 | Waiting | typed ")
    assert mended(last, claimed, NOTED, saved=saved) == last.replace(
        "B-1 | Waiting |  ", "B-1 | Waiting | typed "
    )


def test_of_two_blocks_that_begin_alike_the_one_that_stays_stands_there_once() -> None:
    """A person deletes a taken handoff and opens a row again; a moment ago an agent appended another one."""
    first, second = block("A-1", "<!-- taken -->\n"), block("B-1")
    before, last = NOTED + first, NOTED + first + second
    saved = NOTED.replace("B-1 | Waiting", "B-1 | Ready (again)") + second
    versions = [Kept("2", 101.0, last.encode()), Kept("1", 100.0, before.encode(), Kind.OURS)]
    assert repair(versions, last.encode(), saved.encode(), 101.5) is None


def swiftly(last: str, saved: str, before: str = NOTED) -> str | None:
    """What becomes of a save half a second after another one, which came long after `before`."""
    versions = [Kept("1", 100.0, last.encode()), Kept("0", 1.0, before.encode(), Kind.OURS)]
    found = repair(versions, last.encode(), saved.encode(), 100.5)
    return found.merged.decode() if found else None


def test_a_row_that_was_being_typed_is_that_row_when_it_is_whole() -> None:
    whole = NOTED.replace("A-1 | Waiting |  ", "A-1 | Waiting | typed ") + "| C-1 | Waiting | new |\n"
    assert swiftly(NOTED + "| C-1 | Wai", saved=whole) is None


def test_a_new_row_may_be_edited_while_the_one_above_it_goes() -> None:
    """It stands where the other one stood, and looks as if that had been made of it."""
    saved = "# P\n\n| A-1 | Waiting |  |\n| C-1 | Ready | typed |\n"
    assert swiftly(NOTED + "| C-1 | Draft |  |\n", saved) is None


def test_rows_that_say_the_same_under_two_names_are_two() -> None:
    table = "# P\n\n| A-1 | one | None | dev | Waiting |\n"
    mine, yours = "| B-1 | two | None | dev | Waiting |\n", "| B-2 | three | None | dev | Waiting |\n"
    assert swiftly(table + mine, table + yours, table) == table + mine + yours


def test_a_row_that_got_another_name_is_newer_than_what_it_was_before() -> None:
    """A person gives a new task the name of one that is complete."""
    last = NOTED.replace("A-1 | Waiting |  ", "A-1 | Complete | exit 0 ")
    saved = last.replace("| A-1 |", "| OLD-1 |") + "| A-1 | Waiting |  |\n"
    assert mended(last, NOTED, saved=saved) is None


def test_rows_may_be_copied_and_moved() -> None:
    copied = NOTED + "| A-1 | Waiting |  |\n"
    assert swiftly(copied, copied.replace("B-1 | Waiting |  ", "B-1 | Ready | typed ")) is None
    typed = copied.replace("| A-1 | Waiting |  |", "| A-1 | Partial | typed |", 1)
    moved = copied[::-1].replace("| A-1 | Waiting |  |"[::-1], "| A-1 | Partial | typed |"[::-1], 1)[::-1]
    assert swiftly(typed, moved, before=copied) is None


def test_of_rows_that_are_alike_it_is_no_matter_which_one_went() -> None:
    twice = NOTED.replace("| B-1 | Waiting |  |\n", "| A-1 | Waiting |  |\n")
    once = "# P\n\n| A-1 | Waiting |  |\n"
    assert swiftly(once, once.replace("Waiting |  ", "Blocked | typed "), before=twice) is None


def test_nobody_begins_with_an_empty_page_and_comes_to_the_same() -> None:
    """From there all is added, in one place; of that a little goes, and the rest stands there."""
    last = NOTED + block("A-1") + "\nend\n"
    saved = last.replace("| B-1 | Waiting |  |\n", "").replace("end", "the end")
    assert swiftly(last, saved, before="") is None
    assert swiftly(last, saved, before="# P\n") is None


def test_what_came_after_a_version_that_nobody_saw_was_not_taken_away() -> None:
    """A row is added, and a handoff behind it before anybody looks; a buffer from between them is saved."""
    unseen = page(row("A-1", "In Progress"), *EMPTY[1:], row("D-1", "Waiting"), agents=("| dev | A-1 |",))
    handed = unseen + BLOCK.encode()
    taken = BLOCK.replace("\n\n**", "\n<!-- mdorch: taken -->\n\n**", 1)
    last = page(row("A-1", "Complete"), *EMPTY[1:], row("D-1", "In Progress"), tail=taken)
    newest, *older = seen(last, handed, CLAIMED)
    versions = [newest, replace(older[0], kind=Kind.SEEN), older[1]]
    found = repair(versions, last, unseen, LATER)
    assert found is not None
    assert found.merged == last


@pytest.mark.parametrize("typed", [(), (row("D-1", "Waiting"),)])
def test_an_old_buffer_may_come_with_other_line_endings(typed: tuple[str, ...]) -> None:
    """Those of the save count, unless they are the old ones of a page that somebody has changed since."""
    saved = page(*EMPTY, *typed)
    merged = page(row("A-1", "In Progress"), *EMPTY[1:], *typed, agents=("| dev | A-1 |",))
    found = repair(seen(CLAIMED, START), CLAIMED, saved.replace(b"\n", b"\r\n"), LATER)
    assert found is not None
    assert found.merged == merged.replace(b"\n", b"\r\n")
    last = CLAIMED.replace(b"\n", b"\r\n")
    again = repair(seen(last, CLAIMED, START), last, saved, LATER)
    assert again is not None
    assert again.merged == found.merged


def test_an_old_buffer_may_have_its_columns_in_another_order() -> None:
    """Of two orders the one counts that somebody changed to."""
    head, turned = "| ID | Status | Agent |\n|--|--|--|\n", "| ID | Agent | Status |\n|--|--|--|\n"
    start = f"{head}| A-1 | Waiting | dev |\n| B-1 | Waiting | qa |\n".encode()
    claimed = f"{head}| A-1 | In Progress | dev |\n| B-1 | In Progress | qa |\n".encode()
    saved = f"{turned}| A-1 | dev | Waiting |\n| B-1 | qa | Waiting |\n| C-1 | me | Waiting |\n".encode()
    merged = (
        f"{turned}| A-1 | dev | In Progress |\n| B-1 | qa | In Progress |\n| C-1 | me | Waiting |\n".encode()
    )
    found = repair(seen(claimed, start), claimed, saved, LATER)
    assert found is not None
    assert found.merged == merged
    moved = merged.replace(b"| C-1 | me | Waiting |\n", b"")
    old = start + b"| C-1 | Waiting | me |\n"
    again = repair([*seen(moved), *seen(claimed, start)], moved, old, LATER)
    assert again is not None
    assert again.merged == merged


def test_rows_that_are_moved_again_and_again_stay_where_they_are_put() -> None:
    """However soon: nothing was taken away."""
    one, two, three, four = (row(f"{letter}-1", "Waiting") for letter in "ABCD")
    start, moved = page(one, two, three), page(two, one, three)
    versions = [replace(kept, kind=Kind.SEEN, time=LATER - 1) for kept in seen(moved, start)]
    for saved in (page(three, two, one), page(three, one, two, four)):
        assert repair(versions, moved, saved, LATER) is None
