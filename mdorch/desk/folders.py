"""A run as its folder shows it: what the journal does not know yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdorch.facts import End, Run, RunState
from mdorch.frozen import replace

if TYPE_CHECKING:
    from mdorch.world.runs import Poll


def after(run: Run, poll: Poll) -> Run:
    """The run as its folder shows it."""
    if poll.state == "absent":
        return run if run.state is RunState.CLAIMED else replace(run, state=RunState.ENDED, end=End.LOST)
    started = replace(
        run, state=RunState.STARTED, started=poll.started or run.started or run.claimed, pid=poll.pid
    )
    if poll.state == "running":
        return started
    ended = replace(started, state=RunState.ENDED)
    if poll.exit is None:
        end = End.UNBEGUN if poll.state == "unbegun" else End.LOST
        return replace(ended, end=end, ended=started.started)
    exit_ = poll.exit
    return replace(
        ended,
        end=exit_.end,
        exit_code=exit_.exit_code,
        started=exit_.started,
        ended=exit_.ended,
        stop_reason=exit_.stop_reason,
        detail=exit_.detail,
        silent=poll.silent or exit_.barred,
        own=exit_.own,
        session=exit_.session,
        limited=exit_.limited,
        cost_usd=exit_.cost_usd,
        tokens=exit_.tokens,
        turns=exit_.turns,
        check=exit_.check,
    )
