"""What of mdorch itself an agent program is given for one start: its tools, and what asks for a handoff.

Both are this very interpreter with this very mdorch, whatever the PATH of a run says; `-P`, so that no folder
of a repository is taken for a module.
"""

from __future__ import annotations

import os
import sys
from functools import cache

from mdorch.config.settings import AgentSpec
from mdorch.desk.site import Site

EXTRA = "mcp"  # the library of the tools, and the name of the extra that brings it


def server_of(site: Site, agent: AgentSpec) -> tuple[str, ...]:
    """The argument list of the MCP server that the agent is given, () where it is given none."""
    if not agent.mcp or not is_installed():
        return ()
    source = site.settings.source
    return _own("mcp", "--run", *(("--config", str(source)) if source else ()))


def hook_of(agent: AgentSpec) -> tuple[str, ...]:
    """The argument list of what its program asks before it ends, () where that is not wanted."""
    return _own("insist") if agent.stop_hook else ()


def toolless(agent: AgentSpec) -> str:
    """Why an agent has none of the tools that it is to have; "" where it has, or is to have none."""
    missing = agent.mcp and not is_installed()
    return f"it has no tools of mdorch: pip install 'mdorch[{EXTRA}]'" if missing else ""


def told_of(site: Site, agent: AgentSpec) -> str:
    """What it is given, as a rest of a line."""
    tools = "the tools of mdorch" if server_of(site, agent) else ""
    hook = "a stop hook" if agent.stop_hook else ""
    given = " and ".join(filter(None, (tools, hook)))
    missing = toolless(agent)
    return (f", given {given}" if given else "") + (f"; {missing}" if missing else "")


@cache
def is_installed() -> bool:
    """Whether the library is there. It is looked for, not imported: that takes a second. A folder that only
    has its name is not it."""
    from importlib.util import find_spec

    found = find_spec(EXTRA)
    return found is not None and bool(found.origin)


def _own(*words: str) -> tuple[str, ...]:
    return (os.path.abspath(sys.executable), "-P", "-m", "mdorch", *words)
