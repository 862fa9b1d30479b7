"""Notices by real programs and a real address, and what is masked in them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from mdorch.world import ways
from mdorch.world.boot import process_state
from mdorch.world.masks import Mask
from mdorch.world.ways import Desktop, Program, WayError, Webhook
from tests.front.stage import until
from tests.world.hook import hook

NOTICE = {"title": "project: 1 needs you", "text": "failed A-1: <b>boom</b>", "news": []}


def script(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(f"#!{sys.executable} -S\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_program_gets_the_notice_on_standard_input(tmp_path: Path) -> None:
    program = script(tmp_path, "tell", "import sys; open('got', 'w').write(sys.stdin.read())")
    Program((program,), os.environ, tmp_path).send(NOTICE)
    assert json.loads((tmp_path / "got").read_text()) == NOTICE


@pytest.mark.parametrize(
    ("text", "why"),
    [("exit 3", "exit code 3"), ("sleep 60 & echo $! > pid; wait", "took longer than 0 s")],
)
def test_a_program_that_fails_or_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, why: str
) -> None:
    if "sleep" in text:
        monkeypatch.setattr(ways, "PATIENCE", 0.4)
    with pytest.raises(WayError, match=why):
        Program(("sh", "-c", text), os.environ, tmp_path).send(NOTICE)
    if (tmp_path / "pid").exists():  # (it may have been ended before it had begun)
        pid = (tmp_path / "pid").read_text().strip()
        until(lambda: not pid or process_state(int(pid)) in ("", "Z"))


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WayError, match="no-such: no such file"):
        Program(("no-such",), {"PATH": str(tmp_path)}, tmp_path).send(NOTICE)


def test_the_desktop_gets_escaped_text_and_needs_a_session(tmp_path: Path) -> None:
    got = tmp_path / "got"
    script(tmp_path, "notify-send", f"import sys; open({str(got)!r}, 'w').write(repr(sys.argv[1:]))")
    with pytest.raises(WayError, match="no desktop session"):
        Desktop({"PATH": str(tmp_path)}).send(NOTICE)
    Desktop({"PATH": str(tmp_path), "DISPLAY": ":0"}).send(NOTICE)
    title, body = NOTICE["title"], "failed A-1: &lt;b&gt;boom&lt;/b&gt;"
    assert got.read_text() == repr(["--app-name=mdorch", "--", title, body])


def test_an_address_gets_the_notice_once() -> None:
    with hook() as there:
        Webhook(there.address).send(NOTICE)
        assert there.got == [NOTICE]


@pytest.mark.parametrize("code", [301, 302, 307, 404, 500])
def test_an_address_that_refuses_and_one_that_sends_elsewhere(code: int) -> None:
    with hook(code) as there, pytest.raises(WayError, match=rf"^http://127.0.0.1:\d+ answers {code}$"):
        Webhook(there.address).send(NOTICE)
    assert len(there.got) == 1


def test_an_address_that_hangs_and_one_where_nobody_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "PATIENCE", 0.2)
    with hook() as there:
        there.open.clear()
        with pytest.raises(WayError, match="no answer within"):
            Webhook(there.address).send(NOTICE)
    with pytest.raises(WayError, match="connection refused") as refused:
        Webhook(there.address).send(NOTICE)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("exit 1: 401 for sk-proj0123456789abcdef", "exit 1: 401 for ***"),
        ("ghp_abcdefghijklmnopqrst0123 was refused", "*** was refused"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer ***"),
        ("header bearer 0123456789abcdef", "header bearer ***"),
        ("API_KEY=hunter22 make", "API_KEY=*** make"),
        ('{"password": "hunter22"}', '{"password": "***"}'),
        ("git push https://me:hunter22@example.org/x", "git push https://***@example.org/x"),
        ("AKIAABCDEFGHIJKLMNOP", "***"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", "***"),
        ("the value is correct-horse", "the value is ***"),
        ("-----BEGIN PRIVATE KEY-----\nabc", "***"),
        ("Which storage? A key-value store, or tokens per page: 12", None),
        ("skip-the-parser-and-the-rest", None),
        ("task-list of the authors", None),
    ],
)
def test_secrets_are_masked_and_nothing_else(text: str, told: str | None) -> None:
    environ = {"MY_TOKEN": "correct-horse", "KEY_COUNT": "12", "TOKEN": "a", "SSH_AUTH_SOCK": "/run/x"}
    assert Mask(environ)(text) == (text if told is None else told)
