"""`mdorch history`: the versions of a page, and the way back."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from mdorch.world.journal import Journal
from mdorch.world.versions import Kind, Versions
from tests.front.stage import ONE, Mdorch, Stage


@pytest.fixture
def kept(stage: Stage, mdorch: Mdorch) -> list[str]:
    """Three pages, the first by somebody, the second by mdorch, the third not believed; the page is a fourth.
    Their names, newest first."""
    stage.write()
    mdorch("lint")
    versions = Versions(stage.here / ".mdorch")
    text = stage.page.read_bytes()
    versions.keep(text, 1000.0)
    versions.keep(text + b"\nlost prose\n", 2000.0, Kind.OURS)
    versions.keep(b"", 3000.0, Kind.DOUBTFUL)
    stage.page.write_bytes(text.replace(b"A-1", b"Z-1"))
    answer = json.loads(mdorch("history", "--versions", "--json").out)
    return [version["version"] for version in answer["versions"]]


def test_versions_are_listed_with_what_going_back_would_change(
    kept: list[str], stage: Stage, mdorch: Mdorch
) -> None:
    found = json.loads(mdorch("history", "--versions", "--json").out)["versions"]
    assert [v["by"] for v in found] == ["not believed", "mdorch", "saved"]
    lines = len(stage.text.splitlines())
    changed = stage.text.count("Z-1")
    assert [(v["gone"], v["new"]) for v in found] == [(lines, 0), (changed, changed + 2), (changed, changed)]
    assert not any(v["page"] for v in found)
    said = mdorch("history", "--versions", "-n", "1").out
    assert kept[0] in said
    assert kept[1] not in said


def test_the_last_good_version_comes_back_and_can_be_taken_back(
    kept: list[str], stage: Stage, mdorch: Mdorch
) -> None:
    before = stage.page.read_bytes()
    with closing(Journal.open(stage.here / ".mdorch")) as journal:
        journal.set("hold", "the page is empty")
    refused = mdorch("history", "--restore", "last")
    assert refused.code == 3
    assert "+lost prose" in refused.out
    assert "--yes" in refused.err
    assert stage.page.read_bytes() == before
    said = mdorch("history", "--restore", "last", "--yes")
    assert said.code == 0, said.err
    assert stage.text.endswith("lost prose\n")
    assert "went back to " + kept[1] in mdorch("history").out
    again = json.loads(mdorch("history", "--versions", "--json").out)["versions"]
    assert again[0]["by"] == "not believed"
    assert mdorch("history", "--restore", again[0]["version"], "--yes").code == 0
    assert stage.page.read_bytes() == before
    assert "already" in mdorch("history", "--restore", again[0]["version"]).out


def test_a_page_that_is_gone_comes_back(kept: list[str], stage: Stage, mdorch: Mdorch) -> None:
    stage.page.unlink()
    assert mdorch("history", "--restore", kept[2][:6], "--yes").code == 0
    assert stage.status_of("A-1")


def test_one_version_is_printed_as_it_was(kept: list[str], stage: Stage, mdorch: Mdorch) -> None:
    before = stage.page.read_bytes()
    assert mdorch("history", "--restore", kept[1], "--print").out.endswith("lost prose\n")
    assert stage.page.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--restore", "zzzz"), 1, "there is no version zzzz"),
        (("--restore", "a"), 1, "there is no version a"),
        (("--versions", "--restore", "last"), 2, "exclude each other"),
        (("A-1", "--versions"), 2, "exclude each other"),
        (("--yes",), 2, "exclude each other"),
        (("--restore", "last", "--json"), 2, "no answer in JSON"),
    ],
)
def test_what_cannot_be_meant(
    kept: list[str], mdorch: Mdorch, arguments: tuple[str, ...], code: int, said: str
) -> None:
    answer = mdorch("history", *arguments)
    assert answer.code == code
    assert said in answer.err


def test_the_daemon_takes_a_version_that_came_back_for_no_old_buffer(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE)
    first = stage.page.read_bytes()
    assert stage.process("up", "--until-idle", "--yes").code == 0
    assert stage.status_of("A-1") == "Complete"
    name = json.loads(mdorch("history", "--versions", "--json").out)["versions"][-1]["version"]
    assert mdorch("history", "--restore", name, "--yes").code == 0
    assert stage.page.read_bytes() == first
    stage.process("up", "--once", "--yes")
    assert "old buffer" not in mdorch("history").out
