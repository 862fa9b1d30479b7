"""What is shown: of saves, of logs, of hostile texts; by keys and with the mouse."""

from __future__ import annotations

import os
import re

import pytest

from mdorch.front.cli.screen import Ink
from mdorch.front.term.lines import Button, between, strip
from mdorch.front.term.palette import DARK, LIGHT, PALETTES, Palette
from mdorch.front.term.sections import VIEWS
from tests.front.stage import FAIL, HEAD, ONE, ROWS, SLEEP, Mdorch, Stage, live
from tests.front.term.player import LARGE, SMALL, Player, play
from tests.front.test_hostile import DANGEROUS, EVIL, PAGE

MANY = "".join(f"| A-{n} | task {n} | dev | A-{n - 1} | Waiting | | |\n" for n in range(2, 400))


def test_a_save_is_seen_and_the_cursor_stays_with_its_row(stage: Stage) -> None:
    stage.write(ROWS)

    async def script(player: Player) -> None:
        await player.press("2")
        await player.select("A-3")
        stage.write("| A-0 | Before all | dev | A-2 | Waiting | | |\n" + ROWS)
        await player.sees("Before all")
        assert player.selected == "A-3"
        assert next(line for line in player.lines if line.startswith("▌")).split()[2] == "A-3"

    play(stage, script)


def test_runs_of_earlier_rounds_are_listed(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE, FAIL)
    assert stage.process("up", "--until-idle", "--yes").code == 1
    mdorch("retry", "A-1")
    assert stage.process("up", "--until-idle", "--yes").code == 1

    async def script(player: Player) -> None:
        await player.press("3")
        await player.sees("A-1.2")
        await player.sees("A-1.1")
        await player.press("j")
        assert player.selected == "A-1.1"
        await player.sees("Run     A-1.2 with dev: failed")

    play(stage, script)


def test_views_tabs_and_the_whole_screen(stage: Stage) -> None:
    stage.write(ROWS)

    async def script(player: Player) -> None:
        for number, view in enumerate(VIEWS, 1):
            await player.press(str(number))
            assert player.app.view == view
        await player.press("2")
        await player.select("A-2")
        await player.sees("Prerequisites")
        await player.press("tab", "tab")
        await player.sees("Needed by")
        await player.press("shift+tab")
        await player.sees("A-2 has no run yet")
        await player.press("tab", "tab")
        await player.sees("nothing yet")
        await player.press("tab", "enter")
        await player.until(lambda: "Waiting  " not in player.text and "Prerequisites" in player.text)
        await player.press("escape")
        await player.sees("Waiting  ")
        await player.press("question_mark")
        await player.sees("retry: open it again")
        await player.press("x")
        await player.until(lambda: "retry: open it again" not in player.text)
        for palette in ("light", "terminal", "dark"):
            await player.press("t")
            assert (player.app.palette.name, player.app.theme) == (palette, palette)

    play(stage, script)


def test_rows_are_found_by_words(stage: Stage) -> None:
    stage.write(ONE + MANY)

    async def script(player: Player) -> None:
        await player.press("slash", *"task")
        await player.sees("398 found")
        await player.press("space", *"37")
        await player.sees("14 found")
        await player.press("enter", "j")
        assert player.selected == "A-137"
        await player.press("escape")
        await player.until(lambda: "found" not in player.text)
        assert player.app.words == ""

    play(stage, script)


def test_many_rows_are_gone_through_to_the_last(stage: Stage) -> None:
    stage.write(ONE + MANY)

    async def script(player: Player) -> None:
        await player.press("2", "G")
        assert player.selected == "A-399"
        assert "task 399" in player.text
        await player.press("pageup", "pageup", "k")
        assert player.selected == f"A-{399 - 2 * (player.app._list.size.height - 2) - 1}"
        await player.press("g")
        assert player.selected == "A-1"
        assert "Starting soon" in player.text  # the heading above the first row

    play(stage, script)


def test_the_mouse_does_what_keys_do(stage: Stage) -> None:
    stage.write(ROWS)

    async def script(player: Player) -> None:
        async def click(words: str, place: int = 0) -> None:
            y = [at for at, line in enumerate(player.lines) if words in line][place]
            await player.pilot.click(offset=(player.lines[y].index(words) + 1, y))

        await click("Board")
        assert player.app.view == "board"
        await click("Test the parser")
        assert player.selected == "A-3"
        await click("tree")
        await player.sees("Needed by")
        await click("assign", -1)
        await player.sees("known: dev, tester")
        await player.press("escape")
        await click("Test the parser")
        await player.until(lambda: player.app._is_full)

    play(stage, script)


def test_a_log_is_told_and_grows(stage: Stage, mdorch: Mdorch) -> None:
    (stage.here / "talk").write_text(
        'for n in 1 2 3 4 5 6 7 8 9; do echo "line $n"; done\n'
        "until [ -e go ]; do sleep 0.05; done; echo end; exec sleep 60\n"
    )
    stage.write(ONE, SLEEP.replace('"sleep", "60"', '"sh", "talk"'))
    assert stage.process("up", "--once", "--yes").code in (0, 1)

    async def script(player: Player) -> None:
        await player.press("l")
        await player.sees("line 9")
        (stage.here / "go").write_text("")
        await player.sees("end")
        assert "A-1.1, dev" in "\n".join(str(line) for line in player.app._pane.lines[0])

    play(stage, script)
    assert len(live(stage)) == 1


def test_hostile_texts_are_shown_as_text(stage: Stage, mdorch: Mdorch) -> None:
    """Neither what a terminal obeys nor what Textual and Rich do: markup and links."""
    markup = "[red]x[/red] [@click=app.quit]q[/] :smile: [bold"
    stage.page.write_bytes(PAGE.replace(EVIL, f"{EVIL} {markup}").encode() + b"\nbad bytes \xff\xfe\n")
    mdorch("set", "E-3", f"notes={markup}")

    async def script(player: Player) -> None:
        def harmless() -> None:
            drawn = player.app.screen._compositor.render_strips()
            assert not DANGEROUS.search("".join(line.text for line in drawn))
            for segment in (s for line in drawn for s in line if s.style):
                action = segment.style.meta.get("@click", "")
                assert re.fullmatch(r"|app\.(view|tab|press)\('.{1,8}'\)", str(action))

        for view in "1234":
            await player.press(view)
            harmless()
            await player.press("j", "G")
            harmless()
        await player.press("2")
        assert "[red]x" in player.text
        await player.select("E-3")
        for _ in range(4):
            await player.press("tab")
            await player.until(lambda: player.app._shown and player.app._shown.tab == player.app.tab)
            harmless()
        for key in ("w", "a", "h", "n"):
            player.app._moved = 0.0
            await player.press(key)
            await player.until(lambda: len(player.app.screen_stack) == 2)
            await player.sees("E-3")
            harmless()
            await player.press("escape")
        player.app.say(f"{EVIL} [blue]only here[/blue]")
        await player.sees("[blue]only here")
        harmless()

    play(stage, script, LARGE)


@pytest.mark.parametrize("pieces", [[EVIL], [Ink(EVIL, "dim")], [Button(EVIL, "key", "app.quit")]])
def test_every_piece_of_a_line_is_cleaned(pieces: list[str | Ink | Button]) -> None:
    for drawn in (pieces, between(pieces, pieces, 60)):
        line = strip(DARK, drawn, 70)
        assert not DANGEROUS.search(line.text)
        assert "owned" in line.text
        assert line.cell_length == 70


def test_a_page_without_tasks_says_what_to_do(stage: Stage) -> None:
    stage.write("")

    async def script(player: Player) -> None:
        for view in "12":
            await player.press(view)
            await player.sees("+ adds one")
            await player.sees("+ add   / find")
        await player.press("j", "y", "e", "3", "4", "enter")

    play(stage, script, environ={"EDITOR": "true", "VISUAL": ""})


def test_any_size_is_endured(stage: Stage) -> None:
    stage.page.write_text(HEAD + ROWS)

    async def script(player: Player) -> None:
        for size in ((20, 6), (200, 60), (1, 1), SMALL):
            await player.pilot.resize_terminal(*size)
            await player.press("2", "j", "question_mark", "escape", "1")
        await player.sees("Find the callers")

    play(stage, script)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda p: p.name)
def test_every_text_can_be_read_on_every_ground(palette: Palette) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5."""
    for ink, colour in palette.inks.items():
        for ground in ("page", "bar", "selected", "dialog"):
            assert contrast(colour, palette.grounds[ground]) >= 4.5, f"{ink} on {ground}"


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_themes_are_those_of_the_command() -> None:
    from mdorch.front.cli.top import THEMES
    from mdorch.front.term import THEMES as MADE

    assert THEMES == MADE
    assert set(MADE) - {"auto"} == set(PALETTES) - {"plain"}
    assert os.environ.get("NO_COLOR") is None
