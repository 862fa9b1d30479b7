"""`mdorch init`: shows what a page lacks, asks, and adds it."""

from __future__ import annotations

from collections.abc import Iterable

import click

from mdorch.config.document import shown
from mdorch.config.errors import FAILED, USAGE, Trouble
from mdorch.desk.adopt import Ask, script
from mdorch.desk.homemade import HomeBoard
from mdorch.desk.setup import Named, Setup, carry_out, found_by_default, is_approved, survey
from mdorch.desk.status import WARN_SIZE
from mdorch.front.cli import diff
from mdorch.front.cli.base import Call, command as command_of
from mdorch.front.cli.screen import Ink

NAMED = 5  # boards, agents that are named one by one


@command_of(
    """
    mdorch init
    mdorch init --adopt 40 --yes
    """
)
@click.option("--adopt", metavar="LINE", type=click.IntRange(min=1), help="Make the board at this line the Task Queue.")
@click.option("--new-queue", is_flag=True, help="Add a Task Queue although there is a board elsewhere on the page.")
@click.option("--yes", is_flag=True, help="Write without asking.")
def init(call: Call, adopt: int | None, new_queue: bool, yes: bool) -> int:
    """Add what a page needs, after showing it.

    Adds the missing sections to the end of the page, and writes mdorch.toml for the agent programs found on PATH.
    What is there already is left alone; example rows are On Hold.
    """
    call.rail("init")
    if adopt and new_queue:
        raise Trouble("--adopt and --new-queue: one page has one queue", "name one of the two", USAGE)
    setup = survey(Named(call.page, call.config, Ask(adopt or 0, new_queue)), call.environ)
    if setup.page.undecided:
        return _ask_which(call, setup)
    if setup.nothing_missing:
        call.screen.line(f"{shown(setup.site.page)}: nothing is missing.")
        _remarks(call, setup)
        _next(call, setup)
        return 0
    _show(call, setup)
    if not yes and not _agreed(call, setup):
        return FAILED
    carry_out(setup, call.environ)
    _report(call, setup)
    _remarks(call, setup)
    _next(call, setup)
    return 0


def _ask_which(call: Call, setup: Setup) -> int:
    """The page has a board of its own: nothing is written until somebody says what it is."""
    screen, page = call.screen, shown(setup.site.page)
    usable = [board for board in setup.page.boards if board.has_id]
    count = "a board" if len(usable) == 1 else f"{len(usable)} boards"
    screen.line(f"{page} has no Task Queue, but {count} under another heading:")
    screen.line("")
    _name_boards(call, setup, usable)
    screen.line("")
    screen.line("Nothing is written yet. Say which it is:")
    rows = [
        (Ink(_command(call, setup, f"init --adopt {usable[0].line}"), "command"), "that table becomes the Task Queue; its open rows go On Hold"),
        (Ink(_command(call, setup, "init --new-queue"), "command"), "a new, empty queue is added beside it"),
    ]
    screen.rows(rows)
    return FAILED


def _name_boards(call: Call, setup: Setup, boards: Iterable[HomeBoard]) -> None:
    page = shown(setup.site.page)
    for board in boards:
        rows = "1 row" if board.rows == 1 else f"{board.rows} rows"
        under = f"under “{board.heading}”, " if board.heading else ""
        call.screen.line(f"  {page}:{board.line}: {under}{rows}: ", Ink(" | ".join(board.columns), "dim"))


def _show(call: Call, setup: Setup) -> None:
    page = shown(setup.site.page)
    size = len(setup.page.old)
    if size > WARN_SIZE and not setup.creates:
        text = f"{page} has {size:,} characters, which every agent reads at its start; the new sections go to its end."
        call.screen.paragraph(text)
        call.screen.line("")
    lines = (("+", text) for _, text in script(setup.page) if _ != "-") if setup.creates else script(setup.page)
    diff.show(call.screen, page, lines, setup.creates)
    if setup.config_text:
        added = (("+", text) for text in setup.config_text.splitlines())
        diff.show(call.screen, shown(setup.config), added, creates=True)


def _agreed(call: Call, setup: Setup) -> bool:
    if not call.interactive:
        call.messages.line("nothing is written: there is nobody to ask; ", Ink("mdorch init --yes", "command"), " writes it")
        return False
    what = "Write this"
    if setup.config_text and setup.clis:
        what += f", and let mdorch start {setup.clis[0]} here"
    if call.confirm(what + "?"):
        return True
    call.screen.line("Nothing is written.")
    return False


def _report(call: Call, setup: Setup) -> None:
    screen, page = call.screen, shown(setup.site.page)
    done = screen.sign("done")
    if setup.creates:
        screen.line(Ink(done, "good"), f" {page}: made, with all that mdorch needs")
    else:
        for text in setup.page.added:
            screen.line(Ink(done, "good"), f" {page}: {text}")
    if setup.page.held:
        shown_ids = ", ".join(setup.page.held[:NAMED]) + (" …" if len(setup.page.held) > NAMED else "")
        screen.line(Ink(done, "good"), f" {page}: {len(setup.page.held)} open rows put On Hold: {shown_ids}")
    if setup.config_text:
        means = f"agents are started with {setup.clis[0]}" if setup.clis else "no agent program was found on PATH: name one there"
        screen.line(Ink(done, "good"), f" {shown(setup.config)}: {means}")


def _remarks(call: Call, setup: Setup) -> None:
    """What is worth knowing besides."""
    screen = call.screen
    for text in setup.page.remarks:
        screen.paragraph(text)
    if setup.page.unheld:
        lines = ", ".join(map(str, setup.page.unheld[:NAMED]))
        screen.paragraph(f"Rows that are broken, or share an id, stay as they are and cannot start: line {lines}.")
    if setup.page.boards:
        screen.line("")
        screen.line("Other tables with a status, which mdorch leaves alone:")
        _name_boards(call, setup, setup.page.boards[:NAMED])
        usable = [b for b in setup.page.boards if b.has_id]
        if usable:
            screen.line("  ", Ink(_command(call, setup, f"init --adopt {usable[0].line}"), "command"), " takes one into the queue")
    if setup.agents:
        more = f" and {len(setup.agents) - NAMED} more" if len(setup.agents) > NAMED else ""
        screen.paragraph(f"Agents defined in .claude/agents, to be named in the Agent column: {', '.join(setup.agents[:NAMED])}{more}.")


def _next(call: Call, setup: Setup) -> None:
    """The commands to type now."""
    row = setup.page.held[0] if setup.page.held else "EX-001" if b"| EX-001 |" in setup.page.new else ""
    rows = [(_command(call, setup, "status"), "what the page says, and what waits for what")]
    if not setup.clis and setup.config_text:
        rows.append((_command(call, setup, "trust"), f"once an agent program is named in {shown(setup.config)}"))
    elif not is_approved(setup, call.environ):
        rows.append((_command(call, setup, "trust"), f"approves the programs that {shown(setup.config)} names"))
    if row:
        rows.append((_command(call, setup, f"set {row} status=waiting"), "lets an agent start on it"))
    rows.append((_command(call, setup, "up"), "shows the plan, asks, and starts agents"))
    call.screen.line("")
    call.screen.line("Next:")
    call.screen.rows([(Ink(text, "command"), meaning) for text, meaning in rows])


def _command(call: Call, setup: Setup, text: str) -> str:
    """A command line as it can be typed here."""
    import shlex

    page = "" if found_by_default(setup, call.environ) else f" --page {shlex.quote(shown(setup.site.page))}"
    return f"mdorch {text}{page}"


command = init
