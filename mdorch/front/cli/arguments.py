"""Arguments that several commands have, with what the shell may complete them to."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

from mdorch.config.errors import Trouble
from mdorch.front.cli.call import Call


class TaskId(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4
    """An id of the page; completed from the board as it was last read."""

    name = "task"

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        return [
            CompletionItem(task.id, help=task.title) for task in tasks(ctx) if task.id.startswith(incomplete)
        ]


def tasks(ctx: click.Context) -> list[Any]:
    """The rows of the page, none where it cannot be read: a completion has nobody to complain to."""
    import os

    from mdorch.desk.look import board_of
    from mdorch.desk.site import open_site
    from mdorch.world.errors import PageError

    said = {**ctx.find_root().params, **{k: v for k, v in ctx.params.items() if v is not None}}
    try:
        site = open_site(said.get("page"), said.get("config"), os.environ)
        board = board_of(site, site.page_file().read(0.0).data)
    except (Trouble, PageError, OSError):
        return []
    return [t for t in board.tasks if t.id and t.id.isprintable() and not any(c.isspace() for c in t.id)]


def known(call: Call, task: str) -> str:
    """The id as the page has it; a row that is gone may have runs and a history all the same."""
    from mdorch.desk.find import find_task
    from mdorch.desk.look import look

    try:
        return find_task(look(call.site, call.now).board, call.site.page, task).id
    except Trouble:
        return task


task_argument = click.argument("task", type=TaskId(), metavar="TASK")
tasks_argument = click.argument("tasks", type=TaskId(), metavar="TASK…", nargs=-1, required=True)
