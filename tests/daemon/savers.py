"""Programs that save the page all the time, as processes of their own, each in one style of the field.

What they change is theirs: lines at the end of the page, or the title in the row of `BUSY-1`, which nobody
runs. Each save has a number, one more than the last.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROW = "| BUSY-1 | saved - | dev | None | On Hold | |\n"

_PROGRAM = r"""
import os, signal, sys, time
page, style, pause = sys.argv[1], sys.argv[2], float(sys.argv[3])
number = 0
going_on = True

def stop(*_):
    global going_on
    going_on = False

signal.signal(signal.SIGTERM, stop)

def changed():
    "The page as it is, with the next number in the row that is ours."
    with open(page, "rb") as file:
        lines = file.read().split(b"\n")
    at = next(n for n, line in enumerate(lines) if line.startswith(b"| BUSY-1 |"))
    cells = lines[at].split(b"|")
    cells[2] = b" saved %d " % number
    lines[at] = b"|".join(cells)
    return b"\n".join(lines)

def append():
    with open(page, "ab") as file:
        file.write(b"- line %d\n" % number)

def append_slowly():
    with open(page, "ab", buffering=0) as file:
        file.write(b"- li")
        time.sleep(pause * 0.6)
        file.write(b"ne %d\n" % number)

def truncate():
    new = changed()
    with open(page, "wb") as file:
        file.write(new)

def truncate_slowly():
    new = changed()
    with open(page, "wb", buffering=0) as file:
        file.write(new[: len(new) // 2])
        time.sleep(pause * 0.6)
        file.write(new[len(new) // 2 :])

def rename():
    new, temp = changed(), page + ".saver"
    with open(temp, "wb") as file:
        file.write(new)
    os.rename(temp, page)

def vim():
    new = changed()
    os.rename(page, page + "~")
    with open(page, "wb") as file:
        file.write(new)
    os.unlink(page + "~")

save = globals()[style]
print("ready", flush=True)
while going_on:
    save()
    number += 1
    time.sleep(pause)
print(number, flush=True)
"""

APPENDING = ("append", "append_slowly")
STYLES = (*APPENDING, "truncate", "truncate_slowly", "rename", "vim")


@contextmanager
def saving(page: Path, style: str, pause: float = 0.005) -> Iterator[Callable[[], int]]:
    """For the body of the `with`, somebody saves the page every `pause` seconds. What it gives stops that,
    and says how often it was done."""
    argv = [sys.executable, "-I", "-S", "-c", _PROGRAM, str(page), style, str(pause)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()

        def stop() -> int:
            process.terminate()
            return int(process.communicate(timeout=60)[0])

        try:
            yield stop
        finally:
            process.kill()
