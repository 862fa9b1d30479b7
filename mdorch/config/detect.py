"""What `mdorch init` suggests: the agent CLIs of this machine, and the text of a first `mdorch.toml`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mdorch.config.settings import COMPANION, PAGE
from mdorch.world.agents.registry import NAMES

_HEAD = """\
# What is about this machine: which programs mdorch may start, and how many at once.
# Durations are "250ms", "5s", "1h30m". A changed value is approved once, by `mdorch trust` or at `mdorch up`.

page = {page}                        # relative to this file
policy = [{companion}]   # documents with policy tables, where they exist

[run]
max_parallel = 5       # agents at once; groups may cap lower
timeout = "30m"        # per attempt
attempts = 2           # per agent, before its backup gets its turn
settle = "5s"          # how long a row changed by hand must be quiet before it may start
{isolation}
[limits]               # agents at once per parallel group; the page's own table wins
discovery = 5
implementation = 4
validation = 1

[budget]
launches_per_task = 6
launches_per_hour = 20
usd_per_run = 5.0      # where the agent reports what it costs
usd_per_day = 25.0

[gates]
review = []            # ids, groups or "*": In Review, for a person, instead of Complete
"""

_WORKTREE = """\
isolation = "worktree" # each attempt in a git work tree of its own; "none": in your checkout
merge = "review"       # its branch waits for you; "merge", "rebase": into the branch [worktree] into names
"""
_CHECKOUT = """\
isolation = "none"     # "worktree": each attempt in a git work tree of its own; needs git and a first commit
"""

_AGENT = """
# Every agent name that has no entry of its own is started like this. `mdorch agents` shows the command line;
# model = "…" and args = ["…"] add to it. Any other program: command = ["program", "argument"], the prompt
# comes on its standard input. strict: exit 0 without a handoff is Blocked, not Complete.
[agents.default]
cli = {cli}
strict = true
"""

_ALSO = """
# Also on PATH; under a name of its own, it works as that agent alone.
# [agents."some-agent"]
# cli = {cli}
"""

_NO_AGENT = """
# No agent program was found on PATH. Until one is named here, `mdorch up` starts nothing:
# [agents.default]
# cli = "claude"        # or {others}; or any program: command = ["program", "argument"]
"""


def found(path: str | None = None) -> tuple[str, ...]:
    """The known agent CLIs on `path` (default: PATH), best first."""
    from shutil import which

    return tuple(name for name in NAMES if which(name, path=path))


def template(clis: Sequence[str], page: str = PAGE, trees: bool = False) -> str:
    """The text of a first `mdorch.toml`; `clis` are those found, the first becomes the default agent."""
    isolation = _WORKTREE if trees else _CHECKOUT
    head = _HEAD.format(page=json.dumps(page), companion=json.dumps(COMPANION), isolation=isolation)
    if not clis:
        return head + _NO_AGENT.format(others=", ".join(NAMES[1:]))
    others = "".join(_ALSO.format(cli=json.dumps(name)) for name in clis[1:])
    return head + _AGENT.format(cli=json.dumps(clis[0])) + others
