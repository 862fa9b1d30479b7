"""`mdorch logs`: what a run has written, and what it goes on to write."""

from __future__ import annotations

import time

import click

from mdorch.desk.record import is_running, run_of
from mdorch.desk.transcript import Output, Said, Story
from mdorch.front.cli.arguments import known, task_argument
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink, Piece, Screen
from mdorch.front.text import without_escapes

PACE = 0.1  # seconds between two looks at a run that is followed
CHUNK = 1 << 16  # bytes
SIGNS = {
    "tool": ("run", "live"), "file": ("to", "live"), "trouble": ("bad", "warn"), "note": ("dot", "dim"),
    "done": ("done", "good"), "failed": ("bad", "bad"),
}  # fmt: skip


@command("mdorch logs TEST-001\nmdorch logs TEST-001 -f\nmdorch logs TEST-001 --raw --attempt 1")
@task_argument
@click.option("-f", "--follow", is_flag=True, help="Go on until the run ends.")
@click.option("--raw", is_flag=True, help="As it was printed, where it would be told as a story.")
@click.option("--attempt", type=click.IntRange(min=1), help="Not the newest run, but this one.")
def logs(call: Call, task: str, follow: bool, raw: bool, attempt: int | None) -> None:
    """The output of TASK's newest run: what it printed, then what it complained of.

    Where its program speaks in events, they are told as a story: what the agent said, which tools it used on
    what, what went wrong, what it cost. On a terminal, escape sequences and control characters are taken out;
    a pipe gets the bytes as they are. Values of variables that are secret by their names are not in there.
    """
    run = run_of(call.site, known(call, task), attempt)
    output, story = Output(call.site, run), Story(call.site, run)
    told = story.is_told and not raw
    shown: list[Told | Plain] = [Told(call.screen, story) if told else Plain(call.screen), Plain(call.screen)]
    gone = "" if output.is_there else "; what it printed is there no more: see keep_runs and keep_for"
    call.messages.line(Ink(f"{run.id}, {run.agent}{gone}", "dim"))
    while True:
        running = follow and is_running(call.site, run)
        for stream, part in enumerate(shown):
            for piece in output.new(stream):
                part.show(piece)
            if not running:
                part.end()
        call.screen.flush()
        if not running:
            return
        time.sleep(PACE)


class Plain:
    """Bytes as they are; on a terminal line by line, so that no sequence is cut."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.rest = b""

    def show(self, piece: bytes) -> None:
        if not self.screen.terminal:
            self.screen.raw(piece)
            return
        lines, end, self.rest = (self.rest + piece).rpartition(b"\n")
        if end:
            self.screen.block(without_escapes(lines.decode("utf-8", "replace")))
        elif len(self.rest) > CHUNK:
            self.rest = b""
            self.screen.block(without_escapes((lines + piece).decode("utf-8", "replace")))

    def end(self) -> None:
        """A line without an end is shown as well."""
        if self.rest:
            self.show(b"\n")


class Told:
    """Events as a story."""

    def __init__(self, screen: Screen, story: Story) -> None:
        self.screen = screen
        self.story = story

    def show(self, piece: bytes, last: bool = False) -> None:
        for said in self.story.more(piece, last):
            self._show(said)

    def end(self) -> None:
        self.show(b"", last=True)

    def _show(self, said: Said) -> None:
        if said.kind in ("text", "raw"):
            self.screen.block(without_escapes(said.text.strip("\n")))
            return
        sign, style = SIGNS[said.kind]
        pieces: list[Piece] = [Ink(self.screen.sign(sign), style), " "]
        if said.tool:
            pieces += [Ink(said.tool, "bold"), "  "]
        dim = said.kind in ("note", "done", "tool", "file")
        self.screen.short(*pieces, Ink(said.text, "dim" if dim else style))
