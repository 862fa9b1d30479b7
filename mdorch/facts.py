"""What was observed about runs and rows: plain frozen records, no behaviour that needs a clock.

Times are seconds since the epoch, as floats.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mdorch.frozen import Frozen, field


class RunState(StrEnum):
    """`claimed → started → ended → folded`; `lost` and `unbegun` are ways of having ended."""

    CLAIMED = "claimed"  # journaled; nothing started yet
    STARTED = "started"  # its folder and lock exist; the shim is or was alive
    ENDED = "ended"  # exit.json was read, or it is known that it never will be
    FOLDED = "folded"  # its result is on the page


class End(StrEnum):
    """How a run ended."""

    EXIT = "exit"  # the program exited by itself: see `exit_code` (negative: killed by that signal)
    TIMEOUT = "timeout"  # the deadline of the attempt passed
    STOPPED = "stopped"  # somebody wished it: see `stop_reason`
    LOST = "lost"  # the shim vanished without a word: nothing can be known
    UNBEGUN = "unbegun"  # the agent program was never started
    UNSTARTABLE = "unstartable"  # the program is missing or not executable: see `detail`


class Own(StrEnum):
    """What an agent program itself said of its end. An exit code of 0 proves nothing about most of them."""

    DONE = "done"
    DENIED = "denied"  # done, but it was not allowed to use a tool: see `detail`
    FAILED = "failed"
    LIMITED = "limited"  # the usage of its account is used up: see `Run.limited`
    SPENT = "spent"  # its run has cost what one may
    MUTE = "mute"  # nothing, and it should have


ATTACH = "attach"  # reason of a stop: a person opens the session
VANISHED = "vanished without a word"
_LIVE = (RunState.CLAIMED, RunState.STARTED)
_ENDINGS = {
    End.TIMEOUT: "timed out",
    End.STOPPED: "stopped",
    End.LOST: VANISHED,
    End.UNBEGUN: "never began",
    End.UNSTARTABLE: "could not start",
}


class Run(Frozen):
    """One attempt at a task. `id` is `TASK.attempt`, with a random suffix after a lost journal."""

    id: str
    task: str
    attempt: int
    agent: str
    state: RunState
    claimed: float
    round: int = 0  # rounds begin when a person reopens a task; attempts count within one
    started: float | None = None
    ended: float | None = None
    end: End | None = None
    exit_code: int | None = None
    stop_reason: str = ""
    detail: str = ""  # one line: the last words of stderr, or why it could not start
    pid: int | None = None
    outcome: str = ""  # complete, failed, …: written down as the fold begins, before the page is
    shown: bool = False  # the claim is on the page: In Progress and its agent row were written
    silent: bool = False  # it ended before it had written anything, or its account was not let in
    own: Own | None = None  # None: its program says nothing of its end
    session: str = ""  # by which its program can go on with it
    resumes: str = ""  # the run whose session this one goes on with
    limited: float = 0.0  # until when the usage limit holds that ended it
    cost_usd: float | None = None
    tokens: int | None = None
    turns: int | None = None
    branch: str = ""  # of the work tree that it has for itself; "": it works in the checkout
    landed: str = ""  # what became of the branch: "kept", "unchanged", or the commit that it was merged as
    conflicts: str = ""  # why it could not be merged, or its tree not be made
    check: str = ""  # which check its work did not pass, and how

    @property
    def live(self) -> bool:
        """Claimed or started: may be working now."""
        return self.state in _LIVE

    @property
    def nudged(self) -> bool:
        """Whether it goes on with a run of its own task, and not merely in the session of another."""
        return self.resumes.rpartition(".")[0] in (self.task, self.id.rpartition(".")[0])

    @property
    def ending(self) -> str:
        """How it ended, in a few words, with its last line where that was not well; "" while it has not."""
        if self.end is None:
            return ""
        code = self.exit_code or 0
        how = f"exit {code}" if code >= 0 else f"killed by signal {-code}"
        if code == 0 and self.own in (Own.FAILED, Own.MUTE):
            how = "exit 0, and failed" if self.own is Own.FAILED else "exit 0, and no result"
        how = _ENDINGS.get(self.end, how)
        if self.end is End.STOPPED and self.stop_reason:
            how = f"{how}: {self.stop_reason}"
        return f"{how}: {self.detail}" if self.detail and how != "exit 0" else how

    @property
    def given_up(self) -> bool:
        """Whether nobody waits for its result any more, although it may still be at work somewhere."""
        return self.end in (End.TIMEOUT, End.LOST, End.STOPPED) and not self.handed_over

    @property
    def handed_over(self) -> bool:
        """Whether it was ended so that a person could go on in its session."""
        return self.end is End.STOPPED and self.stop_reason == ATTACH

    @property
    def went_well(self) -> bool:
        """Whether its program ended by itself, with exit code 0, and does not say otherwise."""
        wrong = self.own in (Own.FAILED, Own.LIMITED, Own.SPENT)
        return self.end is End.EXIT and not self.exit_code and not wrong


class Cause(StrEnum):
    """Who changed a row."""

    HAND = "hand"  # somebody saved the file
    COMMAND = "command"  # a person's wish through mdorch's own door: no settling
    MDORCH = "mdorch"  # our own write


class Seen(Frozen):
    """What is remembered of one row: the version before the one on the page.

    `cells` maps roles to values as on the page; `changed` is when the row last became different.
    """

    task: str
    cells: Mapping[str, str]
    status: str
    changed: float
    cause: Cause = Cause.HAND
    round: int = 0
    since: float = 0.0  # when it got this status


class Dispute(Frozen):
    """Two values for one cell, `role` of `task`, saved by two who did not see each other: `stands` is on the
    page, `other` gave way. `when` is epoch seconds."""

    task: str
    role: str
    stands: str
    other: str
    when: float


class Duration(Frozen):
    """How long a finished run took: what the next one of its task or agent is expected to take."""

    task: str
    agent: str
    seconds: float


class Touch(Frozen):
    """A file that changed: its path from the root of the repository, and the runs that were at work then.
    One run alone where it has a work tree of its own."""

    path: str
    runs: tuple[str, ...]


class Left(Frozen):
    """The copy of the page in the work tree of a run that has ended. `known` are the digests of the handoffs
    that it had at the start."""

    page: bytes
    known: tuple[str, ...] = ()


class Facts(Frozen):
    """All that the plan knows besides the page.

    `runs` holds, oldest first, every unfolded run and the folded ones of each task's current round.
    `quiet` is for how many seconds the page's bytes have not changed; `blocks` says since when each handoff
    block that is not taken, by its key, reads as it does (for blocks still being typed), and each answer, by
    `Handoff.answered`.
    `overtaken` names the columns, by role, in which a run's row has changed since its fold was begun by a
    daemon that then crashed: its result is on the page already, or somebody decided otherwise since.
    `cleared` is when a person last said `mdorch resume`: agent programs paused before it may try again.
    """

    runs: tuple[Run, ...] = ()
    seen: Mapping[str, Seen] = field(default_factory=dict)
    launches: tuple[float, ...] = ()  # start times of the last hour, ascending
    paused: str = ""  # why nothing new may start, "" where it may
    hold: str = ""  # why the page must not be acted upon, "" where it may
    quiet: float = 1e9
    blocks: Mapping[str, float] = field(default_factory=dict)
    only: frozenset[str] | None = None  # `mdorch run`: no other task may start
    highest: Mapping[str, int] = field(default_factory=dict)  # highest attempt ever seen for a task id
    suffix: str = ""  # ends new run ids after the journal had to be made anew
    unwritable: Mapping[str, str] = field(default_factory=dict)  # task -> why this page refuses its changes
    overtaken: Mapping[str, frozenset[str]] = field(default_factory=dict)  # run id -> roles
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # run id -> files it says it left
    left: Mapping[str, Left] = field(default_factory=dict)  # run id -> the page in its tree, as it left it
    past: tuple[Duration, ...] = ()  # runs that completed their task, oldest first
    cleared: float = 0.0
    met: float = 0.0  # when the page was looked at first: what stood there then may be much older
    spent: float = 0.0  # today, in US dollars, as far as it is known
    unpriced: tuple[str, ...] = ()  # runs of today that ended without saying what they cost
    dawn: float = 0.0  # when the day ends
    touched: tuple[Touch, ...] = ()  # files that changed in nobody's scope, or in that of several
    disputes: tuple[Dispute, ...] = ()
    landing: frozenset[str] = frozenset()  # runs whose work trees are being closed, or merged
    attached: frozenset[str] = frozenset()  # tasks whose session a person has open
