"""Exchange and drain: a save that goes into a version we displaced reaches the page all the same."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from mdorch.page.merge import Merged
from mdorch.world import exchange
from mdorch.world.errors import PageBusy, Stale
from mdorch.world.journal import Journal
from mdorch.world.pagefile import PageFile
from tests.world.conftest import eventually
from tests.world.fakes import Diary


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "CLAUDE.md"
    made.write_bytes(b"one\ntwo\n")
    return made


def door_to(path: Path, witness: Diary | None = None) -> PageFile:
    folder = path.parent / ".mdorch"
    return PageFile(path, Journal.open(folder, check=False), folder, way="exchange", witness=witness)


def kept(path: Path) -> list[str]:
    room = path.parent / ".mdorch" / "exchange"
    return os.listdir(room) if room.exists() else []


def save_late(path: Path, monkeypatch: pytest.MonkeyPatch, save: object) -> None:
    """Have `save` happen between the last look at the page and the exchange."""
    real = exchange.exchange_names

    def first_save(*names: Path) -> None:
        monkeypatch.setattr(exchange, "exchange_names", real)
        save()  # type: ignore[operator]
        real(*names)

    monkeypatch.setattr(exchange, "exchange_names", first_save)


def test_one_who_opened_before_and_writes_after(path: Path) -> None:
    door = door_to(path)
    old = os.open(path, os.O_RDONLY)
    door.replace(b"one\ntwo\n", b"ONE\ntwo\n")
    with open(f"/proc/self/fd/{old}", "ab") as late:  # the displaced file, by no name that it has
        late.write(b"late\n")
    assert path.read_bytes() == b"ONE\ntwo\n"
    assert door.unsettled
    door.settle()
    assert path.read_bytes() == b"ONE\ntwo\nlate\n"
    os.close(old)


def test_what_gives_way_to_a_late_save_is_told(path: Path) -> None:
    told: list[Merged] = []
    path.write_bytes(b"| A | old |\n")
    folder = path.parent / ".mdorch"
    door = PageFile(path, Journal.open(folder, check=False), folder, way="exchange", clashed=told.append)
    old = os.open(path, os.O_RDONLY)
    door.replace(b"| A | old |\n", b"| A | old |\n| B | ours |\n")
    path.write_bytes(b"| A | first |\n| B | ours |\n")
    with open(f"/proc/self/fd/{old}", "wb") as late:  # an editor that had opened the page before
        late.write(b"| A | second |\n")
    os.close(old)
    door.settle()
    [merged] = told
    assert path.read_bytes() == merged.data
    [clash] = merged.clashes
    assert {clash.stands, clash.gave_way} == {b"first", b"second"}
    assert clash.stands in path.read_bytes()


def test_a_later_save_still_is_folded_in_once(path: Path) -> None:
    door = door_to(path)
    old = os.open(path, os.O_RDONLY)
    door.replace(b"one\ntwo\n", b"ONE\ntwo\n")
    for number in range(3):
        with open(f"/proc/self/fd/{old}", "ab") as late:
            late.write(b"late %d\n" % number)
        door.settle()
    os.close(old)
    assert path.read_bytes() == b"ONE\ntwo\nlate 0\nlate 1\nlate 2\n"


def test_an_editor_that_truncates_first_is_waited_for(path: Path) -> None:
    door = door_to(path)
    old = os.open(path, os.O_RDONLY)
    door.replace(b"one\ntwo\n", b"ONE\ntwo\n")
    editor = os.open(f"/proc/self/fd/{old}", os.O_WRONLY | os.O_TRUNC)
    door.settle(patience=0.1)
    assert path.read_bytes() == b"ONE\ntwo\n"
    os.write(editor, b"one\ntwo, edited\n")
    os.close(editor)
    door.settle()
    assert path.read_bytes() == b"ONE\ntwo, edited\n"
    os.close(old)


def test_somebody_renames_over_it_at_the_last_moment(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rename() -> None:
        path.with_name("new").write_bytes(b"one\ntwo\ntheirs\n")
        os.rename(path.with_name("new"), path)

    save_late(path, monkeypatch, rename)
    written = door_to(path).replace(b"one\ntwo\n", b"ONE\ntwo\n")
    assert written.data == path.read_bytes() == b"ONE\ntwo\ntheirs\n"


def test_what_was_displaced_unseen_is_told_before_what_took_its_place(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename() -> None:
        path.with_name("new").write_bytes(b"one\ntwo\ntheirs\n")
        os.rename(path.with_name("new"), path)

    save_late(path, monkeypatch, rename)
    diary = Diary()
    door_to(path, diary).replace(b"one\ntwo\n", b"ONE\ntwo\n")
    assert diary.heard == [
        ((b"one\ntwo\n", b"one\ntwo\ntheirs\n"), b"ONE\ntwo\n"),
        ((b"ONE\ntwo\n",), b"ONE\ntwo\ntheirs\n"),
    ]


def test_somebody_renames_over_it_while_it_is_drafted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That is found out in time, and nothing of it is displaced."""
    real = exchange._write_quickly

    def rename_first(place: Path, data: bytes) -> None:
        monkeypatch.setattr(exchange, "_write_quickly", real)
        path.with_name("new").write_bytes(b"one\ntwo\ntheirs\n")
        os.rename(path.with_name("new"), path)
        real(place, data)

    monkeypatch.setattr(exchange, "_write_quickly", rename_first)
    diary = Diary()
    door_to(path, diary).replace(b"one\ntwo\n", b"ONE\ntwo\n", carry=lambda now: now.replace(b"one", b"ONE"))
    assert diary.heard == [((b"one\ntwo\ntheirs\n",), b"ONE\ntwo\ntheirs\n")]
    assert path.read_bytes() == b"ONE\ntwo\ntheirs\n"


def test_a_change_that_is_carried_over_replaces_what_was_saved_meanwhile(path: Path) -> None:
    diary = Diary()
    path.write_bytes(b"one\ntwo\nthree\n")
    door_to(path, diary).replace(b"one\ntwo\n", b"ONE\ntwo\n", carry=lambda now: now.replace(b"one", b"ONE"))
    assert diary.heard == [((b"one\ntwo\nthree\n",), b"ONE\ntwo\nthree\n")]


def saved_late(path: Path, diary: Diary) -> PageFile:
    """The door after an exchange, with a save of somebody in what was displaced."""
    door = door_to(path, diary)
    old = os.open(path, os.O_RDONLY)
    door.replace(b"one\ntwo\n", b"ONE\ntwo\n")
    with open(f"/proc/self/fd/{old}", "ab") as late:
        late.write(b"late\n")
    os.close(old)
    return door


def test_late_saves_wait_for_a_page_that_must_be_looked_at_first(path: Path) -> None:
    diary = Diary()
    door = saved_late(path, diary)
    path.write_bytes(b"one\nan old buffer\n")
    diary.doubted.add(b"one\nan old buffer\n")
    with pytest.raises(Stale):
        door.settle()
    assert path.read_bytes() == b"one\nan old buffer\n"
    path.write_bytes(b"ONE\nan old buffer\n")
    assert door.settle()
    assert path.read_bytes() == b"ONE\nan old buffer\nlate\n"
    assert diary.heard[1:] == [((b"ONE\nan old buffer\n",), b"ONE\nan old buffer\nlate\n")]


def test_a_late_save_of_an_old_buffer_is_read_as_it_should_have_been(path: Path) -> None:
    diary = Diary()
    diary.mended[b"one\ntwo\n", b"one\ntwo\nlate\n"] = b"one\ntwo\nfirst\nlate\n"
    assert saved_late(path, diary).settle()
    assert path.read_bytes() == b"ONE\ntwo\nfirst\nlate\n"


def test_somebody_inside_is_not_exchanged_away(path: Path) -> None:
    with open(path, "ab"), pytest.raises(PageBusy):
        door_to(path).replace(b"one\ntwo\n", b"ONE\ntwo\n", patience=0.2)
    assert path.read_bytes() == b"one\ntwo\n"
    assert kept(path) == []


def test_nothing_is_kept_for_long(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "KEEP", 0.1)
    door = door_to(path)
    door.replace(b"one\ntwo\n", b"ONE\ntwo\n")
    assert len(kept(path)) == 1
    time.sleep(0.15)
    eventually(lambda: (door.settle(), not door.unsettled)[1])
    assert kept(path) == []
    assert path.read_bytes() == b"ONE\ntwo\n"


def test_who_has_opened_it_and_takes_long_to_write_is_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a crowded machine a program may stand still between the two; but none that stays is waited out."""
    monkeypatch.setattr(exchange, "KEEP", 0.1)
    door = door_to(path)
    old = os.open(path, os.O_RDONLY)
    door.replace(b"one\ntwo\n", b"ONE\ntwo\n")
    with open(f"/proc/self/fd/{old}", "ab") as late:
        time.sleep(0.15)
        door.settle()
        assert door.unsettled
        late.write(b"late\n")
    eventually(lambda: door.settle() or path.read_bytes().endswith(b"late\n"))
    assert path.read_bytes() == b"ONE\ntwo\nlate\n"
    with open(f"/proc/self/fd/{old}", "ab"):
        monkeypatch.setattr(exchange, "OPEN", 0.2)
        time.sleep(0.25)
        eventually(lambda: (door.settle(), not door.unsettled)[1])
    os.close(old)


def test_a_crash_before_the_exchange_leaves_nothing_to_fold(path: Path) -> None:
    place = path.parent / ".mdorch" / "exchange" / "1-1"
    place.mkdir(parents=True)
    (place / "page").write_bytes(b"planned\n")
    door_to(path).settle()
    assert kept(path) == []
    place.mkdir(parents=True)
    (place / "page").write_bytes(b"planned\n")
    (place / "base").write_bytes(b"one\ntwo\n")
    place.rename(place.with_name(f"1-1.{os.stat(place / 'page').st_ino}"))
    door_to(path).settle()
    assert kept(path) == []
    assert path.read_bytes() == b"one\ntwo\n"


def test_an_emptied_displaced_version_is_no_wish(path: Path) -> None:
    door = door_to(path)
    old = os.open(path, os.O_RDONLY)
    door.replace(b"one\ntwo\n", b"ONE\ntwo\n")
    os.truncate(f"/proc/self/fd/{old}", 0)
    os.close(old)
    door.settle(patience=0.1)
    assert path.read_bytes() == b"ONE\ntwo\n"


@pytest.mark.parametrize("late_first", [True, False])
def test_of_two_saves_of_one_line_the_later_stands(path: Path, late_first: bool) -> None:
    def save_late() -> None:
        with open(f"/proc/self/fd/{old}", "wb") as file:
            file.write(b"one\nlate\n")

    def save_page() -> None:
        path.write_bytes(b"ONE\npage\n")

    door = door_to(path)
    old = os.open(path, os.O_RDONLY)
    door.replace(b"one\ntwo\n", b"ONE\ntwo\n")
    for save in (save_late, save_page) if late_first else (save_page, save_late):
        time.sleep(0.02)  # more than the clock of any file system is coarse
        save()
    door.settle()
    os.close(old)
    assert path.read_bytes() == (b"ONE\npage\n" if late_first else b"ONE\nlate\n")
