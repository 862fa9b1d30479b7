"""The page on a real file system: what writing keeps, and what other programs do meanwhile."""

from __future__ import annotations

import errno
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from mdorch.world import inplace, probe, version
from mdorch.world.errors import PageBusy, PageMissing, PageUnreadable, PageUnwritable, Stale
from mdorch.world.pagefile import PageFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "CLAUDE.md"
    made.write_bytes(b"one\n")
    if probe.choose(made).way != "lease":
        pytest.skip("no leases on this file system")
    return made


def test_writing_in_place_keeps_everything_else(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    os.link(path, tmp_path / "hard")
    os.symlink("CLAUDE.md", tmp_path / "soft")
    os.setxattr(path, "user.note", b"kept")
    before = os.stat(path)
    written = PageFile(tmp_path / "soft").replace(b"one\n", b"two\n")
    after = os.stat(path)
    assert written.inode == before.st_ino
    assert (before.st_ino, before.st_mode, before.st_nlink) == (after.st_ino, after.st_mode, after.st_nlink)
    assert os.getxattr(path, "user.note") == b"kept"
    assert (tmp_path / "soft").is_symlink()
    assert (tmp_path / "hard").read_bytes() == b"two\n"


def test_an_exchange_keeps_mode_owner_and_attributes(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 1234, 2345)
    os.symlink("CLAUDE.md", tmp_path / "soft")
    os.setxattr(path, "user.note", b"kept")
    before = os.stat(path)
    folder = tmp_path / ".mdorch"
    folder.mkdir()
    PageFile(tmp_path / "soft", None, folder, way="exchange").replace(b"one\n", b"two\n")
    after = os.stat(path)
    assert (before.st_mode, before.st_uid, before.st_gid) == (after.st_mode, after.st_uid, after.st_gid)
    assert after.st_mtime >= before.st_mtime
    assert os.getxattr(path, "user.note") == b"kept"
    assert (tmp_path / "soft").is_symlink()
    assert path.read_bytes() == b"two\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == [".mdorch", "CLAUDE.md", "soft"]


def test_only_changed_bytes_are_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[int, int]] = []
    real = os.pwrite

    def spy(fd: int, data: memoryview, offset: int) -> int:
        written.append((offset, len(data)))
        return real(fd, data, offset)

    old = b"head " * 999 + b"| waiting | x |" + b" tail" * 999
    new = old.replace(b"waiting", b"started")
    path.write_bytes(old)
    monkeypatch.setattr(version.os, "pwrite", spy)
    PageFile(path).replace(old, new)
    assert written == [(4995 + 2, 7)]


def test_half_a_save_is_never_read(path: Path) -> None:
    writer = os.open(path, os.O_WRONLY | os.O_TRUNC)
    os.write(writer, b"half of ")
    with pytest.raises(PageBusy):
        PageFile(path).read(patience=0.3)

    def finish() -> None:
        time.sleep(0.2)
        os.write(writer, b"a save")
        os.close(writer)

    thread = threading.Thread(target=finish)
    thread.start()
    assert PageFile(path).read().data == b"half of a save"
    thread.join()


def test_nothing_is_written_while_somebody_writes(path: Path) -> None:
    with open(path, "ab") as writer, pytest.raises(PageBusy):
        PageFile(path).replace(b"one\n", b"two\n", patience=0.3)
    assert path.read_bytes() == b"one\n"
    assert not writer.closed or PageFile(path).read().data == b"one\n"


def test_who_opens_while_we_write_waits_and_is_not_harmed(path: Path) -> None:
    """Lease breaks: hundreds of programs open the page while it is written, and we do not die of it."""
    stop = path.with_name("stop")
    script = f"i=0; while [ $i -lt 400 ] || ! [ -e {stop} ]; do echo x >> {path}; i=$((i+1)); done; echo $i"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True) as writer:
        door, ours = PageFile(path), 0
        while writer.poll() is None:
            if ours:
                stop.touch()
            current = door.read(5.0)
            try:
                door.replace(current.data, current.data + b"y\n", 5.0)
                ours += 1
            except Stale:
                continue
        times, _ = writer.communicate()
    lines = path.read_text().split()
    assert lines.count("x") == int(times)
    assert lines.count("y") == ours


def test_a_reader_that_stays_does_not_stop_us(path: Path) -> None:
    with subprocess.Popen(["tail", "-f", str(path)], stdout=subprocess.DEVNULL) as reader:
        try:
            time.sleep(0.2)
            door = PageFile(path)
            assert door.read().data == b"one\n"
            started = time.monotonic()
            assert door.replace(b"one\n", b"two\n").data == b"two\n"
            assert door.replace(b"two\n", b"three\n").data == b"three\n"
            assert time.monotonic() - started < 1.5
        finally:
            reader.kill()
    assert path.read_bytes() == b"three\n"


def test_a_page_that_is_away_for_a_moment_is_waited_for(path: Path) -> None:
    """As vim and git do: unlink, then create."""
    path.unlink()

    def come_back() -> None:
        time.sleep(0.2)
        path.write_bytes(b"back\n")

    thread = threading.Thread(target=come_back)
    thread.start()
    assert PageFile(path).read().data in (b"", b"back\n")
    thread.join()
    assert PageFile(path).replace(b"back\n", b"two\n").data == b"two\n"


@pytest.mark.parametrize("kind", ["folder", "fifo", "loop", "dangling"])
def test_what_is_no_page(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "CLAUDE.md"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("CLAUDE.md" if kind == "loop" else "nowhere")
    error = PageMissing if kind == "dangling" else PageUnreadable
    with pytest.raises(error) as caught:
        PageFile(path).read(patience=0.05)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    with pytest.raises((PageMissing, PageUnwritable, PageUnreadable)):
        PageFile(path).replace(b"", b"x", patience=0.05)


def test_a_write_that_fails_in_its_middle_is_taken_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk: some of the new bytes are in, then no more."""
    real, calls = os.pwrite, []

    def full(fd: int, data: memoryview, offset: int) -> int:
        calls.append(offset)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd, data[: len(data) // 2] if len(calls) == 1 else data, offset)

    old = b"a" * 5000 + b"tail\n"
    path.write_bytes(old)
    monkeypatch.setattr(version.os, "pwrite", full)
    with pytest.raises(PageUnwritable, match="no space left on device"):
        PageFile(path).replace(old, b"b" * 9000)
    monkeypatch.undo()
    assert path.read_bytes() == old


@pytest.mark.parametrize("saved", ["", "theirs\n"])
def test_a_write_that_cannot_be_synced_is_taken_back(
    path: Path, monkeypatch: pytest.MonkeyPatch, saved: str
) -> None:
    """Unless somebody has saved since."""

    def fail(_: int) -> None:
        if saved:
            path.write_text(saved)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(inplace.os, "fsync", fail)
    with pytest.raises(PageUnwritable, match="input/output error"):
        PageFile(path).replace(b"one\n", b"two\n")
    assert path.read_text() == (saved or "one\n")


def test_nobody_is_kept_out_while_it_is_synced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[bytes] = []

    def look(_: int) -> None:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            found.append(file.read())

    monkeypatch.setattr(inplace.os, "fsync", look)
    PageFile(path).replace(b"one\n", b"two\n")
    assert found == [b"two\n"]


def test_a_really_full_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("may not mount")
    try:
        path = disk / "CLAUDE.md"
        path.write_bytes(b"one\n" * 100)
        for way in ("lease", "exchange"):
            with pytest.raises(PageUnwritable, match="no space left on device"):
                PageFile(path, way=way).replace(b"one\n" * 100, b"two\n" * 40_000)
            assert path.read_bytes() == b"one\n" * 100
            assert [p.name for p in disk.iterdir()] == ["CLAUDE.md"]
            assert PageFile(path, way=way).replace(b"one\n" * 100, b"two\n" * 100).data == b"two\n" * 100
            path.write_bytes(b"one\n" * 100)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_somebody_who_renames_over_us_meanwhile_wins(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = inplace.write_changes

    def rename_first(*args: object) -> None:
        real(*args)  # type: ignore[arg-type]
        path.with_name("new").write_bytes(b"theirs\n")
        os.rename(path.with_name("new"), path)

    monkeypatch.setattr(inplace, "write_changes", rename_first)
    with pytest.raises(Stale) as caught:
        PageFile(path).replace(b"one\n", b"two\n")
    assert caught.value.current.data == path.read_bytes() == b"theirs\n"


def test_a_lease_that_may_have_been_lost_is_not_written_under(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when this process was suspended while it held the lease."""
    from mdorch.world import lease

    monkeypatch.setattr(lease, "_SURE", 0.0)
    with pytest.raises(PageBusy):
        PageFile(path).replace(b"one\n", b"two\n", patience=0.1)
    assert path.read_bytes() == b"one\n"


def test_the_way_is_probed_without_touching_the_page(path: Path) -> None:
    before = os.stat(path)
    door = PageFile(path)
    assert door.way == "lease"
    assert door.explain().startswith("write lease, in place (on ")
    assert os.stat(path) == before
    assert [p.name for p in path.parent.iterdir()] == ["CLAUDE.md"]
