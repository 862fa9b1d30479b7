"""aider: plain text, with a line that says what it costs. It keeps no session that could be gone on with."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mdorch.world.agents import Cli, Launch
from mdorch.world.agents.events import Event, Kind, Line

_TOKENS = re.compile(r"^Tokens: (?P<sent>[\d.,]+k?) sent.*?(?P<received>[\d.,]+k?) received")
_COST = re.compile(r"\$(?P<usd>[\d.,]+) session")
_EDIT = re.compile(r"^Applied edit to (?P<path>.+)$")


class Aider(Cli):
    name = "aider"
    plain = True
    priced = True

    def argv(self, launch: Launch) -> list[str]:
        # It has no flag for a prompt on standard input, but reads a message from any file.
        argv = [launch.program, "--yes-always", "--no-auto-commits", "--message-file", "/dev/stdin"]
        if launch.model:
            argv += ["--model", launch.model]
        return [*argv, *launch.args]

    def read(self, line: Line) -> Iterable[Event]:  # noqa: ARG002
        return ()

    def hear(self, line: str) -> Iterable[Event]:
        if edit := _EDIT.match(line):
            yield Event(Kind.FILE, edit["path"], tool="edit")
        elif tokens := _TOKENS.match(line):
            cost = _COST.search(line)
            usd = float(cost["usd"].replace(",", "")) if cost else None
            count = _number(tokens["sent"]) + _number(tokens["received"])
            yield Event(Kind.TEXT, tokens=count, usd=usd)
        elif line.strip():
            yield Event(Kind.TEXT, line)


def _number(text: str) -> int:
    """`2.3k` → 2300"""
    value = text.replace(",", "")
    return round(float(value.removesuffix("k")) * (1000 if value.endswith("k") else 1))


ADAPTER = Aider()
