"""Hands and commands on the page: each edit is made on the text as it is, and on the model beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mdorch.board.status import Status
from mdorch.daemon.state import ANNOUNCED
from mdorch.facts import RunState
from mdorch.world.journal import Journal
from tests.daemon.simulation.disk import Disk, Saved
from tests.daemon.simulation.text import (
    WORDS,
    Model,
    Row,
    add_line,
    block,
    meaning,
    rows_of,
    set_cell,
    set_line,
)
from tests.daemon.simulation.work import AGENTS

FIRM = frozenset(
    {"stop", "cancelled", "held", "unknown", "blocked", "failed", "complete", "in_review", "in_progress"}
)
NEEDS = ("None", "-", "All above", "T-*", "All", "T-1", "T-1, T-2", "T-2", "T-3", "Phase 1", "the keys")
GROUPS = ("", "", "discovery", "validation", "Phase 1")
FILES = ("", "", "src/", "src/a.py", "src/b.py", "docs/a.md")


class People:
    """Everybody who edits the page by hand. `calm`: the daemon is between two passes, or down."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.random = disk.random
        self.good: Saved | None = None  # the page before somebody broke it
        self.calm = False
        self.commands: dict[str, tuple[float, str]] = {}  # task → when one typed its status last, and what

    def act(self, calm: bool) -> None:
        """One random edit; sometimes there is nothing to do for the one that was drawn."""
        self.calm = calm
        if self.good is not None:
            self._repair()
            return
        kinds: tuple[tuple[Callable[[], None], float], ...] = (
            (self._status, 8), (self._title, 1), (self._notes, 2), (self._agent, 1), (self._needs, 0.5),
            (self._files, 0.5), (self._prose, 2), (self._half_row, 1), (self._finish_row, 3),
            (self._new_row, 1),
            (self._remove, 0.8), (self._copy, 0.4), (self._rename, 0.7), (self._block, 1),
            (self._old_buffer, 0.6), (self._break, 1.5), (self._pause, 0.5), (self._command, 1.5),
            (self._lose_folder, 0.15),
        )  # fmt: skip
        self.random.choices([k for k, _ in kinds], [w for _, w in kinds])[0]()

    def _save(self, text: str, model: Model, what: str) -> None:
        self.disk.save(text.encode(), model, f"somebody ({what})")

    def _text(self) -> str:
        return self.disk.page.decode()

    def _row(self) -> Row | None:
        rows = [r for r in self.disk.model.rows if not r.raw]
        return self.random.choice(rows) if rows else None

    # -- cells ---------------------------------------------------------------------------------------

    def _status(self) -> None:
        row = self._row()
        if row is not None:
            self._type(row, f"{self.random.choice(list(WORDS))} {self.disk.tag()}", self.disk.now)

    def _type(self, row: Row, typed: str, hand: float) -> None:
        """`hand` is when; 0 where a command types: its rows need not settle."""
        model = self.disk.model
        stands = not self._loose(row.id) and (
            meaning(typed) in ("stop", "cancelled") or not self._busy(row.id)
        )
        # The first of two rows with one id is the one that is edited.
        row = model.find(row.id) or row
        self.disk.typed[row.id] = self.disk.now
        if not hand:
            self.commands[row.id] = self.disk.now, meaning(typed)
        elif self._repeats(row.id, meaning(typed)):
            hand = 0.0
        new = replace(row, status=typed, firm=stands and meaning(typed) in FIRM)
        text = set_cell(self._text(), model.style, row.id, "status", typed)
        self._save(text, model.with_row(new, hand), f"{row.id} status: {typed}")

    def _repeats(self, task: str, means: str) -> bool:
        """Whether a command has just typed the same: who looks only now cannot tell the two apart."""
        when, word = self.commands.get(task, (0.0, ""))
        return word == means and self.disk.now - when <= ANNOUNCED

    def _loose(self, task: str) -> bool:
        """Whether there is a handoff about the task, whose turn may come yet."""
        named = f"**Task**: {task}{self.disk.model.style.newline}"
        return any(named in block for block in self.disk.model.blocks)

    def _busy(self, task: str) -> bool:
        """Whether a run of the task may still have something to say: the daemon may answer for it."""
        if not self.calm:
            return True
        journal = Journal(self.disk.database)
        runs = journal.runs(task, unfolded=True)
        begun = any(r.state is not RunState.CLAIMED or r.id in self.disk.folders for r in runs)
        shown = f"| {task} | In Progress | 20" in self._text()  # also where the journal has forgotten it
        return shown or begun or any(p.task == task and p.alive for p in self.disk.processes)

    def _cell(self, column: str, value: str) -> None:
        row, model = self._row(), self.disk.model
        if row is None or column not in model.style.columns:
            return
        row = model.find(row.id) or row
        text = set_cell(self._text(), model.style, row.id, column, value)
        if text == self._text():
            return
        new = replace(row, **{column: value})  # type: ignore[arg-type]
        self._save(text, model.with_row(new, self.disk.now), f"{row.id} {column}: {value}")

    def _title(self) -> None:
        """Now and then it is rubbed out, to be typed anew: meanwhile the row is a draft."""
        self._cell("title", self.random.choice(("", *[f"titled {self.disk.tag()}"] * 3)))

    def _notes(self) -> None:
        self._cell("notes", f"noted {self.disk.tag()}")

    def _agent(self) -> None:
        self._cell("agent", self.random.choice((*AGENTS, "dev, qa", "human", "", "@ann")))

    def _needs(self) -> None:
        self._cell("requires", self.random.choice(NEEDS))

    def _files(self) -> None:
        self._cell("files", self.random.choice(FILES))

    # -- rows ----------------------------------------------------------------------------------------

    def _new_id(self) -> str:
        return f"T-{100 + int(self.disk.tag()[1:])}"

    def _half_row(self) -> None:
        """A row that is still being typed: from the left, or its title last."""
        model = self.disk.model
        if self.random.random() < 0.5:
            self._add_row(Row(self._new_id(), "", f"Waiting {self.disk.tag()}"), "without a title")
            return
        raw = f"| {self._new_id()} | half"
        rows = (*model.rows, Row("", "", raw=raw))
        self._save(
            add_line(self._text(), model.style, raw + model.style.newline),
            model.with_rows(rows),
            "half a row",
        )

    def _finish_row(self) -> None:
        model = self.disk.model
        half = next((r for r in model.rows if r.raw), None)
        if half is None:
            return
        row = Row(half.raw.split("|")[1].strip(), "finished", f"Waiting {self.disk.tag()}")
        rows = [row if r is half else r for r in model.rows]
        text = set_line(self._text(), model.style, half.raw, model.style.row(row))
        self._save(text, model.with_rows(rows, row.id, self.disk.now), f"row {row.id} finished")

    def _new_row(self) -> None:
        needs = self.random.choice(NEEDS)
        group = self.random.choice(GROUPS)
        row = Row(
            self._new_id(),
            "new",
            f"Waiting {self.disk.tag()}",
            needs,
            self.random.choice(AGENTS),
            group=group,
            files=self.random.choice(FILES),
        )
        self._add_row(row, "added")

    def _add_row(self, row: Row, what: str) -> None:
        model = self.disk.model
        text = add_line(self._text(), model.style, model.style.row(row))
        self._save(text, model.with_rows((*model.rows, row), row.id, self.disk.now), f"row {row.id} {what}")

    def _remove(self) -> None:
        model = self.disk.model
        if len(model.rows) < 2:
            return
        gone = self.random.choice(model.rows)
        gone = gone if gone.raw else (model.find(gone.id) or gone)
        at = next(n for n, r in enumerate(model.rows) if r is gone)
        rows = (*model.rows[:at], *model.rows[at + 1 :])
        text = set_line(self._text(), model.style, gone.raw or gone.id, "")
        model = model.with_rows(rows)
        if model.find(gone.id) is not None:  # of two rows the one stays that nobody has touched since
            model.touched.pop(gone.id, None)
        self._save(text, model, f"row {gone.raw or gone.id} removed")

    def _copy(self) -> None:
        """A row copied below: until one of the two goes, both are read-only."""
        row, model = self._row(), self.disk.model
        if row is None:
            return
        row = model.find(row.id) or row
        line = next(r["line"] for r in rows_of(self._text(), model.style) if r.get("id") == row.id)
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        copied = replace(row, **dict(zip(model.style.columns, cells, strict=True)), firm=False)  # type: ignore[arg-type]
        text = add_line(self._text(), model.style, line + model.style.newline)
        self._save(
            text, model.with_rows((*model.rows, copied), row.id, self.disk.now), f"row {row.id} copied"
        )

    def _rename(self) -> None:
        row, model = self._row(), self.disk.model
        if row is None or sum(r.id == row.id for r in model.rows) > 1:
            return
        name = self._new_id()
        if self.random.random() < 0.2:
            name = f"T-{self.random.randint(1, 6)}"
            if model.find(name) is not None:
                return
        text = set_cell(self._text(), model.style, row.id, "id", name)
        taken_over = row.passed or self._loose(name)  # handoffs about the id are about this row now
        rows = [replace(r, id=name, firm=False, passed=taken_over) if r is row else r for r in model.rows]
        self.disk.renamed[row.id] = name
        for process in self.disk.processes:
            if process.task == row.id:
                process.task, process.renamed = name, True
        self._save(text, model.with_rows(rows, name, self.disk.now), f"{row.id} renamed to {name}")

    # -- the rest of the page ------------------------------------------------------------------------

    def _prose(self) -> None:
        model, nl = self.disk.model, self.disk.model.style.newline
        said = f"said {self.disk.tag()}"
        text = self._text().replace(f"# Project{nl}{nl}", f"# Project{nl}{nl}- {said}{nl}", 1)
        self._save(text, replace(model, prose=(said, *model.prose)), said)

    def _block(self) -> None:
        row, model = self._row(), self.disk.model
        if row is None:
            return
        status = self.random.choice(("COMPLETE", "COMPLETE", "BLOCKED", "PARTIAL", "nonsense"))
        to = self.random.choice(("-", "-", "qa", "human"))
        written = block(model.style.newline, "somebody", to, row.id, status, f"by hand {self.disk.tag()}")
        model = replace(model, blocks=(*model.blocks, written))
        model = model.passed_on(row.id)
        self._save(self._text() + written, model, f"handoff on {row.id}: {status} to {to}")

    def _old_buffer(self) -> None:
        """An editor that was opened some versions ago saves what it has.

        A row that reads as the journal remembers it is untouched for a daemon that comes up: the one that
        wrote it since died before it could remember that.
        """
        old = self.random.choice(self.disk.versions[-6:])
        if old.model.empty or old.model.damage or old.data == self.disk.page:
            return
        style = old.model.style
        known = {r["line"] for r in rows_of(self.disk.versions[self.disk.base].data.decode(), style)}
        touched = dict(old.model.touched)
        seen = Journal(self.disk.database).seen()
        for row in rows_of(old.data.decode(), style):
            remembered = row.get("id") in seen and seen[row["id"]].cells.get("status") == row["status"]
            if row["line"] not in known and "id" in row and not remembered:
                touched[row["id"]] = self.disk.now
        rows = tuple(replace(r, firm=False, passed=True) for r in old.model.rows)
        self.disk.old_buffers = True
        self._save(old.data.decode(), replace(old.model, rows=rows, touched=touched), "an old buffer")

    def _break(self) -> None:
        """The page is emptied, or a merge leaves its marks in it."""
        self.good = self.disk.versions[-1]
        model, nl = self.disk.model, self.disk.model.style.newline
        if self.random.random() < 0.5:
            self._save("", replace(model, empty=True), "emptied")
            return
        marks = nl.join(("<<<<<<< ours", "a", "=======", "b", ">>>>>>> theirs"))
        text = self._text().replace(f"# Project{nl}{nl}", f"# Project{nl}{nl}{marks}{nl}{nl}", 1)
        self._save(text, replace(model, damage=marks + nl), "conflict marks")

    def _repair(self) -> None:
        assert self.good is not None
        self._save(self.good.data.decode(), self.good.model, "as it was before")
        self.good = None

    def settle_down(self) -> None:
        """Nothing stays broken or paused when everybody goes home."""
        if self.good is not None:
            self._repair()
        self.disk.paused = False

    # -- commands and accidents ----------------------------------------------------------------------

    def _pause(self) -> None:
        if self.calm:
            self.disk.paused = not self.disk.paused
            self.disk.log(f"paused: {self.disk.paused}")

    def _command(self) -> None:
        """`mdorch set T status=…`: announced in the journal, then written as a hand would."""
        row = self._row()
        if not self.calm or row is None or sum(r.id == row.id for r in self.disk.model.rows) > 1:
            return
        word, status = self.random.choice((("Waiting", Status.WAITING), ("On Hold", Status.ON_HOLD)))
        Journal(self.disk.database).wish(self.disk.now, row.id, "status", status)
        self._type(row, f"{word} {self.disk.tag()}", 0.0)

    def _lose_folder(self) -> None:
        """Somebody deletes the folder of a run that is at work."""
        known = {r.id for r in Journal(self.disk.database).runs() if r.state is RunState.STARTED}
        alive = [p for p in self.disk.alive() if p.run in known and p not in self.disk.orphans]
        if alive and self.calm:
            gone = self.random.choice(alive)
            del self.disk.folders[gone.run]
            self.disk.orphans.append(gone)
            self.disk.log(f"the folder of {gone.run} is deleted")
