"""`mdorch lsp`, as an editor finds it: a real process on its standard input and output.

One session serves many of the tests; each opens a text of its own as the page, which is never saved.
"""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.front.lsp.editor import Editor, Json, applied, at
from tests.front.stage import ENV, HEAD, SLEEP, TRUE, Stage, running

ROWS = """\
| A-1 | Find 😀 the callers | dev | None | ✅ Done | high | as ~~x~~ |
| A-2 | Write *the* parser | dev | A-1 | ⏳ Todo | high | after A-1 |
| A-3 | Test the parser | tester | A-2, Z-9 | Waitng | low | |
| A-4 | 😀😀 circle | tester | A-5 | ⏳ Todo | low | |
| A-5 | Back again | dev | A-4 | ⏳ Todo | low | |
"""
HANDOFF = """
## A-1: what is meant

See A-1 and A-10, a/A-1/b, `A-1`.

```
| A-1 | an example |
```

## Agent Handoff Signal

**From**: dev
**To**: tester
**Task**: A-1
**Status**: COMPLETE

### Deliverables
- A-1 is done

### Context for Next Agent
- none

### Artifacts
- mdorch.toml:1
"""
TEXT = HEAD + ROWS + HANDOFF
ALL = {"start": {"line": 0, "character": 0}, "end": {"line": 2**31 - 1, "character": 0}}
OPTIONS = {"tabSize": 4, "insertSpaces": True}


def project(folder: Path, config: str = TRUE) -> dict[str, str]:
    """A repository with a page and an agent's file; the environment of who works there."""
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / "mdorch.toml").write_text(config)
    (folder / "CLAUDE.md").write_text(TEXT, "utf-8")
    agents = folder / ".claude" / "agents"
    agents.mkdir(parents=True)
    (agents / "dev.md").write_text("---\nname: dev\ndescription: Writes *code*\n---\nYou write code.\n")
    home = folder / "home"
    home.mkdir()
    return {**ENV, "HOME": str(home)}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("editor")


@pytest.fixture(scope="module")
def session(here: Path) -> Iterator[Editor]:
    with Editor(here, project(here)) as editor:
        yield editor


class Opened:
    """The page, open in the session, with a text of the test's own."""

    def __init__(self, editor: Editor, page: Path, text: str) -> None:
        self.editor = editor
        self.uri = editor.open(page, text)

    @property
    def text(self) -> str:
        return self.editor.texts[self.uri]

    def problems(self) -> list[tuple[str, str]]:
        """Code and place of each."""
        return [(d["code"], self.editor.said(self.uri, d["range"])) for d in self.editor.problems(self.uri)]

    def ask(self, name: str, mark: str, after: int = 0, **more: Any) -> Any:
        return self.editor.about(name, self.uri, mark, after, **more)

    def words(self, mark: str, after: int = 0) -> list[str]:
        return [item["label"] for item in self.ask("completion", mark, after)["items"]]

    def completed(self, mark: str, after: int, label: str) -> str:
        """The line after an offer was taken."""
        items = self.ask("completion", mark, after)["items"]
        new = applied(self.text, [next(i["textEdit"] for i in items if i["label"] == label)])
        return next(b for a, b in zip(self.text.split("\n"), new.split("\n"), strict=True) if a != b)

    def said(self, spans: list[Json]) -> list[str]:
        return [f"{s['range']['start']['line'] + 1}:{self.editor.said(self.uri, s['range'])}" for s in spans]

    def mended(self, mark: str, title: str) -> str:
        return self.editor.edited(self.uri, self.editor.lines(self.uri, mark)[title]["edit"])


@pytest.fixture
def page(session: Editor, here: Path) -> Iterator[Opened]:
    opened = Opened(session, here / "CLAUDE.md", TEXT)
    yield opened
    session.tell("textDocument/didClose", {"textDocument": {"uri": opened.uri}})
    assert (here / "CLAUDE.md").read_text("utf-8") == TEXT


# -- problems ---------------------------------------------------------------------------------------


def test_problems_are_those_of_lint(page: Opened, here: Path, session: Editor) -> None:
    told = session.problems(page.uri)
    command = [sys.executable, "-m", "mdorch", "lint", "--format", "json"]
    env = {**ENV, "HOME": str(here / "home")}
    done = subprocess.run(command, cwd=here, env=env, capture_output=True, check=False)
    lint = json.loads(done.stdout)["problems"]
    assert sorted((d["code"], d["message"], d["range"]["start"]["line"] + 1) for d in told) == sorted(
        (p["code"], f"{p['message']}\n{p['hint']}", p["line"]) for p in lint
    )
    assert {d["code"] for d in told} >= {"unresolved-requirement", "unknown-status", "cycle"}
    assert {d["severity"] for d in told if d["code"] == "cycle"} == {1}


def test_problems_are_told_as_one_types_and_where_they_are(page: Opened, session: Editor) -> None:
    assert ("unknown-status", "Waitng") in page.problems()
    session.replace(page.uri, "Waitng", "Waiting")
    assert "unknown-status" not in dict(page.problems())
    session.replace(page.uri, "| A-5 | Back", "| A-4 | Back")
    found = page.problems()
    assert found.count(("duplicate-id", "A-4")) == 2
    assert ("unresolved-requirement", "A-5") in found


def test_the_last_of_many_keys_is_never_lost(page: Opened, session: Editor) -> None:
    for letter in "abcdefghij":
        session.replace(page.uri, "Waitng", f"{letter}Waitng")
    assert ("unknown-status", "abcdefghijWaitng") in page.problems()
    session.write(page.uri, HEAD + ROWS.replace("Waitng", "Done"))
    assert "unknown-status" not in dict(page.problems())


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_places_in_other_units_and_lines(session: Editor, here: Path, ending: str) -> None:
    """Astral characters before a place, form feeds that end no line, a byte order mark, line endings."""
    text = "\ufeff| not | a |\f\u2028table |\n" + TEXT.replace("Waitng", "𝒲𝒶𝒾𝓉𝓃𝑔 😀")
    page = Opened(session, here / "CLAUDE.md", text.replace("\n", ending))
    assert ("unknown-status", "𝒲𝒶𝒾𝓉𝓃𝑔 😀") in page.problems()
    session.replace(page.uri, "😀 |", "😀🎯x |")
    session.replace(page.uri, "😀🎯x |", "x |")
    assert ("unknown-status", "𝒲𝒶𝒾𝓉𝓃𝑔 x") in page.problems()
    mended = page.mended("A-3 | Test", "Write Waiting instead of 𝒲𝒶𝒾𝓉𝓃𝑔 x")
    assert mended == page.text.replace("𝒲𝒶𝒾𝓉𝓃𝑔 x", "⏳ Todo")
    assert page.said(page.ask("definition", "A-1 | ⏳", 1))[0].endswith(":A-1")


def test_what_is_no_page_has_no_problems(session: Editor, here: Path) -> None:
    notes = here / "notes.md"
    uri = session.open(notes, TEXT)
    assert session.about("hover", uri, "A-1") is None
    assert uri not in session.diagnostics


# -- words ------------------------------------------------------------------------------------------


def test_statuses_in_the_words_of_the_page(page: Opened) -> None:
    words = page.words("✅ Done", 0)
    assert "✅ Done" in words
    assert "⏳ Todo" in words
    assert "In Progress" in words
    assert "Complete" not in words
    assert page.completed("Waitng", 3, "⏳ Todo").split("|")[5] == " ⏳ Todo "


def test_ids_where_ids_belong(page: Opened, session: Editor) -> None:
    assert page.words("A-2, Z-9", 1)[:3] == ["A-2", "A-1", "A-4"]  # what stands above comes first
    assert "A-3" not in page.words("A-2, Z-9", 1)
    assert page.completed("A-2, Z-9", 6, "A-4").split("|")[4] == " A-2, A-4 "
    session.replace(page.uri, "| A-2, Z-9 |", "| A-2,  |")
    assert page.completed("| A-2,  |", 7, "A-1").split("|")[4].replace(" ", "") == "A-2,A-1"
    session.replace(page.uri, "| A-5 | Back", "|  | Back")
    assert page.words("|  | Back", 2) == ["A-5"]


def test_agents_and_the_fields_of_a_handoff(page: Opened, session: Editor) -> None:
    words = page.words("dev | None", 1)
    assert words[:1] == ["dev"]
    session.replace(page.uri, "**To**: tester", "**To**: ")
    assert {"dev", "tester", "-"} <= set(page.words("**To**: ", 8))
    session.replace(page.uri, "**Task**: A-1", "**Task**: ")
    assert {"A-1", "A-2", "A-5"} <= set(page.words("**Task**: ", 10))
    assert page.words("COMPLETE", 3)[0] == "COMPLETE"
    assert page.words("See A-1", 5) == []
    assert page.words("Write *the*", 3) == []


# -- names ------------------------------------------------------------------------------------------


def test_a_task_is_found_wherever_it_is_named(page: Opened, here: Path) -> None:
    assert page.said(page.ask("definition", "A-1 | ⏳", 1)) == ["12:A-1"]
    assert page.said(page.ask("definition", "A-1 | Find", 1)) == ["18:"]  # its section
    found = page.ask("references", "A-1 | Find", 1, context={"includeDeclaration": True})
    assert page.said(found) == [f"{n}:A-1" for n in (12, 13, 13, 18, 20, 20, 30, 34)]
    found = page.ask("references", "A-1 | Find", 1, context={"includeDeclaration": False})
    assert "12:A-1" not in page.said(found)
    (file,) = page.ask("definition", "dev | A-1", 1)
    assert file["uri"] == (here / ".claude" / "agents" / "dev.md").as_uri()
    assert page.said(page.ask("documentHighlight", "dev | A-1", 1)) == [
        "12:dev",
        "13:dev",
        "16:dev",
        "28:dev",
    ]


def test_another_id_everywhere(page: Opened, session: Editor) -> None:
    place = page.ask("prepareRename", "A-1 | ⏳", 1)
    assert place["placeholder"] == session.said(page.uri, place["range"]) == "A-1"
    new = session.edited(page.uri, page.ask("rename", "A-1 | ⏳", 1, newName="PARSE-01"))
    kept = {"a/A-1/b", "A-10", "| A-1 | an example"}
    for text in kept:
        assert text in new
    assert new == page.text.replace("A-1", "PARSE-01").replace("PARSE-010", "A-10").replace(
        "a/PARSE-01/b", "a/A-1/b"
    ).replace("| PARSE-01 | an ex", "| A-1 | an ex")
    for name, why in (
        ("A-2", "already"),
        ("a b", "cannot be an id"),
        ("a|b", "cannot be"),
        ("", "cannot be"),
    ):
        question = {**session.place(page.uri, "A-1 | Find", 1), "newName": name}
        assert why in session.refused("textDocument/rename", question)
    question = session.place(page.uri, "dev | None", 1)
    assert "no id of a task" in session.refused("textDocument/prepareRename", question)


def test_another_id_keeps_taken_handoffs_taken_and_ranges_whole(page: Opened, session: Editor) -> None:
    from mdorch.board.read import read

    (block,) = read(page.text.encode()).board.handoffs
    mark = f"<!-- mdorch: taken A-1.1 {block.digest} 2026-11-22T16:40:00Z -->"
    session.replace(page.uri, "## Agent Handoff Signal\n", f"## Agent Handoff Signal\n{mark}\n")
    new = session.edited(page.uri, page.ask("rename", "A-1 | Find", 1, newName="B-1"))
    (again,) = read(new.encode()).board.handoffs
    assert (again.task, again.taken) == ("B-1", True)
    session.replace(page.uri, "A-2, Z-9", "A-1..A-2")
    question = {**session.place(page.uri, "A-1 | Find", 1), "newName": "B-1"}
    assert "A-3 (line 14)" in session.refused("textDocument/rename", question)


# -- remedies ---------------------------------------------------------------------------------------


def test_remedies_for_what_a_row_requires(page: Opened, session: Editor) -> None:
    new = page.mended("A-3 | Test", "Add a row for Z-9, on hold")
    (row,) = [line for line in new.split("\n") if line.startswith("| Z-9")]
    assert row.split("|")[5].strip() == "On Hold"
    cell = page.mended("A-3 | Test", "Take Z-9 out of what A-3 requires").split("\n")[13].split("|")[4]
    assert cell == " A-2 "
    session.replace(page.uri, "A-2, Z-9", "a-2")
    cell = page.mended("A-3 | Test", "Write A-2 instead of a-2").split("\n")[13].split("|")[4]
    assert cell == " A-2 "
    session.replace(page.uri, "| a-2 |", "| the key & A-2 |")
    titles = session.lines(page.uri, "A-3 | Test")
    assert not [title for title in titles if title.startswith("Add a row")]  # words are no id
    assert page.mended("A-3 | Test", "Take the key out of what A-3 requires").count("| tester | A-2 |") == 1


def test_remedies_for_a_status_and_a_circle(page: Opened, session: Editor) -> None:
    titles = session.lines(page.uri, "A-3 | Test")
    best = titles["Write Waiting instead of Waitng"]
    assert best["isPreferred"]
    assert [d["code"] for d in best["diagnostics"]] == ["unknown-status"]
    assert session.edited(page.uri, best["edit"]) == page.text.replace("Waitng", "⏳ Todo")
    new = page.mended("A-4 | 😀😀", "Break the circle: A-4 does not require A-5")
    assert "| A-4 | 😀😀 circle | tester | None |" in new
    session.write(page.uri, new)
    assert "cycle" not in dict(page.problems())
    assert session.lines(page.uri, "A-1 | Find", only=["quickfix"]) == {}
    assert session.lines(page.uri, "A-1 | Find", only=["refactor"])


def test_a_handoff_to_fill_in_does_nothing_yet(page: Opened, session: Editor) -> None:
    new = page.mended("A-2 | Write", "Insert a handoff for A-2 at the end of the page")
    assert new.startswith(page.text)
    assert "**From**: dev" in new[len(page.text) :]
    session.write(page.uri, new)
    assert ("template-handoff", "## Agent Handoff Signal") in page.problems()


# -- what is told -----------------------------------------------------------------------------------


def test_hover_tells_state_and_reason_and_no_markup_of_the_page(page: Opened) -> None:
    text = page.ask("hover", "A-3 | Test", 1)["contents"]["value"]
    assert "Waitng" in text
    assert "is no status" in text or "names nothing" in text or "A\\-2" in text
    text = page.ask("hover", "Write *the*", 2)["contents"]["value"]
    assert "Write \\*the\\* parser" in text
    assert "✓ A\\-1" in text
    text = page.ask("hover", "dev | A-1", 1)["contents"]["value"]
    assert "Writes \\*code\\*" in text
    assert "3 tasks on this page" in text
    assert page.ask("hover", "Active Agents", 2) is None


def test_hints_stand_behind_the_rows_that_wait(page: Opened, session: Editor) -> None:
    session.replace(page.uri, "A-2, Z-9", "A-2")
    session.replace(page.uri, "Waitng", "Todo")
    found = session.ask("textDocument/inlayHint", {"textDocument": {"uri": page.uri}, "range": ALL})
    hints = {hint["position"]["line"] + 1: hint["label"] for hint in found}
    assert hints[14] == "waits for A-2"
    assert hints[13] == "starts"
    assert 12 not in hints
    line = page.text.split("\n")[14]
    (there,) = [hint["position"] for hint in found if hint["position"]["line"] == 14]
    assert there["character"] == len(line) + line.count("😀")


def test_the_outline(page: Opened, session: Editor) -> None:
    (top,) = session.ask("textDocument/documentSymbol", {"textDocument": {"uri": page.uri}})
    names = {child["name"]: child for child in top["children"]}
    assert top["name"] == "Project"
    assert "Handoff: A-1 → tester" in names
    rows = names["Task Queue"]["children"]
    assert [row["name"].split()[0] for row in rows] == ["A-1", "A-2", "A-3", "A-4", "A-5"]
    for outer, inner in ((top, names["Task Queue"]), (names["Task Queue"], rows[-1])):
        assert outer["range"]["start"]["line"] <= inner["range"]["start"]["line"]
        assert inner["range"]["end"]["line"] <= outer["range"]["end"]["line"]


def test_tables_come_into_line_when_asked_for(page: Opened, session: Editor) -> None:
    whole = {"textDocument": {"uri": page.uri}, "options": OPTIONS}
    new = applied(page.text, session.ask("textDocument/formatting", whole))
    assert "| A-4 | 😀😀 circle         | tester | A-5        |" in new
    assert "\n| A-1 | an example |\n" in new  # in a fence
    assert [t.split() for t in new.replace("|", " ").split("\n") if "---" not in t] == [
        t.split() for t in page.text.replace("|", " ").split("\n") if "---" not in t
    ]
    session.write(page.uri, new)
    assert session.ask("textDocument/formatting", whole) == []
    session.write(page.uri, TEXT)
    first = {"start": at(TEXT, 0), "end": at(TEXT, TEXT.index("## Task Queue"))}
    edits = session.ask("textDocument/rangeFormatting", {**whole, "range": first})
    assert {e["range"]["start"]["line"] for e in edits} == {5}


# -- hostile ----------------------------------------------------------------------------------------

HOSTILE = """\
| A-1 | <img src=x onerror=alert(1)> [x](command:rm) ![](http://x/y) `c` | dev | None | Todo | high | |
| A-2 | \x1b[31mred\x1b[0m \u202egnihton | $(reboot) | A-1 | Todo | | |
| ../../etc | path | ../../../etc/passwd | | Todo | | |
| .* | pattern | dev | (((((A-1 | Todo | | |
| \\| | ~~~~ | ---- | A-1, | | | | | | |
"""


def test_hostile_texts(page: Opened, session: Editor) -> None:
    session.write(page.uri, HEAD + HOSTILE)
    page.problems()
    text = page.ask("hover", "A-1 | <img", 1)["contents"]["value"]
    assert re.search(r"(?<!\\)[<>\[\]()`!]", text) is None
    assert "img src" in text
    assert page.ask("definition", "../../../etc/passwd", 5) == []
    for mark in ("A-2 |", "../../etc |", ".* |", "\\| |", "(((((A-1"):
        for name in ("hover", "completion", "definition", "documentHighlight"):
            page.ask(name, mark, 1)
        session.lines(page.uri, mark)
    session.ask("textDocument/documentSymbol", {"textDocument": {"uri": page.uri}})
    session.ask("textDocument/inlayHint", {"textDocument": {"uri": page.uri}, "range": ALL})


def test_bad_messages_cost_no_text(page: Opened, session: Editor) -> None:
    """Bytes that are no UTF-8, halves of surrogate pairs, places that are nowhere, wrong questions."""
    version = session.versions[page.uri] + 1
    document = {"uri": page.uri, "version": version}
    change: Json = {"textDocument": document, "contentChanges": [{"range": ALL, "text": HEAD + ROWS + "@@"}]}
    body = json.dumps({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": change})
    session.raw(body.encode().replace(b"@@", b"\xff\xfe\xc3"))
    session.texts[page.uri], session.versions[page.uri] = HEAD + ROWS + "\ufffd\ufffd\ufffd", version
    assert ("unknown-status", "Waitng") in page.problems()
    end = len(page.text)
    session.type(page.uri, (end - 3, end, "| A-6 | \ud83d"))
    assert [name for code, name in page.problems() if code == "ragged-row"] == ["| A-6 | \ud83d"]
    end = len(page.text)
    session.type(page.uri, (end, end, "\ude00 |"))
    session.texts[page.uri] = page.text.encode("utf-16", "surrogatepass").decode("utf-16")
    assert [name for code, name in page.problems() if code == "ragged-row"] == ["| A-6 | 😀 |"]
    assert page.ask("hover", "A-6", 1)["contents"]["value"].startswith("**A\\-6** 😀\n")
    session.raw(b"{]")
    session.tell("textDocument/didChange", {"textDocument": document})
    for line, column in ((10**9, 0), (0, 10**9), (11, 10**9)):
        place = {"textDocument": {"uri": page.uri}, "position": {"line": line, "character": column}}
        for name in ("hover", "completion", "definition"):
            session.ask(f"textDocument/{name}", place)
    assert session.answer(session.start("textDocument/hover", {"textDocument": 3}))["error"]
    assert ("unknown-status", "Waitng") in page.problems()
    assert session.said(page.uri, page.ask("hover", "A-2 |", 1)["range"]) == "A-2"


@pytest.mark.parametrize("units", ["utf-8", "utf-32"])
def test_other_units_that_the_editor_prefers(here: Path, units: str) -> None:
    env = {**ENV, "HOME": str(here / "home")}
    with Editor(here, env, encodings=[units, "utf-16"]) as editor:
        assert editor.able["positionEncoding"] == units
        uri = editor.open(here / "CLAUDE.md", TEXT.replace("Waitng", "😀 Waitng"))
        (found,) = [d for d in editor.problems(uri) if d["code"] == "unknown-status"]
        line = editor.texts[uri].split("\n")[13]
        before = line[: line.index("😀")]
        span = found["range"]["start"]["character"], found["range"]["end"]["character"]
        length = len("😀 Waitng".encode()) if units == "utf-8" else len("😀 Waitng")
        assert span == (len(before), len(before) + length)


def test_a_huge_page(session: Editor, here: Path) -> None:
    rows = "".join(f"| B-{n} | Part {n} | dev | B-{n - 1} | Todo | | |\n" for n in range(1, 5001))
    page = Opened(session, here / "CLAUDE.md", HEAD + rows)
    assert page.problems() == [("unresolved-requirement", "B-0")]
    for letter in "xyz":
        session.replace(page.uri, "Part 2500", f"Part 2500{letter}")
    found = page.ask("completion", "B-2499 | Todo", 3)
    assert found["isIncomplete"]
    assert len(found["items"]) == 200
    assert page.words("B-2499 | Todo", 6)[0] == "B-2499"
    assert len(page.ask("references", "B-2500 | Part", 2, context={"includeDeclaration": True})) == 2
    assert page.problems() == [("unresolved-requirement", "B-0")]


# -- the page itself --------------------------------------------------------------------------------


def test_commands_and_what_happens_besides_the_text(stage: Stage) -> None:
    stage.write(config=SLEEP)
    with Editor(stage.here, stage.env) as editor:
        uri = editor.open(stage.page)

        def do(deed: str, task: str) -> dict[str, Any]:
            question = {"command": f"mdorch.{deed}", "arguments": [uri, task]}
            return editor.answer(editor.start("workspace/executeCommand", question))

        assert "no daemon runs" in do("launch", "A-2")["result"]
        assert "there is no task" in do("launch", "A-9")["error"]["message"]
        assert "retry" in do("launch", "A-1")["error"]["message"]
        daemon = stage.spawn("up", "--yes")
        while stage.status_of("A-2") != "In Progress":
            editor.wait("workspace/inlayHint/refresh")
        editor.texts[uri] = stage.text
        editor.write(uri, stage.text)  # as editors do that read the file again
        text = editor.about("hover", uri, "A-2 | Write", 1)["contents"]["value"]
        while "at work for" not in text:
            editor.wait("workspace/inlayHint/refresh")
            text = editor.about("hover", uri, "A-2 | Write", 1)["contents"]["value"]
        assert "A\\-2\\.1" in text
        assert "attempt 1" in text
        editor.replace(uri, "Find the callers", "Find all callers")
        assert "not saved" in do("retry", "A-2")["error"]["message"]
        assert "is on hold" in do("stop", "A-2")["result"]
        assert stage.status_of("A-2") == "On Hold"
        assert "Find the callers" in stage.text
        assert running(stage)
        daemon.terminate()
        daemon.communicate()


def test_settings_that_are_bad_are_told_and_mended(stage: Stage) -> None:
    stage.write(config="nonsense = 1\n")
    with Editor(stage.here, stage.env) as editor:
        uri = editor.open(stage.page)
        assert "nonsense" in editor.wait("window/showMessage")["message"]
        assert editor.about("hover", uri, "A-2 |", 1) is None
        (stage.here / "mdorch.toml").write_text(TRUE)
        editor.tell("textDocument/didSave", {"textDocument": {"uri": uri}})
        assert editor.about("hover", uri, "A-2 |", 1)


def test_a_file_that_is_nobodys_page_and_a_run_that_may_not(stage: Stage) -> None:
    """Any repository may have a CLAUDE.md: nothing is told of it, and nothing is made beside it."""
    stage.page.write_text("# Rules\n\nBe kind.\n")
    with Editor(stage.here, {**stage.env, "MDORCH_RUN": "A-1.1", "MDORCH_TASK": "A-1"}) as editor:
        uri = editor.open(stage.page)
        assert editor.problems(uri) == []
        assert not (stage.here / ".mdorch").exists()
        editor.write(uri, HEAD)
        question = {"command": "mdorch.stop", "arguments": [uri, "A-1"]}
        assert "not for agents" in editor.refused("workspace/executeCommand", question)


def test_an_editor_that_dies_takes_its_server_along(stage: Stage) -> None:
    stage.write()
    (stage.here / ".mdorch").mkdir()
    editor = Editor(stage.here, stage.env)
    uri = editor.open(stage.page)
    editor.problems(uri)
    assert editor.process.stdin
    assert editor.process.stdout
    editor.process.stdin.close()
    assert editor.process.wait(60) == 0
    editor.process.stdout.close()


def test_on_a_terminal_it_says_what_it_is_for(stage: Stage) -> None:
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "mdorch", "lsp"]
    done = subprocess.run(
        command, cwd=stage.here, env=stage.env, stdin=follower, capture_output=True, check=False
    )
    assert (done.returncode, b"this is for editors" in done.stderr) == (3, True)
    for end in (leader, follower):
        os.close(end)
