"""What a screen shows while others work: saves, other screens, runs."""

from __future__ import annotations

import signal
import time
from contextlib import closing
from typing import Any

from mdorch.desk.disputes import note
from mdorch.facts import Dispute
from mdorch.world.journal import Journal
from mdorch.world.versions import Versions
from tests.front.stage import ONE, ROWS, SLEEP, Stage
from tests.front.web.client import Client
from tests.ui.conftest import Opened, until

LIVE = 3.0  # seconds; `make bench ARGS=web` has the figure, a tenth of it


def text_is(page: Any, selector: str, text: str) -> None:
    page.wait_for_function(
        "([selector, text]) => document.querySelector(selector)?.textContent.includes(text)",
        arg=[selector, text],
    )


def field(page: Any, name: str) -> Any:
    return page.locator(f"#panel [name={name}]")


def test_a_save_is_on_the_screen_at_once(opened: Opened, stage: Stage) -> None:
    page = opened("board")
    for title in ("Write the lexer", "Write a grammar"):
        start = time.monotonic()
        stage.write(ROWS.replace("Write the parser", title), config=None)
        page.get_by_text(title).wait_for()
        assert time.monotonic() - start < LIVE


def test_an_edit_goes_to_the_page_and_comes_back(opened: Opened, stage: Stage) -> None:
    page = opened("board/A-2")
    field(page, "title").fill("Write | the <b>lexer</b>")
    field(page, "title").press("Enter")
    page.locator("#view .task").get_by_text("Write | the <b>lexer</b>").wait_for()
    assert "| A-2 | Write \\| the <b>lexer</b> | dev |" in stage.text
    field(page, "status").select_option("on hold")
    page.locator(".column.s-on_hold").get_by_text("A-2").wait_for()
    assert "| A-1 | On Hold |" in stage.text
    field(page, "notes").fill("mine")
    page.locator("#panel .cell-notes").get_by_role("button").click()
    until(page, lambda: "| mine |" in stage.text)


def test_two_screens_and_an_editor_at_once(opened: Opened, stage: Stage) -> None:
    one, other = opened("board/A-2"), opened("board/A-3")
    field(one, "notes").fill("from one")
    field(other, "notes").fill("from the other")
    stage.page.write_text(stage.text.replace("Find the callers", "Found by an editor"))
    field(one, "notes").press("Enter")
    field(other, "notes").press("Enter")
    texts = ("| from one |", "| from the other |", "Found by an editor")
    until(one, lambda: all(text in stage.text for text in texts))
    for page in (one, other):
        page.get_by_text("Found by an editor").wait_for()
        page.evaluate("location.hash = '#source'")
        text_is(page, ".source", "from one")
        text_is(page, ".source", "from the other")


def test_a_change_elsewhere_on_the_page_is_no_reason_to_ask(opened: Opened, stage: Stage) -> None:
    page = opened("board/A-2")

    def save_first(route: Any) -> None:
        stage.page.write_text(stage.text.replace("# Project", "# Another"))
        route.continue_()

    page.route("**/api/set", save_first, times=1)
    field(page, "notes").fill("mine")
    field(page, "notes").press("Enter")
    until(page, lambda: "| mine |" in stage.text)
    assert "# Another" in stage.text


def test_a_stale_screen_is_told_and_asks(opened: Opened, stage: Stage) -> None:
    page = opened("board/A-2")
    title = field(page, "title")
    title.fill("Mine")
    stage.page.write_text(stage.text.replace("Write the parser", "Theirs"))
    page.get_by_text("now on the page: Theirs").wait_for()
    assert title.input_value() == "Mine"
    title.press("Enter")
    box = page.get_by_role("dialog")
    assert box.locator("li").text_content() == "A-2 title Write the parser → Theirs"
    box.get_by_text("Leave it as it is").click()
    assert "| A-2 | Theirs |" in stage.text
    title.press("Enter")
    page.get_by_text("Write mine all the same").click()
    until(page, lambda: "| A-2 | Mine |" in stage.text)


def test_a_change_that_the_screen_had_not_heard_of_is_asked_about(opened: Opened, stage: Stage) -> None:
    page = opened("board/A-2")

    def save_first(route: Any) -> None:
        stage.page.write_text(stage.text.replace("Write the parser", "Theirs"))
        route.continue_()

    page.route("**/api/set", save_first, times=1)
    field(page, "title").fill("Mine")
    field(page, "title").press("Enter")
    page.get_by_text("Write mine all the same").wait_for()
    assert "| A-2 | Theirs |" in stage.text
    page.keyboard.press("Escape")
    assert "| A-2 | Theirs |" in stage.text


def test_what_needs_a_person_has_its_one_button(opened: Opened, stage: Stage) -> None:
    asked = (
        "\n## Agent Handoff Signal\n\n**From**: dev\n**To**: human\n**Task**: A-2\n**Status**: BLOCKED\n\n"
        "### Questions\n- Which of the two?\n"
    )
    rows = ROWS.replace("A-1 | Waiting", "A-1 | Blocked").replace("A-2 | Waiting", "A-2 | In Review")
    stage.write(rows, more=asked)
    page = opened("now")
    text_is(page, ".hero h1", "2 things need you")
    page.locator("#needs").get_by_role("button", name="Answer").click()
    page.get_by_label("Your answer").fill("The second one")
    page.get_by_role("dialog").get_by_role("button", name="Answer").click()
    text_is(page, ".hero h1", "1 thing needs you")
    assert "**Answer**: The second one" in stage.text
    page.get_by_role("button", name="Approve").click()
    text_is(page, ".hero h1", "Nothing needs you")
    assert stage.status_of("A-3") == "Complete"


def test_of_two_values_that_which_stands_is_kept_by_its_button(opened: Opened, stage: Stage) -> None:
    stands = "it's mine, 'now'"
    stage.write(ROWS.replace("| high | |\n| A-3", f"| high | {stands} |\n| A-3"))
    with closing(Journal.open(stage.here / ".mdorch")) as journal:
        note(journal, [Dispute("A-2", "notes", stands, "theirs", time.time())])
    page = opened("now")
    before = stage.text
    page.get_by_role("button", name="Keep what stands").click()
    text_is(page, ".hero h1", "Nothing needs you")
    assert stage.text == before


def test_a_command_that_no_button_does_can_be_copied(opened: Opened, stage: Stage) -> None:
    stage.write(config="")
    page = opened("now", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="mdorch init").click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "mdorch init"


def test_a_held_page_is_brought_back_and_only_as_it_was_seen(opened: Opened, stage: Stage) -> None:
    before = stage.text
    with closing(Journal.open(stage.here / ".mdorch")) as journal:
        journal.set("hold", "3 of 5 rows are gone from the page")
    Versions(stage.here / ".mdorch").keep(before.encode(), 1000.0)
    stage.page.write_text(before.replace("Test the parser", "Lost the parser"))
    page = opened()
    assert page.locator("#banner").get_by_role("button", name="Accept it as it is").is_visible()
    assert not page.locator("#pause").is_visible()  # nobody accepts a page in passing
    page.locator("#banner").get_by_role("button", name="Bring back what it was").click()
    page.get_by_role("dialog").get_by_text("Test the parser").wait_for()
    assert page.locator(".changes li").count() == 2
    stage.page.write_text(stage.text.replace("Find the callers", "Found meanwhile"))
    page.locator("#needs").get_by_text("Bring back").wait_for()
    page.get_by_role("button", name="Bring it back").click()
    page.get_by_role("button", name="Leave it as it is").click()
    assert "Found meanwhile" in stage.text
    page.get_by_role("button", name="Bring it back").click()
    page.get_by_role("button", name="Write mine all the same").click()
    until(page, lambda: stage.text == before)


def test_a_run_is_followed_and_stopped(opened: Opened, stage: Stage) -> None:
    stage.write(ONE, SLEEP.replace('["sleep", "60"]', '["sh", "-c", "echo hello; sleep 60"]'))
    daemon = stage.spawn("up", "--yes")
    try:
        page = opened("now")
        page.locator("#at-work").get_by_text("A-1").click()
        text_is(page, ".log", "hello")
        page.locator("#panel").get_by_role("button", name="Stop").click()
        until(page, lambda: stage.status_of("A-1") == "On Hold")
        text_is(page, "#panel .sheet-log", "ended")
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.communicate()


def test_a_screen_says_when_it_is_on_its_own(opened: Opened, client: Client) -> None:
    page, other = opened("now"), opened("now")
    other.context.clear_cookies()
    other.evaluate("location.hash = '#metrics'")
    text_is(other, "#banner", "This address is over")
    client.server.stop()
    text_is(page, "#banner", "The server does not answer")
