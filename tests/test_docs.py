"""What the documentation says is run, so that it stays true.

- ```` ```console ````: the lines after `$ ` (continued by `> `) run in order, all blocks of a file in one
  scratch folder and one shell. Output that is given must come; a line `...` stands for any lines, and
  `...` within a line for anything. A command must end with 0, or with N where it says `# exit N`.
- ```` ```sh ````: commands to be typed, not run here; each `mdorch …` in them must be a command with just
  these options.
- ```` ```markdown FILE ```` and ```` ```toml FILE ````: written to FILE in the scratch folder, at that
  point of the story. Every ```` ```toml ```` is a valid configuration.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mdorch.config.load import load

ROOT = Path(__file__).resolve().parents[1]
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if page.exists()]

# Shown in a console block, but not run: they take long, need a network or a person, or never end.
EXCLUDED = ("make ", "pipx ", "pip ", "git clone ", "mdorch demo", "mdorch status --watch", "mdorch logs -f")
ENDED = ("", "none: the shell ended")
SECONDS = 60  # for all commands of one page together


@dataclass(frozen=True)
class Block:
    kind: str
    file: str  # second word of the info string, "" without one
    line: int  # of its first line of text, counts from 1
    text: str


@dataclass(frozen=True)
class Step:
    """A command with what it should say, or a file to write first."""

    line: int
    command: str
    expected: str | None
    exit_code: int


def blocks(text: str) -> Iterator[Block]:
    for found in re.finditer(r"^```(\w+)(?: +(\S+))?[^\n]*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield Block(found[1], found[2] or "", text.count("\n", 0, found.start(3)) + 1, found[3])


def steps(text: str) -> Iterator[Step]:
    """Everything that happens in the scratch folder of a page, in order."""
    for block in blocks(text):
        if block.kind == "console":
            yield from console_steps(block)
        elif block.file:
            # A quoted delimiter: nothing in the file is expanded.
            yield Step(
                block.line,
                f"cat > {shlex.quote(block.file)} <<'END-OF-BLOCK'\n{block.text}END-OF-BLOCK",
                None,
                0,
            )


def console_steps(block: Block) -> Iterator[Step]:
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    line = block.line + parts[0].count("\n")
    assert not parts[0].strip(), f"line {block.line}: output before the first command"
    for part in parts[1:]:
        found = re.match(r"(?P<command>[^\n]*(?:\n> ?[^\n]*)*)\n?(?P<output>.*)", part, re.DOTALL)
        assert found
        command = re.sub(r"\n> ?", "\n", found["command"])
        code = re.search(r"# exit (\d+)$", command)
        if not any(f"{command} ".startswith(start) for start in EXCLUDED):
            yield Step(line, command, found["output"].strip("\n") or None, int(code[1]) if code else 0)
        line += part.count("\n")


def play(text: str, folder: Path) -> list[str]:
    """Run the steps of a page; every difference from what it says, with the line where it says so."""
    story = list(steps(text))
    script = "".join(f"{step.command}\nprintf '\\036%s\\036' $?\n" for step in story)
    said = folder.parent / "said"  # a file, so that a daemon left running holds no pipe open
    with said.open("wb") as output:
        subprocess.run(
            ["bash", "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment(folder),
            timeout=SECONDS,
            check=False,
        )
    pieces = said.read_text("utf-8", "replace").split("\036")
    faults = []
    for number, step in enumerate(story):
        output, code = pieces[2 * number : 2 * number + 2] if 2 * number + 1 < len(pieces) else ENDED
        if code != str(step.exit_code):
            faults.append(f"line {step.line}: {step.command!r} ended with {code}:\n{output}")
        elif step.expected is not None and not alike(step.expected, output):
            faults.append(f"line {step.line}: {step.command!r} says:\n{output}\ninstead of:\n{step.expected}")
    return faults


def alike(expected: str, output: str) -> bool:
    pattern = ""
    for line in expected.split("\n"):
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += ".*?".join(map(re.escape, line.rstrip().split("..."))) + r"[ \t]*\n"
    return re.fullmatch(pattern, output.rstrip("\n") + "\n") is not None


def environment(folder: Path) -> dict[str, str]:
    """A user without habits: home, state and programs of the scratch folder, and `mdorch` on PATH."""
    programs = folder.parent / "bin"
    programs.mkdir(exist_ok=True)
    for name, module in (
        ("mdorch", "mdorch.front.cli.main"),
        ("orchestrate", "mdorch.front.cli.orchestrate"),
    ):
        wrapper = programs / name
        code = f"import sys; sys.argv[0] = {name!r}; from {module} import main; main()"
        wrapper.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(code)} "$@"\n')
        wrapper.chmod(0o755)
    return {
        "PATH": f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder.parent),
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "COLUMNS": "120",
    }


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_is_shown_is_what_happens(page: Path, scratch: Path) -> None:
    text = page.read_text("utf-8")
    if not list(steps(text)):
        pytest.skip("nothing to run on this page")
    faults = play(text, scratch)
    assert not faults, "\n\n".join(faults)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_configuration_is_valid(page: Path, tmp_path: Path) -> None:
    for block in blocks(page.read_text("utf-8")):
        if block.kind == "toml":
            path = tmp_path / ("pyproject.toml" if "[tool.mdorch" in block.text else "mdorch.toml")
            path.write_text(block.text, "utf-8")
            load(path)


def typed_commands(text: str) -> list[tuple[int, list[str]]]:
    """The `mdorch …` lines of `sh` blocks, as arguments."""
    return [
        (block.line + number, shlex.split(line, comments=True)[1:])
        for block in blocks(text)
        if block.kind == "sh"
        for number, line in enumerate(block.text.splitlines())
        if line.startswith("mdorch ")
    ]


def unknown_parts(arguments: list[str], folder: Path) -> str:
    """What of a typed command line `mdorch` does not know; "" if all of it is known."""
    names = [argument for argument in arguments[:1] if not argument.startswith("-")]
    env = environment(folder)
    command = [str(folder.parent / "bin" / "mdorch"), *names, "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=env, check=False)
    if shown.returncode:
        return f"mdorch {' '.join(names)}: {shown.stderr}"
    options = {
        argument.split("=")[0] for argument in arguments[len(names) :] if re.match(r"--?[a-z]", argument)
    }
    known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", shown.stdout)) | {"--page", "--config", "--json"}
    return " ".join(sorted(options - known))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_is_to_be_typed_exists(page: Path, scratch: Path) -> None:
    for line, arguments in typed_commands(page.read_text("utf-8")):
        assert not unknown_parts(arguments, scratch), f"{page.name}:{line}"


STORY = """\
```sh
mdorch status --jsno
mdorch stauts
```

```toml mdorch.toml
[run]
attempts = 3
```

```console
$ grep attempts mdorch.toml
attempts = 3
$ cd .. && pwd
...project-is-below
$ seq 5
1
...
5
$ cat <<X
> a
> X
a
$ false # exit 1
$ make coffee
never
```
"""


def test_the_story_teller_tells_right_from_wrong(scratch: Path) -> None:
    faults = play(STORY, scratch)
    assert [fault.split(":")[0] for fault in faults] == ["line 14"]
    assert play("```console\n$ echo a\n```\n", scratch) == []
    for wrong in (
        "$ false",
        "$ true # exit 1",
        "$ echo a\nb",
        "$ echo a; echo b\na",
        "$ exit 0",
        "$ absent-program",
    ):
        assert play(f"```console\n{wrong}\n```\n", scratch), wrong


def test_mistyped_commands_are_found(scratch: Path) -> None:
    found = [unknown_parts(arguments, scratch) for _, arguments in typed_commands(STORY)]
    assert found[0] == "--jsno"
    assert "stauts" in found[1]


def test_the_index_lists_every_page_and_links_lead_somewhere() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    listed = set(re.findall(r"^\| \[(\S+?)\]", index, re.MULTILINE))
    assert listed == {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
            assert ":" in target or (page.parent / target).exists(), f"{page.name}: {target}"
