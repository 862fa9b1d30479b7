"""Times as answers and people have them."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from mdorch.config.durations import seconds
from mdorch.config.errors import USAGE, Trouble


def iso(moment: float | None) -> str | None:
    """ISO 8601 UTC with milliseconds; None stays None."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parsed(text: str) -> float:
    """Epoch seconds of what `iso` wrote."""
    return datetime.fromisoformat(text).timestamp()


def spoken(length: float) -> str:
    """A length of time in its two largest units: `4 s`, `12 min`, `3 h 5 min`, `2 d 4 h`."""
    whole = int(max(0.0, length))
    if whole < 60:
        return f"{whole} s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if hours == 0:
        return f"{minutes} min"
    if days == 0:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{days} d {hours % 24} h" if hours % 24 else f"{days} d"


def price(tokens: int | None, usd: float | None) -> str:
    """What a run has used up, as far as it is known: `12.3k tokens, $0.42`."""
    count = f"{tokens} tokens" if tokens is not None and tokens < 1000 else ""
    if tokens is not None and tokens >= 1000:
        count = f"{tokens / 1000:.1f}k tokens" if tokens < 1_000_000 else f"{tokens / 1e6:.1f}M tokens"
    return ", ".join(filter(None, (count, f"${usd:.2f}" if usd is not None else "")))


def ago(length: float) -> str:
    return "just now" if length < 1 else f"{spoken(length)} ago"


def clock(moment: float) -> str:
    """The time of day here, `14:03:07`."""
    return time.strftime("%H:%M:%S", time.localtime(moment))


def local(moment: float) -> str:
    """Date and time here, `2026-11-22 14:03:07`."""
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def moment(text: str, now: float) -> float:
    """What `--since` means, in epoch seconds: a length of time back (`2h`, `3d`), or an ISO 8601 date or
    time, local where it names no zone. Raises Trouble."""
    try:
        return now - seconds(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text.strip()).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        hint = "write 2h, 3d, 2026-11-22 or 2026-11-22T14:00"
        raise Trouble(f"“{text}” is neither a time nor a length of time", hint, USAGE) from None
