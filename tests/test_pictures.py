"""The pictures of the README: small, there, and of the colours that were on the screen."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from pictures.png import MAGIC, _chunk, _chunks, shrink

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
MOST = 400_000  # bytes of all of them

WHITE, RED, BLUE = b"\xff\xff\xff", b"\xff\x00\x00", b"\x00\x00\xff"


def png(rows: list[tuple[int, bytes]], colours: int = 2) -> bytes:
    """A picture of three pixels a row; each row with its filter."""
    head = struct.pack(">IIBBBBB", 3, len(rows), 8, colours, 0, 0, 0)
    data = b"".join(bytes([kind]) + line for kind, line in rows)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(data)), (b"IEND", b""))
    return MAGIC + b"".join(_chunk(kind, body) for kind, body in chunks)


def pixels(data: bytes) -> list[bytes]:
    chunks = dict(_chunks(data))
    colours, lines = chunks[b"PLTE"], zlib.decompress(chunks[b"IDAT"])
    return [colours[3 * n : 3 * n + 3] for at, n in enumerate(lines) if at % 4]


FILTERED = [
    (0, WHITE + RED + BLUE),
    (1, WHITE + bytes([0, 1, 1]) + bytes([1, 0, 255])),  # differences to the left
    (2, bytes(9)),  # to above: the same
    (3, bytes([128, 128, 128]) + bytes([0, 129, 129]) + bytes([129, 0, 128])),  # to the mean of both
    (4, bytes(9)),  # to what Paeth predicts
]


def test_a_picture_keeps_its_pixels(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(png(FILTERED))
    shrink(path)
    found = pixels(path.read_bytes())
    assert found[:3] == [WHITE, RED, BLUE]
    assert found[3:9] == [WHITE, RED, BLUE] * 2
    assert found[9:12] == [WHITE, RED, BLUE]


def test_what_is_no_such_picture_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(png([(0, bytes(12))], colours=6))
    with pytest.raises(ValueError, match="colour type 6"):
        shrink(path)
    assert path.read_bytes()[25] == 6


def test_all_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST
