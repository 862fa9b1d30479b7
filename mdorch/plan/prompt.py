"""The prompt an agent gets: its role, the row, the task's body, the handoffs that matter, how to hand
off, what the last attempt failed on. Nothing else that is long.

Everything that comes from the page is data: it is quoted in fences that it cannot close.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mdorch.board.board import Board
from mdorch.board.handoff import Handoff
from mdorch.board.task import Task
from mdorch.frozen import Frozen

MAX_BLOCK = 8_000  # characters of one handoff block or body
MAX_CHAIN = 5  # blocks of the task's own chain, newest kept


class Brief(Frozen):
    """What a prompt is made of besides the board.

    `page` and `copy` are absolute paths, of the page and of the agent's own copy of it; `bodies` are
    (title, text) pairs; `failed` is one line on the last attempt, `rejected` a reviewer's words; each ""
    where there is none. `checks` are what the work must pass, each with its command. `tools`: the agent has
    those of mdorch.
    """

    agent: str
    run: str
    page: str
    copy: str = ""
    bodies: Sequence[tuple[str, str]] = ()
    checks: Sequence[str] = ()
    failed: str = ""
    rejected: str = ""
    tools: bool = False


def prompt(board: Board, task: Task, required: Sequence[str], brief: Brief) -> str:
    """The whole prompt as Markdown. `required` are the ids that the task needs."""
    parts = [_role(task, brief), _row(task)]
    parts += [f"## {title}\n\n{fenced(text)}" for title, text in brief.bodies]
    parts += _handoffs(board, task, required)
    if brief.rejected:
        parts.append(f"## A reviewer sent it back\n\n{fenced(brief.rejected)}")
    if brief.failed:
        parts.append(f"## The last attempt failed\n\n{fenced(brief.failed)}\n\nDo not repeat what led there.")
    parts.append(_how_to_hand_off(task, brief))
    return "\n\n".join(parts) + "\n"


def nudge(task: Task, brief: Brief) -> str:
    """What an agent is told that ended without a handoff: it knows the rest."""
    return (
        f"You ended without a handoff for task **{_line(task.id)}**, so nobody knows how far you are. Go on, "
        "or hand off now as it is: COMPLETE, PARTIAL (somebody must continue), or BLOCKED with what you "
        "need, your question for instance, under Context.\n\n" + _how_to_hand_off(task, brief) + "\n"
    )


def answered(task: Task, block: Handoff, brief: Brief) -> str:
    """What an agent is told whose question got an answer: it knows the rest."""
    asked = "\n".join(f"- {question}" for question in block.questions)
    return (
        f"You asked a question about task **{_line(task.id)}**, and a person answered. Go on with it.\n\n"
        f"## You asked\n\n{fenced(asked)}\n\n## The answer\n\n{fenced(block.answer)}\n\n"
        + _how_to_hand_off(task, brief)
        + "\n"
    )


def _role(task: Task, brief: Brief) -> str:
    return (
        f"You are the agent **{_line(brief.agent)}**. "
        f"Work on task **{_line(task.id)}** and on nothing else.\n"
        f"The task list is `{brief.page}`; change no status and no agent row in it, mdorch does that."
        + _place(brief)
    )


def _place(brief: Brief) -> str:
    """Where an agent with a work tree of its own works."""
    if not brief.copy:
        return ""
    return (
        "\nYou work in a git work tree of your own, on a branch of your own: stay in it and on it. "
        f"`{brief.copy}` is your copy of the task list; what you append there is taken over, "
        "and nothing else of it counts. Commit what you did, without that file; what you leave "
        "uncommitted is committed for you."
    )


def _row(task: Task) -> str:
    fields = (
        ("Task", task.id),
        ("Title", task.title),
        ("Prerequisites", task.requires_text),
        ("Priority", task.priority),
        ("Group", task.group or task.phase),
        ("Domain", task.domain),
        ("Files", ", ".join(task.files)),
        ("Details", task.details),
        ("Check", task.check),
        ("Notes", task.notes),
    )
    lines = [f"- {name}: {_line(value)}" for name, value in fields if value]
    return "## Task\n\n" + "\n".join(lines)


def _handoffs(board: Board, task: Task, required: Sequence[str]) -> Iterable[str]:
    taken = [h for h in board.handoffs if h.valid and not (h.mark and h.mark.refused)]
    own = [h for h in taken if h.task == task.id][-MAX_CHAIN:]
    last: dict[str, Handoff] = {h.task: h for h in taken if h.task in set(required)}
    for block in own:
        yield f"## Handoff on this task from {_line(block.sender or 'somebody')}\n\n{fenced(block.text)}"
    for block in last.values():
        yield f"## Handoff of prerequisite {_line(block.task)}\n\n{fenced(block.text)}"


def _how_to_hand_off(task: Task, brief: Brief) -> str:
    return (
        "## When you are done\n\n"
        f"Append this block at the end of `{brief.copy or brief.page}` "
        "(append, do not rewrite the file), filled in:\n\n"
        "````markdown\n"
        "## Agent Handoff Signal\n\n"
        f"**From**: {_line(brief.agent)}\n"
        "**To**: -\n"
        f"**Task**: {_line(task.id)}\n"
        "**Status**: COMPLETE\n"
        f"**Run**: {_line(brief.run)}\n\n"
        "### Deliverables\n- files created or changed, test results, key findings\n\n"
        "### Context for Next Agent\n- what the next one must know, with file paths and line numbers\n\n"
        "### Artifacts\n- paths of what you made\n"
        "````\n\n"
        "**To** is `-` when the task is finished, or the name of the agent that must go on with this task. "
        "**Status** is COMPLETE, PARTIAL (somebody must continue) or BLOCKED (say why under Context). "
        "If you need a decision of a person: BLOCKED with a part `### Questions`, or from a shell "
        "`mdorch ask 'your question'`, and end; the answer comes as you go on. "
        f"The same from a shell: `mdorch handoff {_line(task.id)} --to - --status COMPLETE "
        "--deliverable 'FILE: what was made'`"
        + (", or by the tools `handoff` and `ask` of mdorch. " if brief.tools else ". ")
        + f"This run is {_line(brief.run)}."
        + _proof(brief)
    )


def _proof(brief: Brief) -> str:
    """What a claim has to stand up to."""
    named = "; ".join(_line(check) for check in brief.checks)
    checked = f" After you have ended, this must pass here: {named}." if named else ""
    return f"{checked} Under Artifacts name only what is there: each path is looked for."


def _line(text: str) -> str:
    """One line without control characters."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text).strip()


def fenced(text: str) -> str:
    """The text in a fence longer than any run of backticks inside it, cut where it is too long."""
    if len(text) > MAX_BLOCK:
        text = text[:MAX_BLOCK] + f"\n… ({len(text) - MAX_BLOCK} more characters)"
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text.strip()}\n{fence}"
