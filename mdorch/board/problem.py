"""A `Problem`: something on the page that could not be understood or must not be acted upon.

Errors of the page are data, never exceptions; what is in doubt is held, not guessed. Every code
stands in one table here, with how grave it is and what to do about it; docs/problems.md explains
each, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mdorch.frozen import Frozen


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Problem(Frozen):
    """One finding with its place and its remedy.

    `line` and `column` count from 1, in characters of the decoded line; 0 where there is no place.
    `task` is the id of the row it speaks of, or "".
    """

    code: str
    severity: Severity
    message: str
    hint: str = ""
    line: int = 0
    column: int = 0
    task: str = ""


class Code(Frozen):
    """What is common to all problems of one code. Error: something is held because of it."""

    severity: Severity
    hint: str


_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

CODES: Mapping[str, Code] = {
    # the page as a whole
    "conflict-marker": Code(_ERROR, "resolve the merge conflict; until then nothing is written"),
    "invalid-utf8": Code(_WARNING, "save the page as UTF-8; these bytes are kept as they are"),
    "no-task-queue": Code(_ERROR, "add a heading `## Task Queue` with a task table, or run `mdorch init`"),
    "unclosed-fence": Code(_WARNING, "close the code fence; everything after it is read as code"),
    "unclosed-comment": Code(
        _WARNING, "close the comment with `-->`; everything after it is read as comment"
    ),
    "stray-row": Code(_WARNING, "take away the blank line above, or give it a header and a line of dashes"),
    "near-table": Code(_WARNING, "give the line under the header as many cells as the header has"),
    # task tables and rows
    "table-not-task": Code(_INFO, "give the table an `ID` and a `Status` column to make its rows tasks"),
    "no-title-column": Code(_WARNING, "add a `Title` or `Description` column; rows without one never start"),
    "ragged-row": Code(_ERROR, "give the row as many cells as the header; write a `|` in a text as `\\|`"),
    "duplicate-id": Code(_ERROR, "give each row an id of its own; until then none of them is touched"),
    "id-case": Code(_ERROR, "ids are compared exactly: make them the same or make them different"),
    "unknown-status": Code(_ERROR, "write one of the status words; until then the row counts as on hold"),
    "unresolved-requirement": Code(
        _ERROR, "name ids of this page, or write `None`; until then the task waits"
    ),
    "cycle": Code(_ERROR, "take one of these requirements away; until then none of the tasks starts"),
    "unknown-run": Code(_WARNING, "`mdorch up` takes it up again; `mdorch down --kill` ends it"),
    "put-back": Code(_WARNING, "an old buffer may have been saved; to start again: `mdorch retry`"),
    "disputed-cell": Code(_WARNING, "write what it shall say; `mdorch set` with the same value will do"),
    # policy
    "policy-columns": Code(_WARNING, "name the columns as docs/page.md lists them"),
    "policy-too-long": Code(_WARNING, "say more with fewer rules: patterns may have wildcards"),
    "unknown-limit": Code(_WARNING, "write a number, such as `Up to 4 agents`"),
    "impossible-limit": Code(_ERROR, "write how many agents may run at once; until then none does"),
    "policy-contradiction": Code(_INFO, "say it in one place"),
    "pattern-unmatched": Code(_INFO, "correct the pattern, or leave it for rows to come"),
    "group-unmatched": Code(_INFO, "give rows this group, or correct its name"),
    "unknown-agent": Code(_WARNING, "correct the name, define the agent, or name a stand-in for it"),
    "never-ends": Code(_WARNING, "open the row, or write `Cancelled`: cancelled rows are left out"),
    # handoffs
    "template-handoff": Code(_INFO, "fill in the block or put it into a code fence"),
    "handoff-no-task": Code(_ERROR, "add a line `**Task**: ID`"),
    "handoff-unknown-task": Code(_ERROR, "name the id of a row in the Task Queue"),
    "handoff-two-tasks": Code(_ERROR, "write a block for each task: one line `**Task**: ID` in each"),
    "handoff-unknown-status": Code(_ERROR, "write COMPLETE, PARTIAL or BLOCKED"),
    "handoff-no-reason": Code(_WARNING, "say under Context what it waits for"),
    "handoff-no-deliverables": Code(_WARNING, "list under Deliverables what was made, or what was found out"),
    "handoff-no-context": Code(_WARNING, "say under Context for Next Agent what is left to do"),
    "handoff-no-artifact": Code(_WARNING, "correct the path, or make the file"),
    "handoff-no-paths": Code(_INFO, "name the files that were made or changed"),
    "handoff-no-lines": Code(_INFO, "name the lines too: `src/app.py:26`"),
    "handoff-mark": Code(_WARNING, "take the copied mark out; the block counts as new"),
    # runs
    "agent-file": Code(_ERROR, "correct the agent's file; until then nothing is started with it"),
    "outside-scope": Code(_WARNING, "add the file to the row's Files, or see why the agent changed it"),
    "parallel-conflict": Code(_WARNING, "let one of them wait: name the file in both rows' Files"),
    # the Orchestration Rules
    "rule-1": Code(_INFO, "complete what it needs, or take it out of its prerequisites"),
    "rule-2": Code(
        _INFO,
        "raise the limit, or give the rows different files, domains or groups, if they may run together",
    ),
    "rule-4": Code(_INFO, "say in its notes what went wrong; mdorch retry tries again"),
    "rule-5": Code(_INFO, "leave the agent table to mdorch: the row comes back with the next run"),
    # writing
    "row-gone": Code(_ERROR, "look at the page: somebody took the row away"),
    "row-read-only": Code(_ERROR, "repair the row first"),
    "no-column": Code(_ERROR, "add the column to the table"),
    "no-place": Code(_ERROR, "add the section, or run `mdorch init`"),
    "write-refused": Code(_ERROR, "write a value that reads back as what was meant"),
    "block-gone": Code(_ERROR, "look at the page: the handoff is no longer there"),
}


def problem(
    code: str, message: str, place: tuple[int, int] = (0, 0), task: str = "", hint: str = ""
) -> Problem:
    """A problem of a known code; `place` is (line, column), `hint` replaces the code's own."""
    known = CODES[code]
    return Problem(code, known.severity, message, hint or known.hint, place[0], place[1], task)
