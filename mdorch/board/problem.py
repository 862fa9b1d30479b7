"""A `Problem`: something on the page that could not be understood or must not be acted upon.

Errors of the page are data, never exceptions; what is in doubt is held, not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding with its place and its remedy.

    `line` and `column` count from 1, in characters of the decoded line; 0 where there is no place.
    `task` is the id of the row it speaks of, or "".
    """

    code: str
    severity: Severity
    message: str
    hint: str = ""
    line: int = 0
    column: int = 0
    task: str = ""
