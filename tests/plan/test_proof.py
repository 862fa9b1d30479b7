"""What a row's check cell means, and what a handoff promises."""

from __future__ import annotations

import pytest

from mdorch.board.policy import AgentRule, Policy
from mdorch.board.read import read
from mdorch.board.wishes import SetCell
from mdorch.facts import Facts
from mdorch.plan.actions import Rule
from mdorch.plan.handoffs import promised
from mdorch.plan.plan import plan
from mdorch.plan.proof import checks_of
from tests.plan.boards import NOW, policy, run

HEAD = "| ID | Task | Agent | Status | Verify |\n|---|---|---|---|---|\n"
KNOWN = Policy(agents={"default": AgentRule("default", 60.0)}, checks=("tests", "lint"))
NONE = Policy(agents=KNOWN.agents)


def page(cell: str) -> bytes:
    return f"## Task Queue\n\n{HEAD}| A-1 | do it | dev | Waiting | {cell} |\n".encode()


@pytest.mark.parametrize(
    ("cell", "names", "unknown"),
    [
        ("tests", ("tests",), ()),
        ("`lint`, Tests", ("tests", "lint"), ()),
        ("", (), ()),
        ("-", (), ()),
        ("all tests are green", (), ()),
        ("make test; rm -rf /", (), ()),
        ("$(reboot)", (), ()),
        ("tests, lnt", ("tests",), ("lnt",)),
        ("reboot", (), ("reboot",)),
    ],
)
def test_a_row_names_checks_and_never_brings_commands(
    cell: str, names: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    board = read(page(cell)).board
    found = checks_of(board.tasks[0], KNOWN)
    assert (found.names, found.unknown) == (names, unknown)
    assert checks_of(board.tasks[0], NONE).names == ()
    verdict = plan(board, Facts(), KNOWN, 100.0).verdicts[0]
    assert (verdict.rule is Rule.NO_CHECK) is bool(unknown)


def test_policy_asks_for_checks_that_no_row_names() -> None:
    policy = Policy(checks=("tests", "lint"), gate_checks=("lint",))
    assert checks_of(read(page("all is well")).board.tasks[0], policy).names == ("lint",)


@pytest.mark.parametrize(
    ("item", "path"),
    [
        ("src/app.py", "src/app.py"),
        ("`src/app.py:26`", ""),
        ("**docs/guide.md**: how to use it", "docs/guide.md"),
        ("src/app.py has the parser", "src/app.py"),
        ("README.md", "README.md"),
        ("README.md: updated", "README.md"),
        ("README.md says how", ""),
        ("Next.js app", ""),
        ("8.2", ""),
        ("out/", "out/"),
        ("https://example.org/a.html", ""),
        ("feature/login branch", ""),
        ("none", ""),
    ],
)
def test_only_what_is_surely_a_path_is_promised(item: str, path: str) -> None:
    block = "\n## Agent Handoff Signal\n\n**From**: dev\n**Task**: A-1\n**Status**: COMPLETE\n"
    block += f"\n### Artifacts\n- {item}\n"
    (found,) = read(page("") + block.encode()).board.handoffs
    assert promised(found) == ([path] if path else [])


FILES = "| ID | Task | Agent | Status | Files | Notes |\n|---|---|---|---|---|---|\n"
# how the branch ended, its files, what [gates] unchanged says → outcome
CLAIMED = [
    ("unchanged", "src/a.py", "review", "in_review"),
    ("unchanged", "src/a.py", "failed", "failed"),
    ("unchanged", "src/a.py", "complete", "complete"),
    ("unchanged", "", "review", "complete"),
    ("kept", "src/a.py", "failed", "complete"),
]


@pytest.mark.parametrize(("landed", "files", "rule", "outcome"), CLAIMED)
def test_a_claim_that_changed_nothing_of_its_files(landed: str, files: str, rule: str, outcome: str) -> None:
    board = read(f"## Task Queue\n\n{FILES}| A | do it | dev | In Progress | {files} | |\n".encode()).board
    over = run(branch="mdorch/A/1", landed=landed)
    (fold,) = plan(board, Facts(runs=(over,)), policy(unchanged=rule, backoff=99.0), NOW).actions
    notes = [str(w.value) for w in fold.wishes if isinstance(w, SetCell) and w.role == "notes"]
    assert (fold.outcome, [("changed nothing of src/a.py" in note) for note in notes]) == (
        outcome,
        [] if outcome == "complete" else [True],
    )
