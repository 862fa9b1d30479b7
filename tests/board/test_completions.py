"""Recent Completions: new entries look like the newest one, and nothing else changes."""

from __future__ import annotations

import pytest

from mdorch.board.completions import list_finished
from mdorch.board.entries import Finished
from mdorch.board.read import read

NOW = 1_763_850_000.0  # 2025-11-22T22:20:00Z
DONE = Finished("B-7", "Build it", "bob", NOW)
TASKS = """\
## Task Queue - Week 5 (more)

| ID | Task | Status |
|---|---|---|
| B-7 | Build it | Complete |

"""


def after(section: str, *finished: Finished, keep: int | None = None) -> list[str]:
    """The lines of the section below its heading, once the tasks are listed. Nothing else changes."""
    before, rest = f"# P\n\n{TASKS}### ✅ Recent Completions (last)\n", "## Notes\n\nMine.\n"
    source = f"{before}{section}{rest}".encode()
    new = list_finished(read(source), finished or (DONE,), keep).data
    text = new.decode()
    assert text.startswith(before)
    assert text.endswith(rest)
    assert list_finished(read(new), finished or (DONE,), keep).data == new, "listed twice"
    assert [t.id for t in read(new).board.tasks] == ["B-7"]
    return text[len(before) : -len(rest)].splitlines()


@pytest.mark.parametrize(
    ("newest", "entry"),
    [
        ("- ✅ **[Week 4]** ann: Drew the map", "- ✅ **[Week 5]** bob: B-7 Build it"),
        ("- ✅ **[A-1]** ann: Drew the map", "- ✅ **[B-7]** bob: Build it"),
        ("- [x] A-1 - Draw the map (2025-01-01)", "- [x] B-7 - Build it (2025-11-22)"),
        ("* 2025-01-02: **A-1** Draw it (ann)", "* 2025-11-22: **B-7** Build it (bob)"),
        ("- 2025-01-02 09:30 - A-1: Draw it", "- 2025-11-22 22:20 - B-7: Build it"),
        ("- [2025-01-02] Draw it", "- [2025-11-22] B-7 Build it"),
        ("1. Draw the map", "1. B-7 Build it"),
        ("+ `A-1` — ann — Draw it", "+ `B-7` — bob — Build it"),
        ("- Draw the map", "- B-7 Build it"),
        ("- A-1: Draw it (with care)", "- B-7: Build it"),
    ],
)
def test_an_entry_is_written_as_the_newest_one(newest: str, entry: str) -> None:
    assert after(f"\n{newest}\n- older\n\n") == ["", entry, newest, "- older", ""]


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (
            ["| Date | ID | Task | Agent |", "|---|---|---|---|", "| 2025-01-01 12:00 | A-1 | Draw | ann |"],
            "| 2025-11-22 22:20 | B-7 | Build it | bob |",
        ),
        (
            ["| # | Request | Completed | Notes |", "|---|---|---|---|", "| 7 | Draw | 2025-01-01 | - |"],
            "| 8 | B-7 Build it | 2025-11-22 | - |",
        ),
        (
            ["| Task | Owner | Status |", "|------|-------|--------|", "| Draw | ann   | ✅ Done |"],
            "| B-7 Build it | bob | ✅ Done |",
        ),
        (["| ID | Task | When |", "|---|---|---|", "| - | - | - |"], "| B-7 | Build it | 2025-11-22 |"),
        (["| ID | Task | When |", "|---|---|---|"], "| B-7 | Build it | 2025-11-22 |"),
    ],
)
def test_a_row_is_written_as_the_newest_one(table: list[str], row: str) -> None:
    found = after("\n" + "\n".join(table) + "\n\n")
    assert [found[3].replace("  ", "").replace(" |", "|")] == [row.replace("  ", "").replace(" |", "|")]
    assert [found[0], *found[1:3], *found[4:]] == ["", *table, ""]


@pytest.mark.parametrize(
    ("section", "lines"),
    [
        ("\n", ["", "- **B-7** Build it (bob, 2025-11-22)", ""]),
        ("\n_None yet._\n\n", ["", "_None yet._", "", "- **B-7** Build it (bob, 2025-11-22)", ""]),
    ],
)
def test_an_empty_section_gets_a_list(section: str, lines: list[str]) -> None:
    assert after(section) == lines


def test_newest_first_and_as_many_as_are_kept() -> None:
    old = [f"- A-{n}: old" for n in range(9, 0, -1)]
    more = Finished("B-8", "Ship it", "bob", NOW)
    text = "\n" + "\n".join(old) + "\n\n"
    assert after(text, DONE, more) == ["", "- B-8: Ship it", "- B-7: Build it", *old[:7], ""]
    assert after(text, DONE, more, keep=3) == ["", "- B-8: Ship it", "- B-7: Build it", old[0], ""]
    assert after(text, DONE, more, keep=1) == ["", "- B-8: Ship it", ""]
    assert after("\n- A-1: old\n\n", DONE, more) == [
        "",
        "- B-8: Ship it",
        "- B-7: Build it",
        "- A-1: old",
        "",
    ]


def test_an_old_entry_goes_with_all_its_lines() -> None:
    text = "\n- A-2: new\n- A-1: old\n  and more\n  - below it\n\n"
    assert after(text, keep=2) == ["", "- B-7: Build it", "- A-2: new", ""]


@pytest.mark.parametrize(
    "page",
    [
        "",
        TASKS,  # no such section
        f"{TASKS}```\n## Recent Completions\n- x\n```\n",
        f"{TASKS}## Recent Completions\n\n> - x\n\n```\n- y\n```\n",
        TASKS.replace("## Task Queue", "## Task Queue\n\n### Recently Completed"),
    ],
)
def test_what_is_no_list_of_completions_is_left_alone(page: str) -> None:
    found = list_finished(read(page.encode()), (DONE,)).data.decode()
    assert found == page or (found.startswith(page[:-1].rstrip("\n")[:60]) and "- **B-7**" in found)
    assert "```\n- **B-7**" not in found


def test_below_the_agents_heading_it_is_no_agent_table() -> None:
    text = "## Active Agents\n\n### Recent Completions\n\n| Agent | Task |\n|---|---|\n| ann | A-1 |\n"
    reading = read((TASKS + text).encode())
    assert reading.board.agents == ()
    assert "| bob | B-7 Build it |" in list_finished(reading, (DONE,)).data.decode()
