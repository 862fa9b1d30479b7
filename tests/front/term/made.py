"""A scene made by hand: everything that the screen can show, at a fixed moment."""

from __future__ import annotations

from pathlib import Path

from mdorch.board.read import read
from mdorch.desk.halt import Holder
from mdorch.desk.look import Look
from mdorch.desk.site import open_site
from mdorch.desk.status import needs_you, newest_runs, problems
from mdorch.desk.times import iso
from mdorch.facts import End, Facts, Run, RunState, Seen
from mdorch.front.term.scene import Scene
from mdorch.plan.plan import plan

NOW = 1_795_900_000.0  # epoch seconds
PAGE = """# Payments

## Active Agents

| Agent | Task | Status | Started | Dependencies |
|---|---|---|---|---|

## Task Queue

| ID | Task | Agent | Depends on | Status | Priority | Notes |
|---|---|---|---|---|---|---|
| API-001 | List every call of the old gateway | archaeologist | None | Complete | high | |
| API-002 | Wrap the old gateway in an interface | backend-developer | API-001 | Complete | high | |
| API-003 | Refunds through the new gateway | backend-developer | API-002 | Blocked | high | |
| API-004 | Capture and partial capture | backend-developer | API-002 | In Progress | high | |
| API-005 | Idempotency keys for every request | backend-developer | API-003, API-004 | Waiting | medium | |
| WEB-001 | 付款 – checkout with a title in two scripts | frontend-developer | API-002 | In Review | low | |
| WEB-002 | Receipts with the new payment id | frontend-developer | API-001 | Waiting | low | |
| OPS-001 | A switch per country, off by default | devops | None | On Hold | | after the workshop |
| TEST-001 | Payments against the sandbox | tester | API-001 | Failed | high | |
| TEST-002 | A day of real traffic, replayed | tester | TEST-009 | Waiting | high | |

## Agent Handoff Signal

**From**: backend-developer
**To**: human
**Task**: API-003
**Status**: BLOCKED

### Questions
- Refunds over 90 days: reject them, or pay them out by hand?
"""
SETTINGS = '[agents.default]\ncommand = ["true"]\n[run]\nattempts = 1\nfix_tasks = false\n'
RUNS = (
    Run("API-002.1", "API-002", 1, "backend-developer", RunState.FOLDED, NOW - 8000, started=NOW - 8000,
        ended=NOW - 7400, end=End.EXIT, exit_code=0, outcome="complete", cost_usd=1.25, tokens=48_200),
    Run("TEST-001.1", "TEST-001", 1, "tester", RunState.FOLDED, NOW - 5000, started=NOW - 5000,
        ended=NOW - 4700, end=End.EXIT, exit_code=7, outcome="failed", detail="no sandbox key",
        cost_usd=0.31),
    Run("API-004.2", "API-004", 2, "backend-developer", RunState.STARTED, NOW - 754, started=NOW - 754,
        pid=4711),
)  # fmt: skip
SEEN = {
    "API-001": Seen("API-001", {}, "complete", NOW - 90_000, since=NOW - 90_000),
    "API-002": Seen("API-002", {}, "complete", NOW - 7400, since=NOW - 7400),
    "API-003": Seen("API-003", {}, "blocked", NOW - 3600, since=NOW - 3600),
    "WEB-001": Seen("WEB-001", {}, "in_review", NOW - 300, since=NOW - 300),
    "TEST-001": Seen("TEST-001", {}, "failed", NOW - 4700, since=NOW - 4700),
}


def scene(folder: Path) -> Scene:
    """The scene of a page in this folder, with nothing behind it but the page and its settings."""
    (folder / "CLAUDE.md").write_text(PAGE, "utf-8")
    (folder / "mdorch.toml").write_text(SETTINGS)
    site = open_site(None, None, {}, folder)
    board = read(PAGE.encode()).board
    facts = Facts(runs=RUNS, seen=SEEN, spent=1.56, highest={"API-004": 2})
    policy = site.settings.policy(board.policy)
    look = Look(site, PAGE.encode(), board, facts, policy, plan(board, facts, policy, NOW), NOW)
    news = {
        "since": iso(NOW - 36_000),
        "done": [{"task": "API-002", "title": "Wrap the old gateway in an interface", "at": iso(NOW - 7400)}],
        "failed": [
            {"task": "TEST-001", "title": "Payments against the sandbox", "agent": "tester",
             "at": iso(NOW - 4700), "text": "exit 7: no sandbox key"}
        ],
        "attempts": 2, "usd": 1.56, "tokens": None,
    }  # fmt: skip
    told = {"API-004.2": {"cost_usd": 0.42, "tokens": 18_100, "last_event": "Edit: payments/capture.py"}}
    return Scene(
        look,
        Holder(pid=42, started=NOW - 41_000, host="here"),
        tuple(needs_you(look)),
        tuple(problems(look)),
        newest_runs(look),
        told,
        {"API-004.2": NOW - 3},
        news,
    )
