"""Ways out of a panic, and back in: pausing, stopping runs, accepting a held page.

All of it works with the daemon up or down: a pause is a file, a stop goes to the run's own keeper, and
a hold is taken back in the journal. What runs left behind is folded by whoever may: the daemon, or, if
there is none, one pass that starts nothing.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterable
from contextlib import closing, suppress

from mdorch.config.errors import FAILED, Trouble
from mdorch.desk.look import CLEARED, observed, peeked
from mdorch.desk.site import Site
from mdorch.desk.strays import strays
from mdorch.facts import Run
from mdorch.world.journal import Journal
from mdorch.world.lock import AlreadyHeld, Holder, holder
from mdorch.world.runs import Runs

__all__ = ["AlreadyHeld", "Holder"]  # what a front catches, and what it is told

GLANCE = 0.05  # seconds between two looks at runs that are ending
ORPHANS = 2.0  # seconds for a process to end that no shim keeps, and that was told to


def pause(site: Site, reason: str, now: float) -> None:
    """No new launches from now on, across restarts. A later reason replaces an earlier one."""
    with closing(Journal.open(site.dot, check=False)) as journal:
        draft = site.pause_file.with_name(f"PAUSE.{os.getpid()}")
        draft.write_text(f"{reason}\n" if reason else "", encoding="utf-8", errors="replace")
        draft.replace(site.pause_file)
        journal.note(now, "command", text=f"paused: {reason}" if reason else "paused")


def resume(site: Site, now: float, seen: str = "") -> tuple[bool, str]:
    """Launch again. Whether there was a pause, and why the page was held, "" where it was not.

    A hold ends by accepting the page as it is now; conflict markers are never accepted. Agent programs that
    were paused may try again. `seen`: as for `propose`. Raises Trouble.
    """
    from mdorch.desk.propose import COMMANDED, Outdated  # here, for those who only pause

    version = site.page_file().read()
    if seen not in ("", version.digest):
        raise Outdated(site, version.digest)
    with closing(Journal.open(site.dot, check=False)) as journal:
        hold = journal.get("hold")
        if hold:
            _refuse_conflict(site, version.data)
            with journal.batch():
                for fact in (COMMANDED, "accepted"):
                    journal.set(fact, version.digest)
                journal.set("hold", "")
                journal.note(now, "command", text=f"accepted the page: {hold}")
        journal.set(CLEARED, str(now))
        paused = site.pause_file.exists()
        if paused:
            site.pause_file.unlink(missing_ok=True)
            journal.note(now, "command", text="resumed")
    wake(site)
    return paused, hold


def _refuse_conflict(site: Site, data: bytes) -> None:
    from mdorch.board.read import read

    line = read(data).board.conflict_line
    if line:
        raise Trouble(f"{site.page}:{line}:1: the page has conflict markers", "resolve them first", FAILED)


def wake(site: Site) -> None:
    """Have the daemon look again, for what does not show on the page."""
    with suppress(OSError):
        site.dot.joinpath("wake").write_bytes(b"")


def live_runs(site: Site, task: str | None = None) -> list[Run]:
    """Runs that may be working now, of one task or of all."""
    with peeked(site) as journal:
        runs = journal.runs(unfolded=True) if journal else []
    runs = [*(run for run in observed(site, runs) if run.live), *unknown(site)]
    return [run for run in runs if task in (None, run.task)]


def unknown(site: Site) -> list[Run]:
    """Runs at work that are not in the journal."""
    with peeked(site) as journal:
        return strays(site, journal)


def unfolded(site: Site, runs: Iterable[Run]) -> list[Run]:
    """Those of these runs whose result is not on the page yet."""
    asked = {run.id for run in runs}
    with peeked(site) as journal:
        return [run for run in journal.runs(unfolded=True) if run.id in asked] if journal else []


def daemon(site: Site) -> Holder | None:
    """The daemon of this page; None when nobody runs it."""
    return holder(site.dot)


def refuse_second(site: Site) -> None:
    """Raises AlreadyHeld where a daemon runs."""
    running = holder(site.dot)
    if running is not None:
        raise AlreadyHeld(running)


def end_daemon(site: Site, running: Holder, patience: float) -> None:
    """SIGTERM to the process that holds the lock right now; back when it has let go. Raises Trouble."""
    if running.host != socket.gethostname() or running.pid <= 0:
        raise Trouble(f"the daemon runs on {running.host or 'another machine'}", "stop it there", FAILED)
    with suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    until = time.monotonic() + patience
    while (now := holder(site.dot)) is not None and now.pid == running.pid:
        if time.monotonic() > until:
            raise Trouble(
                f"process {running.pid} does not stop", f"kill -9 {running.pid} loses nothing", FAILED
            )
        time.sleep(GLANCE)


def stop(site: Site, runs: Iterable[Run], reason: str) -> None:
    """Ask the keepers to end these runs; returns at once."""
    folders = Runs(site.dot)
    for run in runs:
        folders.stop(run.id, reason)


def ended(site: Site, runs: Iterable[Run], patience: float) -> list[Run]:
    """Wait for runs to end; those that live on after `patience` seconds. What nobody keeps any more is killed
    if it has not ended by itself soon."""
    folders, began = Runs(site.dot), time.monotonic()
    left, swept = list(runs), False
    for run in left:
        folders.watch(run.id)  # of one without a folder: so that it is not over before its result is there
    try:
        while left := [r for r in left if folders.poll(r.id).state == "running"]:
            waited = time.monotonic() - began
            if waited >= patience:
                break
            if waited >= ORPHANS and not swept:
                swept = True
                for run in left:
                    folders.sweep(run.id)
            time.sleep(GLANCE)
    finally:
        folders.close()
    return left
