"""Built-in policy: the values of the original controller document, for pages that say nothing else."""

from __future__ import annotations

from mdorch.board.policy import Choice, PagePolicy

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
)
