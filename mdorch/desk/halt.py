"""Ways out of a panic, and back in: pausing, stopping runs, accepting a held page.

All of it works with the daemon up or down: a pause is a file, a stop goes to the run's own keeper, and
a hold is taken back in the journal. What runs left behind is folded by whoever may: the daemon, or, if
there is none, one pass that starts nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import closing, suppress

from mdorch.config.errors import FAILED, Trouble
from mdorch.desk.look import observed
from mdorch.desk.site import Site
from mdorch.facts import Run
from mdorch.world.journal import Journal
from mdorch.world.runs import Runs

GLANCE = 0.05  # seconds between two looks at runs that are ending


def pause(site: Site, reason: str, now: float) -> None:
    """No new launches from now on, across restarts. A later reason replaces an earlier one."""
    with closing(Journal.open(site.dot, check=False)) as journal:
        draft = site.pause_file.with_name(f"PAUSE.{os.getpid()}")
        draft.write_text(f"{reason}\n" if reason else "", encoding="utf-8", errors="replace")
        draft.replace(site.pause_file)
        journal.note(now, "command", text=f"paused: {reason}" if reason else "paused")


def resume(site: Site, now: float) -> tuple[bool, str]:
    """Launch again. Whether there was a pause, and why the page was held, "" where it was not.

    A hold ends by accepting the page as it is now; conflict markers are never accepted. Raises Trouble.
    """
    version = site.page_file().read()
    with closing(Journal.open(site.dot, check=False)) as journal:
        hold = journal.get("hold")
        if hold:
            _refuse_conflict(site, version.data)
            with journal.batch():
                journal.set("accepted", version.digest)
                journal.set("hold", "")
                journal.note(now, "command", text=f"accepted the page: {hold}")
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
    journal = Journal.peek(site.dot)
    if journal is None:
        return []
    with closing(journal):
        runs = observed(journal.runs(task, unfolded=True), Runs(site.dot).poll)
    return [run for run in runs if run.live]


def stop(site: Site, runs: Iterable[Run], reason: str) -> None:
    """Ask the keepers to end these runs; returns at once."""
    folders = Runs(site.dot)
    for run in runs:
        folders.stop(run.id, reason)


def ended(site: Site, runs: Iterable[Run], patience: float) -> list[Run]:
    """Wait for runs to end; those that live on after `patience` seconds."""
    folders, until = Runs(site.dot), time.monotonic() + patience
    left = list(runs)
    while left := [r for r in left if folders.poll(r.id).state == "running"]:
        if time.monotonic() >= until:
            break
        time.sleep(GLANCE)
    return left
