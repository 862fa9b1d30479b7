"""Cache agent contexts: whose session a task is offered, one line for each case."""

from __future__ import annotations

import pytest

from mdorch.board.policy import AgentRule
from mdorch.facts import Facts, Run, RunState
from mdorch.plan.actions import Kind
from mdorch.plan.plan import plan
from tests.plan.boards import NOW, folded, policy, run
from tests.plan.test_room import board, table

ASKED = "\n## Optimization Strategies\n\n3. **Cache agent contexts** - Reuse agents for similar tasks\n"
RESUMES = {"default": AgentRule("default", 60.0, resumes=True)}
DONE = folded("Z", 1, "complete", session="s")


def again(number: int, **changes: object) -> Run:
    return folded("Y", number, "complete", **{"session": "s", "resumes": "Z.1", **changes})


@pytest.mark.parametrize(
    ("text", "agents", "runs", "offered"),
    [
        (table("A") + ASKED, RESUMES, (DONE,), "Z.1"),
        (table("A"), RESUMES, (DONE,), ""),  # nobody asked for it
        (table("A") + ASKED, {"default": AgentRule("default", 60.0)}, (DONE,), ""),  # it cannot
        (table("A||||||| qa") + ASKED, RESUMES, (DONE,), ""),  # another agent's
        (table("A") + ASKED, RESUMES, (folded("Z", 1, "complete"),), ""),  # it had none
        (table("A") + ASKED, RESUMES, (folded("Z", 1, "failed", session="s"),), ""),
        (table("A") + ASKED, RESUMES, (folded("Z", 1, "blocked", session="s"),), ""),
        (table("A") + ASKED, RESUMES, (DONE, folded("A", 1, "failed")), ""),  # a new try, a new session
        (table("A") + ASKED, RESUMES, (DONE, again(1)), "Y.1"),  # the last one in it
        (table("A") + ASKED, RESUMES, (DONE, *(again(n) for n in range(1, 5))), ""),  # it is long enough
        (
            table("A") + ASKED, RESUMES,
            (DONE, run("Y", state=RunState.STARTED, end=None, ended=None, resumes="Z.1")), "",  # at work
        ),
        (table("A", "B") + ASKED, RESUMES, (DONE,), "Z.1 "),  # one of them alone
        (table("A", "B") + ASKED, RESUMES, (DONE, folded("Y", 1, "handed_on", session="t")), "Y.1 Z.1"),
    ],
)  # fmt: skip
def test_whose_session(text: str, agents: dict[str, AgentRule], runs: tuple[Run, ...], offered: str) -> None:
    page = board(text)
    found = plan(page, Facts(runs=runs), policy(page=page.policy, agents=agents, attempts=5), NOW)
    starts = [a for a in found.actions if a.kind is Kind.START]
    assert " ".join(a.resumes for a in starts) == offered
    assert all((f"in the session of {a.resumes}" in a.reason) == bool(a.resumes) for a in starts)


@pytest.mark.parametrize(("resumes", "nudged"), [("", False), ("A.1", True), ("Z.1", False), ("B.1", False)])
def test_what_goes_on_with_its_own_task(resumes: str, nudged: bool) -> None:
    assert run("A", 2, resumes=resumes).nudged is nudged
