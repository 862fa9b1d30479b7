"""The loop: wake, pass, sleep.

A pass is repeated until it finds nothing to do; then the loop sleeps until somebody saves the page, a run
ends, or the earliest time that the plan named. Whatever woke it, a pass looks at everything: a lost or merged
event costs nothing.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping
from time import monotonic

from mdorch.daemon.doorbell import Doorbell
from mdorch.daemon.doors import Doors
from mdorch.daemon.events import Ending, Tell, silent
from mdorch.daemon.ground import FAULTS, Ground
from mdorch.daemon.options import Options
from mdorch.daemon.rest import Rest
from mdorch.daemon.voice import Voice
from mdorch.daemon.work import Work
from mdorch.desk.site import Site
from mdorch.world.journal import Journal
from mdorch.world.keeper.ready import is_ready, which_are_ready

RECHECK = 1.0  # seconds until a page that could not be read, or is not settled, is looked at again
RARELY = 8.0  # seconds until what fails again and again is tried again, at most
GLANCE = 60.0  # seconds until a time is asked for again: a machine that sleeps does not count them
SOON = 0.05  # seconds until git, at work on the page, is asked again
COLLECT = 50_000, 20, 20  # a page of ten thousand rows is no garbage: look for some less often than usual
AGAIN = 3.0  # seconds in which a second interrupt also stops the runs


class Daemon:
    """One daemon of one page. `environ` is what agents inherit (by default that of this process)."""

    def __init__(
        self,
        site: Site,
        options: Options,
        tell: Tell = silent,
        environ: Mapping[str, str] | None = None,
        doors: Doors | None = None,
    ) -> None:
        self.site = site
        self.options = options
        self.doors = doors or Doors(site)
        self.bell = Doorbell()
        self.voice = Voice(tell)
        self.work = Work(self.doors, options, dict(os.environ if environ is None else environ), self.voice)
        self.rest = Rest()

    def run(self) -> Ending:
        """Until told to stop, or for as long as the options say. Raises AlreadyHeld, JournalTooNew."""
        gc.set_threshold(*COLLECT)
        ground = Ground(self.site.page, self.site.dot, self.doors.journal)
        try:
            with self.bell as bell:
                self.set_up(ground.journal, bell)
                if self.options.at_work is not None:
                    self.options.at_work()
                try:
                    return self._loop(bell, ground)
                finally:
                    self.watch.stop()
                    self.work.rest_crew()  # before anybody else may have the lock
                    self.work.runs.close()
                    if self.work.herald is not None:
                        self.work.herald.close(say=not bell.stopping)
        finally:
            ground.release()

    def set_up(self, journal: Journal, bell: Doorbell) -> None:
        self.work.set_up(journal, bell.ring)
        self.watch = self.work.watch = self.doors.watch(bell.ring)
        if not self.options.once:
            self.watch.start()

    def _loop(self, bell: Doorbell, ground: Ground) -> Ending:
        while True:
            bell.clear()
            done = self.work.saved = fallen = False
            try:
                while not bell.stopping and self._pass_on(ground):
                    bell.clear()  # of what was written just now, too
                    self._linger(bell)
                    bell.clear()
                    done = True
            except FAULTS as error:
                if self.options.once:
                    raise
                self.voice.in_the_way(ground.fall(error))
                fallen = True
            if bell.stopping:
                return self._stopped(bell)
            self.work.tell_people()
            if self.options.once or (self.options.until_idle and self.work.idle()):
                self.work.rest_crew(finish=True)
                return self.work.ending()
            self.voice.tell_how(ground, self.watch)
            self.rest.after(self.work.saved and not done)
            self._sleep(bell, fallen)

    def _pass_on(self, ground: Ground) -> bool:
        """One pass, on firm ground; whether anything was done."""
        if not ground.is_firm():
            self.work.begin(ground.journal)
        return self.work.one_pass()

    def _sleep(self, bell: Doorbell, fallen: bool) -> None:
        """`fallen`: the pass was cut off. What it was due for, and which runs have ended, is for one that is
        not; until then neither may wake us."""
        if fallen:
            is_ready([bell.fileno()], self._pause())
            return
        if self.work.gather.until is not None:
            self._linger(bell)
            return
        if self.rest.pause and not is_ready(self.work.state.watched(), self.rest.pause):
            self.rest.over(saved=is_ready([bell.fileno()], 0))
        until = self.work.wake()
        timeout = None if until is None else min(until - self.doors.clock.now(), GLANCE)
        if self.voice.trouble:
            timeout = self._pause()
        elif self.work.is_unsettled():
            pause = SOON if self.work.soon else RECHECK
            timeout = pause if timeout is None else min(timeout, pause)
        is_ready([bell.fileno(), *self.work.state.watched()], timeout)

    def _linger(self, bell: Doorbell) -> None:
        """Until all runs have ended, the page was saved, or the pause before the next look is over."""
        until = monotonic() + self.work.gather.pause
        left = set(self.work.state.watched()) if self.work.gather.pause else set()
        while left and (pause := until - monotonic()) > 0:
            ready = which_are_ready([bell.fileno(), *left], pause)
            left = set() if bell.fileno() in ready else left.difference(ready)

    def _pause(self) -> float:
        """Seconds until what is in the way is looked at again."""
        return float(min(RECHECK * 2 ** min(max(self.voice.waits - 1, 0), 10), RARELY))

    def _stopped(self, bell: Doorbell) -> Ending:
        """Told to stop: runs go on without us, unless the same was asked for twice."""
        live = [r for r in self.work.state.runs.values() if r.live]
        if live and bell.interactive:
            goes = "1 run goes on" if len(live) == 1 else f"{len(live)} runs go on"
            self.voice.say("stop", f"{goes}; interrupt again within {AGAIN:.0f} s to stop it all")
            if bell.again(AGAIN):
                for run in live:
                    self.work.runs.stop(run.id, "interrupted")
                self.voice.note("stop", "interrupted twice: what runs is being stopped")
                return Ending(0)
        return Ending(0, (), len(live))


def fold_only(site: Site, environ: Mapping[str, str] | None = None) -> Ending:
    """One pass that folds what has ended and starts nothing."""
    return Daemon(site, Options(once=True, paused="folding only"), environ=environ).run()
