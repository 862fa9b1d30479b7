"""Which file a program's name means: one rule for whoever asks beforehand and for the shim itself."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping


def find_program(name: str, env: Mapping[str, str], cwd: str) -> str:
    """The file that `name` means to a process in `cwd` with the PATH of `env`.

    Raises OSError with the number that `exec` would give: missing, a folder, or not executable.
    """
    if "/" in name:
        return _executable(os.path.join(cwd, name), name)
    problem: OSError = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    for folder in env.get("PATH", os.defpath).split(os.pathsep):
        try:
            return _executable(os.path.join(cwd, folder, name), name)
        except FileNotFoundError:
            continue
        except OSError as error:
            problem = error
    raise problem


def _executable(path: str, name: str) -> str:
    if not os.path.exists(path):
        number = errno.ENOENT
    elif not os.path.isfile(path) or not os.access(path, os.X_OK):
        number = errno.EACCES
    else:
        return path
    raise OSError(number, os.strerror(number), name)
