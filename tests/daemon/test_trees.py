"""Daemons whose agents work in work trees of their own: real git, real processes, real kills."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mdorch.config.settings import AgentSpec
from mdorch.desk.look import look
from mdorch.desk.status import status
from mdorch.frozen import replace
from mdorch.world.journal import Journal
from mdorch.world.trees.tree import Trees
from tests.daemon.stage import HEAD, Stage
from tests.world.repo import ENV, commit, git, make_repository, snapshot

ROWS = """\
| A-1 | Write b | dev | None | Waiting | |
| A-2 | Write c | dev | None | Waiting | |
| A-3 | Use both | dev | A-1, A-2 | Waiting | |
"""
# Agents work where they are; `copy` is their own page, and what they append there is their handoff.
OWN = """
import subprocess
copy = pathlib.Path("CLAUDE.md")
def handoff(to="-", status="COMPLETE", more="", file=copy):
    with open(file, "a") as page:
        page.write(f"\\n## Agent Handoff Signal\\n\\n**From**: {agent}\\n**To**: {to}\\n**Task**: {task}\\n"
                   f"**Status**: {status}\\n\\n### Deliverables\\n- by {run}\\n{more}")
def put(**files):
    for name, text in files.items():
        pathlib.Path(name.replace("_", ".")).write_text(text)
"""
BOTH = """
if task == "A-3":
    put(d_py=open("b.py").read() + open("c.py").read())
else:
    put(**{{"A-1": "b_py", "A-2": "c_py", "A-4": "e_py"}[task]: task})
handoff()
"""


WITH_FILES = {1: "a.py", 2: "c.py", 3: "d.py", 4: ""}


def stage(tmp_path: Path, script: str, rows: str = ROWS, **settings: object) -> Stage:
    """The page is committed as it is; the agent and its script lie beside the repository."""
    made = Stage(tmp_path, rows, OWN + script, **settings)
    agents = {name: replace(spec, isolated=True) for name, spec in made.settings.agents.items()}
    made.settings = replace(made.settings, agents=agents)
    made.site = replace_site(made)
    ignored = "agent.py\nscript.py\n*.log\ngo\n"
    make_repository(tmp_path, CLAUDE_md=made.page.read_text(), **{".gitignore": ignored})
    return made


def replace_site(made: Stage):  # type: ignore[no-untyped-def]
    from dataclasses import replace as changed

    return changed(made.site, settings=made.settings)


def trees(made: Stage) -> Trees:
    return Trees(made.folder, made.folder / ".mdorch")


def others(folder: Path) -> object:
    """The person's checkout, but for the page, which is mdorch's to write."""
    head, _, files = snapshot(folder)
    ours = ("CLAUDE.md", "starts.log", "CLAUDE.archive.md")
    return head, {name: data for name, data in files.items() if name not in ours}  # type: ignore[attr-defined]


def blocks(made: Stage) -> list[tuple[str, str, bool]]:
    return [
        (b.task, b.mark.run if b.mark else "", bool(b.mark and b.mark.refused)) for b in made.board().handoffs
    ]


@pytest.mark.parametrize("merge", ["review", "merge"])
def test_a_claim_that_left_its_tree_as_it_was_is_for_a_person(tmp_path: Path, merge: str) -> None:
    """Where its row names files. What is typed into its copy of the page is no work."""
    review = 'handoff(status="READY_FOR_REVIEW" if task == "A-3" else "COMPLETE")'
    script = f'if task == "A-2": put(c_py="c")\n{review}'
    made = stage(tmp_path, script, "", merge=merge)
    rows = "".join(f"| A-{n} | Go | dev | None | Waiting | {files} | |\n" for n, files in WITH_FILES.items())
    head = HEAD.replace("Status | Notes |\n|---|", "Status | Files | Notes |\n|---|---|")
    made.page.write_text(head + rows)
    assert made.until_idle().code == 1
    assert [made.status(f"A-{n}") for n in WITH_FILES] == ["in_review", "complete", "in_review", "complete"]
    assert made.task("A-1").notes == "it says that it is done, and has changed nothing of a.py"
    assert made.task("A-3").notes == ""
    assert "has changed nothing" in "".join(event.text for event in made.events if event.kind == "landed")


def test_a_branch_that_is_left_for_review_needs_a_person(tmp_path: Path) -> None:
    """One of them that has the work of all the others is the one to merge."""
    made = stage(tmp_path, BOTH, ROWS + "| A-4 | Write e | dev | None | Waiting | |\n")
    assert made.until_idle().code == 0

    def needs() -> list[tuple[str, str, str]]:
        found = status(look(made.site, 0.0))["needs"]
        return [(need["task"], need["kind"], need["command"]) for need in found]

    assert needs() == [
        ("A-3", "review", "git merge mdorch/A-3/1"),
        ("A-4", "review", "git merge mdorch/A-4/1"),
    ]
    assert "with that of A-1, A-2," in status(look(made.site, 0.0))["needs"][0]["text"]
    git(tmp_path, "merge", "-q", "mdorch/A-3/1")
    assert needs() == [("A-4", "review", "git merge mdorch/A-4/1")]
    git(tmp_path, "worktree", "remove", "--force", ".mdorch/trees/A-4.1")
    git(tmp_path, "branch", "-D", "mdorch/A-4/1")
    assert needs() == []


@pytest.mark.parametrize("merge", ["review", "merge", "rebase"])
def test_dependants_start_from_what_they_need(tmp_path: Path, merge: str) -> None:
    made = stage(tmp_path, BOTH, merge=merge)
    before = others(tmp_path)
    assert made.until_idle().code == 0
    assert [made.status(f"A-{n}") for n in (1, 2, 3)] == ["complete"] * 3
    assert git(tmp_path, "show", "mdorch/A-3/1:d.py") == "A-1A-2"
    assert sorted(blocks(made)) == [(f"A-{n}", f"A-{n}.1", False) for n in (1, 2, 3)]
    assert others(tmp_path) == before
    assert git(tmp_path, "show", "mdorch/A-3/1:CLAUDE.md") == git(tmp_path, "show", "HEAD:CLAUDE.md")
    done = git(tmp_path, "branch", "--list", "mdorch-merged")
    assert bool(done) is (merge != "review")
    if done:
        assert git(tmp_path, "show", "mdorch-merged:d.py") == "A-1A-2"
        assert not any(
            Path(tree.path).exists() for run in trees(made).runs() if (tree := trees(made).find(run))
        )
    runs = look(made.site, 0.0).facts.runs
    assert {run.branch for run in runs} == {f"mdorch/A-{n}/1" for n in (1, 2, 3)}


def test_a_conflict_blocks_the_task_and_names_the_files(tmp_path: Path) -> None:
    made = stage(
        tmp_path,
        'put(a_py=f"{task}\\n"); handoff()',
        ROWS.replace("| A-3", "| X-3"),
        merge="merge",
        max_parallel=1,
    )
    assert made.until_idle().code == 1
    assert sorted(made.status(f"A-{n}") for n in (1, 2)) == ["blocked", "complete"]
    (blocked,) = [task for task in made.board().tasks if task.status.value == "blocked"]
    assert blocked.notes == "merge conflict with mdorch-merged in a.py"
    assert git(tmp_path, "show", f"mdorch/{blocked.id}/1:a.py") == blocked.id, "its work is on its branch"
    assert made.starts() == ["A-1.1", "A-2.1"]


def test_two_that_do_not_fit_block_what_needs_both(tmp_path: Path) -> None:
    made = stage(tmp_path, 'put(a_py=f"{task}\\n"); handoff()')
    assert made.until_idle().code == 1
    assert made.status("A-3") == "blocked"
    assert "in a.py" in made.task("A-3").notes
    assert len(made.starts()) == 2


def test_all_ways_of_handing_off_end_in_the_one_page_once(tmp_path: Path) -> None:
    made = stage(tmp_path, "handoff(); handoff(file=page)", ROWS.splitlines()[0] + "\n")
    made.until_idle()
    assert blocks(made) == [("A-1", "A-1.1", False)]


def test_what_is_no_handoff_on_its_task_stays_in_its_copy(tmp_path: Path) -> None:
    rows = "\\n\\n### Task Queue\\n\\n| ID | Task | Status |\\n|---|---|---|\\n| EVIL-1 | x | Waiting |\\n"
    script = 'task = "A-2"; handoff(); task = "A-1"; handoff(status="PERHAPS"); handoff(more="- mine");'
    script += f'handoff(more="{rows}")'
    made = stage(
        tmp_path,
        script,
        "| A-1 | Write b | dev | None | Waiting | |\n| A-2 | Write c | dev | None | On Hold | |\n",
    )
    made.until_idle()
    assert blocks(made) == [("A-1", "A-1.1", False)]
    assert "- mine" in made.page.read_text()
    assert [task.id for task in made.board().tasks] == ["A-1", "A-2"]
    assert b"EVIL-1" in trees(made).page_left("A-1.1")


def test_a_failed_attempt_keeps_its_tree_and_its_block_is_refused(tmp_path: Path) -> None:
    made = stage(
        tmp_path,
        'put(b_py="half"); handoff(); sys.exit(attempt == 1)',
        ROWS.splitlines()[0] + "\n",
        attempts=2,
    )
    assert made.until_idle().code == 0
    assert blocks(made) == [("A-1", "A-1.1", True), ("A-1", "A-1.2", False)]
    first = trees(made).find("A-1.1")
    assert first is not None
    assert (Path(first.path) / "b.py").read_text() == "half"
    assert git(tmp_path, "show", "mdorch/A-1/2:b.py") == "half"


def test_who_goes_on_has_what_was_done_before(tmp_path: Path) -> None:
    script = """
if attempt == 1:
    put(b_py="half")
    handoff("tester")
else:
    put(c_py=open("b.py").read())
    handoff()
"""
    made = stage(tmp_path, script, ROWS.splitlines()[0] + "\n")
    assert made.until_idle().code == 0
    assert git(tmp_path, "show", "mdorch/A-1/2:c.py") == "half"


def test_approved_work_is_merged_then_and_a_conflict_takes_the_row_back(tmp_path: Path) -> None:
    made = stage(
        tmp_path, "put(b_py=task); handoff()", ROWS.splitlines()[0] + "\n", merge="merge", review=("*",)
    )
    made.until_idle()
    assert made.status("A-1") == "in_review"
    assert git(tmp_path, "branch", "--list", "mdorch-merged") == ""
    other = tmp_path.parent / f"{tmp_path.name}-other"
    git(tmp_path, "worktree", "add", "-q", "-b", "mdorch-merged", str(other))
    commit(other, b_py="theirs")
    git(tmp_path, "worktree", "remove", str(other))
    made.replace("In Review", "Complete")
    made.until_idle()
    assert made.status("A-1") == "blocked"
    assert "in b.py" in made.task("A-1").notes
    made.replace("Blocked", "Complete")  # whoever writes that now has seen to it
    assert made.until_idle().code == 0


def test_setup_runs_first_and_its_failure_is_the_reason(tmp_path: Path) -> None:
    rows = "| A-1 | Write b | dev | None | Waiting | |\n"
    good = ("sh", "-c", "echo $MDORCH_SLOT > slot")
    made = stage(tmp_path, 'assert open("slot").read() == "0\\n"; handoff()', rows, tree_setup=(good,))
    assert made.until_idle().code == 0
    made.replace("Complete", "Waiting")
    bad = (good, ("sh", "-c", "echo no deps >&2; exit 3"))
    made.settings = replace(made.settings, tree_setup=bad, attempts=1)
    made.site = replace_site(made)
    assert made.until_idle().code == 1
    assert made.task("A-1").notes.endswith("exit 3: no deps")
    assert made.starts() == ["A-1.1"]


def test_without_a_commit_nothing_starts_and_why_says_so(tmp_path: Path) -> None:
    made = Stage(tmp_path, ROWS)
    git(tmp_path, "init", "-q")
    agents = {"default": replace(made.settings.agents["default"], isolated=True)}
    made.settings = replace(made.settings, agents=agents)
    made.site = replace_site(made)
    ending = made.until_idle()
    assert ending.code == 1
    assert "no commit yet" in ending.reasons[0]
    commit(tmp_path, x_py="x")
    assert made.site.treeless == ""


DAEMON = """
import sys
from dataclasses import replace as changed
from pathlib import Path
from mdorch.config.settings import AgentSpec, Settings
from mdorch.daemon.loop import Daemon
from mdorch.daemon.options import Options
from mdorch.desk.site import Site
here = Path(sys.argv[1])
argv = (sys.executable, "-I", "-S", str(here / "agent.py"))
spec = AgentSpec("default", argv, "", 30.0, False, isolated=True)
site = Site(here / "CLAUDE.md", Settings(agents={"default": spec}, settle=0.0, merge="merge"))
sys.exit(Daemon(site, Options(until_idle=True)).run().code)
"""
POINTS = [
    "claimed",
    "shown",
    "tree.making",
    "tree.empty",
    "tree.added",
    "tree.made",
    "runs.made",
    "started",
    "recorded",
]
POINTS += ["tree.page-kept", "tree.closed", "tree.merged", "tree.moved"]


@pytest.mark.parametrize("point", POINTS)
def test_whatever_crashes_each_attempt_has_one_tree_and_each_handoff_is_taken_once(
    tmp_path: Path, point: str
) -> None:
    made = stage(tmp_path, BOTH)
    assert isinstance(made.settings.agents["default"], AgentSpec)
    root = str(Path(__file__).parents[2])
    for at in (point, ""):
        env = {**ENV, "PYTHONPATH": root, "MDORCH_CRASH_AT": at}
        done = subprocess.run(
            [sys.executable, "-c", DAEMON, str(tmp_path)], env=env, timeout=120, check=False
        )
        assert done.returncode == (-9 if at else 0), at
    starts = sorted(made.starts())
    assert [run.partition(".")[0] for run in starts] == ["A-1", "A-2", "A-3"], "each began once"
    assert sorted(blocks(made)) == [(run.partition(".")[0], run, False) for run in starts]
    assert git(tmp_path, "show", "mdorch-merged:d.py") == "A-1A-2"
    assert git(tmp_path, "rev-list", "--count", "--merges", "mdorch-merged") == "4"
    journal = Journal.open(made.site.dot)
    landed = {run.landed for run in journal.runs() if run.outcome == "complete"}
    assert landed <= set(git(tmp_path, "rev-list", "mdorch-merged").split())
    journal.close()
