"""`mdorch health`: the controller document's five checks and its five rules, and what they rest on, each with
its evidence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from mdorch.desk.body import Body
from mdorch.desk.look import Look, look
from mdorch.desk.service import unit_of
from mdorch.desk.site import Site
from mdorch.desk.times import iso
from mdorch.plan.checkup import Case, Check, Level, Signs, checkup
from mdorch.plan.rules import RULES, rules
from mdorch.world.errors import JournalTooNew, PageError
from mdorch.world.lock import holder

FATAL = ("conflict-marker", "no-task-queue")  # problems with which nothing on the page is done
FIVE = ("agents_responsive", "tasks_progressing", "no_circular_deps", "handoffs_working", "claude_md_updated")


def health(site: Site, environ: Mapping[str, str], now: float) -> dict[str, Any]:
    """`mdorch health --json`. A page or a journal that cannot be read is an answer, too."""
    found, error = None, None
    try:
        found = look(site, now)
    except (PageError, JournalTooNew, sqlite3.Error) as problem:
        error = problem
    body = _body(site, environ, now, found, error)
    checks = [*body.checks(), *(_asked(found) if found else _unknown(str(error)))]
    running, unit = body.holder, unit_of(site, environ)
    return {
        "page": str(site.page),
        "healthy": all(c.level is not Level.BAD for c in checks),
        "checks": {c.name: check_answer(c) for c in checks},
        "daemon": {
            "running": running is not None,
            "pid": running.pid if running else None,
            "since": iso(running.started) if running else None,
            "last_pass": iso(running.passed) if running and running.passed else None,
            "trouble": running.trouble if running else "",
        },
        "writing": dict(zip(("way", "reason"), body.way, strict=True)),
        "watch": {
            "kind": (running.watch or None) if running else None,
            "text": running.watching if running else "",
        },
        "held": body.hold,
        "paused": body.paused,
        "disk": [{"path": str(r.path), "free_bytes": r.free, "size_bytes": r.size} for r in body.rooms()],
        "service": {"unit": unit.name if unit else "", "installed": bool(unit and unit.exists())},
    }


def check_answer(check: Check) -> dict[str, Any]:
    return {
        "ok": check.level is not Level.BAD,
        "level": check.level.value,
        "text": check.text,
        "evidence": list(check.evidence),
        "command": check.command,
    }


def _body(
    site: Site, environ: Mapping[str, str], now: float, found: Look | None, error: Exception | None
) -> Body:
    if found is None:
        return Body(site, environ, now, error=error if isinstance(error, PageError) else None)
    waits = bool(found.plan.actions)
    flaw = next((p for p in found.board.problems if p.code in FATAL), None)
    return Body(site, environ, now, found.facts.hold, found.facts.paused, waits, None, found.strays, flaw)


def _asked(found: Look) -> Iterator[Check]:
    """The Orchestration Rules, then the five checks."""
    running = holder(found.site.dot)
    signs = Signs(
        running=running is not None,
        saved=found.now - found.facts.quiet,
        passed=running.passed if running else 0.0,
        outputs={r.id: found.last_output(r) for r in found.facts.runs if r.live},
        silence=found.site.settings.silence,
    )
    case = Case(found.board, found.facts, found.plan, signs, found.now)
    yield from rules(case, found.policy)
    yield from checkup(case)


def _unknown(reason: str) -> Iterator[Check]:
    return (
        Check(name, Level.BAD, f"cannot be told: {reason}")
        for name in (*(name for name, _ in RULES.values()), *FIVE)
    )
