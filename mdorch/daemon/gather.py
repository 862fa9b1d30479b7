"""Whether to look, and to write down at once, how runs ended.

Runs that were started together often end together. Where nothing can start before the last of them is done,
a write for each would only make that one wait: their results are folded in one write then. Whoever looks at
the page sees them a hundredth of a second later. To look takes time, too: as long as one took there is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from mdorch.facts import Run, RunState
from mdorch.plan.actions import Action, Kind

WHILE = 0.01  # seconds from the first result that waits


class Gather:
    """`until`: when results that wait are written down, in epoch seconds; None while none do. `pause`: for
    how many seconds the next look may wait for all runs to end; 0.0 where it may not."""

    def __init__(self) -> None:
        self.until: float | None = None
        self.pause = 0.0
        self._before: float | None = None  # what `until` was at the look before

    def look(self) -> None:
        """A look begins. One that does not come to its end (the page is in somebody's hands) waits by the
        rules for that, not by these."""
        self._before, self.until, self.pause = self.until, None, 0.0

    def waits(self, actions: Sequence[Action], runs: Sequence[Run], now: float, took: float) -> bool:
        """Whether these actions are nothing but results, and may wait for those of other runs. The look that
        found it began at `now` and `took` so many seconds."""
        starts = sum(action.kind is Kind.START for action in actions)
        self.pause = min(took, WHILE) if starts > 1 else 0.0
        results = all(action.kind is Kind.FOLD for action in actions)
        if not results or all(run.state is not RunState.STARTED for run in runs):
            return False
        until = now + WHILE if self._before is None else self._before
        left = until - now - took
        if not 0 < left <= WHILE:  # time is up, or the clock was set
            return False
        self.until, self.pause = until, min(took, left)
        return True
