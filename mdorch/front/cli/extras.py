"""Fronts whose libraries are extras: imported when they are asked for, missed with one clear line."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from mdorch.config.errors import FAILED, Trouble


def front(extra: str) -> ModuleType:
    """The front `mdorch.front.EXTRA`. Raises Trouble where its libraries are not installed."""
    try:
        return import_module(f"mdorch.front.{extra}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("mdorch"):
            raise
        hint = f"pip install 'mdorch[{extra}]'"
        raise Trouble(f"this needs {error.name}, which is not installed", hint, FAILED) from None
