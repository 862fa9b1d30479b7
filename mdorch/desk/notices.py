"""Notices: what people are told who are not looking, as `[notify]` says; and whether the last got through.

What is told is what `status` lists under *Needs you*, so that both say the same, and that all is done. A
notice is `{"mdorch": version, "page", "time", "title", "text", "news": [{"kind", "task", "text",
"command"}]}`: `text` is all of it for a person, `kind` one of `config.settings.OCCASIONS`. Secrets are masked
in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mdorch import __version__
from mdorch.board.board import Board
from mdorch.board.status import Status
from mdorch.config.settings import Notify
from mdorch.desk.look import Look
from mdorch.desk.site import Site
from mdorch.desk.status import needs_you, newest_runs
from mdorch.desk.times import iso
from mdorch.frozen import Frozen
from mdorch.world.masks import Mask
from mdorch.world.ways import Desktop, Program, Way, WayError, Webhook

LINES = 12  # of one notice; the rest is counted
LENGTH = 300  # characters of one text
LAST = "notice.json"  # in `.mdorch/`: what became of the last one
DONE = "done"


class News(Frozen):
    """One thing to be told. `key` tells it from all others, also after a restart; `since` is ISO 8601, None
    where it is not known."""

    kind: str
    task: str
    text: str
    command: str
    key: str
    since: str | None = None

    @property
    def line(self) -> str:
        what = f"{self.kind} {self.task}".strip()
        return f"{what}: {self.text}" + (f"\n    {self.command}" if self.command else "")


class Result(Frozen):
    """What became of a notice: when (epoch seconds), by which ways, and why some could not."""

    time: float
    ways: tuple[str, ...]
    failed: Mapping[str, str]


def ways_of(site: Site, environ: Mapping[str, str]) -> list[Way]:
    """The ways that the configuration names. An address in a variable that is not set is none."""
    notify = site.settings.notify
    folder = site.settings.source.parent if site.settings.source else site.page.parent
    found: list[Way] = [Desktop(environ)] if notify.desktop else []
    if notify.command:
        found.append(Program(notify.command, environ, folder))
    address = notify.webhook or environ.get(notify.webhook_env, "")
    if address:
        found.append(Webhook(address))
    return found


def told_by(notify: Notify) -> list[str]:
    """Names of the ways that are configured, whether they work or not."""
    named = {
        "desktop": notify.desktop,
        "command": notify.command,
        "webhook": notify.webhook or notify.webhook_env,
    }
    return [name for name, there in named.items() if there]


def news_of(look: Look) -> list[News]:
    """What people would have to be told of now, most pressing first."""
    wanted = look.site.settings.notify.on
    runs = newest_runs(look)
    found = []
    for need in needs_you(look):
        kind = "held" if need["kind"] == "conflict" and not need["task"] else need["kind"]
        run = runs.get(need["task"])
        about = need["text"] if kind in ("question", "held", "conflict") else ""
        key = f"{kind} {need['task']} {run.id if run else ''} {about}"[:LENGTH]
        found.append(News(kind, need["task"], need["text"], need["command"], key, need["since"]))
    if is_done(look.board) and not any(run.live for run in look.facts.runs):
        found.append(_all_done(look))
    return [news for news in found if news.kind in wanted]


def is_done(board: Board) -> bool:
    """Whether nothing is open any more, and something is complete."""
    states = {task.status for task in board.tasks}
    return Status.COMPLETE in states and states <= {Status.COMPLETE, Status.ON_HOLD}


def _all_done(look: Look) -> News:
    done = sum(task.status is Status.COMPLETE for task in look.board.tasks)
    held = len(look.board.tasks) - done
    spent = f", ${look.facts.spent:.2f} today" if look.facts.spent else ""
    text = f"{done} task{'s' if done > 1 else ''} complete{f', {held} on hold' if held else ''}{spent}"
    return News(DONE, "", text, "", DONE)


def notice_of(site: Site, news: Sequence[News], now: float, environ: Mapping[str, str]) -> dict[str, Any]:
    """All of it as one notice; what is beyond LINES is counted."""
    mask = Mask(environ)
    shown = [_masked(one, mask) for one in news[:LINES]]
    left = len(news) - len(shown)
    lines = [one.line for one in shown] + ([f"and {left} more: mdorch status"] if left else [])
    return {
        "mdorch": __version__,
        "page": str(site.page),
        "time": iso(now),
        "title": f"{site.page.parent.name}/{site.page.name}: {_summary(news)}",
        "text": "\n".join(lines),
        "news": [{name: getattr(one, name) for name in ("kind", "task", "text", "command")} for one in shown],
    }


def test(site: Site, now: float, environ: Mapping[str, str]) -> Result:
    """Send a notice that says only that notices arrive."""
    text = "this is how mdorch tells you that something needs you"
    notice = notice_of(site, [News("test", "", text, "mdorch status", "")], now, environ)
    ways = ways_of(site, environ)
    result = result_of(site, now, ways, send(ways, notice))
    keep_result(site.dot, result)
    return result


def result_of(site: Site, now: float, ways: Iterable[Way], failed: Mapping[str, str]) -> Result:
    """A way that is configured and cannot even be tried has failed."""
    missing = set(told_by(site.settings.notify)) - {way.name for way in ways}
    unset = f"${site.settings.notify.webhook_env} is not set"
    return Result(now, tuple(told_by(site.settings.notify)), {**failed, **dict.fromkeys(missing, unset)})


def send(ways: Iterable[Way], notice: Mapping[str, Any]) -> dict[str, str]:
    """Send it by each way; those that failed, and why."""
    failed = {}
    for way in ways:
        try:
            way.send(notice)
        except WayError as error:
            failed[way.name] = str(error)
    return failed


def keep_result(dot: Path, result: Result) -> None:
    """For `mdorch health`; best effort."""
    with suppress(OSError):
        draft = dot / f"{LAST}.draft"
        draft.write_text(
            json.dumps({"time": result.time, "ways": list(result.ways), "failed": dict(result.failed)}),
            "ascii",
        )
        draft.replace(dot / LAST)


def last_result(dot: Path) -> Result | None:
    with suppress(OSError, ValueError, TypeError, KeyError):
        known = json.loads((dot / LAST).read_bytes())
        return Result(float(known["time"]), tuple(known["ways"]), dict(known["failed"]))
    return None


def _masked(one: News, mask: Mask) -> News:
    text = mask(one.text)
    return News(
        one.kind, one.task, text if len(text) <= LENGTH else text[:LENGTH] + "…", one.command, one.key
    )


def _summary(news: Sequence[News]) -> str:
    needs = sum(one.kind not in (DONE, "test") for one in news)
    if not needs:
        return "all done" if news[0].kind == DONE else "a test"
    return f"{needs} need{'s' if needs == 1 else ''} you"
