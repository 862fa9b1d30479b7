"""Taking mdorch out of a repository again: what it added goes, work that is nowhere else stays.

`survey` looks and changes nothing; `carry_out` looks again, with the daemon's lock in hand so that nothing
can start meanwhile, and does what it finds then. The page is never touched, nor what a person wrote.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import combinations
from pathlib import Path

from mdorch.config import trust
from mdorch.config.detect import template
from mdorch.config.document import OWN, shown
from mdorch.config.errors import FAILED, Trouble
from mdorch.desk import halt, service
from mdorch.desk.look import peeked
from mdorch.desk.rail import LATE
from mdorch.desk.site import Site
from mdorch.frozen import Frozen
from mdorch.world.agents.registry import NAMES
from mdorch.world.attached import attached
from mdorch.world.journal import Journal
from mdorch.world.lock import DaemonLock
from mdorch.world.trees.call import git, says
from mdorch.world.trees.tree import FOLDER, PREFIX, Trees
from mdorch.world.unit import is_ours

MERGED = "mdorch-merged"  # the branch that is merged into by default; one that a person named is theirs


class Item(Frozen):
    """`what` it is and why it goes or stays; `kind` is "" for what stays, `key` says which one it is."""

    what: str
    why: str
    kind: str = ""
    key: tuple[str, ...] = ()


class Survey(Frozen):
    goes: tuple[Item, ...]
    stays: tuple[Item, ...]


def survey(site: Site, environ: Mapping[str, str]) -> Survey:
    """What would go and what would stay. Raises Trouble where something is at work."""
    halt.refuse_second(site)
    _refuse_runs(site)
    return _survey(site, environ)


def carry_out(site: Site, environ: Mapping[str, str]) -> Survey:
    """Take it away; what went, and what is left. Raises Trouble, AlreadyHeld."""
    site.dot.mkdir(exist_ok=True)
    lock = DaemonLock.take(site.dot)
    try:
        _refuse_runs(site)
        found = _survey(site, environ)
        left = [refusal for item in found.goes if (refusal := _take_away(site, environ, item)) is not None]
    finally:
        lock.release()
    refused = {item.key for item in left}
    goes = tuple(item for item in found.goes if item.key not in refused)
    return Survey(goes, (*left, *found.stays))


def _refuse_runs(site: Site) -> None:
    live = halt.live_runs(site)
    if live:
        more = f" and {len(live) - 3} more" if len(live) > 3 else ""
        named = ", ".join(run.id for run in live[:3])
        raise Trouble(f"still at work: {named}{more}", "mdorch down --kill ends what runs", FAILED)
    if open_ := sorted(attached(site.dot)):
        raise Trouble(f"the session of {open_[0]} is open (mdorch attach)", "close it there", FAILED)
    with peeked(site) as journal:
        unfolded = journal.runs(unfolded=True) if journal and site.page.exists() else []
    if unfolded:
        hint = "mdorch pause; mdorch up --once writes it there"
        raise Trouble(f"the result of {unfolded[0].id} is not on the page yet", hint, FAILED)


def _survey(site: Site, environ: Mapping[str, str]) -> Survey:
    items = [*_unit(site, environ), *_git(site), *_approvals(site, environ), *_config(site), *_dot(site)]
    for path, why in ((site.page, "the page is yours"), (site.archive, "what has left the page")):
        if path.exists():
            items.append(Item(shown(path), why))
    return Survey(tuple(i for i in items if i.kind), tuple(i for i in items if not i.kind))


def _unit(site: Site, environ: Mapping[str, str]) -> Iterator[Item]:
    path = service.unit_of(site, environ)
    try:
        text = path.read_text("utf-8", "surrogateescape") if path else None
    except OSError:
        return
    if text is not None and is_ours(text):
        yield Item(str(path), "the systemd unit of this page", "unit")
    elif text is not None:
        yield Item(str(path), "a systemd unit that somebody changed")


def _git(site: Site) -> Iterator[Item]:
    """Work trees first, then the branches that were checked out there."""
    if site.git is None:
        return
    trees, into = Trees(site.root, site.dot), site.settings.into
    wholes = trees.wholes(into)
    kept: set[str] = set()
    going: set[str] = set()
    for run in trees.runs():
        tree = trees.find(run)
        if tree is None or tree.path in kept | going or not os.path.isdir(tree.path):
            continue
        try:
            why = trees.why_kept(tree, wholes)
        except OSError as error:
            why = error.strerror or str(error)
        (kept if why else going).add(tree.path)
        if why:
            yield Item(shown(Path(tree.path)), why)
        else:
            yield Item(shown(Path(tree.path)), "a work tree whose work is elsewhere", "tree", ("tree", run))
    yield from _branches(site, trees, going)


def _branches(site: Site, trees: Trees, going: set[str]) -> Iterator[Item]:
    """Only those that have nothing of their own, and that nobody has checked out."""
    into = site.settings.into
    head, whole = trees.commit("HEAD"), trees.commit(f"refs/heads/{into}")
    words = ("for-each-ref", "--format=%(refname)%00%(objectname)%00%(worktreepath)")
    names = (f"refs/heads/{PREFIX}", *([f"refs/heads/{into}"] if into == MERGED else []))
    try:
        lines = git(site.root, *words, *names).splitlines()
    except OSError:
        return
    for line in lines:
        ref, tip, place = line.split("\0")
        name = ref.removeprefix("refs/heads/")
        wholes = [commit for commit in (head, whole if name != into else "") if commit]
        if not any(trees.contains(commit, tip) for commit in wholes):
            yield Item(f"branch {name}", f"not merged: git merge {name}, or git branch -D {name}")
        elif place and place not in going:
            yield Item(f"branch {name}", f"checked out in {shown(Path(place))}")
        else:
            where = "HEAD" if head and trees.contains(head, tip) else into
            yield Item(f"branch {name}", f"all of it is in {where}", "branch", (ref, tip))


def _approvals(site: Site, environ: Mapping[str, str]) -> Iterator[Item]:
    found = trust.approvals(site.settings, environ) if site.settings.source is not None else []
    if found:
        what = "1 approval" if len(found) == 1 else f"{len(found)} approvals"
        yield Item(f"{what} of its programs", f"in {found[0].parent}", "files", tuple(map(str, found)))


def _config(site: Site) -> Iterator[Item]:
    path = site.settings.source
    if path is None:
        return
    if path.name != OWN:
        yield Item(shown(path), "its part for mdorch is yours")
    elif site.git is not None and says(path.parent, "ls-files", "--error-unmatch", "--", path.name):
        yield Item(shown(path), f"committed: git rm {shown(path)}")
    elif not _is_first(path, os.path.relpath(site.page, path.parent)):
        yield Item(shown(path), "changed since mdorch init wrote it")
    else:
        yield Item(shown(path), "as mdorch init wrote it", "files", (str(path),))


def _is_first(path: Path, page: str) -> bool:
    """Whether the file is as `init` wrote it, whatever programs it had found."""
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError):
        return False
    sets = (clis for count in range(len(NAMES) + 1) for clis in combinations(NAMES, count))
    return any(text in (template(clis, page), template(clis, page, trees=True)) for clis in sets)


def _dot(site: Site) -> Iterator[Item]:
    late = _count(site.dot / LATE)
    if site.dot.is_dir() and {path.name for path in site.dot.iterdir()} - {".gitignore", FOLDER, LATE}:
        runs = _count(site.dot / "runs")
        held = f"the journal, the logs of {runs} run{'' if runs == 1 else 's'}, versions of the page"
        yield Item(shown(site.dot) + "/", held, "dot", (str(site.dot),))
    if late:
        yield Item(shown(site.dot / LATE) + "/", "what runs said that were given up: nobody has taken it")


def _take_away(site: Site, environ: Mapping[str, str], item: Item) -> Item | None:
    """What it says to being taken away where it will not go."""
    try:
        match item.kind:
            case "unit":
                service.remove(site, environ)
            case "tree":
                trees = Trees(site.root, site.dot)
                tree = trees.find(item.key[1])
                if tree is not None:
                    trees.take_away(item.key[1], tree)
            case "branch":
                git(site.root, "update-ref", "-d", *item.key)
            case "files":
                for path in item.key:
                    Path(path).unlink()
            case _:
                _empty(site)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Item(item.what, (error.strerror or str(error)).lower(), key=item.key)
    except Trouble as error:
        return Item(item.what, error.message, key=item.key)
    return None


def _empty(site: Site) -> None:
    """All of `.mdorch/` but work trees that stay, what was said too late, and what makes git look away. A
    write of the page that a crash cut off is finished first: what it takes stands in the journal."""
    if site.has_journal and site.page.exists():
        with closing(Journal.open(site.dot, check=False)) as journal:
            site.page_file(journal).recover()
    trees = any(path.is_dir() for path in (site.dot / FOLDER).glob("*"))
    stays = {".gitignore", *([FOLDER] if trees else []), *([LATE] if _count(site.dot / LATE) else [])}
    if len(stays) == 1:
        gone = site.dot.with_name(f"{site.dot.name}.gone-{os.getpid()}")
        site.dot.rename(gone)  # at once: whoever makes one anew now has nothing taken from it
        shutil.rmtree(gone)
        return
    for path in site.dot.iterdir():
        if path.name in stays:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _count(folder: Path) -> int:
    try:
        return len(os.listdir(folder))
    except OSError:
        return 0
