"""Secrets out of a text that leaves this machine.

Last lines of programs, questions of agents and cells of a page may hold a key by accident. Two nets: what
looks like a key, and what the environment holds under a name that says so (`keeper.tap`). It is a net, not a
proof.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mdorch.world.keeper.tap import SHORTEST, secrets

MASK = "***"

_NAMED = r"(?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|credential|auth)"
_KEYS = re.compile(
    r"""
    -----BEGIN[ A-Z]*PRIVATE\ KEY-----.*?(?:-----END[ A-Z]*PRIVATE\ KEY-----|\Z)
    | \beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*                     # JSON Web Token (RFC 7519)
    | \b(?:sk|pk|rk)[-_][\w-]{16,}                          # Anthropic, OpenAI, Stripe
    | \b(?:gh[a-z]|github_pat|glpat|xox[a-z]|npm|hf|dop_v1|AIza)[-_]?[\w-]{16,}
    | \b(?:AKIA|ASIA)[0-9A-Z]{16}\b                         # AWS
    """,
    re.VERBOSE | re.DOTALL,
)
_VALUE = r"(?!bearer|basic|\*)([^\s\"',;&]{4,})"
_ASSIGNED = re.compile(rf"(?i)(\b[\w-]*{_NAMED}[\w-]*[\"']?\s*[=:]\s*[\"']?){_VALUE}")
_BEARER = re.compile(r"(?i)\b((?:bearer|basic)\s+)([\w.~+/=-]{8,})")
_USERINFO = re.compile(r"(\w[\w+.-]*://)[^\s/@]+@")


class Mask:
    """Takes secrets out of any number of texts; those of the environment are looked up once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._held = [value.decode("utf-8", "surrogateescape") for value in secrets(environ)]

    def __call__(self, text: str) -> str:
        """The text with `***` in place of whatever is, or looks like, a secret."""
        for value in self._held:
            if value in text:
                text = text.replace(value, MASK)
        if len(text) < SHORTEST:
            return text
        text = _KEYS.sub(MASK, text)
        text = _BEARER.sub(rf"\1{MASK}", text)
        text = _ASSIGNED.sub(rf"\1{MASK}", text)
        return _USERINFO.sub(rf"\1{MASK}@", text) if "://" in text else text
