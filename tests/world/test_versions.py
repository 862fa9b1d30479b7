"""Versions of the page: kept, found newest first, let go, and none the worse for a torn file."""

from __future__ import annotations

from pathlib import Path

import pytest

from mdorch.world import versions
from mdorch.world.versions import Kind, Versions


def test_what_was_kept_comes_back_newest_first(tmp_path: Path) -> None:
    kept = Versions(tmp_path)
    first, second = kept.keep(b"one", 1.0), kept.keep(b"two \xff", 2.5)
    assert [(v.name, v.time, v.data) for v in kept.newest()] == [
        (second, 2.5, b"two \xff"),
        (first, 1.0, b"one"),
    ]
    found = kept.get(first)
    assert found is not None
    assert found.data == b"one"


def test_the_oldest_are_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "MOST", 3)
    kept = Versions(tmp_path)
    for n in range(6):
        kept.keep(b"%d" % n, float(n))
    assert [v.data for v in kept.newest()] == [b"5", b"4", b"3"]


def test_too_much_is_let_go_but_never_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "ROOM", 1)
    kept = Versions(tmp_path)
    for n in range(200):
        kept.keep(b"%d" % n, float(n))
    left = [v.data for v in kept.newest()]
    assert left[0] == b"199"
    assert len(left) <= versions.SLACK
    assert [v.data for v in Versions(tmp_path).all()] == left
    Versions(tmp_path).keep(b"new", 200.0)  # whoever begins looks at once
    assert [v.data for v in kept.newest()] == [b"new"]


def test_a_torn_version_is_passed_over(tmp_path: Path) -> None:
    kept = Versions(tmp_path)
    kept.keep(b"one", 1.0)
    torn = kept.keep(b"two", 2.0)
    path = tmp_path / versions.FOLDER / torn
    path.write_bytes(path.read_bytes()[:4])
    assert [v.data for v in kept.newest()] == [b"one"]
    assert kept.get("../../etc/passwd") is None
    assert kept.get("nothing") is None


def test_versions_of_one_moment_keep_their_order(tmp_path: Path) -> None:
    kept = Versions(tmp_path)
    for n in range(9):
        kept.keep(b"%d" % n, 1.0)
    kept.keep(b"before", 0.5)
    assert [v.data for v in kept.newest()] == [b"before", *(b"%d" % n for n in reversed(range(9)))]


def test_a_doubtful_version_is_had_by_its_name_alone(tmp_path: Path) -> None:
    kept = Versions(tmp_path)
    kept.keep(b"ours", 1.0, Kind.OURS)
    name = kept.keep(b"", 2.0, Kind.DOUBTFUL)
    assert [(v.data, v.kind) for v in kept.newest()] == [(b"ours", Kind.OURS)]
    found = kept.get(name)
    assert found is not None
    assert found.data == b""
