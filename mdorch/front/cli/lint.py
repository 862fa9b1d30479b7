"""`mdorch lint` and `mdorch tables`: what is read from a page, and what is wrong with it."""

from __future__ import annotations

from typing import Any

import click

from mdorch.config.errors import USAGE, Trouble
from mdorch.desk.advice import lint_problems
from mdorch.desk.look import look
from mdorch.desk.site import Site, open_site
from mdorch.desk.status import problem_answer
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.dashboard import counted
from mdorch.front.cli.screen import Ink, Screen

STYLES = {"error": "bad", "warning": "warn", "info": "dim"}
FORMATS = ("text", "json", "github", "sarif", "junit")


@command(
    "mdorch lint\nmdorch lint docs/*.md --format github\nmdorch lint --format sarif > mdorch.sarif",
    answers=True,
)
@click.argument("files", nargs=-1, metavar="[FILE…]", type=click.Path())
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
def lint(call: Call, files: tuple[str, ...], form: str) -> int:
    """Every problem of the page, or of each FILE: FILE:LINE:COL: CODE message.

    The exit code is 1 if any of them is an error.
    """
    if call.json and form not in ("text", "json"):
        raise Trouble(f"--json and --format {form} exclude each other", exit_code=USAGE)
    found: list[dict[str, Any]] = []
    sites = {site.page: site for site in [_site(call, file) for file in files] or [call.site]}
    for site in sites.values():
        found += [{"file": site.shown, **problem} for problem in _problems(call, site, bool(files))]
    if call.json or form == "json":
        call.answer({"problems": found})
    elif form != "text":
        from mdorch.front.cli.reports import REPORTS

        call.screen.write(REPORTS[form]([site.shown for site in sites.values()], found))
    else:
        _text(call, found)
    return 1 if any(p["severity"] == "error" for p in found) else 0


def _site(call: Call, file: str) -> Site:
    return open_site(file, call.config, call.environ)


def _problems(call: Call, site: Site, foreign: bool) -> list[dict[str, Any]]:
    """A file that was named may be anybody's: nothing is kept beside it."""
    return [problem_answer(p) for p in lint_problems(look(site, call.now, keep=not foreign))]


def _text(call: Call, found: list[dict[str, Any]]) -> None:
    for problem in found:
        _line(call.screen, problem)
    call.screen.flush()
    call.messages.line(counted(found) if found else "no problems")


def _line(screen: Screen, problem: dict[str, Any]) -> None:
    place = f"{problem['file']}:{max(problem['line'], 1)}:{max(problem['column'], 1)}: "
    hint = f"{problem['severity']}: {problem['hint']}" if problem["hint"] else problem["severity"]
    code = Ink(problem["code"], STYLES[problem["severity"]])
    if screen.terminal:
        screen.line(Ink(place, "bold"), code, f" {problem['message']}")
        screen.paragraph(hint, indent=4, style="dim")
    else:
        screen.line(place, code, f" {problem['message']} ({hint})")


@command("mdorch tables\nmdorch tables notes.md --json", answers=True)
@click.argument("file", required=False, metavar="[FILE]", type=click.Path())
def tables(call: Call, file: str | None) -> None:
    """Every live table of the page, or of FILE, as the daemon sees it.

    Tables in code fences, comments, quotes and lists are not live, and not shown.
    """
    from mdorch.desk.tables import tables_answer

    site = _site(call, file) if file else call.site
    answer = tables_answer(site)
    if call.json:
        call.answer(answer)
        return
    screen = call.screen
    for number, table in enumerate(answer):
        if number:
            screen.line()
        count = len(table["rows"])
        said = f"  {table['section'] or 'no known section'}, {count} row{'' if count == 1 else 's'}"
        screen.short(Ink(f"line {table['line']}", "head"), Ink(said, "dim"))
        header = [Ink(cell, "bold") for cell in table["header"]]
        widest = dict.fromkeys(range(len(header)), 10)
        screen.rows([header, *table["rows"]], flexible=widest)
    if not answer:
        call.messages.line("no live tables")
