"""Gemini CLI: `gemini -o stream-json`.

It starts itself anew as a child, unless told not to, and signals then reach the wrong one. Its exit code is
the HTTP status of what went wrong, modulo 256, and a SIGTERM ends it with 0: only its result proves anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mdorch.facts import Own
from mdorch.world.agents import Cli, Launch
from mdorch.world.agents.events import Event, Kind, Line, used_on

_FILES = frozenset({"write_file", "replace", "edit"})


class Gemini(Cli):
    name = "gemini"
    resumes = True

    def argv(self, launch: Launch) -> list[str]:
        argv = [launch.program, "--approval-mode", "yolo", "--skip-trust", "-o", "stream-json"]
        if launch.model:
            argv += ["-m", launch.model]
        if launch.session:
            argv += ["--resume", launch.session]
        for folder in launch.folders:
            argv += ["--include-directories", folder]
        return [*argv, *launch.args]

    def reopened(self, launch: Launch) -> list[str]:
        return [launch.program, *(["-m", launch.model] if launch.model else []), "--resume", launch.session]

    def env(self, base: Mapping[str, str], launch: Launch) -> dict[str, str]:  # noqa: ARG002
        return {**base, "GEMINI_CLI_NO_RELAUNCH": "true"}

    def read(self, line: Line) -> Iterable[Event]:
        match line.get("type"):
            case "init":
                yield Event(Kind.STARTED, str(line.get("model") or ""), session=str(line["session_id"]))
            case "message" if line.get("role") == "assistant":
                yield Event(Kind.TEXT, str(line.get("content") or ""), adds=bool(line.get("delta")))
            case "tool_use":
                name = str(line["tool_name"])
                kind = Kind.FILE if name in _FILES else Kind.TOOL
                yield Event(kind, used_on(line.get("parameters")), tool=name)
            case "error":
                yield Event(Kind.ERROR, str(line.get("message") or ""))
            case "result":
                yield _result(line)


def _result(line: Line) -> Event:
    error, stats = line.get("error") or {}, line.get("stats") or {}
    own = Own.DONE if line.get("status") == "success" else Own.FAILED
    return Event(Kind.RESULT, str(error.get("message") or ""), own=own, tokens=stats.get("total_tokens"))


ADAPTER = Gemini()
