"""How programs save: the ways of the field, as they were measured with strace and inotify.

A *whole* style gets the new bytes of the page; an *end* style adds a line; an *own* style is a program that
reads, changes and saves by itself, and is told what to do with a line or a cell.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.storm.page import seal
from tests.storm.terminal import typed_into

PATIENCE = 60.0  # seconds for one program
PAUSE = 0.006  # seconds, at most, that a slow writer waits in the middle
_GIT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_OPTIONAL_LOCKS": "0", "HOME": "/nonexistent"}


@dataclass(frozen=True, slots=True)
class Target:
    """`page` is the path as this writer knows it (it may be a symbolic link)."""

    page: Path
    scratch: Path  # for this writer alone
    chance: random.Random

    @property
    def real(self) -> Path:
        return Path(os.path.realpath(self.page))

    def pause(self) -> None:
        time.sleep(self.chance.uniform(0, PAUSE))


def truncate(target: Target, new: bytes) -> None:
    """`open("w")`, VS Code, nano, `cp`."""
    target.page.write_bytes(new)


def truncate_slowly(target: Target, new: bytes) -> None:
    """The same from a slow program: empty for a while, then half."""
    half = target.chance.randrange(len(new) + 1)
    with open(target.page, "wb", buffering=0) as file:
        target.pause()
        file.write(new[:half])
        target.pause()
        file.write(new[half:])


def rename(target: Target, new: bytes) -> None:
    """Temporary file, fsync, rename: JetBrains, agents' edit tools."""
    real = target.real
    temp = real.with_name(f".{real.name}.{target.scratch.name}")
    with open(temp, "wb") as file:
        file.write(new)
        file.flush()
        os.fsync(file.fileno())
    shutil.copymode(real, temp)
    os.rename(temp, real)


def vim_like(target: Target, new: bytes) -> None:
    """Rename to `~`, create, write, unlink `~`: for a moment there is no page, then an empty one."""
    real = target.real
    backup = real.with_name(f"{real.name}~")
    os.rename(real, backup)
    target.pause()
    with open(real, "wb", buffering=0) as file:
        target.pause()
        file.write(new)
    backup.unlink()


def node(target: Target, new: bytes) -> None:
    draft = target.scratch / "node"
    draft.write_bytes(new)
    code = "const fs=require('fs');fs.writeFileSync(process.argv[1],fs.readFileSync(process.argv[2]))"
    _run("node", "-e", code, str(target.page), str(draft))


def git(target: Target, new: bytes) -> None:
    """`git checkout TREE -- PAGE`: unlink, then create."""
    _git(target, "checkout", "--quiet", _tree(target, new), "--", target.real.name)


def git_branch(target: Target, new: bytes) -> None:
    """`git checkout BRANCH`: HEAD moves together with the page."""
    tree = _tree(target, new)
    commit = _git(target, "-c", "user.name=s", "-c", "user.email=s@s", "commit-tree", "-m", "v", tree)
    _git(target, "checkout", "--quiet", "--force", "--detach", commit)


def append(target: Target, line: bytes) -> None:
    with open(target.page, "ab", buffering=0) as file:
        file.write(line)


def append_slowly(target: Target, line: bytes) -> None:
    """`{ printf …; sleep; printf …; } >> page`"""
    with open(target.page, "ab", buffering=0) as file:
        target.pause()
        for start in range(0, len(line), 16):
            file.write(line[start : start + 16])
            target.pause()


def nano(target: Target, line: bytes) -> None:
    """The real one, typed into through a terminal: to the very end, the line, save, leave. Where it asks
    whether to save over what others saved meanwhile: no."""
    text, asked = line.rstrip(b"\n"), b"since you opened it"
    keys = {b"^X": b"\x1b/" + text, text: b"\x0f", b"Write:": b"\r", b"Wrote": b"\x18", asked: b"n\x18n"}
    argv = ("nano", "--ignorercfiles", str(target.page))
    shown = typed_into(argv, {**os.environ, **_GIT}, keys, PATIENCE)
    if b"Wrote" not in shown:
        raise RuntimeError("others saved meanwhile" if asked in shown else f"nano: {shown[-300:]!r}")


def sed(target: Target, tag: str, row: str) -> None:
    cell = f"/^| {row} |/s/[^|]*|$/ {seal(tag)} |/"
    script = cell if row else f"/^## Notes$/a\\- {seal(tag)}"
    _run("sed", "-i", "--follow-symlinks", script, str(target.page))


def vim(target: Target, tag: str, row: str) -> None:
    """The real one, writing in place or by renaming as its user likes. Where it finds that others saved
    meanwhile it asks, hears nothing, leaves without saving, and says that all is well."""
    line = f"search('^| {row} |')"
    cell = f"call setline({line}, substitute(getline({line}), '[^|]*|$', ' {seal(tag)} |', ''))"
    change = cell if row else f"call append(search('^## Notes'), '- {seal(tag)}')"
    options = f"set nomore writebackup backupcopy={target.chance.choice(['auto', 'yes'])}"
    saved = target.scratch / "saved"
    saved.unlink(missing_ok=True)
    tell = f"autocmd BufWritePost * call writefile([], '{saved}')"
    words = [word for command in (options, tell, change, "wq") for word in ("-c", command)]
    _run("vim", "-es", "-u", "NONE", "-i", "NONE", *words, str(target.page))
    if not saved.exists():
        raise RuntimeError("others saved meanwhile")


WHOLE: dict[str, Callable[[Target, bytes], None]] = {
    "truncate": truncate, "truncate-slow": truncate_slowly, "rename": rename, "vim-like": vim_like,
    "node": node, "git": git, "git-branch": git_branch,
}  # fmt: skip
END: dict[str, Callable[[Target, bytes], None]] = {
    "append": append, "append-slow": append_slowly, "nano": nano,
}  # fmt: skip
OWN: dict[str, Callable[[Target, str, str], None]] = {"sed": sed, "vim": vim}

IN_PLACE = ("append", "append-slow", "truncate", "truncate-slow", "node")
NOT_ASKED = ("git-branch",)  # a checkout is not a person typing: a daemon may well hold the page after it
# How often each is used: starting a program takes as long as some dozens of quick saves.
WEIGHT = {
    "append": 24,
    "truncate": 24,
    "rename": 20,
    "vim-like": 10,
    "append-slow": 4,
    "truncate-slow": 5,
    "sed": 6,
    "git": 2,
}


def usable() -> list[str]:
    """All styles whose programs are installed, and that need no special handling by the daemon."""
    names = [name for name in (*WHOLE, *END, *OWN) if name not in NOT_ASKED]
    needs = {"nano": ("nano",), "node": ("node",), "vim": ("vim",), "git": ("git",), "sed": ("sed",)}
    return [name for name in names if all(shutil.which(program) for program in needs.get(name, ()))]


def make_repository(folder: Path, page: Path) -> None:
    target = Target(page, folder, random.Random())
    _git(target, "init", "--quiet")
    (folder / ".git" / "info" / "exclude").write_text("*\n!CLAUDE.md\n")


def _tree(target: Target, new: bytes) -> str:
    blob = _git(target, "hash-object", "-w", "--stdin", give=new)
    return _git(target, "mktree", give=f"100644 blob {blob}\t{target.real.name}\n".encode())


def _git(target: Target, *words: str, give: bytes = b"") -> str:
    return _run("git", "-C", str(target.real.parent), *words, give=give).decode().strip()


def _run(*argv: str, give: bytes = b"") -> bytes:
    environ = {**os.environ, **_GIT}
    done = subprocess.run(argv, input=give, capture_output=True, timeout=PATIENCE, env=environ, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)[:80]}: exit {done.returncode}: {done.stderr.decode()[-200:]}")
    return done.stdout
