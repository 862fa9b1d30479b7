"""From the close of a save to what a screen shows: the event of `mdorch web`, and the text in a browser.

A title in the middle of the page is changed, and the clock runs until it is there: as an event at a client
that reads the stream and does nothing else, and as text in headless Chromium, with the board open. The
baseline is a server that watches the file by watchdog and says in an event stream that it was saved: it reads
nothing, compares nothing, and knows of no task.
"""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.harness import Table, against, bare_environment, mdorch, median
from bench.status import page

GOALS = {100: 300.0, 2_000: 300.0}  # tasks -> milliseconds to the text in the browser
ROUNDS = 15
PATIENCE = 30.0  # seconds for a server to be there, and for one event
_ECHO = """
import asyncio, sys
from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

async def main():
    loop, screens = asyncio.get_running_loop(), []

    class Saved(FileSystemEventHandler):
        def on_closed(self, event):
            if event.src_path.endswith("CLAUDE.md"):
                loop.call_soon_threadsafe(tell)

    def tell():
        for screen in screens:
            screen.write(b"event: saved\\ndata: 1\\n\\n")

    async def serve(reader, writer):
        await reader.readuntil(b"\\r\\n\\r\\n")
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\n\\r\\n")
        writer.write(b"event: all\\ndata: 1\\n\\n")
        screens.append(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    observer = Observer()
    observer.schedule(Saved(), ".")
    observer.start()
    print("echo", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/?token=", flush=True)
    await server.serve_forever()

asyncio.run(main())
"""
_SEEN = """text => new Promise((seen, late) => {
  setTimeout(() => late(new Error("it was not shown")), 30000);
  const there = () => document.querySelector("main").textContent.includes(text);
  const look = () => there() && (watch.disconnect(), seen(Date.now() / 1000));
  const watch = new MutationObserver(look);
  watch.observe(document.querySelector("main"), { subtree: true, childList: true, characterData: true });
  look();
})"""

Save = Callable[[], float]


def tables() -> Iterator[Table]:
    table = Table(
        "From a save to the screen",
        ["tasks", "plain echo, ms", "mdorch web: event, ms", "mdorch web: browser, ms", "slowest of ten"],
        f"Medians of {ROUNDS}, wall clock. The goal is that of the text in the browser; `-`: no Chromium.",
    )
    for tasks in GOALS:
        with tempfile.TemporaryDirectory(prefix="mdorch-bench-", ignore_cleanup_errors=True) as folder:
            table.add(*row(tasks, ROUNDS, Path(folder)))
    yield table


def row(tasks: int, rounds: int, folder: Path, browser: bool = True) -> list[str]:
    with ExitStack() as stack:
        cases = {
            "echo": _stream([sys.executable, "-c", _ECHO], tasks, folder / "echo", stack),
            "event": _stream(mdorch("web", "--port", "0"), tasks, folder / "web", stack),
        }
        if browser and (seen := _browser(tasks, folder / "browser", stack)):
            cases["browser"] = seen
        spent: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(rounds):
            for name, case in cases.items():
                spent[name].append(case() * 1e3)
    cells = [f"{median(spent['echo']):.1f}", f"{median(spent['event']):.1f}"]
    if "browser" in spent:
        slow = sorted(spent["browser"])[(rounds * 9) // 10]
        return [f"{tasks:,}", *cells, against(median(spent["browser"]), GOALS.get(tasks, 1e9)), f"{slow:.0f}"]
    return [f"{tasks:,}", *cells, "-", "-"]


def _served(argv: list[str], tasks: int, folder: Path, stack: ExitStack) -> str:
    """Start a server on a page of its own; its address."""
    folder.mkdir()
    (folder / "CLAUDE.md").write_text(page(tasks), "utf-8")
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    server: subprocess.Popen[str] = subprocess.Popen(  # type: ignore[call-overload]
        argv, cwd=folder, env=bare_environment(folder), stdin=subprocess.DEVNULL, **quiet
    )
    stack.callback(server.wait)
    stack.callback(server.terminate)
    assert server.stdout is not None
    stack.callback(server.stdout.close)
    line = server.stdout.readline().split()
    if len(line) < 2:
        raise RuntimeError(f"{' '.join(argv[:4])} did not start")
    return line[-1]


def _saver(folder: Path, tasks: int) -> Iterator[tuple[str, float]]:
    """Save another version: its title, and when that was done."""
    path = folder / "CLAUDE.md"
    for number in itertools.count(1):
        path.write_text(page(tasks, number), "utf-8")
        yield f"(edited {number})", time.time()


def _stream(argv: list[str], tasks: int, folder: Path, stack: ExitStack) -> Save:
    address = _served(argv, tasks, folder, stack)
    place, _, token = address.removeprefix("http://").partition("/?token=")
    host, _, port = place.partition(":")
    client = stack.enter_context(socket.create_connection((host, int(port)), PATIENCE))
    head = f"GET /api/events HTTP/1.1\r\nHost: {place}\r\nAuthorization: Bearer {token}\r\n\r\n"
    client.sendall(head.encode())
    events = stack.enter_context(client.makefile("rb"))
    _event(events)
    saves = _saver(folder, tasks)

    def save() -> float:
        title, start = next(saves)
        while True:
            name, data = _event(events)
            if name == b"saved" or title.encode() in data:
                return time.time() - start

    return save


def _event(events: Any) -> tuple[bytes, bytes]:
    name = b""
    while line := events.readline():
        if line.startswith(b"event: "):
            name = line[7:].strip()
        elif line.startswith(b"data: "):
            return name, line
    raise RuntimeError("the stream has ended")


def _browser(tasks: int, folder: Path, stack: ExitStack) -> Save | None:
    """None where there is no Chromium."""
    from pictures.browser import browser, is_here

    if not is_here():
        return None
    address = _served(mdorch("web", "--port", "0"), tasks, folder, stack)
    screen = stack.enter_context(browser()).new_page()
    screen.goto(f"{address}#board")
    screen.get_by_role("searchbox").fill(f"part {tasks // 2} of")  # one column shows few of thousands
    screen.wait_for_selector(".task")
    saves = _saver(folder, tasks)

    def save() -> float:
        title, start = next(saves)
        seen: float = screen.evaluate(_SEEN, title)
        return seen - start

    return save
