"""Torture any daemon that writes a page which everybody else writes too.

    python -m tests.storm.torture --daemon 'mdorch up --yes --page {page}' --seconds 20 --kills

Uniquely tagged edits, saved as real programs save; rows that keep the daemon writing; readers that check
every version they see. At the end: what was lost, duplicated, torn; one line, then the same as JSON.
Exit 0: nothing. 1: the daemon is guilty. Without `--locked` the writers overwrite each other as people do,
so losses are counted, to be compared with `--daemon ''`, and only torn or wrong ends count against it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.storm.hunted import Hunted, left_behind
from tests.storm.page import look
from tests.storm.people import Part, keep_open, read, take_part, write
from tests.storm.scene import Scene, set_scene
from tests.storm.styles import IN_PLACE, usable
from tests.storm.verdict import Verdict, judge, unfinished

MDORCH = f"{sys.executable} -m mdorch up --yes --page {{page}}"
CALM = 0.5  # seconds for which they must stay right
CATCH_UP = 60.0  # seconds, at most, for a daemon to bring its own cells in order when all is quiet


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="torture", description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("--daemon", default=MDORCH, help="command; {page} and {folder} stand for paths; '' for none")
    add("--edits", type=int, default=1_000_000, help="of all writers together")
    add("--seconds", type=float, default=20.0)
    add("--styles", default="", help="comma-separated; default: all that are installed")
    add("--writers", type=int, default=4)
    add("--rows", type=int, default=8)
    add("--kills", action="store_true", help="kill -9 the daemon at random instants")
    add("--locked", action=argparse.BooleanOptionalAction, default=True, help="writers take turns")
    add("--unlocked", dest="locked", action="store_false")
    add("--symlink", action="store_true", help="the page is a symbolic link")
    add("--metadata", action="store_true", help="mode, owner, links, attributes, inode must stay")
    add("--hold-open", action="store_true", help="a reader keeps the page open: no write lease is to be had")
    add("--seed", type=int, default=int(time.time()))
    add("--folder", type=Path, help="scratch folder to use and keep")
    return parser.parse_args(argv)


def torture(options: argparse.Namespace, folder: Path) -> Verdict:
    """One storm in this folder."""
    names = tuple(options.styles.split(",")) if options.styles else tuple(usable())
    if options.metadata:
        names = tuple(name for name in names if name in IN_PLACE)
    page = folder / "CLAUDE.md"
    scene = Scene(folder, page, options.rows, options.locked, options.metadata, names)
    set_scene(scene, options.symlink)
    before = scene.state()
    hunted = Hunted(options.daemon, scene, options.seed)
    hunted.start()
    began = time.monotonic()
    trouble = _storm(scene, hunted, options)
    seconds = time.monotonic() - began
    _let_catch_up(scene, hunted)
    hunted.end()
    verdict = judge(scene, bool(hunted.argv))
    verdict.seconds, verdict.kills = seconds, hunted.kills
    verdict.trouble = trouble + [f"the daemon ended by itself: {code}" for code in hunted.died]
    if stayed := left_behind(folder):
        verdict.trouble.append(f"processes are left: {stayed}")
    if options.metadata and scene.state() != before:
        verdict.changed = [
            f"{old} → {new}" for old, new in zip(before, scene.state(), strict=True) if old != new
        ]
    if options.symlink and not page.is_symlink():
        verdict.changed.append("the symbolic link is none any more")
    return verdict


def _storm(scene: Scene, hunted: Hunted, options: argparse.Namespace) -> list[str]:
    """All take part until time or edits are over; what went wrong with them."""
    share = -(-options.edits // options.writers)
    writers = [take_part(write, scene, number, share, options.seed) for number in range(options.writers)]
    others = [take_part(read, scene, number) for number in range(2)]
    others += [take_part(keep_open, scene)] if options.hold_open else []
    until = time.monotonic() + options.seconds
    while time.monotonic() < until and any(part.process.is_alive() for part in writers):
        hunted.tend(options.kills)
        time.sleep(0.01)
    _end(writers)
    if hunted.child is not None and hunted.child.poll() is not None:
        hunted.tend(False)
    _end(others)
    return [f"writer {n} failed" for n, part in enumerate(writers) if part.process.exitcode != 0]


def _end(parts: list[Part]) -> None:
    for part in parts:
        part.stop.set()
    for part in parts:
        part.end()


def _let_catch_up(scene: Scene, hunted: Hunted) -> None:
    """Until its cells are right, and stay so for a while."""
    until = time.monotonic() + CATCH_UP
    right_since = None
    while hunted.argv and time.monotonic() < until:
        hunted.tend(False)
        seen = look(scene.page.read_bytes() if scene.page.exists() else b"", scene.rows)
        now = time.monotonic()
        right_since = (right_since or now) if not unfinished(seen) and seen.status else None
        if right_since and now - right_since > CALM:
            return
        time.sleep(0.05)


def main(argv: list[str] | None = None) -> int:
    options = arguments(argv)
    with tempfile.TemporaryDirectory(prefix="storm-") as scratch:
        folder = (options.folder or Path(scratch)).resolve()
        verdict = torture(options, folder)
        print(verdict.line())
        print(json.dumps(verdict.plain()), flush=True)
        words = (
            (folder / "daemon.log").read_text(errors="replace")[-1500:]
            if verdict.guilty and options.daemon
            else ""
        )
        print(words, file=sys.stderr, end="")
    if options.locked:
        return 1 if verdict.guilty else 0
    return 1 if verdict.torn or verdict.own or verdict.twice else 0


if __name__ == "__main__":
    sys.exit(main())
