"""The adapters by name. Each is imported when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from mdorch.world.agents import Cli
from mdorch.world.agents.command import Command

# In the order in which `init` prefers them.
NAMES = ("claude", "codex", "gemini", "opencode", "qwen", "copilot", "aider")


def adapter(cli: str, command: Sequence[str] = ()) -> Cli | Command:
    """The adapter of a built-in CLI or, for "", of a command. KeyError for a name that is none."""
    if not cli:
        return Command(tuple(command))
    if cli not in NAMES:
        raise KeyError(cli)
    made: Cli = import_module(f"mdorch.world.agents.{cli}").ADAPTER
    return made


def of_run(record: Mapping[str, Any]) -> Cli | Command:
    """The adapter by which a run was started, from its `run.json`."""
    about, argv = record.get("about"), record.get("argv")
    cli = about.get("cli") if isinstance(about, dict) else ""
    return adapter(cli if cli in NAMES else "", argv if isinstance(argv, list) else ())


def reader_of(record: Mapping[str, Any]) -> Cli | Command:
    """Whose language a run's output is in."""
    found = of_run(record)
    return named(found.words) if isinstance(found, Command) else found


def named(command: Sequence[str]) -> Cli | Command:
    """The adapter of the program that a command starts, by its name: also a command may start a known one."""
    name = os.path.basename(command[0]) if command else ""
    return adapter(name if name in NAMES else "", command)
