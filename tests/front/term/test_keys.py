"""What keys do to a real page, and what they refuse to do."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from mdorch.config.errors import Trouble
from mdorch.desk.halt import live_runs, pause
from mdorch.desk.site import open_site
from mdorch.front.cli.call import Call
from mdorch.front.cli.halt import settled
from mdorch.front.term import app, details, looker
from mdorch.front.term.dialogs import Sure, Words
from mdorch.world.journal import Journal
from mdorch.world.versions import Versions
from tests.front.stage import HEAD, ONE, SLEEP, Mdorch, Stage, live, running, until
from tests.front.term.player import LARGE, Player, play

ROWS = """\
| A-1 | Find the callers | dev | None | Complete | high | |
| A-2 | Write the parser | dev | A-1 | Waiting | high | |
| A-3 | Test the parser | tester | A-2 | In Review | low | |
| A-4 | Ask somebody | dev | None | Blocked | | |
| A-5 | Later | dev | None | On Hold | | |
"""
ASKED = """
## Agent Handoff Signal

**From**: dev
**To**: human
**Task**: A-4
**Status**: BLOCKED

### Questions
- Which of the two?
"""


@pytest.fixture
def page(stage: Stage) -> Stage:
    stage.write(ROWS, more=ASKED)
    return stage


def cell(stage: Stage, task: str, column: int) -> str:
    row = next(line for line in stage.text.splitlines() if line.startswith(f"| {task} |"))
    return row.split("|")[column].strip()


def test_a_question_is_answered(page: Stage) -> None:
    async def script(player: Player) -> None:
        assert player.selected == "A-4"  # what needs a person comes first
        await player.press("w")
        await player.sees("Which of the two?")
        await player.type("the second one")
        await player.sees("A-4 is answered")
        await player.until(lambda: player.app.screen is player.app.screen_stack[0])

    play(page, script)
    assert "the second one" in page.text
    assert page.status_of("A-4") == "Waiting"


def test_what_is_in_review_is_approved_or_sent_back(page: Stage) -> None:
    page.write(ROWS.replace("Blocked", "In Review"))

    async def script(player: Player) -> None:
        await player.select("A-3")
        await player.press("y")
        await player.until(lambda: page.status_of("A-3") == "Complete")
        await player.until(lambda: player.app.scene and not player.app.scene.task("A-3").read_only)
        await player.until(lambda: len(player.app.scene.needs) == 1)
        await player.press("g")
        assert player.selected == "A-4"
        player.app._moved = 0.0
        await player.press("n")
        await player.type("no tests")
        await player.until(lambda: page.status_of("A-4") == "Waiting")

    play(page, script)
    assert "rejected: no tests" in cell(page, "A-4", 7)


def test_a_task_is_assigned_with_the_names_that_are_known(page: Stage) -> None:
    async def script(player: Player) -> None:
        await player.press("2")
        await player.select("A-2")
        await player.press("a")
        await player.sees("known: dev, tester")
        await player.type("tester")
        await player.sees("agent: dev → tester")

    play(page, script)
    assert cell(page, "A-2", 3) == "tester"


def test_rows_are_held_opened_and_completed(page: Stage) -> None:
    async def script(player: Player) -> None:
        await player.press("2")
        for task, key, status in (("A-2", "s", "On Hold"), ("A-5", "r", "Waiting"), ("A-5", "c", "Complete")):
            await player.select(task)
            await player.press(key)
            await player.until(lambda task=task, status=status: page.status_of(task) == status)
            await player.until(lambda task=task, s=status: player.app.scene.task(task).status_text == s)
            player.app._moved = 0.0

    play(page, script)


def test_a_task_is_handed_off(page: Stage) -> None:
    async def script(player: Player) -> None:
        await player.press("2")
        await player.select("A-2")
        await player.press("h")
        await player.type("tester")
        await player.press("enter")
        await player.type("src/parser.py: reads all")
        await player.type("mind the empty file, src/parser.py:3")
        await player.sees("handoff at line")

    play(page, script)
    block = page.text.split("## Agent Handoff Signal")[-1]
    assert "**To**: tester" in block
    assert "**Status**: COMPLETE" in block
    assert "### Deliverables\n- src/parser.py: reads all\n" in block
    assert "- mind the empty file" in block


def test_a_task_is_added(page: Stage) -> None:
    async def script(player: Player) -> None:
        await player.press("+")
        await player.sees("Add a task")
        await player.type("Write | the guide")
        await player.type("writer")
        await player.type("A-2")
        await player.sees("A-6 added: Write | the guide")
        await player.until(lambda: player.app.screen is player.app.screen_stack[0])
        await player.until(lambda: player.app.scene.task("A-6"))

    play(page, script)
    assert "| A-6 | Write \\| the guide | writer | A-2 | Waiting |" in page.text


def test_a_run_is_ended_only_after_a_question(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE, SLEEP)
    assert stage.process("up", "--once", "--yes").code in (0, 1)

    async def script(player: Player) -> None:
        assert player.selected == "A-1"
        for key in ("s", "r", "c"):
            await player.press(key)
            await player.until(lambda: isinstance(player.app.screen, Sure))
            await player.sees("at work on it")
            await player.sees("(A-1.1). This ends the run.")
            await player.press("n")
            await player.until(lambda: not isinstance(player.app.screen, Sure))
            assert (stage.status_of("A-1"), len(live(stage))) == ("In Progress", 1)
        await player.press("s")
        await player.until(lambda: isinstance(player.app.screen, Sure))
        await player.press("y")
        await player.until(lambda: stage.status_of("A-1") == "On Hold")
        await player.until(lambda: not live(stage))
        await player.until(lambda: stage.text.split("## Task Queue")[0] == HEAD.split("## Task Queue")[0])

    play(stage, script, settle=lambda runs: settled(Call(), runs))
    until(lambda: not running(stage))  # who wrote the result down was this process


def test_an_agent_may_look_and_change_nothing(page: Stage) -> None:
    before = page.page.read_bytes()

    async def script(player: Player) -> None:
        await player.press("2")
        await player.select("A-3")
        for key, word in (("y", "approve"), ("r", "retry"), ("s", "stop"), ("c", "complete"), ("p", "pause")):
            await player.press(key)
            await player.sees(f"mdorch {word} is not for agents")
        await player.press("a")
        await player.type("x")
        await player.sees("mdorch assign is not for agents")
        assert isinstance(player.app.screen, Words)

    play(page, script, environ={"MDORCH_RUN": "Z-1.1", "MDORCH_TASK": "Z-1"})
    assert page.page.read_bytes() == before
    assert not (page.here / ".mdorch" / "PAUSE").exists()


def test_what_was_typed_stays_until_it_is_on_the_page(page: Stage) -> None:
    async def script(player: Player) -> None:
        await player.press("w")
        conflict = f"{page.text}\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> theirs\n"
        good = page.text
        page.page.write_text(conflict)
        await player.type("the second one")
        await player.sees("conflict markers")
        assert "the second one" in player.text
        page.page.write_text(good)
        await player.press("enter")
        await player.until(lambda: not isinstance(player.app.screen, Words))

    play(page, script, size=LARGE)
    assert "the second one" in page.text


def test_a_key_does_not_act_on_a_row_that_has_just_come_there(
    page: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "MOVED", 60.0)

    async def script(player: Player) -> None:
        assert player.selected == "A-4"
        page.page.write_text(page.text.replace("| Blocked |", "| Complete |").replace(ASKED, ""))
        await player.until(lambda: player.selected == "A-3")
        await player.press("y")
        await player.sees("has just moved")
        assert page.status_of("A-3") == "In Review"

    play(page, script)


def test_all_is_paused_and_resumed(page: Stage) -> None:
    async def script(player: Player) -> None:
        await player.press("p")
        await player.sees("Paused")
        await player.sees("‖ paused")
        await player.press("p")
        await player.sees("Resumed")
        await player.until(lambda: "‖ paused" not in player.text)

    play(page, script)


def test_leaving_waits_for_what_is_being_written(page: Stage) -> None:
    async def script(player: Player) -> None:
        await player.press("2")
        await player.select("A-2")
        player.app._jobs.ask(lambda: player.app._jobs.set("A-2", {"notes": "kept"}), lambda *_: None)
        player.app.exit()

    play(page, script)
    assert cell(page, "A-2", 7) == "kept"


def test_a_job_that_goes_wrong_is_told_and_the_next_one_is_done(page: Stage) -> None:
    async def script(player: Player) -> None:
        told: list[Trouble | None] = []
        player.app._jobs.ask(lambda: str(1 / 0), lambda _, trouble: told.append(trouble))
        player.app._jobs.ask(lambda: "", lambda _, trouble: told.append(trouble))
        await player.until(lambda: len(told) == 2)
        assert told[0] is not None
        assert "division by zero" in told[0].message
        assert told[1] is None

    play(page, script)


def test_a_look_that_goes_wrong_is_told_and_the_next_one_is_taken(
    page: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def script(player: Player) -> None:
        def wrong(*_: object) -> None:
            raise ZeroDivisionError("never thought of")

        for module, name in ((looker, "scene_of"), (details, "why_answer")):
            with monkeypatch.context() as broken:
                broken.setattr(module, name, wrong)
                page.page.write_text(page.text + "\n")
                await player.sees("never thought of")
            page.page.write_text(page.text + "\n")
            await player.until(lambda: player.app.scene.look.data == page.page.read_bytes())
        await player.press("2", "j")
        await player.sees("Prerequisites")

    play(page, script, LARGE)


def test_the_editor_opens_at_the_row(page: Stage, tmp_path: Path) -> None:
    said = tmp_path / "said"
    editor = tmp_path / "nano"
    editor.write_text(f'#!/bin/sh\necho "$@" > {said}\nsed -i "s/Write the parser/Write it/" "$2"\n')
    editor.chmod(0o755)
    line = 1 + page.text.splitlines().index(next(x for x in page.text.splitlines() if "A-2 |" in x))

    async def script(player: Player) -> None:
        await player.press("2")
        await player.select("A-2")
        await player.press("e")
        await player.sees("Write it")

    play(page, script, environ={"EDITOR": str(editor), "VISUAL": ""})
    assert said.read_text() == f"+{line} {page.page}\n"


def test_an_editor_that_is_not_there_is_said(page: Stage) -> None:
    async def script(player: Player) -> None:
        await player.press("e")
        await player.sees("the editor /nowhere/vi is not there")

    play(page, script, environ={"EDITOR": "/nowhere/vi", "VISUAL": ""})


def test_a_page_that_is_gone_is_said_and_comes_back(page: Stage) -> None:
    async def script(player: Player) -> None:
        aside = page.page.rename(page.page.with_name("aside"))
        await player.sees("CLAUDE.md")
        await player.until(lambda: player.app._message.has_class("bad"))
        assert "Ask somebody" in player.text or "Which of the two" in player.text
        aside.rename(page.page)
        page.page.write_text(page.text.replace("Test the parser", "Try the parser"))
        await player.sees("Try the parser")

    play(page, script)


def test_a_held_page_is_brought_back(page: Stage) -> None:
    site = open_site(None, None, os.environ)
    before = page.text
    with closing(Journal.open(site.dot)) as journal:
        journal.set("hold", "3 of 5 rows are gone from the page")
    Versions(site.dot).keep(before.encode(), 1000.0)
    page.page.write_text(before.replace("| A-3 | Test the parser", "| A-3 | Lost the parser"))

    async def script(player: Player) -> None:
        await player.sees("r restore")
        assert player.selected.startswith("conflict")
        await player.press("r")
        await player.until(lambda: isinstance(player.app.screen, Sure))
        await player.sees("- | A-3 | Lost the parser")
        await player.sees("+ | A-3 | Test the parser")
        page.page.write_text(page.text + "\nsomething new\n")
        await player.press("y")
        await player.until(lambda: player.app._message.has_class("bad"))
        await player.sees("has changed since it was looked at")
        assert "something new" in page.text
        await player.until(lambda: player.app.scene.look.data == page.page.read_bytes())
        await player.press("r")
        await player.until(lambda: isinstance(player.app.screen, Sure))
        await player.press("y")
        await player.sees("CLAUDE.md is as it was at")

    play(page, script)
    assert page.text == before
    assert sum(b"something new" in version.data for version in Versions(site.dot).all()) == 1


def test_a_held_page_is_accepted_only_when_that_was_meant(page: Stage, mdorch: Mdorch) -> None:
    site = open_site(None, None, os.environ)
    pause(site, "", 0.0)
    journal = Journal.open(site.dot)
    journal.set("hold", "most of its rows are gone")
    journal.close()

    async def script(player: Player) -> None:
        await player.sees("held")
        await player.press("p")
        await player.until(lambda: isinstance(player.app.screen, Sure))
        await player.sees("most of its rows are gone")
        await player.press("escape", "p")
        await player.until(lambda: isinstance(player.app.screen, Sure))
        before = page.text
        page.page.write_text(before.replace("Write the parser", "Write no parser"))
        await player.press("y")
        await player.until(lambda: player.app._message.has_class("bad"))
        assert "held" in player.text  # not the page that one has seen
        await player.sees("A-3")
        await player.until(lambda: player.app.scene.look.data == page.page.read_bytes())
        await player.press("p")
        await player.until(lambda: isinstance(player.app.screen, Sure))
        await player.press("y")
        await player.sees("The page is accepted as it is")

    play(page, script)
    assert live_runs(site) == []
