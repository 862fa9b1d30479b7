"""`mdorch health`, `mdorch service`, and what `mdorch status` says of a daemon: real daemons, real faults."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mdorch.desk import service as services
from mdorch.world.journal import Journal
from mdorch.world.lock import DaemonLock, holder
from mdorch.world.unit import is_ours
from tests.front.stage import ONE, SLEEP, TRUE, Mdorch, Stage, live, plain, running, until

FIVE = ["agents_responsive", "tasks_progressing", "no_circular_deps", "handoffs_working", "claude_md_updated"]
DONE = "| A-1 | only | dev | None | Complete | | |\n"


@contextmanager
def closing_lock(lock: DaemonLock) -> Iterator[DaemonLock]:
    """Whatever becomes of the test: the fixture ends whoever holds the lock after it."""
    try:
        yield lock
    finally:
        lock.release()


def health(mdorch: Mdorch, code: int | None = None) -> Any:
    said = mdorch("health", "--json")
    answer = json.loads(said.out)
    assert said.code == (0 if answer["healthy"] else 1)
    assert code in (None, said.code), answer
    return answer


def levels(answer: Any) -> dict[str, str]:
    return {name: check["level"] for name, check in answer["checks"].items() if check["level"] != "fine"}


# health


def test_a_page_at_rest_is_healthy(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(DONE)
    answer = health(mdorch, 0)
    assert list(answer["checks"])[-5:] == FIVE
    assert levels(answer) == {"daemon": "warning"}
    assert answer["writing"]["way"] in ("lease", "exchange")
    assert answer["writing"]["reason"]
    assert answer["watch"]["kind"] is None
    assert all(disk["free_bytes"] <= disk["size_bytes"] for disk in answer["disk"])
    assert not (stage.here / ".mdorch" / "journal.db").exists(), "looking makes no journal"


def test_a_daemon_at_work_is_seen(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE, SLEEP)
    stage.process("up", "--detach", "--yes")
    until(lambda: live(stage) and health(mdorch)["daemon"]["last_pass"])
    answer = health(mdorch, 0)
    status = json.loads(mdorch("status", "--json").out)["daemon"]
    assert levels(answer) == {}
    assert answer["daemon"]["pid"] == status["pid"]
    assert answer["daemon"]["since"] == status["since"]
    assert (answer["watch"]["kind"], status["watch"], status["trouble"]) == ("inotify", "inotify", "")
    assert "A-1.1" in answer["checks"]["agents_responsive"]["evidence"][0]
    os.kill(status["pid"], signal.SIGSTOP)
    try:
        until(lambda: levels(health(mdorch)) == {"daemon": "bad"})
        assert health(mdorch)["checks"]["daemon"]["command"] == f"kill -CONT {status['pid']}"
    finally:
        os.kill(status["pid"], signal.SIGCONT)


def test_work_that_waits_for_a_daemon_is_bad(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE)
    os.utime(stage.page, (1e9, 1e9))  # settled long ago
    assert levels(health(mdorch, 1)) == {"daemon": "bad", "tasks_progressing": "bad"}


def test_trouble_that_the_daemon_tells_is_shown(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(DONE)
    (stage.here / ".mdorch").mkdir()
    with closing_lock(DaemonLock.take(stage.here / ".mdorch")) as lock:
        lock.tell(
            passed=1e9, watch="polling", watching="by looking now and then", trouble="no room", troubled=1e9
        )
        answer = health(mdorch, 1)
        assert levels(answer) == {"daemon": "bad", "watch": "warning"}
        assert "no room" in answer["checks"]["daemon"]["text"]
        text = mdorch("status").out
        assert "it waits: no room" in text
        assert "mdorch health" in text
        daemon = json.loads(mdorch("status", "--json").out)["daemon"]
        assert (daemon["watch"], daemon["trouble"]) == ("polling", "no room")
        lock.tell(trouble="")
        assert json.loads(mdorch("status", "--json").out)["daemon"]["trouble"] == "", (
            "no memo stands for the old"
        )


def test_a_held_page_names_the_way_out(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE, more="\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n")
    stage.process("up", "--once", "--yes")
    answer = health(mdorch, 1)
    assert answer["checks"]["page"]["command"] == "mdorch lint", "resume would refuse it"
    assert "conflict marker" in answer["held"]
    assert "conflict marker" in mdorch("health").out


@pytest.mark.parametrize(
    ("text", "words", "command"),
    [
        ("<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n", "a merge conflict begins here", "mdorch lint"),
        (None, "the page has no Task Queue section", "mdorch init"),
    ],
)
def test_a_page_with_which_nothing_can_be_done_is_bad_before_any_daemon_says_so(
    stage: Stage, mdorch: Mdorch, text: str | None, words: str, command: str
) -> None:
    stage.write(ONE, more=text or "")
    if text is None:
        stage.page.write_text("# Somebody's notes\n")
    check = health(mdorch, 1)["checks"]["page"]
    assert (check["level"], check["command"]) == ("bad", command)
    assert words in check["text"]


def test_a_page_that_was_emptied_names_the_way_back(stage: Stage, mdorch: Mdorch) -> None:
    """Not what makes a new one."""
    stage.write(DONE)
    stage.process("up", "--once", "--yes")
    stage.page.write_text("")
    stage.process("up", "--once", "--yes")
    back = "mdorch history --restore last"
    assert health(mdorch, 1)["checks"]["page"]["command"] == back
    said = mdorch("status").out
    assert back in said
    assert "if that was meant: mdorch resume" in said
    assert "mdorch init" not in said
    stage.page.unlink()
    assert back in mdorch("status").err
    assert mdorch("history", "--restore", "last", "--yes").code == 0
    assert [row["id"] for row in json.loads(mdorch("status", "--json").out)["tasks"]]


def test_a_page_that_is_gone_is_an_answer(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(DONE)
    mdorch("pause")
    stage.page.unlink()
    answer = health(mdorch, 1)
    assert answer["checks"]["page"]["level"] == "bad"
    assert all(answer["checks"][name]["level"] == "bad" for name in FIVE)


def test_where_there_is_no_page_at_all_it_says_so(stage: Stage, mdorch: Mdorch) -> None:
    said = mdorch("health")
    assert (said.code, said.out) == (3, "")
    assert "mdorch init" in said.err


def test_a_damaged_journal_is_bad_and_one_made_anew_is_told(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(DONE)
    mdorch("pause")
    mdorch("resume")
    dot = stage.here / ".mdorch"
    whole = (dot / "journal.db").read_bytes()
    (dot / "journal.db").write_bytes(whole[:8192] + os.urandom(len(whole) - 8192))
    assert levels(health(mdorch, 1))["journal"] == "bad"
    Journal.open(dot).close()
    answer = health(mdorch, 0)
    assert "made anew" in answer["checks"]["journal"]["evidence"][0]
    assert "damaged" in answer["checks"]["journal"]["evidence"][1]


def test_a_journal_of_a_newer_version_is_bad(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(DONE)
    mdorch("pause")
    connection = sqlite3.connect(stage.here / ".mdorch" / "journal.db")
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    assert "upgrade" in health(mdorch, 1)["checks"]["journal"]["text"]


def test_a_program_that_is_missing_is_named(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(DONE, TRUE + '[agents.tester]\ncommand = ["no-such-program"]\n')
    answer = health(mdorch, 1)
    assert levels(answer) == {"daemon": "warning", "programs": "bad"}
    assert any("no-such-program" in line for line in answer["checks"]["programs"]["evidence"])


def test_a_full_disk_is_bad(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(DONE)
    dot = stage.here / ".mdorch"
    dot.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(dot)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("may not mount")
    try:
        answer = health(mdorch, 1)
        assert levels(answer)["disk"] == "bad"
        assert str(dot) in answer["checks"]["disk"]["text"]
        assert len(answer["disk"]) == 2
    finally:
        subprocess.run(["umount", "-l", str(dot)], check=True)


def test_for_a_person(stage: Stage, mdorch: Mdorch) -> None:
    stage.write("".join(f"| A-{n} | x | dev | A-{n} | Waiting | | |\n" for n in range(9)))
    said = mdorch("health")
    assert said.code == 1
    lines = plain(said.out).splitlines()
    circle = next(n for n, line in enumerate(lines) if "no circular deps" in line)
    assert "9 circles" in lines[circle]
    assert "4 more: mdorch health --verbose" in lines[circle + 6]
    assert lines[circle + 7].strip() == "mdorch lint"
    assert len(mdorch("health", "--verbose").out.splitlines()) > len(lines)


# The log of a daemon in the background


def logged(dot: Path) -> str:
    """What the log says now; nothing in the moment in which a new one is begun."""
    try:
        return (dot / "daemon.log").read_text()
    except FileNotFoundError:
        return ""


def test_the_log_of_a_daemon_is_kept_bounded(stage: Stage) -> None:
    stage.write(DONE, TRUE)
    dot = stage.here / ".mdorch"
    dot.mkdir()
    (dot / "daemon.log").write_text("x" * 1_000_001 + "\n")
    assert stage.process("up", "--detach", "--yes").code == 0
    stage.page.write_text(stage.text.replace("only", "another"))
    until(lambda: "another" in logged(dot))
    assert (dot / "daemon.log.1").stat().st_size > 1_000_000
    assert (dot / "daemon.log").stat().st_size < 10_000
    found = holder(dot)
    assert found is not None
    (dot / "daemon.log").unlink()
    stage.page.write_text(stage.text.replace("another", "a third"))
    until(lambda: "a third" in logged(dot))


# service


@pytest.fixture
def booted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with systemd; where its units of this user are."""
    monkeypatch.setattr(services, "BOOTED", tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "systemd" / "user"


def test_install_writes_one_unit_and_twice_is_once(stage: Stage, mdorch: Mdorch, booted: Path) -> None:
    stage.write(DONE)
    said = mdorch("service", "install", "--yes")
    (unit,) = booted.iterdir()
    assert (said.code, unit.suffix) == (0, ".service")
    for line in ("daemon-reload", f"enable --now {unit.name}", "enable-linger"):
        assert line in said.out
    text = unit.read_text()
    assert is_ours(text)
    assert f'"{stage.page}"' in text
    assert f"PATH={os.environ['PATH']}" in text
    assert unit.stat().st_mode & 0o777 == 0o600
    before = unit.stat().st_mtime_ns
    assert mdorch("service", "install").code == 0, "approved by now"
    assert (unit.stat().st_mtime_ns, list(booted.iterdir())) == (before, [unit])
    assert health(mdorch)["service"] == {"unit": unit.name, "installed": True}
    assert f"systemctl --user start {unit.name}" in health(mdorch)["checks"]["daemon"]["command"]


def test_its_command_is_a_daemon_of_the_page(stage: Stage, mdorch: Mdorch, booted: Path) -> None:
    """Run as systemd would: from another folder, with the unit's own environment alone."""
    stage.write(ONE, TRUE)
    stage.here.rename(stage.here.with_name("a b"))
    stage.here = stage.here.with_name("a b")
    os.chdir(stage.here)
    assert mdorch("service", "install", "--yes").code == 0
    (unit,) = booted.iterdir()
    lines = dict(line.split("=", 1) for line in unit.read_text().splitlines() if "=" in line)
    environment = [x.partition("=")[2] for x in unit.read_text().splitlines() if x.startswith("Environment=")]
    env = {"HOME": stage.env["HOME"], **dict(json.loads(line).split("=", 1) for line in environment)}
    command = [json.loads(f"{word}") for word in lines["ExecStart"].replace('" "', '"\n"').splitlines()]
    child = subprocess.Popen(
        command, cwd="/", env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        until(lambda: stage.status_of("A-1") == "Complete")
        child.send_signal(signal.SIGTERM)
        out, _ = child.communicate(timeout=60)
        assert child.returncode == 0, out
    finally:
        child.kill()
        child.communicate()
    assert not running(stage)


def test_remove_takes_away_what_was_written_and_nothing_else(
    stage: Stage, mdorch: Mdorch, booted: Path
) -> None:
    stage.write(DONE)
    assert mdorch("service", "remove").code == 0
    mdorch("service", "install", "--yes")
    (unit,) = booted.iterdir()
    wants = booted / "default.target.wants"
    wants.mkdir()
    (wants / unit.name).symlink_to(unit)
    (wants / "other.service").symlink_to(booted / "other.service")
    (booted / "other.service").write_text("[Unit]\n")
    said = mdorch("service", "remove")
    assert said.code == 0
    assert "daemon-reload" in said.out
    assert sorted(p.name for p in booted.rglob("*.service")) == ["other.service", "other.service"]


@pytest.mark.parametrize("what", ["install", "remove"])
def test_a_unit_that_somebody_changed_is_left_alone(
    stage: Stage, mdorch: Mdorch, booted: Path, what: str
) -> None:
    stage.write(DONE)
    mdorch("service", "install", "--yes")
    (unit,) = booted.iterdir()
    unit.write_text(unit.read_text() + "Nice=5\n")
    before = unit.read_text()
    said = mdorch("service", what)
    assert said.code == 3
    assert "left alone" in said.err
    assert unit.read_text() == before


def test_without_systemd_it_refuses_and_can_print(
    stage: Stage,
    mdorch: Mdorch,
    booted: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage.write(DONE)
    monkeypatch.setattr(services, "BOOTED", tmp_path / "nowhere")
    said = mdorch("service", "install", "--yes")
    assert said.code == 3
    assert "systemd does not run" in said.err
    assert "--print" in said.err
    monkeypatch.setenv("MY_KEY", 'a"b')
    printed = mdorch("service", "install", "--print", "--env", "MY_KEY")
    assert printed.code == 0
    assert is_ours(printed.out)
    assert 'Environment="MY_KEY=a\\"b"' in printed.out
    assert not booted.exists()
    assert mdorch("service", "install", "--print", "--env", "NOT_SET").code == 3


def test_programs_that_nobody_approved_are_no_service(stage: Stage, mdorch: Mdorch, booted: Path) -> None:
    stage.write(DONE)
    said = mdorch("service", "install")
    assert said.code == 3
    assert "mdorch trust" in said.err
    assert not booted.exists()


def test_agents_may_not(stage: Stage, mdorch: Mdorch, booted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.write(DONE)
    monkeypatch.setenv("MDORCH_RUN", "A-1.1")
    assert mdorch("service", "install", "--yes").code == 3
    assert mdorch("health").code == 0
