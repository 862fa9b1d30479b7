"""Handoff blocks: every accepted spelling, their parts, their marks, and what is no handoff."""

from __future__ import annotations

import pytest

from mdorch.board.handoff import Handoff, Signal
from mdorch.board.signals import read_signal
from tests.board.pages import board, codes, fixture, queue

QUEUE = queue("ORCH-001 | one | In Progress", "T-2 | two | Waiting")
PARTS = """
### Deliverables
- Created: a.py
  and more of it
* Test results: 9 of 9

### Context for Next Agent
1. Look at b.py

Mind the gap.

### Artifacts
- docs/x.md
"""


def block(fields: str, parts: str = PARTS, heading: str = "## Agent Handoff Signal") -> str:
    return f"{QUEUE}\n{heading}\n{fields}\n{parts}"


def only(page: str | bytes) -> Handoff:
    found = board(page)
    assert len(found.handoffs) == 1
    return found.handoffs[0]


PLAIN = "**From**: code-archaeologist\n**To**: backend-developer\n**Task**: ORCH-001\n**Status**: COMPLETE"
SPELLINGS = {
    "standard": "\n" + PLAIN,
    "no blank line": PLAIN,
    "colon inside": PLAIN.replace("**:", ":**"),
    "bullets": "\n" + "\n".join("- " + line for line in PLAIN.split("\n")),
    "bare": PLAIN.replace("*", ""),
    "underscores": PLAIN.replace("**", "__"),
    "next line": "\n" + PLAIN.replace(": ", ":\n"),
    "next line, blank between": "\n" + PLAIN.replace(": ", ":\n\n"),
    "code ticks": PLAIN.replace("ORCH-001", "`ORCH-001`").replace("backend-developer", "`backend-developer`"),
    "upper case": PLAIN.replace("From", "FROM").replace("Task", "TASK"),
    "all bold": "\n".join(f"**{line.replace('*', '')}**" for line in PLAIN.split("\n")),
    "task id": PLAIN.replace("Task", "Task ID"),
    "task with words": PLAIN.replace("ORCH-001", "ORCH-001: build the thing"),
    "list with rule": PLAIN + "\n---",
    "rule first": "---\n" + PLAIN,
    "underlined": PLAIN + "\n===",
    "indented": "\n".join("  " + line for line in PLAIN.split("\n")),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("level", ["##", "###"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_spellings(spelling: str, level: str, newline: str) -> None:
    page = block(SPELLINGS[spelling], heading=f"{level} 🔄 Agent Handoff Signal").replace("\n", newline)
    read = only(page.encode())
    assert (read.sender, read.to, read.task, read.signal) == (
        "code-archaeologist",
        "backend-developer",
        "ORCH-001",
        Signal.COMPLETE,
    )
    assert read.deliverables == ("Created: a.py and more of it", "Test results: 9 of 9")
    assert read.context == ("Look at b.py", "Mind the gap.")
    assert read.artifacts == ("docs/x.md",)
    assert (read.valid, read.taken, read.at_end, read.line) == (True, False, True, 8)


def test_a_setext_heading_of_its_own() -> None:
    read = only(QUEUE + "\nAgent Handoff Signal\n--------------------\n" + PLAIN + "\n" + PARTS)
    assert (read.line, read.body, read.task, read.valid) == (8, 10, "ORCH-001", True)
    assert len(read.deliverables) == 2


def test_where_a_block_ends() -> None:
    page = QUEUE + (
        f"\n### Handoff Signal\n{PLAIN}\n### Deliverables\n- a\n#### detail\n- not a deliverable\n"
        "### Artifacts\n- b\n### Notes\n- not an artifact\n\n"
        f"## Handoff Signal: second\n{PLAIN}\n# End\n"
    )
    first, second = board(page).handoffs
    assert (first.line, first.end, first.deliverables, first.artifacts) == (8, 19, ("a",), ("b",))
    assert (second.line, second.end, second.at_end) == (22, 27, False)


@pytest.mark.parametrize(
    ("text", "signal", "reason"),
    [
        ("COMPLETE", Signal.COMPLETE, ""),
        ("✅ COMPLETE (all green)", Signal.COMPLETE, "all green"),
        ("**Completed**", Signal.COMPLETE, ""),
        ("TASK_COMPLETE", Signal.COMPLETE, ""),
        ("PARTIAL", Signal.PARTIAL, ""),
        ("PARTIAL_SUCCESS: 3 of 4", Signal.PARTIAL, "3 of 4"),
        ("~~BLOCKED~~ COMPLETE", Signal.COMPLETE, ""),
        ("~~COMPLETE~~ → BLOCKED: no key", Signal.BLOCKED, "no key"),
        ("COMPLETE or BLOCKED", None, ""),
        ("COMPLETE, PARTIAL or BLOCKED", None, ""),
        ("COMPLETE → PARTIAL", None, ""),
        ("COMPLETE, needs review", Signal.IN_REVIEW, ""),
        ("COMPLETE - blocked nobody", Signal.COMPLETE, "blocked nobody"),
        ("COMPLETE, done early", Signal.COMPLETE, "done early"),
        ("BLOCKED, partial work is on a branch", Signal.BLOCKED, "partial work is on a branch"),
        ("BLOCKED", Signal.BLOCKED, ""),
        ("BLOCKED - no key", Signal.BLOCKED, "no key"),
        ("BLOCKED_ON_[API keys]", Signal.BLOCKED, "API keys"),
        ("BLOCKED_ON_DB_SCHEMA", Signal.BLOCKED, "DB_SCHEMA"),
        ("Blocked on Alice", Signal.BLOCKED, "Alice"),
        ("READY_FOR_REVIEW", Signal.IN_REVIEW, ""),
        ("DISCOVERED_ISSUE", Signal.DISCOVERED, ""),
        ("COMPLETE | BLOCKED | PARTIAL", None, ""),
        ("COMPLETE/PARTIAL", None, ""),
        ("COMPLETE?", None, ""),
        ("NOT COMPLETE", None, ""),
        ("COMPLETELY LOST", None, ""),
        ("", None, ""),
        ("FAILED", None, ""),
    ],
)
def test_signals(text: str, signal: Signal | None, reason: str) -> None:
    assert read_signal(text) == (signal, reason)


@pytest.mark.parametrize("to", ["-", "None", "", "orchestrator", "Orchestrator", "Orchestrator (done)", "—"])
def test_to_nobody(to: str) -> None:
    read = only(block(PLAIN.replace("backend-developer", to)))
    assert (read.to, read.valid) == ("", True)


TEMPLATES = {
    "agents": ("code-archaeologist", "[Agent Name]"),
    "next agent": ("backend-developer", "[Next Agent Name]"),
    "task": ("ORCH-001", "[Task ID]"),
    "angle": ("ORCH-001", "<task>"),
    "braces": ("backend-developer", "{agent}"),
    "choice": ("COMPLETE", "COMPLETE | BLOCKED | PARTIAL"),
    "none or description": ("COMPLETE", "None/Description"),
}


@pytest.mark.parametrize("kind", TEMPLATES)
def test_template_text_is_no_data(kind: str) -> None:
    page = block(PLAIN.replace(*TEMPLATES[kind]))
    read = only(page)
    assert not read.valid
    assert codes(board(page)) == ["template-handoff"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("**Task**: ORCH-001\n", "", "handoff-no-task"),
        ("ORCH-001", "", "handoff-no-task"),
        ("ORCH-001", "ORCH-009", "handoff-unknown-task"),
        ("**Task**: ORCH-001\n", "**Task**: ORCH-001\n**Task**: T-2\n", "handoff-two-tasks"),
        ("**Task**: ORCH-001\n", "**Task**: ORCH-001\n**Task**: ORCH-9\n", "handoff-two-tasks"),
        *(
            ("ORCH-001", f"ORCH-001{more}", "handoff-two-tasks")
            for more in (", T-2", " and T-2", " & `T-2`", " T-2")
        ),
        ("ORCH-001", "orch-001", "handoff-unknown-task"),
        ("ORCH-001", "the ORCH-001 one", "handoff-unknown-task"),
        ("COMPLETE", "FINE", "handoff-unknown-status"),
        ("**Status**: COMPLETE", "", "handoff-unknown-status"),
    ],
)
def test_incomplete_blocks_are_problems_and_nothing_else(old: str, new: str, code: str) -> None:
    found = board(block(PLAIN.replace(old, new)))
    assert [(p.code, p.line, p.column) for p in found.problems] == [(code, 8, 1)]
    assert not found.handoffs[0].valid


def test_code_in_a_block_says_nothing() -> None:
    page = block("```\n**Task**: T-2\n```\n" + PLAIN + "\n\n- x\n  ```\n  **Status**: BLOCKED\n  ```\n")
    assert (only(page).task, only(page).signal) == ("ORCH-001", Signal.COMPLETE)


@pytest.mark.parametrize("words", [": T-2 again", " (after T-2)", ", then more", " - T-2"])
def test_words_behind_a_task_are_its_title(words: str) -> None:
    read = only(block(PLAIN.replace("ORCH-001", "ORCH-001" + words)))
    assert (read.task, read.valid) == ("ORCH-001", True)


def test_a_block_that_lost_its_heading_in_a_merge_makes_two_of_one() -> None:
    found = board(block(PLAIN, "\n### Deliverables\n- a.py\n\n" + PLAIN.replace("ORCH-001", "T-2")))
    assert codes(found) == ["handoff-two-tasks"]
    assert not found.handoffs[0].valid
    for item in ("Task: T-2 is next", "- Task: T-2\n- Status: COMPLETE", "Task: ORCH-001\nStatus: COMPLETE"):
        assert only(block(PLAIN, f"\n### Context\n{item}\n")).valid


def test_the_first_of_two_fields_counts() -> None:
    assert only(block(PLAIN + "\n**Status**: BLOCKED")).signal is Signal.COMPLETE
    again = PLAIN.replace("**Task**: ORCH-001\n", "**Task**: ORCH-001\n**Task**: ORCH-001: build it\n")
    assert only(block(again)).valid


def test_questions_and_an_answer() -> None:
    asked = block(PLAIN.replace("COMPLETE", "BLOCKED"), "\n### Questions\n- which key?\n- whose?\n")
    read = only(asked)
    assert (read.questions, read.answer, read.asked) == (("which key?", "whose?"), "", 17)
    answered = only(asked + "\n**Answer**: the blue one,\nand mine\n\n- a third?\n")
    assert answered.answer == "the blue one,\nand mine"
    assert answered.questions == ("which key?", "whose?", "a third?")


# -- identity ---------------------------------------------------------------------------------------

MARK = "<!-- mdorch: taken ORCH-001.1 {} 2026-11-22T16:40:00Z -->"


def marked(digest: str, word: str = "taken") -> str:
    return block(MARK.format(digest).replace("taken", word) + "\n\n" + PLAIN)


def test_marks() -> None:
    digest = only(block(PLAIN)).digest
    read = only(marked(digest))
    assert read.mark is not None
    assert (read.mark.run, read.mark.digest, read.mark.time, read.mark.refused) == (
        "ORCH-001.1",
        digest,
        "2026-11-22T16:40:00Z",
        False,
    )
    assert read.digest == digest
    assert "mdorch" not in read.text
    refused = only(marked(digest, "refused"))
    assert refused.mark
    assert refused.mark.refused


def test_a_mark_of_another_block_counts_for_nothing() -> None:
    found = board(marked("0badf00d"))
    assert codes(found) == ["handoff-mark"]
    assert (found.handoffs[0].taken, found.handoffs[0].valid) == (False, True)


def test_equal_blocks_count() -> None:
    one = "\n## Agent Handoff Signal\n\n" + PLAIN + "\n"
    found = board(QUEUE + one * 3)
    assert [b.occurrence for b in found.handoffs] == [0, 1, 2]
    assert len({b.key for b in found.handoffs}) == 3


RESTYLED = {
    "trailing blanks": lambda page: page.replace("\n", "  \n"),
    "other bullets": lambda page: page.replace("\n* ", "\n- "),
    "underscore emphasis": lambda page: page.replace("**", "__"),
    "blank lines": lambda page: page.replace("\n### ", "\n\n\n### ").replace("Artifacts\n", "Artifacts\n\n"),
    "other endings": lambda page: page.replace("\n", "\r\n"),
    "an answer": lambda page: page + "\n**Answer**: yes\n",
    "a rule behind it": lambda page: page + "\n---\n",
    "a section behind it": lambda page: page + "\n## Notes\n\nmore\n",
}


@pytest.mark.parametrize("how", RESTYLED)
def test_a_block_stays_the_same_block(how: str) -> None:
    page = block(PLAIN)
    assert only(RESTYLED[how](page)).digest == only(page).digest


@pytest.mark.parametrize(("old", "new"), [("COMPLETE", "PARTIAL"), ("ORCH-001", "T-2"), ("9 of 9", "8 of 9")])
def test_another_block_is_another_block(old: str, new: str) -> None:
    page = block(PLAIN)
    assert only(page.replace(old, new)).digest != only(page).digest


def test_a_block_that_ends_the_page() -> None:
    page = block(PLAIN)
    assert only(page).at_end
    assert only(page.rstrip("\n")).at_end
    assert not only(page + "\n# x\n").at_end
    bare = only(QUEUE + "\n## Agent Handoff Signal")
    assert (bare.at_end, bare.body, bare.valid) == (True, 9, False)


def test_the_page_of_examples() -> None:
    found = board(fixture("handoffs/three-spellings.md"))
    assert [(b.sender, b.to, b.task, b.signal, b.valid) for b in found.handoffs] == [
        ("surveyor", "mason", "WALL-1", Signal.COMPLETE, True),
        ("mason", "", "WALL-2", Signal.PARTIAL, True),
        ("[Agent Name]", "[Next Agent Name]", "[Task ID]", None, False),
    ]
