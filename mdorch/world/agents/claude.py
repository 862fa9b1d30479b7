"""Claude Code: `claude -p`, with one JSON object a line.

`stream-json` needs `--verbose`. Without a permission mode it ends well with nothing done. A persona is told
by the *name in its file*; one that is unknown ends it with 1, but one whose front matter is broken may end it
with 0, without role and without tools, so the file is looked at first. `subtype` of a result lies (an API
error is a "success"), `is_error` does not; background work makes it send several results, of which the last
one counts. What a result costs includes what the session had cost before, where it was gone on with.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mdorch.facts import Own
from mdorch.world.agents import SERVER, Cli, Launch
from mdorch.world.agents.events import Event, Kind, Line, used_on
from mdorch.world.agents.persona import Persona

_OWN = {"error_max_turns": Own.FAILED, "error_max_budget_usd": Own.SPENT}
_FILES = frozenset({"Edit", "Write", "MultiEdit", "NotebookEdit"})
_PARTS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
LONGEST = 131_000  # bytes; an argument has 131,071 at most: MAX_ARG_STRLEN, execve(2)
PATIENCE = 60  # seconds that the hook may take, on a machine that has too much to do
_NESTED = ("CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT")  # marks of a session around us


class Claude(Cli):
    name = "claude"
    native = (
        "claude-code-*/claude",
        "../claude-code-*/claude",
        "node_modules/@anthropic-ai/claude-code-*/claude",
    )
    resumes = True
    priced = True
    personas = True
    takes_servers = True
    takes_hooks = True

    def argv(self, launch: Launch) -> list[str]:
        argv = [launch.program, "-p", "--output-format", "stream-json", "--verbose"]
        allowed = f"Bash,mcp__{SERVER}" if launch.server else "Bash"
        argv += ["--permission-mode", "acceptEdits", "--allowedTools", allowed]
        argv += ["--disallowedTools", "AskUserQuestion"]  # nobody is there: it would only be dismissed
        argv += _given(launch)
        if launch.model:
            argv += ["--model", launch.model]
        if launch.persona:
            argv += _role(launch.persona, launch.alone, f"mcp__{SERVER}" if launch.server else "")
            argv += ["--max-turns", str(launch.persona.max_turns)] if launch.persona.max_turns else []
        if launch.session:
            argv += ["--resume", launch.session]
        if launch.budget:
            argv += ["--max-budget-usd", f"{launch.budget:g}"]
        for folder in launch.folders:
            argv += ["--add-dir", folder]
        return [*argv, *launch.args]

    def reopened(self, launch: Launch) -> list[str]:
        argv = [launch.program, "--resume", launch.session]
        argv += ["--model", launch.model] if launch.model else []
        argv += _role(launch.persona, launch.alone) if launch.persona else []
        return argv + [word for folder in launch.folders for word in ("--add-dir", folder)]

    def env(self, base: Mapping[str, str], launch: Launch) -> dict[str, str]:  # noqa: ARG002
        return {name: value for name, value in base.items() if name not in _NESTED}

    def read(self, line: Line) -> Iterable[Event]:
        match line.get("type"), line.get("subtype"):
            case "system", "init":
                yield Event(Kind.STARTED, str(line.get("model") or ""), session=str(line["session_id"]))
            case "system", "api_retry":
                status = line.get("error_status") or ""
                yield Event(Kind.RETRY, f"{status} {line.get('error') or ''}".strip())
            case "system", "permission_denied":
                yield Event(Kind.DENIED, str(line.get("message") or ""), tool=str(line["tool_name"]))
            case "assistant", _ if line.get("error") == "authentication_failed":
                yield from (Event(Kind.BARRED, part["text"]) for part in line["message"]["content"])
            case "assistant", _:
                yield from _said(line["message"]["content"])
            case "rate_limit_event", _:
                info = line["rate_limit_info"]
                if info.get("status") == "rejected":
                    text = f"usage limit ({str(info.get('rateLimitType') or 'unknown').replace('_', ' ')})"
                    yield Event(Kind.LIMIT, text, until=float(info.get("resetsAt") or 0.0))
            case "result", subtype:
                yield _result(line, str(subtype))


def _given(launch: Launch) -> list[str]:
    """The servers and the hook of this start. Without `alwaysLoad` a server that is slow is missed."""
    argv = [] if launch.strangers else ["--strict-mcp-config"]
    if launch.server:
        server = {"command": launch.server[0], "args": launch.server[1:], "alwaysLoad": True}
        argv += ["--mcp-config", json.dumps({"mcpServers": {SERVER: server}}, ensure_ascii=False)]
    if launch.stop:
        hook = {"type": "command", "command": shlex.join(launch.stop), "timeout": PATIENCE}
        argv += ["--settings", json.dumps({"hooks": {"Stop": [{"hooks": [hook]}]}}, ensure_ascii=False)]
    return argv


def _role(persona: Persona, alone: bool, more_tools: str = "") -> list[str]:
    """By its name, which the program looks up; where its file is not there, or lists its tools without ours,
    with all that the file says, but for what a main thread ignores, and hooks and servers, which are not for
    an argument list."""
    argv, tools = ["--agent", persona.name], persona.tools if "*" not in persona.tools else ()
    lacks = bool(tools and more_tools)
    if not alone and not lacks:
        return argv
    said: dict[str, object] = {"description": persona.description, "prompt": persona.text.strip()}
    if tools:
        said["tools"] = [*tools, *([more_tools] if lacks else ())]
    more = {"disallowedTools": persona.denied, "skills": persona.skills, "model": persona.model}
    said |= {key: value for key, value in more.items() if value}
    text = json.dumps({persona.name: said}, ensure_ascii=False)
    return argv if len(text.encode("utf-8", "surrogateescape")) > LONGEST else ["--agents", text, *argv]


def _said(parts: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
    for part in parts:
        if part.get("type") == "text":
            yield Event(Kind.TEXT, part["text"])
        elif part.get("type") == "tool_use":
            kind = Kind.FILE if part["name"] in _FILES else Kind.TOOL
            yield Event(kind, used_on(part.get("input")), tool=part["name"])


def _result(line: Line, subtype: str) -> Event:
    errors = line.get("errors") or ()
    text = str(line.get("result") or "; ".join(map(str, errors)) or subtype.replace("_", " "))
    own = Own.DONE
    if line.get("is_error") or subtype in _OWN:
        own = _OWN.get(subtype, Own.FAILED)
    elif line.get("permission_denials"):
        own = Own.DENIED
    tokens, usd, adds = _figures(line)
    denied = next(iter(line.get("permission_denials") or ()), None) or {}
    return Event(
        Kind.RESULT,
        text,
        str(denied.get("tool_name") or ""),
        session=str(line.get("session_id") or ""),
        own=own,
        turns=line.get("num_turns"),
        tokens=tokens,
        usd=usd,
        adds=adds,
    )


def _figures(line: Line) -> tuple[int | None, float | None, bool]:
    """Tokens, US dollars, and whether they are those since the last result: newer versions say that, and so
    tell a session's earlier cost apart."""
    since = line.get("model_usage_since_last_result")
    usage = since if since is not None else line.get("modelUsage")
    if usage is None:
        parts = line.get("usage") or {}
        used = [parts.get(name) for name in _PARTS]
        tokens = sum(int(part or 0) for part in used) if any(used) else None
        return tokens, line.get("total_cost_usd"), False
    counts = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")
    tokens = sum(int(model.get(count) or 0) for model in usage.values() for count in counts)
    if since is None:
        return tokens, line.get("total_cost_usd"), False
    return tokens, sum(float(model.get("costUSD") or 0.0) for model in since.values()), True


ADAPTER = Claude()
