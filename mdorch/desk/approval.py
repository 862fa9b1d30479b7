"""What a person has said yes to: the programs of the configuration, and the first plan of a page."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from mdorch.config import trust
from mdorch.config.detect import template
from mdorch.config.errors import FAILED, Trouble
from mdorch.config.settings import Notify
from mdorch.desk.look import peeked
from mdorch.desk.site import Site
from mdorch.world.journal import Journal
from mdorch.world.ways import host

PAGE = "accepted_page"  # the journal's note that a person has seen the plan of this page


@dataclass(frozen=True)
class Programs:
    """What the configuration would start. `rows` are (agent name, command line for people)."""

    source: str
    rows: tuple[tuple[str, str], ...]
    caps: str


def programs(site: Site) -> Programs:
    settings = site.settings
    rows = [(name, shlex.join(spec.command)) for name, spec in sorted(settings.agents.items())]
    named = tuple((name if name != "default" else "default (any other name)", line) for name, line in rows)
    named += tuple(_notices(settings.notify))
    caps = (
        f"at most {settings.max_parallel} at once, {settings.launches_per_task} launches of one task, "
        f"{settings.launches_per_hour} an hour"
    )
    return Programs(str(settings.source or ""), named, caps)


def _notices(notify: Notify) -> Iterator[tuple[str, str]]:
    """Whom notices go to; of an address the host alone is shown, the rest is often a secret."""
    if notify.command:
        yield "notices", shlex.join(notify.command)
    if notify.webhook:
        yield "notices", f"posted to {host(notify.webhook)}"
    if notify.webhook_env:
        yield "notices", f"posted to the address in ${notify.webhook_env}"


def need_agents(site: Site) -> None:
    """Raises Trouble, with what to write, where no agent is configured."""
    if site.settings.agents:
        return
    where = site.settings.source or site.page.parent / "mdorch.toml"
    raise Trouble("no agent is configured: nothing can be started", f"write into {where}:\n{entry()}", FAILED)


def entry() -> str:
    """What a configuration says that names one agent program for all."""
    text = template(()).rpartition("# [agents.default]")[2]
    return "\n".join(line.removeprefix("# ") for line in f"[agents.default]{text}".strip().splitlines())


def needed(site: Site) -> bool:
    return trust.needed(site.settings)


def approved(site: Site, environ: Mapping[str, str]) -> bool:
    return trust.approved(site.settings, environ)


def approve(site: Site, environ: Mapping[str, str]) -> None:
    trust.approve(site.settings, environ)


def plan_seen(site: Site) -> bool:
    """Whether somebody has approved the plan of this page before."""
    with peeked(site) as journal:
        return journal is not None and journal.get(PAGE) == str(site.page)


def plan_approved(site: Site) -> None:
    with closing(Journal.open(site.dot, check=False)) as journal:
        journal.set(PAGE, str(site.page))
