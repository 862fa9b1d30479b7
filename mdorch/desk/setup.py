"""Setting a repository up: the page's missing sections, a first `mdorch.toml`, `.mdorch/`, the approval.

`survey` looks and changes nothing; `carry_out` does what was surveyed, and only that: if somebody saves
the page in between, the same sections are put into what they saved, or nothing is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from mdorch.config import detect, trust
from mdorch.config.document import OWN, shown
from mdorch.config.errors import FAILED, USAGE, Trouble
from mdorch.config.load import find, load
from mdorch.config.project import open_project
from mdorch.config.repository import has_commit
from mdorch.config.settings import Settings
from mdorch.desk import parts
from mdorch.desk.adopt import Ask, Proposal, propose_init
from mdorch.desk.find import NOT_SO
from mdorch.desk.homemade import CannotInit, NoBoard
from mdorch.desk.site import Site, open_site
from mdorch.world.errors import PageError, PageMissing, PageUnreadable, Stale
from mdorch.world.journal import Journal

TRIES = 20
GLANCE = 0.3  # seconds for an editor to put a page back that it is just saving


@dataclass(frozen=True)
class Setup:
    """What was found and would be done.

    `creates`: there is no page yet. `config` is the configuration in use, or the one to be written;
    `config_text` is "" where it stays as it is. `clis` are the agent programs found on PATH,
    `agents` the names defined in `.claude/agents` of the repository.
    """

    site: Site
    ask: Ask
    page: Proposal
    creates: bool
    config: Path
    config_text: str
    clis: tuple[str, ...]
    agents: tuple[str, ...]

    @property
    def nothing_missing(self) -> bool:
        return not self.creates and not self.config_text and self.page.new == self.page.old

    @property
    def page_name(self) -> str:
        """The page as messages have it."""
        return shown(self.site.page)

    @property
    def size(self) -> int:
        """Characters of the page as it is, as agents have to read it."""
        return 0 if self.creates else len(self.page.old.decode("utf-8", "replace"))

    @property
    def config_name(self) -> str:
        return shown(self.config)

    @property
    def first_row(self) -> str:
        """The id of a row that `init` put On Hold, or of the first example; "" where there is none."""
        if self.page.held:
            return self.page.held[0]
        return parts.EXAMPLE if f"| {parts.EXAMPLE} | On Hold".encode() in self.page.new else ""


@dataclass(frozen=True)
class Named:
    """What the command line says: `page` and `config` as for every command."""

    page: str | None = None
    config: str | None = None
    ask: Ask = field(default_factory=Ask)


def survey(named: Named, environ: Mapping[str, str]) -> Setup:
    """Look at everything. Raises Trouble: a page or a configuration that cannot be used, or asked for
    is what the page does not have."""
    site = open_site(named.page, named.config, environ, must_exist=False)
    proposal, creates = _proposal(site, named.ask)
    config = site.settings.source or find(site.page)
    text, target, clis = "", config, detect.found(environ.get("PATH"))
    if target is None:
        inside = site.page.is_relative_to(site.root)
        target = (site.root if inside else site.page.parent) / OWN
        trees = site.git is not None and has_commit(site.git)
        text = detect.template(clis, os.path.relpath(site.page, target.parent), trees)
    return Setup(site, named.ask, proposal, creates, target, text, clis, _defined_agents(site))


def carry_out(setup: Setup, environ: Mapping[str, str]) -> None:
    """Write what was surveyed. Raises Trouble; what is written by then stays, the next `init` goes on."""
    _write_page(setup)
    if setup.config_text:
        _create(setup.config, setup.config_text.encode(), "another mdorch init was faster")
        trust.approve(load(setup.config), environ)
    with closing(Journal.open(setup.site.dot, check=False)) as journal:
        if setup.page.added or setup.creates:
            journal.note(time.time(), "command", text="init: " + "; ".join(setup.page.added))


def found_by_default(setup: Setup, environ: Mapping[str, str]) -> bool:
    """Whether commands without `--page`, typed here, mean this page."""
    try:
        return open_project(env=environ, must_exist=False).page == setup.site.page
    except Trouble:
        return False


def is_approved(setup: Setup, environ: Mapping[str, str]) -> bool:
    """Whether the configuration in use may start programs, or has none to start."""
    settings = load(setup.config) if setup.config.exists() else Settings()
    return trust.approved(settings, environ)


def _proposal(site: Site, ask: Ask) -> tuple[Proposal, bool]:
    """The proposal for the page as it is, and whether there is none yet."""
    where = shown(site.page)
    try:
        data = site.page_file().read(GLANCE).data
        creates = False
    except PageMissing:
        if not site.page.parent.is_dir():
            raise Trouble(f"{where}: there is no such folder", "make the folder first", USAGE) from None
        data, creates = parts.NEW_PAGE.encode(), True
    except PageUnreadable as error:
        hint = "--page FILE names the page"
        raise Trouble(f"{where}: cannot be read: {error.reason}", hint, FAILED) from None
    except PageError as error:
        raise Trouble(f"{where}: {error.reason}", "try again when nobody writes it", FAILED) from None
    try:
        return propose_init(data, ask), creates
    except CannotInit as error:
        line, column = error.place
        place = f":{line}:{column}" if line else ""
        code = NOT_SO if isinstance(error, NoBoard) else FAILED
        raise Trouble(f"{where}{place}: {error}", error.hint, code) from None


def _write_page(setup: Setup) -> None:
    site, wanted, creates = setup.site, setup.page, setup.creates
    for _ in range(TRIES):
        if creates:
            if _try_create(site.page, wanted.new):
                return
        elif wanted.new == wanted.old or _try_replace(site, wanted):
            return
        wanted, creates = _proposal(site, setup.ask)
        if setup.ask.adopt or _gist(wanted) != _gist(setup.page):
            break
    message = f"{shown(site.page)} was changed meanwhile: nothing is written"
    raise Trouble(message, "mdorch init again", FAILED)


def _gist(proposal: Proposal) -> tuple[object, ...]:
    return proposal.added, proposal.held, proposal.undecided


def _try_create(path: Path, data: bytes) -> bool:
    """False where somebody made the page in the meantime."""
    try:
        _create(path, data, "")
    except FileExistsError:
        return False
    return True


def _try_replace(site: Site, wanted: Proposal) -> bool:
    """Through the page's own door. False where somebody saved in the meantime."""
    with closing(Journal.open(site.dot, check=False)) as journal:
        try:
            site.page_file(journal).replace(wanted.old, wanted.new)
        except Stale:
            return False
        except PageError as error:
            raise Trouble(f"{shown(site.page)}: {error.reason}", "nothing is written", FAILED) from None
    return True


def _create(path: Path, data: bytes, exists: str) -> None:
    """A new file, or none. FileExistsError where there is one already; Trouble if `exists` says why."""
    try:
        with path.open("xb") as file:
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError:
        if exists:
            raise Trouble(f"{shown(path)} exists by now: {exists}", "mdorch init again", FAILED) from None
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Trouble(f"{shown(path)}: cannot be written: {reason}", exit_code=FAILED) from None


def _defined_agents(site: Site) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (site.root / ".claude/agents").glob("*.md")))
