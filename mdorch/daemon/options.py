"""What somebody who starts a daemon may ask of it."""

from __future__ import annotations

from collections.abc import Callable

from mdorch.frozen import Frozen


class Options(Frozen):
    """`once`: one full pass, no watching. `until_idle`: end when nothing can go on without a person.
    `only`: no other task may start. `trusted_rows`: a person has seen the plan for the rows as they
    are, so that they need not settle. `paused`: why nothing is to be started, only folded. `at_work` is
    called once, when nothing can keep the daemon from its first pass."""

    once: bool = False
    until_idle: bool = False
    only: frozenset[str] | None = None
    trusted_rows: bool = False
    paused: str = ""
    at_work: Callable[[], None] | None = None
