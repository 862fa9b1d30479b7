"""A `Site`: one page and everything that belongs to it on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mdorch.config.load import find, load
from mdorch.config.pages import find_page, repository_root
from mdorch.config.settings import Settings
from mdorch.world.pagefile import PageFile

DOT = ".mdorch"


@dataclass(frozen=True)
class Site:
    """`page` is absolute with symbolic links kept; `dot` is `.mdorch/` beside the real page; `root`
    is where agents work: the repository of the page, or its folder without one."""

    page: Path
    dot: Path
    root: Path
    settings: Settings

    @property
    def pause_file(self) -> Path:
        return self.dot / "PAUSE"

    def page_file(self) -> PageFile:
        return PageFile(self.page)

    def companions(self) -> list[tuple[str, bytes]]:
        """Policy documents that exist, as (file name, bytes)."""
        found = []
        for path in self.settings.policy_paths(self.page):
            try:
                found.append((path.name, path.read_bytes()))
            except OSError:
                continue
        return found

    def known_agents(self) -> frozenset[str]:
        """Agents that exist here by name: configured, or defined in `.claude/agents` of the repository
        or of the user."""
        names = {name for name in self.settings.agents if name != "default"}
        for folder in (self.root / ".claude/agents", Path.home() / ".claude/agents"):
            try:
                with os.scandir(folder) as entries:
                    names.update(entry.name[:-3] for entry in entries if entry.name.endswith(".md"))
            except OSError:
                continue
        return frozenset(names)


def open_site(page: Path | None, config: Path | None, environ: Mapping[str, str], cwd: Path) -> Site:
    """Find page and configuration as the contract says. Raises Trouble where there is none, or it is bad."""
    config_path = find(page, config, cwd)
    settings = load(config_path, None)
    path = find_page(page, settings, environ, cwd)
    real = path.resolve()
    return Site(path, real.parent / DOT, repository_root(real.parent) or real.parent, settings)
