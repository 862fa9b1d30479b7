"""Every view for everybody: hostile texts, small screens, large type, no mouse, poor eyes, many tasks."""

from __future__ import annotations

from typing import Any

import pytest

from bench.status import page as big_page
from tests.front.stage import HEAD, ROWS, Stage
from tests.ui.conftest import HERE, Opened, until
from tests.ui.test_live import text_is

VIEWS = ("now", "board", "graph", "timeline", "agents", "handoffs", "metrics", "problems", "source")
HOSTILE = (
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "[x](javascript:window.hacked=1)",
    "\x1b[31mred\x1b[0m \x07",
    "\u202egnp.exe \u2066x",
    "'\"><svg/onload=window.hacked=1>",
    "${window.hacked = 1} {{constructor.constructor('window.hacked = 1')()}}",
    "W" * 300,
    "__proto__",
)


def show(page: Any, place: str) -> None:
    """Another view, and perhaps a task beside it; back when nothing is to be fetched for it any more."""
    page.evaluate("name => { location.hash = name; }", f"#{place}")
    view, _, about = place.partition("/")
    page.wait_for_selector(f"#nav a[href='#{view}'][aria-current]")
    if about and view != "source":
        page.wait_for_selector("#panel:not([hidden])")
    page.wait_for_selector("#view:not([aria-busy=true])")


def full(stage: Stage) -> None:
    """A page with something for every view."""
    rows = ROWS.replace("tester | A-2 | Waiting", "tester | A-2, NO-1 | Waiting").replace(
        "A-1 | Waiting", "A-1 | Failed"
    )
    block = (
        "\n## Agent Handoff Signal\n\n**From**: dev\n**To**: tester\n**Task**: A-1\n**Status**: COMPLETE\n\n"
        "### Deliverables\n- src/a_long_path_that_goes_on_and_on/and_on/and_on/and_on/and_on/file.py\n\n"
        "### Artifacts\n- docs/x.md\n"
    )
    stage.write(rows, more=block)


def test_hostile_texts_stay_texts(opened: Opened, stage: Stage) -> None:
    rows = [f"| H-{n} | {text} | {text} | | Waiting | {text} | {text} |" for n, text in enumerate(HOSTILE)]
    rows.append("| constructor | toString | valueOf | __proto__ | Failed | | |")
    blocks = [
        f"\n## Agent Handoff Signal\n\n**From**: {text}\n**To**: {text}\n**Task**: H-{n}\n"
        "**Status**: BLOCKED\n\n"
        f"### Questions\n- {text}\n"
        for n, text in enumerate(HOSTILE)
    ]
    stage.write("\n".join(rows) + "\n", more="".join(blocks))
    page = opened("board")
    page.get_by_text(HOSTILE[0], exact=True).first.wait_for()
    for view in (*VIEWS, "board/H-0", "graph/H-4", "now/constructor", "board/__proto__"):
        show(page, view)
        assert page.evaluate("window.hacked") is None
        links = page.eval_on_selector_all("a", "all => all.map(a => a.getAttribute('href'))")
        assert [link for link in links if not link.startswith("#")] == []
        shown = page.evaluate("document.querySelector('main').textContent + document.title")
        assert not set(shown) & set("\x1b\x07\u202e\u2066")
    assert page.evaluate("document.querySelectorAll('main script, main img, #panel script').length") == 0
    stage.page.write_text(stage.text.replace("| toString |", "| another one |"))
    show(page, "board/constructor")
    text_is(page, "#panel .sheet-title", "another one")
    page.evaluate("location.hash = '#constructor'")
    text_is(page, "#nav [aria-current]", "Now")


@pytest.mark.parametrize(("width", "height", "zoom"), [(360, 740, 1), (1280, 800, 2)], ids=["phone", "200 %"])
def test_nothing_is_cut_off_on_small_screens_and_in_large_type(
    opened: Opened, stage: Stage, width: int, height: int, zoom: int
) -> None:
    full(stage)
    page = opened("now", width // zoom, height // zoom, device_scale_factor=zoom)
    for view in (*VIEWS, "board/A-2"):
        show(page, view)
        assert page.evaluate("document.documentElement.scrollWidth") <= width // zoom, view
    box = page.locator("#panel").bounding_box()
    assert (box["x"] >= 0, box["x"] + box["width"] <= width // zoom) == (True, True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_has_a_name_and_can_be_read(opened: Opened, stage: Stage, scheme: str) -> None:
    full(stage)
    page = opened("now", color_scheme=scheme)
    audit = (HERE / "audit.js").read_text("utf-8")
    for view in (*VIEWS, "board/A-2"):
        show(page, view)
        assert page.evaluate(audit) == [], f"{view}, {scheme}"


def test_a_task_is_found_opened_edited_and_left_without_a_mouse(opened: Opened, stage: Stage) -> None:
    page = opened("now")
    keys = page.keyboard
    keys.press("2")
    text_is(page, "#nav [aria-current]", "Board")
    keys.press("/")
    keys.type("tester")
    page.wait_for_function("() => document.querySelectorAll('.task').length === 1")
    keys.press("Escape")
    page.wait_for_function("() => document.querySelectorAll('.task').length === 3")
    page.locator(".column.s-waiting a").first.focus()
    keys.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "A-3"
    keys.press("ArrowUp")
    keys.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == "A-1"
    keys.press("Enter")
    page.wait_for_function("() => document.activeElement.getAttribute('aria-label') === 'Close the task'")
    page.wait_for_selector("#panel [name=title]")
    for _ in range(30):
        keys.press("Tab")
        if page.evaluate("document.activeElement.name") == "notes":
            break
    keys.type("by hand")
    keys.press("Enter")
    until(page, lambda: "| by hand |" in stage.text)
    page.locator("#panel button").first.focus()
    keys.press("Escape")
    page.wait_for_function("() => document.querySelector('#panel').hidden")
    assert page.evaluate("document.activeElement.textContent") == "A-1"


def test_a_task_is_added_without_a_mouse(opened: Opened, stage: Stage) -> None:
    page = opened("graph")
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    page.get_by_text("A task needs a title.").wait_for()
    page.keyboard.type("Write the guide")
    page.keyboard.press("Enter")
    until(page, lambda: "| A-4 | Write the guide |" in stage.text)
    page.wait_for_function("() => !document.querySelector('dialog')")
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_text("Add a task").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.querySelector('dialog')")


def test_arrow_keys_go_along_the_arrows(opened: Opened, stage: Stage) -> None:
    page = opened("graph")
    page.locator(".node").nth(2).wait_for()
    page.locator(".graph").focus()
    walked = []
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
        walked.append(page.evaluate("document.activeElement.dataset.key"))
    assert walked == ["A-1", "A-2", "A-3", "A-2"]
    assert "critical path" in page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    text_is(page, "#panel", "Write the parser")


def test_a_graph_is_in_layers_and_no_box_covers_another(opened: Opened, stage: Stage) -> None:
    needs = ["", "T-0", "T-0", "T-1, T-2", "All above", "T-9", "T-5", "", "T-7, T-2", "T-6"]
    rows = [f"| T-{n} | task {n} | dev | {need or 'None'} | Waiting | | |\n" for n, need in enumerate(needs)]
    stage.write("".join(rows))
    page = opened("graph")
    page.locator(".node").nth(9).wait_for()
    boxes = page.eval_on_selector_all(
        ".node", "all => all.map(e => [e.dataset.key, e.offsetLeft, e.offsetTop])"
    )
    x = {key: left for key, left, _ in boxes}
    assert x["T-0"] < x["T-1"] == x["T-2"] < x["T-3"] < x["T-4"]
    assert x["T-2"] < x["T-8"]
    spots = [(left, top) for _, left, top in boxes]
    assert all(a == b or abs(a[0] - b[0]) >= 196 or abs(a[1] - b[1]) >= 54 for a in spots for b in spots)
    assert page.locator(".arrow.turned").count() == 1  # T-5, T-6 and T-9 go in a circle


def test_two_thousand_tasks(opened: Opened, stage: Stage) -> None:
    stage.page.write_text(big_page(2000))
    page = opened("board")
    text_is(page, "#gauges", "666 of 2000")
    assert page.evaluate("document.querySelectorAll('.task').length") < 500
    page.get_by_role("searchbox").fill("WORK-01999")
    page.wait_for_function("() => document.querySelectorAll('.task').length === 1")
    page.get_by_role("searchbox").fill("")
    show(page, "graph")
    page.locator(".node").first.wait_for()
    assert page.evaluate("document.querySelectorAll('.node').length") < 500
    stage.page.write_text(big_page(2000, 7))
    show(page, "source")
    text_is(page, ".source", "(edited 7)")


def test_an_empty_page_and_no_page_queue(opened: Opened, stage: Stage) -> None:
    stage.page.write_text(HEAD)
    page = opened("now")
    for view in VIEWS:
        show(page, view)
    stage.page.write_text("# Nothing here\n")
    show(page, "problems")
    text_is(page, "main", "Task Queue")
