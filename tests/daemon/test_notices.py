"""People are told once, in bundles, of what is still so; by a real daemon and a real address."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import monotonic

import pytest

from mdorch.config.settings import Notify
from mdorch.daemon import herald
from mdorch.desk.health import health
from mdorch.desk.notices import News, notice_of
from tests.daemon.stage import Stage
from tests.world.hook import Hook, hook

TWO = "| A-1 | one | dev | None | Waiting | |\n| A-2 | two | dev | None | Waiting | |\n"
FAILS = "sys.exit('password=hunter22') if task == 'A-1' else handoff()"


def told(there: Hook) -> list[list[str]]:
    return [[f"{news['kind']} {news['task']}".strip() for news in notice["news"]] for notice in there.got]


def stage_of(tmp_path: Path, rows: str, script: str, there: Hook, **notify: object) -> Stage:
    values: dict[str, object] = {"gather": 0.2, "every": 0.1, **notify}
    said = Notify(webhook=there.address, **values)  # type: ignore[arg-type]
    return Stage(tmp_path, rows, script, attempts=1, fix_tasks=False, notify=said)


def wait_begun(stage: Stage) -> None:
    """The daemon has looked once: what it found then is no news."""
    stage.wait((stage.folder / ".mdorch" / "told.json").exists, "it never looked")


def checked(stage: Stage) -> tuple[str, str]:
    found = health(stage.site, {"PATH": ""}, 2e9)["checks"]["notices"]
    return found["level"], found["text"]


def test_a_failure_is_told_once_also_after_a_restart_and_the_end_is_told(tmp_path: Path) -> None:
    with hook() as there:
        stage = stage_of(tmp_path, TWO, FAILS, there)
        assert checked(stage) == ("fine", "by webhook; none was sent yet")
        assert stage.until_idle().code == 1
        assert told(there) == [["failed A-1"]]
        (one,) = there.got
        assert one["title"] == f"{tmp_path.name}/CLAUDE.md: 1 needs you"
        assert one["news"][0]["command"] == "mdorch logs A-1"
        assert "password=***" in one["text"]
        assert "hunter22" not in json.dumps(one)
        assert stage.until_idle().code == 1
        assert len(there.got) == 1
        stage.replace("| Failed |", "| Done |")
        assert stage.until_idle().code == 0
        assert stage.until_idle().code == 0
        assert told(there)[1:] == [["done"]]
        assert there.got[1]["text"] == "done: 2 tasks complete"
        assert checked(stage)[0] == "fine"


def test_what_was_so_before_the_first_daemon_is_not_told(tmp_path: Path) -> None:
    with hook() as there:
        rows = "| A-1 | one | dev | None | Blocked | |\n| A-2 | two | dev | None | Complete | |\n"
        stage = stage_of(tmp_path, rows, "", there)
        stage.until_idle()
        assert told(there) == []
        stage.replace("| Blocked |", "| Complete |")
        stage.until_idle()
        assert told(there) == [["done"]]


def test_what_happens_together_is_one_notice_and_what_is_over_is_none(tmp_path: Path) -> None:
    with hook() as there:
        rows = "".join(f"| A-{n} | t | @ann | None | Waiting | |\n" for n in range(1, 31))
        stage = stage_of(tmp_path, rows, "", there, gather=1.0)
        with stage.running() as daemon:
            wait_begun(stage)
            stage.replace("| Waiting |", "| In Review |")
            stage.wait(lambda: daemon.work.herald and daemon.work.herald._new, "nothing is gathered")
            stage.replace("| A-1 | t | @ann | None | In Review |", "| A-1 | t | @ann | None | Waiting |")
            stage.wait(lambda: there.got, "nobody is told")
        (one,) = there.got
        assert one["title"].endswith(": 29 need you")
        assert told(there)[0] == [f"review A-{n}" for n in range(2, 14)]
        assert one["text"].endswith("and 17 more: mdorch status")


def test_notices_are_bounded(tmp_path: Path) -> None:
    with hook() as there:
        rows = "| A-1 | t | @ann | None | Waiting | |\n"
        stage = stage_of(tmp_path, rows, "", there, gather=0.0, every=30.0)
        with stage.running() as daemon:
            wait_begun(stage)
            stage.replace("| Waiting |", "| In Review |")
            stage.wait(lambda: there.got, "nobody is told")
            teller = daemon.work.herald
            assert teller is not None
            stage.replace("| In Review |", "| Blocked |")
            stage.wait(lambda: teller._new, "nothing is gathered")
            first = teller._at() - teller._sent[0]
            teller._sent.append(teller._sent[0])
            assert (first, teller._at() - teller._sent[0]) == (30.0, 60.0)
        assert told(there) == [["review A-1"]]


@pytest.mark.parametrize("stuck", ["webhook", "command"])
def test_a_way_that_hangs_delays_no_launch(tmp_path: Path, stuck: str) -> None:
    with hook() as there:
        there.open.clear()
        sleeper = (sys.executable, "-c", "import time; time.sleep(60)")
        way = {"command": sleeper} if stuck == "command" else {}
        stage = stage_of(tmp_path, TWO, FAILS, there, gather=0.0, **way)
        with stage.running() as daemon:
            stage.wait_status("A-1", "failed")
            stage.wait(lambda: daemon.work.herald and daemon.work.herald._sent, "nothing is being sent")
            stage.replace("| A-2 |", "| A-3 | three | dev | None | Waiting | |\n| A-2 |")
            stage.wait_status("A-3", "complete")
            assert there.got == []
            began = monotonic()
            daemon.bell.stop()
        assert monotonic() - began < 9  # (it would take ten until the way gives up)


def test_a_way_that_fails_is_tried_again_and_health_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(herald, "PAUSE", 0.01)
    with hook(503, 200) as there:
        stage = stage_of(tmp_path, TWO, FAILS, there)
        stage.until_idle()
        assert len(there.got) == 2
        assert checked(stage)[0] == "fine"
    other = tmp_path / "other"
    other.mkdir()
    with hook(500) as there:
        stage = stage_of(other, TWO, FAILS, there)
        stage.until_idle()
        assert len(there.got) == herald.TRIES
        level, text = checked(stage)
        assert (level, text.endswith("did not get through by webhook")) == ("warning", True)
        stage.until_idle()
        assert len(there.got) == herald.TRIES


def test_a_held_page_is_told_and_nothing_else_twice(tmp_path: Path) -> None:
    with hook() as there:
        rows = "".join(f"| A-{n} | t | @ann | None | Waiting | |\n" for n in range(1, 9))
        stage = stage_of(tmp_path, rows, "", there, gather=0.0)
        with stage.running() as daemon:
            wait_begun(stage)
            stage.replace("| A-1 | t | @ann | None | Waiting |", "| A-1 | t | @ann | None | In Review |")
            stage.wait(lambda: told(there) == [["review A-1"]], "the review is not told")
            whole = stage.page.read_text()
            stage.page.write_text("")
            stage.wait(lambda: ["held"] in told(there), "the hold is not told")
            kept = json.loads((tmp_path / ".mdorch" / "told.json").read_bytes())
            assert [key.split()[0] for key in kept] == ["held", "review"]
            stage.page.write_text(whole)
            stage.wait(lambda: not daemon.work.hold, "still held")
        assert told(there) == [["review A-1"], ["held"]]


def test_only_what_is_asked_for_is_told(tmp_path: Path) -> None:
    with hook() as there:
        stage = stage_of(tmp_path, TWO, FAILS, there, on=("done", "budget"))
        stage.until_idle()
        assert told(there) == []


def test_a_long_text_is_cut(tmp_path: Path) -> None:
    stage = Stage(tmp_path, TWO)
    notice = notice_of(stage.site, [News("failed", "A-1", "x" * 5000, "", "")], 0.0, {})
    assert len(notice["text"]) < 400
