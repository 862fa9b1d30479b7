"""`mdorch up` and `mdorch run`: the daemon, watched by whoever started it."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import click

from mdorch.config.errors import FAILED, USAGE, Trouble
from mdorch.desk import approval, halt
from mdorch.desk.find import find_task
from mdorch.desk.look import look
from mdorch.desk.times import clock
from mdorch.front.cli.arguments import tasks_argument
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.plan import show_plan
from mdorch.front.cli.screen import Ink, Piece, Screen
from mdorch.front.cli.trust import ensure
from mdorch.front.text import clean, width

if TYPE_CHECKING:
    from mdorch.daemon.events import Event
    from mdorch.daemon.options import Options

STYLES = {
    "start": "live", "fold": "good", "stop": "bad", "trouble": "bad", "held": "bad",
    "free": "good", "ended": "", "change": "dim", "take": "good", "adopt": "live",
}  # fmt: skip


@command("mdorch up\nmdorch up --until-idle --yes\nmdorch up --detach\nmdorch up --dry-run")
@click.option("--once", is_flag=True, help="One full pass, no watching.")
@click.option("--until-idle", is_flag=True, help="End when nothing can go on without a person.")
@click.option("--detach", flag_value="now", help="Go on in the background; output in .mdorch/daemon.log.")
@click.option("--detached", "detach", metavar="PIPE", hidden=True)
@click.option("--dry-run", is_flag=True, help="Show the plan and do nothing.")
@click.option("--yes", is_flag=True, help="Approve the configuration and the plan without asking.")
def up(call: Call, once: bool, until_idle: bool, detach: str | None, dry_run: bool, yes: bool) -> int:
    """Watch the page, launch agents as it says, and write what becomes of them.

    Ctrl-C stops launching and leaves runs alive; twice within 3 seconds stops them too. With
    --until-idle the exit code is 0 if every row is complete or on hold, 1 if not, 3 if held.
    """
    if dry_run:
        show_plan(call.screen, look(call.site, call.now))
        return 0
    call.rail("mdorch up")
    if sum((once, until_idle, detach is not None)) > 1:
        raise Trouble("--once, --until-idle and --detach exclude each other", exit_code=USAGE)
    seen = prepare(call, yes)
    if detach == "now":
        return _detach(call, seen)
    from mdorch.daemon.options import Options

    at_work = None
    if detach:
        from mdorch.desk import background

        call.screen = Screen(background.turn_to_log(call.site), call.environ)
        at_work = partial(background.at_work, int(detach))
    if call.interactive and not (once or until_idle or detach):
        call.screen.line(Ink(f"{call.site.page.name} is watched; Ctrl-C ends that, and runs go on.", "dim"))
        call.screen.flush()
    return launch(call, Options(once=once, until_idle=until_idle, trusted_rows=seen, at_work=at_work))


@command("mdorch run TEST-001\nmdorch run TEST-001 TEST-002 --yes")
@tasks_argument
@click.option("--yes", is_flag=True, help="Approve the configuration without asking.")
def run(call: Call, tasks: tuple[str, ...], yes: bool) -> int:
    """Run exactly these TASKs in the foreground, prerequisites respected; nothing else starts.

    The exit code is 0 when all of them are complete.
    """
    call.rail("mdorch run")
    found = look(call.site, call.now)
    asked = frozenset(find_task(found.board, call.site.page, task).id for task in tasks)
    prepare(call, yes, ask=False)
    from mdorch.daemon.options import Options

    code = launch(call, Options(until_idle=True, only=asked, trusted_rows=True))
    board = look(call.site, call.now).board
    open_ = [t for t in board.tasks if t.id in asked and t.status != "complete"]
    return code or (1 if open_ else 0)


def prepare(call: Call, yes: bool, ask: bool = True) -> bool:
    """All that must be right before a daemon may start. Whether a person has approved the plan.

    Raises Trouble (exit 3), AlreadyHeld.
    """
    site = call.site
    if site.linked and not site.named:
        hint = f"in the main one: mdorch up; here, knowingly: mdorch up --page {site.page}"
        raise Trouble("this is a linked work tree: its tasks live in the main one", hint, FAILED)
    halt.refuse_second(site)
    ensure(call, yes)
    seen = yes or (ask and call.interactive and approval.plan_seen(site))
    if ask and call.interactive and not seen:
        show_plan(call.screen, look(site, call.now))
        if not call.confirm("Do this, and go on as the page changes?"):
            raise Trouble(
                "nothing was started",
                "mdorch up asks again; mdorch set TASK status='On Hold' holds a row",
                FAILED,
            )
        seen = True
    if seen and ask:
        approval.plan_approved(site)
    return seen or not ask


def launch(call: Call, options: Options) -> int:
    """Be the daemon until it ends; one line for each thing that happens."""
    from mdorch.daemon.loop import Daemon

    reporter = Reporter(call.screen)
    ending = Daemon(call.site, options, reporter.tell, call.environ).run()
    for reason in ending.reasons:
        call.messages.line("  ", reason)
    if ending.live:
        runs = "1 run goes on" if ending.live == 1 else f"{ending.live} runs go on"
        call.screen.line(f"{runs} without a daemon; mdorch up finds it again, mdorch down --kill ends it")
    return ending.code


class Reporter:
    """One line for each event: time, what, task, agent, reason; columns grow with what they held."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.widths = [8, 12]

    def tell(self, event: Event) -> None:
        """Print it. A disk that is full, where that goes into a file, costs the line alone."""
        with suppress(OSError):
            self.screen.line(
                Ink(clock(event.time), "dim"),
                "  ",
                Ink(f"{event.kind:7}", STYLES.get(event.kind, "warn")),
                "  ",
                *self._column(0, event.task, "bold"),
                *self._column(1, event.agent, "live"),
                event.text,
            )
            self.screen.flush()

    def _column(self, number: int, text: str, style: str) -> tuple[Piece, str]:
        taken = width(clean(text))
        self.widths[number] = max(self.widths[number], min(taken, 24))
        return Ink(text, style), " " * (self.widths[number] - taken + 2)


def _detach(call: Call, seen: bool) -> int:
    from mdorch.desk import background

    pid = background.start(call.site, call.environ, seen)
    call.screen.line(f"The daemon runs as process {pid}; its log is {call.site.log}.")
    call.screen.line(
        Ink("mdorch status", "command"), " shows it, ", Ink("mdorch down", "command"), " stops it."
    )
    return 0
