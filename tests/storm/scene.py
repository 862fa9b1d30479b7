"""The scratch folder of a storm, and what is said about it to everybody who takes part."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.storm.page import make_page
from tests.storm.styles import make_repository

# A run that does next to nothing: it says that it began, and for some rows appends a handoff, in its turn.
# $1: the scratch folder; $2: a pattern of tasks that hand off; $3: "lock" to wait for the writers' lock.
_AGENT = r"""#!/bin/sh
echo "$MDORCH_RUN" >> "$1/starts.log"
case "$MDORCH_TASK" in $2) ;; *) exit 0 ;; esac
exec 9>>"$1/writers.lock"
if [ "$3" = lock ]; then flock 9; fi
printf '\n## Agent Handoff Signal\n\n**From**: dev\n**To**: -\n**Task**: %s\n**Status**: COMPLETE\n\n' \
  "$MDORCH_TASK" > "$1/block.$$"
printf '### Deliverables\n- by %s\n\n## More\n' "$MDORCH_RUN" >> "$1/block.$$"
cat "$1/block.$$" >> "$MDORCH_PAGE"
rm "$1/block.$$"
echo "$MDORCH_RUN" >> "$1/blocks.log"
"""
_CONFIG = """
[run]
settle = "0s"
max_parallel = {parallel}
attempts = 5
timeout = "1m"
[upkeep]
archive = false
[budget]
launches_per_task = 1000000
launches_per_hour = 1000000
[agents.default]
command = ["sh", "{folder}/agent.sh", "{folder}", "{handing}", "{lock}"]
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """`locked`: writers and readers take turns by a lock of their own, so that every loss is the daemon's.

    `page` is the daemon's path of the page, `rows` how many rows keep it busy.
    """

    folder: Path
    page: Path
    rows: int = 8
    locked: bool = True
    in_place: bool = False  # every style keeps the inode
    styles: tuple[str, ...] = ()

    @property
    def real(self) -> Path:
        return Path(os.path.realpath(self.page))

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.jsonl"

    @contextmanager
    def turn(self, write: bool) -> Iterator[None]:
        """A turn among those who take part, if they take turns at all; readers share it."""
        with open(self.folder / "writers.lock", "ab") as lock:
            if self.locked:
                fcntl.flock(lock, fcntl.LOCK_EX if write else fcntl.LOCK_SH)
            yield

    def state(self) -> tuple[object, ...]:
        """What must stay as it is, where all styles write in place: everything but content and times."""
        found = os.stat(self.page)
        marks = os.getxattr(self.page, "user.storm") if "user.storm" in os.listxattr(self.page) else b""
        return found.st_ino, oct(found.st_mode), found.st_uid, found.st_gid, found.st_nlink, marks


def set_scene(scene: Scene, symlink: bool) -> None:
    """Make the folder: page, agent, configuration, a repository where git takes part."""
    folder = scene.folder
    real = folder / "elsewhere" / "CLAUDE.md" if symlink else scene.page
    real.parent.mkdir(parents=True, exist_ok=True)
    real.write_bytes(make_page(scene.rows))
    if symlink:
        scene.page.symlink_to(Path("elsewhere") / "CLAUDE.md")
    (folder / "agent.sh").write_text(_AGENT)
    text = _CONFIG.format(folder=folder, parallel=4, handing="*[05]", lock="lock" if scene.locked else "free")
    for beside in {folder, real.parent}:
        (beside / "mdorch.toml").write_text(text)
    if any(style.startswith("git") for style in scene.styles):
        make_repository(real.parent, real)
    if scene.in_place:
        os.chmod(real, 0o640)
        os.link(real, folder / "second-name.md")
        os.setxattr(real, "user.storm", b"stays")
        if os.geteuid() == 0:
            os.chown(real, 65534, 65534)
