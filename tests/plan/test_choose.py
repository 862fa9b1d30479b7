"""Task assignment protocol: who gets a task, and in which words that is explained."""

from __future__ import annotations

import pytest

from mdorch.board.policy import AgentRule, Choice, PagePolicy, Policy
from mdorch.board.status import Status
from mdorch.board.task import Task
from mdorch.plan.choose import Assignment

DEFAULT = {"default": AgentRule("default", 60.0)}


def task(title: str, name: str = "T-1", agents: tuple[str, ...] = ()) -> Task:
    return Task(0, 0, 0, 1, name, title, Status.WAITING, "Waiting", agents=agents)


def policy(known: str = "", agents: str = "default", **page: object) -> Policy:
    rules = {name: AgentRule(name, 60.0) for name in agents.split()}
    said = PagePolicy(**page)  # type: ignore[arg-type]
    return Policy(page=said, agents=rules, known=frozenset(known.split()))


@pytest.mark.parametrize(
    ("title", "agents", "origin"),
    [
        # the controller document's patterns, on the first words of the title
        ("Find all callers", "code-archaeologist project-analyst", "pattern find_*"),
        ("Audit test failures", "test-automator code-reviewer", "pattern audit_*"),
        ("Analyze the logs", "code-archaeologist performance-optimizer", "pattern analyze_*"),
        ("Create a page", "backend-developer python-pro", "pattern create_*"),
        ("fix: the parser", "backend-developer debugger", "pattern fix_*"),
        ("Connect ML to strategies", "integration-engineer backend-developer", "pattern connect_*"),
        ("Implement it", "backend-developer ml-engineer", "pattern implement_*"),
        ("Test it", "test-automator qa-expert", "pattern test_*"),
        ("REVIEW it", "code-reviewer security-auditor", "pattern review_*"),
        ("optimize_latency", "performance-optimizer database-administrator", "pattern optimize_*"),
        # then its Agent Selection Matrix
        ("Build the core", "backend-developer python-pro", "Selection Matrix “Create/Build”"),
        ("Integrate the parts", "integration-engineer backend-developer", "“Connect/Integrate”"),
        ("Validate input", "test-automator qa-expert", "“Test/Validate”"),
        ("Document the ML system", "documentation-specialist technical-writer", "“Document”"),
        ("ML specific storage", "ml-engineer data-scientist", "“ML-specific”"),
        # nothing fits
        ("Refind it", "", ""),
        ("Tests pass", "test-automator qa-expert", "“Test/Validate”"),
        ("", "", ""),
        ("…", "", ""),
    ],
)
def test_built_in_rules(title: str, agents: str, origin: str) -> None:
    found = Assignment(policy()).candidates(task(title))
    assert " ".join(c.agent for c in found) == agents
    assert all(origin in c.reason and c.reason.startswith("built-in") for c in found)


PATTERNS = (
    Choice("TEST-*", ("by-id",), 1),
    Choice("audit_*", ("auditor", "second"), 2),
    Choice("Fix imports", ("exact",), 3),
    Choice("*_parser", ("any",), 4),
    Choice("t?x_*", ("odd",), 5),
    Choice("mend_*", ("late",), 6),
)


@pytest.mark.parametrize(
    ("title", "name", "agent"),
    [
        ("hum", "TEST-001", "by-id"),
        ("Audit it", "TEST-001", "auditor"),  # the title comes first
        ("hum", "AUDIT-7", "auditor"),
        ("Fix imports", "T-1", "exact"),
        ("Fix imports now", "T-1", "backend-developer"),  # the page's pattern says no more than that
        ("Mend the parser", "T-1", "any"),
        ("Audit the parser", "T-1", "auditor"),  # of those that fit, the first one counts
        ("Mend the roof", "T-1", "late"),
        ("Tax returns", "T-1", "odd"),
        ("Find the parser", "T-1", "any"),  # what the page says wins over what is built in
    ],
)
def test_patterns_of_the_page(title: str, name: str, agent: str) -> None:
    chosen = Assignment(policy(patterns=PATTERNS)).choose(task(title, name), {})
    assert chosen is not None
    assert chosen.agent == agent


MAP = {"ghost": ("first", "second"), "other": ("nobody",)}


@pytest.mark.parametrize(
    ("agents", "known", "configured", "chosen", "reason"),
    [
        ("dev", "dev", "default", "dev", "assigned to dev"),
        ("dev", "", "default", "dev", "assigned to dev"),  # started as the default one
        ("ghost", "ghost first", "default", "ghost", "assigned to ghost"),  # it exists: no stand-in
        ("ghost", "", "default", "first", "substitution map says first"),
        ("ghost", "second", "default", "second", "substitution map says second"),
        ("ghost", "", "second", "second", "ghost does not exist here"),
        ("ghost", "", "third", None, ""),
        ("other", "", "third", None, ""),
        ("dev qa", "", "qa", "qa", "assigned to qa"),  # the first that can be started
        ("test-automator", "qa-expert", "qa-expert", "qa-expert", "backup for test-automator"),
    ],
)
def test_assigned_and_stand_ins(
    agents: str, known: str, configured: str, chosen: str | None, reason: str
) -> None:
    rules = policy(known, configured, substitutes=MAP)
    found = Assignment(rules).choose(task("Test it", agents=tuple(agents.split())), {})
    assert (found.agent if found else None) == chosen
    assert reason in (found.reason if found else "")


@pytest.mark.parametrize(
    ("known", "agents"),
    [
        ("", "test-automator qa-expert"),  # none exists by name: all may be started as the default one
        ("qa-expert", "qa-expert"),
        ("qa-expert test-automator", "test-automator qa-expert"),
    ],
)
def test_those_that_exist_here_are_chosen_from(known: str, agents: str) -> None:
    found = Assignment(policy(known)).candidates(task("Test it"))
    assert " ".join(c.agent for c in found) == agents


@pytest.mark.parametrize(
    ("failures", "chosen"),
    [
        ({}, "test-automator"),
        ({"test-automator": 1}, "test-automator"),
        ({"test-automator": 2}, "qa-expert"),
        ({"test-automator": 2, "qa-expert": 2}, None),
    ],
)
def test_the_backup_gets_its_turn_when_the_attempts_are_used_up(
    failures: dict[str, int], chosen: str | None
) -> None:
    found = Assignment(policy()).choose(task("Test it"), failures)
    assert (found.agent if found else None) == chosen
