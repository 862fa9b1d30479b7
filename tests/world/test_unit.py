"""Units of systemd: whatever a path holds, it means itself; and systemd agrees."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdorch.world.unit import Service, is_ours, quoted, unit_name, unit_text

ODD = '/home/o\'neil/my "work"/50%/$HOME/${x}/back\\slash/ünï/;#!/tab\there'


def understood(line: str) -> list[str]:
    """The words of a line as systemd.syntax(7) has it: double quotes, C escapes, `%%`."""
    escapes = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"'}

    def meant(found: re.Match[str]) -> str:
        return chr(int(found[1][1:], 16)) if found[1][0] == "x" else escapes[found[1]]

    words = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
    assert " ".join(f'"{word}"' for word in words) == line, "words in quotes, and nothing beside"
    assert not re.search(r"(?<!%)(%%)*%(?!%)", line), "a specifier"
    return [re.sub(r"\\(x..|.)", meant, word).replace("%%", "%") for word in words]


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")))
def test_any_text_means_itself(text: str) -> None:
    assert understood(quoted(text)) == [text]
    assert "\n" not in quoted(text)


def lines(text: str, key: str) -> list[str]:
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{key}=")]


def test_a_unit_says_what_was_meant() -> None:
    text = unit_text(Service(ODD, ["/usr/bin/py thon%", "--page", ODD, ""], {"A": ODD, "B": "$x"}))
    (command,) = lines(text, "ExecStart")
    assert [word.replace("$$", "$") for word in understood(command)] == [
        "/usr/bin/py thon%",
        "--page",
        ODD,
        "",
    ]
    assert "$$HOME" in command
    assert understood(lines(text, "Environment")[0]) == [f"A={ODD}"]
    assert (lines(text, "Restart"), lines(text, "KillMode")) == (["on-failure"], ["process"])


@pytest.mark.parametrize(
    "argv",
    [
        ["python"],
        ["/usr/$x/python"],
        ['/a"b'],
        ["/a\\b"],
        ["/a\nb"],
        ["/usr/bin/python", "a\udc80"],
        ["/bin/x", "\0"],
    ],
)
def test_what_no_unit_can_hold_is_refused(argv: list[str]) -> None:
    with pytest.raises(ValueError, match=r"absolute|UTF-8|NUL"):
        unit_text(Service("/page", argv, {}))


def test_one_that_somebody_changed_is_not_ours() -> None:
    text = unit_text(Service("/page", ["/bin/true"], {}))
    assert is_ours(text)
    assert not is_ours(text.replace("RestartSec=10", "RestartSec=1"))
    assert not is_ours(text + "Nice=5\n")
    assert not is_ours("[Unit]\n")
    assert not is_ours("")


def test_names_are_one_for_each_page_and_plain() -> None:
    names = [unit_name(page) for page in ("/a/my app/CLAUDE.md", "/b/my app/CLAUDE.md", "/%/ü/X.md", "/C.md")]
    assert len(set(names)) == 4
    assert all(re.fullmatch(r"mdorch-[A-Za-z0-9_.-]+-[0-9a-f]{8}\.service", name) for name in names)
    assert unit_name("/" + "x" * 300 + "/C.md").isascii()


def test_systemd_reads_it(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    odd = tmp_path / "pro %h gräms"
    odd.mkdir()
    python = odd / "py thon"
    python.symlink_to(sys.executable)
    unit = tmp_path / unit_name(f"{odd}/CLAUDE.md")
    service = Service(f"{odd}/CLAUDE.md", [str(python), "--page", ODD], {"PATH": "/a b:/c%d", "X": ODD})
    unit.write_text(unit_text(service))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    about = [line for line in (said.stdout + said.stderr).splitlines() if unit.name in line]
    assert about == [], "a program that it could not find would be named"
    unit.write_text(unit_text(Service("/page", [f"{python}x"], {})))
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert "not executable" in said.stdout + said.stderr, "it does look"
