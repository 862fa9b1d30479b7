"""Deployment order: the critical path first, then priority, then place on the page.

How long a task will take is what its own runs took before, else those of its agent, else those of all;
where nothing is known every task counts the same. Emergencies go ahead of everything. A task that has failed
twice goes behind all that have not, so that nothing that could run waits for what fails again and again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.facts import Duration
from mdorch.plan.frame import Frame

STUBBORN = 2  # failed attempts after which a task goes behind the others
_DONE = (Status.COMPLETE,)


class Expected:
    """How long tasks are expected to take, in seconds, from the runs that completed one."""

    def __init__(self, past: Iterable[Duration]) -> None:
        seconds: dict[tuple[str, str], list[float]] = {}
        for run in past:
            for key in (("task", run.task), ("agent", run.agent), ("", "")):
                seconds.setdefault(key, []).append(run.seconds)
        self.known = {key: sorted(values) for key, values in seconds.items()}
        self._medians = {key: _median(values) for key, values in self.known.items()}

    def of(self, task: Task, agent: str = "") -> float:
        """The median; 1.0 where nothing is known of any task."""
        return self._medians.get(self.key(task, agent), 1.0)

    def key(self, task: Task, agent: str = "") -> tuple[str, str]:
        """Whose runs say most about this task: a key of `known`, or one for nothing."""
        named = agent or (task.agents[0] if task.agents else "")
        for key in (("task", task.id), ("agent", named)):
            if key in self.known:
                return key
        return "", ""

    def weights(self, tasks: Sequence[Task], statuses: Sequence[Status]) -> list[float]:
        """What each row still takes: nothing once it is complete or cancelled."""
        if not self.known:
            return [0.0 if s is Status.COMPLETE else 1.0 for s in statuses]
        return [
            0.0 if s in _DONE or t.cancelled else self.of(t) for t, s in zip(tasks, statuses, strict=True)
        ]


class Heights:
    """For each row the seconds of work that hang on it, its own included: the more, the sooner it starts.

    Kept as long as no row's expected work changes.
    """

    def __init__(self) -> None:
        self._for: tuple[Frame | None, list[float]] = None, []
        self._found: list[float] = []
        self._settled: set[int] = set()  # rows that are done, as is all that they need

    def of(
        self, frame: Frame, tasks: Sequence[Task], statuses: Sequence[Status], past: Iterable[Duration]
    ) -> list[float]:
        weights = Expected(past).weights(tasks, statuses)
        if self._for[0] is not frame or not self._only_done(frame, weights):
            self._found, self._settled = frame.heights(weights), set()
        self._for = frame, weights
        return self._found

    def _only_done(self, frame: Frame, weights: Sequence[float]) -> bool:
        """Whether nothing has changed but that rows are done now, and so is all that they need: what hangs on
        any other row is what hung on it before."""
        before = self._for[1]
        if before == weights:
            return True
        changed = [row for row, (old, new) in enumerate(zip(before, weights, strict=True)) if old != new]
        return all(weights[row] == 0.0 and self._is_settled(frame, row, weights) for row in changed)

    def _is_settled(self, frame: Frame, row: int, weights: Sequence[float]) -> bool:
        stack, found = [row], {row}
        while stack:
            for need in frame.graph.edges[stack.pop()]:
                if need >= frame.graph.rows or weights[need] != 0.0:
                    return False  # (a wildcard may come to mean any row)
                if need not in self._settled and need not in found:
                    found.add(need)
                    stack.append(need)
        self._settled |= found
        return True


def _median(values: Sequence[float]) -> float:
    """Of sorted values. (`statistics` takes longer to import than a board takes to plan.)"""
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
