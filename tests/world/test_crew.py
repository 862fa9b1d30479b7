"""Jobs beside a loop: each once, in order at one place, at once at different ones."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from mdorch.world.crew import Crew

LONG = 30.0


def wait(rung: threading.Semaphore, times: int = 1) -> None:
    for _ in range(times):
        assert rung.acquire(timeout=LONG)


def test_jobs_at_one_place_follow_one_another_and_others_go_on() -> None:
    rung, gate, done = threading.Semaphore(0), threading.Event(), list[str]()

    def slow() -> None:
        assert gate.wait(LONG)
        done.append("slow")

    crew = Crew(rung.release)
    crew.ask("a", "here", slow)
    crew.ask("b", "here", lambda: done.append("after"))
    for name in ("c", "d"):
        crew.ask(name, f"at {name}", partial(done.append, name))
    wait(rung, 2)
    assert (sorted(done), crew.is_busy("a"), crew.is_over("c")) == (["c", "d"], True, True)
    gate.set()
    wait(rung, 2)
    assert done[2:] == ["slow", "after"]
    crew.close()


def test_a_result_is_there_once_and_asking_again_changes_nothing() -> None:
    rung, done = threading.Semaphore(0), list[int]()
    crew = Crew(rung.release)
    crew.ask("a", "x", lambda: done.append(1) or 7)  # type: ignore[func-returns-value]
    wait(rung)
    crew.ask("a", "x", lambda: done.append(2))
    assert (crew.fetch("a"), done, crew.is_over("a"), crew.is_busy("a")) == (7, [1], False, False)
    with pytest.raises(KeyError):
        crew.fetch("a")
    crew.ask("a", "x", lambda: 1 // 0)
    wait(rung)
    with pytest.raises(ZeroDivisionError):
        crew.fetch("a")
    crew.ask("a", "x", lambda: 8)
    wait(rung)
    assert crew.fetch("a") == 8, "and may be asked for anew"
    crew.close()


@pytest.mark.parametrize("finish", [False, True])
def test_at_the_end_what_is_being_done_is_waited_for(finish: bool) -> None:
    begun, gate, done = threading.Event(), threading.Event(), list[str]()

    def slow() -> None:
        begun.set()
        assert gate.wait(LONG)
        done.append("slow")

    crew = Crew(lambda: None, size=1)
    crew.ask("a", "x", slow)
    crew.ask("b", "y", lambda: done.append("later"), quiet=True)
    assert begun.wait(LONG)
    closer = threading.Thread(target=crew.close, args=(finish,))
    closer.start()
    gate.set()
    closer.join(LONG)
    assert done == (["slow", "later"] if finish else ["slow"])
    crew.ask("c", "z", lambda: done.append("too late"))
    assert not crew.is_busy("c")
