"""Rule 4, error handling: noted, tried again, given to the backup agent, and at last a task for fixing it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mdorch.board.board import Board
from mdorch.board.edits import edit
from mdorch.board.policy import AgentRule, Choice, PagePolicy, Policy
from mdorch.board.read import Reading, read
from mdorch.board.status import Status
from mdorch.board.wishes import AddIssue, AppendTask, SetCell
from mdorch.facts import Cause, End, Facts, Run, RunState, Seen
from mdorch.plan.actions import Kind, Plan, Rule
from mdorch.plan.plan import plan, wishes_of
from mdorch.plan.programs import judge_programs
from tests.plan.boards import HEAD, NOW, folded, policy, run

BAD = {"exit_code": 3, "detail": "no such file"}


def reading(*rows: str) -> Reading:
    """`rows`: `id | title | agent | needs | status | notes`."""
    lines = "".join(f"| {row} |\n" for row in rows)
    return read(f"## Task Queue\n\n{HEAD}{lines}".encode())


def planned(page: Reading, *runs: Run, seen: tuple[Seen, ...] = (), **rules: object) -> Plan:
    facts = Facts(runs=runs, seen={s.task: s for s in seen})
    return plan(page.board, facts, policy(**{"attempts": 1, **rules}), NOW)


def after(page: Reading, found: Plan) -> Board:
    return read(edit(page, wishes_of(found.actions))).board


def fixed(page: Reading, *runs: Run, **rules: object) -> Board:
    return after(page, planned(page, *runs, **rules))  # type: ignore[arg-type]


A = "A | do it | dev | None | In Progress | "


@pytest.mark.parametrize(
    ("rules", "runs", "status", "notes"),
    [
        # every failed attempt is noted, tried again …
        ({"attempts": 2}, (run(**BAD),), Status.IN_PROGRESS, "exit 3: no such file"),
        ({"attempts": 2, "backoff": 999.0}, (run(**BAD),), Status.WAITING, "exit 3: no such file"),
        # … and at last given up
        ({"attempts": 1}, (run(**BAD),), Status.FAILED, "exit 3: no such file"),
        (
            {"attempts": 2},
            (folded("A", 1, "failed", **BAD), run("A", 2, **BAD)),
            *(Status.FAILED, "exit 3: no such file"),
        ),
        ({"attempts": 9, "launches_per_task": 1}, (run(**BAD),), Status.FAILED, "1 launches used up"),
    ],
)
def test_attempts(rules: dict[str, object], runs: tuple[Run, ...], status: Status, notes: str) -> None:
    task = fixed(reading(A), *runs, **rules).rows_of("A")[0]
    assert task.status is status
    assert notes in task.notes


def test_the_backup_agent_takes_over() -> None:
    page = reading("A | Test it | test-automator, qa-expert | None | In Progress | ")
    (start,) = [a for a in planned(page, run(agent="test-automator", **BAD)).actions if a.kind is Kind.START]
    assert start.agent == "qa-expert"


def test_a_fix_task_that_the_failed_task_requires() -> None:
    page = fixed(reading(A, "B | x | dev | A | Waiting | "), run(**BAD))
    failed, other, fix = page.tasks
    assert (fix.id, fix.status, fix.title) == ("FIX-A", Status.ON_HOLD, "Fix A: exit 3: no such file")
    assert "A failed" in fix.notes
    assert (failed.status, [n.id for n in failed.needs]) == (Status.FAILED, ["FIX-A"])
    assert [n.id for n in other.needs] == ["A"]


OWN = PagePolicy(patterns=(Choice("Fix *", ("mender",)),))


@pytest.mark.parametrize(
    ("rules", "agents"),
    [
        ({}, ("debugger",)),
        ({"known": frozenset({"debugger", "backend-developer"})}, ("debugger",)),
        ({"known": frozenset({"backend-developer"})}, ()),  # the patterns say who, when it starts
        ({"page": OWN}, ()),
    ],
)
def test_the_debugger_fixes_it_where_the_patterns_name_it(
    rules: dict[str, object], agents: tuple[str, ...]
) -> None:
    page = reading(A)
    found = plan(page.board, Facts(runs=(run(**BAD),)), policy(**{"attempts": 1, **rules}), NOW)
    assert after(page, found).rows_of("FIX-A")[0].agents == agents


def test_it_may_start_by_itself() -> None:
    page = fixed(reading(A), run(**BAD), auto_fix=True)
    assert page.rows_of("FIX-A")[0].status is Status.WAITING
    found = plan(page, Facts(), policy(known=frozenset({"debugger"})), NOW)
    assert [(a.task, a.agent) for a in found.actions] == [("FIX-A", "debugger")]


@pytest.mark.parametrize(
    ("name", "auto", "made", "status"),
    [
        ("A", False, "FIX-A", Status.ON_HOLD),
        ("A", True, "FIX-A", Status.WAITING),
        ("FIX-A", True, "FIX-FIX-A", Status.WAITING),
        ("FIX-FIX-A", True, "FIX-FIX-FIX-A", Status.ON_HOLD),  # held for a person
        ("FIX-FIX-FIX-A", True, "", None),
    ],
)
def test_fixes_of_fixes_are_bounded(name: str, auto: bool, made: str, status: Status | None) -> None:
    row = f"{name} | do it | dev | None | In Progress | "
    page = fixed(reading(row), run(name, **BAD), auto_fix=auto)
    assert [(t.id, t.status) for t in page.tasks[1:]] == ([(made, status)] if made else [])


def test_one_fix_task_for_each_task() -> None:
    page = fixed(
        reading("A | do it | dev | FIX-A | In Progress | ", "FIX-A | x | dev | - | Complete | "), run(**BAD)
    )
    assert [t.id for t in page.tasks] == ["A", "FIX-A"]


@pytest.mark.parametrize(("attempts", "made"), [(2, 1), (1, 2)])
def test_failed_that_somebody_typed_meanwhile_uses_up_no_attempt(attempts: int, made: int) -> None:
    """A crash cut the fold off, and the row says *Failed* by hand since."""
    page = reading(A.replace("In Progress", "Failed"))
    facts = Facts(runs=(run(**BAD),), overtaken={"A.1": frozenset({"status"})})
    found = plan(page.board, facts, policy(attempts=attempts), NOW)
    assert len(after(page, found).tasks) == made


def test_none_is_made_where_nobody_wants_one() -> None:
    assert len(fixed(reading(A), run(**BAD), fix_tasks=False).tasks) == 1


@pytest.mark.parametrize(
    ("failed", "fix", "cancelled"),
    [
        ("A | do it | dev | FIX-A | Complete | ", "FIX-A | Fix A: why | debugger | - | On Hold | ", True),
        ("A | do it | dev | FIX-A | Failed | ", "FIX-A | Fix A: why | debugger | - | On Hold | ", False),
        ("A | do it | dev | FIX-A | Complete | ", "FIX-A | Fix A: why | debugger | - | Skipped | ", False),
        ("A | do it | dev | FIX-A | Complete | ", "FIX-A | Mend it all | ann | - | On Hold | ", False),
        ("A | do it | dev | FIX-A | Complete | ", "FIX-A | Fix A: why | debugger | - | Waiting | ", False),
        ("B | do it | dev | - | Complete | ", "FIX-A | Fix A: why | debugger | - | On Hold | ", False),
    ],
)
def test_a_fix_that_is_not_needed_any_more_is_cancelled(failed: str, fix: str, cancelled: bool) -> None:
    """Or every wildcard that means it would wait for ever."""
    page = reading(failed, fix, "Z | x | dev | All above | Waiting | ")
    found = planned(page)
    board = after(page, found)
    assert (board.tasks[1].cancelled and "Skipped" not in fix) == cancelled
    if cancelled:
        again = plan(board, Facts(), policy(), NOW)
        assert [(a.kind, a.task) for a in again.actions] == [(Kind.START, "Z")]


ISSUES = "\n## Known Issues & Workarounds\n\n{}\n"
ISSUE_TABLE = "| Issue | Workaround |\n|--|--|\n| it is slow | wait |\n"
DATED = "| Date | Task | Problem | Status | Owner |\n|--|--|--|--|--|\n"


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (ISSUE_TABLE, "| A: exit 3: no such file |  |"),
        (ISSUE_TABLE + "| A: exit 3: no such file | ask ann |\n", "| A: exit 3: no such file | ask ann |"),
        (DATED, "| 1970-01-12 | A | exit 3: no such file | Open | dev |"),
        ("- it is slow\n", ""),  # no table
        ("| Month | Rain |\n|--|--|\n", ""),  # no table of issues
    ],
)
def test_known_issues_list_what_failed(table: str, row: str) -> None:
    page = read(f"## Task Queue\n\n{HEAD}| {A} |\n{ISSUES.format(table)}".encode())
    text = edit(page, wishes_of(planned(page, run(**BAD)).actions)).decode()
    lines = text.partition("Known Issues")[2].splitlines()
    assert [line for line in lines if "exit 3" in line] == ([row] if row else [])
    again = read(text.encode())
    assert (
        edit(again, [AddIssue("A", "exit 3: no such file", "dev", "1970-01-12T00:00:00Z")]) == text.encode()
    )


@pytest.mark.parametrize(("head", "told"), [(HEAD, False), (HEAD.replace("Notes", "Colour"), True)])
def test_an_attempt_that_another_one_follows_is_an_issue_only_where_there_are_no_notes(
    head: str, told: bool
) -> None:
    page = read(f"## Task Queue\n\n{head}| {A} |\n{ISSUES.format(ISSUE_TABLE)}".encode())
    found = planned(page, run(**BAD), attempts=2, backoff=999.0)
    board = read(edit(page, wishes_of(found.actions)))
    assert ("A: exit 3" in board.source.text) == told
    assert board.board.tasks[0].status is Status.WAITING


def complete(task: str, ago: float) -> Seen:
    return Seen(task, {}, "complete", NOW - ago, Cause.MDORCH, since=NOW - ago)


@pytest.mark.parametrize(
    ("fix", "seen", "rules", "opened"),
    [
        ("Complete", (complete("FIX-A", 5),), {}, True),
        ("On Hold", (), {}, False),
        ("Complete", (), {}, False),  # nobody knows since when
        ("Complete", (complete("FIX-A", 200),), {}, False),  # it has failed again since
        ("Complete", (complete("FIX-A", 5),), {"launches_per_task": 1}, False),
    ],
)
def test_once_the_fix_is_complete_the_task_is_open_again(
    fix: str, seen: tuple[Seen, ...], rules: dict[str, object], opened: bool
) -> None:
    page = reading("A | x | dev | FIX-A | Failed | ", f"FIX-A | x | dev | - | {fix} | ")
    found = planned(page, folded("A", 1, "failed", **BAD), seen=seen, **rules)
    started = [a.task for a in found.actions if a.kind is Kind.START]
    assert started == (["A"] if opened else [])
    assert after(page, found).tasks[0].status is (Status.IN_PROGRESS if opened else Status.FAILED)


@pytest.mark.parametrize(
    ("fix", "runs", "rule"),
    [
        ("On Hold", (folded("A", 1, "failed", **BAD),), Rule.NEEDS),
        ("On Hold", (), Rule.STARTS),  # a new round: somebody wants it tried without the fix
        ("Waiting", (), Rule.NEEDS),
        ("Complete", (), Rule.STARTS),
    ],
)
def test_a_fix_that_nobody_opened_does_not_hold_a_new_round(
    fix: str, runs: tuple[Run, ...], rule: Rule
) -> None:
    page = reading("A | x | dev | FIX-A | Waiting | ", f"FIX-A | x | dev | - | {fix} | ")
    found = planned(page, *runs)
    assert found.verdicts[0].rule is rule
    if runs:
        assert "attempts are used up; mdorch retry A" in found.verdicts[0].text


def silent(task: str, at: float, **changes: object) -> Run:
    values = {"silent": True, "exit_code": 1, "started": at, "ended": at + 1, **changes}
    return run(task, **{"state": RunState.FOLDED, "outcome": "failed", **values})


WORKS = folded("W", 1, "complete", started=5.0)
TWO = Policy(agents={"a": AgentRule("a", 9.0, program="p"), "b": AgentRule("b", 9.0, program="q")})


@pytest.mark.parametrize(
    ("runs", "paused", "innocent"),
    [
        ((silent("A", 1), silent("B", 2)), "", "AB"),  # it may turn out to be the program
        ((silent("A", 1), silent("B", 2), silent("C", 3)), "p", "ABC"),
        ((silent("A", 1), silent("B", 2), WORKS), "", ""),  # it can do otherwise: they count
        ((silent("A", 1), silent("B", 2), silent("C", 3), WORKS), "", "ABC"),
        ((silent("A", 6), WORKS, silent("B", 7), silent("C", 8)), "p", "ABC"),  # in order of their starts
        ((silent("A", 1), silent("B", 2), silent("C", 3, silent=False)), "", ""),
        ((silent("A", 1), silent("B", 2), silent("C", 3, exit_code=0)), "", ""),
        ((silent("A", 1), silent("B", 2), silent("C", 3, end=End.TIMEOUT)), "", ""),
        ((silent("A", 1), silent("B", 2), silent("C", 3, agent="b")), "", "ABC"),  # two programs
        ((silent("A", 1), silent("B", 2), silent("C", 3, state=RunState.STARTED)), "", "AB"),
    ],
)
def test_programs_that_die_before_they_say_anything(
    runs: tuple[Run, ...], paused: str, innocent: str
) -> None:
    found = judge_programs(Board(), Facts(runs=tuple(run_of("a", r) for r in runs)), TWO)
    assert " ".join(found.paused) == paused
    assert found.innocent == {f"{name}.1" for name in innocent}


def run_of(agent: str, found: Run) -> Run:
    return found if found.agent == "b" else replace(found, agent=agent)


def test_a_paused_program_holds_its_rows_until_resume() -> None:
    died = tuple(silent(name, NOW - 50 + n) for n, name in enumerate("ABC"))
    page = reading(
        "A | x | dev | - | Waiting | ", "D | x | dev | - | Waiting | ", "E | x | @ann | - | Waiting | "
    )
    found = planned(page, *died)
    assert [v.rule for v in found.verdicts.values()] == [Rule.AGENT_PAUSED, Rule.AGENT_PAUSED, Rule.PERSON]
    assert "A.1, B.1, C.1" in found.verdicts[0].text
    assert "mdorch resume" in found.verdicts[0].text
    facts = Facts(runs=died, cleared=NOW)
    again = plan(page.board, facts, policy(attempts=1), NOW)
    assert [a.task for a in again.actions] == ["A", "D"]  # and A has all its attempts


def test_a_death_without_a_word_leaves_the_task_open() -> None:
    page = reading(A)
    found = planned(page, run(silent=True, exit_code=1, ended=NOW), backoff=60.0)
    assert after(page, found).tasks[0].status is Status.WAITING
    assert found.verdicts[0].rule is Rule.BACKOFF


@pytest.mark.parametrize(("cause", "status"), [(Cause.MDORCH, Status.FAILED), (Cause.HAND, Status.WAITING)])
def test_a_death_counts_once_the_program_works_again(cause: Cause, status: Status) -> None:
    page = reading("A | x | dev | - | Waiting | ")
    runs = (silent("A", NOW - 90), replace(WORKS, started=NOW - 80, claimed=NOW - 80))
    found = planned(page, *runs, seen=(Seen("A", {}, "waiting", NOW - 70, cause),))
    assert found.verdicts[0].rule is Rule.FAILED
    assert after(page, found).tasks[0].status is status


def test_issues_that_agents_find() -> None:
    block = (
        "\n## Agent Handoff Signal\n\n**From**: dev\n**To**: -\n**Task**: A\n**Status**: DISCOVERED_ISSUE\n\n"
        "### Context for Next Agent\n- Found: the cache is never emptied\n"
    )
    text = f"## Task Queue\n\n{HEAD}| {A} |\n{block}".encode()
    for auto, status in ((False, Status.ON_HOLD), (True, Status.WAITING)):
        found = plan(read(text).board, Facts(runs=(run(),)), policy(auto_fix=auto), NOW)
        added = [w for w in wishes_of(found.actions) if isinstance(w, AppendTask)]
        assert [(w.id, w.status) for w in added] == [("ISSUE-001", status)]
        assert not any(isinstance(w, SetCell) and w.task == "ISSUE-001" for w in wishes_of(found.actions))
