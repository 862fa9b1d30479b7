"""`mdorch lsp`: what an editor starts."""

from __future__ import annotations

import sys

from mdorch.config.errors import FAILED, Trouble
from mdorch.front.cli.base import Call, command
from mdorch.front.cli.extras import front


@command("mdorch lsp\nmdorch lsp --page docs/TASKS.md")
def lsp(call: Call) -> None:
    """A language server on standard input and output: the page, as one types it in an editor.

    Problems with remedies, completion, live state, other names for tasks, launch, retry and stop. Any
    editor that speaks LSP starts it for Markdown files; docs/editors.md says how.
    """
    if sys.stdin.isatty():
        hint = "docs/editors.md says how an editor starts it"
        raise Trouble("this is for editors: they speak to it on its standard input", hint, FAILED)
    front("lsp").serve(call.page, call.config, call.environ)
