"""Cost in a real daemon, told by programs that look like agent CLIs."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from mdorch.config.load import load
from mdorch.daemon import state
from mdorch.daemon.loop import Daemon
from mdorch.daemon.options import Options
from mdorch.desk.look import look
from mdorch.desk.metrics import metrics
from mdorch.desk.record import history_answer
from mdorch.desk.site import Site
from mdorch.desk.status import status
from tests.daemon.stage import HEAD
from tests.front.stage import until

STEP = {
    "type": "step_finish",
    "sessionID": "5e55",
    "part": {"reason": "tool-calls", "cost": 0.75, "tokens": {"input": 1500, "output": 500}},
}
DONE = json.dumps({**STEP, "part": {**STEP["part"], "reason": "stop"}})  # type: ignore[dict-item]
CONFIG = '[run]\nsettle = "0s"\n[budget]\n{}\n[agents.default]\ncli = "opencode"\nstrict = false\n'


def site(folder: Path, script: str, budget: str = "") -> Site:
    """A page with two tasks, and a program `opencode` that is a shell script."""
    folder.joinpath("CLAUDE.md").write_text(
        f"{HEAD}| A-1 | one | dev | None | Waiting | |\n| A-2 | two | dev | A-1 | Waiting | |\n"
    )
    folder.joinpath("mdorch.toml").write_text(CONFIG.format(budget))
    program = folder / "opencode"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return Site(folder / "CLAUDE.md", load(folder / "mdorch.toml"))


def run(found: Site) -> int:
    environ = {"PATH": f"{found.page.parent}:/usr/bin:/bin"}
    return Daemon(found, Options(until_idle=True), environ=environ).run().code


def test_what_is_spent_is_told_everywhere_and_the_day_ends_at_its_limit(tmp_path: Path) -> None:
    found = site(tmp_path, f"echo '{json.dumps(STEP)}'\necho '{DONE}'", "usd_per_day = 1.5")
    assert run(found) == 1
    now = look(found, time.time())
    answer = status(now)
    assert answer["spend"] == {"today_usd": 1.5, "budget_usd": 1.5}
    assert [(n["kind"], n["command"]) for n in answer["needs"]] == [("budget", "mdorch metrics")]
    one, two = answer["tasks"]
    assert (one["status"], two["status"], two["rule"]) == ("complete", "waiting", "budget")
    assert "the next day begins at" in two["reason"]
    assert (one["run"]["cost_usd"], one["run"]["tokens"], one["run"]["session"]) == (1.5, 4000, "5e55")
    figures = metrics(now)
    assert (figures["cost_usd"], figures["tokens"]) == (1.5, 4000)
    assert [(d["runs"], d["cost_usd"]) for d in figures["days"]] == [(1, 1.5)]
    assert [(a["agent"], a["cost_usd"]) for a in figures["agents"]] == [("dev", 1.5)]
    assert figures["completed"][0]["cost_usd"] == 1.5
    [fold] = [n for n in history_answer(found)["history"] if n["kind"] == "fold"]
    assert fold["text"].endswith("(4.0k tokens, $1.50)")


def test_a_run_that_costs_too_much_while_it_runs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "METERS", 0.1)
    found = site(tmp_path, f"while :; do echo '{json.dumps(STEP)}'; sleep 0.2; done", "usd_per_run = 2.0")
    assert run(found) == 1
    task = status(look(found, time.time()))["tasks"][0]
    assert task["status"] == "blocked"
    assert task["notes"].startswith("over its budget: $")
    assert 2.0 < task["run"]["cost_usd"] < 30.0
    [need] = [n for n in status(look(found, time.time()))["needs"] if n["task"] == "A-1"]
    assert (need["kind"], need["command"]) == ("budget", "mdorch retry A-1")


def test_what_does_not_say_its_cost_holds_the_rest_where_it_must_be_known(tmp_path: Path) -> None:
    found = site(tmp_path, "exit 0", "require_cost = true")
    run(found)
    rows = status(look(found, time.time()))["tasks"]
    assert "what A-1.1 cost is not known" in rows[1]["reason"] or rows[0]["rule"] == "budget"


def test_a_run_at_work_is_told_by_its_last_event(tmp_path: Path) -> None:
    use = {"type": "tool_use", "part": {"tool": "bash", "state": {"input": {"command": "make test"}}}}
    script = f"echo '{json.dumps(STEP)}'\necho '{json.dumps(use)}'\nwhile ! test -e go; do sleep 0.05; done"
    found = site(tmp_path, script)
    daemon = Daemon(found, Options(), environ={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    thread = threading.Thread(target=daemon.run, daemon=True)
    thread.start()
    try:
        until(lambda: told(found).get("last_event") == "bash: make test")
        assert [told(found)[name] for name in ("cost_usd", "tokens", "session")] == [0.75, 2000, "5e55"]
    finally:
        (tmp_path / "go").touch()
        daemon.bell.stop()
        thread.join(20)
    assert not thread.is_alive()


def told(found: Site) -> dict[str, object]:
    return status(look(found, time.time()))["tasks"][0]["run"] or {}
