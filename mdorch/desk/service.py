"""A systemd user unit for a page: started with the session or the machine, started again when it dies.

The unit is written and taken away; systemd itself is never called, since what it then does (start now, start
at boot, go on after logout) is for a person to say. A unit that somebody changed by hand is theirs, and left
alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from mdorch.config.errors import FAILED, Trouble
from mdorch.desk.site import Site
from mdorch.world.unit import Service, is_ours, unit_name, unit_text

KEPT = ("PATH", "XDG_STATE_HOME", "LANG", "LC_ALL")  # what agents, and approvals, are found by
BOOTED = Path("/run/systemd/system")  # there when systemd is what the machine was started with: sd_booted(3)


def unit_of(site: Site, environ: Mapping[str, str]) -> Path | None:
    """Where the unit of this page is, or would be; None without a home."""
    base = Path(environ.get("XDG_CONFIG_HOME", ""))
    if not base.is_absolute():  # a relative one is to be ignored: XDG Base Directory Specification
        if not Path(environ.get("HOME", "")).is_absolute():
            return None
        base = Path(environ["HOME"]) / ".config"
    return base / "systemd" / "user" / unit_name(str(site.page))


def text_of(site: Site, environ: Mapping[str, str], names: Sequence[str] = ()) -> str:
    """The unit of this page, with what of the environment it needs, and the variables of these names.

    Raises Trouble for what cannot be written into a unit.
    """
    argv = [os.path.abspath(sys.executable), "-P", "-m", "mdorch", "up", "--page", str(site.page)]
    if site.settings.source is not None:
        argv += ["--config", str(site.settings.source)]
    missing = [name for name in names if name not in environ]
    if missing:
        raise Trouble(f"{missing[0]} is not set here", f"{missing[0]}=… mdorch service install", FAILED)
    env = {name: environ[name] for name in (*KEPT, *names) if environ.get(name)}
    if not _is_installed():
        env["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    try:
        return unit_text(Service(str(site.page), argv, env))
    except ValueError as error:
        raise Trouble(f"no unit can be written: {error}", "rename it", FAILED) from None


def install(site: Site, environ: Mapping[str, str], text: str) -> tuple[Path, bool]:
    """Write the unit; where, and whether that changed anything. Raises Trouble."""
    if not BOOTED.is_dir():
        hint = "mdorch service install --print shows the unit; mdorch up --detach needs no systemd"
        raise Trouble("systemd does not run on this machine", hint, FAILED)
    path = _must_have_place(site, environ)
    try:
        before = _read(path)
        if before == text:
            return path, False
        if before is not None and not is_ours(before):
            raise Trouble(f"{path} is not as mdorch wrote it: left alone", "move it away, then again", FAILED)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)  # variables may be secrets
        draft.write_text(text, "utf-8")
        draft.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from None
    return path, True


def remove(site: Site, environ: Mapping[str, str]) -> tuple[Path, bool]:
    """Take the unit away, and what enabled it; where it was, and whether there was one. Raises Trouble."""
    path = _must_have_place(site, environ)
    try:
        before = _read(path)
        if before is None:
            return path, False
        if not is_ours(before):
            raise Trouble(f"{path} is not as mdorch wrote it: left alone", f"rm {path}", FAILED)
        links = [p for p in path.parent.glob(f"*.wants/{path.name}") if p.is_symlink() and p.samefile(path)]
        for link in (*links, path):  # what enabled it would lead nowhere
            link.unlink()
    except OSError as error:
        raise _unwritable(path, error) from None
    return path, True


def _must_have_place(site: Site, environ: Mapping[str, str]) -> Path:
    path = unit_of(site, environ)
    if path is None:
        raise Trouble("no home folder to keep units in", "set HOME or XDG_CONFIG_HOME", FAILED)
    return path


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None


def _unwritable(path: Path, error: OSError) -> Trouble:
    return Trouble(f"{path}: {(error.strerror or str(error)).lower()}", exit_code=FAILED)


def _is_installed() -> bool:
    """Whether the interpreter finds mdorch without help from where this one was started."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        distribution("mdorch")
    except PackageNotFoundError:
        return False
    return True
