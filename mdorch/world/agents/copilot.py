"""GitHub Copilot CLI: `copilot --output-format json`. It names its session in the result, its last line."""

from __future__ import annotations

from collections.abc import Iterable

from mdorch.facts import Own
from mdorch.world.agents import Cli, Launch
from mdorch.world.agents.events import Event, Kind, Line, used_on

_FILES = frozenset({"create", "edit", "apply_patch"})


class Copilot(Cli):
    name = "copilot"
    resumes = True

    def argv(self, launch: Launch) -> list[str]:
        argv = [launch.program, "--allow-all-tools", "--output-format", "json"]
        if launch.model:
            argv += ["--model", launch.model]
        if launch.session:
            argv += ["--resume", launch.session]
        for folder in launch.folders:
            argv += ["--add-dir", folder]
        return [*argv, *launch.args]

    def reopened(self, launch: Launch) -> list[str]:
        return [
            launch.program,
            *(["--model", launch.model] if launch.model else []),
            "--resume",
            launch.session,
        ]

    def read(self, line: Line) -> Iterable[Event]:
        data = line.get("data") or {}
        match line.get("type"):
            case "session.tools_updated":
                yield Event(Kind.STARTED, str(data.get("model") or ""))
            case "assistant.message" if data.get("content"):
                yield Event(Kind.TEXT, str(data["content"]))
            case "tool.execution_start":
                name = str(data["toolName"])
                kind = Kind.FILE if name in _FILES else Kind.TOOL
                yield Event(kind, used_on(data.get("arguments")), tool=name)
            case "session.error" | "error":
                yield Event(Kind.ERROR, str(data.get("message") or ""))
            case "result":
                own = Own.FAILED if line.get("exitCode") else Own.DONE
                yield Event(Kind.RESULT, session=str(line.get("sessionId") or ""), own=own)


ADAPTER = Copilot()
