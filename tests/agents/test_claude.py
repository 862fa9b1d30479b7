"""The real claude against a scripted model: whatever happens, page, journal and `why` say the truth, and no
process is left."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from mdorch.daemon.loop import Daemon
from mdorch.facts import End, Own
from mdorch.front.cli.main import run as mdorch
from tests.agents.conftest import BLOCK, ROOT, Stage
from tests.agents.model import TOKENS, Move, Turn, bash, fail, say
from tests.front.stage import Stage as Seat
from tests.front.test_terminal import Terminal
from tests.world.repo import git, make_repository


def test_a_handoff_by_the_shell(play: Stage) -> None:
    stage = play("claude", lambda turn: bash(stage.handoff()) if not turn.results else say("done"))
    (stage.folder / ".claude" / "agents").mkdir(parents=True)
    (stage.folder / ".claude" / "agents" / "dev.md").write_text(
        "---\nname: dev\ndescription: does: things\n---\nYou are the careful one.\n"
    )
    stage.until_idle()
    assert stage.task().status == "complete"
    [run] = stage.runs()
    assert (run.own, run.outcome, run.turns) == (Own.DONE, "complete", 2)
    assert run.tokens == 2 * sum(TOKENS)
    assert run.cost_usd
    assert run.session
    assert "You are the careful one." in stage.server.turns[0].system
    assert "Work on task **A-1**" in stage.server.turns[0].said
    assert stage.why() == "is complete"


def test_a_handoff_by_an_edit_of_the_whole_file(play: Stage) -> None:
    def script(turn: Turn) -> Move:
        if turn.results == 0:
            return Move(tool="Read", use={"file_path": str(stage.page)})
        if turn.results == 1:
            text = stage.page.read_text() + BLOCK.format("COMPLETE")
            return Move(tool="Write", use={"file_path": str(stage.page), "content": text})
        return say("done")

    stage = play("claude", script)
    stage.until_idle()
    assert (stage.task().status, [run.outcome for run in stage.runs()]) == ("complete", ["complete"])


def test_a_handoff_by_the_command(play: Stage) -> None:
    command = "printf -- '- made it' | mdorch handoff A-1 --to - --status COMPLETE --file -"
    stage = play("claude", lambda turn: bash(command) if not turn.results else say(turn.result))
    stage.until_idle()
    assert stage.task().status == "complete", stage.output()


def test_a_forgotten_handoff_is_asked_for_in_the_same_session(play: Stage) -> None:
    def script(turn: Turn) -> Move:
        if turn.prompts == 1:
            return say("I think that is all.")
        return bash(stage.handoff()) if not turn.results else say("now it is")

    stage = play("claude", script)
    stage.until_idle()
    assert stage.task().status == "complete"
    first, second = stage.runs()
    assert (first.outcome, second.outcome, second.resumes) == ("nudged", "complete", first.id)
    assert first.session == second.session
    assert (first.tokens, second.tokens) == (sum(TOKENS), 2 * sum(TOKENS))
    assert second.cost_usd == pytest.approx(2 * (first.cost_usd or 0)), "only what came since"
    assert "You ended without a handoff" in stage.server.turns[-1].said


def test_a_question_instead_of_a_handoff_blocks_with_the_last_words(play: Stage) -> None:
    stage = play("claude", lambda _: say("I looked at it.\n\nWhich storage do you want?"))
    stage.until_idle()
    task = stage.task()
    assert (task.status, task.notes) == ("blocked", "ended without a handoff: Which storage do you want?")
    assert "Which storage" in stage.why()
    assert [run.outcome for run in stage.runs()] == ["nudged", "blocked"]


@pytest.mark.parametrize("own_tree", [False, True])
def test_an_answer_goes_on_in_the_session_that_asked(play: Stage, own_tree: bool) -> None:
    def script(turn: Turn) -> Move:
        if turn.prompts == 1:
            return bash("mdorch ask 'Which one?'") if not turn.results else say("I wait.")
        return bash(f"echo b > b.py; {stage.handoff()}") if turn.results == 1 else say("now it is")

    stage = play("claude", script)
    if own_tree:
        make_repository(stage.folder, CLAUDE_md=stage.page.read_text())
        stage.configure('isolation = "worktree"')
    with stage.server:
        stage.daemon(until_idle=True).run()
        assert stage.task().status == "blocked"
        assert mdorch(["answer", "A-1", "The", "first.", "--page", str(stage.page)]) == 0
        stage.daemon(until_idle=True).run()
    assert stage.task().status == "complete", stage.output()
    first, second = stage.runs()
    assert (second.resumes, second.session) == (first.id, first.session)
    assert "The first." in stage.server.turns[-1].said
    assert (stage.folder / "b.py").exists() is not own_tree
    if own_tree:
        assert first.branch == second.branch
        assert git(stage.folder, "show", f"{second.branch}:b.py") == "b"


ONCE = '[run]\nsettle = "0s"\ntimeout = "90s"\nattempts = 1\n[agents.default]\ncli = "claude"\n'
OAUTH = {"ANTHROPIC_API_KEY": "", "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-scripted"}


def limit(until: float) -> dict[str, str]:
    """The headers by which a subscription is told that it is used up."""
    prefix = "anthropic-ratelimit-unified"
    says = {"status": "rejected", "reset": f"{until:.0f}", "representative-claim": "five_hour"}
    return {f"{prefix}-{name}": value for name, value in says.items()}


@pytest.mark.parametrize(
    ("status", "message", "words"),
    [(500, "boom", "API Error: 500 boom"), (529, "Overloaded", "529"), (429, "slow down", "(429)")],
)
def test_an_error_of_the_model_is_a_failed_attempt(
    play: Stage, status: int, message: str, words: str
) -> None:
    stage = play("claude", lambda _: fail(status, message))
    stage.env = {"CLAUDE_CODE_MAX_RETRIES": "0"}
    (stage.folder / "mdorch.toml").write_text(ONCE)
    stage.until_idle()
    [run] = stage.runs()
    assert (run.exit_code, run.own, run.outcome) == (1, Own.FAILED, "failed")
    assert words in run.detail
    assert stage.task().status == "failed"
    assert words in stage.task().notes
    assert words in stage.why()


def test_a_program_that_is_logged_out_is_paused_and_uses_up_no_attempt(play: Stage) -> None:
    stage = play("claude", lambda _: say("never asked"))
    stage.env = {"ANTHROPIC_API_KEY": ""}
    (stage.folder / "mdorch.toml").write_text(ONCE)
    rows = "".join(f"| A-{n} | more | dev | None | Waiting | |\n" for n in (2, 3))
    stage.page.write_text(stage.page.read_text() + rows)
    stage.until_idle()
    runs = stage.runs()
    assert len(runs) >= 3, "one may be tried again before all three have ended"
    assert all("Not logged in" in run.detail for run in runs)
    assert [stage.task(f"A-{n}").status.value for n in (1, 2, 3)] == ["waiting"] * 3
    assert "mdorch resume" in stage.why()


def test_a_stream_that_is_cut_is_a_failed_attempt(play: Stage) -> None:
    stage = play("claude", lambda _: Move(text="and so", cuts=True))
    stage.env = {"CLAUDE_CODE_MAX_RETRIES": "0"}
    (stage.folder / "mdorch.toml").write_text(ONCE)
    stage.until_idle()
    [run] = stage.runs()
    assert (run.own, run.outcome) == (Own.FAILED, "failed")
    assert "API Error" in stage.task().notes


def test_a_usage_limit_pauses_the_program_until_its_reset(play: Stage) -> None:
    until = time.time() + 3600
    stage = play("claude", lambda _: fail(429, "limit", "rate_limit_error", **limit(until)))
    stage.env = OAUTH
    with stage.running():
        stage.wait(lambda: stage.runs() and stage.runs()[0].outcome, "it did not end")
        stage.wait(lambda: stage.task().status == "waiting", "its row is not open")
    [run] = stage.runs()
    assert (run.own, run.outcome) == (Own.LIMITED, "limited")
    assert run.limited == pytest.approx(until, abs=1)
    assert "the usage limit of claude holds until" in stage.why()
    assert "5-hour limit" in run.detail
    stage.nothing_is_left()


def test_too_many_turns_are_a_failed_attempt(play: Stage) -> None:
    stage = play("claude", lambda _: bash("true"))
    (stage.folder / "mdorch.toml").write_text(ONCE + 'args = ["--max-turns", "2"]\n')
    stage.until_idle()
    [run] = stage.runs()
    assert (run.own, run.outcome, run.turns) == (Own.FAILED, "failed", 3)
    assert "maximum number of turns" in stage.task().notes


def test_a_run_that_costs_too_much_is_blocked(play: Stage) -> None:
    stage = play("claude", lambda _: bash("true"))
    stage.configure(more="[budget]\nusd_per_run = 0.02")
    stage.until_idle()
    [run] = stage.runs()
    assert (run.own, run.outcome, stage.task().status) == (Own.SPENT, "blocked", "blocked")
    assert run.cost_usd is not None
    assert 0.02 <= run.cost_usd < 0.06
    assert "over its budget" in stage.why()


def test_a_permission_that_is_denied_blocks_and_is_named(play: Stage) -> None:
    use = {"file_path": "/etc/mdorch-was-here", "content": "x"}
    stage = play("claude", lambda turn: say("I could not.") if turn.results else Move(tool="Write", use=use))
    stage.until_idle()
    [run] = stage.runs()
    assert (run.own, run.outcome) == (Own.DENIED, "blocked")
    assert "permission denied: Claude requested permissions to write" in stage.task().notes


def test_a_program_that_hangs_meets_its_deadline(play: Stage) -> None:
    stage = play("claude", lambda _: Move(text="and", hangs=True))
    (stage.folder / "mdorch.toml").write_text(ONCE + 'timeout = "2s"\n')
    stage.until_idle()
    [run] = stage.runs()
    assert (run.end, run.outcome, stage.task().notes) == (End.TIMEOUT, "failed", "timed out")


def test_what_is_terminated_in_a_tool_leaves_nothing(play: Stage) -> None:
    """Claude's shell is a session of its own: a signal to claude's group would miss it."""
    stage = play("claude", lambda _: bash("touch begun; tail -f /dev/null"))
    (stage.folder / "mdorch.toml").write_text(ONCE)
    with stage.running() as daemon:
        stage.wait((stage.folder / "begun").exists, "the tool did not begin")
        stage.wait(lambda: _agents(daemon), "its program is not found")
        os.kill(_agents(daemon)[0], signal.SIGTERM)
        stage.wait(lambda: stage.task().status == "failed", "its end was not seen")
    [run] = stage.runs()
    assert (run.end, run.exit_code, run.outcome) == (End.EXIT, 143, "failed")
    stage.nothing_is_left()


def test_a_shell_left_in_the_background_is_ended(play: Stage) -> None:
    left = "setsid nohup tail -f /dev/null >/dev/null 2>&1 & echo $! > left"
    stage = play(
        "claude", lambda turn: bash(f"{left}; {stage.handoff()}") if not turn.results else say("done")
    )
    stage.until_idle()
    assert stage.task().status == "complete"
    assert not os.path.exists(f"/proc/{(stage.folder / 'left').read_text().strip()}")


def _agents(daemon: Daemon) -> list[int]:
    """The programs that the shims of living runs have started themselves."""
    shims = [run.pid for run in list(daemon.work.state.runs.values()) if run.pid and run.live]
    found = [Path(f"/proc/{shim}/task/{shim}/children").read_text().split() for shim in shims]
    return [int(pid) for pids in found for pid in pids if "claude" in _name(int(pid))]


def _name(pid: int) -> str:
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return ""


@pytest.mark.parametrize("before", ["", "You are the old one.\n"])
def test_a_role_that_is_not_committed_counts_in_a_work_tree(play: Stage, before: str) -> None:
    """The file is in the checkout alone, where git does not know it, or knows it as it was."""
    stage = play("claude", lambda turn: say("done") if turn.results else bash(f"touch made.py; {hand}"))
    hand, front = stage.handoff(), "---\nname: dev\ndescription: does things\ntools: Bash, Read\n---\n"
    files = {".claude/agents/dev.md": front + before} if before else {}
    (stage.folder / ".claude" / "agents").mkdir(parents=True)
    make_repository(stage.folder, CLAUDE_md=stage.page.read_text(), **files)
    stage.configure('isolation = "worktree"')
    (stage.folder / ".claude" / "agents" / "dev.md").write_text(front + "You are the careful one.\n")
    stage.until_idle()
    assert stage.task().status == "complete", stage.output()
    assert "You are the careful one." in stage.server.turns[0].system
    assert "old one" not in stage.server.turns[0].system
    made = git(stage.folder, "ls-tree", "-r", "--name-only", "mdorch/A-1/1")
    assert ("made.py" in made, ".claude" in made) == (True, bool(before))


def test_a_person_goes_on_in_the_session_on_a_terminal(play: Stage) -> None:
    """What was said headless stands on the screen, and what is typed there is said in the same session."""

    def script(turn: Turn) -> Move:
        return bash("echo first; sleep 100") if turn.prompts == 1 else say(f"you said {turn.said}")

    stage = play("claude", script)
    home = {"hasCompletedOnboarding": True, "theme": "dark"}
    home |= {"customApiKeyResponses": {"approved": ["scripted-key"], "rejected": []}}
    home |= {"projects": {str(stage.folder): {"hasTrustDialogAccepted": True}}}
    (stage.home / ".claude.json").write_text(json.dumps(home))
    with stage.server:
        stage.daemon(once=True).run()
        kept = Path(stage.home, ".claude", "projects")
        stage.wait(lambda: any("sleep 100" in p.read_text() for p in kept.rglob("*.jsonl")), "it is at work")
        seat = Seat(stage.folder, {**stage.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"})
        terminal = Terminal(seat, "attach", "A-1")
        try:
            terminal.until("sleep 100", 30)
            assert stage.task().status == "in_progress"
            terminal.type("hello")
            terminal.until("hello", 30)
            terminal.type("\r")
            stage.wait(lambda: stage.server.turns[-1].said == "hello", "it hears what is typed")
            terminal.type("/exit")
            terminal.until("/exit", 30)
            terminal.type("\r")
            terminal.until("mdorch retry A-1", 30)
            assert terminal.end() == 0
        finally:
            terminal.close()
    stage.nothing_is_left()
    assert stage.task().status == "on_hold"
    assert [turn.prompts for turn in stage.server.turns] == [1, 2]
