from __future__ import annotations

import dataclasses
import multiprocessing
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdorch.facts import Cause, End, Run, RunState, Seen
from mdorch.world import database, schema
from mdorch.world.errors import AlreadyClaimed, JournalTooNew
from mdorch.world.journal import Journal
from mdorch.world.records import RUN_COLUMNS, SEEN_COLUMNS


def run(run_id: str = "T.1", **fields: object) -> Run:
    task, _, attempt = run_id.rpartition(".")
    values = {"agent": "a", "state": RunState.CLAIMED, "claimed": 10.0, **fields}
    return Run(run_id, task, int(attempt), **values)  # type: ignore[arg-type]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.open(tmp_path / ".mdorch")


def test_columns_are_the_fields_of_the_records() -> None:
    assert tuple(field.name for field in dataclasses.fields(Run)) == RUN_COLUMNS
    assert tuple(field.name for field in dataclasses.fields(Seen)) == SEEN_COLUMNS


def test_a_new_folder_hides_itself_from_git(tmp_path: Path, journal: Journal) -> None:
    assert (tmp_path / ".mdorch" / ".gitignore").read_text() == "*\n"
    assert not journal.made_anew
    assert journal.suffix == ""


def test_runs_come_back_as_they_were(tmp_path: Path, journal: Journal) -> None:
    full = run(
        "A|é.3", state=RunState.FOLDED, round=2, started=1.5, ended=2.5, end=End.STOPPED, exit_code=-9,
        stop_reason="why", detail="\udcff last", pid=7, outcome="stopped", shown=True,
    )  # fmt: skip
    journal.claim(full)
    journal.claim(run())
    journal.close()
    assert Journal.open(tmp_path / ".mdorch").runs() == [full, run()]


def test_an_id_and_an_attempt_are_claimed_once(journal: Journal) -> None:
    journal.claim(run())
    with pytest.raises(AlreadyClaimed):
        journal.claim(run())
    with pytest.raises(AlreadyClaimed):
        journal.claim(dataclasses.replace(run(), id="T.1-other"))
    assert len(journal.runs()) == 1


def test_updates_change_the_named_fields_alone(journal: Journal) -> None:
    journal.claim(run())
    journal.update("T.1", state=RunState.STARTED, started=3.0, pid=9)
    assert journal.run("T.1") == run(state=RunState.STARTED, started=3.0, pid=9)
    with pytest.raises(KeyError):
        journal.update("T.2", pid=1)
    with pytest.raises(KeyError):
        journal.update("T.1", nonsense=1)


def test_what_the_plan_is_given(journal: Journal) -> None:
    for number, state in ((1, RunState.FOLDED), (2, RunState.FOLDED), (3, RunState.STARTED)):
        journal.claim(run(f"T.{number}", state=state, round=number - 1, started=float(number)))
    journal.claim(run("U.9", state=RunState.FOLDED, started=5.0))
    journal.see([Seen("T", {}, "waiting", 1.0, round=1)])
    assert [r.id for r in journal.current_runs()] == ["T.2", "T.3", "U.9"]
    assert [r.id for r in journal.runs(unfolded=True)] == ["T.3"]
    assert [r.id for r in journal.runs("T")] == ["T.1", "T.2", "T.3"]
    assert journal.highest() == {"T": 3, "U": 9}
    assert journal.launches(2.0) == [2.0, 3.0, 5.0]


def test_rows_are_remembered_and_forgotten(journal: Journal) -> None:
    full = Seen("A", {"status": "✅ \udc80"}, "complete", 1.0, Cause.COMMAND, 2, 3.0)
    rows = [full, Seen("B", {}, "", 0.0)]
    journal.see(rows)
    assert journal.seen() == {"A": rows[0], "B": rows[1]}
    journal.see([dataclasses.replace(rows[1], changed=9.0)])
    journal.forget(["A"])
    assert list(journal.seen().values()) == [dataclasses.replace(rows[1], changed=9.0)]


def test_a_renamed_task_keeps_its_runs_and_its_history(journal: Journal) -> None:
    journal.claim(run("OLD.1"))
    journal.see([Seen("OLD", {}, "waiting", 1.0)])
    journal.note(1.0, "start", "OLD")
    journal.rename("OLD", "NEW")
    assert [r.task for r in journal.runs()] == ["NEW"]
    assert list(journal.seen()) == ["NEW"]
    assert len(journal.history("NEW")) == 1


def test_history_is_in_the_order_it_was_made(journal: Journal) -> None:
    for number in range(5):
        journal.note(float(number), "kind", f"T{number % 2}", f"T.{number}", "text", {"n": number})
    assert [note.data for note in journal.history(limit=2)] == [{"n": 3}, {"n": 4}]
    assert [note.time for note in journal.history("T0", since=1.0)] == [2.0, 4.0]


def test_wishes_are_read_from_where_one_left_off(journal: Journal) -> None:
    first = journal.wish(1.0, "T", "status", "done")
    journal.wish(2.0, "T", "notes", "")
    assert [w.role for w in journal.wishes(after=first)] == ["notes"]
    assert [w.role for w in journal.wishes(since=1.5)] == ["notes"]


def test_small_facts(journal: Journal) -> None:
    assert journal.get("paused", "no") == "no"
    journal.set("paused", "why\udcff")
    assert journal.get("paused") == "why\udcff"
    journal.set("paused", "")
    assert journal.get("paused", "no") == "no"


def test_a_batch_is_all_or_nothing(tmp_path: Path, journal: Journal) -> None:
    def fail_inside() -> None:
        with journal.batch():
            journal.claim(run())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_inside()
    assert journal.runs() == []
    with journal.batch():
        journal.claim(run())
        with journal.batch():
            journal.note(1.0, "x")
        other = Journal.peek(tmp_path / ".mdorch")
        assert other is not None
        assert other.runs() == []
    assert other.runs() == [run()]


def test_a_claim_refused_inside_a_batch_leaves_the_rest(journal: Journal) -> None:
    journal.claim(run())
    with journal.batch():
        journal.claim(run("U.1"))
        with pytest.raises(AlreadyClaimed):
            journal.claim(run())
    assert [r.id for r in journal.runs()] == ["T.1", "U.1"]


def test_peeking_makes_nothing_and_changes_nothing(tmp_path: Path) -> None:
    assert Journal.peek(tmp_path / "none") is None
    assert not (tmp_path / "none").exists()
    Journal.open(tmp_path / ".mdorch").claim(run())
    peeked = Journal.peek(tmp_path / ".mdorch")
    assert peeked is not None
    assert peeked.runs() == [run()]
    with pytest.raises(sqlite3.OperationalError):
        peeked.claim(run("U.1"))


def test_a_newer_journal_is_left_alone(tmp_path: Path, journal: Journal) -> None:
    journal.close()
    connection = sqlite3.connect(tmp_path / ".mdorch" / database.NAME)
    connection.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    connection.close()
    with pytest.raises(JournalTooNew):
        Journal.open(tmp_path / ".mdorch")
    with pytest.raises(JournalTooNew):
        Journal.peek(tmp_path / ".mdorch")


def test_an_older_journal_is_brought_up_to_date(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.claim(run())
    journal.close()
    steps = (*schema.STEPS, "CREATE TABLE more (x); INSERT INTO more VALUES (7)")
    monkeypatch.setattr(database, "STEPS", steps)
    monkeypatch.setattr(database, "VERSION", len(steps))
    peeked = Journal.peek(tmp_path / ".mdorch")
    assert peeked is not None
    assert peeked.runs() == [run()]
    assert peeked._db.execute("SELECT x FROM more").fetchall() == [(7,)]
    opened = Journal.open(tmp_path / ".mdorch")
    assert opened.runs() == [run()]
    assert not opened.made_anew
    assert opened._db.execute("SELECT x FROM more").fetchall() == [(7,)]
    assert len(list((tmp_path / ".mdorch").glob("journal.db.*"))) == 0


@settings(max_examples=40)
@given(text=st.text(st.characters(), max_size=20), more=st.text("\ufdd0\ud800\udcff0aé", max_size=8))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str, more: str) -> None:
    journal = Journal.open(tmp_path_factory.mktemp("j") / ".mdorch", check=False)
    journal.set("k", "x" + text + more)
    assert journal.get("k") == "x" + text + more
    journal.close()


def _claim_all(folder: str, ready: object, won: object) -> None:
    journal = Journal.open(Path(folder), check=False)
    ready.wait()  # type: ignore[attr-defined]
    for number in range(30):
        try:
            journal.claim(run(f"T.{number}"))
        except AlreadyClaimed:
            continue
        won.put(number)  # type: ignore[attr-defined]
    won.put(None)  # type: ignore[attr-defined]


def test_of_processes_that_claim_at_once_one_wins(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, won = context.Barrier(3), context.Queue()
    task = (str(tmp_path / ".mdorch"), ready, won)
    workers = [context.Process(target=_claim_all, args=task) for _ in range(3)]
    for worker in workers:
        worker.start()
    numbers, over = [], 0
    while over < 3:
        item = won.get(timeout=60)
        over += item is None
        numbers += [] if item is None else [item]
    for worker in workers:
        worker.join(10)
    assert sorted(numbers) == list(range(30))


def test_intents_are_found_again_by_the_page_door(journal: Journal) -> None:
    with journal.batch():
        intent = journal.intend(b"one two", b"one 2 three")
    assert journal.begin(b"one two", b"one 2 three") == intent
    (redo,) = journal.pending()
    assert (redo.offset, redo.old, redo.new) == (4, b"two", b"2 three")
    journal.done(intent)
    assert journal.pending() == []


def test_times_move_with_the_clock_and_old_ones_stay(journal: Journal) -> None:
    journal.claim(run("A.1", claimed=100.0, started=110.0, ended=None))
    journal.claim(run("A.2", claimed=1000.0, started=1010.0, ended=1020.0))
    before = journal._db.total_changes
    journal.move_times(since=5000.0, by=-50.0, now=6000.0)
    assert journal._db.total_changes == before, "nothing is written where nothing moves"
    journal.move_times(since=500.0, by=-50.0, now=965.0)
    assert [(r.claimed, r.started, r.ended) for r in journal.runs()] == [
        (100.0, 110.0, None),
        (950.0, 960.0, 965.0),
    ]
