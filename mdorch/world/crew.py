"""Slow work beside a loop that must not wait: jobs with names, done by a few threads.

A job is asked for once, by its name, and its result is fetched once, by whoever asked; in between it is
under way, and asking again changes nothing. Jobs at one *place* follow one another in the order in which they
were asked for; those at different places go on at once. Nothing here is remembered across a crash: each job
must be one that can be begun again from whatever a kill left of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from traceback import print_exception
from typing import Any

from mdorch.frozen import Frozen

SIZE = 4  # threads; each mostly waits for a program and a disk

Job = Callable[[], Any]


class _Order(Frozen):
    name: str
    place: str
    job: Job
    quiet: bool


class Crew:
    """`ring` is called, from another thread, whenever a result is there. For use by one thread."""

    def __init__(self, ring: Callable[[], None], size: int = SIZE) -> None:
        self._ring = ring
        self._size = size
        self._changed = threading.Condition()
        self._waiting: list[_Order] = []
        self._places: set[str] = set()  # where something is being done
        self._under_way: set[str] = set()  # names of what waits or is being done
        self._results: dict[str, tuple[Any, BaseException | None]] = {}
        self._threads: list[threading.Thread] = []
        self._closed = False

    def ask(self, name: str, place: str, job: Job, quiet: bool = False) -> None:
        """Have it done, unless it is under way or its result was not fetched yet. `quiet`: nobody waits for
        the result."""
        with self._changed:
            if self._closed or name in self._under_way or name in self._results:
                return
            self._under_way.add(name)
            self._waiting.append(_Order(name, place, job, quiet))
            if len(self._threads) < min(self._size, len(self._under_way)):
                self._threads.append(threading.Thread(target=self._work, daemon=True, name="crew"))
                self._threads[-1].start()
            self._changed.notify()

    def is_busy(self, name: str) -> bool:
        """Whether it was asked for and is not over."""
        with self._changed:
            return name in self._under_way

    def is_over(self, name: str) -> bool:
        """Whether its result is there to be fetched."""
        with self._changed:
            return name in self._results

    def fetch(self, name: str) -> Any:
        """Its result, once; or what it raised. KeyError where it is not over."""
        with self._changed:
            result, error = self._results.pop(name)
        if error is not None:
            raise error
        return result

    def forget(self, name: str) -> None:
        """Nobody will fetch the result, if there is one by now."""
        with self._changed:
            self._results.pop(name, None)

    def close(self, finish: bool = False) -> None:
        """Take on nothing more, and wait for what is being done; `finish`: and for what is still to be."""
        with self._changed:
            self._closed = True
            if not finish:
                self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                while (order := self._next()) is None:
                    if self._closed and not self._waiting:
                        return
                    self._changed.wait()
                self._places.add(order.place)
            result, error = None, None
            try:
                result = order.job()
            except BaseException as raised:  # noqa: BLE001  # it is raised again where the result is fetched
                error = raised
            with self._changed:
                self._places.discard(order.place)
                self._under_way.discard(order.name)
                if not order.quiet:
                    self._results[order.name] = result, error
                self._changed.notify_all()
            if not order.quiet:
                self._ring()
            elif error is not None:
                print_exception(error)

    def _next(self) -> _Order | None:
        """The first job whose place is free; taken off the list."""
        for order in self._waiting:
            if order.place not in self._places:
                self._waiting.remove(order)
                return order
        return None
