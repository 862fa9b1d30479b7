"""A scripted model server on the loopback address, for agent programs that are real.

It speaks two languages, each as far as the programs need it: Anthropic's messages (`/v1/messages`, streamed)
and OpenAI's responses (`/v1/responses`, streamed). What the "model" does is decided by a script: a function
from a `Turn`, which is read from the conversation that every request carries whole, to a `Move`. So retries
and resumed sessions need no bookkeeping here.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKENS = (1000, 200)  # in and out, as every answer reports them


@dataclass(frozen=True)
class Turn:
    """What the model knows: how often it was spoken to, how many tools it has had results of, the last thing
    that was said to it, the result of its last tool, and its instructions."""

    prompts: int
    results: int
    said: str
    result: str
    system: str


@dataclass(frozen=True)
class Move:
    """What it answers: words, and a tool to be used; or an error; or nothing more (`hangs`, `cuts`)."""

    text: str = ""
    tool: str = ""
    use: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    error: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    cuts: bool = False


Script = Callable[[Turn], Move]


def say(text: str) -> Move:
    return Move(text=text)


def bash(command: str, **more: Any) -> Move:
    """A shell command, as claude and codex each call their tool for it."""
    return Move(tool="shell", use={"command": command, **more})


def fail(status: int, message: str, kind: str = "api_error", **headers: str) -> Move:
    return Move(status=status, error={"type": kind, "message": message}, headers=headers)


class Server:
    """`url` is its address without a path; `turns` are those that it has had, oldest first."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.turns: list[Turn] = []
        self.closing = threading.Event()
        outer = self

        class Handler(_Handler):
            server_of = outer

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Handler(BaseHTTPRequestHandler):
    server_of: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._send_json(200, {"data": [], "models": []})

    def do_HEAD(self) -> None:
        self._send_json(200, {})

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        path = self.path.partition("?")[0]
        try:
            if path.endswith("/messages"):
                self._play(request, _turn_of_messages(request), _messages)
            elif path.endswith("/responses"):
                self._play(request, _turn_of_responses(request), _responses)
            else:
                self._send_json(404, {"error": {"type": "not_found_error", "message": path}})
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the program was ended

    def _play(self, request: dict[str, Any], turn: Turn, language: Callable[..., Iterator[Any]]) -> None:
        if not request.get("tools"):  # titles, summaries and the like
            self._stream(language(request, say("a title")), Move())
            return
        self.server_of.turns.append(turn)
        move = self.server_of.script(turn)
        if move.status != 200:
            self._send_json(move.status, {"type": "error", "error": move.error}, move.headers)
            return
        self._stream(language(request, move), move)

    def _stream(self, events: Iterator[Any], move: Move) -> None:
        self.send_response(200)
        for name, value in {
            "Content-Type": "text/event-stream",
            "Connection": "close",
            **move.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        for number, event in enumerate(events):
            if number == 3 and (move.hangs or move.cuts):
                if move.hangs:
                    self.server_of.closing.wait(60)
                return
            self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
            self.wfile.flush()

    def _send_json(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _texts(content: Any) -> list[str]:
    if isinstance(content, str):
        return [content]
    found = (
        part.get("text") or part.get("content") or "" for part in content or () if isinstance(part, dict)
    )
    return [text if isinstance(text, str) else "".join(_texts(text)) for text in found]


def _turn_of_messages(request: dict[str, Any]) -> Turn:
    prompts, results = [], []
    for message in request["messages"]:
        if message["role"] != "user":
            continue
        parts = message["content"] if isinstance(message["content"], list) else [message]
        used = [part for part in parts if part.get("type") == "tool_result"]
        results += used
        spoken = [text for text in _texts(message["content"]) if not text.startswith("<system-reminder>")]
        if spoken and not used:
            prompts.append(spoken[-1])
    system = "\n".join(_texts(request.get("system") or ""))
    result = "".join(_texts(results[-1]["content"])) if results else ""
    return Turn(len(prompts), len(results), prompts[-1] if prompts else "", result, system)


def _turn_of_responses(request: dict[str, Any]) -> Turn:
    items = request["input"]
    said = ["\n".join(_texts(i["content"])) for i in items if i.get("role") == "user"]
    told = ["\n".join(_texts(i["content"])) for i in items if i.get("role") == "developer"]
    prompts = [text for text in said if not text.startswith(("<", "# AGENTS.md"))]
    results = [i for i in items if str(i.get("type", "")).endswith("_call_output")]
    system = "\n".join([request.get("instructions") or "", *told])
    result = str(results[-1]["output"]) if results else ""
    return Turn(len(prompts), len(results), prompts[-1] if prompts else "", result, system)


def _messages(request: dict[str, Any], move: Move) -> Iterator[dict[str, Any]]:
    name = {"shell": "Bash"}.get(move.tool, move.tool)
    usage = {"input_tokens": TOKENS[0], "output_tokens": 1}
    yield {
        "type": "message_start",
        "message": {
            "id": f"msg_{time.time_ns()}", "type": "message", "role": "assistant", "content": [],
            "model": request["model"], "stop_reason": None, "stop_sequence": None, "usage": usage,
        },
    }  # fmt: skip
    index = 0
    if move.text or not move.tool:
        block = {"type": "text", "text": ""}
        yield {"type": "content_block_start", "index": 0, "content_block": block}
        delta = {"type": "text_delta", "text": move.text or "…"}
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
        yield {"type": "content_block_stop", "index": 0}
        index = 1
    if move.tool:
        block = {"type": "tool_use", "id": f"toolu_{time.time_ns()}", "name": name, "input": {}}
        yield {"type": "content_block_start", "index": index, "content_block": block}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(move.use)}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    reason = "tool_use" if move.tool else "end_turn"
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": None},
        "usage": {"input_tokens": TOKENS[0], "output_tokens": TOKENS[1]},
    }
    yield {"type": "message_stop"}


def _responses(request: dict[str, Any], move: Move) -> Iterator[dict[str, Any]]:
    stamp = time.time_ns()
    yield {"type": "response.created", "response": {"id": f"resp_{stamp}"}}
    items: list[dict[str, Any]] = []
    if move.text or not move.tool:
        content = [{"type": "output_text", "text": move.text or "…"}]
        items.append({"type": "message", "role": "assistant", "id": f"msg_{stamp}", "content": content})
    if move.tool:
        items.append(_call(request, move, stamp))
    for item in items:
        yield {"type": "response.output_item.done", "output_index": 0, "item": item}
    usage = {
        "input_tokens": TOKENS[0], "input_tokens_details": None, "output_tokens": TOKENS[1],
        "output_tokens_details": None, "total_tokens": sum(TOKENS),
    }  # fmt: skip
    yield {"type": "response.completed", "response": {"id": f"resp_{stamp}", "usage": usage}}


def _call(request: dict[str, Any], move: Move, stamp: int) -> dict[str, Any]:
    """A call of the tool for shell commands under whatever name this program offers it."""
    offered = {tool.get("name"): tool for tool in request["tools"]}
    call = {"type": "function_call", "id": f"fc_{stamp}", "call_id": f"call_{stamp}"}
    server, _, name = move.tool.rpartition("__")
    if server in offered:  # tools of an MCP server are a namespace of their own
        return call | {"namespace": server, "name": name, "arguments": json.dumps(move.use)}
    if move.tool != "shell":
        return call | {"name": move.tool, "arguments": json.dumps(move.use)}
    command = move.use["command"]
    if "exec_command" in offered:
        return call | {"name": "exec_command", "arguments": json.dumps({"cmd": command})}
    if "shell_command" in offered:
        return call | {"name": "shell_command", "arguments": json.dumps({"command": command})}
    arguments = {"command": ["bash", "-lc", command]}
    return call | {"name": "shell", "arguments": json.dumps(arguments)}
