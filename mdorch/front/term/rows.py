"""A row and a section of rows, as the list draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mdorch.front.cli.screen import Piece
from mdorch.front.term.lines import Columns
from mdorch.frozen import Frozen


class Item(Frozen):
    """One row. `command` is what helps, as `needs` of the status has it; `attempt` 0 means the newest run;
    `text` is what there is to say of a row that is no task."""

    key: str
    cells: tuple[Piece, ...]
    task: str = ""
    line: int = 0
    attempt: int = 0
    command: str = ""
    text: str = ""


@dataclass(frozen=True)
class Section:
    """A heading and rows. `keys` are by what the cursor holds on to a row; `ticks`: times in it run; `stays`:
    the cursor does not go with a row that leaves it, but to the next one."""

    title: str
    keys: Sequence[str] = ()
    item: Callable[[int], Item] = field(default=lambda _: Item("", ()))
    columns: Columns = field(default_factory=lambda: Columns({}))
    style: str = "head"
    note: str = ""
    ticks: bool = False
    stays: bool = False
