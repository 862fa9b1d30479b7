"""The measuring itself: costs are those of the command measured, not of who measures."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from bench import (
    idle,
    keystroke,
    latency,
    makespan,
    page,
    planning,
    runs,
    sleeps,
    start,
    status,
    talk,
    tasks,
    top,
    web,
)
from bench.__main__ import names
from bench.harness import Table, against, bare_environment, in_turn, spend, timed

BURN = "import time\nwhile time.process_time() < 0.3: pass"
GROW = "b = bytearray(80_000_000); b[::4096] = b'x' * len(b[::4096])"


def python(folder: Path, code: str) -> tuple[float, float]:
    used = spend([sys.executable, "-S", "-c", code], folder, bare_environment(folder))
    return used.cpu, used.memory / 1e6


def test_time_and_memory_of_a_command(tmp_path: Path) -> None:
    idle_cpu, idle_memory = python(tmp_path, "pass")
    assert idle_cpu < 0.2
    assert 0.28 < python(tmp_path, BURN)[0] < 0.6
    assert 75 < python(tmp_path, GROW)[1] - idle_memory < 90


def test_the_memory_of_who_measures_does_not_count(tmp_path: Path) -> None:
    before = python(tmp_path, "pass")[1]
    ballast = bytearray(100_000_000)
    ballast[::4096] = b"x" * len(ballast[::4096])
    assert python(tmp_path, "pass")[1] < before + 10


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        python(tmp_path, "raise SystemExit(3)")
    assert (
        spend([sys.executable, "-c", "exit(3)"], tmp_path, bare_environment(tmp_path), accept=(3,)).wall > 0
    )


def test_cases_take_turns() -> None:
    seen: list[str] = []
    results = in_turn({"a": lambda: seen.append("a"), "b": lambda: seen.append("b")}, 2)
    assert "".join(seen) == "ababab"
    assert [len(values) for values in results.values()] == [2, 2]


def test_one_call_of_a_function() -> None:
    short, long = timed(lambda: sum(range(1_000))), timed(lambda: sum(range(20_000)))
    assert 5 < long() / short() < 80


def test_tables_are_markdown() -> None:
    table = Table("T", ["what", "×"], "Note.")
    table.add("a", against(9.96, 10))
    table.add("bb", against(11, 10))
    assert table.markdown().splitlines() == [
        "### T",
        "",
        "Note.",
        "",
        "| what |            × |",
        "|------|-------------:|",
        "| a    |   10.0 of 10 |",
        "| bb   | 11.0 of 10 ✗ |",
    ]


def test_every_bench_is_tried_here() -> None:
    modules = (
        idle,
        keystroke,
        latency,
        makespan,
        page,
        planning,
        runs,
        sleeps,
        start,
        status,
        talk,
        tasks,
        top,
        web,
    )
    assert names() == [module.__name__.removeprefix("bench.") for module in modules]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a living process costs")
def test_the_daemon_at_rest(tmp_path: Path) -> None:
    tasks_, cpu, switches, memory, ratio = idle.row(10, 0.5, tmp_path)
    assert (tasks_, float(switches) >= 0) == ("10", True)
    assert float(cpu.split()[0]) < 500
    assert float(memory.split()[0]) > float(ratio) > 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a living process costs")
def test_agents_that_talk(tmp_path: Path) -> None:
    agents, daemon, shim, memory = talk.row(1, 0.5, tmp_path)
    assert (agents, float(shim) >= 0) == ("1", True)
    assert float(daemon.split()[0]) < 500
    assert float(memory.split()[0]) > 0


def test_keys_in_an_editor(tmp_path: Path) -> None:
    tasks_, *_, alone = keystroke.row(20, None, 2, tmp_path)
    assert (tasks_, float(alone.split()[0]) > 0) == ("20", True)


def test_page_to_outline() -> None:
    assert page.row("1 KB", page.board(1_000), 1)[0] == "1 KB"


def test_status_of_a_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(status, "ROUNDS", 1)
    assert status.row(30, None, tmp_path)[0] == "30"


@pytest.mark.parametrize(
    ("bench", "sizes"),
    [
        (makespan, {"BOARDS": 1, "TASKS": 8}),
        (planning, {"ROWS": 50, "ROUNDS": 1}),
        (runs, {"ROUNDS": 1, "LAYERS": 1, "SLEEPERS": 1}),
    ],
    ids=["makespan", "planning", "runs"],
)
def test_its_tables(bench: ModuleType, sizes: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sizes.items():
        monkeypatch.setattr(bench, name, value)
    for table in bench.tables():
        assert table.rows
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_start_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(start, "COMMANDS", start.COMMANDS[:2])
    assert [name for name, _ in start.rows(1, tmp_path)] == [" ".join(words) for words in start.COMMANDS]


def test_tasks_in_layers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tasks, "TOOLS", {name: tasks.TOOLS[name] for name in ("mdorch", "make")})
    lines = {line[0]: line[-1] for line in tasks.rows(20, 1, tmp_path)}
    assert lines == {"started plainly": "no", "mdorch": "yes", "make": "no"}
    page_ = (tmp_path / "0" / "CLAUDE.md").read_text("utf-8")
    assert page_.count("| Complete |") == 20


def test_sleeps_in_their_order(tmp_path: Path) -> None:
    given = makespan.Work([0.05, 0.1, 0.1], [[], [0], [0]])
    assert 1.0 < sleeps.ratio(sleeps.TOOLS["mdorch"], given, tmp_path) < 100
    assert (tmp_path / "CLAUDE.md").read_text("utf-8").count("| Complete |") == 3


def test_the_way_from_a_save_to_an_agent_is_measured(tmp_path: Path) -> None:
    cells = latency.row(10, 2, tmp_path)
    assert cells[0] == "10"
    assert all(float(cell.split()[0]) > 0 for cell in cells[1:])


def test_the_way_from_a_save_to_a_screen_is_measured(tmp_path: Path) -> None:
    tasks_, echo, event, *browser = web.row(10, 2, tmp_path, browser=False)
    assert (tasks_, browser) == ("10", ["-", "-"])
    assert float(echo) > 0
    assert float(event) > 0


def test_keys_on_the_terminal(tmp_path: Path) -> None:
    tasks_, start_, bare, *keys = top.row(30, 2, 1, tmp_path)
    assert (tasks_, float(bare) > 1) == ("30", True)
    assert float(start_.split()[0]) > 0
    assert all(float(key.split()[0]) > 0 for key in keys)
