"""Laws of writing, on generated pages: what was wished is read, and nothing else has changed."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mdorch.board.edits import CannotWrite, edit
from mdorch.board.newrows import table_for
from mdorch.board.read import Reading, read
from mdorch.board.status import Status
from mdorch.board.statuses import read_status
from mdorch.board.wishes import (
    AddAgentRow,
    AddAnswer,
    AppendHandoff,
    AppendTask,
    MarkTaken,
    RemoveAgentRow,
    SetCell,
)
from mdorch.page import cells
from tests.board.made import VALUES, pages

ROLES = ("title", "requires", "agent", "priority", "notes", "status")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|$)")


def lines_of(data: bytes) -> list[bytes]:
    return _LINE.findall(data)


Cell = tuple[str, str, str]  # id, role, raw text


def cells_of(reading: Reading, roles: tuple[str, ...] = ROLES) -> list[Cell]:
    """Every cell that may be written."""
    sheets = {sheet.index: sheet for sheet in reading.sheets}
    found = []
    for task in reading.board.tasks:
        for role in roles if not task.read_only else ():
            if role in task.roles:
                texts = reading.outline.tables[task.table].rows[task.row].texts
                found.append((task.id, role, texts[sheets[task.table].columns[role]]))
    return found


def cell_of(reading: Reading, task: str, role: str) -> str:
    return next(text for name, its, text in cells_of(reading) if (name, its) == (task, role))


@st.composite
def pages_with_a_cell(draw: st.DrawFn, roles: tuple[str, ...] = ROLES) -> tuple[bytes, Cell]:
    data = draw(pages())
    return data, draw(st.sampled_from(cells_of(read(data), roles) or [("", "", "")]))


def one_line_differs(old: bytes, new: bytes) -> bool:
    before, after = lines_of(old), lines_of(new)
    return len(before) == len(after) and sum(a != b for a, b in zip(before, after, strict=True)) <= 1


@given(pages_with_a_cell(), VALUES)
def test_a_cell_says_what_was_wished_and_nothing_else_changed(where: tuple[bytes, Cell], value: str) -> None:
    data, (task, role, _) = where
    assume(task)
    reading = read(data)
    new = edit(reading, [SetCell(task, role, value)])
    there = cell_of(read(new), task, role)
    assert cells.value(there) == cells.norm(value)
    assert one_line_differs(data, new)
    assert edit(read(new), [SetCell(task, role, value)]) == new  # once is twice


@given(pages_with_a_cell(), st.sampled_from(["y", "a longer value than most", "任务"]))
def test_set_and_set_back(where: tuple[bytes, Cell], value: str) -> None:
    data, (task, role, old) = where
    assume(task)
    reading = read(data)
    new = edit(reading, [SetCell(task, role, value)])
    back = edit(read(new), [SetCell(task, role, cells.value(old))])
    if old.strip(cells.BLANK):
        assert back == data
    else:  # an empty cell that was out of line with its column may be in line now
        assert cells.value(cell_of(read(back), task, role)) == ""
        assert back == data or one_line_differs(data, back)


@given(pages_with_a_cell(("status",)), st.sampled_from(Status))
def test_a_status_reads_back_and_what_follows_the_token_stays(
    where: tuple[bytes, Cell], status: Status
) -> None:
    data, (task, _, old) = where
    assume(task)
    reading = read(data)
    new = edit(reading, [SetCell(task, "status", status)])
    after = read(new)
    row = next(t for t in after.board.tasks if t.id == task)
    assert (row.status, row.status_known) == (status, True)
    said, now = read_status(cells.value(old)), read_status(cells.value(row.status_text))
    assert cells.value(old)[said.end :] == cells.value(row.status_text)[now.end :]
    assert one_line_differs(data, new)


AGENTS = st.sampled_from(["backend-developer", "任务", "a b", "x|y"])


@given(
    pages(), st.lists(AGENTS, min_size=1, max_size=3, unique=True), st.sampled_from(["2026-01-02 10:00", ""])
)
def test_adding_rows_and_taking_them_away_restores_the_page(
    data: bytes, agents: list[str], started: str
) -> None:
    reading = read(data)
    new = edit(reading, [AddAgentRow(agent, "T-0", started) for agent in agents])
    after = read(new)
    assert len(after.board.agents) == len(reading.board.agents) + len(agents)
    assert [r.agent for r in after.board.agents[-len(agents) :]] == [cells.norm(agent) for agent in agents]
    assert after.board.tasks == reading.board.tasks or len(after.board.tasks) == len(reading.board.tasks)
    assert edit(after, [AddAgentRow(agent, "T-0", started) for agent in agents]) == new
    for agent in agents:
        new = edit(read(new), [RemoveAgentRow(agent, "T-0", started)])
    assert new == data


@given(pages_with_a_cell(("status",)), AGENTS)
def test_a_claim_and_its_fold(where: tuple[bytes, Cell], agent: str) -> None:
    """What the daemon writes for a run: status and agent row, and both again when it is over."""
    data, (task, _, _) = where
    assume(task)
    reading = read(data)
    row = next(t for t in reading.board.tasks if t.id == task)
    claimed = edit(reading, [SetCell(task, "status", Status.IN_PROGRESS), AddAgentRow(agent, task, "now")])
    back = edit(
        read(claimed),
        [RemoveAgentRow(agent, task, "now"), SetCell(task, "status", cells.value(row.status_text))],
    )
    assert back == data


@given(pages(), VALUES, st.sampled_from(["", "T-0"]))
def test_an_appended_task_is_read_again(data: bytes, title: str, requires: str) -> None:
    assume(title.strip() and title.strip()[0] not in "[<{")  # what looks like a placeholder makes a draft
    reading = read(data)
    live = {sheet.index: sheet.roles for sheet in reading.sheets if sheet.index >= 0}
    roles = live[table_for(list(live), reading.board.tasks)]
    if "title" not in roles or (requires and "requires" not in roles):
        with pytest.raises(CannotWrite, match="no column for"):
            edit(reading, [AppendTask(title, requires=requires)])
        return
    new = edit(reading, [AppendTask(title, requires=requires)])
    before = {task.id for task in reading.board.tasks}
    (task,) = (task for task in read(new).board.tasks if task.id not in before)
    assert (task.title, task.status, task.draft, task.read_only) == (
        cells.norm(title),
        Status.WAITING,
        False,
        False,
    )
    assert len(lines_of(new)) - len(lines_of(data)) in (0, 1)
    assert all(line in lines_of(new) for line in lines_of(data)[:-2])


TEXTS = st.text(max_size=30) | st.sampled_from(
    ["# x", "- y", "```", "<!-- z", "| a |", "  lead", "a\nb", "--- ", "> q"]
)


@given(
    pages(),
    st.lists(TEXTS, max_size=3),
    st.lists(TEXTS, max_size=2),
    st.sampled_from(["COMPLETE", "BLOCKED_ON_[x]"]),
)
def test_a_handoff_round_trip(data: bytes, done: list[str], asked: list[str], status: str) -> None:
    reading = read(data)
    assume(any(task.id == "T-0" for task in reading.board.tasks))
    wish = AppendHandoff("me-agent", "you-agent", "T-0", status, tuple(done), questions=tuple(asked))
    new = edit(reading, [wish])
    assert new.startswith(data)
    after = read(new)
    assert len(after.board.handoffs) == 1
    block = after.board.handoffs[0]
    assert (block.sender, block.to, block.task, block.status_text) == ("me-agent", "you-agent", "T-0", status)
    assert block.valid
    assert block.at_end
    assert block.deliverables == tuple(filter(None, map(_shown, done)))
    assert block.questions == tuple(filter(None, map(_shown, asked)))
    assert after.board.tasks == reading.board.tasks
    _mark_and_answer(new, block.key, block.digest)


def _shown(text: str) -> str:
    """An item as it reads back: on one line; a fence that it opened is code and no item."""
    line = " ".join(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text).split())
    return "" if line == "```" else line


def _mark_and_answer(data: bytes, key: str, digest: str) -> None:
    marked = edit(read(data), [MarkTaken(key, "T-0.1", "2026-11-22T16:40:00Z")])
    added = [line for line in lines_of(marked) if b"mdorch: taken" in line]
    assert len(added) == 1
    assert marked.replace(added[0], b"") == data
    block = read(marked).board.handoffs[0]
    assert (block.key, block.taken, block.mark and block.mark.run) == (key, True, "T-0.1")
    assert edit(read(marked), [MarkTaken(key, "T-0.1", "2026-11-22T16:40:00Z")]) == marked
    answered = edit(read(marked), [AddAnswer(key, "so be it")])
    block = read(answered).board.handoffs[0]
    assert (block.key, block.taken, block.answer, block.digest) == (key, True, "so be it", digest)
