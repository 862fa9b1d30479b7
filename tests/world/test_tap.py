"""What a run prints on its way to its log: bounded, without secrets, and all of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mdorch.world.keeper import tap as module
from mdorch.world.keeper.tap import Tap, secrets
from tests.world.conftest import Field, eventually


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


def carried(folder: int, tmp_path: Path, pieces: list[bytes], hidden: list[bytes]) -> list[bytes]:
    """What stands in the log after each piece, and at the end."""
    ours, theirs = os.pipe()
    made = Tap(ours, "log", folder, hidden)
    seen = []
    for piece in pieces:
        os.write(theirs, piece)
        assert made.pump()
        seen.append((tmp_path / "log").read_bytes())
    os.close(theirs)
    made.close()
    return [*seen, (tmp_path / "log").read_bytes()]


@pytest.mark.parametrize(
    ("pieces", "logged"),
    [
        ([b"key sk-secret!\n"], b"key ***!\n"),
        ([b"key sk-", b"secret!"], b"key ***!"),
        ([b"key s", b"k", b"-", b"secre", b"t"], b"key ***"),
        ([b"key sk-", b"other"], b"key sk-other"),
        ([b"key sk-secre"], b"key sk-secre"),  # the end came first
        ([b"sk-secretsk-secret\n", b"\xff\x00sk-secret"], b"******\n\xff\x00***"),
        ([b"long-sk-secret-long"], b"***"),  # one in another: the longer
    ],
)
def test_secrets_are_masked_however_they_come(
    folder: int, tmp_path: Path, pieces: list[bytes], logged: bytes
) -> None:
    seen = carried(folder, tmp_path, pieces, [b"long-sk-secret-long", b"sk-secret"])
    assert seen[-1] == logged
    assert not any(b"sk-secret" in text for text in seen)


def test_what_can_be_no_secret_is_not_held_back(folder: int, tmp_path: Path) -> None:
    assert carried(folder, tmp_path, [b"no end", b" here"], [b"sk-secret"])[:2] == [b"no end", b"no end here"]


def test_a_full_log_is_turned_over_after_a_whole_line(
    folder: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SIZE", 10)
    monkeypatch.setattr(module, "SLACK", 20)
    carried(folder, tmp_path, [b"one\ntwo\nthr", b"ee\nfour\n"], [])
    assert (tmp_path / "log.1").read_bytes() == b"one\ntwo\nthree\n"
    assert (tmp_path / "log").read_bytes() == b"four\n"
    carried(folder, tmp_path, [b"0" * 9, b"0" * 9, b"0" * 9, b"0" * 9, b"last"], [])
    assert (tmp_path / "log").read_bytes() == b"000000000last", (
        "a line without an end is not waited for for ever"
    )


@pytest.mark.parametrize(
    ("env", "hidden"),
    [
        ({"ANTHROPIC_API_KEY": "sk-ant-1"}, {b"sk-ant-1"}),
        (
            {"GITHUB_TOKEN": "ghp_12", "PGPASSWORD": "hunter2", "MY_SECRET_1": "abcdef"},
            {b"ghp_12", b"hunter2", b"abcdef"},
        ),
        ({"DB": "postgres://me:pass%20word@host/x"}, {b"pass%20word"}),
        ({"A_KEY": 'quote"d\nline'}, {b'quote"d\nline', b'quote\\"d\\nline'}),
        ({"SSH_AUTH_SOCK": "/tmp/agent.1", "PWD": "/home/me/x", "OLDPWD": "/home/me"}, set()),
        ({"A_KEY": "12345", "KEYMAP": "german", "PATH": "/usr/bin", "KEY_FILE": "secret.pem"}, set()),
        ({"MDORCH_RUN": "TOKEN-001.1", "AUTH_TOKEN_PATH": "/x/y/zzz"}, set()),
    ],
)
def test_what_is_secret_is_told_by_its_name(env: dict[str, str], hidden: set[bytes]) -> None:
    assert set(secrets(env)) == hidden


def test_a_real_run_prints_no_secret_and_no_more_than_two_logs(field: Field) -> None:
    env = {"MY_API_KEY": "sk-very-secret"}
    field.shell(
        "A.1", 'echo "$MY_API_KEY"; echo "x${MY_API_KEY}x" >&2; yes | head -c 60000000; echo end', env=env
    )
    result = field.wait("A.1").exit
    assert result is not None
    assert result.detail == "x***x"
    logs = {path.name: path.stat().st_size for path in field.runs.folder("A.1").glob("std*")}
    assert set(logs) == {"stdout.log", "stdout.log.1", "stderr.log"}
    assert sum(logs.values()) < 34_000_000
    assert field.text("A.1").endswith("y\nend\n")


def test_what_is_printed_without_an_end_is_there_at_once(field: Field) -> None:
    field.shell("A.1", "printf 'what now? '; sleep 60")
    eventually(lambda: field.text("A.1") == "what now? ")


def test_all_that_was_printed_before_the_end_is_there(field: Field) -> None:
    """Also by what the agent left in the background, until that is ended too."""
    field.shell(
        "A.1", "(trap 'echo last words; exit' TERM; while :; do sleep 0.02; done) & sleep 0.1; seq 20000"
    )
    field.wait("A.1")
    assert field.text("A.1").splitlines()[-2:] == ["20000", "last words"]
