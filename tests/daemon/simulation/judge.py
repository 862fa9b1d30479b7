"""What must hold: at every launch, at every write, at every fold, and when everything has come to rest.

Prerequisites, statuses and limits are judged from the text of the page by a few plain loops; nothing of
the program under test is asked about them.
"""

from __future__ import annotations

import re
from itertools import pairwise

from mdorch.config.settings import Settings
from mdorch.facts import End, Run, RunState
from mdorch.world.journal import Journal
from tests.daemon.simulation.disk import Broken, Disk, Process, Saved
from tests.daemon.simulation.text import MARK, Row, Style, meaning, rows_of, set_cell, tag

TAG = re.compile(r"\be\d+\b")
STARTABLE = ("waiting", "ready", "partial")
GOES_ON = {"failed", "partial", "handed_on", "unbegun", "released"}


class Judge:
    def __init__(self, disk: Disk, settings: Settings) -> None:
        self.disk = disk
        self.settings = settings
        self.begun: set[str] = set()  # run ids whose agents were started
        self.claimed: set[str] = set()
        self.starts: dict[str, float] = {}  # run id → when its agent was started
        disk.listeners.append(self._told)

    def _told(self, what: str, about: object) -> None:
        if what == "claim" and isinstance(about, Run):
            self._claimed(about)
        elif what == "begin" and isinstance(about, Process):
            self._begins(about)
        elif what == "fold" and isinstance(about, tuple) and isinstance(about[0], Run):
            self._folded(about[0], about[1])
        elif what == "write" and isinstance(about, tuple):
            self._written(about[0].decode(), about[1].decode())

    def forget(self) -> None:
        """All of `.mdorch` was deleted: run ids may be used anew."""
        self.begun.clear()
        self.claimed.clear()
        self.starts.clear()

    def forget_journal(self) -> None:
        """The journal was deleted: runs are known from their folders alone."""
        self.begun &= set(self.disk.folders)
        self.starts = {run: t for run, t in self.starts.items() if run in self.disk.folders}

    def need(self, holds: bool, text: str) -> None:
        if not holds:
            raise Broken(text)

    # -- launches ------------------------------------------------------------------------------------

    def _claimed(self, run: Run) -> None:
        if run.state is RunState.CLAIMED:
            self.need(run.id not in self.disk.folders, f"{run.id} is claimed, and its folder exists already")
            self.claimed.add(run.id)

    def _begins(self, process: Process) -> None:
        """Everything about a launch, judged on the page that the daemon launched it from."""
        run, task, disk = process.run, process.task, self.disk
        self.need(run not in self.begun, f"{run} is started twice")
        self.begun.add(run)
        self.need(run in self.claimed, f"{run} is started without a claim")
        saved, read = disk.versions[disk.base], disk.versions[disk.read]
        rows = rows_of(saved.data.decode(), saved.model.style)
        own = [r for r in rows if r.get("id") == task]
        self.need(len(own) == 1, f"{run} starts with {len(own)} rows {task}")
        self.need(
            meaning(own[0]["status"]) == "in_progress", f"{run} starts, and its row says {own[0]['status']}"
        )
        self.need(not disk.paused, f"{run} starts while paused")
        self._shown(process, saved)
        self._was_startable(process, read)
        missing = unmet(rows, own[0])
        self.need(not missing, f"{run} starts, and waits for {missing}")
        agent = own[0].get("agent", "")
        self.need(not (agent == "human" or agent.startswith("@")), f"{run} starts for {agent}")
        self._limits(process)
        touched = read.model.touched.get(task)
        ripe = touched is None or touched + self.settings.settle <= disk.now
        self.need(ripe, f"{run} starts {disk.now - (touched or 0):.2f} s after a hand changed {task}")

    def _shown(self, process: Process, saved: Saved) -> None:
        if saved.model.style.agents:
            shown = f"| {process.agent} | {process.task} |" in saved.data.decode()
            self.need(shown, f"{process.run} starts without its agent row")

    def _was_startable(self, process: Process, read: Saved) -> None:
        """The row could start, or a run of it had just ended that leaves more to do, or a claim was there."""
        rows = rows_of(read.data.decode(), read.model.style)
        own = next((r for r in rows if r.get("id") == process.task), None)
        self.need(own is not None, f"{process.run} starts for a row that nobody read")
        assert own is not None
        means = meaning(own["status"])
        earlier = [p for p in self.disk.processes if p.task == process.task and p is not process]
        alive = [p for p in earlier if p.alive and not p.renamed and p not in self.disk.orphans]
        self.need(not alive, f"{process.run} starts beside {[p.run for p in alive]}")
        row = read.model.find(process.task)
        if means in STARTABLE or (row is not None and row.passed):
            return
        journal = Journal(self.disk.database)
        unfolded = [r.id for r in journal.runs(process.task, unfolded=True) if r.id != process.run]
        ended = [p for p in earlier if p.run in unfolded and expected(p) & GOES_ON]
        again = process.run in self.disk.claims_before or bool(ended) or self._never_began(process.task)
        self.need(again, f"{process.run} starts over {own['status']}")
        words = ("stop", "cancelled", "held", "unknown")
        self.need(means not in words, f"{process.run} starts over {own['status']}")

    def _never_began(self, task: str) -> bool:
        runs = Journal(self.disk.database).runs(task, unfolded=True)
        return any(r.end in (End.UNBEGUN, End.UNSTARTABLE) for r in runs)

    def _limits(self, process: Process) -> None:
        others = [p for p in self.disk.alive() if p is not process and p not in self.disk.orphans]
        self.need(
            len(others) < self.settings.max_parallel,
            f"{process.run} starts as the {len(others) + 1}th at once",
        )
        limit = self.settings.limits.get(process.group, 0)
        same = [p.run for p in others if process.group and p.group == process.group]
        self.need(not limit or len(same) < limit, f"{process.run} starts in {process.group} beside {same}")
        self.starts[process.run] = self.disk.now
        count = sum(t > self.disk.now - 3600.0 for t in self.starts.values())
        self.need(count <= self.settings.launches_per_hour, f"{process.run} is launch {count} of an hour")

    # -- writes and folds ----------------------------------------------------------------------------

    def _written(self, before: str, after: str) -> None:
        held = "<<<<<<<" in before or "## Task Queue" not in before
        self.need(not held, "the page is written while it must be held")
        if self.disk.repairing:
            ours = self.disk.old_buffers or self._ours() & set(after.splitlines()) - set(before.splitlines())
            self.need(bool(ours), "what people wrote and took away again is put back")
            seen = {t for kept in self.disk.kept[:-1] for t in TAG.findall(kept.data.decode())}
            new = set(TAG.findall(before)) - seen
            self.need(new <= set(TAG.findall(after)), f"a repair lost {new - set(TAG.findall(after))}")

    def _ours(self) -> set[str]:
        """All lines that the daemon wrote."""
        lines: set[str] = set()
        for before, after in pairwise(self.disk.versions):
            if after.by == "daemon":
                lines |= set(after.data.decode().splitlines()) - set(before.data.decode().splitlines())
        return lines

    def _folded(self, run: Run, outcome: str) -> None:
        if run.state is RunState.FOLDED or outcome in ("released", "forgotten"):
            return
        process = next((p for p in self.disk.processes if p.run == run.id), None)
        if process in self.disk.orphans:
            self.need(outcome == "lost", f"{run.id} lost its folder and is folded as {outcome}")
            return
        if process is None:
            self.need(outcome in ("unbegun", "failed"), f"{run.id} never ran and is folded as {outcome}")
            return
        self.need(not process.alive, f"{run.id} is folded while it works")
        model = self.disk.model
        by_hand = any("**From**: somebody" in b and f"**Task**: {process.task}" in b for b in model.blocks)
        if by_hand or process.renamed or self.disk.old_buffers:
            return
        possible = expected(process)
        self.need(outcome in possible, f"{run.id} ({process.how}, {process.said}) is folded as {outcome}")

    # -- at rest -------------------------------------------------------------------------------------

    def at_rest(self) -> None:
        """Every result has arrived, and nothing that anybody typed is missing."""
        journal, model = Journal(self.disk.database), self.disk.model
        rows = rows_of(self.disk.page.decode(), model.style)
        for run in journal.runs(unfolded=True):
            own = [r for r in rows if r.get("id") == run.task]
            writable = len(own) == 1 and all(own[0].get(c, "-") not in ("", "-") for c in ("title", "status"))
            self.need(not writable, f"{run.id} is {run.state} for ever")
        self._frame()

    def _frame(self) -> None:
        """Letter for letter what people and agents wrote, but for the cells that are the daemon's."""
        model, text = self.disk.model, MARK.sub("", self.disk.page.decode())
        style = model.style
        kept = []
        for line in text.splitlines(keepends=True):
            if not line.startswith("| ISSUE-") and not self._stray_agent_row(line, style):
                kept.append(line)  # noqa: PERF401
        text = "".join(kept)
        found = rows_of(text, style)
        self.need(len(found) == len(model.rows), f"{len(found)} rows where {len(model.rows)} were typed")
        for row, cells in zip(model.rows, found, strict=True):
            if not row.raw:
                self.need(cells.get("id") == row.id, f"row {row.id} reads {cells['line']}")
                self._cells(row, cells, style)
        lines = model.render()
        for row, cells in zip(model.rows, found, strict=True):
            lines = lines.replace(style.row(row), cells["line"] + style.newline, 1)
        self.need(text == lines, f"the page differs from what was typed:\n{_difference(lines, text)}")

    def _stray_agent_row(self, line: str, style: Style) -> bool:
        """Old buffers and lost journals leave agent rows behind, and runs whose rows are gone keep theirs."""
        if not style.agents or not re.match(r"\| \w+ \| [^|]+ \| In Progress \| 20", line):
            return False
        unfolded = Journal(self.disk.database).runs(unfolded=True)
        names = {name for r in unfolded for name in (r.task, r.id.rpartition(".")[0])}
        task = line.split("|")[2].strip()
        return self.disk.old_buffers or self.disk.forgotten or task in names

    def _cells(self, row: Row, cells: dict[str, str], style: Style) -> None:
        for column in style.columns:
            typed, now = row.cell(column), cells[column]
            if column == "status":
                firm = row.firm and now != typed
                self.need(not firm, f"{row.id} said {typed!r} by hand, now {now!r}")
                kept = tag(typed) in now or meaning(typed) == "unknown"
                self.need(kept, f"{row.id}: what was typed behind the status is gone: {typed!r} → {now!r}")
            elif column == "notes":
                self.need(typed in now, f"{row.id}: the notes {typed!r} became {now!r}")
            elif column != "agent" or not row.passed:
                self.need(typed == now, f"{row.id} {column}: {typed!r} became {now!r}")


def expected(process: Process) -> set[str]:
    """What may become of a task whose process went like this, if nobody else interfered."""
    if process.alive:
        return set()
    if process.lost:
        return {"lost"}
    if process.stop:
        return {"held"}
    said = [s for s in process.said if not s[1].startswith("DISCOVERED")]
    to, status = said[-1] if said else ("", "")
    word = status.partition("_")[0]
    if word == "BLOCKED":
        return {"blocked"}
    if word == "PARTIAL":
        return {"partial", "blocked"}  # blocked after too many hops
    if process.how != "exit 0":
        return {"failed"}
    if word == "COMPLETE":
        if to in ("-", process.agent):
            return {"complete", "in_review"}
        return {"in_review"} if to == "human" else {"handed_on", "complete", "blocked", "in_review"}
    return {"complete", "in_review", "blocked", "partial"}  # or what its row said meanwhile


def unmet(rows: list[dict[str, str]], own: dict[str, str]) -> list[str]:
    """What a row waits for, by its text."""
    at = rows.index(own)
    counted = [(n, r) for n, r in enumerate(rows) if n != at and meaning(r.get("status", "?")) != "cancelled"]
    missing: list[str] = []
    for part in own.get("requires", "None").split(", "):
        if part in ("None", "-", ""):
            continue
        if part in ("All above", "All", "T-*"):
            above = part == "All above"
            group = [r for n, r in counted if n < at or not above]
            group = [r for r in group if part != "T-*" or r.get("id", "").startswith("T-")]
        else:
            group = [r for r in rows if r.get("id") == part]
        open_rows = [r.get("id", "?") for r in group if meaning(r.get("status", "?")) != "complete"]
        missing += open_rows if group else [part]
    return missing


def _difference(wanted: str, found: str) -> str:
    from difflib import unified_diff

    return "\n".join(unified_diff(wanted.splitlines(), found.splitlines(), "typed", "page", lineterm="", n=1))


__all__ = ["Judge", "expected", "set_cell", "unmet"]
