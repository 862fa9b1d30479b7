"""An agent's own file: what is understood, and what is told with its line."""

from __future__ import annotations

import pytest

from mdorch.world.agents.persona import persona

FINE = {
    "plain": "name: dev\ndescription: does things",
    "a colon in the description": "name: dev\ndescription: Use when: things are bad",
    "examples": 'name: dev\ndescription: Use it. <example>Context: foo\\nuser: "bar"</example>',
    "a list of tools": "name: dev\ndescription: x\ntools:\n  - Bash\n  - Read",
    "tools in a line": "name: dev\ndescription: x\ntools: Bash, Read",
    "tools in brackets": "name: dev\ndescription: x\ntools: [Bash, Read]",
    "a block of text": "name: dev\ndescription: |\n  Use when: foo\n  more",
    "text that goes on": "name: dev\ndescription: x\n  goes on",
    "quotes": "name: \"dev\"\ndescription: 'it''s'",
    "quotes inside": 'name: dev\ndescription: it\'s "fine"',
    "a comment": "# first\nname: dev # him\ndescription: x",
    "unknown keys": "name: dev\ndescription: x\ncolor: blue\nmcpServers:\n  - a:\n      type: stdio",
}


@pytest.mark.parametrize("front", FINE.values(), ids=FINE)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_agents_file_is_understood(front: str, end: str) -> None:
    text = f"---\n{front}\n---\nBe good.\n".replace("\n", end)
    found = persona(b"\xef\xbb\xbf" + text.encode(), "dev.md")
    assert (found.fault, found.name, found.text.strip()) == ("", "dev", "Be good.")
    assert found.tools == (("Bash", "Read") if "tools" in front else ())
    assert found.has_hands


BROKEN = {
    "# dev\n": "dev.md:1: does not begin with front matter: its first line must be ---",
    "\n---\nname: dev\n---\n": "dev.md:1: does not begin with front matter: its first line must be ---",
    "---\nname: dev\ndescription: x\nBe good.\n": "dev.md:1: its front matter is not closed by a line ---",
    "---\ndescription: x\n---\n": "dev.md:1: its front matter has no name",
    "---\nname: dev\n---\n": "dev.md:1: its front matter has no description",
    "---\nname: dev\ndescription: # none\n---\n": "dev.md:3: its front matter has no description",
    "---\nname: dev\ndescription: x\nsome words\n---\n": "dev.md:4: “some words” is no `key: value`",
    "---\n  name: dev\ndescription: x\n---\n": "dev.md:2: “name: dev” is no `key: value`",
    '---\nname: dev\ndescription: "x\n---\n': "dev.md:3: description: its quotes are not closed at the end",
    '---\nname: dev\nmodel: "x" y\n---\n': "dev.md:3: model: its quotes are not closed at the end",
    "---\nname: dev\ndescription: x\ntools: [Bash\n---\n": "dev.md:4: tools: its list is not closed by ]",
    "---\nname: dev\ndescription: x\ntools:\n\t- Bash\n---\n": (
        "dev.md:4: tools: what stands below it is indented by a tab; YAML wants blanks"
    ),
    "---\nname: 12\ndescription: x\n---\n": "dev.md:2: name: “12” is no name for an agent",
    "---\nname: --y\ndescription: x\n---\n": "dev.md:2: name: “--y” is no name for an agent",
    "---\nname: dev\ndescription: x\nmaxTurns: x\n---\n": "dev.md:4: maxTurns: “x” is no number above 0",
    f"---\nname: dev\ndescription: x\nmaxTurns: {'9' * 5000}\n---\n": (
        f"dev.md:4: maxTurns: “{'9' * 20}” is no number above 0"
    ),
}


@pytest.mark.parametrize(("text", "fault"), BROKEN.items(), ids=range(len(BROKEN)))
def test_a_broken_agents_file_is_told_with_its_line(text: str, fault: str) -> None:
    assert persona(text.encode(), "dev.md").fault == fault


def test_a_file_that_is_no_text_is_told() -> None:
    assert persona(b"---\nname: \xff\n---\n", "dev.md").fault == "dev.md:2: is not UTF-8"
    assert "larger" in persona(b"-" * 300_000, "dev.md").fault


def test_an_agent_without_hands_is_known() -> None:
    front = b"---\nname: dev\ndescription: x\ntools: Read, Grep\n---\n"
    assert not persona(front, "dev.md").has_hands
    assert persona(front.replace(b"Grep", b"Bash(git *)"), "dev.md").has_hands
