"""What the work rests on, checked: daemon, page, how it is written and watched, journal, disk, programs.

Each check looks for itself where it can, so that it is right also while no daemon runs; what only the daemon
knows (how it learns of saves, what keeps it from working) it says in the lock that it holds.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mdorch.board.problem import Problem
from mdorch.desk.given import told_of
from mdorch.desk.look import peeked
from mdorch.desk.notices import last_result, told_by
from mdorch.desk.service import unit_of
from mdorch.desk.site import Site
from mdorch.desk.times import ago, local, spoken
from mdorch.facts import Run
from mdorch.plan.checkup import Check, Level
from mdorch.plan.holds import explained, way_out
from mdorch.world.boot import process_state
from mdorch.world.disk import Room, room
from mdorch.world.errors import JournalTooNew, PageError
from mdorch.world.keeper.program import find_program
from mdorch.world.lock import Holder, holder

MEGA = 1 << 20
FULL, TIGHT = 16 * MEGA, 256 * MEGA  # bytes free: bad below the first, a warning below the second
FEW = 1000  # files that can still be made: a warning below
LOG_OFTEN = 3


@dataclass(frozen=True)
class Body:
    """`hold` and `paused` are why nothing may start, "" where it may; `waits`: something waits for a daemon;
    `error` is why the page could not be read; `strays` are alive, and not in the journal; with
    `flaw` nothing on the page is done."""

    site: Site
    environ: Mapping[str, str]
    now: float
    hold: str = ""
    paused: str = ""
    waits: bool = False
    error: PageError | None = None
    strays: tuple[Run, ...] = ()
    flaw: Problem | None = None

    def checks(self) -> Iterator[Check]:
        yield self.daemon()
        yield self.page()
        yield self.writing()
        yield self.watch()
        yield self.journal()
        yield self.disk()
        yield self.programs()
        yield self.notices()

    @cached_property
    def holder(self) -> Holder | None:
        return holder(self.site.dot)

    @cached_property
    def way(self) -> tuple[str, str]:
        """How the page is written here and why so, found out by trying in its folder."""
        door = self.site.page_file()
        return door.way, door.explain()

    def daemon(self) -> Check:
        running, name = self.holder, "daemon"
        if running is None:
            level, text = (
                (Level.BAD, "work waits, and none runs") if self.waits else (Level.WARNING, "none runs")
            )
            return Check(name, level, text, command=self._start_command())
        evidence = [f"process {running.pid} on {running.host}, since {local(running.started)}"]
        if running.passed:
            evidence.append(f"looked at everything {ago(self.now - running.passed)}")
        if running.host == socket.gethostname() and process_state(running.pid) in ("T", "t"):
            return Check(name, Level.BAD, "is suspended", tuple(evidence), f"kill -CONT {running.pid}")
        if running.trouble:
            text = f"waits, for {spoken(self.now - running.troubled)}: {running.trouble}"
            return Check(name, Level.BAD, text, tuple(evidence), f"tail -F {self.site.log}")
        text = f"runs for {spoken(self.now - running.started)}"
        return Check(name, Level.FINE, text, tuple(evidence))

    def _start_command(self) -> str:
        unit = unit_of(self.site, self.environ)
        return f"systemctl --user start {unit.name}" if unit and unit.exists() else "mdorch up --detach"

    def page(self) -> Check:
        name = "page"
        if self.error is not None:
            return Check(name, Level.BAD, self.error.reason, (str(self.site.page),))
        if self.hold:
            return Check(name, Level.BAD, f"held: {explained(self.hold)}", (), way_out(self.hold))
        if self.flaw is not None:
            text = f"{self.flaw.message}: nothing is done until that is put right"
            command = "mdorch init" if self.flaw.code == "no-task-queue" else "mdorch lint"
            return Check(name, Level.BAD, text, (f"line {self.flaw.line}",), command)
        if not os.access(self.site.page, os.W_OK):
            allowed = self.site.page.stat().st_mode & stat.S_IWUSR  # then it is immutable, or its disk is
            way = "lsattr -d" if allowed else "chmod u+w"
            return Check(name, Level.BAD, "is read-only", (str(self.site.page),), f"{way} {self.site.page}")
        if self.paused:
            return Check(name, Level.WARNING, f"paused: {self.paused}", (), "mdorch resume")
        return Check(name, Level.FINE, "can be read and written")

    def writing(self) -> Check:
        way, reason = self.way
        return Check("writing", Level.BAD if way == "none" else Level.FINE, reason, (f"way: {way}",))

    def watch(self) -> Check:
        running, name = self.holder, "watch"
        if running is None or not running.watch:
            return Check(name, Level.FINE, "nobody watches: no daemon runs")
        if running.watch == "polling":
            fix = "sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288"
            return Check(name, Level.WARNING, f"saves are learned of {running.watching}", (), fix)
        return Check(name, Level.FINE, running.watching)

    def journal(self) -> Check:
        name, dot = "journal", self.site.dot
        if self.strays:
            names = ", ".join(run.id for run in self.strays)
            text = f"does not know {names}: alive, and to be taken up again"
            evidence = tuple(f"process {run.pid} of {run.id} ({run.agent})" for run in self.strays)
            return Check(name, Level.WARNING, text, evidence, self._start_command())
        if not dot.is_dir():
            return Check(name, Level.FINE, "none yet")
        if not os.access(dot, os.W_OK | os.X_OK):
            return Check(name, Level.BAD, f"{dot} cannot be written", (), f"chmod u+rwx {dot}")
        try:
            with peeked(self.site) as journal:
                if journal is None:
                    state = "cannot be read" if self.site.has_journal else ""
                    return Check(name, Level.BAD if state else Level.FINE, state or "none yet", (str(dot),))
                fault = journal.fault()
                anew = "" if fault else journal.get("made_anew")
        except JournalTooNew as error:
            return Check(name, Level.BAD, str(error), (str(dot),))
        if fault:
            return Check(
                name, Level.BAD, f"is damaged: {fault}", (str(dot),), "mdorch down && mdorch up --detach"
            )
        evidence = tuple(f"a damaged one is kept: {path.name}" for path in _damaged(dot))
        if anew:
            evidence = (
                f"was lost, and made anew at {local(float(anew))}: run ids end in a suffix",
                *evidence,
            )
        return Check(name, Level.FINE, "is sound", evidence)

    def disk(self) -> Check:
        rooms = self.rooms()
        evidence = tuple(f"{size(r.free)} free of {size(r.size)}: {r.path}" for r in rooms)
        full = [r for r in rooms if r.free < FULL or r.files == 0]
        tight = [r for r in rooms if r.free < TIGHT or 0 <= r.files < FEW]
        if full:
            return Check("disk", Level.BAD, f"full: {full[0].path}", evidence)
        if tight:
            return Check("disk", Level.WARNING, f"nearly full: {tight[0].path}", evidence)
        return Check("disk", Level.FINE, f"{size(min((r.free for r in rooms), default=0))} free", evidence)

    def rooms(self) -> list[Room]:
        """Of each disk that something is kept on, once."""
        found = [room(path) for path in (self.site.page.parent, self.site.dot)]
        return list({r.disk: r for r in found if r is not None}.values())

    def programs(self) -> Check:
        name, agents = "programs", self.site.settings.agents
        if not agents:
            return Check(name, Level.BAD, "no agent is configured: nothing can start", (), "mdorch init")
        lines = {agent: self._program(spec.command[0]) for agent, spec in sorted(agents.items())}
        given = {agent: told_of(self.site, spec) for agent, spec in agents.items()}
        evidence = tuple(f"{agent}: {text}{given[agent]}" for agent, (_, text) in lines.items())
        missing = [agent for agent, (there, _) in lines.items() if not there]
        if missing:
            return Check(name, Level.BAD, f"not to be had for {', '.join(missing)}", evidence)
        return Check(
            name, Level.FINE, f"there for {len(lines)} agent{'s' if len(lines) > 1 else ''}", evidence
        )

    def notices(self) -> Check:
        """Whether people are told, and the last notice got through."""
        name, ways = "notices", told_by(self.site.settings.notify)
        if not ways:
            return Check(name, Level.FINE, "none: [notify] in mdorch.toml names no way")
        last = last_result(self.site.dot)
        if last is None:
            return Check(name, Level.FINE, f"by {', '.join(ways)}; none was sent yet")
        when = ago(self.now - last.time)
        evidence = tuple(f"{way}: {last.failed.get(way, 'took it')}" for way in last.ways)
        if last.failed:
            text = f"the last one, {when}, did not get through by {', '.join(last.failed)}"
            return Check(name, Level.WARNING, text, evidence, "mdorch notify --test")
        return Check(name, Level.FINE, f"the last one got through, {when}", evidence)

    def _program(self, program: str) -> tuple[bool, str]:
        try:
            return True, find_program(program, self.environ, str(self.site.root))
        except OSError as error:
            return False, f"{program}: {(error.strerror or str(error)).lower()}"


def size(count: int) -> str:
    """A number of bytes in the largest unit in which it is one or more."""
    value, units = float(count), ["bytes", "KB", "MB", "GB", "TB"]
    while value >= 1024 and len(units) > 1:
        value, units = value / 1024, units[1:]
    return f"{value:.1f} {units[0]}" if units[0] != "bytes" and value < 10 else f"{value:.0f} {units[0]}"


def _damaged(dot: Path) -> list[Path]:
    return sorted(p for p in dot.glob("journal.db.damaged-*") if p.name[-1].isdigit())[-LOG_OFTEN:]
