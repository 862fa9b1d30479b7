"""What git says about where one stands, read from its files: starting git would cost more than all else.

A folder is the root of a work tree if it holds a `.git`: a directory (an ordinary repository), or a file
`gitdir: PATH` (a linked work tree or a submodule). A linked work tree's git directory has a file
`commondir` that leads to the repository's own, and that tells where the *main* work tree is: around it,
or where its `core.worktree` says, or nowhere if it is bare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mdorch.frozen import Frozen

# Kept as text, like every pattern on the way of a reading command that seldom needs it.
_SETTING = r"^\s*(?:\[(?P<section>[^\]]*)\]\s*)?(?:(?P<key>[A-Za-z][\w-]*)\s*(?:=\s*(?P<value>.*))?)?$"


class Repository(Frozen):
    """`top` is the work tree one stands in, `git` its git directory; `main` is the main work tree, None
    if the repository is bare."""

    top: Path
    main: Path | None
    linked: bool
    git: Path


def repository(start: Path) -> Repository | None:
    """The repository around a folder, None outside of any."""
    for folder in (start, *start.parents):
        git = _git_directory(folder / ".git")
        if git is not None:
            return _described(folder, git)
    return None


def in_linked_worktree(start: Path) -> bool:
    """Whether a folder lies in a work tree that `git worktree add` made."""
    found = repository(start)
    return found is not None and found.linked


def folders_up(start: Path) -> Iterator[Path]:
    """A folder and those above it, up to the root of its work tree, or of the file system without one."""
    found = repository(start)
    for folder in (start, *start.parents):
        yield folder
        if found and folder == found.top:
            return


def in_main(start: Path) -> Path:
    """The same place in the main work tree, or where one stands if there is no other."""
    found = repository(start)
    if found is None or not found.linked or found.main is None:
        return start
    return found.main / start.relative_to(found.top)


def has_commit(git: Path) -> bool:
    """Whether HEAD of a git directory names a commit. In doubt it does."""
    head = _line(git / "HEAD")
    if not head.startswith("ref:"):
        return bool(head)
    name = head.removeprefix("ref:").strip()
    common = (git / _line(git / "commondir")).resolve()
    if (common / "reftable").is_dir() or (common / name).exists() or (git / name).exists():
        return True
    return any(line.endswith(f" {name}") for line in _text(common / "packed-refs").splitlines())


def _git_directory(dot_git: Path) -> Path | None:
    if dot_git.is_dir():
        return dot_git if (dot_git / "HEAD").exists() else None
    said = _line(dot_git)
    if not said.startswith("gitdir:"):
        return None
    git = dot_git.parent / said.removeprefix("gitdir:").strip()
    return git if (git / "HEAD").exists() else None


def _described(top: Path, git: Path) -> Repository:
    common = _line(git / "commondir")
    if not common:
        return Repository(top, top, linked=False, git=git)
    return Repository(top, _work_tree((git / common).resolve()), linked=True, git=git)


def _work_tree(git: Path) -> Path | None:
    """The main work tree that belongs to a repository's own git directory."""
    settings = _core(git / "config") | _core(git / "config.worktree")
    if settings.get("worktree"):
        return (git / settings["worktree"]).resolve()
    bare = settings.get("bare", "false").lower() in ("", "true", "yes", "on", "1")
    return None if bare or git.name != ".git" else git.parent


def _core(config: Path) -> dict[str, str]:
    """The settings of `[core]` in one of git's configuration files, as far as they are on one line each."""
    settings = {}
    section = ""
    for line in _text(config).splitlines():
        found = re.match(_SETTING, line)
        if found is None:
            continue
        section = (found["section"] or section).strip().lower()
        if found["key"] and section == "core":
            settings[found["key"].lower()] = (found["value"] or "").strip().strip('"')
    return settings


def _line(path: Path) -> str:
    return _text(path).rstrip("\r\n")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
