"""opencode: `opencode run --format json`. It says what each step costs, and never that it is done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mdorch.facts import Own
from mdorch.world.agents import Cli, Launch
from mdorch.world.agents.events import Event, Kind, Line, used_on

_FILES = frozenset({"write", "edit", "patch", "multiedit"})


class OpenCode(Cli):
    name = "opencode"
    native = ("../opencode-*/bin/opencode", "node_modules/opencode-*/bin/opencode")
    resumes = True
    priced = True

    def argv(self, launch: Launch) -> list[str]:
        argv = [launch.program, "run", "--format", "json"]
        if launch.model:
            argv += ["-m", launch.model]
        if launch.session:
            argv += ["--session", launch.session]
        return [*argv, *launch.args]

    def reopened(self, launch: Launch) -> list[str]:
        return [launch.program, *(["-m", launch.model] if launch.model else []), "--session", launch.session]

    def read(self, line: Line) -> Iterable[Event]:
        session, part = str(line.get("sessionID") or ""), line.get("part") or {}
        match line.get("type"):
            case "step_start":
                yield Event(Kind.STARTED, session=session)
            case "text":
                yield Event(Kind.TEXT, str(part.get("text") or ""), session=session)
            case "tool_use":
                yield _tool(part)
            case "step_finish":
                yield _step(part, session)
            case "error":
                error = line.get("error") or {}
                text = (error.get("data") or {}).get("message") or error.get("name") or "error"
                yield Event(Kind.RESULT, str(text), session=session, own=Own.FAILED)


def _tool(part: dict[str, Any]) -> Event:
    state = part.get("state") or {}
    name = str(part["tool"])
    return Event(Kind.FILE if name in _FILES else Kind.TOOL, used_on(state.get("input")), tool=name)


def _step(part: dict[str, Any], session: str) -> Event:
    """The end of one step; after one that asks for no tool, the whole is done."""
    tokens = part.get("tokens") or {}
    cache = tokens.get("cache") or {}
    counts = [tokens.get("input"), tokens.get("output"), tokens.get("reasoning"), *cache.values()]
    done = part.get("reason") not in ("tool-calls", "unknown", None)
    return Event(
        Kind.RESULT,
        session=session,
        own=Own.DONE if done else None,
        tokens=sum(int(count or 0) for count in counts),
        usd=float(part.get("cost") or 0.0),
        adds=True,
    )


ADAPTER = OpenCode()
