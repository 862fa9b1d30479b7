"""A page that somebody saves all the time: the daemon gets its turn, and costs nobody an edit.

Real processes save every five milliseconds. Whatever a person types into the row that is about to be
claimed wins, at whichever moment it is saved.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mdorch.board.wishes import AppendTask
from mdorch.config.errors import Trouble
from mdorch.desk import archive as shelves
from mdorch.desk import propose as desk
from mdorch.desk.commands import Said, add, approve, set_cells
from mdorch.desk.site import Site
from mdorch.world import exchange
from mdorch.world.pagefile import PageFile
from mdorch.world.redo import RedoLog
from mdorch.world.version import Version
from mdorch.world.witness import Witness
from tests.daemon.savers import APPENDING, ROW, STYLES, saving
from tests.daemon.stage import Stage

CHAIN = (
    "| A-1 | first | dev | None | Waiting | |\n"
    "| B-1 | second | dev | A-1 | Waiting | |\n"
    "| C-1 | third | dev | B-1 | Waiting | |\n"
)
NOTES = "\n## Notes\n\n"
LONG = 30.0  # seconds until a machine that does ten other things has done it, too


def write_by(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def page_file(site: Site, redo: RedoLog | None = None, witness: Witness | None = None) -> PageFile:
        return PageFile(site.page, redo, site.dot, way=way, witness=witness)

    monkeypatch.setattr(Site, "page_file", page_file)


def before_the_write(monkeypatch: pytest.MonkeyPatch, save: Callable[[], None]) -> list[int]:
    """Have `save` happen once, when the daemon has decided and is about to write; counts the writes."""
    real, calls = PageFile.replace, [0]

    def replace(door: PageFile, *arguments: object, **options: object) -> Version:
        calls[0] += 1
        if calls[0] == 1:
            save()
        return real(door, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(PageFile, "replace", replace)
    return calls


@pytest.mark.parametrize("way", ["lease", "exchange"])
@pytest.mark.parametrize("style", STYLES)
def test_tasks_start_and_complete_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, style: str, way: str
) -> None:
    write_by(way, monkeypatch)
    stage = Stage(tmp_path, ROW + CHAIN + NOTES)
    with saving(stage.page, style) as stop, stage.running() as daemon:
        stage.wait(lambda: len(stage.starts()) == 3, "the chain did not run", LONG)
        stage.wait(lambda: _folded(stage, "C-1"), "its end is not on the page", LONG)
        saves = stop()
        stage.wait(lambda: not daemon.work.page.unsettled, "late saves were not merged in", LONG)
    assert stage.starts() == ["A-1.1", "B-1.1", "C-1.1"]
    assert stage.board().agents == ()
    _nothing_is_lost(stage.page.read_bytes(), style, saves)


def _folded(stage: Stage, task: str) -> bool:
    """Asked of a page that may be missing or half written at any moment."""
    try:
        return bool(re.search(rf"^\| {task} .*\| Complete ", stage.page.read_text(), re.MULTILINE))
    except FileNotFoundError:
        return False


def _nothing_is_lost(page: bytes, style: str, saves: int) -> None:
    """Lines that were saved late, into what was displaced, come in another order."""
    if style in APPENDING:
        lines = re.findall(rb"^- line (\d+)$", page, re.MULTILINE)
        assert sorted(map(int, lines)) == list(range(saves))
    else:
        assert b"| BUSY-1 | saved %d |" % (saves - 1) in page


EDITS = {
    "the row is put on hold": ("| dev | A-1 | Waiting |", "| dev | A-1 | On Hold |"),
    "its prerequisite is opened again": ("| dev | None | Done |", "| dev | None | On Hold |"),
    "it needs something more": ("| dev | A-1 | Waiting |", "| dev | A-1, X-9 | Waiting |"),
    "somebody has it now": ("| second | dev |", "| second | human |"),
    "its id stands twice": ("| B-1 | second", "| B-1 | other | dev | None | On Hold | |\n| B-1 | second"),
    "it is gone": ("| B-1 | second | dev | A-1 | Waiting | |\n", ""),
    "nothing is live any more": ("## Task Queue", "```\n## Task Queue"),
    "a merge begins": ("# Project", "<<<<<<< ours\n# Project\n=======\n# Other\n>>>>>>> theirs"),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("way", ["lease", "exchange"])
def test_what_a_person_typed_in_that_moment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edit: str, way: str
) -> None:
    write_by(way, monkeypatch)
    rows = "| A-1 | first | dev | None | Done | |\n| B-1 | second | dev | A-1 | Waiting | |\n"
    stage = Stage(tmp_path, rows)
    before_the_write(monkeypatch, lambda: stage.replace(*EDITS[edit]))
    stage.until_idle()
    assert stage.starts() == []
    assert EDITS[edit][1] in stage.page.read_text()


@pytest.mark.parametrize("way", ["lease", "exchange"])
def test_what_was_typed_elsewhere_in_that_moment_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    write_by(way, monkeypatch)
    stage = Stage(tmp_path, ROW + "| A-1 | first | dev | None | Waiting | |\n" + NOTES)
    calls = before_the_write(monkeypatch, lambda: stage.replace("saved -", "saved by hand"))
    stage.until_idle()
    assert stage.starts() == ["A-1.1"]
    assert calls == [2], "one write to start, one to fold"
    assert "saved by hand" in stage.page.read_text()
    changes = [(e.task, e.text) for e in stage.events if e.kind == "change"]
    assert changes == [("BUSY-1", "title: saved - → saved by hand")], "and it is known whose change it was"


@pytest.mark.parametrize("way", ["lease", "exchange"])
def test_a_buffer_of_what_was_saved_in_that_moment_undoes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """No pass has read that version: it was met by the door alone, which wrote on it."""
    write_by(way, monkeypatch)
    stage = Stage(tmp_path, ROW + "| A-1 | first | dev | None | Waiting | |\n" + NOTES)
    buffers: list[str] = []

    def save() -> None:
        buffers.append(stage.page.read_text().replace("saved -", "saved by hand"))
        _save(stage, buffers[0])

    before_the_write(monkeypatch, save)
    with stage.running():
        stage.wait_status("A-1", "complete")
        stage.page.write_text(buffers[0] + "- typed\n")
        stage.wait(lambda: any(e.kind == "repair" for e in stage.events), "it was not put right")
        stage.wait_status("A-1", "complete")
    assert "saved by hand" in stage.page.read_text()
    assert stage.page.read_text().count("- typed\n") == 1
    assert stage.starts() == ["A-1.1"]


@pytest.mark.parametrize("way", ["lease", "exchange"])
def test_an_old_buffer_that_is_saved_in_that_moment_undoes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """It undoes the result of another row: what is about to be written relies on nothing that it changes."""
    write_by(way, monkeypatch)
    rows = "| A-1 | first | dev | None | Waiting | |\n| B-1 | second | dev | None | Waiting | |\n"
    stage = Stage(tmp_path, ROW + rows + NOTES, script="wait_for(task)")
    with stage.running():
        stage.wait(lambda: len(stage.starts()) == 2, "they do not start")
        buffer = stage.page.read_text().replace("saved -", "saved by hand")
        stage.release("A-1")
        stage.wait_status("A-1", "complete")
        before_the_write(monkeypatch, lambda: _save(stage, buffer))
        stage.release("B-1")
        stage.wait_status("B-1", "complete")
        stage.wait(lambda: any(e.kind == "repair" for e in stage.events), "it was not put right")
        stage.wait_status("A-1", "complete")
    assert "saved by hand" in stage.page.read_text()
    assert sorted(stage.starts()) == ["A-1.1", "B-1.1"]
    assert stage.board().agents == ()


def test_nothing_starts_where_the_row_was_saved_into_the_exchange(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_by("exchange", monkeypatch)
    stage = Stage(tmp_path, "| A-1 | first | dev | None | Waiting | |\n")
    real = exchange.exchange_names

    def swap(*names: Path) -> None:
        monkeypatch.setattr(exchange, "exchange_names", real)
        text = stage.page.read_text()
        stage.page.with_name("new").write_text(text.replace("| Waiting |", "| On Hold |"))
        os.rename(stage.page.with_name("new"), stage.page)
        real(*names)

    monkeypatch.setattr(exchange, "exchange_names", swap)
    stage.until_idle()
    assert stage.starts() == []
    assert stage.status("A-1") == "on_hold"
    assert stage.board().agents == ()


@pytest.mark.parametrize("way", ["lease", "exchange"])
@pytest.mark.parametrize("style", STYLES)
def test_commands_get_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, style: str, way: str) -> None:
    """At once: what they ask for is carried over to what was saved, not tried again and again."""
    write_by(way, monkeypatch)
    monkeypatch.setattr(desk, "TRIES", 4)
    stage = Stage(tmp_path, ROW + "| A-1 | first | dev | None | On Hold | |\n" + NOTES)
    stage.site.dot.mkdir()
    with saving(stage.page, style) as stop:
        for number in range(8):
            desk.propose(stage.site, _noted(stage, f"note {number}"), time.time())
        add(stage.site, AppendTask("second"), time.time())
        saves = stop()
    while stage.site.page_file().unsettled:
        stage.site.page_file().settle()
        time.sleep(0.05)
    if style in APPENDING:  # the others read before and write after, and nobody puts right what they undo
        assert stage.task("A-1").notes == "note 7"
        assert [task.title for task in stage.board().tasks] == ["saved -", "first", "second"]
    _nothing_is_lost(stage.page.read_bytes(), style, saves)


def test_a_command_is_made_again_where_its_cell_was_changed_in_that_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever approves what is in review does not approve what somebody has just rejected."""
    stage = Stage(tmp_path, "| A-1 | first | dev | None | In Review | |\n")
    stage.site.dot.mkdir()
    before_the_write(monkeypatch, lambda: stage.replace("| In Review |", "| On Hold |"))
    with pytest.raises(Trouble, match="not in review"):
        desk.propose(stage.site, approve(stage.page, "A-1", Said()), time.time())
    assert stage.status("A-1") == "on_hold"


DONE = "| A-1 | first | dev | None | Complete | |\n"


@pytest.mark.parametrize("way", ["lease", "exchange"])
def test_what_leaves_for_the_archive_leaves_what_was_saved_in_that_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    write_by(way, monkeypatch)
    monkeypatch.setattr(shelves, "TRIES", 1)
    stage = Stage(tmp_path, ROW + DONE + NOTES)
    stage.site.dot.mkdir()
    before_the_write(monkeypatch, lambda: stage.replace("saved -", "saved by hand"))
    assert shelves.archive(stage.site, (), time.time()).tasks == ("A-1",)
    assert [task.title for task in stage.board().tasks] == ["saved by hand"]
    assert stage.site.archive.read_text().count(DONE) == 1


@pytest.mark.parametrize(
    ("old", "new"), [("| Complete |", "| On Hold |"), ("| Complete | |", "| Complete | so |")]
)
def test_a_row_that_was_changed_in_that_moment_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    """It stays, if it is open again; else it is in the archive as it was left."""
    stage = Stage(tmp_path, ROW + DONE + NOTES)
    stage.site.dot.mkdir()
    before_the_write(monkeypatch, lambda: stage.replace(old, new))
    shelves.archive(stage.site, (), time.time())
    row = DONE.replace(old, new)
    assert (row in stage.page.read_text()) is ("On Hold" in row)
    assert (row in stage.site.archive.read_text()) is ("On Hold" not in row)


def _noted(stage: Stage, text: str) -> desk.Make:
    return set_cells(stage.page, "A-1", {"notes": text}, Said())


def test_a_row_settles_whatever_happens_to_others(tmp_path: Path) -> None:
    settle = 0.4
    stage = Stage(tmp_path, ROW + NOTES, settle=settle)
    with saving(stage.page, "rename"), stage.running() as daemon:
        stage.wait(lambda: not daemon.work.first_look, "the daemon is not up")
        typed = time.time()
        stage.wait(
            lambda: _type(stage, "| A-1 | first | dev | None | Waiting | |\n"), "it was not typed", LONG
        )
        stage.wait(lambda: stage.starts() == ["A-1.1"], "it never settled", LONG)
    began = float((tmp_path / "starts.log").read_text().split()[2])
    assert began - typed >= settle


def test_a_handoff_is_taken_whatever_is_saved_elsewhere(tmp_path: Path) -> None:
    block = "\n## Agent Handoff Signal\n\n**From**: me\n**To**: -\n**Task**: A-1\n**Status**: COMPLETE\n"
    stage = Stage(tmp_path, ROW + "| A-1 | first | dev | None | On Hold | |\n" + block, settle=0.4)
    with saving(stage.page, "rename"), stage.running():
        stage.wait(lambda: _folded(stage, "A-1"), "it was not taken", LONG)
    assert stage.starts() == []


def _type(stage: Stage, row: str) -> bool:
    """Put a row under the busy one; whether it still was there a moment later: others read, then save."""
    draft = stage.page.with_name("typed")
    draft.write_text(re.sub(r"(\| BUSY-1 .*\n)", rf"\1{row}", stage.page.read_text()))
    os.rename(draft, stage.page)
    time.sleep(0.03)
    return row in stage.page.read_text()


def _save(stage: Stage, text: str) -> None:
    """In one step: somebody looks at the page meanwhile."""
    draft = stage.page.with_name("saved")
    draft.write_text(text)
    os.rename(draft, stage.page)
