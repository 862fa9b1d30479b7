"""Policy sections of the page and of companion documents."""

from __future__ import annotations

import pytest

from mdorch.board.defaults import DEFAULTS
from mdorch.board.limits import read_limit
from mdorch.board.policies import MOST, over
from mdorch.board.policy import NONE, Choice, Form, PagePolicy, Recipe, Step
from tests.board.pages import board, codes, queue

MATRIX = """
## Agent Selection Matrix

| Task Type | Primary Agent | Alternative (If Missing) | Tools |
|---|---|---|---|
| **Fix imports** | ~~python-pro~~ → backend-developer | general-purpose | Edit |
| Test/Validate | a, b | c | - |
| Nothing | - | - | - |
"""
SUBSTITUTES = """
### ⚠️ Agent Substitution Map (use these)
| Requested Agent (Missing) | ➡️ Use Instead | Priority |
|---|---|---|
| **ml-engineer** | `backend-developer` | HIGH |
| qa | x, y | |
| gone | - | |
"""
LIMITS = """
## Parallel Group Limits
- **Discovery**: Up to 5 agents
* **Implementation:** four agents (different domains)
- Validation: Usually sequential (some parallel possible)
- **Emergency**: All available agents
- **Odd**: it depends
- no limit at all

```
- **Fenced**: 9
```
"""
PATTERNS = """
## Task Patterns

| Pattern | Agents |
|---|---|
| `find_*` | a, b |

- `fix_*`: c → d
"""


def test_the_matrix() -> None:
    assert board(queue() + MATRIX).policy.matrix == (
        Choice("Fix imports", ("backend-developer", "general-purpose"), 10),
        Choice("Test/Validate", ("a", "b", "c"), 11),
    )


def test_substitutions() -> None:
    assert board(queue() + SUBSTITUTES).policy.substitutes == {
        "ml-engineer": ("backend-developer",),
        "qa": ("x", "y"),
    }


def test_limits_as_bullets() -> None:
    found = board(queue() + LIMITS)
    assert found.policy.limits == {
        "discovery": 5, "implementation": 4, "validation": 1, "emergency": 0, "odd": 1,
    }  # fmt: skip
    assert found.policy.apart == {"implementation"}
    assert [(p.code, p.line) for p in found.problems] == [("unknown-limit", 11)]


def test_limits_as_a_table() -> None:
    page = (
        queue()
        + "\n## Parallel Group Limits\n\n| Group | Limit |\n|--|--|\n| QA | 2 |\n| Docs | no limit |\n"
    )
    assert board(page).policy.limits == {"qa": 2, "docs": 0}


def test_patterns_as_table_and_bullets() -> None:
    assert board(queue() + PATTERNS).policy.patterns == (
        Choice("find_*", ("a", "b"), 10),
        Choice("fix_*", ("c", "d"), 12),
    )


def test_a_policy_table_without_its_columns_is_a_problem() -> None:
    page = queue() + "\n## Agent Selection Matrix\n\n| Colour | Shape |\n|--|--|\n| red | round |\n"
    found = board(page)
    assert found.policy == PagePolicy()
    assert [(p.code, p.line) for p in found.problems] == [("policy-columns", 8)]


@pytest.mark.parametrize("heading", ["Task Patterns", "Agent Selection Matrix"])
def test_as_many_rules_are_followed_as_there_is_room_for(heading: str) -> None:
    table = "".join(f"| kind {number} | a |\n" for number in range(MOST + 2))
    found = board(queue() + f"\n## {heading}\n\n| Type | Primary |\n|--|--|\n{table}")
    rules = found.policy.patterns or found.policy.matrix
    assert rules[-1].pattern == f"kind {MOST - 1}"
    (said,) = found.problems
    assert (said.code, said.line) == ("policy-too-long", rules[-1].line + 1)


def test_fences_are_never_policy() -> None:
    page = (
        queue() + "\n## Agent Selection Matrix\n\n```\n" + MATRIX + "```\n\n```python\n" + LIMITS + "\n```\n"
    )
    assert board(page).policy == PagePolicy()


def test_companions_count_where_the_page_is_silent() -> None:
    page = queue() + "\n## Parallel Group Limits\n\n- Discovery: 2\n"
    companion = (MATRIX + SUBSTITUTES + LIMITS + queue("X-1 | not live here | Ready")).encode()
    found = board(page, [("RULES.md", companion)])
    assert found.policy.limits == {
        "discovery": 2, "implementation": 4, "validation": 1, "emergency": 0, "odd": 1,
    }  # fmt: skip
    assert found.policy.apart == {"implementation"}
    assert [choice.line for choice in found.policy.matrix] == [0, 0]  # it has no place on the page
    assert found.tasks == ()
    assert [(p.code, p.line, p.message.split(" ")[0]) for p in found.problems] == [
        ("unknown-limit", 0, "RULES.md:22:12:"),
        ("policy-contradiction", 8, "the"),
    ]


def test_the_first_of_two_companions_wins() -> None:
    first, second = b"# Parallel Group Limits\n- a: 1\n", b"# Parallel Group Limits\n- a: 2\n- b: 3\n"
    assert board(queue(), [("1", first), ("2", second)]).policy.limits == {"a": 1, "b": 3}


def test_upper_over_lower() -> None:
    upper = PagePolicy(matrix=(Choice("Test", ("x",)),), substitutes={"a": ("b",)})
    lower = PagePolicy(
        matrix=(Choice("test", ("y",)), Choice("Doc", ("z",))), substitutes={"a": ("c",), "d": ("e",)}
    )
    both = over(upper, lower)
    assert both.matrix == (Choice("Test", ("x",)), Choice("Doc", ("z",)))
    assert both.substitutes == {"a": ("b",), "d": ("e",)}
    assert over(PagePolicy(), DEFAULTS) == DEFAULTS


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("3", 3),
        ("Up to 5 agents", 5),
        ("max. 12", 12),
        ("one at a time", 1),
        ("sequential", 1),
        ("Sequentially, 2 at most", 1),
        ("unlimited", 0),
        ("No limit", 0),
        ("all", 0),
        ("0", NONE),
        ("minus two", NONE),
        ("Negative 3 agents", NONE),
        ("-3", NONE),
        ("up to -3 agents", NONE),
        ("99999999999", NONE),
        ("3-5 agents", 3),
        ("a few", None),
        ("", None),
    ],
)
def test_limits(text: str, limit: int | None) -> None:
    assert read_limit(text) == limit


def test_defaults_have_the_groups_of_the_controller() -> None:
    assert DEFAULTS.limits == {"discovery": 5, "implementation": 4, "validation": 1, "emergency": 0}
    assert len(DEFAULTS.patterns) == 10
    assert len(DEFAULTS.matrix) == 8
    assert codes(board(queue("A | a | todo"))) == []


RECIPES = """
## 🎭 Orchestration Patterns

### Pattern 1: Broad Discovery (Parallel)

| Agent | Task |
|---|---|
| a | Find it |
| b | Audit it |

### Pattern 7: Ship it (one after another: sequential)

- **c**: Build it
- d: Send it

| Pattern | Agent | Task |
|---|---|---|
| Crisis drill | e | Ring the bell |
| Crisis drill | - | nobody does it |
"""


def test_orchestration_patterns() -> None:
    assert board(queue() + RECIPES).policy.recipes == (
        Recipe("broad discovery", Form.PARALLEL, (Step("a", "Find it"), Step("b", "Audit it")), 12),
        Recipe("crisis drill", Form.EMERGENCY, (Step("e", "Ring the bell"),), 22),
        Recipe("ship it", Form.SEQUENTIAL, (Step("c", "Build it"), Step("d", "Send it")), 17),
    )


def test_optimisation_strategies() -> None:
    items = "1. **Batch similar tasks** - x\n2. **Pipeline** phases\n* Minimise that\n* Else\n"
    page = f"\n### Optimization Strategies\n{items}"
    assert board(queue() + page).policy.strategies == {"batch", "pipeline", "minimize"}


def test_one_thing_said_twice() -> None:
    page = "\n## Parallel Group Limits\n- a: 1\n- a: 2\n- a: 1\n"
    found = board(queue() + page)
    assert found.policy.limits == {"a": 1}
    assert [(p.code, p.line) for p in found.problems] == [("policy-contradiction", 8)]


def test_a_companion_that_says_otherwise() -> None:
    rows = b"| fix IMPORTS | z |\n| Test/Validate | a, b, c |\n"
    other = b"# Agent Selection Matrix\n\n| Type | Use |\n|-|-|\n" + rows
    found = board(queue() + MATRIX, [("RULES.md", other)])
    assert codes(found) == ["policy-contradiction"]
    assert "RULES.md" in found.problems[0].message
    assert found.problems[0].line == 10


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ("- **Discovery**: 0\n", (8, 18)),
        ("* Discovery: -2 agents\n", (8, 14)),
        ("| Group | Limit |\n|--|--|\n| Discovery |  zero? 0 |\n", (10, 16)),
    ],
)
def test_where_a_limit_that_cannot_be_meant_stands(lines: str, place: tuple[int, int]) -> None:
    (found,) = board(queue() + f"\n## Parallel Group Limits\n\n{lines}").problems
    assert (found.code, found.line, found.column) == ("impossible-limit", *place)


TYPES = "\n## Agent Selection Matrix\n\n| Type | Primary | Backup |\n|--|--|--|\n|  Deploy |  ghost | ops |\n"
GROUPS = "\n## Parallel Group Limits\n\n- **Lab**: many\n- Discovery: 2\n- Discovery: 3\n"


@pytest.mark.parametrize(
    ("text", "companion", "code", "found"),
    [
        (GROUPS, "", "unknown-limit", "many"),
        (GROUPS, "", "policy-contradiction", "3"),
        (GROUPS, "# Parallel Group Limits\n- Discovery: 5\n", "policy-contradiction", "2"),
        (TYPES, TYPES.replace("ghost", "other"), "policy-contradiction", "Deploy"),
        (
            "\n## Task Patterns\n\n-  deploy_*: a\n",
            "# Task Patterns\n- deploy_*: b\n",
            "policy-contradiction",
            "deploy",
        ),
        (SUBSTITUTES, SUBSTITUTES.replace("`backend-", "`x"), "policy-contradiction", "`backend-developer"),
    ],
)
def test_a_problem_of_a_policy_stands_where_its_text_does(
    text: str, companion: str, code: str, found: str
) -> None:
    page = queue() + text
    problems = board(page, [("RULES.md", companion.encode())] if companion else []).problems
    places = [(p.line, p.column) for p in problems if p.code == code]
    assert any(page.split("\n")[line - 1][column - 1 :].startswith(found) for line, column in places), places
