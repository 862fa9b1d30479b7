"""Built-in policy: the values of the original controller document, for pages that say nothing else."""

from __future__ import annotations

from mdorch.board.policy import Choice, Form, PagePolicy, Recipe, Step

_PATTERNS = {
    "discovery": {
        "find_*": ("code-archaeologist", "project-analyst"),
        "audit_*": ("test-automator", "code-reviewer"),
        "analyze_*": ("code-archaeologist", "performance-optimizer"),
    },
    "implementation": {
        "create_*": ("backend-developer", "python-pro"),
        "fix_*": ("backend-developer", "debugger"),
        "connect_*": ("integration-engineer", "backend-developer"),
        "implement_*": ("backend-developer", "ml-engineer"),
    },
    "validation": {
        "test_*": ("test-automator", "qa-expert"),
        "review_*": ("code-reviewer", "security-auditor"),
        "optimize_*": ("performance-optimizer", "database-administrator"),
    },
}

GROUP_OF_PATTERN = {pattern: group for group, patterns in _PATTERNS.items() for pattern in patterns}

# The controller document's Patterns 1–4, for any project: name -> form, tasks.
_RECIPES: dict[str, tuple[Form, tuple[tuple[str, str], ...]]] = {
    "broad discovery": (
        Form.PARALLEL,
        (
            ("code-archaeologist", "Find all places where it is integrated"),
            ("test-automator", "Audit the tests around it"),
            ("documentation-specialist", "Check whether its documentation is accurate"),
            ("project-analyst", "Map what depends on it"),
        ),
    ),
    "feature implementation": (
        Form.BY_DOMAIN,
        (
            ("backend-developer", "Create the core"),
            ("ml-engineer", "Implement the ML part"),
            ("database-administrator", "Set up its storage"),
            ("frontend-developer", "Create its user interface"),
        ),
    ),
    "validation pipeline": (
        Form.SEQUENTIAL,
        (
            ("test-automator", "Create integration tests"),
            ("code-reviewer", "Review the implementation"),
            ("performance-optimizer", "Optimize the bottlenecks"),
            ("security-auditor", "Validate its security"),
            ("devops-engineer", "Prepare the deployment"),
        ),
    ),
    "crisis response": (
        Form.EMERGENCY,
        (
            ("debugger", "Identify the root cause"),
            ("error-detective", "Trace the error patterns"),
            ("backend-developer", "Prepare fixes"),
            ("test-automator", "Create regression tests"),
        ),
    ),
}

DEFAULTS = PagePolicy(
    patterns=tuple(Choice(p, agents) for rules in _PATTERNS.values() for p, agents in rules.items()),
    matrix=(
        Choice("Find/Analyze", ("code-archaeologist", "project-analyst")),
        Choice("Create/Build", ("backend-developer", "python-pro")),
        Choice("Connect/Integrate", ("integration-engineer", "backend-developer")),
        Choice("Test/Validate", ("test-automator", "qa-expert")),
        Choice("Review/Audit", ("code-reviewer", "security-auditor")),
        Choice("Document", ("documentation-specialist", "technical-writer")),
        Choice("Optimize", ("performance-optimizer", "database-administrator")),
        Choice("ML-specific", ("ml-engineer", "data-scientist")),
    ),
    limits={"discovery": 5, "implementation": 4, "validation": 1, "emergency": 0},
    apart=frozenset({"implementation"}),
    recipes=tuple(
        Recipe(name, form, tuple(Step(agent, title) for agent, title in steps))
        for name, (form, steps) in _RECIPES.items()
    ),
)
