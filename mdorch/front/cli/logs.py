"""`mdorch logs`: what a run has written, and what it goes on to write."""

from __future__ import annotations

import time
from pathlib import Path

import click

from mdorch.desk.record import is_running, output_of, run_of
from mdorch.front.cli.arguments import known, task_argument
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink
from mdorch.front.cli.text import without_escapes

PACE = 0.1  # seconds between two looks at a run that is followed
CHUNK = 1 << 16  # bytes


@command("mdorch logs TEST-001\nmdorch logs TEST-001 -f\nmdorch logs TEST-001 --attempt 1")
@task_argument
@click.option("-f", "--follow", is_flag=True, help="Go on until the run ends.")
@click.option("--attempt", type=click.IntRange(min=1), help="Not the newest run, but this one.")
def logs(call: Call, task: str, follow: bool, attempt: int | None) -> None:
    """The output of TASK's newest run: what it printed, then what it complained of.

    On a terminal, escape sequences and control characters are taken out; a pipe gets the bytes as they are.
    """
    run = run_of(call.site, known(call, task), attempt)
    tails = [_Tail(call, path) for path in output_of(call.site, run)]
    call.messages.line(Ink(f"{run.id}, {run.agent}", "dim"))
    while True:
        running = follow and is_running(call.site, run)
        for tail in tails:
            tail.show(last=not running)
        if not running:
            return
        time.sleep(PACE)


class _Tail:
    """One file, shown from where it was left; on a terminal line by line, so that no sequence is cut."""

    def __init__(self, call: Call, path: Path) -> None:
        self.call = call
        self.path = path
        self.place = 0
        self.rest = b""

    def show(self, last: bool) -> None:
        """What is new. `last`: a line without an end is shown as well."""
        try:
            with self.path.open("rb") as file:
                file.seek(self.place)
                while piece := file.read(CHUNK):
                    self.place += len(piece)
                    self._write(piece)
        except FileNotFoundError:
            pass
        if last and self.rest:
            self._write(b"\n")
        self.call.screen.flush()

    def _write(self, piece: bytes) -> None:
        if not self.call.screen.terminal:
            self.call.screen.raw(piece)
            return
        lines, end, self.rest = (self.rest + piece).rpartition(b"\n")
        if end:
            self.call.screen.block(without_escapes(lines.decode("utf-8", "replace")))
        elif len(self.rest) > CHUNK:
            self.rest = b""
            self.call.screen.block(without_escapes((lines + piece).decode("utf-8", "replace")))
