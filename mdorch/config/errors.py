"""The one exception for errors of the caller: printed as one line and a hint, never as a traceback."""

from __future__ import annotations

USAGE = 2  # a command line, a variable or a configuration that cannot be meant
FAILED = 3  # understood, and could not be done


class Trouble(Exception):
    """One clear line, the remedy, and the exit code that says whose turn it is."""

    def __init__(self, message: str, hint: str = "", exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message
