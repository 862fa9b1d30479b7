"""The daemon from the command line: real processes, real files, real exits."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.front.stage import FAIL, HEAD, ONE, ROWS, SLEEP, TRUE, Mdorch, Stage, live, running, until


def test_until_idle_runs_everything_and_ends_with_0(stage: Stage) -> None:
    stage.write()
    before = stage.text
    said = stage.process("up", "--until-idle", "--yes")
    assert (said.code, said.err) == (0, "")
    assert stage.text == before.replace("Waiting", "Complete")
    starts = [line.split()[2] for line in said.out.splitlines() if line.split()[1] == "start"]
    assert starts == ["A-2", "A-3"]


def test_until_idle_ends_with_1_and_the_reasons(stage: Stage) -> None:
    stage.write(ROWS + "| A-4 | ask | @bob | None | Waiting | | |\n", FAIL)
    said = stage.process("up", "--until-idle", "--yes")
    assert said.code == 1
    assert "A-2: has failed: exit 7: oh" in said.err
    assert "A-4: is for a person" in said.err
    assert stage.status_of("A-2") == "Failed"


def test_a_held_page_ends_with_3_and_is_left_alone(stage: Stage) -> None:
    stage.write(more="\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n")
    before = stage.page.read_bytes()
    said = stage.process("up", "--until-idle", "--yes")
    assert said.code == 3
    assert "conflict marker" in said.err
    assert stage.page.read_bytes() == before


def test_no_agent_configured_says_what_to_write(stage: Stage) -> None:
    stage.write(config=None)
    said = stage.process("up", "--until-idle")
    assert said.code == 3
    lines = said.err.splitlines()
    at = next(n for n, line in enumerate(lines) if line.strip() == "[agents.default]")
    config = "\n".join(line.strip() for line in lines[at:])
    assert str(stage.here / "mdorch.toml") in said.err
    (stage.here / "mdorch.toml").write_text(config)
    assert "nobody has approved" in stage.process("up", "--until-idle").err


def test_programs_are_approved_once_per_content(stage: Stage) -> None:
    stage.write(ONE)
    refused = stage.process("up", "--until-idle")
    assert refused.code == 3
    assert "mdorch trust" in refused.err
    assert stage.status_of("A-1") == "Waiting"
    assert stage.process("run", "A-1").code == 3
    approved = stage.process("trust")
    assert approved.code == 0
    assert "true" in approved.out
    assert "approved as it is" in stage.process("trust").out
    assert stage.process("up", "--until-idle").code == 0
    (stage.here / "mdorch.toml").write_text(TRUE.replace('["true"]', '["true", "x"]'))
    assert stage.process("up", "--until-idle").code == 3
    assert stage.process("up", "--until-idle", "--yes").code == 0
    assert not list(stage.here.rglob("trust"))


def test_dry_run_shows_the_plan_and_does_nothing(stage: Stage, mdorch: Mdorch) -> None:
    stage.write()
    said = mdorch("up", "--dry-run")
    assert said == mdorch("plan")
    assert "A-2" in said.out
    assert stage.text == HEAD + ROWS


def test_once_is_one_pass(stage: Stage) -> None:
    stage.write(ONE, SLEEP)
    said = stage.process("up", "--once", "--yes")
    assert "1 run goes on" in said.out
    assert live(stage) == ["A-1.1"]
    assert not running(stage)
    assert stage.status_of("A-1") == "In Progress"


def test_a_signal_leaves_runs_alive_and_the_next_up_finds_them(stage: Stage) -> None:
    stage.write(ONE, '[agents.default]\ncommand = ["sh", "-c", "until [ -e go ]; do sleep 0.05; done"]\n')
    child = stage.spawn("up", "--yes")
    until(lambda: live(stage))
    child.send_signal(signal.SIGTERM)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (0, "")
    assert "1 run goes on" in out
    assert live(stage) == ["A-1.1"]
    (stage.here / "go").touch()
    assert stage.process("up", "--until-idle", "--yes").code == 0
    assert stage.status_of("A-1") == "Complete"


def test_two_interrupts_stop_the_runs_too(stage: Stage) -> None:
    stage.write(ONE, SLEEP)
    child = stage.spawn("up", "--yes")
    until(lambda: live(stage))
    child.send_signal(signal.SIGINT)
    assert child.stdout is not None
    until(lambda: "interrupt again" in child.stdout.readline())  # type: ignore[union-attr]
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=60)
    assert child.returncode == 0
    until(lambda: not live(stage))


def test_detach_comes_back_when_the_daemon_runs_and_down_stops_it(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE, SLEEP)
    said = stage.process("up", "--detach", "--yes")
    assert said.code == 0, said.err
    answer = json.loads(mdorch("status", "--json").out)
    assert answer["daemon"]["running"]
    assert str(answer["daemon"]["pid"]) in said.out
    until(lambda: live(stage))
    until(lambda: "start" in (stage.here / ".mdorch" / "daemon.log").read_text())
    for args in (("up", "--yes"), ("run", "A-1"), ("up", "--detach", "--yes")):
        second = mdorch(*args)
        assert second.code == 3
        assert "already running" in second.err
    down = mdorch("down")
    assert (down.code, running(stage), live(stage)) == (0, False, ["A-1.1"])
    assert "1 run goes on" in down.out
    assert mdorch("down").code == 0


def test_detach_says_why_the_daemon_did_not_start(
    stage: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.write(ONE)
    stage.process("trust")
    journal = stage.here / ".mdorch" / "journal.db"
    journal.parent.mkdir(exist_ok=True)
    journal.mkdir()
    monkeypatch.setattr("mdorch.desk.approval.plan_seen", lambda _: False)
    said = mdorch("up", "--detach")
    assert said.code == 3
    assert said.err.startswith("mdorch: ")
    assert "Traceback" not in said.err


def test_run_does_exactly_what_was_asked(stage: Stage) -> None:
    stage.write(ROWS + "| B-1 | other | dev | None | Waiting | | |\n")
    said = stage.process("run", "A-2", "A-3", "--yes")
    assert said.code == 0
    assert [stage.status_of(t) for t in ("A-2", "A-3", "B-1")] == ["Complete", "Complete", "Waiting"]


def test_run_respects_prerequisites_and_tells_what_is_in_the_way(stage: Stage) -> None:
    stage.write()
    said = stage.process("run", "A-3", "--yes")
    assert said.code == 1
    assert "A-3: waits for A-2 (waiting)" in said.err
    assert stage.process("run", "Q-1", "--yes").code == 1
    assert stage.text == HEAD + ROWS


def test_up_in_a_linked_work_tree_needs_a_named_page(stage: Stage, tmp_path: Path) -> None:
    stage.write(ONE)
    linked = tmp_path / "linked"
    git = stage.here / ".git" / "worktrees" / "linked"
    git.mkdir(parents=True)
    linked.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/x\n")
    (git / "commondir").write_text("../..\n")
    (linked / ".git").write_text(f"gitdir: {git}\n")
    (stage.here / ".git" / "config").write_text("[core]\n\tbare = false\n")
    there = Stage(linked, stage.env)
    refused = there.process("up", "--until-idle", "--yes")
    assert refused.code == 3
    assert "linked work tree" in refused.err
    assert there.process("up", "--until-idle", "--yes", "--page", str(stage.page)).code == 0
    assert stage.status_of("A-1") == "Complete"


def test_logs_follow_a_run_to_its_end(stage: Stage) -> None:
    script = "echo one; until [ -e go ]; do sleep 0.05; done; echo two; echo three >&2"
    stage.write(ONE, f"[agents.default]\ncommand = {json.dumps(['sh', '-c', script])}\n")
    assert stage.process("up", "--detach", "--yes").code == 0
    until(lambda: live(stage))
    child = stage.spawn("logs", "A-1", "-f")
    assert child.stdout is not None
    assert child.stdout.readline() == "one\n"
    (stage.here / "go").touch()
    out, _ = child.communicate(timeout=60)
    assert sorted(out.split()) == ["three", "two"]
    assert child.returncode == 0


def test_a_reader_that_goes_away_is_no_error(stage: Stage) -> None:
    stage.write("".join(f"| T-{n} | {'x' * 200} | dev | None | Waiting | | |\n" for n in range(3000)))
    child = stage.spawn("tables")
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.read(10)
    child.stdout.close()
    with child.stderr:
        assert child.stderr.read() == ""
    assert child.wait(timeout=30) == 141


def test_what_agents_inherit_is_ours(stage: Stage) -> None:
    stage.write(ONE, '[agents.default]\ncommand = ["sh", "-c", "env > said.txt"]\n')
    assert stage.process("up", "--until-idle", "--yes", MINE="1").code == 0
    said = dict(
        line.split("=", 1) for line in (stage.here / "said.txt").read_text().splitlines() if "=" in line
    )
    assert (said["MINE"], said["MDORCH_TASK"], said["MDORCH_RUN"]) == ("1", "A-1", "A-1.1")
    assert said["MDORCH_PAGE"] == os.path.realpath(stage.page)
