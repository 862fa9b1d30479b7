"""Any program as an agent: an argument list, and an exit code that is believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mdorch.frozen import Frozen
from mdorch.world.agents import Earlier, Found, Launch, found
from mdorch.world.agents.events import Account, Event, Line
from mdorch.world.exits import Exit


class Command(Frozen):
    """`words` is an argument list, never a string for a shell. Its role, if there is a file of it, is its
    own business."""

    words: tuple[str, ...]
    name: str = "command"
    resumes: bool = False
    priced: bool = False
    personas: bool = True
    takes_servers: bool = False
    takes_hooks: bool = False

    def find(self, env: Mapping[str, str], cwd: str) -> Found:
        return found(self.words[0] if self.words else "", env, cwd)

    def argv(self, launch: Launch) -> list[str]:  # noqa: ARG002
        return list(self.words)

    def reopened(self, launch: Launch) -> list[str]:  # noqa: ARG002
        return []

    def env(self, base: Mapping[str, str], launch: Launch) -> dict[str, str]:  # noqa: ARG002
        return dict(base)

    def prompt(self, text: str, launch: Launch) -> str:  # noqa: ARG002
        return text

    def read(self, line: Line) -> Iterable[Event]:  # noqa: ARG002
        return ()

    def hear(self, line: str) -> Iterable[Event]:  # noqa: ARG002
        return ()

    def ended(self, result: Exit, account: Account, earlier: Earlier) -> Exit:  # noqa: ARG002
        return result
