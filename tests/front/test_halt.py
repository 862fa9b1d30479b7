"""Stopping, pausing and going on again: real runs, with a daemon and without."""

from __future__ import annotations

import json
import time

from tests.front.stage import FAIL, HEAD, ONE, SLEEP, TRUE, Mdorch, Stage, live, running, until


def test_down_kill_pauses_ends_runs_and_holds_their_tasks(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE + "| A-2 | next | dev | None | Waiting | | |\n", SLEEP)
    assert stage.process("up", "--detach", "--yes").code == 0
    until(lambda: len(live(stage)) == 2)
    said = mdorch("down", "--kill")
    assert said.code == 0
    assert "2 runs ended" in said.out
    assert (live(stage), running(stage)) == ([], False)
    assert (stage.status_of("A-1"), stage.status_of("A-2")) == ("On Hold", "On Hold")
    assert "sleep" not in stage.text.split("## Task Queue")[0]
    assert stage.text.split("## Task Queue")[0] == HEAD.split("## Task Queue")[0]
    assert json.loads(mdorch("status", "--json").out)["paused"]
    assert "paused: by mdorch down --kill" in mdorch("status").out
    stage.process("set", "A-1", "status=waiting")
    assert stage.process("up", "--until-idle", "--yes").code == 1
    assert live(stage) == []


def test_down_kill_without_a_daemon(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE, SLEEP)
    stage.process("up", "--once", "--yes")
    assert mdorch("down", "--kill").code == 0
    assert live(stage) == []
    assert stage.status_of("A-1") == "On Hold"
    assert stage.text.split("## Task Queue")[0] == HEAD.split("## Task Queue")[0]


def test_stop_ends_a_run_without_a_daemon_and_folds_it(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE, SLEEP)
    stage.process("up", "--once", "--yes")
    said = mdorch("stop", "A-1")
    assert said.code == 0
    assert "A-1.1" in said.out
    assert "unchanged" not in said.out
    assert (live(stage), stage.status_of("A-1")) == ([], "On Hold")
    assert stage.text.split("## Task Queue")[0] == HEAD.split("## Task Queue")[0]


def test_stop_ends_a_run_whatever_the_page_says(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE, SLEEP)
    stage.process("up", "--once", "--yes")
    stage.page.write_text(HEAD)
    said = mdorch("stop", "A-1")
    assert said.code == 1
    assert "no task A-1" in said.err
    assert live(stage) == []


def test_retry_of_a_live_run_starts_it_again(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE, SLEEP)
    stage.process("up", "--once", "--yes")
    assert mdorch("retry", "A-1").code == 0
    assert (live(stage), stage.status_of("A-1")) == ([], "Waiting")
    stage.process("up", "--once", "--yes")
    assert live(stage) == ["A-1.2"]


def test_retry_of_an_open_row_opens_a_new_round(stage: Stage, mdorch: Mdorch) -> None:
    """Launches are used up while the row says Waiting: nothing on the page could say `again`."""
    stage.write(ONE, FAIL + "[budget]\nlaunches_per_task = 1\n")
    stage.process("up", "--until-idle", "--yes")
    assert stage.status_of("A-1") == "Failed"
    stage.process("set", "A-1", "status=on hold")
    stage.process("up", "--until-idle", "--yes")
    stage.process("set", "A-1", "status=waiting")
    assert "used up" in stage.process("up", "--until-idle", "--yes").err
    (stage.here / "mdorch.toml").write_text(TRUE + "[budget]\nlaunches_per_task = 1\n")
    if stage.status_of("A-1") != "Waiting":
        stage.process("set", "A-1", "status=waiting")
    assert mdorch("retry", "A-1").code == 0
    assert stage.process("up", "--until-idle", "--yes").code == 0
    assert stage.status_of("A-1") == "Complete"


def test_a_running_daemon_hears_of_a_new_round(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE, FAIL + "[budget]\nlaunches_per_task = 1\n")
    assert stage.process("up", "--detach", "--yes").code == 0
    until(lambda: stage.status_of("A-1") == "Failed")
    mdorch("set", "A-1", "status=on hold")
    until(lambda: "by command" in mdorch("history", "A-1").out)
    mdorch("set", "A-1", "status=waiting")
    until(lambda: "used up" in mdorch("why", "A-1").out)
    time.sleep(2.5)  # until nothing else would wake it: backoff, the slow look
    assert mdorch("retry", "A-1").code == 0
    until((stage.here / ".mdorch" / "runs" / "A-1.2").exists)


def test_pause_holds_across_restarts_until_resume(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE)
    assert mdorch("pause", "release", "freeze").code == 0
    assert "release freeze" in mdorch("status").out
    assert stage.process("up", "--until-idle", "--yes").code == 1
    assert "paused: release freeze" in mdorch("why", "A-1").out
    said = mdorch("resume")
    assert "1 task may start now" in said.out
    assert stage.process("up", "--until-idle", "--yes").code == 0
    assert "Nothing was paused" in mdorch("resume").out


def test_a_running_daemon_hears_of_pause_and_resume(stage: Stage, mdorch: Mdorch) -> None:
    stage.write("")
    (stage.here / ".mdorch").mkdir()
    (stage.here / ".mdorch" / "PAUSE").touch()
    assert stage.process("up", "--detach", "--yes").code == 0
    mdorch("add", "first", "--agent", "dev")
    mdorch("resume")
    until(lambda: "Complete" in stage.text)
    mdorch("pause")
    mdorch("add", "second", "--agent", "dev")
    until(lambda: "added: second" in mdorch("history").out)
    assert "Complete" not in stage.text.splitlines()[-1]


def test_resume_accepts_a_held_page_as_it_is(stage: Stage, mdorch: Mdorch) -> None:
    rows = "".join(f"| A-{n} | t | dev | None | On Hold | | |\n" for n in range(1, 12))
    stage.write(rows)
    assert stage.process("up", "--detach", "--yes").code == 0
    stage.page.write_text(HEAD + "| A-1 | t | dev | None | Waiting | | |\n")
    until(lambda: json.loads(mdorch("status", "--json").out)["held"])
    needs = json.loads(mdorch("status", "--json").out)["needs"]
    assert (needs[0]["kind"], needs[0]["command"]) == ("conflict", "mdorch history --restore last")
    assert "mdorch resume" in needs[0]["text"]
    assert stage.status_of("A-1") == "Waiting"
    assert "accepted as it is" in mdorch("resume").out
    until(lambda: stage.status_of("A-1") == "Complete")


def test_resume_never_accepts_conflict_markers(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(more="\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n")
    stage.process("up", "--until-idle", "--yes")
    said = mdorch("resume")
    assert said.code == 3
    assert "conflict markers" in said.err
