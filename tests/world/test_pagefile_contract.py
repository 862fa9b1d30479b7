"""What every door to a page promises, whichever way it writes: by lease, by exchange, in memory."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdorch.world.errors import PageMissing, Stale
from mdorch.world.journal import Journal
from mdorch.world.pagefile import PageFile
from mdorch.world.redo import digest
from tests.world.fakes import Diary, MemoryPage

Door = PageFile | MemoryPage
WAYS = ("lease", "exchange", "memory")


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture(params=WAYS)
def make(request: pytest.FixtureRequest, tmp_path: Path, diary: Diary) -> Callable[[bytes], Door]:
    def door(data: bytes) -> Door:
        if request.param == "memory":
            return MemoryPage(data, diary)
        path = tmp_path / "CLAUDE.md"
        path.write_bytes(data)
        folder = tmp_path / ".mdorch"
        return PageFile(path, Journal.open(folder, check=False), folder, way=request.param, witness=diary)

    return door


def other_save(door: Door, data: bytes) -> None:
    if isinstance(door, MemoryPage):
        door.data = data
    else:
        door.path.write_bytes(data)


def test_reading_gives_the_bytes(make: Callable[[bytes], Door]) -> None:
    version = make(b"\xff\r\n\x00 text").read()
    assert version.data == b"\xff\r\n\x00 text"
    assert version.digest == digest(version.data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", b"all new"), (b"all gone", b""), (b"same length", b"SAME LENGTH"), (b"abc", b"abXc"),
        (b"abXc", b"abc"), (b"a" * 9000, b"a" * 4500 + b"b" + b"a" * 4499), (b"x", b"x"),
        (b"line\n" * 3000, b"line\n" * 100), (b"1\n", b"1\n" + b"2\n" * 9000),
    ],
)  # fmt: skip
def test_replacing_writes_exactly_the_new_bytes(
    make: Callable[[bytes], Door], old: bytes, new: bytes
) -> None:
    door = make(old)
    version = door.replace(old, new)
    assert version.data == new
    assert version.digest == digest(new)
    assert door.read() == version
    if isinstance(door, PageFile):
        assert door.path.read_bytes() == new
        assert sorted(p.name for p in door.path.parent.iterdir()) == [".mdorch", "CLAUDE.md"]
        assert door.unsettled == (door.way == "exchange" and old != new)


def test_a_page_that_changed_is_not_written(make: Callable[[bytes], Door]) -> None:
    door = make(b"one")
    other_save(door, b"somebody else's")
    with pytest.raises(Stale) as caught:
        door.replace(b"one", b"two")
    assert caught.value.current.data == b"somebody else's"
    assert door.read().data == b"somebody else's"
    assert door.replace(b"somebody else's", b"two").data == b"two"


def test_writing_what_is_there_changes_nothing(make: Callable[[bytes], Door]) -> None:
    door = make(b"one")
    before = door.read()
    assert door.replace(b"one", b"one") == before


def test_the_witness_is_told_of_what_was_written_and_of_nothing_else(
    make: Callable[[bytes], Door], diary: Diary
) -> None:
    door = make(b"one")
    door.replace(b"one", b"one")
    with pytest.raises(Stale):
        door.replace(b"other", b"two")
    assert diary.heard == []
    door.replace(b"one", b"two")
    assert diary.heard == [((b"one",), b"two")]


def test_a_page_that_is_not_there(make: Callable[[bytes], Door]) -> None:
    door = make(b"one")
    if isinstance(door, MemoryPage):
        door.data = None
    else:
        door.path.unlink()
    with pytest.raises(PageMissing):
        door.read(patience=0.05)
    with pytest.raises(PageMissing):
        door.replace(b"one", b"two", patience=0.05)
    if isinstance(door, PageFile):
        assert not door.path.exists()


def test_nothing_is_pending_after_any_end(make: Callable[[bytes], Door]) -> None:
    door = make(b"one")
    with pytest.raises(Stale):
        door.replace(b"other", b"two")
    door.replace(b"one", b"two")
    assert door.recover() is None
    if isinstance(door, PageFile):
        assert door._redo is not None
        assert door._redo.pending() == []


def test_it_says_how_it_writes(make: Callable[[bytes], Door]) -> None:
    door = make(b"")
    assert door.way in WAYS
    assert door.explain()
    assert "\n" not in door.explain()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(versions=st.lists(st.binary(max_size=40) | st.binary(max_size=20).map(lambda b: b * 300), min_size=2))
def test_any_chain_of_versions(make: Callable[[bytes], Door], versions: list[bytes]) -> None:
    door = make(versions[0])
    for old, new in itertools.pairwise(versions):
        assert door.replace(old, new).data == new
    assert door.read().data == versions[-1]


def _count_up(path: str, way: str, times: int) -> None:
    folder = Path(path).parent / ".mdorch"
    door = PageFile(Path(path), Journal.open(folder, check=False), folder, way=way)
    done = 0
    while done < times:
        version = door.read(10)
        try:
            door.replace(version.data, b"%d\n" % (int(version.data) + 1), 10)
        except Stale:
            continue
        done += 1


@pytest.mark.parametrize("way", ["lease", "exchange"])
def test_processes_of_ours_do_not_overwrite_each_other(tmp_path: Path, way: str) -> None:
    path = tmp_path / "CLAUDE.md"
    path.write_bytes(b"0\n")
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_count_up, args=(str(path), way, 40)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(40)
        assert worker.exitcode == 0
    assert path.read_bytes() == b"120\n"
    assert os.listdir(tmp_path / ".mdorch").count("page.lock") == 1
