"""The metrics, each by a table of small histories."""

from __future__ import annotations

import pytest

from mdorch.board.read import read
from mdorch.facts import End, Run, RunState
from mdorch.plan.tally import Handoffs, Record, Tally, parallel_efficiency, tally

DONE, OPEN, STUCK = "Complete", "Waiting", "Blocked"
HEAD = "## Task Queue\n\n| ID | Task | Agent | Status | Notes |\n|---|---|---|---|---|\n"


def page(**statuses: str) -> str:
    return HEAD + "".join(f"| {name} | Do it | ann | {status} | n |\n" for name, status in statuses.items())


def run(task: str, first: float, last: float, outcome: str = "complete", **more: object) -> Run:
    values: dict[str, object] = {
        "id": f"{task}.{first}", "task": task, "attempt": 1, "agent": "ann", "state": RunState.FOLDED,
        "claimed": first - 1, "started": first, "ended": last, "end": End.EXIT, "outcome": outcome, **more,
    }  # fmt: skip
    return Run(**values)  # type: ignore[arg-type]


def counted(text: str, *runs: Run, after: float = 0.0, **record: object) -> Tally:
    return tally(read(text.encode()).board, Record(runs=runs, **record), 1000.0, after)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spans", "speedup"),
    [
        ([], None),
        ([(10, 10)], None),  # no time at all
        ([(10, 20)], 1.0),
        ([(10, 20), (20, 30)], 1.0),
        ([(10, 20), (50, 60)], 1.0),  # what nobody worked does not count
        ([(10, 20), (10, 20)], 2.0),
        ([(10, 20), (10, 20), (10, 20)], 3.0),
        ([(10, 30), (10, 20)], 1.5),
        ([(10, 40), (20, 30)], 40 / 30),  # one inside the other
        ([(30, 40), (10, 20)], 1.0),  # in any order
    ],
)
def test_parallel_efficiency(spans: list[tuple[float, float]], speedup: float | None) -> None:
    assert parallel_efficiency([run("A", *span) for span in spans]) == speedup


def test_parallel_efficiency_from_a_time_on() -> None:
    assert parallel_efficiency([run("A", 0, 20), run("B", 10, 20)], after=10) == 2.0


@pytest.mark.parametrize(
    ("rows", "completion", "blocked"),
    [
        ({}, None, None),
        ({"A-1": OPEN}, 0.0, 0.0),
        ({"A-1": DONE}, 1.0, 0.0),
        ({"A-1": DONE, "A-2": OPEN, "A-3": STUCK, "A-4": "On Hold"}, 0.25, 0.25),
        ({"A-1": DONE, "A-2": "Cancelled"}, 1.0, 0.0),  # what will never be done is no task
        ({"A-1": "In Review", "A-2": "Failed"}, 0.0, 0.0),
    ],
)
def test_task_completion_rate_and_blocked_task_ratio(
    rows: dict[str, str], completion: float | None, blocked: float | None
) -> None:
    found = counted(page(**rows))
    assert (found.task_completion_rate, found.blocked_task_ratio) == (completion, blocked)


@pytest.mark.parametrize(
    ("handoffs", "rate"),
    [
        (Handoffs(), None),
        (Handoffs(taken=3), 1.0),
        (Handoffs(taken=3, refused=1), 0.75),
        (Handoffs(taken=1, refused=0, misunderstood=1), 0.5),
    ],
)
def test_handoff_success_rate(handoffs: Handoffs, rate: float | None) -> None:
    assert counted(page(), handoffs=handoffs).handoff_success_rate == rate


def test_average_task_duration_is_from_the_first_to_the_last_run_of_the_last_round() -> None:
    text = page(**{"A-1": DONE, "A-2": DONE, "A-3": DONE, "A-4": OPEN})
    found = counted(
        text,
        run("A-1", 1, 5),  # an earlier round
        run("A-1", 100, 110, "handed_on", round=1),
        run("A-1", 120, 130, agent="bob", round=1),
        run("A-2", 200, 210),
        run("A-4", 300, 390, "failed"),  # not complete: not counted
        since={"A-3": 500.0},  # done by hand: no duration
    )
    assert found.average_task_duration == 20.0
    assert [(e.task, e.agent, e.started, e.ended, e.duration) for e in found.completed] == [
        ("A-1", "bob", 100, 130, 30),
        ("A-2", "ann", 200, 210, 10),
        ("A-3", "ann", None, 500.0, None),
    ]


def test_a_row_that_left_the_page_stays_completed() -> None:
    found = counted(
        page(**{"A-2": OPEN}), run("A-1", 10, 20), run("A-9", 10, 20, "failed"), archived={"A-8": "x"}
    )
    assert [e.task for e in found.completed] == ["A-8", "A-1"]
    assert found.total == 3


def test_active_and_blocked_say_who_since_when_and_why() -> None:
    live = run("A-1", 900, 0, "", state=RunState.STARTED, ended=None, end=None)
    found = counted(page(**{"A-1": "In Progress", "A-2": STUCK}), run("A-2", 10, 20, "blocked"), live)
    assert [(e.task, e.agent, e.started, e.ended, e.duration, e.notes) for e in found.active] == [
        ("A-1", "ann", 900, None, 100.0, "n")
    ]
    assert [(e.task, e.agent, e.ended, e.notes) for e in found.blocked] == [("A-2", "ann", 20, "n")]


@pytest.mark.parametrize(
    ("outcomes", "succeeded", "failed", "rate"),
    [
        (["complete", "handed_on", "partial", "in_review"], 4, 0, 1.0),
        (["failed", "lost", "blocked"], 0, 3, 0.0),
        (["complete", "failed"], 1, 1, 0.5),
        (["held", "reopened"], 0, 0, None),  # a person's doing says nothing of the agent
    ],
)
def test_success_of_an_agent(outcomes: list[str], succeeded: int, failed: int, rate: float | None) -> None:
    runs = [run("A-1", 10 * n, 10 * n + 5, outcome) for n, outcome in enumerate(outcomes, 1)]
    (agent,) = counted(page(**{"A-1": OPEN}), *runs).agents
    assert (agent.succeeded, agent.failed, agent.success_rate) == (succeeded, failed, rate)
    assert agent.average_duration == (5.0 if rate is not None else None)


def test_runs_that_never_began_count_for_nobody() -> None:
    never = [
        run("A-1", 10, 20, "unbegun", end=End.UNBEGUN),
        run("A-1", 10, 20, "failed", started=None, end=End.UNSTARTABLE),
    ]
    assert counted(page(**{"A-1": OPEN}), *never).agents == ()


def test_since_leaves_out_what_was_over_before() -> None:
    text = page(**{"A-1": DONE, "A-2": DONE, "A-3": OPEN})
    found = counted(text, run("A-1", 10, 20), run("A-2", 110, 120, agent="bob"), after=100.0)
    assert [e.task for e in found.completed] == ["A-2"]
    assert (found.total, found.task_completion_rate, found.runs) == (2, 0.5, 1)
    assert [(a.agent, a.tasks) for a in found.agents] == [("bob", 1)]
