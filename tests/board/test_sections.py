"""Headings say what a section holds; header cells say what a column is for."""

from __future__ import annotations

import pytest

from mdorch.board.columns import roles
from mdorch.board.sections import AGENTS, HANDOFF, LIMITS, MATRIX, PATTERNS, SUBSTITUTES, TASKS, kind_of
from tests.board.pages import board, codes, queue


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Task Queue", TASKS),
        ("📋 **Task Queue** - Week 5 (ADJUSTED)", TASKS),
        ("The TASK_BOARD, at last", TASKS),
        ("🎯 Active Agent Orchestration", AGENTS),
        ("Currently Running", AGENTS),
        ("Active Agents:", AGENTS),
        ("Agent Handoff Signal", HANDOFF),
        ("🔄 Handoff Signal — ORCH-001", HANDOFF),
        ("Handoff Signals", ""),
        ("The Handoff Signal", ""),
        ("Agent Selection Matrix", MATRIX),
        ("Agent Capability Matrix (updated)", MATRIX),
        ("⚠️ Agent Substitution Map (use these)", SUBSTITUTES),
        ("Parallel Group Limits", LIMITS),
        ("Task Patterns", PATTERNS),
        ("Task Queues", ""),
        ("Multitask Queue", ""),
        ("Tasks", ""),
    ],
)
def test_headings_by_their_words(heading: str, kind: str) -> None:
    assert kind_of(heading) == kind


def test_the_innermost_heading_decides_and_siblings_end_it() -> None:
    page = (
        "## 🎯 Active Agent Orchestration\n\n### Currently Running\n"
        "| Agent | Task | Status | Started |\n|--|--|--|--|\n| a | T-9 | Running | now |\n\n"
        + queue("T-1 | one | Ready", title="### Task Queue")
        + "\n### Notes\n\n"
        + queue("T-2 | two | Ready", title="#### Leftovers")
        + "\n## Elsewhere\n\n"
        + queue("T-3 | three | Ready", title="### More")
    )
    found = board(page)
    assert [t.id for t in found.tasks] == ["T-1"]
    assert [(r.agent, r.task, r.status, r.started, r.line) for r in found.agents] == [
        ("a", "T-9", "Running", "now", 6)
    ]
    assert [(s.kind, s.line, s.end) for s in found.sections] == [
        (AGENTS, 1, 22),
        (AGENTS, 3, 8),
        (TASKS, 8, 14),
    ]


def test_phases_under_the_queue() -> None:
    page = (
        "# Task Board\n\n"
        + queue("A | a | todo", title="## Phase 1: Core")
        + "\n"
        + queue("B | b | todo", title="### **Back** end")
    )
    assert [(t.id, t.phase) for t in board(page).tasks] == [("A", "phase 1 core"), ("B", "back end")]


def test_a_table_needs_no_blank_line_and_no_newline_at_the_end() -> None:
    found = board("### Task Queue\nID|Title|Status\n-|-|-\nT-1|one|Ready")
    assert [(t.id, t.title, t.line) for t in found.tasks] == [("T-1", "one", 4)]


DEAD = {
    "fence": "```\n{}```\n",
    "tilde": "~~~~ text\n{}~~~~\n",
    "unclosed": "\n```python\n{}",
    "comment": "<!--\n{}-->\n",
    "quote": "{}",
    "list": "{}",
    "indented": "{}",
}


@pytest.mark.parametrize("kind", DEAD)
def test_examples_are_not_live(kind: str) -> None:
    inside = (
        queue("X-1 | example | Ready") + "\n## Agent Handoff Signal\n\n**Task**: T-1\n**Status**: COMPLETE\n"
    )
    lead = {"quote": "> ", "list": "- ", "indented": "    "}.get(kind, "")
    body = "".join(
        (lead if n == 0 or kind != "list" else "  ") + line + "\n"
        for n, line in enumerate(inside.split("\n"))
    )
    found = board(queue("T-1 | one | Ready") + "\n" + DEAD[kind].format(body))
    assert [t.id for t in found.tasks] == ["T-1"]
    assert found.handoffs == ()
    assert codes(found) == (["unclosed-fence"] if kind == "unclosed" else [])


def test_front_matter_is_not_live() -> None:
    front = "---\ntitle: |\n  x\n## Task Queue\n---\n"
    assert [s.line for s in board(front + queue("T-1 | one | Ready")).sections] == [6]


NAMES = {
    "id": "Task ID, id, #, Ticket, ISSUE, key",
    "title": "description, task, title, action, item, name, summary",
    "status": "status, state, progress",
    "requires": "prerequisites, prerequisite, depends on, dependencies, dependency, deps, blocked by, "
    "requires, after, prereqs, pre-requisites, depends, predecessors, needs, waits for, waiting on",
    "blocks": "blocks",
    "agent": "Assigned To, agent, owner, assignee, assigned, role, agent type",
    "priority": "priority, prio, p",
    "group": "group, phase, lane",
    "domain": "domain, area, component",
    "files": "files, touches, scope, paths",
    "notes": "notes, note, result, comment, blocker, reason",
    "details": "details, spec, acceptance, acceptance criteria, done when",
    "check": "check, checks, verify",
    "review": "review, reviewer, gate",
}


@pytest.mark.parametrize(
    ("role", "name"), [(r, n.strip()) for r, names in NAMES.items() for n in names.split(",")]
)
def test_every_listed_name_has_its_role(role: str, name: str) -> None:
    for cell in (name, name.upper(), f"**{name}**", f"🔥 {name}", f"{name} (all)"):
        if name == "#" and cell != name:
            continue
        assert roles(("Colour", cell), "task") == {role: 1}


def test_two_columns_for_one_role() -> None:
    assert roles(("#", "Task ID", "Task", "Description", "Progress", "Status"), "task") == {
        "id": 1,
        "title": 2,
        "status": 5,
    }
