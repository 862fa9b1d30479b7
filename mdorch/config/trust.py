"""What was approved to run: a repository can name programs, so a person says yes once per content.

Approvals are kept in the user's state folder, never in the repository, which is what is being judged.
One file per digest (`Settings.digest`: all values and the place of the file), so nothing is ever edited,
and going back to an earlier content finds its approval again. It covers the command lines, not the
programs behind them: a script inside the repository that is named there can change without asking.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from mdorch.config.errors import FAILED, Trouble
from mdorch.config.settings import Settings


def needed(settings: Settings) -> bool:
    """Whether there is anything to approve: without agents and notices nothing is started or called."""
    return bool(settings.agents) or settings.notify.outward


def approved(settings: Settings, env: Mapping[str, str] | None = None) -> bool:
    """Whether this content was approved by this user, or needs no approval."""
    if not needed(settings):
        return True
    try:
        record = json.loads(_file(settings, env).read_bytes())
    except (OSError, ValueError, Trouble):
        return False
    return isinstance(record, dict) and record.get("digest") == settings.digest


def approve(settings: Settings, env: Mapping[str, str] | None = None) -> Path:
    """Keep the approval, with who gave it, when, and for which file. Trouble if it cannot be kept."""
    path = _file(settings, env)
    record = {
        "digest": settings.digest,
        "path": str(settings.source or ""),
        "who": _user(),
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commands": {name: list(spec.command) for name, spec in sorted(settings.agents.items())},
    }
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary.write_text(json.dumps(record, indent=1) + "\n", "ascii")
        temporary.replace(path)
    except OSError as error:
        raise Trouble(
            f"the approval could not be kept in {path.parent}: {error.strerror}",
            "XDG_STATE_HOME names another folder",
            FAILED,
        ) from None
    return path


def approvals(settings: Settings, env: Mapping[str, str]) -> list[Path]:
    """The files of all approvals of the configuration at this place, whatever it said then."""
    try:
        files = sorted(_file(settings, env).parent.glob("*.json"))
    except Trouble:
        return []
    return [file for file in files if _path_of(file) == str(settings.source or "")]


def _path_of(file: Path) -> object:
    try:
        record = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return record.get("path") if isinstance(record, dict) else None


def _file(settings: Settings, env: Mapping[str, str] | None) -> Path:
    environment = os.environ if env is None else env
    state = Path(environment.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():  # a relative one is to be ignored: XDG Base Directory Specification
        home = Path(environment.get("HOME", ""))
        if not home.is_absolute():
            raise Trouble("no home folder to keep approvals in", "set HOME or XDG_STATE_HOME", FAILED)
        state = home / ".local" / "state"
    return state / "mdorch" / "trust" / f"{settings.digest}.json"


def _user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
