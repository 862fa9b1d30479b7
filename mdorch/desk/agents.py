"""The agents of a page: how each is started, which programs are there, and whether they answer."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from errno import EINVAL
from pathlib import Path
from typing import Any

from mdorch.config.settings import AgentSpec
from mdorch.desk.given import hook_of, server_of, toolless
from mdorch.desk.look import Look
from mdorch.desk.site import Site
from mdorch.plan.advance import STARTABLE
from mdorch.world.agents import Found, Launch
from mdorch.world.agents.registry import NAMES, adapter
from mdorch.world.keeper.words import plain

PATIENCE = 30.0  # seconds for a program to say its version
ABOVE = 4  # folders above a program in which its package may be described
DEFAULT = "default"


def launch_of(
    site: Site, agent: AgentSpec, name: str, program: str, session: str = "", tree: str = ""
) -> Launch:
    """How the agent `name` is started, that is configured as `agent`, in the checkout or in a work tree.
    Raises OSError: its file is broken."""
    persona = site.persona(name) if agent.cli else None
    if persona and persona.problem:
        raise OSError(EINVAL, persona.fault)
    beside = () if site.page.parent.is_relative_to(site.root) else (str(site.page.parent),)
    return Launch(
        program=program or agent.cli,
        session=session,
        persona=persona,
        model=agent.model,
        args=agent.args,
        budget=site.settings.usd_per_run if agent.priced else 0.0,
        folders=beside,
        alone=bool(tree and persona and not _is_there(site, Path(persona.path), tree)),
        server=server_of(site, agent),
        stop=hook_of(agent),
        strangers=agent.repository_mcp,
    )


def _is_there(site: Site, path: Path, tree: str) -> bool:
    """Whether an agent's own file is in a tree as it is in the checkout, committed and not changed since.
    One of the user's home is found from everywhere."""
    if not path.is_relative_to(site.root):
        return True
    try:
        return Path(tree, path.relative_to(site.root)).read_bytes() == path.read_bytes()
    except OSError:
        return False


def agents_answer(look: Look, environ: Mapping[str, str], check: bool = False) -> dict[str, Any]:
    """`mdorch agents --json`. `check` asks each program for its version; else nothing is started."""
    site = look.site
    clis = [_cli(site, name, environ, check) for name in NAMES]
    agents = [_agent(site, spec, name, environ) for name, spec in _named(look)]
    return {"agents": agents, "clis": clis}


def is_well(answer: Mapping[str, Any]) -> bool:
    """Whether every agent could be started, and every program that one of them needs answered."""
    needed = {agent["cli"] for agent in answer["agents"]}
    silent = [cli for cli in answer["clis"] if cli["name"] in needed and cli["works"] is False]
    return not silent and not any(agent["problem"] for agent in answer["agents"])


def _named(look: Look) -> Iterator[tuple[str, AgentSpec]]:
    """Every agent that is configured or that an open task is for, with how it is configured."""
    site, settings = look.site, look.site.settings
    asked = {name for task in look.board.tasks if task.status in STARTABLE for name in task.agents}
    for name in sorted({*settings.agents, *asked, *site.known_agents()}, key=lambda n: (n != DEFAULT, n)):
        spec = settings.agent(name)
        if spec is not None:
            yield name, spec


def _agent(site: Site, spec: AgentSpec, name: str, environ: Mapping[str, str]) -> dict[str, Any]:
    made, cwd = adapter(spec.cli, spec.command), str(site.root)
    found = made.find(environ, cwd)
    persona = site.persona(name) if spec.cli and name != DEFAULT else None
    problem, command = found.problem, list(spec.command)
    try:
        command = made.argv(launch_of(site, spec, name, found.path))
    except OSError as error:
        problem = error.strerror or str(error)
    server = server_of(site, spec)
    handless = persona and not persona.problem and not persona.has_hands and not server
    warnings = ["its tools allow neither Bash nor Edit nor Write: it cannot hand off" if handless else ""]
    return {
        "name": name,
        "configured": name in site.settings.agents,
        "cli": spec.cli,
        "program": found.path or None,
        "command": command,
        "role": persona.path if persona else None,
        "strict": spec.strict,
        "timeout": spec.timeout,
        "problem": problem,
        "warning": "; ".join(filter(None, [*warnings, toolless(spec)])),
        "mcp": bool(server),
        "stop_hook": spec.stop_hook,
    }


def _cli(site: Site, name: str, environ: Mapping[str, str], check: bool) -> dict[str, Any]:
    made = adapter(name)
    found = made.find(environ, str(site.root))
    version, works, problem = _packaged(found, name), None, found.problem
    if check and found.path:
        said, problem = _asked(found.path, made.env(environ, Launch(found.path)))
        works, version = not problem, said or version
    return {
        "name": name,
        "path": found.path or None,
        "version": version,
        "works": works,
        "problem": problem,
        "resumes": made.resumes,
        "priced": made.priced,
        "roles": made.personas,
        "mcp": made.takes_servers,
        "stop_hook": made.takes_hooks,
    }


def _packaged(found: Found, name: str) -> str | None:
    """The version that the package of a program names, where it is described beside or above it."""
    if not found.path:
        return None
    folders = Path(os.path.realpath(found.path)).parents
    for folder in folders[:ABOVE]:
        try:
            package = json.loads((folder / "package.json").read_bytes())
            if name in package["name"]:
                return str(package["version"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def _asked(path: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """What a program says to `--version`, and what is wrong."""
    import subprocess

    try:
        said = subprocess.run(
            [path, "--version"],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        return "", f"it did not say its version within {PATIENCE:.0f} s"
    except OSError as error:
        return "", f"it cannot be started: {(error.strerror or str(error)).lower()}"
    words = next(filter(None, map(plain, said.stdout.decode("utf-8", "replace").splitlines())), "")
    return (words, "") if said.returncode == 0 else ("", f"exit {said.returncode}: {words}".rstrip(": "))
