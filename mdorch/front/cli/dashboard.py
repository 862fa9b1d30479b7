"""The status view: what needs a person first, then what runs, what waits and why, what is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mdorch.board.task import Task
from mdorch.desk.look import Look
from mdorch.desk.status import newest_runs
from mdorch.desk.times import ago, parsed, price, spoken
from mdorch.facts import Run, RunState
from mdorch.front.cli.masthead import Masthead
from mdorch.front.cli.news import FEW, News
from mdorch.front.cli.screen import Ink, Piece, Screen
from mdorch.front.text import width
from mdorch.plan.actions import Rule, Verdict

SOON = (Rule.STARTS, Rule.SETTLING, Rule.BACKOFF)
NEEDED = (Rule.IN_REVIEW, Rule.BLOCKED, Rule.FAILED)
MANY = 25  # waiting tasks shown, unless all are asked for
BAR = 20
KINDS = {
    "question": ("ask", "warn"),
    "review": ("review", "live"),
    "conflict": ("hold", "bad"),
    "budget": ("hold", "warn"),
}


class Dashboard:
    """Shows one look on one screen. `answer` is the status answer of the same look; `news` is
    what `desk.morning` says of it, where somebody has looked before."""

    def __init__(
        self,
        screen: Screen,
        look: Look,
        answer: dict[str, Any],
        everything: bool = False,
        news: dict[str, Any] | None = None,
    ) -> None:
        self.screen = screen
        self.news = news
        self.look = look
        self.answer = answer
        self.everything = everything
        self.runs = newest_runs(look)
        self.rows = [(task, look.plan.verdicts[task.index]) for task in look.board.tasks]

    def show(self) -> None:
        Masthead(self.screen, self.look, self.answer).show()
        if not self.rows:
            self._empty()
        self._needs_you()
        if self.news is not None:
            News(self.screen, self.news, self.look.now, self.everything).show()
        self._running()
        self._announced()
        self._soon()
        self._waiting()
        self._on_hold()
        self._done()
        self._problems()

    def _empty(self) -> None:
        if self.look.facts.hold or any(p.code == "no-task-queue" for p in self.look.board.problems):
            return
        self.screen.line()
        self.screen.line("No tasks yet: ", Ink('mdorch add "What is to be done"', "command"))

    # Sections

    def _title(self, text: str, count: int | str = "", style: str = "head") -> None:
        self.screen.line()
        self.screen.short(Ink(text, style), Ink(f"  {count}" if count != "" else "", "dim"))

    def _needs_you(self) -> None:
        needs = self.answer["needs"]
        if not needs:
            return
        self._title("Needs you", len(needs), "warn")
        problems = [n for n in needs if n["kind"] == "problem"]
        shown = [n for n in needs if n["kind"] != "problem"] + problems[:FEW]
        sign = self.screen.sign
        signs = {n["kind"]: KINDS.get(n["kind"], ("bad", "bad")) for n in shown}
        rows: list[list[Piece]] = [
            [Ink(sign(signs[n["kind"]][0]), signs[n["kind"]][1]), Ink(n["task"], "bold"), n["text"]]
            for n in shown
        ]
        commands = [n["command"] for n in shown]
        columns = self.screen.columns
        fixed = 10 + max(width(n["task"]) for n in shown) + max(map(width, commands))
        if columns is None or columns - fixed >= 32:
            self.screen.rows(
                [[*row, Ink(c, "command")] for row, c in zip(rows, commands, strict=True)], flexible={2: 24}
            )
        else:
            self._in_pairs(rows, commands)
        if len(problems) > FEW:
            self.screen.line(
                "     ", Ink(f"{len(problems) - FEW} more: ", "dim"), Ink("mdorch lint", "command")
            )

    def _in_pairs(self, rows: list[list[Piece]], commands: Sequence[str]) -> None:
        """On narrow screens each command stands below what it helps."""
        before = ""
        for number, (row, command) in enumerate(zip(rows, commands, strict=True)):
            self.screen.rows([row], flexible={2: 10})
            following = commands[number + 1] if number + 1 < len(commands) else ""
            if command not in (before, following) or following != command:
                self.screen.short("     ", Ink(command, "command"))
            before = command

    def _running(self) -> None:
        runs = [(t, self.runs[t.id]) for t, v in self.rows if v.rule is Rule.RUNNING and t.id in self.runs]
        people = [t for t, v in self.rows if v.rule is Rule.PERSON_WORKING]
        shown = {task.id for task, _ in runs}
        shown |= {task.id for task, verdict in self.rows if verdict.rule is Rule.STARTS}
        lost = [run for run in self.runs.values() if run.live and run.task not in shown]
        if not runs and not people and not lost:
            return
        self._title("Running", len(runs) + len(people) + len(lost))
        rows = [self._run_row(task.id, task.title, run) for task, run in runs]
        rows += [self._run_row(run.task, "(its row is gone or broken)", run) for run in lost]
        rows += [
            [
                Ink(self.screen.sign("dot"), "dim"),
                Ink(t.id, "bold"),
                t.title,
                t.agent_text or "somebody",
                Ink("by hand", "dim"),
            ]
            for t in people
        ]
        self.screen.rows(rows, flexible={8: 12, 2: 12, 3: 12})

    def _announced(self) -> None:
        """Rows of the agent table that tell of no run: whoever wrote them may be at work."""
        here = {(run.agent, run.task) for run in self.runs.values() if run.state is not RunState.FOLDED}
        rows: list[list[Piece]] = [
            [Ink(self.screen.sign("dot"), "dim"), a["agent"], a["task"], Ink(a["status"], "dim")]
            for a in self.answer["agents"]
            if (a["agent"], a["task"]) not in here
        ]
        if rows:
            self._title("In the agent table, by others", len(rows))
            self.screen.rows(self._cut(rows), flexible={1: 12, 2: 12, 3: 12})

    def _run_row(self, task: str, title: str, run: Run) -> list[Piece]:
        now = self.look.now
        said = {t["id"]: t["run"] for t in self.answer["tasks"] if t["run"]}.get(task) or {}
        used = price(said.get("tokens"), said.get("cost_usd"))
        attempt = f"attempt {run.attempt}" if run.attempt > 1 else ""
        silent = ""
        if run.started is not None:
            last = self.look.last_output(run) or run.started
            silent = f"silent {spoken(now - last)}" if now - last >= 5 else "writing"
        return [
            Ink(self.screen.sign("run"), "live"),
            Ink(task, "bold"),
            title,
            Ink(run.agent, "live"),
            spoken(now - (run.started or run.claimed)),
            Ink(silent, "dim"),
            Ink(attempt, "dim"),
            Ink(used, "dim"),
            Ink(said.get("last_event") or "", "dim"),
        ]

    def _soon(self) -> None:
        soon = [(t, v) for t, v in self.rows if v.rule in SOON]
        if not soon:
            return
        self._title("Starting soon", len(soon))
        rows = [
            [Ink(self.screen.sign("soon"), "warn"), Ink(t.id, "bold"), t.title, *self._when(t, v)]
            for t, v in soon
        ]
        self.screen.rows(self._cut(rows), flexible={2: 14, 4: 20, 3: 14})

    def _when(self, task: Task, verdict: Verdict) -> list[Piece]:
        if verdict.until is not None:
            what = "settling" if verdict.rule is Rule.SETTLING else "tries again"
            return [Ink(f"{what}, in {spoken(verdict.until - self.look.now)}", "warn")]
        agent = next((a.agent for a in self.look.plan.actions if a.task == task.id and a.agent), "")
        return [Ink(f"{self.screen.sign('to')} {agent}", "live"), Ink(verdict.text, "dim")]

    def _waiting(self) -> None:
        hidden = (*SOON, *NEEDED, Rule.RUNNING, Rule.PERSON_WORKING, Rule.COMPLETE, Rule.ON_HOLD)
        waiting = [(t, v) for t, v in self.rows if v.rule not in hidden]
        if not waiting:
            return
        self._title("Waiting", len(waiting))
        rows: list[list[Piece]] = [
            [
                Ink(self.screen.sign("wait"), "dim"),
                Ink(t.id or f"line {t.line}", "bold"),
                t.title,
                Ink(v.text, "dim"),
            ]
            for t, v in waiting
        ]
        self.screen.rows(self._cut(rows), flexible={2: 16, 3: 24})
        self._rest(len(rows))

    def _cut(self, rows: list[list[Piece]]) -> list[list[Piece]]:
        return rows if self.everything or self.screen.columns is None else rows[:MANY]

    def _rest(self, count: int) -> None:
        if not self.everything and self.screen.columns is not None and count > MANY:
            self.screen.line(
                "     ", Ink(f"{count - MANY} more: ", "dim"), Ink("mdorch status --all", "command")
            )

    def _on_hold(self) -> None:
        held = [t.id or f"line {t.line}" for t, v in self.rows if v.rule is Rule.ON_HOLD]
        if held:
            self._title("On hold", len(held))
            self.screen.short("  ", Ink(", ".join(held), "dim"))

    def _done(self) -> None:
        done, total = [t for t, v in self.rows if v.rule is Rule.COMPLETE], len(self.rows)
        if not total:
            return
        full = BAR * len(done) // total
        self.screen.line()
        self.screen.short(
            Ink("Done", "head"),
            Ink(f"  {len(done)} of {total}  ", "dim"),
            Ink(self.screen.sign("full") * full, "good"),
            Ink(self.screen.sign("empty") * (BAR - full), "dim"),
        )
        if self.news is not None:
            return
        titles = {t.id: t.title for t in done}
        recent = [d for d in self.answer["done"] if d["task"] in titles]
        shown = recent if self.everything or self.answer["since"] else recent[-FEW:]
        self.screen.rows(
            [
                [
                    Ink(self.screen.sign("done"), "good"),
                    Ink(d["task"], "bold"),
                    titles[d["task"]],
                    Ink(ago(self.look.now - parsed(d["at"])), "dim"),
                ]
                for d in shown
            ],
            flexible={2: 12},
        )

    def _problems(self) -> None:
        problems = self.answer["problems"]
        if not problems:
            return
        self.screen.line()
        style = "bad" if any(p["severity"] == "error" for p in problems) else "dim"
        self.screen.short(
            Ink("Problems", "head"), "  ", Ink(counted(problems), style), "  ", Ink("mdorch lint", "command")
        )


def counted(problems: Sequence[dict[str, Any]]) -> str:
    """`2 errors, 1 warning`"""
    parts = []
    for severity, one in (("error", "error"), ("warning", "warning"), ("info", "remark")):
        count = sum(p["severity"] == severity for p in problems)
        if count:
            parts.append(f"{count} {one}{'s' if count > 1 else ''}")
    return ", ".join(parts) or "none"
