"""What the page should say, kept beside the page itself.

Everyone but the daemon makes each edit twice: as text on the page as it is, and here, on a model of what
people and agents have written. At the end the page must read as the model does, letter for letter, but for
what is the daemon's to write. Whoever's edit was lost, or was made twice, is so found at once.

Status cells carry a tag behind their word (`Waiting e17`): the daemon replaces words and keeps what follows,
so a tag that is gone is an edit that was lost, and no two edits look alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

MADE = ("ISSUE-", "FIX-")  # how the ids of rows begin that the daemon makes
MARK = re.compile(r"<!-- mdorch: (?:taken|refused) [^\n]*-->\r?\n")
COLUMNS = ("id", "title", "status", "requires", "agent", "notes", "group", "files")
HEADS = ("ID", "Task", "Status", "Depends on", "Agent", "Notes", "Group", "Files")
FIGURES = ("Task completion rate", "Handoff success rate", "Average task duration")
WORDS = {
    "Waiting": "waiting", "⏳ Todo": "waiting", "Pending": "waiting", "**Ready**": "ready",
    "Complete": "complete", "✅ DONE": "complete", "Merged": "complete",
    "Blocked": "blocked", "⛔ Blocked": "blocked", "Partial": "partial", "Failed": "failed",
    "In Progress": "in_progress", "🔄 Active": "in_progress", "In Review": "in_review",
    "On Hold": "stop", "paused": "stop", "Deferred": "stop", "Cancelled": "cancelled",
    "Backlog": "held", "draft": "held", "Wai": "unknown", "Compl": "unknown", "zzz": "unknown",
}  # fmt: skip
_MEANS = {re.sub(r"[^a-z ]", "", word.lower()).strip(): means for word, means in WORDS.items()}
_MEANS["todo"] = "waiting"


@dataclass(frozen=True)
class Row:
    """`raw` is a line that is still being typed. `firm`: the status was typed while nothing ran, and is one
    that the daemon has no business with. `passed`: agents handed it on, so its agent cell may change."""

    id: str
    title: str
    status: str = "Waiting"
    requires: str = "None"
    agent: str = "dev"
    notes: str = ""
    group: str = ""
    files: str = ""
    raw: str = ""
    firm: bool = False
    passed: bool = False

    def cell(self, column: str) -> str:
        value = getattr(self, column)
        assert isinstance(value, str)
        return value


@dataclass(frozen=True)
class Style:
    """How a board is written. `columns` leaves optional ones out."""

    columns: tuple[str, ...] = COLUMNS
    newline: str = "\n"
    agents: bool = True
    placeholder: bool = True
    completions: bool = False
    metrics: bool = False

    def row(self, row: Row) -> str:
        if row.raw:
            return row.raw + self.newline
        return "| " + " | ".join(row.cell(c) for c in self.columns) + " |" + self.newline


@dataclass(frozen=True)
class Model:
    """What people and agents have written so far. `damage` is a line that holds the page while there."""

    style: Style
    rows: tuple[Row, ...]
    prose: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    damage: str = ""
    empty: bool = False
    touched: dict[str, float] = field(default_factory=dict)  # id -> when a hand last changed its row

    def find(self, task: str) -> Row | None:
        return next((r for r in self.rows if r.id == task and not r.raw), None)

    def with_row(self, row: Row, now: float | None) -> Model:
        """`row` in the place of the first one with its id; `now`: a hand did it."""
        at = next(n for n, r in enumerate(self.rows) if r.id == row.id)
        rows = (*self.rows[:at], row, *self.rows[at + 1 :])
        return replace(self, rows=rows, touched=self._touch(row.id, now))

    def passed_on(self, task: str) -> Model:
        """With every row of the task as one that a handoff is about."""
        rows = [replace(r, passed=True, firm=False) if r.id == task and not r.raw else r for r in self.rows]
        return self.with_rows(rows)

    def with_rows(self, rows: Iterable[Row], touched: str = "", now: float | None = None) -> Model:
        return replace(self, rows=tuple(rows), touched=self._touch(touched, now))

    def _touch(self, task: str, now: float | None) -> dict[str, float]:
        return dict(self.touched) if now is None or not task else {**self.touched, task: now}

    def render(self) -> str:
        if self.empty:
            return ""
        nl = self.style.newline
        damage = [self.damage + nl] if self.damage else []
        lines = [f"# Project{nl}", nl, *damage, *(f"- {p}{nl}" for p in self.prose), nl]
        if self.style.agents:
            lines += [f"## Active Agents{nl}", nl, f"| Agent | Task | Status | Started | Dependencies |{nl}"]
            lines += [f"|---|---|---|---|---|{nl}"]
            if self.style.placeholder:
                lines += [f"| Ready for deployment | - | - | - | - |{nl}"]
            lines += [nl]
        heads = dict(zip(COLUMNS, HEADS, strict=True))
        lines += [f"## Task Queue{nl}", nl]
        lines += ["| " + " | ".join(heads[c] for c in self.style.columns) + f" |{nl}"]
        lines += ["|" + "---|" * len(self.style.columns) + nl]
        lines += [self.style.row(r) for r in self.rows]
        lines += [nl]
        if self.style.completions:
            lines += [f"## Recent Completions{nl}", nl]
        if self.style.metrics:
            lines += [f"## Success Metrics{nl}", nl, *(f"- **{f}**: TBD{nl}" for f in FIGURES), nl]
        return "".join([*lines, f"## Notes{nl}", *self.blocks])


def understood(text: str, like: Model) -> Model:
    """The model of a page that a daemon put together from several: what stands there is what was typed."""
    style, nl = like.style, like.style.newline
    rows = []
    for cells in rows_of(text, style):
        if cells.get("id", "").startswith(MADE):
            continue
        if "id" not in cells:
            rows.append(Row("", "", raw=cells["line"]))
            continue
        plain = {c: cells.get(c, "") for c in style.columns}
        blank = {c: "" for c in COLUMNS if c not in style.columns}
        rows.append(Row(**{**blank, **plain}, passed=True))  # type: ignore[arg-type]
    head, *blocks = re.split(f"(?={nl}## Agent Handoff Signal)", MARK.sub("", text))
    prose = re.findall(r"(?m)^- (said e\d+)\r?$", head)
    return replace(like, rows=tuple(rows), blocks=tuple(blocks), prose=tuple(prose))


def without_upkeep(text: str, style: Style) -> str:
    """The page without what the daemon's upkeep wrote there: entries of completions, figures."""
    nl = style.newline
    text = re.sub(rf"(?s)(## Recent Completions{nl}).*?(?=^## )", rf"\1{nl}", text, flags=re.MULTILINE)
    return re.sub(r"(?m)^(- \*\*[A-Z][a-z ]+\*\*:) [^\r\n]*", r"\1 TBD", text)


def listed(text: str) -> list[str]:
    """The entries under Recent Completions."""
    found = re.search(r"(?ms)^## Recent Completions\r?$(.*?)(?=^## )", text)
    return [line for line in found[1].splitlines() if line.strip()] if found else []


def bare(text: str) -> str:
    """A block, or a page, without marks and line ends of its own."""
    return MARK.sub("", text).replace("\r\n", "\n")


def meaning(status: str) -> str:
    """The meaning of a status cell, by words alone: nothing of the program under test is asked."""
    letters = re.sub(r"[^a-z ]", "", re.sub(r"\be\d+\b", "", status.lower())).strip()
    return _MEANS.get(letters, "unknown") if letters else "held"


def tag(status: str) -> str:
    found = re.search(r"\be\d+\b", status)
    return found[0] if found else ""


def block(newline: str, sender: str, to: str, task: str, status: str, more: str) -> str:
    lines = ["", "## Agent Handoff Signal", "", f"**From**: {sender}", f"**To**: {to}", f"**Task**: {task}"]
    return newline.join([*lines, f"**Status**: {status}", "", "### Deliverables", f"- {more}", ""])


def rows_of(text: str, style: Style) -> list[dict[str, str]]:
    """The rows of the task table as they stand in the text: cells by column, `line` the whole line."""
    found: list[dict[str, str]] = []
    inside = False
    for line in text.splitlines():
        if line.startswith(("## ", "# ")):
            inside = line == "## Task Queue"
        elif inside and line.startswith("|") and not line.startswith(("| ID ", "|---")):
            cells = [c.strip() for c in line.strip().strip("|").split("|")]
            whole = line.endswith("|") and len(cells) >= len(style.columns) - 1
            found.append({"line": line, **(dict(zip(style.columns, cells, strict=False)) if whole else {})})
    return found


def set_cell(text: str, style: Style, task: str, column: str, value: str) -> str:
    """The text with one cell of the first row of `task` changed, and nothing else."""
    lines = text.splitlines(keepends=True)
    at = _line_of(lines, style, task)
    parts = lines[at].split("|")
    parts[style.columns.index(column) + 1] = f" {value} "
    return "".join([*lines[:at], "|".join(parts), *lines[at + 1 :]])


def set_line(text: str, style: Style, task: str, new: str) -> str:
    """The text with the first row of `task`, or a raw line, replaced by other lines (or none)."""
    lines = text.splitlines(keepends=True)
    at = _line_of(lines, style, task)
    return "".join([*lines[:at], new, *lines[at + 1 :]])


def add_line(text: str, style: Style, new: str) -> str:
    """The text with a line behind the last row of the task table."""
    lines = text.splitlines(keepends=True)
    start = lines.index(f"## Task Queue{style.newline}")
    at = max(n for n in range(start, len(lines)) if lines[n].startswith("|"))
    return "".join([*lines[: at + 1], new, *lines[at + 1 :]])


def _line_of(lines: list[str], style: Style, task: str) -> int:
    start = lines.index(f"## Task Queue{style.newline}")
    for at in range(start, len(lines)):
        if lines[at].startswith(f"| {task} |") or lines[at].rstrip("\r\n") == task:
            return at
    raise AssertionError(f"the row of {task!r} was lost")
