"""Times as people write them: `30m`, `1h30m`, `250ms`; plain numbers are seconds."""

from __future__ import annotations

import math
import re

# Largest first: the order in which they are written.
UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
LONGEST = 366 * UNITS["d"]

_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_WRITTEN = re.compile("".join(rf"(?:(?P<{unit}>{_NUMBER}){unit})?" for unit in UNITS), re.ASCII)


def seconds(value: object) -> float:
    """The seconds that a configured value means. ValueError with a whole sentence where it means none."""
    if isinstance(value, str):
        found = _WRITTEN.fullmatch(value.strip().replace(" ", "").lower())
        parts = {unit: text for unit, text in found.groupdict().items() if text} if found else {}
        if not parts:
            raise ValueError("is not a duration")
        total = sum(float(text) * UNITS[unit] for unit, text in parts.items())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        total = float(value) if -LONGEST <= value <= LONGEST else math.inf
    else:
        raise ValueError("is not a duration")
    if not 0 <= total <= LONGEST:
        raise ValueError("is not a duration between 0 and a year")
    return total


def written(duration: float) -> str:
    """The shortest text that `seconds` reads as this duration, to the millisecond."""
    rest = round(duration * 1000)
    out = ""
    for unit, size in UNITS.items():
        count, rest = divmod(rest, round(size * 1000))
        out += f"{count}{unit}" if count else ""
    return out or "0s"
