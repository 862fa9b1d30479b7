"""Task tables: which tables of a Task Queue hold tasks, and which column is what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mdorch.board.columns import further, is_person_column, roles
from mdorch.board.groups import heading_names
from mdorch.board.problem import Problem, problem
from mdorch.board.sections import KINDS, TASKS, Place, Sections
from mdorch.board.words import words
from mdorch.page import cells
from mdorch.page.outline import Outline, Row, Table


@dataclass(slots=True)
class Sheet:
    """A task table: where it stands and which column is what. `index` is its place in the outline, -1 for a
    table that Markdown does not take for one (its rows are shown and left alone)."""

    index: int
    table: Table
    place: Place
    header: tuple[str, ...]
    columns: Mapping[str, int]
    roles: tuple[str, ...]
    phase: str  # words of the sub-heading that it stands under
    groups: tuple[str, ...]  # what its rows are called by its sub-headings
    group_column: str  # words of the header of its group column
    people: bool  # its agent column is headed by a word for people
    links: bool  # whether there is a link in any of its lines
    more: tuple[int, ...] = ()  # columns of prerequisites besides the first


def find_sheets(outline: Outline, sections: Sections, problems: list[Problem]) -> list[Sheet]:
    sheets = []
    for index, table in enumerate(outline.tables):
        place = sections.at(table.line)
        if not place.region or place.region.kind != TASKS:
            continue
        header = tuple(map(cells.value, table.header.texts))
        columns = roles(header, "task")
        missing = [name for name in ("id", "status") if name not in columns]
        if missing:
            message = (
                f"this table in the {KINDS[TASKS][0]} has no {' and no '.join(missing)} column; left alone"
            )
            problems.append(problem("table-not-task", message, (table.line + 1, 1)))
            continue
        if "title" not in columns:
            message = "this task table has no column that says what the tasks are"
            problems.append(problem("no-title-column", message, (table.line + 1, 1)))
        sheets.append(_sheet(index, table, place, header, columns))
    problems += _stray_rows(outline, sections)
    return sorted([*sheets, *_near_sheets(outline, sections)], key=lambda sheet: sheet.table.line)


def _stray_rows(outline: Outline, sections: Sections) -> Iterator[Problem]:
    """Paragraphs of a Task Queue that look like rows: a blank line parts them from their table, or no line of
    dashes makes them one."""
    near = {line for line, _ in outline.near_tables}
    for block in outline.blocks:
        text = outline.source.line(block.line).lstrip(" ") if block.kind == "paragraph" else ""
        if not text.startswith("|") or len(Row(block.line, outline.source).texts) < 2:
            continue
        region = sections.at(block.line).region
        if region and region.kind == TASKS and near.isdisjoint(range(block.line, block.end)):
            message = "this looks like a row of a table and belongs to none"
            yield problem("stray-row", message, (block.line + 1, 1))


def _near_sheets(outline: Outline, sections: Sections) -> list[Sheet]:
    """Task tables whose delimiter row has another number of cells: shown as far as they are sound."""
    ends = {line: b.end for b in outline.blocks if b.kind == "paragraph" for line in range(b.line, b.end)}
    sheets = []
    for line, _ in outline.near_tables:
        place = sections.at(line)
        source, end = outline.source, ends.get(line, line + 2)
        header = tuple(map(cells.value, Row(line, source).texts))
        columns = roles(header, "task")
        if place.region and place.region.kind == TASKS and "id" in columns and "status" in columns:
            rows = tuple(Row(n, source) for n in range(line + 2, end))
            table = Table(line, end, len(header), Row(line, source), Row(line + 1, source), rows)
            sheets.append(_sheet(-1, table, place, header, columns))
    return sheets


def _sheet(
    index: int, table: Table, place: Place, header: tuple[str, ...], columns: Mapping[str, int]
) -> Sheet:
    lines = table.header.source.lines
    links = any("](" in line for line in lines[table.line + 2 : table.end])
    agent, group = (header[columns[role]] if role in columns else "" for role in ("agent", "group"))
    return Sheet(
        index,
        table,
        place,
        header,
        columns,
        roles=tuple(columns),
        phase=words(place.headings[-1]) if place.headings else "",
        groups=heading_names(place.headings),
        group_column=words(group),
        people=is_person_column(agent),
        links=links,
        more=further(header, "requires", columns["requires"]) if "requires" in columns else (),
    )
