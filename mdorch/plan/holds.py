"""The way out where a page is held: what vanished is brought back, all else is looked at and accepted."""

from __future__ import annotations

GONE = "gone from the page"  # what the reason of such a hold ends in, and of one in the middle of git's work
FINISH = "finish it"
RESOLVE = "resolve the conflict"
_WAYS = {GONE: "mdorch history --restore last", FINISH: "git status", RESOLVE: "mdorch lint"}


def way_out(hold: str) -> str:
    """The command that helps first."""
    return next((way for end, way in _WAYS.items() if hold.endswith(end)), "mdorch resume")


def until(hold: str) -> str:
    """What must happen for the page to be acted upon again."""
    back = "; mdorch history --restore last brings back what it was" if hold.endswith(GONE) else ""
    return f"nothing is written or started until it is right, or mdorch resume{back}"


def explained(hold: str) -> str:
    return f"{hold} (if that was meant: mdorch resume)" if hold.endswith(GONE) else hold
