"""What an editor tells of a task without being asked to change anything: hover, hints, an outline.

Texts of the page come out as Markdown that shows them as they are: whoever wrote the page writes no links and
no pictures into somebody's editor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mdorch.board.task import Task
from mdorch.board.words import clipped
from mdorch.desk.editor.draft import Draft
from mdorch.desk.editor.names import named
from mdorch.desk.explain import why_answer
from mdorch.desk.look import Look
from mdorch.desk.status import newest_runs
from mdorch.desk.times import ago, clock, price, spoken
from mdorch.facts import Run
from mdorch.frozen import Frozen
from mdorch.plan.actions import Rule, Verdict

_SILENT = frozenset({Rule.COMPLETE, Rule.ON_HOLD, Rule.DRAFT, Rule.READ_ONLY, Rule.UNKNOWN_STATUS})
_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&$:@])")
_NEEDS = 12  # prerequisites that a hover lists


class Hint(Frozen):
    """A few words behind a line (from 0); `more` is the whole of it."""

    line: int
    text: str
    more: str


class Symbol(Frozen):
    """A part of the page: lines from `line` to before `end`, from 0. `kind`: "section", "task", "handoff"."""

    name: str
    detail: str
    kind: str
    line: int
    end: int
    level: int = 0


class Told(Frozen):
    """Markdown about what stands in these columns of a line, from 0."""

    text: str
    line: int
    start: int
    end: int


def hovered(draft: Draft, line: int, column: int) -> Told | None:
    """About the task or the agent that is named at a place, else about the row that it is in."""
    found = named(draft, line, column)
    if found is not None:
        kind, at = found
        rows = draft.reading.board.rows_of(at.name) if kind == "task" else []
        text = (
            agent_told(draft, at.name) if kind == "agent" else "\n\n".join(task_told(draft, r) for r in rows)
        )
        return Told(text, line, at.start, at.end) if text else None
    row, spot = draft.places.rows.get(line), draft.places.spot(line, column)
    return Told(task_told(draft, row), line, spot.start, spot.end) if row and spot else None


def shown(text: str) -> str:
    """A text of the page as Markdown that looks like it: on one line, no sign in it means anything."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def task_told(draft: Draft, task: Task) -> str:
    """State and reason of a row, in Markdown."""
    look = draft.look
    verdict = look.plan.verdicts[task.index]
    lines = [f"**{shown(task.id or f'line {task.line}')}** {shown(clipped(task.title, 200))}"]
    starts = "starts, " if verdict.rule is Rule.STARTS else ""
    lines.append(f"{shown(task.status_text) or '(empty)'}: {starts}{shown(clipped(verdict.text, 400))}")
    run = newest_runs(look).get(task.id) if task.id else None
    if run is not None:
        lines.append(_run_told(look, run))
    ends = _ends(draft).get(task.id)
    if ends is not None and verdict.rule is not Rule.COMPLETE:
        lines.append(f"Expected to end about {shown(clock(ends)[:5])}")
    if task.id and not task.draft:
        lines += _needs_told(why_answer(look, task.id))
    return "\n\n".join(lines)


def _run_told(look: Look, run: Run) -> str:
    """Since when, which attempt, what it said last; of one that is over how it ended."""
    who = f"Run **{shown(run.id)}** \\({shown(run.agent)}\\), attempt {run.attempt}"
    if not run.live:
        how = shown((run.outcome or run.ending or run.state.value).replace("_", " "))
        since = f", {ago(look.now - run.ended)}" if run.ended else ""
        return f"{who}: {how}{since}" + (f"; {shown(clipped(run.detail, 200))}" if run.detail else "")
    parts = [f"at work for {spoken(look.now - (run.started or run.claimed))}"]
    silent, account = look.silent_for(run), look.account(run)
    if silent is not None and silent > 1:
        parts.append(f"silent for {spoken(silent)}")
    if account is not None:
        used = price(account.tokens, account.usd)
        parts += [shown(used)] if used else []
        parts += [f"last: {shown(clipped(account.last, 160))}"] if account.last else []
    return f"{who}: {', '.join(parts)}"


def _needs_told(why: Mapping[str, Any]) -> Iterator[str]:
    lines = [
        f"- {'✓' if need['met'] else '…'} {shown(need['id'])}"
        + ("" if need["met"] else f": {shown(clipped(need['reason'], 160))}")
        for need in why["requires"][:_NEEDS]
    ]
    more = len(why["requires"]) - _NEEDS
    lines += [f"- and {more} more"] if more > 0 else []
    lines += [f"- “{shown(clipped(text))}” names no task" for text in why["unresolved"]]
    if lines:
        yield "\n".join(["Requires", "", *lines])


def agent_told(draft: Draft, name: str) -> str:
    """Who an agent is here, and what it has to do; in Markdown."""
    site, board = draft.site, draft.reading.board
    spec, persona = site.settings.agent(name), site.persona(name)
    lines = [f"**{shown(name)}**"]
    if persona and persona.problem:
        lines.append(shown(persona.fault))
    elif persona and persona.description:
        lines.append(shown(clipped(persona.description, 400)))
    if spec is None:
        lines.append("is not configured: nothing starts with it")
    else:
        lines.append(f"starts {shown(clipped(spec.cli or ' '.join(spec.command), 200))}")
    rows = [task for task in board.tasks if name in task.agents]
    runs = [run.id for run in draft.look.facts.runs if run.live and run.agent == name]
    lines.append(f"{len(rows)} task{'' if len(rows) == 1 else 's'} on this page")
    lines += [f"at work: {shown(', '.join(runs))}"] if runs else []
    return "\n\n".join(lines)


# -- hints ------------------------------------------------------------------------------------------


def hints(draft: Draft, first: int, last: int) -> list[Hint]:
    """For rows in the lines from `first` to `last`: what each waits for, and when it ends, as far as runs
    before it tell."""
    look = draft.look
    last = min(last, draft.reading.source.line_count)
    rows = [row for line in range(first, last + 1) if (row := draft.places.rows.get(line))]
    spoken_of = [row for row in rows if look.plan.verdicts[row.index].rule not in _SILENT]
    ends = _ends(draft) if spoken_of else {}
    runs = {run.task: run for run in look.facts.runs if run.live}
    found = []
    for row in spoken_of:
        verdict = look.plan.verdicts[row.index]
        end = ends.get(row.id)
        text = _hint(verdict, runs.get(row.id), look.now) + (f", ends about {clock(end)[:5]}" if end else "")
        found.append(Hint(row.line - 1, text, verdict.text))
    return found


def _hint(verdict: Verdict, run: Run | None, now: float) -> str:
    if verdict.rule is Rule.RUNNING and run is not None:
        return f"{run.agent} at work for {spoken(now - (run.started or run.claimed))}"
    if verdict.rule is Rule.NEEDS and verdict.unmet:
        more = f" and {len(verdict.unmet) - 3} more" if len(verdict.unmet) > 3 else ""
        return f"waits for {', '.join(clipped(name, 30) for name in verdict.unmet[:3])}{more}"
    return "starts" if verdict.rule is Rule.STARTS else clipped(verdict.text, 60)


def _ends(draft: Draft) -> dict[str, float]:
    """When each task is expected to end, where past runs tell how long they take."""
    return {entry.task: entry.end for entry in draft.forecast.entries} if draft.look.facts.past else {}


# -- the outline ------------------------------------------------------------------------------------


def symbols(draft: Draft) -> list[Symbol]:
    """Headings, the rows below them, and handoffs, in page order. The `level` of a row is 7."""
    reading = draft.reading
    blocks = {block.line - 1: block for block in reading.board.handoffs}
    count = reading.source.line_count
    found = []
    for heading in reading.outline.headings:
        block = blocks.get(heading.line)
        if block:
            name = f"Handoff: {block.task or '?'} → {block.to or '-'}"
            said = block.status_text + (", taken" if block.taken else "")
            found.append(Symbol(name, clipped(said), "handoff", heading.line, block.end - 1, heading.level))
        else:
            name = clipped(heading.text, 100) or "(empty)"
            found.append(Symbol(name, "", "section", heading.line, count, heading.level))
    for task in reading.board.tasks:
        name = clipped(f"{task.id} {task.title}".strip(), 100) or f"line {task.line}"
        found.append(Symbol(name, clipped(task.status_text, 40), "task", task.line - 1, task.line, 7))
    return sorted(found, key=lambda symbol: (symbol.line, symbol.level))
