"""How a run ended: what its shim wrote down, and what its program said of it."""

from __future__ import annotations

from pathlib import Path

from mdorch.facts import End, Own
from mdorch.frozen import Frozen, replace
from mdorch.world.folders import read_json


class Exit(Frozen):
    """How a run ended. Times are seconds since the epoch; `started` is None where no agent was started.

    `exit_code` is negative for the signal that ended the program. `detail` is one line, fit for a terminal.
    From `own` on it is what the program said: see `facts.Run`.
    """

    end: End
    exit_code: int | None = None
    started: float | None = None
    ended: float | None = None
    stop_reason: str = ""
    detail: str = ""
    check: str = ""  # which check the work did not pass, and how; "" where it passed all
    own: Own | None = None
    session: str = ""
    limited: float = 0.0
    cost_usd: float | None = None
    tokens: int | None = None
    turns: int | None = None
    barred: bool = False  # its account was not let in: the program's fault, as if it had said nothing


def read_exit(folder: Path) -> Exit | None:
    """How the run of this folder ended, as its shim wrote it down; None where it did not, or not whole."""
    found = read_json(folder / "exit.json")
    found.pop("agent_pid", None)
    try:
        return Exit(**{**found, "end": End(found["end"])})
    except (KeyError, TypeError, ValueError):
        return None


def as_told(folder: Path, result: Exit) -> Exit:
    """How a run ended, with what its program said of it. A command's exit code is believed; what is said by a
    program that is known is only counted."""
    from mdorch.world.agents import Earlier
    from mdorch.world.agents.command import Command
    from mdorch.world.agents.ledger import read_account
    from mdorch.world.agents.registry import of_run, reader_of

    record = read_json(folder / "run.json")
    adapter, reader = of_run(record), reader_of(record)
    if isinstance(reader, Command):
        return result
    account = read_account(folder, reader, last=True)
    about = record.get("about") or {}
    earlier = Earlier(str(about.get("session") or ""), int(about.get("before") or 0))
    told = reader.ended(result, account, earlier)
    return replace(told, own=None, detail=result.detail) if isinstance(adapter, Command) else told
