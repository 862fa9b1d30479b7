"""The one entry: `plan(board, facts, policy, now)` → what to do and why, and why not the rest.

Pure: the same arguments give the same plan. `mdorch plan`, `mdorch why` and the daemon all ask here.
"""

from __future__ import annotations

from mdorch.board.board import Board
from mdorch.board.policy import Policy
from mdorch.board.problem import Problem, Severity
from mdorch.board.wishes import AddAgentRow, RemoveAgentRow, SetCell, Wish
from mdorch.facts import Facts
from mdorch.plan.actions import Action, Plan, Rule
from mdorch.plan.chains import cycles
from mdorch.plan.conflicts import note_conflicts
from mdorch.plan.disputes import note_disputes
from mdorch.plan.draft import Draft
from mdorch.plan.fixes import cancel_needless, give_up, reopen_fixed
from mdorch.plan.fold import fold
from mdorch.plan.hands import GLANCE, note_attached
from mdorch.plan.landing import land_approved
from mdorch.plan.live import watch_live_rows
from mdorch.plan.loose import take_loose_blocks
from mdorch.plan.memo import Memo
from mdorch.plan.money import stop_dear
from mdorch.plan.release import release
from mdorch.plan.replies import take_answers
from mdorch.plan.roles import note_broken
from mdorch.plan.start import Starter


def plan(board: Board, facts: Facts, policy: Policy, now: float, memo: Memo | None = None) -> Plan:
    """Decide. `now` and every time in `facts` are epoch seconds.

    While the page is held, nothing is folded, written or started; the verdicts say so. A `memo` that is
    given to every plan of one page makes the next one cheaper; it changes nothing else.
    """
    draft = Draft(board, facts, policy, now, memo.frame(board) if memo else None)
    if not facts.hold:
        note_attached(draft)
        fold(draft)
        take_loose_blocks(draft)
        take_answers(draft)
        watch_live_rows(draft)
        stop_dear(draft)
        land_approved(draft)
        reopen_fixed(draft)
    starter = Starter(draft, memo)
    starter.judge()
    if not facts.hold:
        release(draft)
        give_up(draft)
        cancel_needless(draft)
    note_disputes(draft)
    note_conflicts(draft)
    note_broken(draft)
    draft.problems += _cycle_problems(board, cycles(draft.frame.graph, draft.frame.knots))
    wake = min((w for w in draft.wakes if w > now), default=None)
    spent = any(verdict.rule is Rule.BUDGET for verdict in draft.verdicts.values())
    later = facts.dawn or None if spent else None
    if facts.attached:
        later = min(later or now + GLANCE, now + GLANCE)
    return Plan(tuple(draft.actions), draft.verdicts, tuple(draft.problems), wake, later)


def wishes_of(actions: tuple[Action, ...]) -> list[Wish]:
    """All changes to the page in one list; of two for one cell the later stands.

    A run that follows another one of its task within a second, by the same agent, takes over its row.
    """
    cells: dict[tuple[str, str], SetCell] = {}
    others: dict[Wish, None] = {}
    for action in actions:
        for wish in action.wishes:
            if isinstance(wish, SetCell):
                cells[wish.task, wish.role] = wish
            else:
                others[wish] = None
    for wish in list(others):
        if isinstance(wish, AddAgentRow):
            others.pop(RemoveAgentRow(wish.agent, wish.task, wish.started), None)
    return [*cells.values(), *others]


def _cycle_problems(board: Board, walks: list[list[int]]) -> list[Problem]:
    """One Problem for each cycle, naming its whole path."""
    found = []
    for walk in walks:
        tasks = [board.tasks[i] for i in walk]
        path = " → ".join(t.id for t in tasks)
        hint = (
            f"none of them starts; take {tasks[1].id} out of the prerequisites of {tasks[0].id}, or the like"
        )
        first = tasks[0]
        found.append(
            Problem(
                "cycle",
                Severity.ERROR,
                f"prerequisites go in a circle: {path}",
                hint,
                first.line,
                1,
                first.id,
            )
        )
    return found
