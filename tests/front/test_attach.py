"""`mdorch attach`: a session of a run in the hands of a person, on a terminal, with a stand-in for claude."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator

import pytest

from mdorch.world.attached import attached
from tests.front.stage import ONE, ROWS, Mdorch, Stage, live, plain, running, until
from tests.front.test_terminal import Terminal

# Headless it names its session and works on; on a terminal it says what it was opened with, and obeys.
CLAUDE = """#!/bin/sh
case " $* " in *" -p "*)
    printf '{"type":"system","subtype":"init","session_id":"5e55","model":"m"}\\n'
    exec sleep 60;;
esac
echo "OPEN $* IN $PWD RUN=[$MDORCH_RUN]"
while read -r line; do eval "$line"; done
"""
CONFIG = '[agents.default]\ncli = "claude"\n[run]\nsettle = "0s"\n'
BLOCK = (
    "printf '\\n## Agent Handoff Signal\\n\\n**From**: dev\\n**To**: -\\n**Task**: A-1\\n**Status**: COMPLETE"
    "\\n\\n### Deliverables\\n- it\\n' >> CLAUDE.md"
)
Open = Callable[..., Terminal]


@pytest.fixture
def attach(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    tools = stage.here.parent / "bin"
    tools.mkdir()
    (tools / "claude").write_text(CLAUDE)
    (tools / "claude").chmod(0o755)
    stage.env["PATH"] = f"{tools}:{stage.env['PATH']}"
    monkeypatch.setenv("PATH", stage.env["PATH"])
    made: list[Terminal] = []

    def open_(task: str = "A-1") -> Terminal:
        made.append(Terminal(stage, "attach", task, columns=200))
        return made[-1]

    yield open_
    for terminal in made:
        terminal.close()


def said(stage: Stage) -> str:
    log = stage.here / ".mdorch" / "runs" / "A-1.1" / "stdout.log"
    return log.read_text() if log.exists() else ""


def at_work(stage: Stage, rows: str = ONE, config: str = CONFIG) -> None:
    stage.write(rows, config)
    stage.process("up", "--once", "--yes")
    until(lambda: "5e55" in said(stage))


def test_a_run_is_ended_and_its_session_goes_on_in_a_persons_hands(stage: Stage, attach: Open) -> None:
    at_work(stage)
    terminal = attach()
    terminal.until("OPEN --resume 5e55")
    assert f"IN {stage.here} RUN=[]" in plain(terminal.said)
    assert (live(stage), stage.status_of("A-1")) == ([], "In Progress")
    assert stage.process("up", "--once", "--yes").code == 1
    assert "its session is open" in stage.process("why", "A-1").out
    assert (live(stage), stage.status_of("A-1")) == ([], "In Progress")
    terminal.type("exit 0\n")
    assert terminal.end() == 0
    assert stage.status_of("A-1") == "On Hold"
    assert "mdorch retry A-1" in plain(terminal.said)
    assert attached(stage.here / ".mdorch") == frozenset()


def test_the_handoff_of_the_session_counts_once_it_is_closed(stage: Stage, attach: Open) -> None:
    at_work(stage, "| A-1 | only | dev | None | Waiting | | |\n| A-2 | next | dev | A-1 | Waiting | | |\n")
    terminal = attach()
    terminal.until("OPEN")
    terminal.type(f"{BLOCK}; echo WRITTEN\n")
    terminal.until("WRITTEN")
    stage.process("up", "--once", "--yes")
    assert (stage.status_of("A-1"), live(stage)) == ("In Progress", []), "it may not be all that it says"
    terminal.type("exit 0\n")
    assert terminal.end() == 0
    assert stage.status_of("A-1") == "Complete"
    assert "mdorch retry" not in plain(terminal.said)
    assert stage.text.count("mdorch:") == 1


def test_a_daemon_at_work_leaves_the_task_alone_and_folds_it_at_the_end(stage: Stage, attach: Open) -> None:
    stage.write(ONE, CONFIG)
    assert stage.process("up", "--detach", "--yes").code == 0
    until(lambda: "5e55" in said(stage))
    terminal = attach()
    terminal.until("OPEN")
    stage.process("add", "another", "--agent", "dev")
    until(lambda: live(stage) == ["A-2.1"])
    assert stage.status_of("A-1") == "In Progress"
    terminal.type("exit 3\n")
    assert terminal.end() == 0
    assert "ended with exit 3" in plain(terminal.said)
    assert stage.status_of("A-1") == "On Hold"
    assert running(stage)


@pytest.mark.parametrize("typed", ["Waiting", "Complete"])
def test_without_a_run_alive_it_is_just_opened(
    stage: Stage, mdorch: Mdorch, attach: Open, typed: str
) -> None:
    """What might be started meanwhile is in progress, and then on hold; anything else stays as it is."""
    at_work(stage)
    mdorch("stop", "A-1")
    mdorch("set", "A-1", f"status={typed}")
    terminal = attach()
    terminal.until("OPEN --resume 5e55")
    taken = typed == "Waiting"
    assert stage.status_of("A-1") == ("In Progress" if taken else typed)
    stage.process("up", "--once", "--yes")
    assert live(stage) == []
    second = attach()
    second.until("somebody has the session of A-1 open already")
    assert second.end() == 3
    terminal.type("exit 0\n")
    assert terminal.end() == 0
    assert stage.status_of("A-1") == ("On Hold" if taken else typed)


def test_a_terminal_that_is_gone_starts_nothing(stage: Stage, attach: Open) -> None:
    at_work(stage)
    terminal = attach()
    terminal.until("OPEN")
    os.kill(terminal.process.pid, signal.SIGKILL)
    terminal.process.wait()
    until(lambda: not attached(stage.here / ".mdorch"))
    stage.process("up", "--once", "--yes")
    assert (stage.status_of("A-1"), live(stage)) == ("On Hold", [])


def test_work_in_a_tree_is_kept_on_its_branch(stage: Stage, attach: Open) -> None:
    shutil.rmtree(stage.here / ".git")
    stage.write(ONE, CONFIG + 'isolation = "worktree"\n')
    git = ["git", "-c", "user.name=me", "-c", "user.email=me@localhost"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], cwd=stage.here, check=True, env=stage.env)
    stage.process("up", "--once", "--yes")
    until(lambda: "5e55" in said(stage))
    terminal = attach()
    terminal.until(f"IN {stage.here}/.mdorch/trees/A-1.1 ")
    terminal.type(f"echo mine > made.txt; {BLOCK}; exit 0\n")
    assert terminal.end() == 0
    assert stage.status_of("A-1") == "Complete"
    shown = subprocess.run(
        ["git", "show", "mdorch/A-1/1:made.txt"], cwd=stage.here, capture_output=True, check=True, text=True
    )
    assert shown.stdout == "mine\n"


def test_what_has_no_session_says_so(stage: Stage, mdorch: Mdorch, attach: Open) -> None:
    stage.write(ROWS, CONFIG)
    refused = mdorch("attach", "A-1")
    assert (refused.code, "this is none" in refused.err) == (3, True)
    never = attach("A-2")
    never.until("no run of A-2 has begun")
    assert never.end() == 3
    stage.write(ONE, '[agents.default]\ncommand = ["sleep", "60"]\n[run]\nsettle = "0s"\n')
    stage.process("up", "--once", "--yes")
    dumb = attach()
    dumb.until("A-1.1 (dev) has no session yet")
    assert dumb.end() == 3
    assert live(stage) == ["A-1.1"], "it goes on"
