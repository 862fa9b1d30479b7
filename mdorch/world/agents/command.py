"""Any program as an agent: an argument list, and an exit code that is believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mdorch.frozen import Frozen
from mdorch.world.agents import Found
from mdorch.world.keeper.program import find_program
from mdorch.world.runs import Exit


class Command(Frozen):
    """`words` is an argument list, never a string for a shell."""

    words: Sequence[str]

    def find(self, env: Mapping[str, str], cwd: str) -> Found:
        if not self.words or not self.words[0]:
            return Found(problem="the command is empty")
        try:
            return Found(path=find_program(self.words[0], env, cwd))
        except OSError as error:
            where = "" if "/" in self.words[0] else " on the PATH"
            missing = isinstance(error, FileNotFoundError)
            return Found(problem=f"{self.words[0]}: {f'not found{where}' if missing else 'not executable'}")

    def argv(self) -> list[str]:
        return list(self.words)

    def env(self, base: Mapping[str, str]) -> dict[str, str]:
        return dict(base)

    def ended(self, result: Exit, folder: Path, has_handoff: bool) -> Exit:  # noqa: ARG002
        return result
