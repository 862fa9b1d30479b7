"""The program's commands, and what each is for.

Commands are imported when they are called: most answer from a cached board, and must not pay for a
parser, a validator or a file watcher that only others use.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

import click

from mdorch import __version__
from mdorch.config.errors import USAGE, Trouble
from mdorch.front.cli.ending import INTERRUPTED, ended, tell

# section -> command -> (module : attribute, what it does)
COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "Look": {
        "status": ("status:status", "What needs you, what runs, what waits and why."),
        "top": ("top:top", "The same live on the whole terminal, with keys to decide."),
        "plan": ("plan:plan", "What the daemon would do now, with reasons."),
        "why": ("why:why", "The one rule that holds a task, or lets it go."),
        "deps": ("why:deps", "What a task needs, and what waits for it."),
        "show": ("show:show", "Everything known of a task."),
        "prompt": ("show:prompt", "The prompt a task's agent would get."),
        "logs": ("logs:logs", "The output of a task's run."),
        "history": ("history:history", "What happened, and what the page was before."),
        "metrics": ("metrics:metrics", "How much was done, how fast, how well."),
        "agents": ("agents:agents", "Who works here, with which program."),
        "health": ("health:health", "Whether everything is right, with evidence."),
        "lint": ("lint:lint", "Problems of a page, with place and remedy."),
        "export": ("export:export", "The board for others: a graph, a table, an HTML file."),
        "tables": ("lint:tables", "Every live table as the daemon sees it."),
        "web": ("web:web", "The board in a browser, live."),
        "lsp": ("lsp:lsp", "The page in an editor, as one types it."),
    },
    "Change": {
        "set": ("rows:set_", "Write cells of a task."),
        "add": ("rows:add", "Append a task."),
        "import": ("bring:import_", "Append tasks from Backlog.md, Task Master, spec-kit, checkboxes."),
        "pattern": ("pattern:pattern", "Append the tasks of an orchestration pattern."),
        "assign": ("rows:assign", "Give a task to an agent."),
        "approve": ("rows:approve", "A task in review is complete."),
        "reject": ("rows:reject", "A task in review goes back, and why."),
        "answer": ("rows:answer", "Answer the question of a blocked task."),
        "retry": ("halt:retry", "Open a task again, in a new round."),
        "attach": ("attach:attach", "Go on in a task's session yourself, on the terminal."),
        "stop": ("halt:stop", "Put a task on hold, and end its run."),
        "archive": ("archive:archive", "Move complete rows out of the page."),
        "ask": ("ask:ask", "Ask a person, from inside a run."),
        "handoff": ("handoff:handoff", "Append a handoff block."),
    },
    "Run": {
        "up": ("up:up", "Launch agents as the page says: the daemon."),
        "run": ("up:run", "Exactly these tasks, in the foreground."),
        "down": ("halt:down", "Stop the daemon, and with --kill its runs."),
        "pause": ("halt:pause", "No new launches until resume."),
        "resume": ("halt:resume", "Launch again, and accept a held page."),
    },
    "Set up": {
        "init": ("init:command", "Add what a page needs, after showing it."),
        "notify": ("notify:notify", "How you are told that something needs you."),
        "trust": ("trust:trust", "Approve the programs that mdorch.toml names."),
        "service": ("service:service", "A systemd unit, to be on for months."),
        "uninstall": ("uninstall:uninstall", "Take away what mdorch added; work stays."),
        "mcp": ("mcp:mcp", "Tools for agent programs, over MCP."),
        "insist": ("mcp:insist", "For a Stop hook: asks a run for its handoff."),
        "demo": ("demo:command", "Twelve tasks in three phases, played to the end."),
        "completion": ("completion:completion", "The completion script for a shell."),
    },
}
_WHERE = {name: where for section in COMMANDS.values() for name, (where, _) in section.items()}


class Commands(click.Group):
    """The group: imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_WHERE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _WHERE:
            return None
        from importlib import import_module

        module, _, attribute = _WHERE[cmd_name].partition(":")
        found: click.Command = getattr(import_module(f"mdorch.front.cli.{module}"), attribute)
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[Any, Any, list[str]]:
        name = args[0]
        if name not in _WHERE and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, _WHERE, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "mdorch --help lists the commands"
            raise Trouble(f"there is no command {name}", hint, USAGE)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        for title, commands in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, text) for name, (_, text) in commands.items()])


@click.command(
    "mdorch",
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
    epilog="Example: mdorch init, then mdorch plan, then mdorch up.",
)
@click.option("--page", metavar="FILE", help="The page; default: MDORCH_PAGE, then CLAUDE.md.")
@click.option("--config", metavar="FILE", help="The configuration; default: the nearest mdorch.toml.")
@click.option("--json", "json", is_flag=True, help="Answer as JSON, where there is an answer.")
@click.version_option(__version__, prog_name="mdorch", message="%(prog)s %(version)s")
@click.pass_context
def mdorch(ctx: click.Context, page: str | None, config: str | None, json: bool) -> None:  # noqa: ARG001
    """CLAUDE.md as the database that launches your agents."""
    if ctx.invoked_subcommand is None:
        sys.stdout.write(ctx.get_help() + "\n")


def run(args: Sequence[str], program: click.Command = mdorch) -> int:
    """Run a command line and give its exit code."""
    return ended(lambda: _run(list(args), program))


def _run(args: list[str], program: click.Command) -> int:
    try:
        code = program.main(args, prog_name=program.name, standalone_mode=False)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "mdorch"
        return tell(_plain(error), f"{path} --help", USAGE)
    except click.ClickException as error:
        return tell(_plain(error), "", error.exit_code)
    except click.Abort:
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _plain(error: click.ClickException) -> str:
    """Its message as ours are: one line, no capital, no full stop, and no words of programmers."""
    text = " ".join(error.format_message().split())
    text = re.sub(r"a valid (integer|float)( range)?\b", "a number", text)
    return text[:1].lower() + text[1:].rstrip(".")
