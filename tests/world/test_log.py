"""The daemon's log: bounded, never in the way, and whole for who follows it by name."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world.conftest import eventually

WRITER = """
import io, os, sys
from pathlib import Path
from mdorch.world.log import Log
out = io.TextIOWrapper(Log(Path(sys.argv[1]), size=2000, kept=2), "utf-8", write_through=True)
for command in sys.stdin:
    if command.startswith("raw"):
        os.write(2, b"from somebody who knows no log\\n")
    else:
        for number in range(*map(int, command.split())):
            out.write(f"line {number:04d} {'x' * 40}\\n")
    os.write(3, b".")
"""


class Writer:
    """A process that prints into a log, as many lines as it is told."""

    def __init__(self, path: Path, tmp_path: Path) -> None:
        script = 'exec 3>&1; exec "$@"'
        self.process = subprocess.Popen(
            ["sh", "-c", script, "sh", sys.executable, "-c", WRITER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def ask(self, command: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n".encode())
        self.process.stdin.flush()
        assert self.process.stdout.read(1) == b".", "it died"

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "daemon.log"


@pytest.fixture
def writer(log: Path, tmp_path: Path) -> Iterator[Writer]:
    made = Writer(log, tmp_path)
    yield made
    made.close()


def numbers(*texts: str) -> list[int]:
    return [int(line.split()[1]) for text in texts for line in text.splitlines() if line.startswith("line")]


def test_it_is_bounded_and_the_newest_lines_are_kept(log: Path, writer: Writer) -> None:
    writer.ask("0 500")
    files = [log.with_name(f"{log.name}.{n}") for n in (2, 1)] + [log]
    assert sorted(p.name for p in log.parent.glob("daemon.log*")) == sorted(p.name for p in files)
    assert all(path.stat().st_size <= 2100 for path in files)
    kept = numbers(*(path.read_text() for path in files))
    assert kept == list(range(kept[0], 500))


def test_who_follows_it_by_name_reads_every_line(log: Path, writer: Writer, tmp_path: Path) -> None:
    if shutil.which("tail") is None:
        pytest.skip("needs tail")
    log.touch()
    heard = tmp_path / "heard"
    with heard.open("wb") as out:
        tail = subprocess.Popen(
            ["tail", "-n", "+1", "-s", "0.05", "-F", str(log)], stdout=out, stderr=subprocess.DEVNULL
        )
    try:
        for start in range(0, 300, 20):
            writer.ask(f"{start} {start + 20}")
            eventually(lambda last=start + 19: last in numbers(heard.read_text()))
        assert numbers(heard.read_text()) == list(range(300))
    finally:
        tail.kill()
        tail.wait()


def test_all_that_the_process_says_is_in_it(log: Path, writer: Writer) -> None:
    writer.ask("0 100")
    writer.ask("raw")
    assert log.read_text().endswith("knows no log\n")


@pytest.mark.parametrize("fate", ["deleted", "its folder too", "replaced"])
def test_a_log_that_was_taken_away_is_begun_again(log: Path, tmp_path: Path, fate: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    log = folder / log.name
    writer = Writer(log, tmp_path)
    try:
        writer.ask("0 1")
        if fate == "its folder too":
            shutil.rmtree(folder)
            writer.ask("1 2")
            folder.mkdir()
        else:
            log.unlink()
        if fate == "replaced":
            log.write_text("theirs\n")
        writer.ask("2 3")
        assert numbers(log.read_text()) == [2]
        assert log.read_text().startswith("theirs") == (fate == "replaced")
    finally:
        writer.close()


def test_a_log_whose_folder_was_moved_goes_on_there(log: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    writer = Writer(folder / log.name, tmp_path)
    try:
        writer.ask("0 1")
        folder.rename(tmp_path / "moved")
        writer.ask("1 2")
        assert numbers((tmp_path / "moved" / log.name).read_text()) == [0, 1]
    finally:
        writer.close()


def test_a_full_disk_costs_lines_alone(log: Path) -> None:
    log.symlink_to("/dev/full")
    writer = Writer(log, log.parent)
    try:
        writer.ask("0 3")
        log.unlink()
        writer.ask("3 5")
        assert numbers(log.read_text()) == [3, 4]
    finally:
        writer.close()
