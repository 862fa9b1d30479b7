"""What happened since somebody last looked, and when that was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mdorch.desk import morning as module
from mdorch.desk.look import look
from mdorch.desk.morning import PAUSE, Visit, morning, visit
from mdorch.desk.site import Site, open_site
from mdorch.facts import End, Run, RunState, Seen
from mdorch.world.journal import Journal

PAGE = """## Task Queue

| ID | Task | Agent | Depends on | Status | Notes |
|---|---|---|---|---|---|
| A-1 | Find the callers | dev | None | Complete | |
| A-2 | Write the parser | dev | None | Failed | |
| A-3 | Test the parser | dev | None | In Review | |
| A-4 | Load test | dev | None | Complete | |
| A-5 | Old | dev | None | Complete | |
"""
NIGHT = 1_000_000.0


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / ".git").mkdir()
    (tmp_path / "CLAUDE.md").write_text(PAGE, "utf-8")
    (tmp_path / ".mdorch").mkdir()
    return open_site(None, None, {"HOME": str(tmp_path)}, tmp_path)


def run_(task: str, ended: float, outcome: str, **more: object) -> Run:
    made = {"agent": "dev", "state": RunState.FOLDED, "claimed": ended - 60, "started": ended - 60} | more
    return Run(id=f"{task}.{made.get('attempt', 1)}", task=task, ended=ended, outcome=outcome,
               **{"attempt": 1, "end": End.EXIT, "exit_code": 0, **made})  # type: ignore[arg-type]  # fmt: skip


def journal_of(site: Site, *runs: Run) -> None:
    journal = Journal.open(site.dot)
    for run in runs:
        journal.claim(run)
    seen = {"A-1": NIGHT + 5, "A-4": NIGHT + 2, "A-5": NIGHT - 5}
    journal.see(Seen(task, {}, "complete", when, since=when) for task, when in seen.items())
    journal.close()


@pytest.mark.parametrize(
    ("looks", "before"),
    [
        ([0.0], 0.0),  # the first visit of all
        ([0.0, 100.0, 100.0 + PAUSE], 0.0),  # one visit, however long
        ([0.0, PAUSE + 1], 0.0 + 1000.0),  # the second one
        ([0.0, PAUSE + 1, PAUSE + 2], 1000.0),
        ([0.0, 5.0, 5.0 + 2 * PAUSE, 5.0 + 4 * PAUSE], 1005.0 + 2 * PAUSE),
        ([500.0, 100.0], 1100.0),  # a clock set back
    ],
)
def test_a_visit_is_looks_with_no_long_pause_between_them(looks: list[float], before: float) -> None:
    this = Visit()
    for when in looks:
        this = this.at(1000.0 + when)
    assert this.before == before


def test_a_visit_is_remembered_for_each_user_and_never_for_a_run(site: Site) -> None:
    assert visit(site, {}, 1000.0) is None
    assert visit(site, {}, 1001.0) is None
    assert visit(site, {"MDORCH_RUN": "A-1.1"}, 5000.0) == 1001.0
    assert visit(site, {}, 5000.0) == 1001.0
    assert [p.name for p in site.dot.iterdir()] == [f"looked.{os.getuid()}"]
    (site.dot / f"looked.{os.getuid()}").write_text("{")
    assert visit(site, {}, 9000.0) is None


def test_a_visit_that_cannot_be_remembered_is_no_trouble(site: Site) -> None:
    (site.dot).rmdir()
    assert visit(site, {}, 1000.0) is None
    assert not site.dot.exists()


def test_what_was_done_what_failed_and_what_it_cost(site: Site) -> None:
    journal_of(
        site,
        run_("A-1", NIGHT + 5, "complete", cost_usd=0.5, tokens=1000),
        run_("A-2", NIGHT + 3, "failed", exit_code=7, cost_usd=0.25),
        run_("A-2", NIGHT + 4, "failed", exit_code=8, detail="boom", attempt=2),
        run_("A-4", NIGHT + 1, "failed", exit_code=1),  # and then went well
        run_("A-4", NIGHT + 2, "complete", attempt=2),
        run_("A-5", NIGHT - 5, "complete", cost_usd=9.0),
        run_("OLD-1", NIGHT + 6, "complete"),  # its row has left the page
        run_("A-3", NIGHT + 7, "", state=RunState.ENDED, end=End.TIMEOUT),  # not folded yet
    )
    told = morning(look(site, NIGHT + 10), NIGHT)
    assert [(d["task"], d["title"]) for d in told["done"]] == [
        ("A-4", "Load test"),
        ("A-1", "Find the callers"),
        ("OLD-1", ""),
    ]
    assert [(f["task"], f["text"]) for f in told["failed"]] == [("A-2", "exit 8: boom"), ("A-3", "timed out")]
    assert (told["attempts"], told["usd"], told["tokens"]) == (7, 0.75, 1000)
    assert [n["kind"] for n in told["needs"]] == ["failed", "review"]
    ever = morning(look(site, NIGHT + 10), None)
    assert (ever["since"], ever["usd"], len(ever["done"])) == (None, 9.75, 4)


def test_what_ended_before_and_nobody_has_folded_is_no_news(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = run_("A-1", NIGHT - 1, "", state=RunState.ENDED, cost_usd=1.0)
    journal_of(site, run_("A-1", NIGHT + 5, "", state=RunState.STARTED, end=None))
    monkeypatch.setattr(module, "observed", lambda *_: [late])  # what its folder says
    assert morning(look(site, NIGHT + 10), NIGHT)["usd"] is None


def test_a_page_that_never_ran_has_no_news(site: Site) -> None:
    told = morning(look(site, NIGHT), NIGHT)
    assert (told["done"], told["failed"], told["attempts"], told["usd"]) == ([], [], 0, None)
