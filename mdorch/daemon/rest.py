"""How long a page is left alone that others save all the time.

Whoever looks at every one of two hundred saves a second does nothing else. The first save is looked at at
once. While looks find nothing to do, and the next save has come before the pause after them is over, the
pauses grow, up to a twentieth of a second. The end of a run cuts a pause short.
"""

from __future__ import annotations

FIRST, LONGEST = 0.002, 0.05  # seconds


class Rest:
    """`pause` is for how many seconds not to look now."""

    def __init__(self) -> None:
        self.pause = 0.0

    def after(self, in_vain: bool) -> None:
        """There was a look: `in_vain` where somebody had saved, and nothing was to be done about it."""
        self.pause = min(max(2 * self.pause, FIRST), LONGEST) if in_vain else 0.0

    def over(self, saved: bool) -> None:
        """The pause is over; whether somebody `saved` meanwhile."""
        if not saved:
            self.pause = 0.0
