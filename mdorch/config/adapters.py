"""How each known agent CLI is started headless, with the prompt on its standard input.

One table, so that `cli = "codex"` in the configuration, and what `mdorch init` suggests, never differ.
The command lines allow edits in the working directory and shell commands without asking, because
nobody is there to answer; that is what approving a configuration approves.

An exit code of 0 proves nothing about any of them (a question in plain text, a missing permission or,
for some, an API error ends with 0 as well), hence they are strict: no handoff, not complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

STRICT = True  # for every `cli = …` agent, unless the configuration says otherwise

# In the order in which `init` prefers them.
COMMANDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # stream-json needs --verbose; without a permission mode it ends well with nothing done.
        "claude": (
            *("claude", "-p", "--output-format", "stream-json", "--verbose"),
            *("--permission-mode", "acceptEdits", "--allowedTools", "Bash"),
        ),
        # The default sandbox is read-only; `-` reads the prompt from standard input.
        "codex": ("codex", "exec", "--json", "--skip-git-repo-check", "-s", "workspace-write", "-"),
        "gemini": ("gemini", "--approval-mode", "yolo", "--skip-trust", "-o", "stream-json"),
        "opencode": ("opencode", "run", "--format", "json"),
        "qwen": ("qwen", "--approval-mode", "yolo", "-o", "stream-json"),
        "copilot": ("copilot", "--allow-all-tools", "-s"),
        # It has no flag for a prompt on standard input, but reads a message from any file.
        "aider": ("aider", "--yes-always", "--no-auto-commits", "--message-file", "/dev/stdin"),
    }
)
