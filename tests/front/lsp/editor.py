"""A small editor: speaks the protocol to a real `mdorch lsp`, keeps its text, carries out what it is told."""

from __future__ import annotations

import json
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

SECONDS = 60.0  # for anything to come; never waited for in vain but in a test that fails
ENDING = re.compile(r"\r\n|\n|\r")

Json = dict[str, Any]


class Editor:
    """A context around one server process. Positions are those of the protocol, in UTF-16 units."""

    def __init__(self, here: Path, env: Mapping[str, str], *args: str, encodings: Sequence[str] = ()) -> None:
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.told: list[Json] = []  # notifications and requests of the server, oldest first
        self.diagnostics: dict[str, Json] = {}  # the newest of each document
        self._number = 0
        self._came: queue.Queue[Json | None] = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mdorch", "lsp", *args],
            cwd=here,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        threading.Thread(target=self._read, daemon=True).start()
        able: Json = {
            "workspace": {"workspaceEdit": {"documentChanges": True}, "inlayHint": {"refreshSupport": True}},
            "textDocument": {"rename": {"prepareSupport": True}},
        }
        if encodings:
            able["general"] = {"positionEncodings": list(encodings)}
        params = {"processId": None, "rootUri": here.as_uri(), "capabilities": able}
        self.able = self.ask("initialize", params)["capabilities"]
        self.tell("initialized", {})

    def __enter__(self) -> Editor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.ask("shutdown")
            self.tell("exit")
            assert self.process.wait(SECONDS) == 0
        else:
            self.process.kill()
            self.process.wait(SECONDS)
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()

    # -- the wire -----------------------------------------------------------------------------------

    def send(self, message: Json) -> None:
        text = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False)
        self.raw(re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text).encode())

    def raw(self, body: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def tell(self, method: str, params: Json | None = None) -> None:
        self.send({"method": method, **({} if params is None else {"params": params})})

    def start(self, method: str, params: Json | None = None) -> int:
        """Ask without waiting for the answer; the number of the question."""
        self._number += 1
        self.send({"id": self._number, "method": method, **({} if params is None else {"params": params})})
        return self._number

    def answer(self, number: int) -> Json:
        """The whole answer to a question."""
        return self._until(lambda came: came.get("id") == number and "method" not in came)

    def ask(self, method: str, params: Json | None = None) -> Any:
        answer = self.answer(self.start(method, params))
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def refused(self, method: str, params: Json) -> str:
        """What the server says to something that cannot be done."""
        answer = self.answer(self.start(method, params))
        assert "error" in answer, answer
        return str(answer["error"]["message"])

    def _until(self, found: Callable[[Json], bool]) -> Json:
        while True:
            came = self._came.get(timeout=SECONDS)
            assert came is not None, "the server has ended"
            if "method" in came:
                self.told.append(came)
                if "id" in came:
                    self.send({"id": came["id"], "result": None})
                if came["method"] == "textDocument/publishDiagnostics":
                    self.diagnostics[came["params"]["uri"]] = came["params"]
            if found(came):
                return came

    def _read(self) -> None:
        assert self.process.stdout
        while header := self.process.stdout.readline():
            length = int(header.split(b":")[1])
            while self.process.stdout.readline().strip():
                pass
            self._came.put(json.loads(self.process.stdout.read(length)))
        self._came.put(None)

    # -- documents ----------------------------------------------------------------------------------

    def open(self, path: Path, text: str | None = None) -> str:
        """Open a file; its address, by which all else is asked."""
        uri = path.as_uri()
        self.texts[uri] = path.read_bytes().decode("utf-8", "replace") if text is None else text
        self.versions[uri] = max(self.versions.values(), default=0) + 1000  # none that was told of before
        document = {
            "uri": uri,
            "languageId": "markdown",
            "version": self.versions[uri],
            "text": self.texts[uri],
        }
        self.tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def type(self, uri: str, *changes: tuple[int, int, str]) -> None:
        """Changes of the text in one message: (from, to, text), in characters of what each finds."""
        sent = []
        for start, end, text in changes:
            old = self.texts[uri]
            sent.append({"range": {"start": at(old, start), "end": at(old, end)}, "text": text})
            self.texts[uri] = old[:start] + text + old[end:]
        self._changed(uri, sent)

    def replace(self, uri: str, old: str, new: str) -> None:
        """As somebody types it over the one place where the text says `old`."""
        start = self.texts[uri].index(old)
        self.type(uri, (start, start + len(old), new))

    def write(self, uri: str, text: str) -> None:
        """All of the text anew."""
        self.texts[uri] = text
        self._changed(uri, [{"text": text}])

    def _changed(self, uri: str, changes: list[Json]) -> None:
        self.versions[uri] += 1
        document = {"uri": uri, "version": self.versions[uri]}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": changes})

    def problems(self, uri: str) -> list[Json]:
        """The diagnostics of the text as it is."""
        newest = self.diagnostics.get(uri)
        while newest is None or newest.get("version") != self.versions[uri]:
            self._until(lambda came: came.get("method") == "textDocument/publishDiagnostics")
            newest = self.diagnostics.get(uri)
        return list(newest["diagnostics"])

    def wait(self, method: str) -> Json:
        """The next message of the server with this name."""
        return dict(self._until(lambda came: came.get("method") == method).get("params") or {})

    # -- questions ----------------------------------------------------------------------------------

    def place(self, uri: str, mark: str, after: int = 0) -> Json:
        """A question about the place where the text says `mark`, so many characters into it."""
        return {
            "textDocument": {"uri": uri},
            "position": at(self.texts[uri], self.texts[uri].index(mark) + after),
        }

    def about(self, name: str, uri: str, mark: str, after: int = 0, **more: Any) -> Any:
        return self.ask(f"textDocument/{name}", {**self.place(uri, mark, after), **more})

    def lines(self, uri: str, mark: str = "", only: Sequence[str] = ()) -> Json:
        """Code actions for the line that says `mark`: title -> action."""
        place = self.place(uri, mark)["position"]
        context: Json = {"diagnostics": self.problems(uri), **({"only": list(only)} if only else {})}
        span = {"start": place, "end": place}
        params = {"textDocument": {"uri": uri}, "range": span, "context": context}
        return {found["title"]: found for found in self.ask("textDocument/codeAction", params)}

    def said(self, uri: str, span: Json) -> str:
        """What the text says in a range."""
        text = self.texts[uri]
        return text[offset(text, span["start"]) : offset(text, span["end"])]

    def edited(self, uri: str, edit: Json) -> str:
        """The text after an edit of the workspace, which is about this document alone."""
        (change,) = edit["documentChanges"]
        assert change["textDocument"] == {"uri": uri, "version": self.versions[uri]}
        return applied(self.texts[uri], change["edits"])


def at(text: str, offset: int) -> Json:
    before = text[:offset]
    ends = [found.end() for found in ENDING.finditer(before)]
    start = ends[-1] if ends else 0
    return {"line": len(ends), "character": len(before[start:].encode("utf-16-le", "surrogatepass")) // 2}


def offset(text: str, place: Json) -> int:
    starts = [0, *(found.end() for found in ENDING.finditer(text))]
    start = starts[place["line"]]
    units = text[start:].encode("utf-16-le", "surrogatepass")[: 2 * place["character"]]
    return start + len(units.decode("utf-16-le", "surrogatepass"))


def applied(text: str, edits: Sequence[Json]) -> str:
    spans = [
        (offset(text, e["range"]["start"]), offset(text, e["range"]["end"]), e["newText"]) for e in edits
    ]
    assert len({s[:2] for s in spans}) == len(spans)
    for start, end, new in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text
