"""Parallel group formation and deployment order: which rows start together, and which go first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mdorch.board.board import Board
from mdorch.board.policy import Policy
from mdorch.board.read import read
from mdorch.facts import Cause, Duration, Facts, Run, RunState, Seen
from mdorch.plan.actions import Kind, Plan, Rule
from mdorch.plan.groups import Grouping
from mdorch.plan.plan import plan
from tests.plan.boards import NOW, folded, policy, run

COLUMNS = ("id", "title", "files", "group", "domain", "needs", "priority", "agent")
HEAD = (
    "| ID | Task | Files | Group | Domain | Depends on | Priority | Agent | Status |\n"
    "|--|--|--|--|--|--|--|--|--|\n"
)
BATCH = "\n## Optimization Strategies\n\n1. **Batch similar tasks**\n"
LIMITS = "\n## Parallel Group Limits\n\n"


def table(*rows: str) -> str:
    """`rows`: the cells in the order of `COLUMNS`, from the right left off as one likes; `*` before the id
    of a row that is in progress."""
    lines = []
    for row in rows:
        cells = [cell.strip() for cell in row.lstrip("*").split("|")]
        said = dict(zip(COLUMNS, cells + [""] * len(COLUMNS), strict=False))
        said = {**said, "title": said["title"] or "hum", "agent": said["agent"] or "dev"}
        status = "In Progress" if row.startswith("*") else "Waiting"
        lines.append(f"| {' | '.join(said.values())} | {status} |\n")
    return f"\n{HEAD}{''.join(lines)}\n"


def board(text: str) -> Board:
    return read(f"## Task Queue\n{text}".encode()).board


def planned(text: str, facts: Facts | None = None, **rules: object) -> Plan:
    page = board(text)
    return plan(page, facts or Facts(), policy(**{"page": page.policy, **rules}), NOW)


def starts(found: Plan) -> list[str]:
    return [a.task for a in found.actions if a.kind is Kind.START]


def rules_of(found: Plan) -> dict[str, Rule]:
    return {v.task: v.rule for v in found.verdicts.values()}


def live(task: str, claimed: float = NOW - 50) -> Run:
    return run(task, state=RunState.STARTED, end=None, ended=None, claimed=claimed)


TWO = table("A", "B")
SIX = table("A", "B", "C", "D", "E", "F")


@pytest.mark.parametrize(
    ("text", "started"),
    [
        # limits of groups, the group by the cell, the heading, the pattern
        (table(*(f"{n}||| Discovery" for n in "ABCDEF")), "ABCDE"),
        ("\n### Phase 1: Discovery\n" + SIX, "ABCDE"),
        (table(*(f"{n}| Find {n}" for n in "ABCDEF")), "ABCDE"),
        (table(*(f"{n}||| implementation" for n in "ABCDEF")), "ABCD"),
        (table("A| Test it", "B| Review it"), "A"),
        (table("A||| Emergency", "B||| emergency", "C||| Crisis"), "ABC"),
        ("\n### Validation (sequential)\n" + table("A", "CRISIS-1", "CRISIS-2"), "CRISIS-1CRISIS-2A"),
        (SIX, "ABCDEF"),
        # what the page says of its groups
        (table(*(f"{n}| Find {n}" for n in "ABC")) + LIMITS + "- **Discovery**: two agents\n", "AB"),
        (table("A||| qa", "B||| qa") + LIMITS + "- QA: sequential\n", "A"),
        (table("A||| qa", "B||| qa") + LIMITS + "- QA: 0\n", ""),
        (table("A||| qa", "B||| qa") + LIMITS + "- QA: who knows\n", "A"),
        # what a heading says of the rows below it
        ("\n### Phase 3: Validation (Sequential)\n" + TWO, "A"),
        ("\n### Phase 3: Validation (in parallel)\n" + TWO, "AB"),
        ("\n### Odds and ends (sequential)\n" + TWO, "A"),
        ("\n### Odds (sequential)\n" + TWO + "\n### Ends (sequential)\n" + table("C", "D"), "AC"),
        ("\n### Phase 2 (Domain Parallel)\n" + table("A|||| ML", "B|||| ml", "C|||| UI"), "AC"),
        # different domains
        (table("A||| implementation| ML", "B||| implementation| ML", "C||| implementation| UI"), "AC"),
        (table("A|| a.py| implementation| ML", "B|| b.py| implementation| ML"), "AB"),
        (table("A|| a.py| implementation| ML", "B||| implementation| ML"), "A"),
        (table("A||| implementation", "B||| implementation"), "AB"),
        (table("A||| discovery| ML", "B||| discovery| ML"), "AB"),
        (
            table("A||| implementation| ML", "B||| implementation| ML") + LIMITS + "- Implementation: 4\n",
            "AB",
        ),
        # files
        (table("A|| src/a.py", "B|| src/a.py"), "A"),
        (table("A|| src/a.py", "B|| src/b.py"), "AB"),
        (table("A|| src/**", "B|| src/x/b.py", "C|| docs/"), "AC"),
        (table("A|| src/**", "B"), "AB"),
        (table("*A|| src/**", "B|| src/b.py", "C|| docs/"), "C"),  # a person works on A
    ],
)
def test_which_rows_start_together(text: str, started: str) -> None:
    assert "".join(starts(planned(text, max_parallel=9))) == started


@pytest.mark.parametrize(
    ("text", "most", "started"),
    [
        (table("A||| x", "B||| y", "C||| x", "D||| z"), 2, "ABC"),
        (table("A||| x", "B||| y", "C||| x", "D||| z"), 1, "AC"),
        (table("A||| x", "B||| y", "C||| x", "D||| z"), 0, "ABCD"),
        (table("A||| x", "B", "C"), 1, "A"),
        (table("A||| x", "B||| emergency"), 1, "BA"),
    ],
)
def test_groups_at_once(text: str, most: int, started: str) -> None:
    assert "".join(starts(planned(text, parallel_groups=most))) == started


@pytest.mark.parametrize(
    ("text", "rule", "words", "by"),
    [
        (table("A||| x", "B||| y"), Rule.PARALLEL_GROUPS, "waits for x", ()),
        (table("A|| src/", "B|| src/b.py"), Rule.SCOPE, "shares files with A (src/)", ("A",)),
        (table("A||| qa", "B||| qa") + LIMITS + "- QA: 1\n", Rule.GROUP_LIMIT, "qa runs 1 at once", ("A",)),
        (table("A", "B||| qa") + LIMITS + "- QA: -1\n", Rule.GROUP_HELD, "correct its limit", ()),
        (
            table("A||| implementation| ML", "B||| implementation| ML"),
            *(Rule.DOMAIN, "A works on ML", ("A",)),
        ),
    ],
)
def test_what_a_row_waits_for(text: str, rule: Rule, words: str, by: tuple[str, ...]) -> None:
    found = planned(text, parallel_groups=1 if rule is Rule.PARALLEL_GROUPS else 0).verdicts[1]
    assert (found.rule, found.by) == (rule, by)
    assert words in found.text


def test_a_run_whose_row_is_gone_may_be_on_any_file_and_in_any_group() -> None:
    facts = Facts(runs=(live("Z"),))
    found = planned(table("A|| src/", "B| Test it", "C"), facts)
    assert rules_of(found) == {"A": Rule.SCOPE, "B": Rule.GROUP_LIMIT, "C": Rule.STARTS}


def test_who_lets_others_go_first_once_is_next() -> None:
    """W needs the whole folder, which A has, and A began after W could have begun: B waits for W."""
    text = table("*A|| src/a.py", "W|| src/", "B|| src/b.py")
    since = {name: Seen(name, {}, "waiting", NOW - 20, Cause.MDORCH) for name in "AWB"}
    waits = planned(text, Facts(runs=(live("A", claimed=NOW - 10),), seen=since))
    assert rules_of(waits) == {"A": Rule.RUNNING, "W": Rule.SCOPE, "B": Rule.SCOPE}
    assert waits.verdicts[2].by == ("W",)
    first = planned(text, Facts(runs=(live("A", claimed=NOW - 30),), seen=since))
    assert rules_of(first)["B"] is Rule.STARTS  # A was first: nobody has been overtaken yet


@pytest.mark.parametrize(
    ("text", "facts", "order"),
    [
        (table("A", "B", "C||||| B"), Facts(), "BA"),  # the longer chain first
        (table("A||||| | low", "B||||| | high"), Facts(), "BA"),  # then priority
        (table("A", "B"), Facts(), "AB"),  # then place
        (table("A||||| | high", "B", "C||||| B"), Facts(), "BA"),
        (table("A", "B||| Emergency", "C||||| A"), Facts(), "BA"),  # emergencies before all
        # of equals, one agent's after the other, where the page asks for it
        (table("A||||||| x", "B||||||| y", "C||||||| x"), Facts(), "ABC"),
        (table("A||||||| x", "B||||||| y", "C||||||| x") + BATCH, Facts(), "ACB"),
        (table("A||||||| x", "B||||| | high| y", "C||||||| x") + BATCH, Facts(), "BAC"),
        # what the runs of a task, else of its agent, took before
        (table("A", "B"), Facts(past=(Duration("B", "x", 9.0), Duration("A", "x", 5.0))), "BA"),
        (
            table("A||||||| x", "B||||||| y"),
            Facts(past=(Duration("P", "x", 1.0), Duration("Q", "y", 5.0))),
            "BA",
        ),
        (
            table("A", "B", "C||||| A", "D||||| B"),
            *(Facts(past=(Duration("C", "x", 1.0), Duration("D", "x", 5.0))), "BA"),
        ),
        # one failure changes nothing; who failed twice goes behind
        (table("A", "B", "C||||| A"), Facts(runs=(folded("A", 1, "failed"),)), "AB"),
        (
            table("A", "B", "C||||| A"),
            *(Facts(runs=(folded("A", 1, "failed"), folded("A", 2, "failed"))), "BA"),
        ),
    ],
)
def test_deployment_order(text: str, facts: Facts, order: str) -> None:
    assert "".join(starts(planned(text, facts, attempts=5))) == order


def test_an_emergency_takes_every_slot_that_gets_free() -> None:
    text = table("A", "*B", "C||| crisis", "D||| crisis")
    found = planned(text, Facts(runs=(live("B"),)), max_parallel=2)
    assert starts(found) == ["C"]
    assert rules_of(found) == {"A": Rule.SLOTS, "B": Rule.RUNNING, "C": Rule.STARTS, "D": Rule.SLOTS}


@pytest.mark.parametrize(
    ("text", "formation"),
    [
        (table("A"), "independent"),
        (table("A||||| B", "B"), "sequential"),
        (table("A|| src/||| B", "B"), "domain-specific"),
        (table("A|||| ML| B", "B"), "domain-specific"),
        (table("A| Test it| src/"), "sequential"),
    ],
)
def test_formation(text: str, formation: str) -> None:
    page = board(text)
    rules: Policy = replace(policy(), page=page.policy)
    assert Grouping(rules).formation(page.tasks[0]) == formation
