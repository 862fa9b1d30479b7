"""Companion documents are read when they have changed, and not again."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from mdorch.desk import site as module
from mdorch.desk.site import open_site


def test_companions_are_read_when_they_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "CLAUDE.md").write_text("# P\n")
    rules = tmp_path / "ORCHESTRATION_CONTROLLER.md"
    rules.write_text("one")
    site = open_site(None, None, {}, tmp_path)
    monkeypatch.setattr(module, "FRESH", 0.0)  # what just changed is believed
    time.sleep(0.002)
    ((_, first),) = site.companions()
    ((name, again),) = site.companions()
    assert (name, again) == ("ORCHESTRATION_CONTROLLER.md", b"one")
    assert again is first
    before = rules.stat()
    rules.write_text("two")
    os.utime(rules, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert site.companions() == [("ORCHESTRATION_CONTROLLER.md", b"two")]
    monkeypatch.setattr(module, "FRESH", 1e9)  # what just changed may change again
    module._read.clear()
    site.companions()
    assert module._read == {}
    rules.unlink()
    assert site.companions() == []
