"""Parallel conflict, seen: real agents in a real repository change files, and git says which and when."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from mdorch.daemon import touches
from mdorch.desk.advice import lint_problems
from mdorch.desk.look import look
from mdorch.desk.status import needs_you
from tests.daemon.stage import HEAD, Stage

COLUMNS = HEAD.replace("Notes |", "Files |")
# Each waits until both are at work, and until both have written, so that both are when the files change.
MEETS = """
here.joinpath(f"at-work-{task}").touch()
[wait_for(f"at-work-{other}") for other in ("A-1", "B-1")]
def write(name):
    path = here / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(task)
"""
PARTS = """
here.joinpath(f"wrote-{task}").touch()
[wait_for(f"wrote-{other}") for other in ("A-1", "B-1")]
"""


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=ann", "-c", "user.email=ann@localhost", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def staged(folder: Path, files: tuple[str, str], script: str) -> Stage:
    rows = "".join(
        f"| {n}-1 | do it | dev | None | Waiting | {f} |\n" for n, f in zip("AB", files, strict=True)
    )
    stage = Stage(folder, rows, MEETS + script + PARTS)
    stage.page.write_text(stage.page.read_text().replace(HEAD, COLUMNS))
    (folder / ".gitignore").write_text(".mdorch/\nat-work-*\nwrote-*\nstarts.log\n")
    (folder / "src").mkdir()
    (folder / "src" / "old.py").write_text("")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "as it was")
    return stage


COMMITS = """
import subprocess
write("x.txt")
if task == "A-1":
    who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    for words in (["add", "x.txt"], ["commit", "-qm", "x", "x.txt"]):
        subprocess.run(["git", *who, *words], cwd=here, check=True)
"""
BOTH = "A-1 or B-1, at work at the same time"


@pytest.mark.parametrize(
    ("files", "script", "told"),
    [
        (("src/", "docs/"), 'write("src/a.py") if task == "A-1" else write("docs/b.md")', ""),
        (("src/", "docs/"), 'write("shared.txt")', f"parallel-conflict `shared.txt` was changed by {BOTH}"),
        (("src/", "docs/"), 'if task == "A-1": (here / "src/old.py").unlink()', ""),
        (
            ("lib/", "docs/"),
            'if task == "A-1": (here / "src/old.py").write_text("new")',
            f"parallel-conflict `src/old.py` was changed by {BOTH}",
        ),
        (
            ("lib/", "docs/"),  # committed by the agent itself
            COMMITS,
            f"parallel-conflict `x.txt` was changed by {BOTH}",
        ),
        (("src/", ""), 'write("shared.txt")', ""),  # B-1 promised nothing
        (("", ""), 'write("shared.txt")', ""),
    ],
)
def test_what_two_runs_change(tmp_path: Path, files: tuple[str, str], script: str, told: str) -> None:
    stage = staged(tmp_path, files, script)
    stage.until_idle()
    assert {stage.status(f"{name}-1") for name in "AB"} == {"complete"}
    found = look(stage.site, time.time())
    said = [
        f"{p.code} {p.message}"
        for p in lint_problems(found)
        if p.code in ("parallel-conflict", "outside-scope")
    ]
    assert len(said) == bool(told), said
    assert told in "".join(said)
    needs = [need["kind"] for need in needs_you(found)]
    assert needs == (["conflict"] if told else [])
    noted = [e.text for e in stage.events if e.kind == "conflict"]
    assert len(noted) == bool(told)


def test_a_file_outside_its_scope_while_the_run_is_still_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(touches, "EVERY", 0.05)
    stage = staged(tmp_path, ("src/", "src/b.py"), "write('odd [1].txt'); wait_for('go')")
    for name in ("at-work-B-1", "wrote-B-1"):
        (tmp_path / name).touch()
    with stage.running():
        stage.wait(lambda: any(e.kind == "conflict" for e in stage.events), "nothing was told")
        (event,) = [e for e in stage.events if e.kind == "conflict"]
        assert (event.task, event.run) == ("A-1", "A-1.1")
        assert event.text == "`odd [1].txt` changed while A-1 was at work, and its files do not name it"
        stage.replace("| src/ |", "| src/, odd* |")
        assert not [p for p in look(stage.site, time.time()).plan.problems if p.code == "outside-scope"]
        stage.release("go")


def test_what_changed_before_is_nobodys(tmp_path: Path) -> None:
    stage = staged(tmp_path, ("src/", "docs/"), "")
    (tmp_path / "mine.txt").write_text("typed by hand before anybody began")
    stage.until_idle()
    assert not [e for e in stage.events if e.kind == "conflict"]
