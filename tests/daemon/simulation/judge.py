"""What must hold: at every launch, at every write, at every fold.

Prerequisites, statuses and limits are judged from the text of the page by a few plain loops; nothing of
the program under test is asked about them.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from mdorch.config.settings import Settings
from mdorch.facts import End, Run, RunState
from mdorch.world.journal import Journal
from tests.daemon.simulation.disk import Disk, Process, Saved, need
from tests.daemon.simulation.text import bare, meaning, rows_of

TAG = re.compile(r"\be\d+\b")
HEADING = "## Agent Handoff Signal"
SWIFT = 2.0  # seconds in which nobody reads what somebody saved, and undoes it
STARTABLE = ("waiting", "ready", "partial")
OPEN = {"waiting", "ready", "in_progress"}  # In Progress: the same write carries the next claim
# What a fold may leave in its row.
LEAVES = {
    "complete": {"complete"}, "in_review": {"in_review"}, "blocked": {"blocked"}, "lost": {"blocked"},
    "failed": OPEN | {"failed"}, "handed_on": OPEN | {"failed"}, "partial": OPEN | {"partial", "failed"},
    "held": {"stop"}, "reopened": OPEN, "unbegun": OPEN, "limited": OPEN, "nudged": OPEN | {"failed"},
}  # fmt: skip
STANDS = {"stop", "cancelled", "held", "unknown", "blocked"}  # somebody's word, over which a fold goes not
GOES_ON = {"failed", "partial", "handed_on", "unbegun", "released", "limited", "nudged"}


class Judge:
    def __init__(self, disk: Disk, settings: Settings) -> None:
        self.disk = disk
        self.settings = settings
        self.begun: set[str] = set()  # run ids whose agents were started
        self.claimed: dict[str, int] = {}  # run id → which version the page had then
        self.starts: dict[str, float] = {}  # run id → when its agent was started
        disk.listeners.append(self._told)

    def _told(self, what: str, about: object) -> None:
        if what == "claim" and isinstance(about, Run):
            self._claimed(about)
        elif what == "begin" and isinstance(about, Process):
            self._begins(about)
        elif what == "remove":
            self._removed(str(about))
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

    # -- launches ------------------------------------------------------------------------------------

    def _claimed(self, run: Run) -> None:
        if run.state is RunState.CLAIMED:
            need(run.id not in self.disk.folders, f"{run.id} is claimed, and its folder exists already")
            self.claimed[run.id] = len(self.disk.versions) - 1

    def _removed(self, run_id: str) -> None:
        """A folder goes whose run is folded, and is not the last of its task, where that is on the page."""
        runs = Journal(self.disk.database).runs()
        run = next((r for r in runs if r.id == run_id), None)
        need(run is not None and run.state is RunState.FOLDED, f"the folder of {run_id} goes: {run}")
        last = run is not None and not any(r.task == run.task and r.attempt > run.attempt for r in runs)
        rows = rows_of(self.disk.versions[self.disk.read].data.decode(), self.disk.model.style)
        here = run is not None and any(r.get("id") == run.task for r in rows)
        need(not (last and here), f"the folder of {run_id} goes, which was the last of its task")

    def _begins(self, process: Process) -> None:
        """Everything about a launch, judged on the page that the daemon launched it from."""
        run, task, disk = process.run, process.task, self.disk
        need(run not in self.begun, f"{run} is started twice")
        self.begun.add(run)
        need(run in self.claimed, f"{run} is started without a claim")
        saved, read = disk.versions[disk.base], disk.versions[disk.read]
        rows = rows_of(saved.data.decode(), saved.model.style)
        own = [r for r in rows if r.get("id") == task]
        need(len(own) == 1, f"{run} starts with {len(own)} rows {task}")
        need(meaning(own[0]["status"]) == "in_progress", f"{run} starts, and its row says {own[0]['status']}")
        need(not disk.paused, f"{run} starts while paused")
        self._shown(process, saved)
        self._whole(process, own[0], saved)
        self._was_startable(process, read)
        self._tries(process)
        missing = unmet(rows, own[0])
        need(not missing, f"{run} starts, and waits for {missing}")
        agent = own[0].get("agent", "")
        need(not (agent == "human" or agent.startswith("@")), f"{run} starts for {agent}")
        self._limits(process)
        self._scope(process, own[0])
        touched = read.model.touched.get(task)
        ripe = touched is None or touched + self.settings.settle <= disk.now
        need(ripe, f"{run} starts {disk.now - (touched or 0):.2f} s after a hand changed {task}")

    def _shown(self, process: Process, saved: Saved) -> None:
        if saved.model.style.agents:
            names = (process.task, process.run.rpartition(".")[0])
            shown = any(f"| {process.agent} | {name} |" in saved.data.decode() for name in names)
            need(shown, f"{process.run} starts without its agent row")

    def _whole(self, process: Process, row: dict[str, str], saved: Saved) -> None:
        cells = [c.strip() for c in row["line"].strip().strip("|").split("|")]
        whole = len(cells) == len(saved.model.style.columns) and bool(row["title"])
        need(whole, f"{process.run} starts for a draft: {row['line']}")

    def _tries(self, process: Process) -> None:
        """No agent fails more often than it may, unless somebody opened the task again meanwhile. What was
        before the journal was deleted does not count: nothing else knows which round it was in."""
        disk, last = self.disk, self.settings.attempts
        since = [p for p in disk.processes if p.run not in disk.early and p is not process]
        of_task = [p for p in since if p.task == process.task]
        tries = sorted(of_task, key=lambda p: p.began)[-last:]
        failed = [p for p in tries if p.agent == process.agent and expected(p) == {"failed"}]
        if len(failed) < last or disk.old_buffers or disk.forgotten or any(p.renamed for p in failed):
            return
        typed = disk.typed.get(process.task, 0.0) >= failed[0].began
        need(
            typed or self._by_hand(process.task) or self._is_fixed(process.task),
            f"{process.run} starts after {[p.run for p in failed]} failed",
        )

    def _is_fixed(self, task: str) -> bool:
        """Whether the fix of the task is complete, or was: then its attempts count anew."""
        ran = any(p.task == f"FIX-{task}" and expected(p) & {"complete"} for p in self.disk.processes)
        return ran or self._status(self.disk.read, f"FIX-{task}") == "complete"

    def _was_startable(self, process: Process, read: Saved) -> None:
        """The row could start, or a run of it had just ended that leaves more to do, or a claim was there."""
        rows = rows_of(read.data.decode(), read.model.style)
        own = next((r for r in rows if r.get("id") == process.task), None)
        need(own is not None, f"{process.run} starts for a row that nobody read")
        assert own is not None
        means = meaning(own["status"])
        earlier = [p for p in self.disk.processes if p.task == process.task and p is not process]
        alive = [p for p in earlier if p.alive and not p.renamed and p not in self.disk.orphans]
        need(not alive, f"{process.run} starts beside {[p.run for p in alive]}")
        row = read.model.find(process.task)
        named = f"**Task**: {process.task}{read.model.style.newline}"
        # (rows that the daemon made are in no model)
        passed = any(named in block for block in read.model.blocks) if row is None else row.passed
        if means in STARTABLE or passed:
            return
        journal = Journal(self.disk.database)
        names = {process.task, *(old for old, new in self.disk.renamed.items() if new == process.task)}
        unfolded = [r.id for r in journal.runs(unfolded=True) if r.task in names and r.id != process.run]
        ended = [p for p in self.disk.processes if p.run in unfolded and expected(p) & GOES_ON]
        waited = process.run in self.disk.claims_before or self.claimed[process.run] < self.disk.looked
        fixed = means == "failed" and self._is_fixed(process.task)
        again = waited or bool(ended) or fixed or self._never_began(process.task)
        need(again, f"{process.run} starts over {own['status']}")
        words = ("stop", "cancelled", "held", "unknown")
        need(means not in words, f"{process.run} starts over {own['status']}")

    def _scope(self, process: Process, row: dict[str, str]) -> None:
        """Nobody at work may touch a file that this one may: by what the rows said then, and say now."""
        process.files = row.get("files", "")
        rows = rows_of(self.disk.page.decode(), self.disk.model.style)
        now = {r.get("id", ""): r.get("files", "") for r in rows}
        for other in self.disk.alive():
            if other is process or other in self.disk.orphans or other.renamed:
                continue
            both = meet(process.files, other.files) and meet(process.files, now.get(other.task, ""))
            need(not both, f"{process.run} may touch {process.files} beside {other.run} ({other.files})")

    def _never_began(self, task: str) -> bool:
        runs = Journal(self.disk.database).runs(task, unfolded=True)
        return any(r.end in (End.UNBEGUN, End.UNSTARTABLE) for r in runs)

    def _limits(self, process: Process) -> None:
        others = [p for p in self.disk.alive() if p is not process and p not in self.disk.orphans]
        need(
            len(others) < self.settings.max_parallel,
            f"{process.run} starts as the {len(others) + 1}th at once",
        )
        limit = self.settings.limits.get(process.group, 0)
        same = [p.run for p in others if process.group and p.group == process.group]
        need(not limit or len(same) < limit, f"{process.run} starts in {process.group} beside {same}")
        self.starts[process.run] = self.disk.now
        count = sum(t > self.disk.now - 3600.0 for t in self.starts.values())
        need(count <= self.settings.launches_per_hour, f"{process.run} is launch {count} of an hour")

    # -- writes and folds ----------------------------------------------------------------------------

    def _written(self, before: str, after: str) -> None:
        held = "<<<<<<<" in before or "## Task Queue" not in before
        need(not held, "the page is written while it must be held")
        there, left = bare(self.disk.archive), bare(after)
        for block in blocks_of(bare(before)):
            kept = self.disk.repairing or block in left or block in there
            need(kept, f"a handoff left the page, and is not in its archive: {block}")
        if not self.disk.repairing:
            self._unseen(before, after)
        else:
            guarded = self._guarded() & (_atoms(before) ^ _atoms(after))
            allowed = self.disk.old_buffers or bool(guarded) or after == before  # then only a clash is noted
            need(allowed, "what people wrote and took away again is put back")
            seen = {t for kept in self.disk.kept[:-1] for t in TAG.findall(kept.data.decode())}
            new = set(TAG.findall(before)) - seen
            need(new <= set(TAG.findall(after)), f"a repair lost {new - set(TAG.findall(after))}")

    def _unseen(self, before: str, after: str) -> None:
        """What somebody typed into a status while the pass was under way is not written over by it."""
        style = self.disk.model.style
        looked = self.disk.versions[self.disk.looked].data.decode()
        seen, typed, left = (
            {r.get("id", ""): r["status"] for r in rows_of(text, style) if "status" in r}
            for text in (looked, before, after)
        )
        lost = [task for task in typed if seen.get(task, typed[task]) != typed[task] != left.get(task)]
        need(not lost, f"what was typed into {lost} meanwhile is written over")

    def _guarded(self) -> set[tuple[str, int]]:
        """What must not vanish unasked: what the daemon wrote or took away, what was saved a moment before
        the page that is put right (nobody undoes that by hand), and handoffs."""
        looked = self.disk.versions[self.disk.looked].data
        when = min(saved.time for saved in self.disk.versions if saved.data == looked)
        atoms = {(HEADING, n) for n in range(len(self.disk.versions) + 1)}
        for before, after in pairwise(self.disk.versions):
            if after.by == "daemon":
                atoms |= _atoms(after.data.decode()) ^ _atoms(before.data.decode())
        for old, new in pairwise(self.disk.kept):
            if when - new.time < SWIFT:
                atoms |= _atoms(new.data.decode()) ^ _atoms(old.data.decode())
        return atoms

    def _folded(self, run: Run, outcome: str) -> None:
        if run.state is RunState.FOLDED or outcome in ("released", "forgotten"):
            return
        self._left(run, outcome)
        process = next((p for p in self.disk.processes if p.run == run.id), None)
        if process in self.disk.orphans:
            need(outcome == "lost", f"{run.id} lost its folder and is folded as {outcome}")
            return
        if process is None:
            need(outcome in ("unbegun", "failed"), f"{run.id} never ran and is folded as {outcome}")
            return
        need(not process.alive, f"{run.id} is folded while it works")
        if self._by_hand(process.task) or process.renamed or self.disk.old_buffers:
            return
        possible = expected(process)
        need(outcome in possible, f"{run.id} ({process.how}, {process.said}) is folded as {outcome}")

    def _by_hand(self, task: str) -> bool:
        blocks = self.disk.model.blocks
        return any("**From**: somebody" in b and f"**Task**: {task}" in b for b in blocks)

    def _left(self, run: Run, outcome: str) -> None:
        """The page says what the journal does, in the version that the fold was made on."""
        disk = self.disk
        if run.id in disk.folds_before or self._by_hand(run.task):
            return
        before, after = self._status(disk.read, run.task), self._status(disk.base, run.task)
        kept = before == after and before in STANDS
        need(
            not after or kept or after in LEAVES[outcome],
            f"{run.id} is folded as {outcome}: {before} → {after}",
        )

    def _status(self, version: int, task: str) -> str:
        """What the row says, by its words; "" where there is not one row."""
        saved = self.disk.versions[version]
        rows = [r for r in rows_of(saved.data.decode(), saved.model.style) if r.get("id") == task]
        return meaning(rows[0]["status"]) if len(rows) == 1 else ""


def _atoms(text: str) -> set[tuple[str, int]]:
    """The lines of a page, and of tables the cells: each with how many of it there are up to there, for a
    copied row says nothing that was not said before."""
    lines = text.splitlines()
    parts = (line.strip("|").split("|") if line.startswith("|") else [line] for line in lines)
    counts = Counter(atom.strip() for part in parts for atom in part)
    return {(atom, n) for atom, count in counts.items() for n in range(count)}


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
        return {"limited": {"limited"}, "spent": {"blocked"}}.get(process.how, {"failed"})
    if word == "COMPLETE":
        if to in ("-", process.agent):
            return {"complete", "in_review"}
        return {"in_review"} if to == "human" else {"handed_on", "complete", "blocked", "in_review"}
    return {"complete", "in_review", "blocked", "partial", "nudged"}  # or what its row said meanwhile


def meet(one: str, other: str) -> bool:
    """Whether two cells of files can mean the same file: folders hold what begins with them."""
    return bool(one and other) and (one.startswith(other) or other.startswith(one))


def blocks_of(text: str) -> list[str]:
    return [f"{HEADING}{b}".strip() for b in text.split(HEADING)[1:]]


def unmet(rows: list[dict[str, str]], own: dict[str, str]) -> list[str]:
    """What a row waits for, by its text."""
    at = rows.index(own)
    counted = [(n, r) for n, r in enumerate(rows) if n != at and meaning(r.get("status", "?")) != "cancelled"]
    missing: list[str] = []
    for part in own.get("requires", "None").split(", "):
        if part in ("None", "-", ""):
            continue
        if part == "Phase 1":
            group = [r for _, r in counted if r.get("group") == part]
        elif part in ("All above", "All", "T-*"):
            above = part == "All above"
            group = [r for n, r in counted if n < at or not above]
            group = [r for r in group if part != "T-*" or r.get("id", "").startswith("T-")]
        else:
            group = [r for r in rows if r.get("id") == part]
        fix = [r for r in group if r.get("id") == f"FIX-{own.get('id')}"]
        if not {meaning(r["status"]) for r in fix} <= {"stop", "cancelled"}:
            fix = []  # but a new round goes ahead without the fix that nobody opened, whatever names it
        waiting = [r for r in group if r not in fix and meaning(r.get("status", "?")) != "complete"]
        open_rows = [r.get("id", "?") for r in waiting]
        missing += open_rows if group else [part]
    return missing
