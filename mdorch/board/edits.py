"""Wishes carried out: the bytes of the page after them, or a refusal that says why.

Every wish is done as a careful hand edit would do it: the one cell, the one row, the one block; in the
table's own style and the page's own words and line endings. Before the bytes are handed out they are
read again and compared with what was meant, so a value that would break its table, or a block that
would land inside an unclosed fence, never reaches a file.
"""

from __future__ import annotations

from collections.abc import Iterable

from mdorch.board.dialect import Dialect, status_value
from mdorch.board.handoff import Handoff
from mdorch.board.issues import issue_row
from mdorch.board.newrows import filled, is_closed, next_id, none_word, table_for
from mdorch.board.place import Changes
from mdorch.board.problem import Problem, problem
from mdorch.board.read import Reading
from mdorch.board.render import answer_lines, handoff_lines, mark_line
from mdorch.board.second import agrees
from mdorch.board.sheets import Sheet
from mdorch.board.status import Status
from mdorch.board.statuses import DEFAULT_WORD
from mdorch.board.task import Task
from mdorch.board.wishes import (
    AddAgentRow,
    AddAnswer,
    AddIssue,
    AppendHandoff,
    AppendTask,
    BringHandoff,
    MarkTaken,
    RemoveAgentRow,
    SetCell,
    Wish,
)
from mdorch.board.words import begins, is_blank, words
from mdorch.page import cells
from mdorch.page.splice import apply
from mdorch.page.verify import Refused, verify


class CannotWrite(Exception):
    """A wish cannot be carried out; `problem` says why, where, and what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def edit(reading: Reading, wishes: Iterable[Wish]) -> bytes:
    """The page's bytes after all wishes; the same bytes where there is nothing to do.

    Raises `CannotWrite`, and then nothing is to be written.
    """
    writer = _Writer(reading)
    for wish in wishes:
        writer.carry_out(wish)
    splices = writer.changes.splices()
    if not splices:
        return reading.source.data
    new = apply(reading.source.data, splices)
    try:
        verify(reading.outline, new, writer.changes.intent())
    except Refused as refused:
        raise CannotWrite(
            problem("write-refused", f"the page would not read back as meant: {refused}")
        ) from None
    return new


class _Writer:
    """Carries out wishes on one reading, one method for each kind."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.changes = Changes(reading.outline)
        self._dialect: Dialect | None = None
        tasks = reading.board.tasks
        self._rows = {task.id: [task] for task in tasks}
        if len(self._rows) < len(tasks):  # some have one id
            self._rows = {task.id: [] for task in tasks}
            for task in tasks:
                self._rows[task.id].append(task)
        self._sheets = {sheet.index: sheet for sheet in reading.sheets if sheet.index >= 0}

    def carry_out(self, wish: Wish) -> None:
        match wish:
            case SetCell():
                self._set_cell(wish)
            case AddAgentRow():
                self._add_agent_row(wish)
            case RemoveAgentRow():
                self._remove_agent_row(wish)
            case AppendTask():
                self._append_task(wish)
            case AppendHandoff():
                self._append_handoff(wish)
            case MarkTaken():
                self._mark_taken(wish)
            case BringHandoff():
                self._bring_handoff(wish)
            case AddAnswer():
                self._add_answer(wish)
            case AddIssue():
                self._add_issue(wish)

    def token(self, table: int, status: Status) -> str:
        if self._dialect is None:
            self._dialect = Dialect(self.reading.board.tasks)
        return self._dialect.token(table, status)

    # -- cells --------------------------------------------------------------------------------------

    def _set_cell(self, wish: SetCell) -> None:
        task = self._task(wish.task)
        column = self._sheets[task.table].columns.get(wish.role)
        if column is None:
            if wish.optional:
                return
            message = f"the table of {task.id} has no column for {wish.role}"
            raise CannotWrite(problem("no-column", message, (task.line, 1), task.id))
        text = self.reading.outline.tables[task.table].rows[task.row].texts[column]
        pending = self.changes.wished(task.table, task.row, column)
        old = cells.value(text) if pending is None else pending
        new = wish.value
        if isinstance(new, Status):
            status = new
            new = status_value(old, status, lambda: self.token(task.table, status))
        if cells.norm(new) != cells.norm(old) or pending is not None:
            self.changes.set_cell(task.table, task.row, column, new)

    def _task(self, name: str) -> Task:
        """The one row with this id that may be written."""
        rows = self._rows.get(name, []) if name else []
        if not rows:
            raise CannotWrite(problem("row-gone", f"the page has no row with the id {name}", task=name))
        if len(rows) > 1:
            lines = ", ".join(str(row.line) for row in rows)
            message = f"{len(rows)} rows have the id {name} (lines {lines})"
            hint = "give each row an id of its own"
            raise CannotWrite(problem("row-read-only", message, (rows[0].line, 1), name, hint))
        if rows[0].read_only:
            message = f"the row of {name} is broken and left as it is"
            raise CannotWrite(problem("row-read-only", message, (rows[0].line, 1), name))
        return rows[0]

    # -- the agent table ----------------------------------------------------------------------------

    def _add_agent_row(self, wish: AddAgentRow) -> None:
        """A page without an agent table simply does not show its runs."""
        if not self.reading.agent_tables:
            return
        sheet = self.reading.agent_tables[0]
        said = {
            "agent": wish.agent,
            "task": wish.task,
            "status": wish.status,
            "started": wish.started,
            "dependencies": wish.dependencies,
        }
        values = [""] * sheet.table.columns
        for role, column in sheet.columns.items():
            values[column] = said.get(role, "")
        values = filled(sheet.table, values)
        there = [
            row for row in self._agent_rows(wish.agent, wish.task, wish.started) if row[0] == sheet.index
        ]
        if not there and values not in self.changes.added_rows(sheet.index):
            self.changes.add_row(sheet.index, values)

    def _remove_agent_row(self, wish: RemoveAgentRow) -> None:
        for table, row in reversed(self._agent_rows(wish.agent, wish.task, wish.started)):
            if self.changes.remove_row(table, row):
                return

    def _agent_rows(self, agent: str, task: str, started: str) -> list[tuple[int, int]]:
        """(table, row) of the rows that say these three values."""
        timed = {sheet.index for sheet in self.reading.agent_tables if "started" in sheet.columns}
        wanted = (cells.norm(agent), cells.norm(task))
        when = cells.norm(started)
        return [
            (row.table, row.row)
            for row in self.reading.board.agents
            if (row.agent, row.task) == wanted
            and (row.table not in timed or row.started == when or (is_blank(row.started) and is_blank(when)))
        ]

    # -- rows of the queue --------------------------------------------------------------------------

    def _append_task(self, wish: AppendTask) -> None:
        sheet = self._sheet_for(wish)
        taken = self._rows.keys() | self.reading.board.archived
        name = cells.norm(wish.id) or next_id(sheet.index, self.reading.board.tasks, taken)
        if name in taken:
            where = "in the archive" if name not in self._rows else "already"
            message = f"there is a row with the id {name} {where}"
            hint = "give the new one another id, or none"
            raise CannotWrite(problem("duplicate-id", message, task=name, hint=hint))
        said = {
            "id": name,
            "title": wish.title,
            "status": self.token(sheet.index, wish.status) or DEFAULT_WORD[wish.status],
            "agent": wish.agent,
            "requires": wish.requires or none_word(sheet.index, self.reading.board.tasks),
            "priority": wish.priority,
            "notes": wish.notes,
            "group": wish.group or wish.phase,
            "domain": wish.domain,
            "files": wish.files,
        }
        for role in ("title",) if wish.optional else ("title", "requires", "agent", "priority"):
            if getattr(wish, role) and role not in sheet.columns:
                message = f"the task table has no column for {role}"
                raise CannotWrite(problem("no-column", message, (sheet.table.line + 1, 1)))
        values = [""] * sheet.table.columns
        for role, column in sheet.columns.items():
            values[column] = said.get(role, "")
        if not is_closed(sheet.table):
            values = filled(sheet.table, values)
        self.changes.add_row(sheet.index, values)
        self._rows[name] = []

    def _sheet_for(self, wish: AppendTask) -> Sheet:
        sheets = list(self._sheets.values())
        if not sheets:
            raise CannotWrite(problem("no-place", "the page has no task table to put a row into"))
        rows = self._rows.get(wish.beside, []) if wish.beside else []
        if rows and rows[0].table in self._sheets:
            return self._sheets[rows[0].table]
        said = words(wish.phase)
        if said:
            for sheet in sheets:
                if any(begins(words(heading), said) for heading in sheet.place.headings):
                    return sheet
        return self._sheets[table_for(list(self._sheets), self.reading.board.tasks)]

    def _add_issue(self, wish: AddIssue) -> None:
        found = issue_row(self.reading, wish)
        if found and found[1] not in self.changes.added_rows(found[0]):
            self.changes.add_row(*found)

    # -- handoffs -----------------------------------------------------------------------------------

    def _append_handoff(self, wish: AppendHandoff) -> None:
        lines = handoff_lines(wish)
        if not agrees(lines):
            message = "another reader of Markdown finds other headings in the handoff than were meant"
            raise CannotWrite(problem("write-refused", message))
        self._append_block(lines)

    def _bring_handoff(self, wish: BringHandoff) -> None:
        lines = wish.text.split("\n")
        self._append_block([*lines[: wish.head], mark_line(wish.digest, wish), *lines[wish.head :]])

    def _append_block(self, lines: list[str]) -> None:
        source = self.reading.source
        for found in self.reading.board.problems:
            if found.code in ("unclosed-fence", "unclosed-comment"):
                message = "a handoff at the end of the page would not be live: " + found.message
                raise CannotWrite(problem(found.code, message, (found.line, found.column)))
        end = source.line_count
        before = self.changes.lines_at(end) or source.lines[-1:]
        gap = [""] if before and before[-1].strip() else []
        self.changes.add_lines(end, gap + lines)

    def _block(self, key: str) -> Handoff:
        for block in self.reading.board.handoffs:
            if block.key == key:
                return block
        raise CannotWrite(problem("block-gone", "the handoff block is not on the page any more"))

    def _mark_taken(self, wish: MarkTaken) -> None:
        block = self._block(wish.key)
        line = mark_line(block.digest, wish)
        if block.mark or line in self.changes.lines_at(block.body - 1):
            return
        self.changes.add_lines(block.body - 1, [line])

    def _add_answer(self, wish: AddAnswer) -> None:
        block = self._block(wish.key)
        lines = self.reading.source.lines
        end = block.asked or block.end
        while end > block.body and not lines[end - 2].strip():
            end -= 1
        follows = lines[end - 1 : end]
        text = answer_lines(wish.text)
        self.changes.add_lines(end - 1, ["", *text, *([""] if follows and follows[0].strip() else [])])
