"""One file for each agent command line: what is started, in which environment, and what its end means.

An adapter answers, always in the same order: where is the program (`find`), what is it started with (`argv`,
`env`, `prompt`), what does a line of its output mean (`read`), and how did it really end (`ended`). `Cli` is
what most of them have in common. `command` starts any program and believes its exit code.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import ClassVar

from mdorch.facts import End, Own
from mdorch.frozen import Frozen, replace
from mdorch.world.agents.events import Account, Event, Line
from mdorch.world.agents.persona import Persona
from mdorch.world.exits import Exit
from mdorch.world.keeper.program import find_program

SERVER = "mdorch"  # what programs call the server with our tools
REST = 900.0  # seconds for which a usage limit is taken to hold that does not say until when


class Found(Frozen):
    """The program of an agent: its path, or one line on why it cannot be started."""

    path: str = ""
    problem: str = ""


class Launch(Frozen):
    """What one start is to be. `program` is its path, or its name where it is only to be shown.

    `session`: the one that is gone on with. `budget`: US dollars, 0.0 for no limit. `folders`: to be written
    besides the working directory. `alone`: the persona's file is not what the program finds where it is
    started. `server` is the argument list of mdorch's own MCP server, `stop` that of what is asked before the
    program ends, () for none; `strangers`: servers that others name are kept. `args` come from the
    configuration and stand last.
    """

    program: str
    session: str = ""
    persona: Persona | None = None
    model: str = ""
    args: tuple[str, ...] = ()
    budget: float = 0.0
    folders: tuple[str, ...] = ()
    alone: bool = False
    server: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    strangers: bool = False


class Earlier(Frozen):
    """What a session was before the run that goes on with it."""

    session: str = ""
    tokens: int = 0


def found(name: str, env: Mapping[str, str], cwd: str) -> Found:
    """The file that a name means to a process in `cwd` with the environment `env`."""
    if not name:
        return Found(problem="the command is empty")
    try:
        return Found(path=find_program(name, env, cwd))
    except OSError as error:
        where = "" if "/" in name else " on the PATH"
        missing = isinstance(error, FileNotFoundError)
        return Found(problem=f"{name}: {f'not found{where}' if missing else 'not executable'}")


class Cli:
    """An agent CLI. `name` is also that of its program; `native` are patterns, from the folder of the
    package that a wrapper script belongs to, of the program behind it: signals are to reach that one.

    `plain`: it prints no events, and its exit code is believed. `resumes`: it can go on with a session.
    `sums`: the tokens that it names are then those of the whole session. `priced`: it says what it costs.
    `personas`: it has a place for a role, which else goes before the prompt. `takes_servers`, `takes_hooks`:
    MCP servers, and what is asked before it ends, can be given to one start of it.
    """

    name: ClassVar[str]
    plain: ClassVar[bool] = False
    native: ClassVar[tuple[str, ...]] = ()
    resumes: ClassVar[bool] = False
    sums: ClassVar[bool] = False
    priced: ClassVar[bool] = False
    personas: ClassVar[bool] = False
    takes_servers: ClassVar[bool] = False
    takes_hooks: ClassVar[bool] = False

    def find(self, env: Mapping[str, str], cwd: str) -> Found:
        """Whether a process in `cwd` with the environment `env` could start it."""
        wrapper = found(self.name, env, cwd)
        return Found(path=_behind(wrapper.path, self.native)) if wrapper.path else wrapper

    def argv(self, launch: Launch) -> list[str]:
        """Its argument list; the prompt comes on standard input."""
        raise NotImplementedError

    def reopened(self, launch: Launch) -> list[str]:  # noqa: ARG002
        """The argument list that opens a session on a terminal, for a person; empty where it cannot."""
        return []

    def env(self, base: Mapping[str, str], launch: Launch) -> dict[str, str]:  # noqa: ARG002
        """Its complete environment, made from that of the daemon and the variables of the run."""
        return dict(base)

    def prompt(self, text: str, launch: Launch) -> str:
        """What it is told: with the agent's role first, where the program has no other place for that."""
        role = launch.persona.text if launch.persona and not launch.session and not self.personas else ""
        return f"# Your role\n\n{role.strip()}\n\n# Your work\n\n{text}" if role.strip() else text

    def read(self, line: Line) -> Iterable[Event]:
        """What one line of its output means: an object of JSON."""
        raise NotImplementedError

    def hear(self, line: str) -> Iterable[Event]:  # noqa: ARG002
        """What any other line means."""
        return ()

    def ended(self, result: Exit, account: Account, earlier: Earlier) -> Exit:
        """How a run really ended, by what it printed."""
        own = account.own
        well = result.end is End.EXIT and result.exit_code == 0
        if account.limit is not None and not (well and own in (Own.DONE, Own.DENIED)):
            own = Own.LIMITED
        elif well and own is None:
            own = Own.DONE if self.plain else Own.MUTE
        tokens = account.tokens
        if self.sums and tokens is not None:
            tokens = max(0, tokens - earlier.tokens)
        known = replace(
            result,
            own=own,
            session=account.session or earlier.session,
            cost_usd=account.usd,
            tokens=tokens,
            turns=account.turns,
            barred=account.barred,
        )
        if own is Own.LIMITED:
            known = replace(known, limited=account.limit or (result.ended or 0.0) + REST)
        if result.end is not End.EXIT:
            return known
        words = {Own.DONE: account.said, Own.DENIED: account.denied or account.said}
        detail = words.get(own, account.fault) if own else account.fault
        return replace(known, detail=detail or result.detail)


def _behind(path: str, native: tuple[str, ...]) -> str:
    """The program that a wrapper script starts, where it lies in the wrapper's own package or beside it."""
    if not native:
        return path
    from glob import escape, glob

    real = os.path.realpath(path)
    if "node_modules" not in real.split(os.sep):
        return path
    folder = os.path.dirname(real)
    for _ in range(2):
        for pattern in native:
            for hit in sorted(glob(os.path.join(escape(folder), pattern))):
                if os.path.isfile(hit) and os.access(hit, os.X_OK):
                    return os.path.normpath(hit)
        folder = os.path.dirname(folder)
    return path
