"""`mdorch uninstall`: what mdorch added goes, and nothing that is nowhere else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mdorch.desk import service
from mdorch.desk.site import open_site
from mdorch.world.runs import Runs
from tests.front.stage import ONE, SLEEP, TRUE, Mdorch, Stage, live, running, until

TREES = '[agents.default]\ncommand = ["sh", "-c", "echo $MDORCH_TASK > $MDORCH_TASK.txt"]\n'
TREES += '[run]\nsettle = "0s"\nisolation = "worktree"\n'
THREE = "".join(f"| A-{n} | task {n} | dev | None | Waiting | | |\n" for n in (1, 2, 3))


def all_of(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def git(stage: Stage, *words: str) -> str:
    own = ["git", "-c", "user.name=me", "-c", "user.email=me@localhost"]
    done = subprocess.run([*own, *words], cwd=stage.here, env=stage.env, capture_output=True, check=True)
    return done.stdout.decode()


@pytest.fixture
def grown(stage: Stage, mdorch: Mdorch) -> Stage:
    """All that mdorch ever writes for a page: init, runs, a unit, two approvals."""
    tools = stage.here.parent / "bin"
    tools.mkdir()
    (tools / "claude").write_text("#!/bin/sh\nexit 0\n")
    (tools / "claude").chmod(0o755)
    assert stage.process("init", "--yes", PATH=f"{tools}:{stage.env['PATH']}").code == 0
    first = (stage.here / "mdorch.toml").read_text()
    (stage.here / "mdorch.toml").write_text(TRUE)
    assert mdorch("trust", "--yes").code == 0
    mdorch("add", "it", "--agent", "dev")
    stage.process("up", "--until-idle")
    assert "Complete" in stage.text
    (stage.here / "mdorch.toml").write_text(first)
    site = open_site(None, None, stage.env)
    unit = service.unit_of(site, stage.env)
    assert unit is not None
    unit.parent.mkdir(parents=True)
    unit.write_text(service.text_of(site, stage.env))
    return stage


def test_what_mdorch_added_goes_and_the_page_stays(grown: Stage, mdorch: Mdorch) -> None:
    def seen() -> list[str]:
        return [name for name in all_of(grown.here.parent) if "/.mdorch/" not in name]

    before, page, journal = seen(), grown.page.read_bytes(), grown.here / ".mdorch" / "journal.db"
    said = mdorch("uninstall", "--dry-run")
    assert (said.code, seen(), journal.exists()) == (0, before, True)
    assert mdorch("uninstall").code == 3
    assert (seen(), journal.exists()) == (before, True)
    assert "2 approvals" in said.out
    said = mdorch("uninstall", "--yes")
    assert (said.code, "daemon-reload" in said.out) == (0, True)
    assert all_of(grown.here.parent) == ["bin/claude", "project/.git/HEAD", "project/CLAUDE.md"]
    assert grown.page.read_bytes() == page
    assert "nothing to take away" in mdorch("uninstall", "--yes").out


def test_what_a_person_wrote_stays(grown: Stage, mdorch: Mdorch) -> None:
    config, (unit,) = grown.here / "mdorch.toml", grown.here.parent.rglob("*.service")
    for path in (config, unit):
        path.write_text(path.read_text() + "# mine\n")
    late = grown.here / ".mdorch" / "late" / "A-1.1.abc.md"
    late.parent.mkdir()
    late.write_text("too late")
    archive = grown.here / "CLAUDE.archive.md"
    archive.write_text("# Archive\n")
    said = mdorch("uninstall", "--yes")
    assert said.code == 0
    stays = {
        "CLAUDE.md",
        "CLAUDE.archive.md",
        "mdorch.toml",
        ".mdorch/.gitignore",
        ".mdorch/late/A-1.1.abc.md",
    }
    assert {name for name in all_of(grown.here) if not name.startswith(".git/")} == stays
    assert unit.exists()
    for words in ("changed since mdorch init", "somebody changed", "nobody has taken it", "left the page"):
        assert words in said.out


def test_not_while_anything_is_at_work(stage: Stage, mdorch: Mdorch) -> None:
    stage.write(ONE, SLEEP)
    assert stage.process("up", "--detach", "--yes").code == 0
    until(lambda: live(stage))
    said = mdorch("uninstall", "--yes")
    assert (said.code, running(stage)) == (3, True)
    assert mdorch("down").code == 0
    said = mdorch("uninstall", "--yes")
    assert (said.code, "mdorch down --kill" in said.err) == (3, True)
    Runs(stage.here / ".mdorch").stop("A-1.1", "hold")
    until(lambda: not live(stage))
    said = mdorch("uninstall", "--yes")
    assert (said.code, "is not on the page yet" in said.err) == (3, True)
    stage.process("up", "--once", "--yes")
    assert mdorch("uninstall", "--yes").code == 0
    assert not (stage.here / ".mdorch").exists()


def test_work_that_is_nowhere_else_stays(stage: Stage, mdorch: Mdorch) -> None:
    """A-1 is merged, A-2 is not, and in the tree of A-3, which is merged, somebody has begun something."""
    shutil.rmtree(stage.here / ".git")
    stage.write(THREE, TREES)
    for words in (["init", "-q", "-b", "main"], ["add", "CLAUDE.md"], ["commit", "-qm", "first"]):
        git(stage, *words)
    assert stage.process("up", "--until-idle", "--yes").code == 0
    (stage.here / ".mdorch" / "trees" / "A-3.1" / "begun.txt").write_text("mine")
    for name in ("A-1", "A-3"):
        git(stage, "merge", "-q", "--no-edit", f"mdorch/{name}/1")
    head, page = git(stage, "rev-parse", "HEAD"), stage.page.read_bytes()
    said = mdorch("uninstall", "--yes")
    assert said.code == 0
    assert git(stage, "branch", "--format=%(refname:short)").split() == [
        "main",
        "mdorch/A-2/1",
        "mdorch/A-3/1",
    ]
    assert sorted(path.name for path in (stage.here / ".mdorch" / "trees").iterdir() if path.is_dir()) == [
        "A-2.1",
        "A-3.1",
    ]
    assert (stage.here / ".mdorch" / "trees" / "A-3.1" / "begun.txt").read_text() == "mine"
    assert git(stage, "show", "mdorch/A-2/1:A-2.txt") == "A-2\n"
    assert (git(stage, "rev-parse", "HEAD"), stage.page.read_bytes()) == (head, page)
    assert not (stage.here / ".mdorch" / "journal.db").exists()
    for words in ("work that is not merged", "changes that are not committed", "git merge mdorch/A-2/1"):
        assert words in said.out
    assert mdorch("uninstall", "--yes").code == 0
    assert git(stage, "status", "--porcelain").split() == ["M", "CLAUDE.md", "??", "mdorch.toml"]
