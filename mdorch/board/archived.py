"""What left the page through our own door and lies in its archive, as far as prerequisites ask for it.

The archive (`CLAUDE.archive.md` beside `CLAUDE.md`) is a page of its own; `leaving` writes it. Its complete
rows are met where they are required, and its groups are complete. What stands on the page again counts as it
stands there.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mdorch.board.groups import group_names
from mdorch.board.handoffs import is_trapped
from mdorch.board.memory import Known
from mdorch.board.rownames import Archived
from mdorch.board.sections import Sections
from mdorch.board.status import Status
from mdorch.board.tasks import read_tasks
from mdorch.page.scan import scan
from mdorch.page.source import Source

_MARK = re.compile(rb"<!-- mdorch: (?:taken|refused) \S+ ([0-9a-f]{8}) ")


@lru_cache(maxsize=4)
def read_archive(data: bytes) -> Archived:
    """The tasks that are complete there, and the groups that they belong to. Never raises."""
    outline = scan(Source(data))
    headings = [h for h in outline.headings if not (h.setext and is_trapped(h.text))]
    found = read_tasks(outline, Sections(headings, outline.source.line_count), Known())
    sheets = {sheet.index: sheet for sheet in found.sheets}
    ids: set[str] = set()
    groups: set[str] = set()
    for task in found.tasks:
        if task.id and task.status is Status.COMPLETE:
            ids.add(task.id)
            sheet = sheets[task.table]
            groups.update(sheet.groups, group_names(task.group, sheet.group_column) if task.group else ())
    blocks = frozenset(digest.decode() for digest in _MARK.findall(data))
    return Archived(frozenset(ids), frozenset(groups), blocks)
