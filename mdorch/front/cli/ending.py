"""How every command ends: with an exit code, and one clear line where something was in the way.

0 fine · 1 the page has problems, or the thing asked for is not so · 2 wrong usage · 3 could not do it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from mdorch.front.cli.screen import Ink, ReaderGone, Screen

INTERRUPTED, CUT_OFF = 130, 141  # as shells name the ends by SIGINT and SIGPIPE


def ended(body: Callable[[], int]) -> int:
    """The exit code of what `body` does. Only what nobody expected comes through."""
    try:
        code = body()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except (BrokenPipeError, ReaderGone):
        # What is still buffered has no reader any more; the interpreter must not try again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CUT_OFF
    except Exception as error:
        from mdorch.desk.failures import told

        trouble = told(error)
        if trouble is None:
            raise
        return tell(trouble.message, trouble.hint, trouble.exit_code)
    return code


def tell(message: str, hint: str, code: int) -> int:
    """Message and remedy on standard error; gives back the exit code."""
    screen = Screen(sys.stderr)
    for number, line in enumerate(message.splitlines() or [""]):
        screen.line(Ink("mdorch: " if number == 0 else "  ", "bad"), line)
    for line in hint.splitlines():
        screen.line("  ", line)
    return code
