"""A `Site`: one page and everything that belongs to it on this machine."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mdorch.board.board import ARCHIVE
from mdorch.board.policy import PagePolicy, Policy
from mdorch.config.document import OWN, SHARED, shown
from mdorch.config.load import find, load
from mdorch.config.project import HOME, open_project
from mdorch.config.repository import Repository, has_commit, repository
from mdorch.config.settings import Settings
from mdorch.desk.memo import FRESH, Sign, sign
from mdorch.world.pagefile import PageFile

if TYPE_CHECKING:
    from mdorch.world.agents.persona import Persona
    from mdorch.world.journal import Journal
    from mdorch.world.witness import Witness


@dataclass(frozen=True)
class Site:
    """`page` is real and absolute; `named` says how it was named ("--page", "MDORCH_PAGE", or "" where it
    was found); `linked`: one stands in a linked work tree; `home` is the user's home folder, if any."""

    page: Path
    settings: Settings
    named: str = ""
    linked: bool = False
    home: Path | None = None

    @cached_property
    def dot(self) -> Path:
        """`.mdorch/` beside the page."""
        return self.page.parent / HOME

    @property
    def root(self) -> Path:
        """Where agents work: the repository of the page, or its folder without one."""
        return self._repository.top if self._repository else self.page.parent

    @property
    def git(self) -> Path | None:
        """The git directory of the page's work tree, None outside of any."""
        return self._repository.git if self._repository else None

    @cached_property
    def _repository(self) -> Repository | None:
        return repository(self.page.parent)

    @property
    def shown(self) -> str:
        """The page as messages have it: relative where it is below the current folder."""
        return shown(self.page)

    @property
    def has_journal(self) -> bool:
        """Asked before the journal's library is imported: most pages are looked at before they are run."""
        return os.path.exists(self.dot / "journal.db")

    @property
    def log(self) -> Path:
        """What a daemon in the background says."""
        return self.dot / "daemon.log"

    @property
    def pause_file(self) -> Path:
        return self.dot / "PAUSE"

    def page_file(self, journal: Journal | None = None, witness: Witness | None = None) -> PageFile:
        """The door to the page; whoever writes gives its journal, so that no crash leaves half a write, and
        nothing that gave way in a merge is forgotten. `witness` knows what the page was before."""
        if journal is None:
            return PageFile(self.page, folder=self.dot)
        from mdorch.desk.disputes import merged

        return PageFile(
            self.page, journal, self.dot, clashed=lambda made: merged(journal, made), witness=witness
        )

    @property
    def settings_files(self) -> tuple[Path, ...]:
        """Where the settings are from; where they would be, if there are none."""
        folders = dict.fromkeys((self.page.parent, self.root))
        there = self.settings.source
        return (there,) if there else tuple(folder / name for folder in folders for name in (OWN, SHARED))

    @cached_property
    def archive(self) -> Path:
        """Where complete rows and handoffs go that leave the page."""
        return self.page.with_name(self.page.stem + ARCHIVE)

    def companions(self) -> list[tuple[str, bytes]]:
        """Policy documents and the page's archive, those that exist, as (file name, bytes)."""
        found = []
        for path in self._companions:
            try:
                found.append((path.name, _bytes_of(path)))
            except OSError:
                continue
        return found

    @cached_property
    def own_policy(self) -> Policy:
        """The rules as the configuration has them, whatever the page says."""
        return self.settings.policy(PagePolicy())

    @cached_property
    def _companions(self) -> tuple[Path, ...]:
        return *self.settings.policy_paths(self.page), self.archive

    @property
    def treeless(self) -> str:
        """Why no work tree can be made that is asked for, "" where it can or none is."""
        settings = self.settings
        if not settings.always and not any(spec.isolated for spec in settings.agents.values()):
            return ""
        if self.git is None:
            return "this is no git repository"
        return "" if has_commit(self.git) else "the repository has no commit yet"

    def persona(self, name: str) -> Persona | None:
        """The agent's own file in `.claude/agents` of the repository, else of the user; None without one."""
        from mdorch.world.agents.persona import kept_persona

        if "/" in name or name.startswith(".") or "\0" in name:
            return None
        for base in (self.root, self.home):
            found = kept_persona(base / ".claude" / "agents" / f"{name}.md") if base is not None else None
            if found is not None:
                return found
        return None

    def broken_personas(self, names: Iterable[str]) -> dict[str, str]:
        """Those of these agents whose own file is needed to start them and cannot be understood, and why."""
        if not any(spec.cli for spec in self.settings.agents.values()):
            return {}
        started = {name for name in names if (spec := self.settings.agent(name)) and spec.cli}
        found = ((name, self.persona(name)) for name in sorted(started))
        return {name: persona.fault for name, persona in found if persona and persona.problem}

    def known_agents(self) -> frozenset[str]:
        """Agents that exist here by name: configured, or defined in `.claude/agents` of the repository
        or of the user."""
        names = {name for name in self.settings.agents if name != "default"}
        for base in (self.root, self.home):
            if base is not None:
                names |= _defined(f"{base}/.claude/agents")
        return frozenset(names)


_read: dict[str, tuple[Sign, bytes]] = {}


def _bytes_of(path: Path) -> bytes:
    """What a file says, read only where it has changed. One that changes just now could change again without
    a trace in its times, and is read each time. Raises OSError."""
    place = str(path)
    now = sign(place)
    known = _read.get(place)
    if known is not None and now is not None and known[0] == now:
        return known[1]
    data = path.read_bytes()
    _read.pop(place, None)
    if now is not None and now == sign(place) and abs(now[0] / 1e9 - time.time()) > FRESH:
        _read[place] = now, data
    return data


def _defined(folder: str) -> set[str]:
    try:
        with os.scandir(folder) as entries:
            return {entry.name[:-3] for entry in entries if entry.name.endswith(".md")}
    except OSError:
        return set()


def open_site(
    page: str | None,
    config: str | None,
    environ: Mapping[str, str],
    cwd: Path | None = None,
    must_exist: bool = True,
) -> Site:
    """Find page and configuration as the contract says. Raises Trouble where there is none, or it is bad."""
    found = open_project(page, config, cwd=cwd, env=environ, must_exist=must_exist)
    home = environ.get("HOME", "")
    return Site(found.page, found.settings, found.named, found.linked, Path(home) if home else None)


def again(site: Site) -> Site:
    """The same page with its settings as they are now. Raises Trouble where those are bad."""
    source = site.settings.source
    path = source if source is not None and source.exists() else find(site.page)
    return replace(site, settings=load(path, site.dot if site.dot.is_dir() else None))
