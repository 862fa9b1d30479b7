"""Which page, and which settings: the first question of every command.

The page is the one named (`--page`, else `MDORCH_PAGE`), else the configuration's `page`, else the
`CLAUDE.md` at the root of the repository's main work tree (without git: of this folder or the nearest
above). The configuration is looked for from the named page's folder, else from the current one; in a
linked work tree from the same place in the main one, so that everybody who works on a repository,
agents in work trees of their own included, speaks of the one page.

A page is known by its real path: two names for one file are one page.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Mapping
from pathlib import Path

from mdorch.config.document import shown
from mdorch.config.errors import FAILED, USAGE, Trouble
from mdorch.config.load import find, load, page_named_in
from mdorch.config.repository import folders_up, in_linked_worktree, in_main, repository
from mdorch.config.settings import PAGE, Settings
from mdorch.frozen import Frozen

HOME = ".mdorch"
VARIABLE = "MDORCH_PAGE"
PATIENCE = 0.2  # seconds: some editors take the page away for a moment while they save it


class Project(Frozen):
    """A page with its settings. `named` is how the page was named: "--page", the variable, or ""."""

    page: Path  # real and absolute
    settings: Settings
    named: str
    linked: bool  # one stands in a linked work tree: not the place to start a daemon unless named

    @property
    def home(self) -> Path:
        """The folder for journal, runs and caches, beside the page."""
        return self.page.parent / HOME


def open_project(
    page: str | None = None,
    config: str | None = None,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    must_exist: bool = True,
) -> Project:
    """The page and settings that a command line means, or Trouble. Paths are relative to `cwd`."""
    here = (cwd or _cwd()).absolute()
    environment = os.environ if env is None else env
    explicit = here / config if config else None
    named = "--page" if page else VARIABLE if environment.get(VARIABLE) else ""
    if named:
        path = _real(here / (page or environment[VARIABLE]))
        settings = load(find(path, explicit), path.parent / HOME)
    else:
        path, settings = _unnamed(in_main(here), explicit)
    if must_exist:
        _check(path, named, settings)
    return Project(path, settings, named, in_linked_worktree(here))


def _unnamed(here: Path, explicit: Path | None) -> tuple[Path, Settings]:
    config = find(here, explicit)
    if config is None:
        return _real(_default(here)), Settings()
    if (config.parent / HOME).is_dir():
        settings = load(config, config.parent / HOME)
        path = config.parent / settings.page if settings.page else _default(here)
    else:
        page = page_named_in(config)
        path = config.parent / page if page else _default(here)
        settings = load(config, _real(path).parent / HOME)
    return _real(path), settings


def _default(here: Path) -> Path:
    """The page where nobody says which; the file need not exist."""
    found = repository(here)
    if found:
        return (found.main or found.top) / PAGE
    return next((folder / PAGE for folder in folders_up(here) if (folder / PAGE).is_file()), here / PAGE)


def _check(path: Path, named: str, settings: Settings) -> None:
    code = USAGE if named else FAILED
    origin = f" (from {named})" if named else ""
    if settings.page and settings.source and not named:
        origin = f" (page in {shown(settings.source)})"
    try:
        mode = _patient_mode(path)
    except FileNotFoundError:
        hint = "mdorch init makes one; --page FILE names another"
        if (path.parent / ".mdorch" / "versions").is_dir():
            hint = f"mdorch history --restore last brings it back; {hint}"
        raise Trouble(f"no page: {shown(path)} does not exist{origin}", hint, code) from None
    except OSError as error:
        raise Trouble(f"{shown(path)}: cannot be read: {error.strerror}{origin}", exit_code=code) from None
    if not stat.S_ISREG(mode):
        what = "a directory" if stat.S_ISDIR(mode) else "no ordinary file"
        raise Trouble(f"{shown(path)} is {what}, not a page{origin}", "--page FILE names the page", code)


def _patient_mode(path: Path) -> int:
    """The kind of file that is there, once it is."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return path.stat().st_mode
        except FileNotFoundError:
            if time.monotonic() > end or not path.parent.is_dir():
                raise
            time.sleep(PATIENCE / 20)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _cwd() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise Trouble("the current folder does not exist any more", "cd somewhere", FAILED) from None
