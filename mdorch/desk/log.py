"""Where a daemon in the background says what it does."""

from __future__ import annotations

import io
import sys
from typing import TextIO

from mdorch.desk.site import Site
from mdorch.world.log import Log


def turn_to_log(site: Site) -> TextIO:
    """From now on all that this process prints goes to the log of the page, which is kept bounded.

    The stream for ordinary lines; writing to it never fails. Raises OSError where there can be no log.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    raw: io.RawIOBase = Log(site.log)
    return io.TextIOWrapper(raw, "utf-8", "replace", write_through=True)  # type: ignore[type-var]
