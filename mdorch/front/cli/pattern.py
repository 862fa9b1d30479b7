"""`mdorch pattern`: the tasks of an orchestration pattern, appended to the queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from mdorch.board.board import Board
from mdorch.board.policy import Recipe
from mdorch.board.wishes import AppendTask
from mdorch.desk.look import look
from mdorch.desk.patterns import Order, append, recipes
from mdorch.desk.propose import propose
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.screen import Ink, Piece, Screen


@command(
    "mdorch pattern\n"
    'mdorch pattern "broad discovery" --about "the payment module"\n'
    'mdorch pattern crisis --about "logins fail since noon" --go'
)
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--about", metavar="TEXT", default="", help="What it is about: goes into every title.")
@click.option("--requires", metavar="IDS", default="", help="What its first tasks wait for.")
@click.option("--phase", metavar="NAME", default="", help="The sub-heading to put them under.")
@click.option("--go", is_flag=True, help="They may start at once; without it they are On Hold, to be edited.")
def pattern(call: Call, name: str | None, **said: Any) -> None:
    """Append the tasks of an orchestration pattern to the queue; without NAME, show the patterns.

    A crisis takes every slot that gets free, ahead of everything; what runs goes on running.
    """
    if not name:
        _listed(call.screen, recipes(look(call.site, call.now).board), call.site.page.name)
        return
    call.rail("mdorch pattern")
    chosen: list[Recipe] = []
    make = append(name, Order(**said), chosen)
    ids: list[str] = []

    def wished(board: Board) -> Sequence[AppendTask]:
        wishes = make(board)
        ids[:] = [wish.id for wish in wishes]
        return wishes

    new = [t for t in propose(call.site, wished, call.now).tasks if t.id in ids]
    call.screen.rows(
        [[Ink(t.id, "bold"), t.status_text, t.title, Ink(t.agent_text, "live")] for t in new],
        flexible={2: 20},
        wrapped=True,
    )
    if not said["go"]:
        call.screen.line(
            f"{chosen[0].name}: {len(new)} tasks, On Hold. Edit them, then ",
            Ink("mdorch set TASK status=waiting", "command"),
        )


def _listed(screen: Screen, known: list[Recipe], page: str) -> None:
    for recipe in known:
        where = f"{recipe.source or page}:{recipe.line}" if recipe.line else "built in"
        screen.line(Ink(recipe.name, "head"), Ink(f"  {recipe.form}, {where}", "dim"))
        steps: list[list[Piece]] = [[Ink(step.agent, "live"), step.title] for step in recipe.steps]
        screen.rows(steps, flexible={1: 20}, wrapped=True)
