"""How a run ended: what its shim wrote down, and what its program said of it."""

from __future__ import annotations

from mdorch.facts import End, Own
from mdorch.frozen import Frozen


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
