"""Codex: `codex exec --json`.

The default sandbox is read-only: it ends with 0 and nothing written. The npm program is a wrapper that dies
alone: the native one behind it is started. It reads `AGENTS.md`, and here the page as well. It never says
what it costs. A usage limit is told in words alone, with a time of day in the local zone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from mdorch.facts import Own
from mdorch.frozen import replace
from mdorch.world.agents import SERVER, Cli, Earlier, Launch
from mdorch.world.agents.events import Account, Event, Kind, Line
from mdorch.world.exits import Exit

PATIENCE = 60  # seconds for our server to start, on a machine that has too much to do
_PASSED = (
    *("MDORCH_RUN", "MDORCH_TASK", "MDORCH_AGENT", "MDORCH_PAGE", "MDORCH_DIR", "MDORCH_ATTEMPT"),
    *("PYTHONPATH", "XDG_STATE_HOME", "LC_ALL"),
)
_LIMIT = "usage limit"
_BARRED = "401 Unauthorized"
_RETRY = re.compile(r"^Reconnecting\b")
_AGAIN = re.compile(
    r"try again at (?:(?P<month>[A-Z][a-z]{2}) (?P<day>\d+)(?:st|nd|rd|th), (?P<year>\d{4}) )?"
    r"(?P<hour>\d+):(?P<minute>\d\d) (?P<half>[AP])M"
)
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


class Codex(Cli):
    name = "codex"
    native = (
        "node_modules/@openai/codex-*/vendor/*/bin/codex",
        "../codex-*/vendor/*/bin/codex",
        "vendor/*/bin/codex",
        "vendor/*/codex/codex",
    )
    resumes = True
    sums = True
    personas = True
    takes_servers = True

    def argv(self, launch: Launch) -> list[str]:
        argv = [launch.program, "exec", *(["resume"] if launch.session else [])]
        argv += ["--json", "--skip-git-repo-check", "-c", 'sandbox_mode="workspace-write"']
        argv += ["-c", 'project_doc_fallback_filenames=["CLAUDE.md"]']
        if launch.persona and launch.persona.text.strip():
            argv += ["-c", f"developer_instructions={_toml(launch.persona.text.strip())}"]
        if launch.folders:
            folders = ", ".join(map(_toml, launch.folders))
            argv += ["-c", f"sandbox_workspace_write.writable_roots=[{folders}]"]
        if launch.server:
            argv += ["-c", f"mcp_servers.{SERVER}={_server(launch.server)}"]
        if launch.model:
            argv += ["-m", launch.model]
        return [*argv, *launch.args, *([launch.session] if launch.session else []), "-"]

    def reopened(self, launch: Launch) -> list[str]:
        return [launch.program, "resume", *(["-m", launch.model] if launch.model else []), launch.session]

    def read(self, line: Line) -> Iterable[Event]:
        match line.get("type"):
            case "thread.started":
                yield Event(Kind.STARTED, session=str(line["thread_id"]))
            case "item.started" | "item.completed" as when:
                yield from _item(line["item"], when == "item.started")
            case "error":
                text = str(line.get("message") or "")
                yield Event(Kind.RETRY if _RETRY.match(text) else Kind.ERROR, text)
            case "turn.failed":
                text = str((line.get("error") or {}).get("message") or "")
                if _LIMIT in text.lower():
                    yield Event(Kind.LIMIT, text)
                if _BARRED in text:
                    yield Event(Kind.BARRED, text)
                yield Event(Kind.RESULT, text, own=Own.FAILED)
            case "turn.completed":
                usage = line.get("usage") or {}
                tokens = int(usage.get("input_tokens") or 0) + int(usage.get("output_tokens") or 0)
                yield Event(Kind.RESULT, own=Own.DONE, turns=1, tokens=tokens)

    def ended(self, result: Exit, account: Account, earlier: Earlier) -> Exit:
        known = super().ended(result, account, earlier)
        if known.own is Own.LIMITED and not account.limit:
            until = again(account.fault, result.ended or 0.0)
            return replace(known, limited=until or known.limited)
        return known


def _item(item: Mapping[str, Any], begins: bool) -> Iterable[Event]:
    match item.get("type"):
        case "agent_message" if not begins:
            yield Event(Kind.TEXT, str(item.get("text") or ""))
        case "command_execution" if begins:
            yield Event(Kind.TOOL, str(item.get("command") or ""), tool="shell")
        case "file_change" if not begins:
            for change in item.get("changes") or ():
                yield Event(Kind.FILE, str(change.get("path") or ""), tool=str(change.get("kind") or "edit"))
        case "mcp_tool_call" if begins:
            yield Event(Kind.TOOL, str(item.get("server") or ""), tool=str(item.get("tool") or "tool"))
        case "web_search" if begins:
            yield Event(Kind.TOOL, str(item.get("query") or ""), tool="search")
        case "error" if not begins:
            yield Event(Kind.ERROR, str(item.get("message") or ""))


def _server(command: tuple[str, ...]) -> str:
    """A server as a table of TOML. It is started with what of the environment is named; one that is required
    and does not start ends the program."""
    fields = {
        "command": _toml(command[0]),
        "args": f"[{', '.join(map(_toml, command[1:]))}]",
        "env_vars": f"[{', '.join(map(_toml, _PASSED))}]",
        "required": "true",
        "default_tools_approval_mode": '"approve"',
        "startup_timeout_sec": f"{PATIENCE}",
    }
    return f"{{{', '.join(f'{key} = {value}' for key, value in fields.items())}}}"


def again(text: str, after: float) -> float:
    """The time that a usage limit names, as epoch seconds: one of the day is the next such after `after`; 0.0
    where it names none."""
    found = _AGAIN.search(text)
    if found is None:
        return 0.0
    hour = int(found["hour"]) % 12 + (12 if found["half"] == "P" else 0)
    at = datetime.fromtimestamp(after).astimezone()
    at = at.replace(hour=hour, minute=int(found["minute"]), second=0, microsecond=0, tzinfo=None)
    if found["month"]:
        month = _MONTHS.index(found["month"]) // 3 + 1
        return at.replace(year=int(found["year"]), month=month, day=int(found["day"])).timestamp()
    return (at if at.timestamp() > after else at + timedelta(days=1)).timestamp()


def _toml(text: str) -> str:
    """A string of TOML: that of JSON, but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


ADAPTER = Codex()
