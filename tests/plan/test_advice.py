"""What lint says beyond what holds something: one line for each finding, and for each Orchestration Rule."""

from __future__ import annotations

import pytest

from mdorch.board.board import Board
from mdorch.board.defaults import DEFAULTS
from mdorch.board.policies import agents_of
from mdorch.board.read import read
from mdorch.facts import Facts
from mdorch.plan.advice import advice
from mdorch.plan.checkup import Case, Level, Signs
from mdorch.plan.handoffs import artifacts_of, lacks, paths
from mdorch.plan.plan import plan
from mdorch.plan.rules import RULES, breaches, rules
from tests.plan.boards import NOW, folded, policy, run
from tests.plan.test_errors import silent
from tests.plan.test_room import LIMITS, live, table

AGENTS = "\n## Active Agents\n\n| Agent | Task | Status | Started |\n|--|--|--|--|\n"


def board(text: str) -> Board:
    return read(f"## Task Queue\n{text}".encode()).board


def case(text: str, facts: Facts | None = None, **changes: object) -> tuple[Case, object]:
    page = board(text)
    rules_ = policy(**{"page": page.policy, **changes})
    found = facts or Facts()
    return Case(page, found, plan(page, found, rules_, NOW), Signs(), NOW), rules_


def told(text: str, **changes: object) -> list[tuple[str, int]]:
    found, rules_ = case(text, **changes)  # type: ignore[arg-type]
    names = agents_of(found.board.policy) | agents_of(DEFAULTS)
    return [(p.code, p.line) for p in advice(found, rules_, names)]  # type: ignore[arg-type]


MAP = "\n## Agent Substitution Map\n\n| Missing | Use instead |\n|--|--|\n| dev | ghost |\n"
PATTERNS = "\n## Task Patterns\n\n- deploy_*: ops\n- find_*: dev\n"


@pytest.mark.parametrize(
    ("text", "known", "found"),
    [
        (table("A| deploy it now") + PATTERNS, "", []),
        (table("A| find it all") + PATTERNS, "", [("pattern-unmatched", 10)]),
        (table("A| do it") + PATTERNS, "", [("pattern-unmatched", 10)]),  # find_* is a usual one
        (table("A||| qa") + LIMITS + "- QA: 2\n- Discovery: 3\n", "", []),
        (table("A| do it") + LIMITS + "- Lab: 2\n", "", [("group-unmatched", 10)]),
        (table("A||| Discvery", "B||| Discvery"), "", [("group-unmatched", 5)]),
        (table("A||| backend", "B||| Discovery"), "", []),
        (table("A||||||| bakend"), "", []),  # nobody is known by name here: any name is as good
        (table("A||||||| bakend", "B||||||| bakend"), "dev", [("unknown-agent", 5)]),
        # names in policies
        (table("A| deploy it") + PATTERNS, "dev", [("unknown-agent", 10)]),
        (table("A| deploy it") + PATTERNS, "dev ops", []),
        (table("A| deploy it") + MAP, "dev", [("unknown-agent", 12)]),
        (table("A| deploy it") + MAP, "", []),
        (table("A||||||| Dev", "B||||||| debugger", "C||||||| human"), "dev", []),
    ],
)
def test_policies_and_names(text: str, known: str, found: list[tuple[str, int]]) -> None:
    assert told(text, known=frozenset(known.split())) == found


def test_a_wait_that_never_ends() -> None:
    held = "\n### Phase 1\n" + table("A").replace("Waiting", "On Hold")
    text = held + "\n### Phase 2\n" + table("B||||| Phase 1", "C||||| Phase 1")
    assert told(text) == [("never-ends", 14)]
    assert told(text.replace("On Hold", "Cancelled")) == []
    above = table("A", "B||||| All above", "C")
    assert told(above.replace("| Waiting |", "| On Hold |", 1)) == [("never-ends", 6)]
    assert told("| On Hold |".join(above.rsplit("| Waiting |", 1))) == []  # C is below


BLOCK = "\n## Agent Handoff Signal\n\n**From**: dev\n**To**: -\n**Task**: A\n**Status**: {}\n"
MADE = "\n### Deliverables\n- {}\n"
CONTEXT = "\n### Context for Next Agent\n- {}\n"
ARTIFACTS = "\n### Artifacts\n- {}\n"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (BLOCK.format("COMPLETE") + MADE.format("src/a.py") + CONTEXT.format("see src/a.py line 26"), []),
        (BLOCK.format("COMPLETE") + MADE.format("made src/a.py"), []),
        (BLOCK.format("COMPLETE"), ["handoff-no-deliverables"]),
        (BLOCK.format("COMPLETE") + MADE.format("none"), ["handoff-no-deliverables"]),
        (BLOCK.format("COMPLETE") + MADE.format("all done"), ["handoff-no-paths"]),
        (
            BLOCK.format("COMPLETE") + MADE.format("src/a.py") + CONTEXT.format("look at src/a.py"),
            ["handoff-no-lines"],
        ),
        (BLOCK.format("COMPLETE") + MADE.format("src/a.py") + CONTEXT.format("src/a.py:26"), []),
        (BLOCK.format("COMPLETE") + MADE.format("src/a.py") + CONTEXT.format("nothing to see"), []),
        (BLOCK.format("PARTIAL") + MADE.format("src/a.py"), ["handoff-no-context"]),
        (BLOCK.format("BLOCKED"), ["handoff-no-reason"]),
        (BLOCK.format("BLOCKED_ON_[a key]"), []),
        (BLOCK.format("BLOCKED") + CONTEXT.format("no key"), []),
        (BLOCK.format("DISCOVERED_ISSUE"), []),
        (BLOCK.format("[COMPLETE | BLOCKED]"), []),
    ],
)
def test_what_a_handoff_lacks(text: str, codes: list[str]) -> None:
    page = board(table("A") + text)
    assert [lack.code for block in page.handoffs for lack in lacks(block)] == codes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Created: src/bot/orchestrator.py", ["src/bot/orchestrator.py"]),
        ("`docs/a.png`, and README.md:26", ["docs/a.png", "README.md"]),
        ("ML components at: src/bot/ml/", ["src/bot/ml/"]),
        ("see https://example.org/a.py", []),
        ("version 1.2.3, 8 of 9. That is all", []),
        ("./run.sh and ../x/y.c", ["./run.sh", "../x/y.c"]),
        ("<100ms; pass/fail", []),
        ("None", []),
    ],
)
def test_files_that_a_line_names(text: str, found: list[str]) -> None:
    assert list(paths([text])) == found


def test_artifacts_must_exist_only_of_what_is_complete() -> None:
    (block,) = board(table("A") + BLOCK.format("COMPLETE") + ARTIFACTS.format("a/b.md, a/b.md")).handoffs
    assert artifacts_of(block) == ["a/b.md"]
    (block,) = board(table("A") + BLOCK.format("PARTIAL") + ARTIFACTS.format("a/b.md")).handoffs
    assert artifacts_of(block) == []


NOTES = "\n| ID | Task | Agent | Status | Notes |\n|--|--|--|--|--|\n"


@pytest.mark.parametrize(
    ("number", "text", "facts", "changes", "words"),
    [
        (1, table("*A||||| B", "B"), Facts(), {}, "A is in progress, though B is not complete"),
        (1, table("*A||||| B", "B").replace("Waiting", "Complete"), Facts(), {}, ""),
        (2, table("A| Test it", "B| Test it"), Facts(), {}, "B group validation runs 1 at once"),
        (2, table("A| Test it", "B| Test it"), Facts(), {"max_parallel": 1}, ""),
        (3, table("A") + BLOCK.format("COMPLETE"), Facts(), {}, "does not say what was made"),
        (3, table("A"), Facts(), {}, ""),
        (4, NOTES + "| A | x y | dev | Failed | |\n", Facts(), {}, "notes do not say why"),
        (4, NOTES + "| A | x y | dev | Failed | exit 1 |\n", Facts(), {}, ""),
        (
            *(
                4,
                NOTES + "| A | x y | dev | Failed | exit 1 |\n",
                Facts(runs=(folded("A", 1, "failed"),)),
                {},
            ),
            "no task is there to fix it",
        ),
        (
            *(4, table("A"), Facts(runs=tuple(silent(n, NOW - 9 + k) for k, n in enumerate("ABC"))), {}),
            "A.1, B.1, C.1 died before saying anything",
        ),
        (5, table("*A") + AGENTS, Facts(runs=(live("A"),)), {}, "A.1 works, and the agent table does not"),
        (5, table("A| deploy"), Facts(), {}, "a title of one word"),
        (5, table("A| deploy it"), Facts(), {}, ""),
        (5, table("A| deploy") + "\n## A: deploy\n\nUntil the page answers.\n", Facts(), {}, ""),
    ],
)
def test_orchestration_rules(
    number: int, text: str, facts: Facts, changes: dict[str, object], words: str
) -> None:
    found, rules_ = case(text, facts, **changes)
    texts = [breach.text for breach in breaches(found, rules_)[number]]  # type: ignore[arg-type]
    assert len(texts) == (1 if words else 0)
    assert words in "".join(texts)


def test_each_rule_is_a_check_by_name() -> None:
    found, rules_ = case(table("*A| deploy it| | | | B", "B| do it all"), Facts(runs=(run("Z"),)))
    checks = {check.name: check.level for check in rules(found, rules_)}  # type: ignore[arg-type]
    assert list(checks) == [name for name, _ in RULES.values()]
    assert checks["rule_1"] is Level.WARNING
    assert checks["rule_3"] is Level.FINE


def test_rules_are_told_by_number() -> None:
    assert told(table("*A| do it||||B", "B| do it")) == [("rule-1", 5)]


@pytest.mark.parametrize(
    ("more", "known", "code", "found"),
    [
        (PATTERNS, "", "pattern-unmatched", "deploy_*"),
        (PATTERNS, "dev", "unknown-agent", "ops"),
        (MAP, "dev", "unknown-agent", "ghost"),
        (LIMITS + "- **Lab**: 2\n", "", "group-unmatched", "Lab"),
    ],
)
def test_what_a_policy_says_is_told_where_it_stands(more: str, known: str, code: str, found: str) -> None:
    text = table("A| find it") + more
    given, rules_ = case(text, **({"known": frozenset(known.split())} if known else {}))
    problems = advice(given, rules_, frozenset())  # type: ignore[arg-type]
    lines = f"## Task Queue\n{text}".split("\n")
    places = [(p.line, p.column) for p in problems if p.code == code]
    assert [lines[line - 1][column - 1 :].startswith(found) for line, column in places] == [True]
