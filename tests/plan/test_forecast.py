"""The forecast: the queue played through under the plan's own rules."""

from __future__ import annotations

import pytest

from bench.makespan import GOAL, played, weeks, work
from mdorch.facts import Duration, Facts
from mdorch.plan.actions import Rule
from mdorch.plan.forecast import Forecast, forecast
from tests.plan.boards import NOW, folded, policy
from tests.plan.test_room import LIMITS, board, live, table

TEN = tuple(Duration("X", "dev", 10.0) for _ in range(3))


def of(text: str, facts: Facts | None = None, **rules: object) -> Forecast:
    page = board(text)
    return forecast(page, facts or Facts(past=TEN), policy(**{"page": page.policy, **rules}), NOW)


def times(found: Forecast) -> dict[str, tuple[float, float]]:
    return {e.task: (e.start - NOW, e.end - NOW) for e in found.entries}


@pytest.mark.parametrize(
    ("text", "rules", "when"),
    [
        (table("A", "B"), {}, {"A": (0, 10), "B": (0, 10)}),
        (table("A", "B"), {"max_parallel": 1}, {"A": (0, 10), "B": (10, 20)}),
        (table("A", "B||||| A"), {}, {"A": (0, 10), "B": (10, 20)}),
        (table("A", "B||||| A, A"), {}, {"A": (0, 10), "B": (10, 20)}),
        (table("A", "B", "C||||| All above"), {}, {"A": (0, 10), "B": (0, 10), "C": (10, 20)}),
        (table("A", "B||||| All"), {}, {"A": (0, 10), "B": (10, 20)}),
        (table("T-1", "T-2||||| T-*", "T-3||||| T-1"), {}, {
            "T-1": (0, 10), "T-2": (20, 30), "T-3": (10, 20),
        }),
        ("\n### Phase 1\n" + table("A", "B") + "\n### Phase 2\n" + table("C||||| Phase 1"), {}, {
            "A": (0, 10), "B": (0, 10), "C": (10, 20),
        }),
        (table("A|| src/", "B|| src/x"), {}, {"A": (0, 10), "B": (10, 20)}),
        (table("A| Test it", "B| Test that"), {}, {"A": (0, 10), "B": (10, 20)}),
        (table("A||||| | low", "B||||| | high"), {"max_parallel": 1}, {"B": (0, 10), "A": (10, 20)}),
    ],
)  # fmt: skip
def test_who_would_run_when(
    text: str, rules: dict[str, object], when: dict[str, tuple[float, float]]
) -> None:
    assert times(of(text, **rules)) == when


def test_a_run_at_work_goes_on_for_what_is_left_of_its_time() -> None:
    text = table("*A", "B||||| A")
    past = (*TEN, Duration("B", "dev", 30.0))
    found = of(text, Facts(runs=(live("A", claimed=NOW - 4),), past=TEN))
    assert times(found)["B"] == (2, 12)  # it has run for 100 of 10 seconds: a fifth more
    assert found.entries[0].running
    assert times(of(text, Facts(runs=(live("A"),), past=past)))["B"][1] == 2 + 30


def test_what_a_person_must_move_on_never_comes_to_its_turn() -> None:
    found = of(table("*A", "B||||| A", "C||||||| human", "D||||| moon", "E||||| F", "F||||| E", "G"))
    assert {v.task: v.rule for v in found.never} == {
        "A": Rule.PERSON_WORKING, "B": Rule.NEEDS, "C": Rule.PERSON, "D": Rule.NEEDS,
        "E": Rule.CYCLE, "F": Rule.CYCLE,
    }  # fmt: skip
    assert list(times(found)) == ["G"]


@pytest.mark.parametrize(("fix", "goes_on"), [("Waiting", True), ("On Hold", False), ("Failed", False)])
def test_a_failed_row_goes_on_once_the_fix_that_somebody_opened_is_complete(fix: str, goes_on: bool) -> None:
    text = table("A||||| FIX-A", "FIX-A", "B||||| A").replace("| Waiting |", "| Failed |", 1)
    head, _, rest = text.partition("| FIX-A | hum")
    text = head + "| FIX-A | hum" + rest.replace("| Waiting |", f"| {fix} |", 1)
    runs = tuple(folded("A", n, "failed", exit_code=1) for n in (1, 2))
    found = times(of(text, Facts(runs=runs, past=TEN)))
    assert found == ({"FIX-A": (0, 10), "A": (10, 20), "B": (20, 30)} if goes_on else {})


def test_rows_for_which_there_is_never_room() -> None:
    found = of(table("A||| q", "*B|| src/", "C|| src/x", "D||||| C") + LIMITS + "- Q: 0\n")
    assert {v.task: v.rule for v in found.never} == {
        "A": Rule.GROUP_HELD, "B": Rule.PERSON_WORKING, "C": Rule.SCOPE, "D": Rule.NEEDS,
    }  # fmt: skip
    assert found.entries == ()


def test_the_spread_the_critical_path_and_one_more_slot() -> None:
    past = tuple(Duration("X", "dev", float(s)) for s in (5, 10, 10, 10, 20))
    found = of(table("A", "B", "C||||| A", "D||||| C"), Facts(past=past), max_parallel=1)
    assert (found.end - NOW, found.earliest - NOW, found.latest - NOW) == (40, 40, 80)
    assert found.critical == ("A", "C", "D")
    assert found.one_more == 10
    assert found.measured == 5
    found = of(table("A", "B"), Facts(past=tuple(Duration("X", "dev", float(s)) for s in range(1, 11))))
    assert [round(t - NOW) for t in (found.earliest, found.end, found.latest)] == [3, 6, 9]


def test_nothing_known_and_nothing_to_do() -> None:
    assert of(table("A"), Facts()).measured == 0
    found = of(table("A||||||| human"), Facts(paused="lunch"))
    assert (found.entries, found.end, found.critical, found.cut) == ((), NOW, (), False)


def test_a_pause_counts_as_over() -> None:
    assert list(times(of(table("A"), Facts(paused="lunch", past=TEN)))) == ["A"]


def test_the_order_is_nearly_as_good_as_any_can_be() -> None:
    ratios = [played(given, known=True) / given.bound for given in map(work, range(12))]
    assert sum(ratios) / len(ratios) <= GOAL
    assert played(weeks(), known=False) / weeks().bound <= 1.01
