"""`mdorch import`: other people's lists, appended once, and nothing started by surprise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mdorch.desk.foreign.found import fit_id
from mdorch.desk.foreign.taskmaster import place_in
from tests.front.stage import TRUE, Mdorch, Stage

ROW = "| A-1 | Mine | dev | None | Waiting | high | |\n"
LOGIN = """---
id: task-10
title: 'The "login" | form isn''t "right"'
status: To Do
assignee: ['@claude', "@ann"]
created_date: 2026-01-01 10:00
labels:
  - bug   # remark
  - "ui, new"
dependencies: [task-2, task-99]
priority: high
---

## Description

- [ ] not a task
"""
FOLDED = """---
id: TASK-2
title: >-
  A folded title
  on two lines
status: Erwartet
dependencies:
- A-1
milestone: v1
parent_task_id: task-10
nested:
  deeper: {a: 1}
---
"""
MASTER = {
    "master": {
        "tasks": [
            {"id": 1, "title": "Set up", "status": "done", "dependencies": [], "testStrategy": "try it"},
            {
                "id": 2,
                "title": "Core",
                "status": "in-progress",
                "priority": "medium",
                "dependencies": [1],
                "subtasks": [
                    {"id": 1, "title": "Login", "status": "done", "dependencies": []},
                    {"id": 2, "title": "Store", "status": "pending", "dependencies": [1, "1"]},
                ],
            },
        ],
        "metadata": {"version": 1},
    },
    "feat/x": {
        "tasks": [
            {"id": "1", "title": "Other", "status": "pending", "dependencies": ["7"]},
            {"id": "2", "title": "Odd", "status": "odd"},
        ]
    },
}
SPEC = """# Tasks: demo

<!-- - [ ] T900 in a comment
- [ ] T901 still -->
```
- [ ] T902 in a fence
```

## Phase 1: Setup

- [X] T001 Create it
- [ ] T002 [P] Lint it
- [ ] T003 [P] Format it

## Phase 2: Foundational
- [ ] **T004** Schema

## Phase 3: Story 1
- [ ] T005 [P] [US1] Test in tests/a.py
- [ ] T006 [US1] Model

## Phase 4: Story 2
- [ ] T007 [US2] Model [2]

## Phase 5: Polish
- [ ] T008 [P] Docs
"""
LIST = """# Todo
- [ ] DOC-1: Write it
  - [x] outline
  - [ ] text
1. [ ] Same
* [/] Same
"""


@pytest.fixture
def there(stage: Stage) -> Stage:
    stage.write(ROW, TRUE)
    for name, text in {
        "backlog/tasks/task-10 - Login.md": LOGIN,
        "backlog/tasks/task-2 - Folded.md": FOLDED,
        "backlog/tasks/readme.md": "Tasks are here.\n",
        "backlog/completed/task-3 - Old.md": "---\nid: task-3\ntitle: Old\nstatus: To Do\n---\n",
        "backlog/drafts/draft-1.md": "---\nid: draft-1\ntitle: Draft\n---\n",
        ".taskmaster/tasks/tasks.json": json.dumps(MASTER),
        "specs/1/tasks.md": SPEC,
        "TODO.md": LIST,
    }.items():
        path = stage.here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return stage


def rows(mdorch: Mdorch) -> dict[str, tuple[str, str]]:
    """Id → status and prerequisites, of what was not there before."""
    tasks = json.loads(mdorch("status", "--json").out)["tasks"]
    return {t["id"]: (t["status"], ", ".join(t["requires"])) for t in tasks if t["id"] != "A-1"}


CASES = {
    "backlog": (
        "backlog",
        {
            "TASK-2": ("on_hold", "A-1"),
            "task-3": ("complete", ""),
            "task-10": ("on_hold", "TASK-2"),
        },
        [
            "labels: task-10",
            "all but the first assignee: task-10",
            "the description (its notes name the file): task-10",
            "prerequisites that nobody knows: task-10 (task-99)",
            "the status “Erwartet”: TASK-2",
            "1 draft: left where they are",
        ],
    ),
    "taskmaster": (
        ".",
        {
            "TM-1": ("complete", ""),
            "TM-2.1": ("complete", "TM-1"),
            "TM-2.2": ("on_hold", "TM-2.1, TM-1"),
            "TM-2": ("on_hold", "TM-1, TM-2.1, TM-2.2"),
            "feat-x-1": ("on_hold", ""),
            "feat-x-2": ("on_hold", ""),
        },
        [
            "the test strategy (its notes name the file): TM-1",
            "the status in progress (On Hold here): TM-2",
            "the status “odd”: feat-x-2",
            "prerequisites that nobody knows: feat-x-1 (feat/x:7)",
        ],
    ),
    "speckit": (
        "specs/1",
        {
            "T001": ("complete", ""),
            "T002": ("on_hold", "T001"),
            "T003": ("on_hold", "T001"),
            "T004": ("on_hold", "T002, T003"),
            "T005": ("on_hold", "T004"),
            "T006": ("on_hold", "T005"),
            "T007": ("on_hold", "T004"),
            "T008": ("on_hold", "T006, T007"),
        },
        ["what waits for what is taken from phases, [P] and [US…]; what prose says of it is not"],
    ),
    "checkbox": (
        "TODO.md",
        {
            "DOC-1": ("on_hold", "A-2, A-3"),
            "A-2": ("complete", ""),
            "A-3": ("on_hold", ""),
            "A-4": ("on_hold", ""),
            "A-5": ("on_hold", ""),
        },
        ["the status in progress (On Hold here): A-5"],
    ),
}


@pytest.mark.parametrize("form", CASES)
def test_every_form_comes_on_hold_and_once(there: Stage, mdorch: Mdorch, form: str) -> None:
    path, wanted, left = CASES[form]
    before = there.text
    shown = mdorch("import", path, "--dry-run")
    assert (shown.code, there.text) == (0, before)
    assert f"{form}: {len(wanted)} would be appended." in shown.out
    answer = json.loads(mdorch("import", path, "--dry-run", "--json").out)
    assert (answer["form"], answer["written"], answer["there"]) == (form, False, [])
    assert {task["id"] for task in answer["tasks"]} == set(wanted)
    assert {task["status"] for task in answer["tasks"]} <= {"on_hold", "complete"}
    assert set(left) <= set(answer["left"])
    said = mdorch("import", path)
    assert said.code == 0, said.err
    assert rows(mdorch) == wanted
    told = [line.strip() for line in said.out.partition("Not carried over:\n")[2].splitlines()]
    assert set(left) <= set(told)
    assert mdorch("plan", "--json").out.count('"start"') == 1  # A-1, and nothing else
    assert "error" not in mdorch("lint").err
    after = there.text
    for _ in range(2):
        again = mdorch("import", path)
        assert f"{form}: 0 appended, {len(wanted)} there already." in again.out
        assert "Not carried over" not in again.out
        assert there.text == after
        for journal in (there.here / ".mdorch").glob("journal.db*"):
            journal.unlink()  # what the rows say is enough


def test_what_was_changed_here_or_there_is_not_brought_again(there: Stage, mdorch: Mdorch) -> None:
    mdorch("import", "backlog")
    there.page.write_text(there.text.replace("A folded title on two lines", "Mine now"))
    file = there.here / "backlog/tasks/task-2 - Folded.md"
    file.write_text(FOLDED.replace("A folded", "Another"))
    assert "0 appended, 3 there already" in mdorch("import", "backlog/").out
    more = LIST + "- [ ] New\n"
    mdorch("import", "TODO.md")
    (there.here / "TODO.md").write_text("- [ ] Before\n" + more)
    assert "checkbox: 2 appended, 5 there already" in mdorch("import", "TODO.md").out


def test_open_brings_them_as_they_are_but_what_is_in_doubt(there: Stage, mdorch: Mdorch) -> None:
    mdorch("import", ".", "--from", "taskmaster", "--open")
    found = {task: status for task, (status, _) in rows(mdorch).items()}
    assert found == {
        "TM-1": "complete",
        "TM-2.1": "complete",
        "TM-2.2": "waiting",
        "TM-2": "in_progress",
        "feat-x-1": "on_hold",
        "feat-x-2": "on_hold",
    }


def test_ids_that_are_taken_get_a_number(there: Stage, mdorch: Mdorch) -> None:
    there.write(ROW + "| t001 | Something else | dev | None | Waiting | | |\n", TRUE)
    said = mdorch("import", "specs/1/tasks.md")
    assert "ids that were taken: T001 is T001-2 here" in said.out
    assert rows(mdorch)["T002"] == ("on_hold", "T001-2")
    assert "0 appended, 8 there already" in mdorch("import", "specs/1/tasks.md").out


def test_columns_that_the_table_does_not_have(there: Stage, mdorch: Mdorch) -> None:
    there.page.write_text(
        "## Task Queue\n\n| ID | Task | Status |\n|---|---|---|\n| A-1 | Mine | Waiting |\n"
    )
    said = mdorch("import", "backlog")
    assert said.code == 0, said.err
    for role in ("agent", "requires", "notes"):
        assert f"{role} (the table has no column for it): " in said.out
    assert '| task-10 | The "login" \\| form isn\'t "right" | On Hold |' in there.text


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("tasks.json", '{"master":\n  {"tasks": [1,]}}', "tasks.json:2:16: this is no JSON: "),
        ("tasks.json", '{"master": {"tasks": [\n {"id": 1}]}}', "tasks.json:2:2: task 1 has no title"),
        ("tasks.json", '{"tasks": [{"title": "a"}]}', "tasks.json:1:12: a task needs an id"),
        ("tasks.json", '{"a": 1}', "tasks.json:1:1: there is no list of tasks in this"),
        (
            "tasks.json",
            '{"tasks": [{"id": 1, "title": "a", "dependencies": "2"}]}',
            "tasks.json:1:52: dependen",
        ),
        ("tasks.json", "[" * 100_000, "tasks.json:1:1: this is no JSON"),
        ("tasks.json", '{"tasks": []}', "tasks.json holds no task in the form of taskmaster"),
        ("task-1.md", "---\nid: task-1\nstatus: [a\n---\n", "task-1.md:3:9: this list is never closed"),
        ("task-1.md", "---\nid: task-1\ntitle: 'a\n---\n", "task-1.md:3:8: this quotation is never closed"),
        ("task-1.md", "---\nid: task-1\n- odd\n---\n", "task-1.md:3:1: this is no line `key: value`"),
        ("task-1.md", "---\nid: task-1\nid: b\n---\n", "task-1.md:3:1: the key id stands here twice"),
        ("task-1.md", "---\nid: task-1\n---\n", "task-1.md:1:1: the front matter has no title"),
        ("task-1.md", "---\nid: task-1\n", "task-1.md:1:1: the front matter is never closed"),
        ("tasks.md", "- [ ] T001 a\n- [ ] T001 b\n", "tasks.md:2:1: the id T001 is used twice"),
        ("notes.md", "no task\n", "notes.md has no task in any form that is known"),
        ("bytes.md", b"- [ ] a\n- [ ] \xff\n", "bytes.md:2:7: this is no UTF-8"),
        ("empty/x", "", "empty holds no tasks in any form"),
    ],
)
def test_bad_input_is_one_error_with_its_place(
    stage: Stage, mdorch: Mdorch, name: str, text: str | bytes, told: str
) -> None:
    stage.write(ROW, TRUE)
    before = stage.text
    path = stage.here / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    said = mdorch("import", name.removesuffix("/x"))
    assert said.code == 2
    assert said.err.startswith(f"mdorch: {told}")
    assert len(said.err.splitlines()) <= 2
    assert stage.text == before


def test_a_run_imports_nothing(there: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDORCH_RUN", "A-1.1")
    monkeypatch.setenv("MDORCH_TASK", "A-1")
    before = there.text
    assert mdorch("import", "TODO.md").code == 3
    assert there.text == before


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("task-1", "task-1"),
        ("A 1/b", "A-1-b"),
        ("1.2", "TASK-1.2"),
        ("All", ""),
        ("..1", "TASK-1"),
        ("ü", ""),
    ],
)
def test_ids_are_such_as_a_cell_can_name(text: str, name: str) -> None:
    assert fit_id(text, "TASK") == name


def test_places_in_a_json_text() -> None:
    text = '{"a": [1, {"b": "x,]}", "c": [ [] , 5]}], "d" :  {}}'
    for way, found in {("a", 1, "c", 1): "5]", ("d",): "{}}", ("a", 1, "b"): '"x', ("a", 7): "[1"}.items():
        assert text[place_in(text, way) :].startswith(found)


def test_many_tasks_come_in_one_write(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ROW, TRUE)
    Path("TODO.md").write_text("".join(f"- [ ] task number {n}\n" for n in range(1500)))
    assert "1500 appended" in mdorch("import", "TODO.md").out
    assert "| A-1501 | task number 1499 |" in stage.text
