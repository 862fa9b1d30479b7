"""What went wrong in a thread, as one line for the screen: a thread that died would be missed by nobody."""

from __future__ import annotations

from mdorch.config.errors import FAILED, Trouble
from mdorch.desk.failures import told


def trouble_of(error: Exception) -> Trouble:
    """Also of what nobody expected: it is said, and the next look or change is tried all the same."""
    hint = "mdorch history shows what was changed"
    return told(error) or Trouble(f"this went wrong: {error!r}", hint, FAILED)
