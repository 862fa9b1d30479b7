"""`mdorch demo`: the whole of it in ten seconds, with stand-in agents."""

from __future__ import annotations

import shlex
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType

import click

from mdorch.config.errors import FAILED
from mdorch.front.cli.base import Call
from mdorch.front.cli.base import command as command_of
from mdorch.front.cli.demo_stage import Frame, Stage, scratch
from mdorch.front.cli.demo_view import elapsed, length, view_for
from mdorch.front.cli.screen import Ink

GLANCE = 0.1  # seconds between two looks
INTERRUPTED = 130


@command_of("mdorch demo\nmdorch demo --speed 0.5\nmdorch demo --keep DIR --plain")
@click.option(
    "--speed", metavar="X", type=click.FloatRange(0.1, 20), default=1.0, help="How fast the agents work."
)
@click.option("--keep", metavar="DIR", help="Play in this folder (new or empty) instead of a temporary one.")
@click.option("--plain", is_flag=True, help="One line for each thing that happens, no picture.")
def demo(call: Call, speed: float, keep: str | None, plain: bool) -> int:
    """Watch twelve tasks in three phases, from the first to the last.

    Discovery runs in parallel, implementation by domain, validation in sequence. The page, the daemon
    and the processes are real, in a scratch folder; only the agents are stand-ins. One of them fails
    and is tried again, one hands its task on. Ctrl-C ends all of it.
    """
    call.rail("mdorch demo")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    folder = scratch(keep)
    try:
        with Stage(folder, speed, call.environ) as stage:
            frame = _watch(call, stage, plain)
    except BaseException as cut_short:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)
        if not isinstance(cut_short, KeyboardInterrupt):
            raise
        call.messages.line("")
        call.messages.line("Stopped: the daemon and all agents have ended.")
        return INTERRUPTED
    if frame is None or not frame.finished:
        return _explain(call, stage, frame)
    _report(call, stage, frame)
    return 0


command = demo


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _watch(call: Call, stage: Stage, plain: bool) -> Frame | None:
    """Show what happens until the daemon has ended; the last frame."""
    screen = call.screen
    screen.line(Ink("mdorch demo", "head"), ": twelve tasks, three phases, stand-in agents, one page:")
    screen.line("  ", Ink(str(stage.page), "command"))
    screen.line("")
    view = view_for(screen, call.environ, plain)
    last: Frame | None = None
    try:
        while True:
            playing = stage.playing
            frame = stage.frame()
            if frame is not None:
                view.show(frame)
                last = frame
            if not playing and frame is not None:
                return last
            time.sleep(GLANCE)
    finally:
        view.close()


def _report(call: Call, stage: Stage, frame: Frame) -> None:
    """The page as it is now, what it took, and where to look next."""
    screen = call.screen
    screen.line("")
    screen.line(Ink("The queue, as the page has it now", "head"))
    screen.line("")
    for line in frame.queue:
        screen.short(line)
    took = elapsed(frame)
    alone = sum(length(run, frame.now) for run in frame.runs)
    screen.line("")
    screen.line(
        Ink(screen.sign("done"), "good"),
        f" {frame.done} of {len(frame.board.tasks)} tasks complete: {len(frame.runs)} runs in ",
        Ink(f"{took:.1f} s", "bold"),
        f". One after another, the same runs take {alone:.1f} s: {alone / max(took, 0.1):.1f} times as long.",
    )
    screen.line("")
    screen.line(Ink("Where to look next", "head"))
    for meaning, typed in _pointers(stage, frame):
        screen.line(f"  {meaning:<44}", Ink(typed, "command"))  # never cut: it is there to be copied


def _pointers(stage: Stage, frame: Frame) -> list[tuple[str, str]]:
    page = f"--page {shlex.quote(str(stage.page))}"
    us = _own_name()
    failed = next((run.task for run in frame.runs if run.outcome == "failed"), frame.board.tasks[0].id)
    taken = sum(block.taken for block in frame.board.handoffs)
    return [
        (f"the page; {taken} handoffs, marked as taken", f"less {shlex.quote(str(stage.page))}"),
        ("the same at a glance", f"{us} status {page}"),
        ("every change and run, with its cause", f"{us} history {page}"),
        ("what an agent printed while it worked", f"{us} logs {failed} {page}"),
        ("take all of it away", f"rm -r {shlex.quote(str(stage.folder))}"),
        ("in a repository of your own (see README.md)", f"{us} init"),
    ]


def _own_name() -> str:
    """How this program is called here: a virtual environment's need not be on PATH."""
    if shutil.which("mdorch"):
        return "mdorch"
    called = Path(sys.argv[0])
    return str(called) if called.name == "mdorch" else f"{Path(sys.executable).name} -m mdorch"


def _explain(call: Call, stage: Stage, frame: Frame | None) -> int:
    """The show did not end well: what is open, and what the daemon said last."""
    tell = call.messages
    tell.line(Ink("mdorch: ", "bad"), "the demo did not come to its end")
    for task in frame.board.tasks if frame else ():
        if frame and task.status != "complete":
            tell.line(f"  {task.id}: {frame.plan.verdicts[task.index].text}")
    for line in stage.log.read_text("utf-8", "replace").splitlines()[-6:]:
        tell.line("  ", Ink(line, "dim"))
    tell.line(f"  all of it: {stage.log}")
    return FAILED
