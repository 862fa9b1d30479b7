"""What running work leaves free: slots, groups, domains, files.

The plan asks it for every task that could start, the forecast for every moment of a future that it plays
through; so both keep the same caps. A task that is hindered is told by which rule, and by whom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from mdorch.board.policy import NONE, Policy
from mdorch.board.task import Task
from mdorch.frozen import Frozen
from mdorch.plan.actions import Rule
from mdorch.plan.globs import Scope
from mdorch.plan.groups import EMERGENCY, Grouping, Lane
from mdorch.plan.scopes import Busy, scope_of

SHOWN = 4  # ids in one reason


class Hindrance(Frozen):
    rule: Rule
    text: str
    by: tuple[str, ...] = ()  # the tasks that hinder


class Room:
    """Mutable: tasks are taken in and leave."""

    def __init__(self, policy: Policy, grouping: Grouping) -> None:
        self.policy = policy
        self.grouping = grouping
        self.used = 0
        self.unknown: list[str] = []  # at work, but nobody knows on what: their rows vanished
        self._lanes: dict[str, list[Task]] = {}
        self._groups: Counter[str] = Counter()
        self._busy = Busy()
        self._waiting = Busy()

    def take(self, task: Task) -> None:
        """The task runs."""
        self.used += 1
        self._busy.take(task)
        self._groups[self.grouping.of(task)] += 1
        for lane in self.grouping.lanes(task):
            self._lanes.setdefault(lane.name, []).append(task)

    def leave(self, task: Task) -> None:
        self.used -= 1
        self._busy.leave(task)
        self._groups[self.grouping.of(task)] -= 1
        for lane in self.grouping.lanes(task):
            self._lanes[lane.name].remove(task)

    def take_unknown(self, task_id: str) -> None:
        """A run whose row is gone: it may be in any group, and on any file."""
        self.used += 1
        self.unknown.append(task_id)

    def take_files(self, task: Task) -> None:
        """Somebody works on the task who needs no slot: a person."""
        self._busy.take(task)

    def keep_files(self, task: Task) -> None:
        """The task was overtaken while it waited for its files: nobody else gets them before it does."""
        self._waiting.take(task)

    def hindrance(self, task: Task) -> Hindrance | None:
        """What keeps the task from running now; None where there is room for it."""
        if self.used >= self.policy.max_parallel:
            text = f"waits for a slot: {self.used} of {self.policy.max_parallel} are in use"
            return Hindrance(Rule.SLOTS, text)
        for lane in self.grouping.lanes(task):
            found = self._full(lane) or (self._same_domain(lane, task) if lane.apart else None)
            if found:
                return found
        scope = scope_of(task)
        return self._groups_at_once(task) or (self._shared(scope) if scope else None)

    def _full(self, lane: Lane) -> Hindrance | None:
        if lane.limit == NONE:
            return Hindrance(Rule.GROUP_HELD, f"group {lane.name} runs none: correct its limit")
        holders = [*(t.id for t in self._lanes.get(lane.name, ())), *self.unknown]
        if not lane.limit or len(holders) < lane.limit:
            return None
        text = f"group {lane.name} runs {lane.limit} at once: waits for {listed(holders)}"
        return Hindrance(Rule.GROUP_LIMIT, text, tuple(holders))

    def _same_domain(self, lane: Lane, task: Task) -> Hindrance | None:
        """One domain at a time, but for tasks that both say which files they touch."""
        domain = task.domain.casefold()
        for other in self._lanes.get(lane.name, ()) if domain else ():
            if other.domain.casefold() == domain and not (task.files and other.files):
                text = f"group {lane.name} runs different domains at once: {other.id} works on {other.domain}"
                return Hindrance(Rule.DOMAIN, text, (other.id,))
        return None

    def _groups_at_once(self, task: Task) -> Hindrance | None:
        most, group = self.policy.parallel_groups, self.grouping.of(task)
        at_work = [name for name, count in self._groups.items() if count and name != EMERGENCY]
        if not most or group == EMERGENCY or group in at_work or len(at_work) < most:
            return None
        names = listed([name or "rows without a group" for name in at_work])
        return Hindrance(Rule.PARALLEL_GROUPS, f"{most} groups at once are asked for: waits for {names}")

    def _shared(self, scope: Scope) -> Hindrance | None:
        if self.unknown:
            text = f"{listed(self.unknown)} runs, and nobody knows on which files: its row is gone"
            return Hindrance(Rule.SCOPE, text, tuple(self.unknown))
        found = dict(self._busy.meeting(scope))
        if found:
            shown = [f"{name} ({pattern})" for name, pattern in found.items()]
            return Hindrance(Rule.SCOPE, f"shares files with {listed(shown)}: waits for it", tuple(found))
        found = dict(self._waiting.meeting(scope))
        if not found:
            return None
        text = f"shares files with {listed(found)}, which has waited longer for them: goes after it"
        return Hindrance(Rule.SCOPE, text, tuple(found))


def listed(names: Iterable[str]) -> str:
    """Some of the names, and how many more."""
    said = list(names)
    more = f" and {len(said) - SHOWN} more" if len(said) > SHOWN else ""
    return ", ".join(said[:SHOWN]) + more
