"""GitHub Copilot CLI. It prints its answer as plain text: the exit code is all that tells how it ended."""

from __future__ import annotations

from collections.abc import Iterable

from mdorch.world.agents import Cli, Launch
from mdorch.world.agents.events import Event, Kind, Line


class Copilot(Cli):
    name = "copilot"
    plain = True
    resumes = True

    def argv(self, launch: Launch) -> list[str]:
        argv = [launch.program, "--allow-all-tools", "-s"]
        if launch.model:
            argv += ["--model", launch.model]
        if launch.session:
            argv += ["--resume", launch.session]
        for folder in launch.folders:
            argv += ["--add-dir", folder]
        return [*argv, *launch.args]

    def read(self, line: Line) -> Iterable[Event]:  # noqa: ARG002
        return ()

    def hear(self, line: str) -> Iterable[Event]:
        if line.strip():
            yield Event(Kind.TEXT, line)


ADAPTER = Copilot()
