"""What the daemon tells whoever listens: one line for each thing that happened."""

from __future__ import annotations

from collections.abc import Callable

from mdorch.frozen import Frozen


class Event(Frozen):
    """`time` is epoch seconds; `kind` an action's kind, or change, ended, held, free, quiet, trouble."""

    time: float
    kind: str
    text: str
    task: str = ""
    agent: str = ""
    run: str = ""


class Ending(Frozen):
    """How the daemon ended: exit code, the reasons behind it, and how many runs go on."""

    code: int
    reasons: tuple[str, ...] = ()
    live: int = 0


Tell = Callable[[Event], None]


def silent(_: Event) -> None:
    """A listener that is not interested."""
