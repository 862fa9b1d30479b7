"""Qwen Code: `qwen -o stream-json`, in the language of Claude Code.

An error of the model's server ends it with 0 and `is_error: false`; only the words of the result tell. Its
tokens are those of the whole session, where it goes on with one.
"""

from __future__ import annotations

from collections.abc import Iterable

from mdorch.facts import Own
from mdorch.frozen import replace
from mdorch.world.agents import Cli, Launch
from mdorch.world.agents.claude import ADAPTER as CLAUDE
from mdorch.world.agents.events import Event, Kind, Line

_LIES = "[API Error"


class Qwen(Cli):
    name = "qwen"
    resumes = True
    sums = True

    def argv(self, launch: Launch) -> list[str]:
        argv = [launch.program, "--approval-mode", "yolo", "-o", "stream-json"]
        if launch.model:
            argv += ["-m", launch.model]
        if launch.session:
            argv += ["--resume", launch.session]
        for folder in launch.folders:
            argv += ["--include-directories", folder]
        return [*argv, *launch.args]

    def reopened(self, launch: Launch) -> list[str]:
        return [launch.program, *(["-m", launch.model] if launch.model else []), "--resume", launch.session]

    def read(self, line: Line) -> Iterable[Event]:
        for event in CLAUDE.read(line):
            yield _result(event, line) if event.kind is Kind.RESULT else event


def _result(event: Event, line: Line) -> Event:
    own = Own.FAILED if event.text.lstrip().startswith(_LIES) else event.own
    return replace(event, own=own, tokens=(line.get("usage") or {}).get("total_tokens"))


ADAPTER = Qwen()
