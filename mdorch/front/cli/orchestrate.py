"""`orchestrate`: the controller document's own command line, in terms of mdorch."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import click

from mdorch.config.errors import USAGE, Trouble
from mdorch.desk.find import NOT_SO
from mdorch.desk.look import look
from mdorch.desk.phases import next_phase, pipelined, places, tasks_under
from mdorch.front.cli.app import mdorch
from mdorch.front.cli.app import run as run_command_line
from mdorch.front.cli.base import Call, command


@command(
    'orchestrate --phase "ml-integration" --week 5 --parallel-groups 3\n'
    "orchestrate --status\n"
    "orchestrate --assign ORCH-001 --agent backend-developer\n"
    "orchestrate --deps ORCH-001\n"
    "orchestrate --handoff ORCH-001 --to test-automator"
)
@click.option("--status", is_flag=True, help="Active agents and tasks: mdorch status.")
@click.option("--assign", metavar="TASK", help="With --agent: mdorch assign.")
@click.option("--agent", metavar="NAME")
@click.option("--deps", metavar="TASK", help="Check dependencies: mdorch deps.")
@click.option("--handoff", metavar="TASK", help="With --to: force a handoff, mdorch handoff.")
@click.option("--to", metavar="NAME")
@click.option("--phase", metavar="NAME", help="Run the tasks of this phase or group until they are done.")
@click.option("--week", type=int, metavar="N", help="Run the tasks that stand under “Week N”.")
@click.option("--parallel-groups", type=click.IntRange(min=1), metavar="N", help="Groups at work at once.")
@click.option("--yes", is_flag=True, help="Approve the configuration without asking.")
def orchestrate(call: Call, **said: Any) -> int:
    """The controller document's commands. mdorch does the same, and more: mdorch --help."""
    wanted = [name for name in ("status", "assign", "deps", "handoff") if said[name]]
    if said["phase"] or said["week"] is not None:
        wanted.append("phase")
    if len(wanted) != 1:
        raise Trouble(
            "say one of --status, --assign, --deps, --handoff, --phase or --week", "orchestrate --help", USAGE
        )
    if wanted == ["phase"]:
        return _phase(call, said)
    return run_command_line([*_common(call), *_words(wanted[0], said)], mdorch)


def _common(call: Call) -> list[str]:
    pairs = (("--page", call.page), ("--config", call.config))
    return [word for name, value in pairs if value for word in (name, value)]


def _words(wanted: str, said: dict[str, Any]) -> list[str]:
    other = {"assign": "agent", "handoff": "to"}.get(wanted)
    if other and not said[other]:
        raise Trouble(f"--{wanted} needs --{other} NAME", exit_code=USAGE)
    if wanted == "status":
        return ["status"]
    task = ["--", said[wanted]]
    return [wanted, *([f"--{other}", said[other]] if other else []), *task]


def _phase(call: Call, said: dict[str, Any]) -> int:
    """`up`, until nothing more can be done, for the tasks of one phase or week alone."""
    from mdorch.daemon.options import Options
    from mdorch.front.cli.up import launch, prepare

    call.rail("orchestrate")
    board = look(call.site, call.now).board
    phrases = [said["phase"]] if said["phase"] else []
    phrases += [f"week {said['week']}"] if said["week"] is not None else []
    chosen = tasks_under(board, phrases)
    if not chosen:
        hint = f"its tasks stand under: {'; '.join(places(board)) or 'no heading'}"
        raise Trouble(f"no task of {call.site.page} stands under {' and '.join(phrases)}", hint, NOT_SO)
    call.screen.line(f"{len(chosen)} of {len(board.tasks)} tasks: {', '.join(t.id for t in chosen)}")
    more = next_phase(board, chosen) if pipelined(board) else []
    if more:
        names = ", ".join(t.id for t in more)
        call.screen.line(f"and of the next phase, once their own prerequisites allow it: {names}")
        chosen = [*chosen, *more]
    trusted = prepare(call, said["yes"], ask=False)
    if said["parallel_groups"] is not None:  # after the approval, which is of what the file says
        settings = replace(call.site.settings, parallel_groups=said["parallel_groups"])
        call.site = replace(call.site, settings=settings)
    return launch(call, Options(until_idle=True, only=frozenset(t.id for t in chosen), trusted_rows=trusted))


def main() -> None:
    """The program `orchestrate`."""
    sys.exit(run_command_line(sys.argv[1:], orchestrate))
