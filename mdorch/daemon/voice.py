"""What the daemon says: a line for whoever listens, one in the history, and in its lock how it is.

Each thing is said once, when it begins, and once when it is over. What cannot be written down (on a full
disk, say) is still told to whoever listens.
"""

from __future__ import annotations

from contextlib import suppress

from mdorch.daemon.doors import WatchDoor
from mdorch.daemon.events import Event, Tell
from mdorch.daemon.ground import FAULTS, Ground
from mdorch.facts import Run
from mdorch.world.journal import Journal


class Voice:
    """`now` and `journal` are the daemon's; `trouble` is what keeps it from working, "" where nothing does,
    and `waits` how many passes in a row that was so."""

    journal: Journal

    def __init__(self, tell: Tell) -> None:
        self.now = 0.0
        self.trouble = ""
        self.waits = 0
        self.tell = tell
        self._since = 0.0
        self._polls = False

    def say(self, kind: str, text: str, run: Run | None = None, task: str = "") -> None:
        """To whoever listens."""
        who = (run.task, run.agent, run.id) if run else (task, "", "")
        self.tell(Event(self.now, kind, text, *who))

    def note(self, kind: str, text: str, run: Run | None = None) -> None:
        """To whoever listens, and into the history."""
        self.say(kind, text, run)
        with suppress(*FAULTS):
            self.journal.note(self.now, kind, run.task if run else "", run.id if run else "", text)

    def in_the_way(self, text: str) -> None:
        """This keeps the daemon from working; "": nothing does any more."""
        if text and text != self.trouble:
            self.note("trouble", text)
        elif self.trouble and not text:
            self.note("free", f"it goes on; this is over: {self.trouble}")
        if text != self.trouble:
            self._since = self.now
        self.trouble, self.waits = text, self.waits + 1 if text else 0

    def tell_how(self, ground: Ground, watch: WatchDoor) -> None:
        """In the lock, how the daemon is; and once for each change, how it learns of saves."""
        kind, words = watch.kind(), watch.explain()
        ground.tell(passed=self.now, watch=kind, watching=words, trouble=self.trouble, troubled=self._since)
        if (kind == "polling") != self._polls:
            self._polls = kind == "polling"
            self.note("trouble" if self._polls else "free", f"saves are learned of {words}")
