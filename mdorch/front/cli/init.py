"""`mdorch init`: shows what a page lacks, asks, and adds it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

import click

from mdorch.config.errors import FAILED, USAGE, Trouble
from mdorch.desk.adopt import Ask, script
from mdorch.desk.approval import entry
from mdorch.desk.homemade import HomeBoard
from mdorch.desk.setup import Named, Setup, carry_out, found_by_default, is_approved, survey
from mdorch.desk.status import WARN_SIZE
from mdorch.front.cli import diff
from mdorch.front.cli.base import Call
from mdorch.front.cli.base import command as command_of
from mdorch.front.cli.screen import Ink

NAMED = 5  # boards, rows and agents that are named one by one


@command_of("mdorch init\nmdorch init --adopt 40 --yes")
@click.option(
    "--adopt",
    metavar="LINE",
    type=click.IntRange(min=1),
    help="Make the board at this line the Task Queue.",
    show_default=False,
)
@click.option("--new-queue", is_flag=True, help="Add a Task Queue beside a board under another heading.")
@click.option("--yes", is_flag=True, help="Write without asking.")
def init(call: Call, adopt: int | None, new_queue: bool, yes: bool) -> int:
    """Add what a page needs, after showing it.

    Adds the missing sections to the end of the page, and writes mdorch.toml for the agent programs
    found on PATH. What is there already stays as it is; the example rows are On Hold.
    """
    call.rail("mdorch init")
    if adopt and new_queue:
        raise Trouble("--adopt and --new-queue exclude each other", "a page has one queue", USAGE)
    setup = survey(Named(call.page, call.config, Ask(adopt or 0, new_queue)), call.environ)
    teller = Teller(call, setup)
    if setup.page.undecided:
        teller.ask_which()
        return FAILED
    if setup.nothing_missing:
        call.screen.line(f"{setup.page_name}: nothing is missing.")
    else:
        teller.show()
        if not (yes or teller.agreed()):
            return FAILED
        carry_out(setup, call.environ)
        teller.report()
    teller.remark()
    teller.suggest()
    return 0


command = init


class Teller:
    """Says what was found, what would be done, what was done and what to type next."""

    def __init__(self, call: Call, setup: Setup) -> None:
        self.call = call
        self.setup = setup
        self.screen = call.screen
        default = found_by_default(setup, call.environ)
        self.suffix = "" if default else f" --page {shlex.quote(setup.page_name)}"

    def ask_which(self) -> None:
        """The page has a board of its own: nothing is written until somebody says what it is."""
        boards = [board for board in self.setup.page.boards if board.has_id]
        what = "a board" if len(boards) == 1 else f"{len(boards)} boards"
        self.screen.line(f"{self.setup.page_name} has no Task Queue, but {what} elsewhere:")
        self.screen.line("")
        self._name(boards)
        self.screen.line("")
        self.screen.line("Nothing is written yet. Which is it?")
        adopt = "that table becomes the Task Queue; its open rows go On Hold first"
        self._commands(
            [
                (f"init --adopt {boards[0].line}", adopt),
                ("init --new-queue", "a queue of its own is added at the end of the page"),
            ]
        )

    def show(self) -> None:
        setup = self.setup
        if setup.size > WARN_SIZE:
            self.screen.paragraph(
                f"{setup.page_name} has {setup.size:,} characters, which every agent reads when it starts."
                " The new sections go to its end."
            )
            self.screen.line("")
        lines = script(setup.page)
        if setup.creates:
            lines = (("+", text) for _, text in lines)
        diff.show(self.screen, setup.page_name, lines, setup.creates)
        added = (("+", text) for text in setup.config_text.splitlines())
        diff.show(self.screen, setup.config_name, added, creates=True)

    def agreed(self) -> bool:
        if not self.call.interactive:
            said = f"mdorch init --yes{self._arguments()}{self.suffix}"
            self.call.messages.line("mdorch: nothing is written: there is nobody to ask")
            self.call.messages.line("  ", Ink(said, "command"), " writes it")
            return False
        starts = self.setup.config_text and self.setup.clis
        also = f", and let mdorch start {self.setup.clis[0]} here" if starts else ""
        if self.call.confirm(f"Write this{also}?"):
            return True
        self.screen.line("Nothing is written.")
        return False

    def report(self) -> None:
        setup, page = self.setup, self.setup.page
        if setup.creates:
            self._done(setup.page_name, "made, with all that mdorch needs")
        else:
            for text in page.added:
                self._done(setup.page_name, text)
        if page.held:
            rows = "1 open row" if len(page.held) == 1 else f"{len(page.held)} open rows"
            self._done(setup.page_name, f"{rows} put On Hold: {_some(page.held)}")
        if setup.config_text:
            none = "no agent program was found on PATH: name one there"
            self._done(setup.config_name, f"agents are started with {setup.clis[0]}" if setup.clis else none)

    def remark(self) -> None:
        """What is worth knowing besides."""
        setup, page = self.setup, self.setup.page
        if self.unarmed and not setup.config_text:
            self.screen.paragraph(
                f"{setup.config_name} names no agent program: nothing can start. Write there:"
            )
            for line in entry().splitlines():
                self.screen.line("  ", line)
        for text in page.remarks:
            self.screen.paragraph(f"{setup.page_name}: {text}")
        if page.unheld:
            lines = _some([f"line {line}" for line in page.unheld])
            self.screen.paragraph(f"Broken rows, and rows that share an id, stay as they are: {lines}.")
        if page.boards:
            self.screen.line("")
            self.screen.line("Other tables with a status, left alone:")
            self._name(page.boards[:NAMED])
        if setup.agents:
            self.screen.line("")
            self.screen.paragraph(
                f"Defined in .claude/agents, to be named in the Agent column: {_some(setup.agents)}."
            )

    def suggest(self) -> None:
        """The commands to type now."""
        setup = self.setup
        rows = [("status", "what the page says, and what waits for what")]
        if self.unarmed:
            rows.append(("trust", f"once {setup.config_name} names an agent program"))
        elif not is_approved(setup, self.call.environ):
            rows.append(("trust", f"approves the programs that {setup.config_name} names"))
        if setup.first_row:
            rows.append((f"set {setup.first_row} status=waiting", "lets an agent start on it"))
        adoptable = [board for board in setup.page.boards if board.has_id]
        if adoptable:
            rows.append((f"init --adopt {adoptable[0].line}", "takes that board in as well"))
        rows.append(("up", "shows the plan, asks, and starts agents"))
        self.screen.line("")
        self.screen.line("Next:")
        self._commands(rows)

    @property
    def unarmed(self) -> bool:
        """Whether the configuration, as it is now, names no program."""
        return not (self.setup.clis if self.setup.config_text else self.setup.site.settings.agents)

    def _name(self, boards: Iterable[HomeBoard]) -> None:
        for board in boards:
            rows = "1 row" if board.rows == 1 else f"{board.rows} rows"
            under = f"under “{board.heading}”, " if board.heading else ""
            place = f"  {self.setup.page_name}:{board.line}: "
            self.screen.line(place, f"{under}{rows}: ", Ink(" | ".join(board.columns), "dim"))

    def _done(self, name: str, text: str) -> None:
        self.screen.line(Ink(self.screen.sign("done"), "good"), f" {name}: {text}")

    def _commands(self, rows: Iterable[tuple[str, str]]) -> None:
        self.screen.rows([(Ink(f"mdorch {text}{self.suffix}", "command"), meaning) for text, meaning in rows])

    def _arguments(self) -> str:
        """What was asked for besides, as it was typed."""
        ask = self.setup.ask
        return (f" --adopt {ask.adopt}" if ask.adopt else "") + (" --new-queue" if ask.new_queue else "")


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    return ", ".join(listed[:NAMED]) + more
