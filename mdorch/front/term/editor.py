"""The user's editor, at a line: how each is told, and whether it wants the terminal."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

from mdorch.config.errors import FAILED, Trouble
from mdorch.frozen import Frozen

# How a program is told the line, by its name: as its manual says. Any other one gets the file alone.
_PLUS = (
    "vi vim nvim view ex nano pico emacs emacsclient joe jed jmacs mg ne micro kak kakoune gedit gvim amp vis"
)
_AT_FILE = "hx helix subl zed zeditor lapce"
_GOTO = "code code-insiders codium vscodium cursor windsurf positron"
_OPTION = {
    "kate": "-l",
    "kwrite": "-l",
    "mate": "-l",
    "idea": "--line",
    "pycharm": "--line",
    "gnome-builder": "",
}
_WINDOWS = frozenset(
    f"{_GOTO} subl zed zeditor lapce gedit kate kwrite mate idea pycharm gvim gnome-builder".split()
)
FALLBACK = ("sensible-editor", "nano", "vi")


class Editing(Frozen):
    """`windowed`: it has a window of its own, so that the terminal stays with us."""

    argv: tuple[str, ...]
    windowed: bool


def editing(environ: Mapping[str, str], path: Path, line: int) -> Editing:
    """How the user's editor is opened at a line, 0 for anywhere. Raises Trouble where there is none."""
    said = environ.get("VISUAL") or environ.get("EDITOR") or ""
    try:
        words = shlex.split(said)
    except ValueError:
        raise Trouble(
            f"EDITOR cannot be understood: {said}", "EDITOR=vim, or EDITOR='code -w'", FAILED
        ) from None
    words = words or [next(filter(shutil.which, FALLBACK), "")]
    if not shutil.which(words[0], path=environ.get("PATH")):
        raise Trouble(f"the editor {words[0] or 'vi'} is not there", "EDITOR names another one", FAILED)
    name = Path(words[0]).name
    return Editing((*words, *_place(name, str(path), line)), name in _WINDOWS)


def _place(name: str, path: str, line: int) -> list[str]:
    if not line:
        return [path]
    if name in _PLUS.split() or name in ("sensible-editor", "editor"):
        return [f"+{line}", path]
    if name in _AT_FILE.split():
        return [f"{path}:{line}"]
    if name in _GOTO.split():
        return ["-g", f"{path}:{line}"]
    if _OPTION.get(name):
        return [_OPTION[name], str(line), path]
    return [path]
