"""Screenshots made small: of a few thousand colours the 256 that are used most are kept.

What is written is the simplest of all PNG files (https://www.w3.org/TR/png-3/): one palette, no filters.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

COLOURS = 256
RGB, PALETTE = 2, 3
MAGIC = b"\x89PNG\r\n\x1a\n"

Pixel = bytes


def shrink(path: Path) -> None:
    """Rewrite a PNG file of 8-bit RGB pixels, as browsers write it. ValueError for any other."""
    width, height, rows = _read(path.read_bytes())
    pixels = [row[n : n + 3] for row in rows for n in range(0, 3 * width, 3)]
    counts = Counter(pixels)
    kept = [colour for colour, _ in counts.most_common(COLOURS)]
    place = {colour: _nearest(colour, kept) for colour in counts}
    indexes = bytes(map(place.__getitem__, pixels))
    lines = b"".join(b"\0" + indexes[n : n + width] for n in range(0, len(indexes), width))
    head = struct.pack(">IIBBBBB", width, height, 8, PALETTE, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"PLTE", b"".join(kept)), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b"")]
    path.write_bytes(MAGIC + b"".join(_chunk(kind, body) for kind, body in chunks))


def _nearest(colour: Pixel, kept: list[Pixel]) -> int:
    red, green, blue = colour
    return min(
        range(len(kept)),
        key=lambda n: (kept[n][0] - red) ** 2 + (kept[n][1] - green) ** 2 + (kept[n][2] - blue) ** 2,
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _read(data: bytes) -> tuple[int, int, list[bytes]]:
    chunks = list(_chunks(data))
    width, height, depth, colours, *_, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if (depth, colours, interlaced) != (8, RGB, 0):
        raise ValueError(f"no 8-bit RGB: depth {depth}, colour type {colours}")
    raw = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    rows, above = [], bytes(3 * width)
    for start in range(0, len(raw), 3 * width + 1):
        above = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + 3 * width]), above)
        rows.append(above)
    return width, height, rows


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(MAGIC)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += length + 12


def _unfiltered(kind: int, line: bytearray, above: bytes) -> bytes:
    """Section 9.2 of the standard."""
    for n in range(len(line)):
        left, up = line[n - 3] if n >= 3 else 0, above[n]
        corner = above[n - 3] if n >= 3 else 0
        guess = (0, left, up, (left + up) // 2, _paeth(left, up, corner) if kind == 4 else 0)[kind]
        line[n] = (line[n] + guess) & 0xFF
    return bytes(line)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))
