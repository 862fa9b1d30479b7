"""`mdorch export`"""

from __future__ import annotations

from pathlib import Path

import click

from mdorch.config.errors import FAILED, USAGE, Trouble
from mdorch.desk.look import look
from mdorch.front.cli.base import Call, command

FORMATS = ("mermaid", "dot", "json", "csv", "html")


@command(
    "mdorch export --output board.html\nmdorch export --format mermaid\nmdorch export --output tasks.csv",
    answers=True,
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="Default: as the name of FILE says.")
@click.option("--output", "-o", metavar="FILE", help="Where to; default: standard output.")
def export(call: Call, form: str | None, output: str | None) -> None:
    """The board for others: a graph, a table, or one HTML file to send to somebody.

    Nothing of this machine is in it, and what looks like a secret is masked. An existing FILE is replaced.
    """
    from mdorch.desk.export import FORMS, form_of, report

    path = Path(output) if output else None
    if call.json and form not in (None, "json"):
        raise Trouble(f"--json and --format {form} exclude each other", exit_code=USAGE)
    form = "json" if call.json else form
    form = form or (form_of(path) if path else None)
    if form is None:
        hint = f"--format is one of {', '.join(FORMATS)}"
        raise Trouble(
            "which format?" if path is None else f"{path}: no format is known by this name", hint, USAGE
        )
    text = FORMS[form](report(look(call.site, call.now), call.environ))
    if path is None:
        call.screen.block(text) if call.screen.terminal else call.screen.write(text)
        return
    if path.absolute().resolve() == call.site.page:
        raise Trouble(f"{path} is the page itself", "name another file", USAGE)
    try:
        draft = path.with_name(f".{path.name}.draft")
        draft.write_text(text, "utf-8", newline="")
        draft.replace(path)
    except OSError as error:
        raise Trouble(f"{path} cannot be written: {(error.strerror or '').lower()}", "", FAILED) from None
    call.messages.line(f"wrote {path}")
