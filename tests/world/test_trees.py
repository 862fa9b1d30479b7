"""Work trees with the real git: made once, found again, closed, merged, and never taken away too early."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from mdorch.frozen import replace
from mdorch.world.trees.call import GitFailed
from mdorch.world.trees.joined import Conflict
from mdorch.world.trees.land import KEPT, Work, land
from mdorch.world.trees.tree import Tree, Trees, Wanted
from tests.world.repo import ENV, commit, git, make_repository, snapshot

PAGE = b"# Page\n\nas it is now\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_repository(tmp_path)


@pytest.fixture
def trees(root: Path) -> Trees:
    (root / ".mdorch").mkdir()
    return Trees(root, root / ".mdorch")


def wanted(run: str = "A-1.1", **more: object) -> Wanted:
    return Wanted(
        **{"run": run, "task": run.rpartition(".")[0], "page_name": "CLAUDE.md", "page": PAGE, **more}
    )  # type: ignore[arg-type]


def work(run: str = "A-1.1", how: str = "merge", into: str = "done") -> Work:
    return Work(run, "dev", f"{run}: it", how, into)


def put(tree: Tree, **files: str) -> None:
    for name, text in files.items():
        Path(tree.path, name.replace("_", ".")).write_text(text)


def test_a_tree_is_made_once_and_shows_the_page_as_it_is(root: Path, trees: Trees) -> None:
    before = snapshot(root)
    tree = trees.make(wanted())
    assert tree.branch == "mdorch/A-1/1"
    assert (Path(tree.path) / "a.py").read_text() == "one\ntwo\nthree\n"
    assert tree.page is not None
    assert tree.page.read_bytes() == PAGE
    assert git(Path(tree.path), "status", "--porcelain") == "", "the page is nothing that git would commit"
    put(tree, b_py="by its agent")
    assert trees.make(wanted()) == tree
    assert (Path(tree.path) / "b.py").exists()
    assert snapshot(root) == before


@pytest.mark.parametrize(
    ("task", "branch"),
    [
        ("A-1", "mdorch/A-1/1"),
        ("build-api", "mdorch/build-api/1"),
        ("#603", "mdorch/+23603/1"),
        ("../../x", "mdorch/+2E+2E+2F+2E+2E+2Fx/1"),
        ("-f", "mdorch/+2Df/1"),
        ("a b;$(x)", "mdorch/a+20b+3B+24+28x+29/1"),
        ("x.lock", "mdorch/x+2E+6C+6F+63+6B/1"),
    ],
)
def test_any_id_makes_a_branch(trees: Trees, task: str, branch: str) -> None:
    tree = trees.make(wanted(f"{task}.1"))
    assert tree.branch == branch
    assert Path(tree.path).parent == trees.folder


def test_a_branch_of_an_older_life_stays_as_it_is(root: Path, trees: Trees) -> None:
    git(root, "branch", "mdorch/A-1/1")
    assert trees.make(wanted()).branch == "mdorch/A-1/1-2"


def test_without_a_commit_there_is_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".mdorch").mkdir()
    trees = Trees(tmp_path, tmp_path / ".mdorch")
    with pytest.raises(GitFailed, match="no commit yet"):
        trees.make(wanted())
    assert list(trees.folder.iterdir()) == []


def test_a_tree_has_the_slot_that_it_was_given(trees: Trees) -> None:
    assert [trees.make(wanted(f"A-{n}.1", slot=n)).slot for n in (1, 2)] == [1, 2]
    assert trees.slots(["A-1.1", "A-2.1", "A-3.1"]) == {1, 2}


def test_only_what_git_ignores_is_copied_and_only_into_the_tree(root: Path, trees: Trees) -> None:
    outside = root.parent / f"{root.name}-outside"
    outside.mkdir()
    (root / "link").symlink_to(outside)
    commit(root, x_py="x")
    (root / ".env").write_text("KEY=1")
    (root / "notes.txt").write_text("git sees this")
    tree = trees.make(wanted(copy=(".env", "notes.txt", "link/.env", "absent")))
    assert (Path(tree.path) / ".env").read_text() == "KEY=1"
    assert tree.left_out == ("notes.txt",)
    assert not (Path(tree.path) / "notes.txt").exists()
    assert list(outside.iterdir()) == []


def test_it_starts_from_the_work_it_needs(trees: Trees) -> None:
    for run, name in (("A-1.1", "b_py"), ("A-2.1", "c_py")):
        put(trees.make(wanted(run)), **{name: run})
        assert land(trees, work(run, "review")) == KEPT
    branches = (("mdorch/A-1/1", "mdorch/A-1/1"), ("mdorch/A-2/1", "mdorch/A-2/1"))
    tree = trees.make(wanted("A-3.1", work=branches))
    assert {path.name for path in Path(tree.path).glob("*.py")} == {"a.py", "b.py", "c.py"}


def test_work_that_does_not_fit_together_names_the_files_and_leaves_nothing(root: Path, trees: Trees) -> None:
    for run in ("A-1.1", "A-2.1"):
        put(trees.make(wanted(run)), a_py=f"one by {run}\ntwo\nthree\n")
        land(trees, work(run, "review"))
    branches = tuple((f"mdorch/A-{n}/1", f"mdorch/A-{n}/1") for n in (1, 2))
    with pytest.raises(Conflict, match=r"merge conflict with mdorch/A-2/1 in a\.py"):
        trees.make(wanted("A-3.1", work=branches))
    assert not trees.path("A-3.1").exists()
    assert git(root, "branch", "--list", "mdorch/A-3/*") == ""


@pytest.mark.parametrize("how", ["merge", "rebase"])
def test_what_was_left_uncommitted_is_committed_and_merged(root: Path, trees: Trees, how: str) -> None:
    before = snapshot(root)
    tree = trees.make(wanted())
    put(tree, b_py="b", CLAUDE_md="# Page\n\na handoff\n")
    commit(Path(tree.path), c_py="c")
    put(tree, d_py="d")
    landed = land(trees, work(how=how))
    assert landed == git(root, "rev-parse", "done")
    assert git(root, "ls-tree", "--name-only", "done").split() == [
        ".gitignore",
        "CLAUDE.md",
        "a.py",
        "b.py",
        "c.py",
        "d.py",
    ]
    assert git(root, "show", "done:CLAUDE.md") == "# Page"
    assert trees.page_left("A-1.1") == b"# Page\n\na handoff\n"
    assert git(root, "log", "-1", "--format=%an", "mdorch/A-1/1") == "dev"
    assert snapshot(root) == before
    assert land(trees, work(how=how)) == landed, "landing again changes nothing"


@pytest.mark.parametrize("how", ["merge", "rebase"])
def test_the_page_does_not_travel_even_where_its_agent_committed_it(
    root: Path, trees: Trees, how: str
) -> None:
    tree = trees.make(wanted())
    git(Path(tree.path), "update-index", "--no-skip-worktree", "CLAUDE.md")
    put(tree, CLAUDE_md="rewritten\n")
    commit(Path(tree.path), b_py="b")
    commit(root, CLAUDE_md="# Page, edited meanwhile\n")
    land(trees, work(how=how))
    assert git(root, "show", "done:CLAUDE.md") == "# Page, edited meanwhile"


@pytest.mark.parametrize("how", ["merge", "rebase"])
def test_a_conflict_names_the_files_and_changes_nothing(root: Path, trees: Trees, how: str) -> None:
    tree = trees.make(wanted())
    put(tree, a_py="one\ntwo\nTHREE\n")
    other = trees.make(wanted("A-2.1"))
    put(other, a_py="one\ntwo\nthird\n")
    landed = land(trees, work("A-1.1", how))
    with pytest.raises(Conflict, match=r"merge conflict with done in a\.py"):
        land(trees, work("A-2.1", how))
    assert git(root, "rev-parse", "done") == landed
    assert git(Path(other.path), "status", "--porcelain", "--branch") == "## mdorch/A-2/1"
    assert (Path(other.path) / "a.py").read_text() == "one\ntwo\nthird\n"


def test_a_branch_that_somebody_has_checked_out_is_left_alone(root: Path, trees: Trees) -> None:
    git(root, "checkout", "-q", "-b", "done")
    put(trees.make(wanted()), b_py="b")
    before = snapshot(root)
    assert land(trees, work()) == KEPT
    assert snapshot(root) == before


def test_an_agent_that_made_a_branch_of_its_own_comes_back(root: Path, trees: Trees) -> None:
    tree = trees.make(wanted())
    git(Path(tree.path), "checkout", "-q", "-b", "feature")
    commit(Path(tree.path), b_py="b")
    land(trees, work(how="review"))
    assert "b.py" in git(root, "ls-tree", "--name-only", "mdorch/A-1/1")


def test_one_that_left_a_merge_unfinished_is_for_a_person(root: Path, trees: Trees) -> None:
    commit(root, a_py="ONE\ntwo\nthree\n")
    git(root, "checkout", "-q", "-b", "other", "HEAD~1")
    commit(root, a_py="one!\ntwo\nthree\n")
    git(root, "checkout", "-q", "main")
    tree = trees.make(wanted())
    subprocess.run(["git", "merge", "other"], cwd=tree.path, env=ENV, capture_output=True, check=False)
    with pytest.raises(Conflict, match=r"a\.py"):
        land(trees, work())
    assert "<<<<<<<" in (Path(tree.path) / "a.py").read_text()


def nothing(tree: Tree) -> None: ...


def uncommitted(tree: Tree) -> None:
    put(tree, b_py="b")


def changed(tree: Tree) -> None:
    put(tree, a_py="changed")


def unmerged_commit(tree: Tree) -> None:
    commit(Path(tree.path), b_py="b")


def swept(trees: Trees, live: Collection[str] = ()) -> list[str]:
    return [run for run, tree in trees.idle(live) if trees.sweep(run, tree, "done")]


@pytest.mark.parametrize(
    ("done", "goes"), [(nothing, True), (uncommitted, False), (changed, False), (unmerged_commit, False)]
)
def test_a_tree_with_work_is_never_taken_away(
    root: Path, trees: Trees, done: Callable[[Tree], None], goes: bool
) -> None:
    tree = trees.make(wanted())
    done(tree)
    put(tree, CLAUDE_md="a late handoff")
    assert swept(trees, {"A-1.1"}) == [], "somebody works in it"
    assert swept(trees) == (["A-1.1"] if goes else [])
    assert Path(tree.path).is_dir() is not goes
    assert bool(git(root, "branch", "--list", "mdorch/*")) is not goes
    assert trees.page_left("A-1.1") == b"a late handoff"


def test_it_goes_once_its_work_is_elsewhere_and_the_branch_stays(root: Path, trees: Trees) -> None:
    tree = trees.make(wanted())
    put(tree, b_py="b")
    land(trees, work(how="review"))
    assert swept(trees) == []
    git(root, "merge", "-q", "mdorch/A-1/1")
    assert swept(trees) == ["A-1.1"]
    assert git(root, "branch", "--list", "mdorch/*") == "mdorch/A-1/1"
    assert swept(trees) == []


def test_nothing_of_the_repository_runs(root: Path, trees: Trees, tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    for name in (
        "post-checkout",
        "pre-commit",
        "post-commit",
        "pre-merge-commit",
        "post-merge",
        "reference-transaction",
    ):
        hook = root / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\necho {name} >> {proof}\n")
        hook.chmod(0o755)
    git(root, "config", "core.fsmonitor", f"touch {proof}; false")
    put(trees.make(wanted()), b_py="b")
    land(trees, work())
    assert not proof.exists()


CRASHES = """
import sys
from pathlib import Path
from mdorch.world.trees.land import Work, land
from mdorch.world.trees.tree import Trees, Wanted
root = Path(sys.argv[1])
trees = Trees(root, root / ".mdorch")
tree = trees.make(Wanted("A-1.1", "A-1", page_name="CLAUDE.md", page=b"# Page"))
if sys.argv[2] != "make":
    if not trees.file("A-1.1", "page").exists():
        Path(tree.path, "b.py").write_text("b")
        Path(tree.path, "CLAUDE.md").write_text("a handoff")
    print(land(trees, Work("A-1.1", "dev", "it", sys.argv[2], "done")))
"""


def crash(root: Path, how: str, point: str = "") -> int:
    env = {**ENV, "PYTHONPATH": str(Path(__file__).parents[2]), "MDORCH_CRASH_AT": point}
    return subprocess.run([sys.executable, "-c", CRASHES, str(root), how], env=env, check=False).returncode


@pytest.mark.parametrize("point", ["tree.making", "tree.empty", "tree.added", "tree.made"])
def test_a_crash_while_one_is_made_leaves_one(root: Path, trees: Trees, point: str) -> None:
    assert crash(root, "make", point) == -9
    assert crash(root, "make") == 0
    assert git(root, "worktree", "list", "--porcelain").count("worktree ") == 2
    assert git(root, "branch", "--list", "mdorch/*", "--format=%(refname:short)") == "mdorch/A-1/1"
    assert sorted(path.name for path in trees.folder.iterdir()) == ["A-1.1", "A-1.1.json"]


@pytest.mark.parametrize("how", ["merge", "rebase"])
@pytest.mark.parametrize("point", ["tree.page-kept", "tree.closed", "tree.merged", "tree.moved"])
def test_a_crash_while_one_is_landed_lands_it_once(root: Path, trees: Trees, how: str, point: str) -> None:
    commit(root, z_py="z")
    assert crash(root, how, point) == -9
    assert crash(root, how) == 0
    tree = trees.find("A-1.1")
    assert tree is not None
    assert git(root, "show", "done:b.py") == "b"
    assert git(root, "show", "done:CLAUDE.md") == "# Page"
    assert git(root, "rev-list", "--count", "main..done") == ("2" if how == "merge" else "1")
    assert git(Path(tree.path), "status", "--porcelain", "--branch") == "## mdorch/A-1/1"
    assert trees.page_left("A-1.1") == b"a handoff"
    assert replace(tree, blocks=()) == tree


def test_many_trees_are_made_and_taken_away_at_once(root: Path, trees: Trees) -> None:
    """Git itself fails where it lists trees that another git is just adding or removing."""
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for attempt in range(1, 4):
                run = f"A-{number}.{attempt}"
                assert trees.sweep(run, trees.make(wanted(run)), "done")
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert len(git(root, "worktree", "list").splitlines()) == 1
