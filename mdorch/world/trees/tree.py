"""Making the tree of an attempt, finding it again, taking it away once all that it held is elsewhere."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mdorch.frozen import Frozen
from mdorch.world.crash import crash_point
from mdorch.world.folders import read_json
from mdorch.world.names import safe_name, unsafe_name
from mdorch.world.trees.adding import add, wipe
from mdorch.world.trees.call import GitFailed, git, says
from mdorch.world.trees.joined import merge

FOLDER = "trees"
PREFIX = "mdorch/"
_UNFIT = re.compile(r"[^A-Za-z0-9_.+-]|\.\.|^[.-]|\.$|\.lock$")


class Wanted(Frozen):
    """What the tree of a run is to be.

    `work` are (name, commit or branch) that it starts from besides HEAD; `page` is the page as it is and
    `page_name` its path from the root, "" where it lies outside; `copy` are paths from the root that git
    ignores and the agent needs; `slot` is a number that no other run at work has.
    """

    run: str
    task: str
    work: tuple[tuple[str, str], ...] = ()
    page_name: str = ""
    page: bytes = b""
    blocks: tuple[str, ...] = ()  # digests of the handoffs that the page has
    copy: tuple[str, ...] = ()
    slot: int = 0


class Tree(Frozen):
    """`base` is the commit that it started from; `slot` a number that no other tree at work has."""

    path: str
    branch: str
    base: str
    slot: int = 0
    page_name: str = ""
    blocks: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()  # files to copy that git does not ignore: an agent would commit them

    @property
    def page(self) -> Path | None:
        """The copy of the page."""
        return Path(self.path, self.page_name) if self.page_name else None


class Trees:
    """The trees of one `.mdorch` folder. `root` is the person's work tree: read, never written."""

    def __init__(self, root: Path, dot: Path) -> None:
        self.root = root
        self.folder = dot / FOLDER

    def find(self, run: str) -> Tree | None:
        """The tree of this run; None while there is none that is whole."""
        found = read_json(self.file(run, "json"))
        try:
            lists = {key: tuple(found[key]) for key in ("blocks", "left_out")}
            return Tree(**{**found, **lists})
        except (KeyError, TypeError):
            return None

    def make(self, wanted: Wanted) -> Tree:
        """The tree of this run, made unless it is there. Raises Conflict, OSError; then there is none."""
        found = self.find(wanted.run)
        if found is not None:
            self.file(wanted.run, "making").unlink(missing_ok=True)
            return found
        self.folder.mkdir(exist_ok=True)
        self._clear(wanted.run)
        branch, path = self._free_branch(wanted), self.path(wanted.run)
        write(self.file(wanted.run, "making"), branch.encode())
        crash_point("tree.making")
        try:
            add(self.root, branch, path, self.head())
            crash_point("tree.added")
            for name, commit in wanted.work:
                merge(path, commit, name, f"Start from {name}")
            tree = self._filled(wanted, path, branch)
        except BaseException:
            self._clear(wanted.run)
            raise
        self._record(wanted.run, tree)
        crash_point("tree.made")
        self.file(wanted.run, "making").unlink(missing_ok=True)
        return tree

    def lend(self, run: str, earlier: str, wanted: Wanted) -> Tree | None:
        """The tree of an earlier run for one that goes on in its session; None where it is gone."""
        tree = self.find(run) or self.find(earlier)
        if tree is None or not Path(tree.path).is_dir():
            return None
        if self.find(run) is None:
            self._show_page(wanted, Path(tree.path))
            blocks = wanted.blocks if wanted.page_name else ()
            tree = Tree(tree.path, tree.branch, tree.base, tree.slot, tree.page_name, blocks)
            self._record(run, tree)
        return tree

    def head(self) -> str:
        """What HEAD of the person's checkout is. Raises GitFailed where there is no commit yet."""
        return self.commit("HEAD") or _no_commit()

    def commit(self, name: str) -> str:
        """The commit of a branch or the like, "" where there is none."""
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        with suppress(GitFailed):
            return git(self.root, *words).strip()
        return ""

    def contains(self, whole: str, part: str) -> bool:
        return says(self.root, "merge-base", "--is-ancestor", part, whole)

    def path(self, run: str) -> Path:
        return self.folder / safe_name(run)

    def file(self, run: str, kind: str) -> Path:
        return self.folder / f"{safe_name(run)}.{kind}"

    def runs(self) -> list[str]:
        """The runs that have a record, whatever became of their trees."""
        names = [path.name.removesuffix(".json") for path in self.folder.glob("*.json")]
        return sorted(run for name in names if (run := unsafe_name(name)))

    def slots(self, runs: Iterable[str]) -> set[int]:
        """The numbers that the trees of these runs have."""
        return {tree.slot for run in runs if (tree := self.find(run))}

    def idle(self, live: Collection[str]) -> list[tuple[str, Tree]]:
        """The trees in which none of these runs is at work, and the runs that they were of."""
        used = {tree.path for run in live if (tree := self.find(run))}
        found = ((run, tree) for run in self.runs() if run not in live and (tree := self.find(run)))
        return [(run, tree) for run, tree in found if tree.path not in used and Path(tree.path).is_dir()]

    def sweep(self, run: str, tree: Tree, into: str) -> bool:
        """Take a tree away in which nobody is at work, if everything in it is in HEAD or in `into`; whether
        it went."""
        with suppress(OSError):
            if not self.why_kept(tree, self.wholes(into)):
                self.take_away(run, tree)
                return True
        return False

    def keep_page(self, run: str, tree: Tree) -> None:
        """Put the agent's copy of the page aside; what was put there first stays."""
        kept = self.file(run, "page")
        if tree.page is not None and not kept.exists():
            try:
                write(kept, tree.page.read_bytes())
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                write(kept, b"")

    def page_left(self, run: str) -> bytes:
        """The copy of the page as the agent of this run left it; b"" where there is none. What was put aside
        is looked for last, and counts: once it is there, that in the tree is none of the agent's."""
        tree, found = self.find(run), b""
        for path in (tree.page if tree else None, self.file(run, "page")):
            with suppress(FileNotFoundError, IsADirectoryError, NotADirectoryError):
                found = path.read_bytes() if path else found
        return found

    def wholes(self, into: str) -> list[str]:
        """The commits that have work which is elsewhere: HEAD, and what is merged `into`."""
        return [whole for whole in (self.commit("HEAD"), self.commit(f"refs/heads/{into}")) if whole]

    def why_kept(self, tree: Tree, wholes: Sequence[str]) -> str:
        """What is in a tree and in none of the `wholes`; "" where nothing is. Raises OSError."""
        tip = git(Path(tree.path), "rev-parse", "HEAD").strip()
        branch = self.commit(f"refs/heads/{tree.branch}") or tip
        if not all(any(self.contains(whole, part) for whole in wholes) for part in {tip, branch}):
            return "work that is not merged"
        found = git(Path(tree.path), "status", "--porcelain", "-z", "--untracked-files=all").split("\0")
        changed = {line for line in found if line} - {f"?? {tree.page_name}"}
        return "changes that are not committed" if changed else ""

    def take_away(self, run: str, tree: Tree) -> None:
        """Git refuses where something is not committed. The branch stays unless it has nothing of its own."""
        self.keep_page(run, tree)
        if tree.page is not None and not says(Path(tree.path), "ls-files", "--error-unmatch", tree.page_name):
            tree.page.unlink(missing_ok=True)
        git(self.root, "worktree", "remove", tree.path)
        tip = self.commit(f"refs/heads/{tree.branch}")
        if tip == tree.base:
            git(self.root, "update-ref", "-d", f"refs/heads/{tree.branch}", tip)

    def _clear(self, run: str) -> None:
        """What a crash left half-made. No agent was ever in it: it has no record."""
        making, path = self.file(run, "making"), self.path(run)
        branch = _text(making)
        wipe(self.root, path)
        if branch:
            says(self.root, "worktree", "prune")
        if branch.startswith(PREFIX):
            says(self.root, "update-ref", "-d", f"refs/heads/{branch}")
        making.unlink(missing_ok=True)

    def _free_branch(self, wanted: Wanted) -> str:
        """`mdorch/TASK/ATTEMPT`; one that is there already, of an older journal, stays as it is."""
        name = f"{PREFIX}{_fit(wanted.task)}/{_fit(wanted.run.rpartition('.')[2])}"
        free, number = name, 1
        while self.commit(f"refs/heads/{free}"):
            number += 1
            free = f"{name}-{number}"
        return free

    def _filled(self, wanted: Wanted, path: Path, branch: str) -> Tree:
        left_out = tuple(name for name in wanted.copy if not self._copied(name, path))
        self._show_page(wanted, path)
        base = git(path, "rev-parse", "HEAD").strip()
        return Tree(str(path), branch, base, wanted.slot, wanted.page_name, wanted.blocks, left_out)

    def _copied(self, name: str, path: Path) -> bool:
        """False where git does not ignore the file, so that it must not be copied."""
        source, target = self.root / name, path / name
        if not source.exists() or target.exists():
            return True
        if not says(self.root, "check-ignore", "--quiet", "--", name):
            return False
        if target.parent.resolve().is_relative_to(path.resolve()):  # no link of the repository leads outside
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True)
            else:
                shutil.copy2(source, target)
        return True

    def _show_page(self, wanted: Wanted, path: Path) -> None:
        """The page as it is now, for the agent to read and to write; git looks away from it."""
        copy = path / wanted.page_name
        if not wanted.page_name or not copy.parent.resolve().is_relative_to(path.resolve()):
            return
        look_away(path, wanted.page_name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.unlink(missing_ok=True)  # never through a link
        copy.write_bytes(wanted.page)

    def _record(self, run: str, tree: Tree) -> None:
        values = {name: getattr(tree, name) for name in tree.__slots__}
        write(self.file(run, "json"), json.dumps(values).encode())


def look_away(path: Path, page_name: str) -> None:
    """Git takes the page for unchanged from now on, if it knows it at all."""
    says(path, "update-index", "--skip-worktree", "--", page_name)


def write(path: Path, data: bytes) -> None:
    """A small file, whole or not at all, and durable."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def _fit(text: str) -> str:
    """As a part of the name of a branch: what does not fit is written as +XX."""
    escaped = _UNFIT.sub(lambda m: "".join(f"+{byte:02X}" for byte in _bytes(m[0])), text.replace("+", "+2B"))
    return escaped[:120] or "+"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return ""


def _no_commit() -> Any:
    raise GitFailed("worktree", "the repository has no commit yet")
