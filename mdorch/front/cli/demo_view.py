"""The demo as it is watched: a picture drawn over itself, or one line for each thing that happens."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from typing import Protocol

from mdorch.board.task import Task
from mdorch.facts import Run
from mdorch.front.cli.demo_stage import Frame, Said
from mdorch.front.cli.screen import Ink, Piece, Screen

BAR = 32
LEAST = (72, 18)  # columns and lines of the smallest terminal that gets a picture
MOST_NEWS = 4  # lines on what happened last, where there is room
HIDE, SHOW, CLEAR, BELOW = "\x1b[?25l", "\x1b[?25h", "\x1b[2K", "\x1b[J"


class View(Protocol):
    def show(self, frame: Frame) -> None: ...

    def close(self) -> None: ...


def view_for(screen: Screen, environ: Mapping[str, str], plain: bool) -> View:
    """A picture where the terminal has room for one; lines otherwise, and into pipes."""
    if plain or not screen.terminal or environ.get("TERM", "dumb") == "dumb":
        return Lines(screen)
    columns, lines = os.get_terminal_size(screen.file.fileno())
    return Picture(screen, environ) if columns >= LEAST[0] and lines >= LEAST[1] else Lines(screen)


class Lines:
    """Prints each start and each result once, with the seconds since the first one."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self._last = 0

    def show(self, frame: Frame) -> None:
        began = beginning(frame)
        for said in frame.history:
            if said.number > self._last and said.kind in ("start", "fold"):
                when = Ink(f"{said.time - began:5.1f} s  ", "dim")
                self.screen.line(when, *news(said, frame.runs))
        self._last = max((said.number for said in frame.history), default=self._last)
        self.screen.flush()

    def close(self) -> None:
        self.screen.flush()


class Picture:
    """Redraws a table of all tasks in place. The cursor comes back with `close`."""

    def __init__(self, screen: Screen, environ: Mapping[str, str]) -> None:
        self.screen = screen
        self._environ = environ
        self._drawn = 0
        screen.file.write(HIDE)

    def show(self, frame: Frame) -> None:
        columns, lines = os.get_terminal_size(self.screen.file.fileno())
        canvas = _Canvas(self.screen)
        # One column stays free: a full line would be wrapped by some terminals.
        draw(Screen(canvas, {**self._environ, "COLUMNS": str(columns - 1)}), frame, lines - LEAST[1])
        drawn = canvas.getvalue().splitlines()
        up = f"\x1b[{self._drawn}A" if self._drawn else ""
        self.screen.file.write(up + "".join(f"{CLEAR}{line}\n" for line in drawn) + BELOW)
        self.screen.flush()
        self._drawn = len(drawn)

    def close(self) -> None:
        self.screen.file.write(SHOW)
        self.screen.flush()


class _Canvas(io.StringIO):
    """Takes what would go to a terminal, and passes for it."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._encoding = screen.file.encoding

    def isatty(self) -> bool:
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding


def draw(screen: Screen, frame: Frame, room: int) -> None:
    """One picture. `room` is how many lines the terminal has beyond the smallest one."""
    rows: list[Sequence[Piece]] = []
    titles: list[str] = []
    phase = ""
    for task in frame.board.tasks:
        titles.append(frame.titles.get(task.phase, task.phase) if task.phase != phase else "")
        phase = task.phase
        rows.append(_row(screen, task, frame))
    table = _Canvas(screen)
    lines = Screen(table, {"COLUMNS": str(screen.columns)})
    lines.colour = screen.colour
    lines.rows(rows, flexible={5: 16, 2: 20, 3: 16})
    for title, line in zip(titles, table.getvalue().splitlines(), strict=True):
        if title:
            screen.short(Ink(title, "head"))
        screen.file.write(line + "\n")
    screen.line("")
    _bar(screen, frame)
    shown = [said for said in frame.history if said.kind in ("start", "fold")][-min(room, MOST_NEWS) :]
    for said in shown if room > 0 else ():
        screen.short("  ", *(Ink(p if isinstance(p, str) else p.text, "dim") for p in news(said, frame.runs)))


def _row(screen: Screen, task: Task, frame: Frame) -> list[Piece]:
    runs = [run for run in frame.runs if run.task == task.id]
    live = next((run for run in runs if run.live), None)
    agent = live.agent if live else task.agents[0] if task.agents else ""
    spent = sum(length(run, frame.now) for run in runs)
    time = f"{spent:.1f} s" if runs else ""
    if live:
        sign, style, remark = "run", "live", _story(runs)
    elif task.status == "complete":
        sign, style, remark = "done", "good", _story(runs)
    else:
        sign, style, remark = (
            ("soon", "warn", "tries again soon") if runs else ("wait", "dim", _waits(task, frame))
        )
    name, agent_, spent_ = Ink(task.id, "bold"), Ink(agent, style), Ink(f"{time:>6}", style)
    return [Ink(screen.sign(sign), style), name, task.title, agent_, spent_, Ink(remark, "dim")]


def _waits(task: Task, frame: Frame) -> str:
    """What a task waits for, in few words."""
    unmet = frame.plan.verdicts[task.index].unmet
    more = f" and {len(unmet) - 2} more" if len(unmet) > 2 else ""
    return f"after {', '.join(unmet[:2])}{more}" if unmet else ""


def _story(runs: Sequence[Run]) -> str:
    """What is worth telling of a task that took more than one run."""
    before = runs[:-1]
    failed = sum(run.outcome == "failed" for run in before)
    told = [f"attempt {failed + 1}"] if failed else []
    return ", ".join([*told, *(f"handed on by {run.agent}" for run in before if run.outcome == "handed_on")])


def _bar(screen: Screen, frame: Frame) -> None:
    total = max(len(frame.board.tasks), 1)
    full = BAR * frame.done // total
    running = len(frame.running)
    screen.short(
        Ink(screen.sign("full") * full, "good"),
        Ink(screen.sign("empty") * (BAR - full), "dim"),
        f"  {frame.done} of {total} complete, ",
        Ink(f"{running} running", "live" if running else "dim"),
        Ink(f", {elapsed(frame):.1f} s", "dim"),
    )


def news(said: Said, runs: Sequence[Run]) -> list[Piece]:
    """One thing that happened, in words."""
    mine = [run for run in runs if run.task == said.task]
    agent = next((run.agent for run in mine if run.id == said.run), "")
    task = Ink(f"{said.task:<8}  ", "bold")
    if said.kind == "start":
        earlier = [run.outcome for run in mine[: [run.id for run in mine].index(said.run)]]
        does = {"failed": "tries again", "handed_on": "takes over"}.get(
            earlier[-1] if earlier else "", "starts"
        )
        why = "" if earlier else f": {said.text.partition('; assigned to')[0]}"
        return [task, Ink(f"{agent} {does}", "live"), Ink(why, "dim")]
    outcome, _, reason = said.text.partition(": ")
    reason = reason.removeprefix("handoff: ")
    text = reason if reason.startswith(outcome) else f"{outcome}: {reason}"
    return [task, Ink(f"{agent}: {text}", "bad" if outcome == "failed" else "good")]


def beginning(frame: Frame) -> float:
    """When the first run was claimed, in epoch seconds; now, before that."""
    return min((run.claimed for run in frame.runs), default=frame.now)


def elapsed(frame: Frame) -> float:
    """Seconds from the first claim to the last end, or to now while there is more to come."""
    last = max((run.ended or 0.0 for run in frame.runs), default=0.0)
    return (last if frame.finished and not frame.running else frame.now) - beginning(frame)


def length(run: Run, now: float) -> float:
    """How long a run took, or has taken so far, in seconds."""
    began = run.started or run.claimed
    return max((run.ended or now) - began, 0.0)
