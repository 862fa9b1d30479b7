"""`mdorch export`: the same board for other programs and other people."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mdorch.desk.drawings import COLOURS
from mdorch.desk.layout import placed
from tests.front.stage import Mdorch, Stage

ROWS = """\
| A-1 | Find the <i>callers</i> | dev | None | Complete | high | see <i> "x"; token=hunter22 |
| A-2 | =cmd("x") \\| y | d<i> | A-1 | Waiting | high | |
| A-3 | Test --> it"] | tester | A-1, A-2 | In Review | low | -1 |
| A-4 | Alone | dev | None | On Hold | | |
"""
BLOCK = """
## Agent Handoff Signal

**From**: d<i>v
**To**: -
**Task**: A-1
**Status**: COMPLETE

### Deliverables
- <script>alert(1)</script>
"""


ADDRESSES = ("src", "href", "srcset", "action")


class Reader(HTMLParser):
    """Tags that are open, addresses, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.addresses: list[str] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ADDRESSES]
        if tag not in ("meta", "path", "rect"):
            self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("path", "rect"):
            assert self.tags.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.fixture
def full(stage: Stage) -> Stage:
    stage.write(ROWS, more=BLOCK)
    return stage


def test_as_one_html_file_with_every_text_escaped(full: Stage, mdorch: Mdorch) -> None:
    assert mdorch("export", "--output", "board.html").code == 0
    text = (full.here / "board.html").read_text("utf-8")
    read = Reader(text)
    assert (read.tags, read.addresses) == ([], [])
    assert not read.names & {"i", "script", "img", "link", "iframe", "object"}
    assert "url(" not in text.replace("url(#end)", "")
    for said in ("A-2", '=cmd("x") | y', "Find the <i>callers</i>", "<script>alert(1)</script>", "A-4 Alone"):
        assert said in read.said
    assert "prefers-color-scheme:dark" in text
    assert "hunter22" not in text
    assert str(full.here) not in text
    assert text.count('<g class="box') == 3
    assert text.count('class="arrow') == 2  # what goes without saying is not drawn


def test_as_mermaid_and_dot(full: Stage, mdorch: Mdorch) -> None:
    chart = mdorch("export", "--format", "mermaid").out.splitlines()
    assert chart[0] == "flowchart LR"
    assert [line.strip() for line in chart if "==>" in line or "-->" in line] == ["r0 --> r1", "r1 ==> r2"]
    labels = [re.fullmatch(r'r\d\["([^"\]<>&]*)"\]:::(\w+)', line.strip()) for line in chart[1:5]]
    assert [found and found[2] for found in labels] == ["complete", "waiting", "in_review", "on_hold"]
    graph = mdorch("export", "--format", "dot").out
    assert re.findall(r"r\d -> r\d", graph) == ["r0 -> r1", "r1 -> r2"]
    assert r'label="A-2 =cmd(\"x\") | y"' in graph


def test_as_a_table_that_no_spreadsheet_computes(full: Stage, mdorch: Mdorch) -> None:
    assert mdorch("export", "-o", "tasks.csv").code == 0
    rows = list(csv.DictReader(io.StringIO((full.here / "tasks.csv").read_text("utf-8"), newline="")))
    assert [row["id"] for row in rows] == ["A-1", "A-2", "A-3", "A-4"]
    assert rows[1]["title"] == '\'=cmd("x") | y'
    assert (rows[2]["notes"], rows[2]["requires"]) == ("'-1", "A-1, A-2")
    assert rows[0]["notes"] == 'see <i> "x"; token=***'


def test_as_json(full: Stage, mdorch: Mdorch) -> None:
    found = json.loads(mdorch("export", "--json").out)
    other = json.loads(mdorch("export", "--format", "json").out)
    assert {**other, "time": ""} == {**found, "time": ""}
    status = json.loads(mdorch("status", "--json").out)
    assert [t["id"] for t in found["tasks"]] == [t["id"] for t in status["tasks"]]
    assert found["tasks"][1:] == status["tasks"][1:]
    assert found["page"] == f"{full.here.name}/CLAUDE.md"
    assert found["arrows"] == [[0, 1], [1, 2]]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ((), "which format?"),
        (("--json", "--format", "csv"), "--json and --format csv exclude each other"),
        (("-o", "board.txt"), "no format is known by this name"),
        (("-o", "nowhere/board.html"), "cannot be written"),
        (("--format", "csv", "-o", "CLAUDE.md"), "is the page itself"),
    ],
)
def test_what_cannot_be_exported(full: Stage, mdorch: Mdorch, args: tuple[str, ...], told: str) -> None:
    before = full.text
    said = mdorch("export", *args)
    assert said.code in (2, 3)
    assert told in said.err
    assert full.text == before
    assert [p.name for p in Path().iterdir() if "draft" in p.name] == []


@pytest.mark.parametrize(
    ("arrows", "columns"),
    [
        ([], {}),
        ([(0, 1), (1, 2), (0, 2)], {0: 0, 1: 1, 2: 2}),
        ([(0, 2), (1, 2), (2, 3)], {0: 0, 1: 0, 2: 1, 3: 2}),
        ([(0, 1), (1, 0), (1, 2)], {0: 0, 1: 1, 2: 2}),
        ([(5, 5)], {5: 0}),
    ],
)
def test_places_are_columns_in_the_order_of_the_work(
    arrows: list[tuple[int, int]], columns: dict[int, int]
) -> None:
    places = placed(arrows)
    assert {row: column for row, (column, _) in places.items()} == columns
    assert len(set(places.values())) == len(places)


def test_every_status_has_a_colour() -> None:
    from mdorch.board.status import Status
    from mdorch.desk.sheet import STATUSES

    assert set(COLOURS) == {status.value for status in Status} == {name for name, _ in STATUSES}
