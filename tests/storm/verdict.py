"""What became of every edit, once the storm is over."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field

from tests.storm.ledger import Ledger, lines_of
from tests.storm.page import DONE, Seen, look
from tests.storm.people import reports
from tests.storm.scene import Scene


@dataclass(slots=True)
class Verdict:
    """`lost`: tags neither on the page nor replaced by a later edit of their cell. `duplicated`: tags or
    handoffs that stand there twice, or came back. `torn`: versions that were not whole. `own`: what the
    daemon should have written and did not. `twice`: runs that started more than once. `changed`: metadata.

    No guilt: `late` was missing for a while and is there; `covered` was missing when its author changed it
    again; `refused` was not saved at all, and its author knows.
    """

    edits: int = 0
    seconds: float = 0.0
    runs: int = 0
    kills: int = 0
    versions: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    covered: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    styles: dict[str, int] = field(default_factory=dict)

    @property
    def guilty(self) -> bool:
        parts = (self.lost, self.duplicated, self.torn, self.own, self.twice, self.changed, self.trouble)
        return any(parts)

    def line(self) -> str:
        counts = {
            "lost": self.lost, "duplicated": self.duplicated, "torn": self.torn, "own cells wrong": self.own,
            "started twice": self.twice, "metadata changed": self.changed, "troubles": self.trouble,
            "late": self.late, "covered": self.covered, "refused": self.refused,
        }  # fmt: skip
        always = ("lost", "duplicated", "torn", "own cells wrong")
        told = ", ".join(f"{len(found)} {name}" for name, found in counts.items() if found or name in always)
        done = f"{self.edits} edits in {self.seconds:.0f} s, {self.runs} runs, {self.kills} kills"
        return f"{done}: {told}"

    def plain(self) -> dict[str, object]:
        return asdict(self)


def judge(scene: Scene, with_daemon: bool) -> Verdict:
    """Compare the ledgers with the page as it is now, when nobody writes any more."""
    verdict = Verdict()
    seen = look(scene.page.read_bytes() if scene.page.exists() else b"", scene.rows)
    verdict.torn += [f"at the end: {flaw}" for flaw in seen.flaws]
    _judge_edits(verdict, seen, scene)
    found = reports(scene.folder)
    verdict.torn += [flaw for report in found for flaw in report.torn]
    verdict.late = sorted({tag for report in found for tag in report.late} - set(verdict.lost))
    verdict.versions = max((report.versions for report in found), default=0)
    if with_daemon:
        _judge_runs(verdict, seen, scene)
    return verdict


def _judge_edits(verdict: Verdict, seen: Seen, scene: Scene) -> None:
    due: set[str] = set()
    gone: set[str] = set()
    cells: dict[str, str] = {}
    for edit in Ledger(scene.ledger).follow():
        if edit.refused:
            verdict.refused.append(f"{edit.tag}: {edit.refused}")
            continue
        verdict.edits += 1
        verdict.styles[edit.style] = verdict.styles.get(edit.style, 0) + 1
        if edit.row:
            cells[edit.row] = edit.tag
        else:
            due.add(edit.tag)
        gone |= set(edit.retired)
        if edit.missed:
            verdict.covered.append(edit.missed)
    verdict.lost += sorted(due - gone - seen.tags.keys())
    verdict.lost += [f"{tag} in {row}" for row, tag in cells.items() if seen.cells.get(row) != tag]
    verdict.duplicated += [tag for tag, count in seen.tags.items() if count > 1]
    if scene.locked:
        verdict.duplicated += [f"{tag} came back" for tag in seen.tags.keys() & gone]


def _judge_runs(verdict: Verdict, seen: Seen, scene: Scene) -> None:
    starts = Counter(lines_of(scene.folder / "starts.log"))
    verdict.runs = len(starts)
    verdict.twice = [run for run, count in starts.items() if count > 1]
    verdict.own += unfinished(seen)
    wrote = set(lines_of(scene.folder / "blocks.log"))
    cleared = {run for edit in Ledger(scene.ledger).follow() for run in edit.cleared}
    if scene.locked:
        verdict.lost += [f"handoff of {run}" for run in sorted(wrote - cleared - seen.blocks.keys())]
        verdict.duplicated += [f"handoff of {run}" for run, count in seen.blocks.items() if count > 1]


def unfinished(seen: Seen) -> list[str]:
    """What a daemon that has caught up does not leave."""
    rows = [f"{row} is {status}" for row, status in seen.status.items() if status != DONE]
    agents = [f"agent row for {row}" for row in seen.agents]
    blocks = [f"handoff of {run} not taken" for run, mark in seen.taken.items() if not mark]
    return rows + agents + blocks
