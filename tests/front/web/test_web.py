"""What a screen is told, and what becomes of what it wishes for."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from mdorch.desk import halt
from mdorch.facts import Run, RunState
from mdorch.front.web.hub import BEHIND
from mdorch.world.journal import Journal
from mdorch.world.versions import Versions
from tests.front.stage import FAIL, ONE, ROWS, SLEEP, Mdorch, Stage, until
from tests.front.web.client import Client, serving

ASKED = (
    "## Agent Handoff Signal\n\n**From**: dev\n**To**: human\n**Task**: A-2\n**Status**: BLOCKED\n\n"
    "### Questions\n- Which of the two?\n"
)
HOSTILE = "<script>alert(1)</script> \x1b[31m\u202eevil javascript:alert(1) &amp; \\| \udcff"


@pytest.fixture
def client(stage: Stage) -> Iterator[Client]:
    stage.write()
    with serving(stage) as made:
        yield made


def news_of(events: Iterator[tuple[str, Any]], part: str) -> Any:
    """The next news about a part."""
    return next(data["parts"][part] for name, data in events if name == "news" and part in data["parts"])


def test_a_screen_is_told_all_and_then_what_is_new(client: Client, stage: Stage) -> None:
    with client.listening() as events:
        name, whole = next(events)
        assert (name, whole["version"]) == ("all", client.version)
        assert list(whole["parts"]["tasks"]) == ["A-1", "A-2", "A-3"]
        assert whole["parts"]["order"][0] == ["A-1", 12]
        stage.write(
            "| N-1 | new | dev | | Waiting | | |\n" + ROWS.replace("A-3 | Test", "A-3 | Try"), config=None
        )
        name, fresh = next(events)
        assert (name, fresh["number"]) == ("news", whole["number"] + 1)
        assert list(fresh["parts"]["tasks"]) == ["N-1", "A-3"]
        assert fresh["parts"]["order"][0] == ["N-1", 12]
        assert fresh["version"] == client.version
        stage.write(ROWS, config=None)
        assert news_of(events, "tasks") == {"A-3": whole["parts"]["tasks"]["A-3"], "N-1": None}


def test_prose_is_another_version_and_no_news(client: Client, stage: Stage) -> None:
    with client.listening() as events:
        next(events)
        stage.page.write_text(stage.text.replace("# Project", "# Another"))
        name, fresh = next(events)
        assert (name, fresh["version"]) == ("news", client.version)
        assert set(fresh["parts"]) <= {"head"}


def test_a_page_that_is_gone_is_told_and_one_that_comes_back_too(client: Client, stage: Stage) -> None:
    text = stage.text
    with client.listening() as events:
        next(events)
        stage.page.unlink()
        name, told = next(events)
        assert (name, "no such file" in told["text"]) == ("trouble", True)
        stage.page.write_text(text)  # the very same: what is in the way is gone all the same
        assert next(name for name, _ in events if name != "trouble") == "all"


def test_a_screen_that_comes_while_the_page_is_gone_is_told_all_later(client: Client, stage: Stage) -> None:
    text = stage.text
    stage.page.unlink()
    with client.listening() as events:
        assert next(events)[0] == "trouble"
        stage.page.write_text(text)
        whole = next(data for name, data in events if name == "all")
        assert list(whole["parts"]["tasks"]) == ["A-1", "A-2", "A-3"]


def test_what_nobody_expected_ends_the_streams(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[object] = []
    monkeypatch.setattr("threading.excepthook", lambda found: raised.append(found.exc_value))
    with client.listening() as events:
        next(events)
        error = RuntimeError("what nobody expected")

        def fail() -> None:
            raise error

        monkeypatch.setattr(client.server._hub.live, "look", fail)
        monkeypatch.setattr(client.server._hub.live, "wait", lambda _: True)
        client.stage.page.write_text(client.stage.text)
        assert list(events) == []
    until(lambda: raised == [error])


def test_a_screen_that_does_not_keep_up_is_sent_back_to_the_start(client: Client) -> None:
    hub = client.server._hub
    with client.listening() as events:
        next(events)
        hub._loop.call_soon_threadsafe(
            lambda: [hub._deliver((9, b"event: x\ndata: 1\n\n")) for _ in range(BEHIND + 9)]
        )
        assert len(list(events)) == BEHIND


def test_hostile_texts_are_told_as_they_are_in_valid_json(client: Client, stage: Stage) -> None:
    row = f"| A-1 | {HOSTILE} | dev | | Waiting | | |\n"
    stage.page.write_bytes(stage.text.split("| A-1")[0].encode() + row.encode("utf-8", "surrogateescape"))
    found = client.get("/api/task?id=A-1").json["task"]["title"]
    assert found == HOSTILE.replace("\\|", "|").replace("\udcff", "\ufffd")
    for path in ("task?id=A-1", "page", "chart", "timeline", "agents", "metrics", "health", "history"):
        got = client.get(f"/api/{path}")
        assert (got.status, got.headers["Content-Type"]) == (200, "application/json")


def test_a_cell_is_written_from_the_page_that_was_seen(client: Client, stage: Stage) -> None:
    got = client.wish(
        "set", task="A-2", cells={"title": "a | b", "status": "on hold"}, version=client.version
    )
    assert got.status == 200
    assert "| A-2 | a \\| b | dev | A-1 | On Hold | high | |" in stage.text
    assert got.json["version"] == client.version


def test_a_stale_screen_is_told_what_changed_and_not_obeyed(client: Client, stage: Stage) -> None:
    seen = client.version
    stage.write(
        ROWS.replace("Write the parser", "Write a lexer") + "| N-1 | new | dev | | Waiting | | |\n", None
    )
    before = stage.text
    for what, more in (("set", {"cells": {"title": "mine"}}), ("approve", {}), ("retry", {}), ("stop", {}),
                       ("answer", {"text": "x"}), ("handoff", {"to": "-", "status": "COMPLETE"}),
                       ("resume", {}), ("add", {"title": "x"}), ("reject", {"why": "x"})):  # fmt: skip
        got = client.wish(what, task="A-2", version=seen, **more)
        assert (what, got.status, got.json["version"]) == (what, 409, client.version)
        assert got.json["changed"] == [
            {"task": "A-2", "role": "title", "was": "Write the parser", "now": "Write a lexer"},
            {"task": "N-1", "role": "row", "was": "", "now": "new"},
        ]
    assert stage.text == before
    unknown = client.wish("set", task="A-2", cells={"title": "mine"}, version="0" * 64)
    assert (unknown.status, unknown.json["changed"], stage.text) == (409, None, before)


def test_of_two_who_saw_the_same_one_is_obeyed(client: Client, stage: Stage) -> None:
    seen, found = client.version, []

    def set_(number: int) -> None:
        found.append(client.wish("set", task="A-2", cells={"notes": f"from {number}"}, version=seen).status)

    threads = [threading.Thread(target=set_, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200, 409, 409, 409]


def test_a_task_is_added(client: Client, stage: Stage) -> None:
    got = client.wish(
        "add", title="More", requires="A-1", agent="dev", priority="low", version=client.version
    )
    assert got.status == 200
    assert "| A-4 | More | dev | A-1 | Waiting | low |" in stage.text
    assert client.wish("add", title=" ", version=client.version).status == 400


def test_a_question_is_answered(client: Client, stage: Stage) -> None:
    stage.write(ROWS.replace("A-1 | Waiting", "A-1 | Blocked"), more="\n" + ASKED)
    got = client.wish("answer", task="A-2", text="The second", version=client.version)
    assert got.status == 200
    assert "**Answer**: The second" in stage.text
    assert stage.status_of("A-2") == "Waiting"
    again = client.wish("answer", task="A-2", text="The second", version=client.version)
    assert (again.status, "has asked nothing" in again.json["error"]) == (422, True)


def test_what_is_in_review_is_approved_or_goes_back(client: Client, stage: Stage) -> None:
    for what, after in (("approve", "Complete"), ("reject", "Waiting")):
        stage.write(ROWS.replace("A-1 | Waiting", "A-1 | In Review"))
        assert client.wish(what, task="A-2", why="too slow", version=client.version).status == 200
        assert stage.status_of("A-2") == after
    assert "rejected: too slow" in stage.text


def test_a_task_is_handed_off(client: Client, stage: Stage) -> None:
    said = {"to": "tester", "status": "PARTIAL", "context": ["the lexer is done", " "], "artifacts": ["a.py"]}
    assert client.wish("handoff", task="A-2", version=client.version, **said).status == 200
    assert "**To**: tester" in stage.text
    assert "- the lexer is done\n" in stage.text
    with client.listening() as events:
        (block,) = next(events)[1]["parts"]["handoffs"].values()
        assert (block["from"], block["to"], block["context"]) == ("human", "tester", ["the lexer is done"])
    assert client.wish("handoff", task="A-2", version=client.version).status == 400
    assert client.wish("handoff", task="A-2", to="-", status="NO", version=client.version).status == 400


def test_pause_and_resume(client: Client, stage: Stage) -> None:
    assert client.wish("pause", reason="lunch").status == 200
    with client.listening() as events:
        assert next(events)[1]["parts"]["head"]["paused"] is True
    assert client.wish("resume", version=client.version).status == 200
    assert not (stage.here / ".mdorch" / "PAUSE").exists()


def test_a_version_of_the_page_is_brought_back_over_the_page_that_was_seen(
    client: Client, stage: Stage
) -> None:
    before = stage.text
    Journal.open(stage.here / ".mdorch").close()
    Versions(stage.here / ".mdorch").keep(before.encode(), 1000.0)
    stage.page.write_text(before.replace("| A-3 |", "| A-33 |"))
    found = client.get("/api/kept?name=last").json
    assert (found["gone"], found["new"]) == (1, 1)
    assert [sign for sign, _ in found["lines"]] == ["-", "+"]
    stage.page.write_text(stage.text + "more\n")
    stale = client.wish("restore", kept=found["version"], version=found["seen"])
    assert (stale.status, stage.text.endswith("more\n")) == (409, True)
    done = client.wish("restore", kept=found["version"], version=stale.json["version"])
    assert (done.status, "is as it was at" in done.json["message"]) == (200, True)
    assert stage.text == before
    assert client.get("/api/kept?name=zzzz").status == 422
    assert client.wish("restore", kept="", version=client.version).status == 422


def test_retry_begins_a_new_round_and_stop_holds(client: Client, stage: Stage) -> None:
    stage.write(ROWS.replace("A-1 | Waiting", "A-1 | Failed"))
    assert client.wish("retry", task="A-2", version=client.version).status == 200
    assert stage.status_of("A-2") == "Waiting"
    assert client.wish("stop", task="A-2", version=client.version).status == 200
    assert stage.status_of("A-2") == "On Hold"
    refused = client.wish("stop", task="A-1", version=client.version)
    assert (refused.status, refused.json["hint"]) == (422, "mdorch retry A-1 opens it again")


def test_a_run_at_work_is_shown_followed_and_stopped(client: Client, stage: Stage, mdorch: Mdorch) -> None:
    loud = 'command = ["sh", "-c", "echo one; printf \'\\\\033[31mtwo\'; sleep 60"]'
    stage.write(ONE, SLEEP.replace('command = ["sleep", "60"]', loud))
    daemon = stage.spawn("up", "--yes")
    try:
        until(lambda: halt.live_runs(client.server._hub.live.site))
        with client.listening("/api/logs?id=A-1") as said:
            assert next(said)[1]["run"] == "A-1.1"
            assert next(said) == ("pieces", [{"kind": "out", "text": "one\n", "tool": ""}])
            assert client.wish("stop", task="A-1", version=client.version).status == 200
            assert ("pieces", [{"kind": "out", "text": "two", "tool": ""}]) in list(said)
        until(lambda: stage.status_of("A-1") == "On Hold")
        run = client.get("/api/timeline").json["runs"][0]
        assert (run["task"], run["end"]) == ("A-1", "stopped")
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate()


def test_a_retry_of_a_run_at_work_ends_it_first(client: Client, stage: Stage) -> None:
    stage.write(ONE, SLEEP)
    daemon = stage.spawn("up", "--yes")
    try:
        until(lambda: halt.live_runs(client.server._hub.live.site))
        stale = client.wish("retry", task="A-1", version="0" * 64)
        assert (stale.status, len(halt.live_runs(client.server._hub.live.site))) == (409, 1)
        assert "being ended" in client.wish("retry", task="A-1", version=client.version).json["message"]
        until(lambda: [run.id for run in halt.live_runs(client.server._hub.live.site)] == ["A-1.2"])
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate()


def test_what_has_no_run_has_no_log(client: Client) -> None:
    got = client.get("/api/logs?id=A-2")
    assert (got.status, got.json["error"]) == (422, "A-2 has no run yet")


def test_a_failed_run_is_told_with_its_last_words(client: Client, stage: Stage) -> None:
    stage.write(ONE, FAIL)
    assert stage.process("up", "--until-idle", "--yes").code == 1
    with client.listening("/api/logs?id=A-1&attempt=1") as said:
        assert [piece["text"] for name, data in said if name == "pieces" for piece in data] == ["oh\n"]
    with client.listening() as events:
        assert next(events)[1]["parts"]["needs"][0]["kind"] == "failed"


def test_nobody_who_listens_costs_nothing(client: Client) -> None:
    with client.listening() as events:
        next(events)
    until(lambda: not client.server._hub._screens)
    watch = client.server._hub.live
    looked, number = [], watch.look
    watch.look = lambda: looked.append(1) or number()  # type: ignore[method-assign]
    with closing(Journal.open(watch.site.dot)) as journal:
        journal.claim(Run("A-2.1", "A-2", 1, "dev", RunState.CLAIMED, time.time()))
    time.sleep(0.4)
    assert not looked
    with client.listening() as events:
        assert next(events)[1]["parts"]["tasks"]["A-2"]["run"]["id"] == "A-2.1"


def test_the_command_prints_its_address_and_ends_at_a_signal(stage: Stage) -> None:
    stage.write()
    child = stage.spawn("web", "--port", "0")
    try:
        assert child.stdout is not None
        address = child.stdout.readline().split()[-1]
        assert address.startswith("http://127.0.0.1:")
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    finally:
        child.kill()
    assert (child.returncode, out) == (0, "")
    assert "Traceback" not in err


def test_without_its_libraries_it_says_what_to_install(
    stage: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.write()
    for name in [n for n in sys.modules if n.startswith(("mdorch.front.web", "starlette"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette", None)
    said = mdorch("web")
    assert said.code == 3
    assert "pip install 'mdorch[web]'" in said.err
