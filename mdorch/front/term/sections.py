"""The views as sections of rows. A row is made when it is drawn: of ten thousand, those on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from mdorch.board.problem import Problem, Severity
from mdorch.board.task import Task
from mdorch.desk.status import became
from mdorch.desk.times import ago, parsed, price, spoken
from mdorch.facts import Run
from mdorch.front.cli.dashboard import KINDS, NEEDED, SOON
from mdorch.front.cli.news import summary
from mdorch.front.cli.screen import SIGNS, Ink, Piece
from mdorch.front.term.helps import helping
from mdorch.front.term.lines import Columns
from mdorch.front.term.rows import Item, Section
from mdorch.front.term.scene import Scene
from mdorch.plan.actions import Rule

VIEWS = ("today", "board", "runs", "problems")
OUTCOMES = {
    "complete": ("done", "good"), "handed_on": ("done", "good"), "in_review": ("review", "live"),
    "blocked": ("ask", "warn"), "partial": ("ask", "warn"), "failed": ("bad", "bad"),
}  # fmt: skip
SEVERITIES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.INFO: "dim"}
_NEED = Columns({2: 20, 4: 12, 1: 12}, 2, frozenset({3}))
_RUN = Columns({6: 16, 2: 14, 3: 8, 1: 10}, -1, frozenset({4, 5}), spared=6)
_ROW = Columns({3: 22, 2: 16, 1: 10})
_DONE = Columns({2: 16, 1: 10}, -1, frozenset({3}))
_NEWS = Columns({4: 16, 2: 16, 1: 10}, -1, frozenset({3}), spared=4)
_ENDED = Columns({7: 16, 2: 12, 1: 10}, -1, frozenset({3, 4, 5}), spared=7)
_PROBLEM = Columns({3: 20, 2: 8}, -1, frozenset({1}))


class Sections:
    """The sections of one scene, of the rows that a filter lets through. `clock` gives epoch seconds."""

    def __init__(self, scene: Scene, clock: Callable[[], float], words: str = "") -> None:
        self.scene = scene
        self.clock = clock
        self.words = words.lower().split()
        verdicts = scene.look.plan.verdicts
        self.rows = [(t, verdicts[t.index]) for t in scene.look.board.tasks if self._wanted(_told(t))]

    def of(self, view: str) -> list[Section]:
        made = {"today": self._today, "board": self._board, "runs": self._runs, "problems": self._problems}
        return [s for s in made[view]() if s.keys or s.note]

    def _wanted(self, text: str) -> bool:
        if not self.words:
            return True
        low = text.lower()
        return all(word in low for word in self.words)

    # Views

    def _today(self) -> list[Section]:
        needs = self._needs()
        if not needs.keys and not self.words:
            needs = Section("Nothing needs you", style="good", note=self._empty())
        return [needs, self._running(), self._soon(), *self._news()]

    def _news(self) -> list[Section]:
        """What was done and what failed since somebody last looked; for whoever never did, all."""
        news = self.scene.news
        if news is None:
            return [self._done()]
        title = f"Since you looked, {ago(self.clock() - parsed(news['since']))}"
        rows = [*reversed(news["done"]), *reversed(news["failed"])]
        rows = [one for one in rows if self._wanted(f"{one['task']} {one['title']}")]

        def item(at: int) -> Item:
            one = rows[at]
            task = self.scene.task(one["task"])
            sign = _sign("bad", "bad") if "text" in one else _sign("done", "good")
            when = Ink(since(self.clock() - parsed(one["at"])), "dim")
            cells = (sign, Ink(one["task"], "bold"), one["title"], when, Ink(one.get("text", ""), "bad"))
            return Item(one["task"], cells, task.id if task else "", task.line if task else 0)

        quiet = "" if rows or news["attempts"] else "nothing happened"
        note = quiet or summary(dict(news))
        return [Section(title, [one["task"] for one in rows], item, _NEWS, note=note)]

    def _board(self) -> list[Section]:
        if not self.rows and not self.words:
            return [Section("No tasks yet", note="+ adds one")]
        return [self._needs(), self._running(), self._soon(), self._waiting(), self._on_hold(), self._done()]

    def _empty(self) -> str:
        return " " if self.rows else "no tasks yet: + adds one"

    # Sections

    def _needs(self) -> Section:
        needs = [n for n in self.scene.needs if self._wanted(f"{n['task']} {n['kind']} {n['text']}")]

        def item(at: int) -> Item:
            need = needs[at]
            sign, style = KINDS.get(need["kind"], ("bad", "bad"))
            task = self.scene.task(need["task"]) if need["task"] else None
            age = coarse(self.clock() - parsed(need["since"])) if need["since"] else ""
            does = helping(need["command"])
            cells = (
                _sign(sign, style),
                Ink(need["task"] or "—", "bold"),
                need["text"],
                Ink(age, "dim"),
                Ink(f"{does.key} {does.label}".strip(), "command"),
            )
            line = task.line if task else 0
            return Item(keys[at], cells, need["task"], line, 0, need["command"], need["text"])

        keys = [n["task"] or f"{n['kind']} {n['text']}" for n in needs]
        return Section("Needs you", keys, item, _NEED, "warn", stays=True)

    def _running(self) -> Section:
        scene = self.scene
        mine = [(t, scene.runs[t.id]) for t, v in self.rows if v.rule is Rule.RUNNING and t.id in scene.runs]
        people = [t for t, v in self.rows if v.rule is Rule.PERSON_WORKING]
        shown = {task.id for task, _ in mine}
        lost = [r for r in scene.runs.values() if r.live and r.task not in shown and self._wanted(r.id)]

        def item(at: int) -> Item:
            if at < len(mine):
                task, run = mine[at]
                return Item(keys[at], self._run_cells(task.id, task.title, run), task.id, task.line)
            if at < len(mine) + len(people):
                task = people[at - len(mine)]
                who = Ink(task.agent_text or "somebody", "dim")
                cells = (_sign("dot", "dim"), Ink(task.id, "bold"), task.title, who, Ink("by hand", "dim"))
                return Item(keys[at], cells, task.id, task.line)
            run = lost[at - len(mine) - len(people)]
            return Item(keys[at], self._run_cells(run.task, "(its row is gone or broken)", run), run.task)

        keys = [*(t.id for t, _ in mine), *(t.id for t in people), *(r.task for r in lost)]
        return Section("Running", keys, item, _RUN, "live", ticks=True)

    def _run_cells(self, name: str, title: str, run: Run) -> tuple[Piece, ...]:
        said = self.scene.told.get(run.id, {})
        now = self.clock()
        used = price(None, said.get("cost_usd")) or price(said.get("tokens"), None)
        silent = now - max(self.scene.printed.get(run.id, 0.0), run.started or now)
        event = said.get("last_event") or (f"silent for {spoken(silent)}" if silent >= 5 else "")
        attempt = f"  attempt {run.attempt}" if run.attempt > 1 else ""
        return (
            _sign("run", "live"),
            Ink(name, "bold"),
            title,
            Ink(run.agent + attempt, "live"),
            coarse(now - (run.started or run.claimed)),
            used,
            Ink(event, "dim"),
        )

    def _soon(self) -> Section:
        soon = [t for t, v in self.rows if v.rule in SOON]

        def what(task: Task) -> Piece:
            verdict = self.scene.verdict(task)
            if verdict.until is not None:
                settles = verdict.rule is Rule.SETTLING
                left = spoken(verdict.until - self.clock())
                return Ink(f"{'settling' if settles else 'tries again'}, in {left}", "warn")
            actions = self.scene.look.plan.actions
            agent = next((a.agent for a in actions if a.task == task.id and a.agent), "")
            return Ink(f"{SIGNS['to'][0]} {agent}  {verdict.text}", "dim")

        return self._tasks("Starting soon", soon, ("soon", "warn"), what, ticks=True)

    def _waiting(self) -> Section:
        elsewhere = (*SOON, Rule.RUNNING, Rule.PERSON_WORKING, Rule.COMPLETE, Rule.ON_HOLD)
        needing = {n["task"] for n in self.scene.needs}
        rows = [
            t for t, v in self.rows if v.rule not in elsewhere and not (v.rule in NEEDED and t.id in needing)
        ]
        return self._tasks("Waiting", rows, ("wait", "dim"), lambda t: Ink(self.scene.verdict(t).text, "dim"))

    def _on_hold(self) -> Section:
        rows = [t for t, v in self.rows if v.rule is Rule.ON_HOLD]
        return self._tasks("On hold", rows, ("hold", "dim"), lambda t: Ink(t.notes, "dim"))

    def _done(self) -> Section:
        """Newest first; of some it is not known when they became complete."""
        rows = [t for t, v in self.rows if v.rule is Rule.COMPLETE]
        began = {t.index: became(self.scene.look, t.id) for t in rows}
        rows.sort(key=lambda t: -began[t.index])

        def when(task: Task) -> Piece:
            known = began[task.index]
            return Ink(since(self.clock() - known) if known else "", "dim")

        total = f"{len(rows)} of {len(self.scene.look.board.tasks)}" if not self.words else ""
        made = self._tasks("Done", rows, ("done", "good"), when)
        return Section(made.title, made.keys, made.item, _DONE, note=total if rows else "")

    def _tasks(
        self,
        title: str,
        rows: Sequence[Task],
        sign: tuple[str, str],
        last: Callable[[Task], Piece],
        ticks: bool = False,
    ) -> Section:
        def item(at: int) -> Item:
            task = rows[at]
            cells = (_sign(*sign), Ink(_name(task), "bold"), task.title, last(task))
            return Item(_name(task), cells, task.id, task.line)

        return Section(title, [_name(t) for t in rows], item, _ROW, ticks=ticks)

    # Runs and problems

    def _runs(self) -> list[Section]:
        known = {run.id: run for run in (*self.scene.past, *self.scene.look.facts.runs)}
        ended = [r for r in known.values() if not r.live and self._wanted(f"{r.id} {r.agent}")]
        ended.sort(key=lambda run: -(run.ended or run.claimed))

        def item(at: int) -> Item:
            run = ended[at]
            task = self.scene.task(run.task)
            sign = OUTCOMES.get(run.outcome, ("dot", "dim") if run.went_well else ("bad", "bad"))
            length = spoken(run.ended - run.started) if run.ended and run.started else ""
            cells = (
                _sign(*sign),
                Ink(run.id, "bold"),
                Ink(run.agent, "live"),
                Ink(since(self.clock() - run.ended) if run.ended else "", "dim"),
                length,
                price(None, run.cost_usd) or price(run.tokens, None),
                run.outcome.replace("_", " "),
                Ink("" if run.ending == "exit 0" else run.ending, "dim"),
            )
            return Item(run.id, cells, run.task, task.line if task else 0, run.attempt)

        none = "" if ended or self._running().keys else "Nothing has run yet."
        return [
            self._running(),
            Section("Ended", [r.id for r in ended], item, _ENDED),
            Section(none, note=" " if none else ""),
        ]

    def _problems(self) -> list[Section]:
        found = [p for p in self.scene.problems if self._wanted(f"{p.code} {p.task} {p.message}")]
        if not found and not self.words:
            return [Section("No problems", style="good", note=" ")]

        def item(at: int) -> Item:
            problem = found[at]
            style = SEVERITIES[problem.severity]
            where = f"line {problem.line}" if problem.line else ""
            sign = _sign("dot" if style == "dim" else "bad", style)
            cells = (sign, Ink(where, "dim"), Ink(problem.code, style), problem.message)
            return Item(keys[at], cells, problem.task, problem.line, text=_explained(problem))

        keys = [f"{p.code} {p.task} {p.message}" for p in found]
        return [Section("Problems", keys, item, _PROBLEM)]


def _explained(problem: Problem) -> str:
    return ". ".join(filter(None, (problem.message, problem.hint)))


def _told(task: Task) -> str:
    return f"{task.id} {task.title} {task.agent_text} {task.status_text} {task.notes}"


def _name(task: Task) -> str:
    return task.id or f"line {task.line}"


def _sign(name: str, style: str) -> Ink:
    return Ink(SIGNS[name][0], style)


def coarse(length: float) -> str:
    """A length of time in its largest unit: what is at a glance need not be exact."""
    return " ".join(spoken(length).split()[:2])


def since(length: float) -> str:
    return "just now" if length < 1 else f"{coarse(length)} ago"


def counts(scene: Scene) -> dict[str, int]:
    """How many rows each view is about."""
    running = sum(run.live for run in scene.look.facts.runs)
    return {
        "today": len(scene.needs),
        "board": len(scene.look.board.tasks),
        "runs": running,
        "problems": len(scene.problems),
    }


def matching(sections: Iterable[Section]) -> int:
    return sum(len(section.keys) for section in sections)
