"""Adapters without processes: what is started, and what the lines of each program come to."""

from __future__ import annotations

import json
import shlex
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from mdorch.facts import End, Own
from mdorch.world.agents import Cli, Earlier, Launch
from mdorch.world.agents.codex import again
from mdorch.world.agents.command import Command
from mdorch.world.agents.events import Account, account, parsed
from mdorch.world.agents.persona import persona
from mdorch.world.agents.registry import NAMES, adapter
from mdorch.world.exits import Exit


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    for name, mode in (("good", 0o755), ("plain", 0o644), ("bin/agent", 0o755), ("bin/dull", 0o644)):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(mode)
    return tmp_path


@pytest.mark.parametrize(
    ("word", "path"), [("./good", "./good"), ("agent", "bin/agent"), ("bin/agent", "bin/agent")]
)
def test_a_program_is_found_from_the_working_directory(place: Path, word: str, path: str) -> None:
    found = Command((word, "-p")).find({"PATH": "/none:bin"}, str(place))
    assert (found.path, found.problem) == (f"{place}/{path}", "")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("nobody",), "nobody: not found on the PATH"),
        (("./nobody",), "./nobody: not found"),
        (("./plain",), "./plain: not executable"),
        (("./bin",), "./bin: not executable"),
        (("dull",), "dull: not executable"),
        ((), "the command is empty"),
        (("",), "the command is empty"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(place: Path, words: tuple[str, ...], problem: str) -> None:
    found = Command(words).find({"PATH": "/none:bin"}, str(place))
    assert (found.path, found.problem) == ("", problem)


def test_a_command_is_taken_as_it_is() -> None:
    command, launch = Command(("agent", "a b", "$X")), Launch("agent")
    result = Exit(End.EXIT, 0)
    assert command.argv(launch) == ["agent", "a b", "$X"]
    assert command.env({"A": "b"}, launch) == {"A": "b"}
    assert command.prompt("do it", launch) == "do it"
    assert command.ended(result, Account(), Earlier()) is result


@pytest.mark.parametrize(
    ("cli", "native"),
    [
        ("claude", "node_modules/@anthropic-ai/claude-code-linux-x64/claude"),
        ("codex", "node_modules/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex"),
        ("opencode", "node_modules/opencode-linux-x64/bin/opencode"),
    ],
)
def test_the_native_program_behind_a_wrapper_is_found(tmp_path: Path, cli: str, native: str) -> None:
    package = {"claude": "@anthropic-ai/claude-code", "codex": "@openai/codex", "opencode": "opencode-ai"}[
        cli
    ]
    wrapper = tmp_path / "node_modules" / package / "bin" / "wrapper"
    for file in (wrapper, tmp_path / native):
        file.parent.mkdir(parents=True)
        file.write_text("#!/bin/sh\n")
        file.chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / cli).symlink_to(wrapper)
    env = {"PATH": str(tmp_path / "bin")}
    assert adapter(cli).find(env, "/").path == str(tmp_path / native)
    (tmp_path / native).unlink()
    assert adapter(cli).find(env, "/").path == str(tmp_path / "bin" / cli)


ROLE = persona(b'---\nname: dev\ndescription: x\nmaxTurns: 7\n---\nBe "good".\n', "dev.md")


@pytest.mark.parametrize("cli", NAMES)
def test_every_adapter_says_all_that_it_is_told(cli: str) -> None:
    """Persona, model, session, arguments: in the command line or, of those that have no place for it there,
    before the prompt; no word of a page stands in it but as the value of an option."""
    made = adapter(cli)
    launch = Launch("/bin/it", "5e55", ROLE, "best", ("--extra", "-v"), 1.5)
    argv = made.argv(launch)
    assert argv[0] == "/bin/it"
    assert all(word in argv for word in ("best", "--extra", "-v"))
    assert ("5e55" in argv) is made.resumes
    told = made.prompt("do it", Launch("/bin/it", persona=ROLE))
    assert ('Be "good".' in told) is not made.personas
    assert told.endswith("do it")
    assert made.prompt("more", launch) == "more"
    assert made.env({"PATH": "/bin", "CLAUDECODE": "1"}, launch)["PATH"] == "/bin"


def test_what_claude_and_codex_are_told() -> None:
    launch = Launch("c", "5e55", ROLE, budget=1.5, folders=("/page",))
    words = " ".join(adapter("claude").argv(launch))
    for said in ("--agent dev", "--max-turns 7", "--resume 5e55", "--max-budget-usd 1.5", "--add-dir /page"):
        assert said in words
    assert "CLAUDECODE" not in adapter("claude").env({"CLAUDECODE": "1"}, launch)
    argv = adapter("codex").argv(launch)
    assert argv[:3] == ["c", "exec", "resume"]
    assert argv[-2:] == ["5e55", "-"]
    assert 'developer_instructions="Be \\"good\\"."' in argv
    assert 'sandbox_workspace_write.writable_roots=["/page"]' in argv


def test_what_is_given_to_a_start_is_data_in_its_command_line() -> None:
    odd = ("/a b/py'\"thon", "-m", 'x "y" $(z)', "ü\x7f")
    launch = Launch("c", persona=ROLE, server=odd, stop=odd)
    argv = adapter("claude").argv(launch)
    (server,) = json.loads(argv[argv.index("--mcp-config") + 1])["mcpServers"].values()
    assert (server["command"], *server["args"]) == odd
    assert server["alwaysLoad"]
    (entry,) = json.loads(argv[argv.index("--settings") + 1])["hooks"]["Stop"]
    assert tuple(shlex.split(entry["hooks"][0]["command"])) == odd
    assert argv[argv.index("--allowedTools") + 1] == "Bash,mcp__mdorch"
    given = next(word for word in adapter("codex").argv(launch) if word.startswith("mcp_servers"))
    server = tomllib.loads(given)["mcp_servers"]["mdorch"]
    assert (server["command"], *server["args"]) == odd
    assert {"MDORCH_RUN", "MDORCH_TASK", "MDORCH_PAGE"} <= set(server["env_vars"])
    assert (server["required"], server["default_tools_approval_mode"]) == (True, "approve")


def test_a_start_that_is_given_nothing_still_keeps_the_servers_of_others_out() -> None:
    claude = adapter("claude")
    words = claude.argv(Launch("c"))
    assert "--strict-mcp-config" in words
    assert not {"--mcp-config", "--settings"} & set(words)
    assert words[words.index("--allowedTools") + 1] == "Bash"
    assert "--strict-mcp-config" not in claude.argv(Launch("c", strangers=True))
    assert not any("mcp_servers" in word for word in adapter("codex").argv(Launch("c")))


def test_a_role_that_lists_its_tools_has_ours_too() -> None:
    front = b"---\nname: dev\ndescription: x\ntools: Read\n---\nBe good.\n"
    role = persona(front, "dev.md")
    argv = adapter("claude").argv(Launch("c", persona=role, server=("m",)))
    said = json.loads(argv[argv.index("--agents") + 1])["dev"]
    assert (said["tools"], said["prompt"]) == (["Read", "mcp__mdorch"], "Be good.")
    assert "--agents" not in adapter("claude").argv(Launch("c", persona=role))
    free = persona(front.replace(b"Read", b'"*"'), "dev.md")
    assert "--agents" not in adapter("claude").argv(Launch("c", persona=free, server=("m",)))


def init(**more: object) -> dict[str, object]:
    return {"type": "system", "subtype": "init", "session_id": "5e55", "model": "m", **more}


def said(text: str) -> dict[str, object]:
    return {"type": "assistant", "message": {"content": [{"type": "text", "text": text}]}}


def used(tool: str, **on: str) -> dict[str, object]:
    return {"type": "assistant", "message": {"content": [{"type": "tool_use", "name": tool, "input": on}]}}


def result(text: str = "", **more: object) -> dict[str, object]:
    return {"type": "result", "subtype": "success", "is_error": False, "result": text, "num_turns": 2, **more}


def since(usd: float, tokens: int) -> dict[str, object]:
    return {"m": {"costUSD": usd, "inputTokens": tokens, "outputTokens": 0}}


LIMIT = {"status": "rejected", "resetsAt": 5000, "rateLimitType": "five_hour"}
DENIED = {"type": "system", "subtype": "permission_denied", "tool_name": "Write", "message": "not /etc"}


def thread(*items: dict[str, object]) -> list[dict[str, object]]:
    events = [{"type": "item.completed", "item": item} for item in items]
    return [{"type": "thread.started", "thread_id": "5e55"}, {"type": "turn.started"}, *events]


def failed(message: str) -> dict[str, object]:
    return {"type": "turn.failed", "error": {"message": message}}


def step(reason: str, usd: float) -> dict[str, object]:
    tokens = {"input": 10, "output": 5, "reasoning": 0, "cache": {"read": 1, "write": 0}}
    part = {"type": "step-finish", "reason": reason, "cost": usd, "tokens": tokens}
    return {"type": "step_finish", "sessionID": "5e55", "part": part}


# cli, exit code, lines → how it really ended, its detail, tokens, US dollars
ENDINGS = [
    (
        "claude",
        0,
        [init(), said("I look"), result("all\ndone", total_cost_usd=0.5)],
        Own.DONE,
        "done",
        None,
        0.5,
    ),
    (
        "claude",
        0,
        [init(), result("done", modelUsage=since(0.5, 70), total_cost_usd=0.5)],
        Own.DONE,
        "done",
        70,
        0.5,
    ),
    (
        # gone on with: only what it has cost since counts; of several results, all
        *("claude", 0),
        [
            init(),
            result("a", total_cost_usd=0.9, model_usage_since_last_result=since(0.2, 30)),
            init(),
            result("b", total_cost_usd=1.0, model_usage_since_last_result=since(0.1, 10)),
        ],
        *(Own.DONE, "b", 40, pytest.approx(0.3)),
    ),
    (
        "claude",
        0,
        [init(), DENIED, result("no", permission_denials=[{}])],
        Own.DENIED,
        "not /etc",
        None,
        None,
    ),
    (
        *("claude", 0),
        [init(), result("no", permission_denials=[{"tool_name": "Write"}], usage={"input_tokens": 5})],
        *(Own.DENIED, "Write", 5, None),
    ),
    ("claude", 0, [init(), said("thinking")], Own.MUTE, "", None, None),
    ("claude", 0, [], Own.MUTE, "", None, None),
    (
        "claude",
        1,
        [init(), result("API Error: 500", is_error=True)],
        Own.FAILED,
        "API Error: 500",
        None,
        None,
    ),
    (
        *("claude", 1),
        [init(), result(subtype="error_max_turns", is_error=True, errors=["Reached 3"])],
        *(Own.FAILED, "Reached 3", None, None),
    ),
    (
        *("claude", 1),
        [init(), result(subtype="error_max_budget_usd", is_error=True, errors=["($5)"], total_cost_usd=5.1)],
        *(Own.SPENT, "($5)", None, 5.1),
    ),
    (
        *("claude", 1),
        [
            init(),
            {"type": "rate_limit_event", "rate_limit_info": LIMIT},
            result("5-hour limit", is_error=True),
        ],
        *(Own.LIMITED, "5-hour limit", None, None),
    ),
    (
        *("claude", 0),
        [
            init(),
            {"type": "rate_limit_event", "rate_limit_info": {**LIMIT, "status": "allowed"}},
            result("ok"),
        ],
        *(Own.DONE, "ok", None, None),
    ),
    (
        *("codex", 0),
        [
            *thread({"type": "agent_message", "text": "all done"}),
            {
                "type": "turn.completed",
                "usage": {"input_tokens": 9, "cached_input_tokens": 4, "output_tokens": 1},
            },
        ],
        *(Own.DONE, "all done", 10, None),
    ),
    (
        "codex",
        1,
        [*thread(), {"type": "error", "message": "Reconnecting... 1/5"}, failed("down")],
        Own.FAILED,
        "down",
        None,
        None,
    ),
    (
        "codex",
        1,
        [*thread(), failed("You've hit your usage limit. Or try again at 1:00 AM.")],
        Own.LIMITED,
        "You've hit your usage limit. Or try again at 1:00 AM.",
        None,
        None,
    ),
    ("codex", 0, thread({"type": "error", "message": "odd model"}), Own.MUTE, "odd model", None, None),
    ("codex", -9, thread(), None, "", None, None),
    (
        *("gemini", 0),
        [
            {"type": "init", "session_id": "5e55", "model": "g"},
            {"type": "message", "role": "assistant", "content": "we", "delta": True},
            {"type": "message", "role": "assistant", "content": "ll", "delta": True},
            {"type": "result", "status": "success", "stats": {"total_tokens": 12}},
        ],
        *(Own.DONE, "well", 12, None),
    ),
    ("gemini", 0, [{"type": "init", "session_id": "5e55"}], Own.MUTE, "", None, None),
    (
        *("gemini", 244),
        [{"type": "result", "status": "error", "error": {"message": "500"}}],
        *(Own.FAILED, "500", None, None),
    ),
    ("qwen", 0, [init(), result("[API Error: 500 boom]")], Own.FAILED, "[API Error: 500 boom]", None, None),
    ("qwen", 0, [init(), result("done")], Own.DONE, "done", None, None),
    ("opencode", 0, [step("tool-calls", 0.1), step("stop", 0.2)], Own.DONE, "", 32, pytest.approx(0.3)),
    ("opencode", 0, [step("tool-calls", 0.1)], Own.MUTE, "", 16, pytest.approx(0.1)),
    (
        *("opencode", 0),
        [{"type": "error", "sessionID": "5e55", "error": {"name": "APIError", "data": {"message": "500"}}}],
        *(Own.FAILED, "500", None, None),
    ),
    (
        *("copilot", 0),
        [
            {"type": "assistant.message", "data": {"content": "All done."}},
            {"type": "result", "sessionId": "5e55", "exitCode": 0},
        ],
        *(Own.DONE, "All done.", None, None),
    ),
    (
        *("copilot", 1),
        [{"type": "session.error", "data": {"message": "500"}}, {"type": "result", "exitCode": 1}],
        *(Own.FAILED, "500", None, None),
    ),
    ("copilot", 0, ["No model."], Own.MUTE, "", None, None),
    (
        *("aider", 0),
        ["Applied edit to a.py", "Tokens: 2.3k sent, 100 received. Cost: $0.02 message, $0.05 session."],
        *(Own.DONE, "", 2400, 0.05),
    ),
]


@pytest.mark.parametrize(("cli", "code", "lines", "own", "detail", "tokens", "usd"), ENDINGS)
def test_how_a_run_really_ended(
    cli: str, code: int, lines: list[object], own: Own | None, detail: str, tokens: int | None, usd: object
) -> None:
    told = ended(adapter(cli), lines, Exit(End.EXIT, code, ended=1000.0))
    assert (told.own, told.detail, told.tokens) == (own, detail, tokens)
    assert told.cost_usd == usd


def ended(made: Cli | Command, lines: Sequence[object], exit_: Exit, earlier: Earlier | None = None) -> Exit:
    return made.ended(exit_, of(made, lines), earlier or Earlier())


def of(made: Cli | Command, lines: Sequence[object]) -> Account:
    raw = [(line if isinstance(line, str) else json.dumps(line)).encode() for line in lines]
    return account(Account(), parsed(raw, made))


@pytest.mark.parametrize(
    ("cli", "lines", "barred"),
    [
        (
            "claude",
            [{**said("Not logged in"), "error": "authentication_failed"}, result(is_error=True)],
            True,
        ),
        ("claude", [{**said("API Error: 500"), "error": "server_error"}, result(is_error=True)], False),
        ("codex", [failed("unexpected status 401 Unauthorized: bad key")], True),
        ("codex", [failed("status 500")], False),
    ],
)
def test_an_account_that_is_not_let_in_is_the_programs_fault(
    cli: str, lines: list[object], barred: bool
) -> None:
    assert ended(adapter(cli), lines, Exit(End.EXIT, 1)).barred is barred


def test_a_usage_limit_ends_when_it_says() -> None:
    claude, over = adapter("claude"), Exit(End.EXIT, 1, ended=1000.0)
    limit = {"type": "rate_limit_event", "rate_limit_info": LIMIT}
    assert ended(claude, [limit], over).limited == 5000.0
    endless = {"type": "rate_limit_event", "rate_limit_info": {"status": "rejected"}}
    assert ended(claude, [endless], over).limited == 1900.0, "a while, where it does not say"


def test_a_usage_limit_in_words_is_the_next_such_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    noon = 1_795_953_600.0  # 2026-11-29 12:00 UTC
    assert again("try again at 1:05 PM.", noon) == noon + 3900
    assert again("try again at 11:00 AM.", noon) == noon + 82800
    assert again("or try again at Dec 1st, 2026 12:00 PM.", noon) == noon + 172800
    assert again("try again later", noon) == 0.0


def test_a_session_that_is_gone_on_with_counts_only_what_came_since() -> None:
    lines: list[object] = [
        *thread(),
        {"type": "turn.completed", "usage": {"input_tokens": 90, "output_tokens": 10}},
    ]
    told = ended(adapter("codex"), lines, Exit(End.EXIT, 0), Earlier("5e55", 70))
    assert (told.tokens, told.session) == (30, "5e55")
    more = [result("done", usage={"total_tokens": 100})]
    assert ended(adapter("qwen"), more, Exit(End.EXIT, 0), Earlier("5e55", 70)).tokens == 30


@pytest.mark.parametrize(
    ("cli", "line", "last"),
    [
        ("claude", init(), "started: m"),
        ("claude", said("I look\nat it"), "I look"),
        ("claude", used("Bash", command="make test"), "Bash: make test"),
        ("claude", used("Edit", file_path="/a/b.py"), "Edit: /a/b.py"),
        (
            "claude",
            {"type": "system", "subtype": "api_retry", "error_status": 529, "error": "overloaded"},
            "retry: 529 overloaded",
        ),
        ("claude", DENIED, "denied Write: not /etc"),
        (
            "codex",
            {"type": "item.started", "item": {"type": "command_execution", "command": "ls"}},
            "shell: ls",
        ),
        (
            "codex",
            thread({"type": "file_change", "changes": [{"path": "a.py", "kind": "add"}]})[-1],
            "add: a.py",
        ),
        (
            "gemini",
            {"type": "tool_use", "tool_name": "write_file", "parameters": {"file_path": "a"}},
            "write_file: a",
        ),
        (
            "opencode",
            {"type": "tool_use", "part": {"tool": "bash", "state": {"input": {"command": "ls"}}}},
            "bash: ls",
        ),
        ("qwen", said("\x1b[31mred\x1b[0m"), "red"),
    ],
)
def test_the_last_event_is_told_in_a_few_words(cli: str, line: dict[str, object], last: str) -> None:
    assert of(adapter(cli), [line]).last == last


@pytest.mark.parametrize("cli", NAMES)
@pytest.mark.parametrize(
    "line",
    [
        *(
            '{"type": 1}',
            '{"type": "result"}',
            '{"type": "assistant"}',
            '{"type": "system", "subtype": "init"}',
            "{}",
        ),
        *(
            '{"type": "assistant", "message": {"content": [1, {"type": "text"}]}}',
            '{"type": "item.completed"}',
        ),
        *(
            '{"type": "turn.failed", "error": 3}',
            '{"type": "step_finish", "part": 7}',
            "{[",
            "\x00\xff",
            "[1]",
        ),
        '{"type": "result", "modelUsage": {"m": 1}, "num_turns": "x"}',
    ],
)
def test_a_line_of_another_shape_is_passed_over(cli: str, line: str) -> None:
    of(adapter(cli), [line])
