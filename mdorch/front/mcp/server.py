"""The server: it takes the tools of a seat, and makes of what is in the way an error of a tool.

Tools run one after the other in one thread: what they do is short, and no call sees half of another.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from mdorch import __version__
from mdorch.desk.failures import told
from mdorch.front.mcp.seat import Seat
from mdorch.front.text import clean_lines

ABOUT = "The task list of this project. End work on a task with `handoff`; `ask` where a person must decide."


def server(page: str | None, config: str | None, environ: Mapping[str, str]) -> MCPServer:
    """A server for whoever has this environment: a run, or a person's session."""
    made = MCPServer("mdorch", instructions=ABOUT, version=__version__, log_level="CRITICAL")
    seat = Seat(page, config, environ)
    for tool in (seat.tasks, seat.why, seat.claim, seat.note, seat.handoff, seat.read_handoff, seat.ask):
        made.add_tool(_told(tool), description=inspect.getdoc(tool), structured_output=False)
    return made


def serve(page: str | None, config: str | None, environ: Mapping[str, str]) -> None:
    """Until standard input ends."""
    server(page, config, environ).run("stdio")


def _told(tool: Callable[..., str]) -> Callable[..., Awaitable[str]]:
    """The tool, with a failure that is nobody's bug as one line, and the remedy on the next."""

    @functools.wraps(tool)
    async def called(*args: object, **kwargs: object) -> str:
        try:
            return clean_lines(tool(*args, **kwargs))
        except Exception as error:
            trouble = told(error)
            if trouble is None:
                raise
            lines = filter(None, (trouble.message, trouble.hint))
            raise ToolError(clean_lines("\n".join(lines))) from None

    return called
