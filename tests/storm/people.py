"""Those who take part in a storm, each a process: writers as real editors, readers, one who keeps it open."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing.synchronize import Event
from pathlib import Path

from tests.storm.ledger import Edit, Ledger
from tests.storm.page import (
    NOTES,
    Seen,
    drop_tags,
    drop_taken_blocks,
    look,
    reopen,
    row_id,
    set_notes,
    tag_line,
)
from tests.storm.scene import Scene
from tests.storm.styles import END, OWN, WEIGHT, WHOLE, Target

MANY = 60  # lines of tags on the page, from which on somebody cleans up
OLD = 8.0  # seconds after which they do: who deletes what was written a moment ago has not seen it
REST = 0.015  # seconds, at most, between two edits of one writer
LULL = 0.15  # of every second: nobody saves, so that a daemon gets on with its work, too
REST_UNLOCKED = 0.3  # the same where nobody waits for anybody: people do not save all the time

_processes = multiprocessing.get_context("fork")


@dataclass(slots=True)
class Part:
    """One process and how to end it."""

    process: multiprocessing.process.BaseProcess
    stop: Event

    def end(self) -> None:
        self.stop.set()
        self.process.join(180)
        if self.process.is_alive():
            self.process.kill()


def take_part(role: Callable[..., None], scene: Scene, *details: object) -> Part:
    stop = _processes.Event()
    process = _processes.Process(target=role, args=(scene, stop, *details), daemon=True)
    process.start()
    return Part(process, stop)


class Writer:
    """Reads, changes, saves: an edit after the other, each with a tag of its own."""

    def __init__(self, scene: Scene, number: int, seed: int) -> None:
        self.scene = scene
        self.number = number
        self.chance = random.Random(f"{seed}/{number}")
        scratch = scene.folder / f"writer-{number}"
        scratch.mkdir()
        self.target = Target(scene.page, scratch, self.chance)
        self.ledger = Ledger(scene.ledger)
        self.weights = [WEIGHT.get(style, 1) for style in scene.styles]
        self.own_row = row_id(number) if number < scene.rows else ""
        self.in_cell = ""  # the last tag that went into our cell
        self.first_seen: dict[str, float] = {}  # of each tag, and each run whose handoff stands there
        self.count = 0

    def edit(self) -> None:
        self.count += 1
        style = self.chance.choices(self.scene.styles, self.weights)[0]
        tag = f"w{self.number}.{self.count}.{style}"
        row = self.own_row if style not in END and self.chance.random() < 0.4 else ""
        with self.scene.turn(write=True):
            before = self._read()
            seen = look(before, self.scene.rows)
            self._remember(seen)
            missed = self.in_cell if row and seen.cells.get(row) != self.in_cell else ""
            if row and row not in seen.status:
                row = ""  # a destroyed page has no such row
            try:
                retired, cleared = self._save(style, tag, row, before)
            except (OSError, RuntimeError) as error:  # as when vim finds that the file changed meanwhile
                self.ledger.add(Edit(tag, style, refused=str(error)))
                return
            self.ledger.add(Edit(tag, style, row, retired, cleared, missed))
        if row:
            self.in_cell = tag

    def _remember(self, seen: Seen) -> None:
        now = time.monotonic()
        self.first_seen = {
            name: self.first_seen.get(name, now) for name in (*seen.tags.keys(), *seen.blocks.keys())
        }

    def _is_old(self, name: str) -> bool:
        return time.monotonic() - self.first_seen[name] > OLD

    def _read(self) -> bytes:
        """As an editor does; where turns are not taken, the file may be missing or empty for a moment."""
        until = time.monotonic() + 2
        while True:
            with suppress(FileNotFoundError):
                data = self.target.page.read_bytes()
                if data or self.scene.locked or time.monotonic() > until:
                    return data
            if time.monotonic() > until:
                return b""
            time.sleep(0.002)

    def _save(self, style: str, tag: str, row: str, before: bytes) -> tuple[list[str], list[str]]:
        """Make the edit; the tags and handoffs that it took away."""
        if style in END:
            END[style](self.target, tag_line(tag))
        elif style in OWN:
            OWN[style](self.target, tag, row)
        else:
            new, retired, cleared = self._cleaned(before)
            WHOLE[style](self.target, self._changed(new, tag, row))
            return retired, cleared
        return [], []

    def _changed(self, new: bytes, tag: str, row: str) -> bytes:
        if self.chance.random() < 0.7:
            new = reopen(new, f"w{self.number}x{self.count}")
        if row:
            return set_notes(new, row, tag)
        head, notes, rest = new.partition(NOTES)
        return head + notes + tag_line(tag) + rest if notes else new + tag_line(tag)

    def _cleaned(self, data: bytes) -> tuple[bytes, list[str], list[str]]:
        """Without old tags (only our own, where turns are not taken) and handoffs that were taken."""
        tags = look(data, self.scene.rows).tags
        ours = [t for t in tags if self.scene.locked or t.startswith(f"w{self.number}.")]
        retired = [t for t in ours if self._is_old(t)] if len(tags) >= MANY else []
        data = drop_tags(data, set(retired))
        if not self.scene.locked:
            return data, retired, []
        data, cleared = drop_taken_blocks(data, self._is_old)
        return data, retired, cleared


def write(scene: Scene, stop: Event, number: int, edits: int, seed: int) -> None:
    writer = Writer(scene, number, seed)
    while not stop.is_set() and writer.count < edits:
        time.sleep(max(0.0, LULL - time.time() % 1.0))
        writer.edit()
        time.sleep(writer.chance.uniform(0, REST if scene.locked else REST_UNLOCKED))


def read(scene: Scene, stop: Event, number: int) -> None:
    """Look again and again whether the page is whole and holds all that was saved.

    What was missing and is there at the end was late. Without turns a reader may come in the middle of
    somebody's save; then it reads, as readers do, and judges nothing.
    """
    ledger, due, late = Ledger(scene.ledger), set[str](), set[str]()
    torn: list[str] = []
    versions: set[int] = set()
    while not stop.wait(0.004):
        data = b""
        with scene.turn(write=False):
            with suppress(FileNotFoundError):
                data = scene.page.read_bytes()
                versions.add(hash(data))
            if not scene.locked:
                continue
            for edit in ledger.follow():
                due |= {edit.tag} if edit.is_line else set()
                due -= set(edit.retired)
        seen = look(data, scene.rows)
        late |= due - seen.tags.keys()
        if seen.flaws and len(torn) < 20:
            torn.append(seen.flaws[0])
            (scene.folder / f"torn-{number}-{len(torn)}.md").write_bytes(data)
    found = Report(torn, sorted(late), len(versions))
    (scene.folder / f"reader-{number}.json").write_text(json.dumps(asdict(found)))


def keep_open(scene: Scene, stop: Event) -> None:
    """`tail -F`: the page is open for reading all the time, so nobody gets a write lease on it."""
    fd, inode = -1, 0
    while not stop.wait(0.002):
        with suppress(FileNotFoundError):
            if os.stat(scene.page).st_ino != inode:
                new = os.open(scene.page, os.O_RDONLY)
                if fd >= 0:
                    os.close(fd)
                fd, inode = new, os.fstat(new).st_ino


@dataclass(frozen=True, slots=True)
class Report:
    """What a reader found."""

    torn: list[str]
    late: list[str]
    versions: int


def reports(folder: Path) -> list[Report]:
    return [Report(**json.loads(path.read_text())) for path in sorted(folder.glob("reader-*.json"))]
