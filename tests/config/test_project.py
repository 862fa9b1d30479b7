"""Which page is meant, with real repositories made by git itself."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from mdorch.config.errors import FAILED, USAGE, Trouble
from mdorch.config.project import Project, open_project
from mdorch.config.repository import in_linked_worktree, repository


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "protocol.file.allow=always"]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    subprocess.run(["git", *identity, *arguments], cwd=folder, env=clean, check=True, capture_output=True)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "repo"
    (folder / "sub" / "deep").mkdir(parents=True)
    git(folder, "init", "-q")
    (folder / "CLAUDE.md").write_text("# page\n")
    (folder / "sub" / "file").write_text("")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "x")
    return folder


def opened(cwd: Path, page: str | None = None, **env: str) -> Project:
    return open_project(page, cwd=cwd, env=env)


def trouble(cwd: Path, page: str | None = None, **env: str) -> Trouble:
    with pytest.raises(Trouble) as caught:
        opened(cwd, page, **env)
    assert "\n" not in caught.value.message
    return caught.value


def test_the_root_of_the_repository(repo: Path) -> None:
    project = opened(repo / "sub" / "deep")
    assert project == Project(repo / "CLAUDE.md", project.settings, "", linked=False)
    assert project.home == repo / ".mdorch"


def test_a_claude_md_further_down_is_not_the_page(repo: Path) -> None:
    (repo / "sub" / "CLAUDE.md").write_text("")
    assert opened(repo / "sub").page == repo / "CLAUDE.md"


def test_a_linked_work_tree_speaks_of_the_main_page(repo: Path) -> None:
    git(repo, "worktree", "add", "-q", "../linked")
    linked = repo.parent / "linked"
    (repo / "mdorch.toml").write_text('page = "sub/BOARD.md"\n')
    (repo / "sub" / "BOARD.md").write_text("")
    (linked / "mdorch.toml").write_text('page = "CLAUDE.md"\n')
    project = opened(linked / "sub")
    assert project.page == repo / "sub" / "BOARD.md"
    assert project.linked
    assert in_linked_worktree(linked / "sub")
    assert not in_linked_worktree(repo / "sub")
    own = opened(linked / "sub", page="../CLAUDE.md")
    assert (own.page, own.named) == (linked / "CLAUDE.md", "--page")
    assert own.settings.source == linked / "mdorch.toml"


def test_a_bare_repository_has_no_main_page(repo: Path) -> None:
    git(repo.parent, "clone", "-q", "--bare", "repo", "hidden/.git")
    git(repo.parent / "hidden", "worktree", "add", "-q", "tree", "HEAD")
    tree = repo.parent / "hidden" / "tree"
    assert opened(tree).page == tree / "CLAUDE.md"
    assert opened(tree).linked


def test_a_submodule_is_a_repository_of_its_own_and_may_have_linked_work_trees(repo: Path) -> None:
    outer = repo.parent / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "submodule", "add", "-q", str(repo), "inner")
    assert opened(outer / "inner" / "sub").page == outer / "inner" / "CLAUDE.md"
    assert not opened(outer / "inner").linked
    git(outer / "inner", "worktree", "add", "-q", "../../apart")
    project = opened(repo.parent / "apart")
    assert (project.page, project.linked) == (outer / "inner" / "CLAUDE.md", True)


def test_moved_or_broken_git_files_are_no_repository(tmp_path: Path) -> None:
    for content in ("", "gitdir: nowhere", "gitdir:", "nonsense", "\udcff"):
        (tmp_path / ".git").write_text(content, "utf-8", "surrogateescape")
        assert repository(tmp_path) is None or repository(tmp_path).top != tmp_path  # type: ignore[union-attr]


def test_without_git_this_folder_or_the_nearest_above(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    deep = root / "a" / "b"
    deep.mkdir(parents=True)
    (root / "CLAUDE.md").write_text("")
    assert opened(deep).page == root / "CLAUDE.md"
    (deep.parent / "CLAUDE.md").write_text("")
    assert opened(deep).page == root / "a" / "CLAUDE.md"


def test_the_order_of_names(repo: Path) -> None:
    for name in ("flag.md", "variable.md", "configured.md"):
        (repo / "sub" / name).write_text("")
    (repo / "mdorch.toml").write_text('page = "sub/configured.md"\n')
    assert opened(repo).page.name == "configured.md"
    by_variable = opened(repo / "sub", MDORCH_PAGE="variable.md")
    assert (by_variable.page, by_variable.named) == (repo / "sub" / "variable.md", "MDORCH_PAGE")
    assert opened(repo, page="sub/flag.md", MDORCH_PAGE="variable.md").page.name == "flag.md"
    assert opened(repo, MDORCH_PAGE="").page.name == "configured.md"


def test_two_names_for_one_file_are_one_page(repo: Path) -> None:
    (repo / "docs").mkdir()
    (repo / "docs" / "REAL.md").write_text("")
    (repo / "CLAUDE.md").unlink()
    (repo / "CLAUDE.md").symlink_to("docs/REAL.md")
    assert opened(repo).page == opened(repo, page="docs/REAL.md").page == repo / "docs" / "REAL.md"


@pytest.mark.parametrize("page", ["CLAUDE.md", "sub/BOARD.md"])
def test_the_settings_are_kept_beside_the_page(repo: Path, page: str) -> None:
    (repo / page).write_text("")
    (repo / "mdorch.toml").write_text(f'page = "{page}"\n')
    home = (repo / page).parent / ".mdorch"
    home.mkdir()
    first = opened(repo)
    assert (home / "config.json").exists()
    assert opened(repo / "sub") == first
    assert opened(repo, page=page).settings == first.settings


def test_an_explicit_configuration(repo: Path) -> None:
    (repo / "sub" / "other.toml").write_text('page = "OTHER.md"\n')
    (repo / "sub" / "OTHER.md").write_text("")
    assert open_project(None, "sub/other.toml", cwd=repo, env={}).page == repo / "sub" / "OTHER.md"
    with pytest.raises(Trouble, match="no such configuration file") as caught:
        open_project(None, "absent.toml", cwd=repo, env={})
    assert caught.value.exit_code == USAGE


def test_no_page(repo: Path) -> None:
    (repo / "CLAUDE.md").unlink()
    said = trouble(repo)
    assert (said.message.startswith("no page: "), said.exit_code) == (True, FAILED)
    assert "mdorch init" in said.hint
    assert open_project(cwd=repo, env={}, must_exist=False).page == repo / "CLAUDE.md"
    said = trouble(repo, page="absent.md")
    assert ("(from --page)" in said.message, said.exit_code) == (True, USAGE)
    assert "(from MDORCH_PAGE)" in trouble(repo, MDORCH_PAGE="absent.md").message
    (repo / "mdorch.toml").write_text('page = "gone.md"\n')
    assert "page in " in trouble(repo).message


def test_what_is_no_page(repo: Path) -> None:
    assert "is a directory, not a page" in trouble(repo, page="sub").message
    os.mkfifo(repo / "pipe")
    assert "is no ordinary file" in trouble(repo, page="pipe").message
    (repo / "loop").symlink_to("loop")
    assert trouble(repo, page="loop").exit_code == USAGE
    assert "cannot be read: Not a directory" in trouble(repo, page="CLAUDE.md/x").message


def test_an_editor_takes_the_page_away_for_a_moment(repo: Path) -> None:
    (repo / "CLAUDE.md").rename(repo / "CLAUDE.md~")

    def back() -> None:
        time.sleep(0.05)
        (repo / "CLAUDE.md~").rename(repo / "CLAUDE.md")

    editor = threading.Thread(target=back)
    editor.start()
    try:
        assert opened(repo).page == repo / "CLAUDE.md"
    finally:
        editor.join()
