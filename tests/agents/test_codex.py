"""The real codex against a scripted model, in its own sandbox."""

from __future__ import annotations

import time

import pytest

from mdorch.facts import Own
from tests.agents.conftest import Stage
from tests.agents.model import TOKENS, Move, Turn, bash, fail, say


def test_a_handoff_by_the_shell_in_its_role(play: Stage) -> None:
    stage = play("codex", lambda turn: bash(stage.handoff()) if not turn.results else say("done"))
    (stage.folder / ".claude" / "agents").mkdir(parents=True)
    (stage.folder / ".claude" / "agents" / "dev.md").write_text(
        '---\nname: dev\ndescription: x\n---\nYou are the "careful" one.\n'
    )
    stage.until_idle()
    assert stage.task().status == "complete", stage.output()
    [run] = stage.runs()
    assert (run.own, run.tokens, run.cost_usd) == (Own.DONE, 2 * sum(TOKENS), None)
    assert 'You are the "careful" one.' in stage.server.turns[0].system


def test_a_handoff_by_the_command(play: Stage) -> None:
    command = "printf -- '- made it' | mdorch handoff A-1 --to - --status COMPLETE --file -"
    stage = play("codex", lambda turn: bash(command) if not turn.results else say(turn.result))
    (stage.home / ".profile").write_text(f"PATH={stage.bin}:$PATH\n")  # its shells are login shells
    stage.until_idle()
    assert stage.task().status == "complete", stage.output()


def test_a_forgotten_handoff_is_asked_for_in_the_same_session(play: Stage) -> None:
    def script(turn: Turn) -> Move:
        if turn.prompts == 1:
            return say("I think that is all.")
        return bash(stage.handoff()) if not turn.results else say("now it is")

    stage = play("codex", script)
    stage.until_idle()
    assert stage.task().status == "complete", stage.output()
    first, second = stage.runs()
    assert (first.outcome, second.outcome, second.resumes) == ("nudged", "complete", first.id)
    assert first.session == second.session
    assert (first.tokens, second.tokens) == (sum(TOKENS), 2 * sum(TOKENS)), "only what came since"


def test_an_error_of_the_model_is_a_failed_attempt(play: Stage) -> None:
    stage = play("codex", lambda _: fail(500, "boom"))
    (stage.folder / "mdorch.toml").write_text(
        '[run]\nsettle = "0s"\ntimeout = "90s"\nattempts = 1\n[agents.default]\ncli = "codex"\n'
    )
    stage.until_idle()
    [run] = stage.runs()
    assert (run.exit_code, run.own, run.outcome, stage.task().status) == (1, Own.FAILED, "failed", "failed")
    assert run.detail in stage.task().notes


def test_a_usage_limit_pauses_the_program_until_its_reset(play: Stage) -> None:
    until = time.time() + 3 * 3600
    error = {"type": "usage_limit_reached", "message": "limit", "resets_at": int(until), "plan_type": "plus"}
    stage = play("codex", lambda _: Move(status=429, error=error))
    with stage.running():
        stage.wait(lambda: stage.runs() and stage.runs()[0].outcome, "it did not end")
    [run] = stage.runs()
    assert (run.own, run.outcome) == (Own.LIMITED, "limited")
    assert run.limited == pytest.approx(until, abs=61)
    assert "the usage limit of codex holds until" in stage.why()
    stage.nothing_is_left()
