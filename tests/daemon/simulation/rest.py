"""What must hold when everything has come to rest: every result has arrived, and nothing typed is missing."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from difflib import unified_diff

from mdorch.config.settings import Settings
from mdorch.world.journal import Journal
from tests.daemon.simulation.disk import Disk, need
from tests.daemon.simulation.judge import expected
from tests.daemon.simulation.text import (
    MADE,
    MARK,
    Row,
    Style,
    bare,
    listed,
    meaning,
    rows_of,
    tag,
    without_upkeep,
)


class Rest:
    """Looks once, at the end."""

    def __init__(self, disk: Disk, settings: Settings) -> None:
        self.disk = disk
        self.settings = settings

    def check(self) -> None:
        """Every result has arrived, and nothing that anybody typed is missing."""
        journal, model = Journal(self.disk.database), self.disk.model
        rows = rows_of(self.disk.page.decode(), model.style)
        for run in journal.runs(unfolded=True):
            own = [r for r in rows if r.get("id") == run.task]
            writable = len(own) == 1 and all(own[0].get(c, "-") not in ("", "-") for c in ("title", "status"))
            need(not writable, f"{run.id} is {run.state} for ever")
        self._marks(rows)
        self._frame()
        self._archive()
        self._upkeep(rows)

    def _marks(self, rows: list[dict[str, str]]) -> None:
        """Every handoff that could be acted upon was, and says so; and by which run."""
        for block in self.disk.page.decode().split("## Agent Handoff Signal")[1:]:
            said = dict(re.findall(r"\*\*(\w+)\*\*: ([^\r\n]+)", block))
            own = [r for r in rows if r.get("id") == said["Task"]]
            if len(own) != 1 or not own[0]["title"] or not own[0]["status"] or said["Status"] == "nonsense":
                continue
            mark = re.search(r"<!-- mdorch: (taken|refused) (\S+) ", block)
            need(mark is not None, f"a handoff about {said['Task']} was never taken")
            maker = re.search(r"- made by (\S+)", block)
            if mark and maker:
                self._mark(mark[1], mark[2], maker[1])

    def _mark(self, word: str, by: str, run: str) -> None:
        """The mark names the run that wrote the handoff, and does not say that a failed one counts."""
        disk = self.disk
        maker = next((p for p in disk.processes if p.run == run), None)
        if maker is None or maker in disk.orphans or maker.renamed or disk.old_buffers or disk.deleted:
            return
        need(by == run, f"the handoff of {run} is marked {by}")
        refused = bool(maker.stop) or bool(expected(maker) & {"lost", "failed", "limited"})
        refused = refused or (maker.how == "spent" and not maker.lost)
        if any("**From**: somebody" in b and f"**Task**: {maker.task}" in b for b in disk.model.blocks):
            return  # the last one decides what counts
        wanted = "refused" if refused else "taken"
        need(word == wanted, f"the handoff of {run} ({maker.how}) is {word}")

    def _frame(self) -> None:
        """Letter for letter what people and agents wrote, but for the cells that are the daemon's."""
        model, text = self.disk.model, MARK.sub("", self.disk.page.decode())
        style = model.style
        text = without_upkeep(text, style)
        kept = []
        for line in text.splitlines(keepends=True):
            made = line.startswith(tuple(f"| {name}" for name in MADE))
            if not made and not self._stray_agent_row(line, style):
                kept.append(line)
        text = "".join(kept)
        found = rows_of(text, style)
        need(len(found) == len(model.rows), f"{len(found)} rows where {len(model.rows)} were typed")
        for row, cells in zip(model.rows, found, strict=True):
            if not row.raw:
                need(cells.get("id") == row.id, f"row {row.id} reads {cells['line']}")
                self._cells(row, cells, style)
        lines = replace(model, blocks=tuple(self._staying(bare(text)))).render()
        for row, cells in zip(model.rows, found, strict=True):
            lines = lines.replace(style.row(row), cells["line"] + style.newline, 1)
        need(text == lines, f"the page differs from what was typed:\n{_difference(lines, text)}")

    def _staying(self, here: str) -> list[str]:
        """The blocks that are not in the archive instead. Of equal ones the first has left."""
        typed = [bare(block) for block in self.disk.model.blocks]
        left = {block: typed.count(block) - here.count(block) for block in typed if self._is_archived(block)}
        staying = []
        for block, said in zip(self.disk.model.blocks, typed, strict=True):
            left[said] = left.get(said, 0) - 1
            if left[said] < 0:
                staying.append(block)
        return staying

    def _is_archived(self, block: str) -> bool:
        return bare(block).strip() in bare(self.disk.archive)

    def _archive(self) -> None:
        """Whatever left the page is there once. (Where a run id is used anew, two may have said the same.)"""
        there = bare(self.disk.archive)
        for block, said in Counter(bare(block).strip() for block in self.disk.model.blocks).items():
            count = there.count(block)
            need(count <= said, f"{count} times in the archive, {said} times written: {block}")

    def _upkeep(self, rows: list[dict[str, str]]) -> None:
        """Completions are listed, as many as asked for, none more often than it came; the share is right."""
        disk, page = self.disk, self.disk.page.decode()
        entries, asked = listed(page), self.settings.completions
        if asked is None or not disk.model.style.completions:
            need(not entries, f"nobody asked for {entries}")
        elif not disk.old_buffers:
            need(len(entries) <= asked, f"{len(entries)} completions listed where {asked} were asked for")
            need(len(set(entries)) == len(entries) or disk.deleted > 0, f"listed twice: {entries}")
            missing = [] if len(entries) == asked else [t for t in self._done(rows) if t not in str(entries)]
            need(not missing, f"complete and not listed: {missing}")

    def _done(self, rows: list[dict[str, str]]) -> list[str]:
        """Tasks that runs have completed, whose rows say so, under the names that they had then. Of two rows
        with one id nobody knows which is meant: neither is looked at."""
        if self.disk.deleted:
            return []
        ran = {r.task for r in Journal(self.disk.database).runs() if r.outcome == "complete"}
        ran -= set(self.disk.renamed.values())
        count = Counter(r.get("id") for r in rows)
        done = [r["id"] for r in rows if r.get("id") in ran and meaning(r["status"]) == "complete"]
        return [task for task in done if count[task] == 1]

    def _stray_agent_row(self, line: str, style: Style) -> bool:
        """Old buffers and lost journals leave agent rows behind, and runs whose rows are gone keep theirs."""
        if not style.agents or not re.match(r"\| [\w-]+ \| [^|]+ \| In Progress \| 20", line):
            return False
        unfolded = Journal(self.disk.database).runs(unfolded=True)
        names = {name for r in unfolded for name in (r.task, r.id.rpartition(".")[0])}
        task = line.split("|")[2].strip()
        return self.disk.old_buffers or self.disk.forgotten or task in names

    def _cells(self, row: Row, cells: dict[str, str], style: Style) -> None:
        for column in style.columns:
            typed, now = row.cell(column), cells[column]
            if column == "status":
                fixed = meaning(typed) == "failed" and "FIX-" in cells["requires"]  # which opens it again
                firm = row.firm and now != typed and not fixed
                need(not firm, f"{row.id} said {typed!r} by hand, now {now!r}")
                kept = tag(typed) in now or meaning(typed) == "unknown"
                need(kept, f"{row.id}: what was typed behind the status is gone: {typed!r} → {now!r}")
            elif column == "notes":
                need(typed in now, f"{row.id}: the notes {typed!r} became {now!r}")
            elif column == "requires":
                need(self._is_with_fixes(typed, now), f"{row.id} requires {now!r}, not {typed!r} and its fix")
            elif column != "agent" or not row.passed:
                need(typed == now, f"{row.id} {column}: {typed!r} became {now!r}")

    @staticmethod
    def _is_with_fixes(typed: str, now: str) -> bool:
        """Whether a cell of prerequisites says what was typed, and fixes behind it: a task that somebody
        renamed after it had failed has one under each of its names."""
        rest = f", {now}" if typed in ("None", "-") and now != typed else now.removeprefix(typed)
        return re.fullmatch(r"(, FIX-[^\s,]+)*", rest) is not None


def _difference(wanted: str, found: str) -> str:
    return "\n".join(unified_diff(wanted.splitlines(), found.splitlines(), "typed", "page", lineterm="", n=1))
