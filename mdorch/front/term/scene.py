"""What is shown of one look: made in the thread that looked, so that the one that draws only draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mdorch.board.problem import Problem
from mdorch.board.task import Task
from mdorch.desk import halt
from mdorch.desk.halt import Holder
from mdorch.desk.look import Look
from mdorch.desk.morning import morning
from mdorch.desk.record import lately
from mdorch.desk.status import needs_you, newest_runs, problems, run_answer
from mdorch.facts import Run
from mdorch.plan.actions import Verdict

PAST = 7 * 86400.0  # seconds for which runs of earlier rounds are listed


@dataclass(frozen=True)
class Scene:
    """`needs` are those of `mdorch status --json`; `runs` has the newest run of each task; `told` is what
    runs at work say of themselves, by run id, as in that answer; `printed` is when each wrote last. `news`
    is the answer of `desk.morning`, None for somebody who has never looked before; `past` are the runs that
    ended lately, of every round.
    """

    look: Look
    daemon: Holder | None
    needs: tuple[dict[str, Any], ...]
    problems: tuple[Problem, ...]
    runs: Mapping[str, Run]
    told: Mapping[str, dict[str, Any]]
    printed: Mapping[str, float]
    news: Mapping[str, Any] | None = None
    past: tuple[Run, ...] = ()

    def task(self, task_id: str) -> Task | None:
        """The first row with this id."""
        return next((t for t in self.look.board.tasks if t.id == task_id), None)

    def verdict(self, task: Task) -> Verdict:
        return self.look.plan.verdicts[task.index]

    def live(self, task_id: str) -> Run | None:
        """The run that is at work on a task, as far as this look knows."""
        run = self.runs.get(task_id)
        return run if run is not None and run.live else None

    @property
    def agents(self) -> list[str]:
        """Names that a task may be given to: those of this machine, then those that the page names."""
        known = sorted(self.look.site.known_agents())
        named = sorted({name for task in self.look.board.tasks for name in task.agents} - set(known))
        return [*known, *named]


def scene_of(look: Look, after: float | None = None) -> Scene:
    """`after`: since when anything is news, in epoch seconds."""
    live = [run for run in look.facts.runs if run.live]
    return Scene(
        look,
        halt.daemon(look.site),
        tuple(needs_you(look)),
        tuple(problems(look)),
        newest_runs(look),
        {run.id: run_answer(run, look) for run in live},
        {run.id: look.last_output(run) for run in live},
        morning(look, after) if after is not None else None,
        tuple(lately(look, look.now - PAST)),
    )
