"""The text of a systemd unit: every value quoted so that it means itself, whatever it holds.

Sources: systemd.unit(5), Specifiers (`%`); systemd.service(5), Command lines (quotes, C escapes, `$`);
systemd.syntax(7). Bytes that are not UTF-8 cannot be written into a unit at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from mdorch.frozen import Frozen

_SPECIAL = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_MARK = "# mdorch service "


class Service(Frozen):
    """What a unit starts: a program with its arguments, for `page`, with these variables."""

    page: str
    argv: Sequence[str]
    env: Mapping[str, str]


def unit_text(service: Service) -> str:
    """The whole unit. Raises ValueError for what systemd cannot be told."""
    program, *arguments = service.argv
    if not program.startswith("/") or any(c in "$'\"\\" or not c.isprintable() for c in program):
        raise ValueError(f"a program's path must be absolute and without quotes, $ and the like: {program!r}")
    command = " ".join((quoted(program), *(quoted(a).replace("$", "$$") for a in arguments)))
    env = "".join(f"Environment={quoted(f'{name}={value}')}\n" for name, value in sorted(service.env.items()))
    body = f"""\
# One daemon for {_comment(service.page)}
# Stopping it leaves the agents at work, and the next start finds them again.

[Unit]
Description=mdorch for {_escaped(_comment(service.page))}
StartLimitIntervalSec=0

[Service]
ExecStart={command}
{env}Restart=on-failure
RestartSec=10
KillMode=process
OOMPolicy=continue

[Install]
WantedBy=default.target
"""
    return f"{_MARK}{_digest(body)}\n{body}"


def is_ours(text: str) -> bool:
    """Whether a unit was written by `unit_text`, by this version or another, and not changed since."""
    first, _, body = text.partition("\n")
    return first == f"{_MARK}{_digest(body)}"


def unit_name(page: str) -> str:
    """`mdorch-FOLDER-HASH.service`: one for each page, and to be told apart by a person."""
    folder = page.rpartition("/")[0].rpartition("/")[2]
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "_.") else "-" for c in folder).strip("-.")
    digest = sha256(page.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"mdorch-{plain[:60] or 'page'}-{digest}.service"


def quoted(value: str) -> str:
    """A word of a unit's line, in double quotes. A `$` is left as it is: it means something in commands
    alone. Raises ValueError for what no unit can hold."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"not UTF-8: {value!r}") from None
    if "\0" in value:
        raise ValueError(f"a NUL byte: {value!r}")
    return f'"{_escaped(value)}"'


def _escaped(value: str) -> str:
    plain = "".join(_SPECIAL.get(c, c if c >= " " and c != "\x7f" else f"\\x{ord(c):02x}") for c in value)
    return plain.replace("%", "%%")


def _comment(value: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in value)


def _digest(body: str) -> str:
    return sha256(body.encode()).hexdigest()[:16]
