"""`mdorch`: the entry, and the short way to the one answer that tools ask for all the time.

`status --json` is asked by editors, prompts and bars, every second or so. On an unchanged page it needs
neither a parser nor the command-line library, which alone would cost half of its time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from mdorch import __version__


def main() -> None:
    """The program `mdorch`."""
    sys.exit(run(sys.argv[1:]))


def run(args: Sequence[str]) -> int:
    """Run a command line and give its exit code."""
    if list(args) == ["--version"] and _wrote(f"mdorch {__version__}\n".encode()):
        return 0
    quick = _status(args)
    if quick is None or "_MDORCH_COMPLETE" in os.environ:
        from mdorch.front.cli import app

        return app.run(args)
    from mdorch.desk import memo

    question = memo.asked(quick.get("--page"), quick.get("--config"), os.environ)
    piped = not sys.stdout.isatty() and sys.stdout.encoding.lower() == "utf-8"
    known = memo.recall(question) if piped else None
    if known is not None and _wrote(known):
        return 0
    from mdorch.front.cli.ending import ended

    return ended(lambda: _answer(question, piped))


def _wrote(answer: bytes) -> bool:
    """Print at once; False where that failed, and the long way shall say why."""
    try:
        sys.stdout.buffer.write(answer)
        sys.stdout.flush()
    except OSError:
        return False
    return True


def _status(args: Sequence[str]) -> dict[str, str] | None:
    """What a command line says that is `status --json` and the common options, None for any other."""
    said: dict[str, str] = {}
    rest = iter(args)
    for word in rest:
        if word in said:
            return None
        if word in ("status", "--json"):
            said[word] = word
        elif word in ("--page", "--config"):
            said[word] = next(rest, "")
        else:
            return None
    return said if "status" in said and "--json" in said and all(said.values()) else None


def _answer(question: Sequence[str], piped: bool) -> int:
    from mdorch.desk import memo
    from mdorch.desk.look import look
    from mdorch.desk.status import status
    from mdorch.front.cli.call import Call

    call = Call(question[0] or None, question[1] or None, json=True)
    found = look(call.site, call.now)
    text = call.answered(status(found))
    call.screen.write(text)
    if piped:
        memo.keep(list(question), found, text.encode())
    return 0
