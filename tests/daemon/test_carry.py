"""Whether a plan made for one page holds for another that was saved meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from mdorch.board.edits import edit
from mdorch.board.read import read
from mdorch.config.settings import AgentSpec, Settings
from mdorch.daemon.carry import Basis
from mdorch.desk.look import policy_of
from mdorch.desk.site import Site
from mdorch.facts import Facts
from mdorch.plan.plan import plan, wishes_of
from tests.daemon.stage import HEAD

PAGE = HEAD + "| A-1 | first | dev | None | Waiting | |\n| B-1 | second | dev | A-1 | Waiting | |\n"
AGENT = "| dev | A-1 | In Progress |"
TYPED = ("A-1 | first | dev | None | Waiting", "A-1 | first | dev | None | In Progress")
OTHER = ("B-1 | second", "B-1 | the second")


@pytest.mark.parametrize(
    ("ours", "typed", "holds"),
    [
        (False, (), True),
        (False, OTHER, True),
        (True, (), True),  # somebody renamed a file over ours who had read it
        (True, OTHER, True),
        (False, TYPED, False),  # somebody took the task, and meant it
        (False, ("first | dev", "first | qa"), False),
        (True, ("first | dev", "first | qa"), False),
        (True, ("| dev | A-1 | In Progress |", "| eva | A-1 | In Progress |"), False),
    ],
)
def test_all_of_it_reads_as_before_or_as_we_leave_it(ours: bool, typed: tuple[str, str], holds: bool) -> None:
    reading = read(PAGE.encode())
    site = Site(
        Path("/none/CLAUDE.md"),
        Settings(agents={"default": AgentSpec("default", ("true",), "", 60.0, False)}),
    )
    actions = plan(reading.board, Facts(), policy_of(site, reading.board), 1000.0).actions
    left = edit(reading, wishes_of(actions))
    assert AGENT in left.decode()
    found = (left if ours else PAGE.encode()).decode()
    now = found.replace(*typed) if typed else found
    assert bool(typed) == (now != found)
    basis = Basis(reading.board, actions, ())
    assert basis.holds(read(now.encode()).board, read(left).board) is holds
