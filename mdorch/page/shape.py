"""The shape of a text, apart from what it says: its line endings, and the order of its columns."""

from __future__ import annotations

from collections.abc import Mapping

from mdorch.frozen import Frozen
from mdorch.page.endings import ended, usual
from mdorch.page.relaid import Names, orders, relaid


class Shape(Frozen):
    ending: bytes
    orders: Mapping[frozenset[bytes], Names]

    def put(self, data: bytes) -> bytes:
        """The same in this shape."""
        return relaid(ended(data, self.ending), self.orders)


def shape_of(data: bytes) -> Shape:
    return Shape(usual(data), orders(data))


def in_one_shape(base: bytes, ours: bytes, theirs: bytes) -> tuple[bytes, bytes, bytes]:
    """Both sides and what they began with, in the shape that one side gave them; of what both did, theirs."""
    old, mine, yours = map(shape_of, (base, ours, theirs))
    moved = {columns: names for columns, names in yours.orders.items() if old.orders.get(columns) != names}
    shape = Shape(mine.ending if yours.ending == old.ending else yours.ending, {**mine.orders, **moved})
    return shape.put(base), shape.put(ours), shape.put(theirs)
