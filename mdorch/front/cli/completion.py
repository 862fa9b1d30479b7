"""`mdorch completion`: the script that a shell reads once, and asks us from then on."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from mdorch.front.cli.base import Call, command


@command(
    'eval "$(mdorch completion bash)"          # in ~/.bashrc\n'
    'eval "$(mdorch completion zsh)"           # in ~/.zshrc\n'
    "mdorch completion fish > ~/.config/fish/completions/mdorch.fish"
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL")
def completion(call: Call, shell: str) -> None:
    """The completion script for SHELL (bash, zsh, fish): commands, options, task ids, status words."""
    found = get_completion_class(shell)
    assert found is not None
    root = click.get_current_context().find_root().command
    # ShellComplete's own source: that of bash starts a shell to find out how old it is.
    call.screen.block(ShellComplete.source(found(root, {}, "mdorch", "_MDORCH_COMPLETE")))
