"""`mdorch lsp`: from a key to the problems of the page, and to what may be typed next, as an editor sees it.

A real server on its standard input and output. The wall time of a key is that from sending the change of the
text to the diagnostics of the text as it then is. Beside it stands the same on a document that is no page:
what the wire, Python and the scheduler take.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.harness import Table, bare_environment, mdorch, median
from bench.status import page

GOALS = {100: None, 1_000: 30.0, 10_000: None}  # tasks -> milliseconds
KEYS = 40  # as long as they are cheap
MANY = 20_000  # rows over all keys, beyond which fewer keys are typed

Json = dict[str, Any]


class Wire:
    """One server, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            mdorch("lsp"),
            cwd=folder,
            env=bare_environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._number = 0
        self.ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}})
        self.tell("initialized", {})

    def send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def come(self) -> Json:
        """The next message of the server. RuntimeError where there is none."""
        assert self.process.stdout
        header = self.process.stdout.readline()
        if not header:
            raise RuntimeError("mdorch lsp has ended")
        while self.process.stdout.readline().strip():
            pass
        found: Json = json.loads(self.process.stdout.read(int(header.split(b":")[1])))
        return found

    def tell(self, method: str, params: Json) -> None:
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: Json) -> Any:
        self._number += 1
        self.send({"id": self._number, "method": method, "params": params})
        while (came := self.come()).get("id") != self._number:
            pass
        return came.get("result")

    def told(self, version: int) -> None:
        """Wait for the problems of a version of the text."""
        while True:
            came = self.come()
            if (
                came.get("method") == "textDocument/publishDiagnostics"
                and came["params"]["version"] == version
            ):
                return

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


class Typist:
    """One who types a letter and takes it back, at one place of one document."""

    def __init__(self, wire: Wire, path: Path, text: str) -> None:
        self.wire = wire
        self.uri = path.as_uri()
        self.version = 1
        document = {"uri": self.uri, "languageId": "markdown", "version": 1, "text": text}
        wire.tell("textDocument/didOpen", {"textDocument": document})

    def key(self, line: int, column: int) -> None:
        self.version += 1
        taken = self.version % 2  # what the key before has typed
        span = {
            "start": {"line": line, "character": column},
            "end": {"line": line, "character": column + taken},
        }
        self.wire.tell(
            "textDocument/didChange",
            {
                "textDocument": {"uri": self.uri, "version": self.version},
                "contentChanges": [{"range": span, "text": "" if taken else "x"}],
            },
        )

    def ask(self, method: str, line: int, column: int) -> Any:
        place = {"textDocument": {"uri": self.uri}, "position": {"line": line, "character": column}}
        return self.wire.ask(f"textDocument/{method}", place)


def tables() -> Iterator[Table]:
    table = Table(
        "A key in the editor",
        ["tasks", "page", "in a title", "in an id", "the words that fit", "a wire alone"],
        "Wall milliseconds from the key to the problems of the page: the middle one, and in parentheses what "
        "one of twenty exceeds. The words that fit are asked for right after a key, as editors do.",
    )
    for tasks, goal in GOALS.items():
        with tempfile.TemporaryDirectory() as folder:
            keys = max(5, min(KEYS, MANY * 4 // tasks))
            table.add(*row(tasks, goal, keys, Path(os.path.realpath(folder))))
    yield table


def row(tasks: int, goal: float | None, keys: int, folder: Path) -> list[str]:
    text = page(tasks, 1)
    path = folder / "CLAUDE.md"
    path.write_text(text, "utf-8")
    lines = text.split("\n")
    line = next(n for n, said in enumerate(lines) if "(edited" in said)
    wire = Wire(folder)
    try:
        typist = Typist(wire, path, text)
        wire.told(1)
        title = _keys(typist, (line, lines[line].index("(edited")), keys)
        ids = _keys(typist, (line, lines[line].index("WORK-") + 5), keys)
        words = _words(typist, (line, lines[line].index("WORK-", 12) + 5), keys)
        alone = _alone(Typist(wire, folder / "notes.md", text), keys)
    finally:
        wire.close()
    return [
        f"{tasks:,}",
        f"{len(text) / 1000:,.0f} KB",
        *(_shown(t, goal) for t in (title, ids, words)),
        _shown(alone),
    ]


def _keys(typist: Typist, place: tuple[int, int], keys: int) -> list[float]:
    """Seconds from each key to its problems; the first ones are not counted."""
    found = []
    for _ in range(keys + 2):
        start = time.perf_counter()
        typist.key(*place)
        typist.wire.told(typist.version)
        found.append(time.perf_counter() - start)
    return found[2:]


def _words(typist: Typist, place: tuple[int, int], keys: int) -> list[float]:
    found = []
    for _ in range(keys + 2):
        start = time.perf_counter()
        typist.key(*place)
        answer = typist.ask("completion", *place)
        found.append(time.perf_counter() - start)
        if not answer["items"]:
            raise RuntimeError("nothing to measure: no word fits")
    return found[2:]


def _alone(typist: Typist, keys: int) -> list[float]:
    found = []
    for _ in range(keys + 2):
        start = time.perf_counter()
        typist.key(0, 0)
        typist.ask("hover", 0, 0)
        found.append(time.perf_counter() - start)
    return found[2:]


def _shown(seconds: list[float], goal: float | None = None) -> str:
    middle, late = median(seconds) * 1e3, sorted(seconds)[int(len(seconds) * 0.95)] * 1e3
    aim = f" of {goal:g}" + ("" if middle <= goal else " ✗") if goal else ""
    return f"{middle:.1f} ({late:.1f}){aim}"
