"""Which way of writing is safe for a page: asked of the system, not assumed.

A call that succeeds proves little. On FUSE and on overlays a lease is granted, but only programs that come
through the same mount are kept out: whoever writes on the server, or into a layer, is not. So the type of
the file system is told along with the answer. The probe never touches the page itself: it works on two
files of its own in the folder that the page stands in, and takes them away again.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from mdorch.frozen import Frozen
from mdorch.world.exchange import exchange_names
from mdorch.world.lease import Grant, Lease, held

_PARTIAL = ("fuse", "overlay", "nfs", "cifs", "smb", "9p", "virtiofs", "aufs")


class Choice(Frozen):
    """`way` is "lease", "exchange" or "none"; `reason` is one line for people."""

    way: str
    reason: str
    can_exchange: bool


def choose(path: Path) -> Choice:
    """The way for the page at this resolved path."""
    kind = file_system(path)
    try:
        leases, exchanges = _try_both(path.parent)
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        return Choice("none", f"the folder of the page cannot be written: {problem}", False)
    where = f"on {kind}" if kind else "here"
    if leases and _may_lease(path):
        note = "; writers past this mount are not seen" if kind.startswith(_PARTIAL) else ""
        return Choice("lease", f"write lease, in place ({where}{note})", exchanges)
    cause = "the page belongs to another user" if leases else f"there are no leases {where}"
    if exchanges:
        return Choice("exchange", f"exchange of whole files ({cause})", True)
    return Choice("none", f"{cause}, and files cannot be exchanged {where}", False)


def file_system(path: Path) -> str:
    """The type of the file system that holds the path (`ext4`, `overlay`, …); empty if nobody says."""
    best, kind = -1, ""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as mounts:
            for line in mounts:
                head, _, tail = line.partition(" - ")
                root = head.split()[4].replace("\\040", " ")
                inside = f"{path}/".startswith(root.rstrip("/") + "/")
                if inside and len(root) >= best:
                    best, kind = len(root), tail.split()[0]
    except (OSError, IndexError):
        return ""
    return kind


def _may_lease(path: Path) -> bool:
    """Leases are for the owner of a file, and for root."""
    try:
        return os.stat(path).st_uid == os.geteuid() or os.geteuid() == 0
    except OSError:
        return True


def _try_both(folder: Path) -> tuple[bool, bool]:
    from tempfile import mkstemp  # here, for those who never write

    names: list[str] = []
    try:
        for _ in range(2):
            fd, name = mkstemp(prefix=".mdorch-probe-", dir=folder)
            os.close(fd)
            names.append(name)
        return _try_lease(names[0]), _try_exchange(*names)
    finally:
        for name in names:
            with suppress(FileNotFoundError):
                os.unlink(name)


def _try_lease(name: str) -> bool:
    fd = os.open(name, os.O_RDWR | os.O_CLOEXEC)
    try:
        with held(fd, write=True) as lease:
            return isinstance(lease, Lease) or lease is Grant.INSIDE
    finally:
        os.close(fd)


def _try_exchange(one: str, other: str) -> bool:
    try:
        exchange_names(one, other)
    except OSError:
        return False
    return True
